/* SPDX-License-Identifier: MIT */
/* The command `invoke`: a request to any chute, and whatever it answers. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/fetch.h"
#include "cli/invoke_request.h"
#include "cli/media.h"
#include "cli/operation.h"
#include "cli/report.h"

#include <chutes/chutes.h>

/* ---- the answer ---------------------------------------------------------- */

static int print(const void *bytes, size_t len, void *user_data)
{
    struct cli_output *output = user_data;

    cli_hold_log(output);
    return cli_write(&output->answer, bytes, len) ? 0 : 1;
}

/* Prints JSON as it is, and anything else as a data: URL. */
static void put_body(struct cli_json *json,
                     const chutes_invoke_response *response)
{
    char *url = NULL;

    cli_json_key(json, "json");
    cli_json_raw(json, response != NULL ? response->json : NULL,
                 response != NULL ? response->body_len : 0);
    if (response != NULL && response->json == NULL && response->body_len > 0) {
        /* If memory runs out, there is no URL. */
        (void)chutes_data_url("application/octet-stream", response->body,
                              response->body_len, &url, NULL);
    }
    cli_json_key(json, "data_url");
    cli_json_text(json, url);
    chutes_string_free(url);
}

static void print_object(FILE *file, const char *path,
                         const chutes_invoke_response *response,
                         const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_json_key(&json, "http_status");
    cli_json_count(&json, response != NULL ? response->info->http_status : -1);
    cli_json_key(&json, "content_type");
    cli_json_text(&json, response != NULL ? response->content_type : NULL);
    cli_json_key(&json, "length");
    cli_json_count(&json, response != NULL ? (int64_t)response->received : -1);
    cli_json_key(&json, "file");
    cli_json_text(&json,
                  response != NULL && error->status == CHUTES_OK ? path : NULL);
    put_body(&json, response);
    cli_json_key(&json, "request_id");
    cli_json_text(&json, response != NULL ? response->info->request_id
                                          : error->request_id);
    cli_report_status(&json, error);
    cli_report_timing(&json, error, response != NULL ? response->info : NULL);
    cli_json_close(&json, '}');
    fputs("\n", file);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_invoke_response *response,
                 const chutes_error *error)
{
    if (output->answer.failure != 0) {
        return; /* nobody reads; cli_output_finish() reports that */
    }
    if (options->is_json) {
        print_object(output->answer.file, options->output, response, error);
    } else if (output->answer.is_terminal) {
        cli_end_line(&output->answer);
    }
    cli_release_log(output);
    if (error->status != CHUTES_OK) {
        if (response != NULL && !options->is_json) {
            cli_write(&output->answer, response->body, response->body_len);
        }
        cli_complain_of(output, error);
    } else if (response != NULL && options->output != NULL &&
               !options->is_json) {
        cli_note(output, "%s: %zu bytes, %s", options->output,
                 response->received,
                 response->content_type[0] != '\0' ? response->content_type
                                                   : "of an unknown type");
    }
}

static int invoke(chutes_invoke_params *params,
                  const struct cli_options *options, struct cli_output *output)
{
    chutes_invoke_response *response = NULL;
    chutes_client *client;
    chutes_loop *loop = NULL;
    chutes_error error;
    int code;

    if (options->output == NULL && !options->is_json) {
        params->on_data = print;
        params->user_data = output;
    }
    client = cli_connect(options, output, &error);
    if (client == NULL || chutes_loop_new(client, &loop, &error) != CHUTES_OK) {
        /* The error says why. */
    } else if (options->waits) {
        cli_operation_invoke(loop, params, options, output, &response, &error);
    } else {
        cli_fetch(loop, params, "answer", output, &response, &error);
    }
    chutes_loop_free(loop);
    cli_disconnect(client);
    show(options, output, response, &error);
    code = output->answer.failure != 0
               ? CLI_EXIT_API
               : cli_exit_of(error.status, &error, NULL);
    chutes_invoke_response_free(response);
    return code;
}

int cli_invoke(const struct cli_options *options, struct cli_output *output)
{
    struct cli_invoke_request request;
    int code = CLI_EXIT_USAGE;

    /* The library opens the file only for the artifact. */
    if (options->waits && options->output != NULL &&
        !cli_media_can_write(options->output, output)) {
        return code;
    }
    if (cli_invoke_request_init(&request, options, output)) {
        code = invoke(&request.params, options, output);
    }
    cli_invoke_request_dispose(&request);
    return code;
}
