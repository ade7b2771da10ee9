/* SPDX-License-Identifier: MIT */
/* A request to a chute whose answer may take long. */
#include "cli/fetch.h"

#include "cli/wait.h"

struct fetch {
    const chutes_invoke_params *params;
    struct cli_wait wait;
    chutes_invoke_response *response;
    chutes_error *error;
};

static int on_head(const chutes_invoke_head *head, void *user_data)
{
    struct fetch *fetch = user_data;

    fetch->wait.is_arriving = true;
    fetch->wait.progress.to_receive = head->content_length;
    return 0;
}

static int on_progress(const chutes_invoke_progress *progress, void *user_data)
{
    struct fetch *fetch = user_data;

    return cli_wait_on_progress(progress, &fetch->wait);
}

static int on_data(const void *bytes, size_t len, void *user_data)
{
    const struct fetch *fetch = user_data;

    return fetch->params->on_data(bytes, len, fetch->params->user_data);
}

static void on_done(chutes_status status, chutes_invoke_response *response,
                    const chutes_error *error, void *user_data)
{
    struct fetch *fetch = user_data;

    (void)status;
    fetch->response = response;
    *fetch->error = *error;
    fetch->wait.is_done = true;
}

void cli_fetch(chutes_loop *loop, const chutes_invoke_params *params,
               const char *noun, struct cli_output *output,
               chutes_invoke_response **response, chutes_error *error)
{
    struct fetch fetch = {.params = params,
                          .wait = {.output = output, .noun = noun},
                          .error = error};
    chutes_invoke_params own = *params;

    own.on_head = on_head;
    own.on_progress = on_progress;
    own.on_data = params->on_data != NULL ? on_data : NULL;
    own.user_data = &fetch;
    if (chutes_invoke_start(loop, &own, on_done, &fetch, NULL, error) ==
        CHUTES_OK) {
        cli_wait(&fetch.wait, loop);
    }
    *response = fetch.response;
}
