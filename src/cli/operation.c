/* SPDX-License-Identifier: MIT */
/* The option --wait: a request that starts an operation, and what becomes of
 * it. */
#include "cli/operation.h"

#include <string.h>

/* Notes each change of the status. */
struct progress {
    struct cli_output *output;
    char status[32];
};

static int note(const chutes_operation *operation, void *user_data)
{
    struct progress *progress = user_data;

    if (strncmp(progress->status, operation->status,
                sizeof(progress->status) - 1) != 0) {
        (void)snprintf(progress->status, sizeof(progress->status), "%s",
                       operation->status);
        cli_note(progress->output, "the operation is %s", progress->status);
    }
    return 0;
}

/* The URL must be freed. NULL: a failure. */
static char *start(chutes_client *client, const chutes_invoke_params *params,
                   chutes_error *error)
{
    chutes_invoke_params first = *params;
    chutes_invoke_response *response = NULL;
    char *url = NULL;

    first.accept = NULL; /* it is for the artifact, like what follows */
    first.on_data = NULL;
    first.output_path = NULL;
    if (chutes_invoke(client, &first, &response, error) == CHUTES_OK) {
        chutes_operation_url(response, &url, error);
    }
    chutes_invoke_response_free(response);
    return url;
}

static void fetch(chutes_client *client, const chutes_invoke_params *params,
                  const chutes_operation *operation, const char *url,
                  chutes_invoke_response **response, chutes_error *error)
{
    chutes_invoke_params last = chutes_invoke_params_default();
    const char *artifact =
        operation->artifact_count > 0 ? operation->artifacts[0]->url : "";

    last.method = "GET";
    last.url = artifact[0] != '\0' ? artifact : url;
    last.accept = params->accept;
    last.on_data = params->on_data;
    last.user_data = params->user_data;
    last.output_path = params->output_path;
    last.resume = params->output_path != NULL ? 1 : 0;
    if (artifact[0] == '\0') {
        last.send_key = params->send_key; /* an artifact's host gets no key */
    }
    chutes_invoke(client, &last, response, error);
}

void cli_operation_invoke(chutes_client *client,
                          const chutes_invoke_params *params,
                          struct cli_output *output,
                          chutes_invoke_response **response,
                          chutes_error *error)
{
    chutes_operation_params wait = chutes_operation_params_default();
    struct progress progress = {output, ""};
    chutes_operation *operation = NULL;
    char *url = start(client, params, error);

    *response = NULL;
    if (url == NULL) {
        return;
    }
    wait.url = url;
    wait.send_key = params->send_key;
    wait.on_status = note;
    wait.user_data = &progress;
    if (chutes_operation_wait(client, &wait, &operation, error) == CHUTES_OK) {
        if (operation->artifact_count > 1) {
            cli_note(output, "only the first of %zu artifacts is fetched",
                     operation->artifact_count);
        }
        fetch(client, params, operation, url, response, error);
    }
    chutes_operation_free(operation);
    chutes_string_free(url);
}
