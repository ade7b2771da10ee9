/* SPDX-License-Identifier: MIT */
/* The command `speak`: a text as audio, in a file. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/media.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/wait.h"

struct outcome {
    chutes_speech_response *response;
    chutes_error error;
    struct cli_wait wait;
};

static void on_done(chutes_status status, chutes_speech_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    (void)status;
    outcome->response = response;
    outcome->error = *error;
    outcome->wait.is_done = true;
}

static void make(chutes_client *client, const chutes_speech_params *params,
                 struct outcome *outcome)
{
    chutes_loop *loop = NULL;

    if (chutes_loop_new(client, &loop, &outcome->error) == CHUTES_OK &&
        chutes_speech_start(loop, params, on_done, outcome, NULL,
                            &outcome->error) == CHUTES_OK) {
        cli_wait(&outcome->wait, loop);
    }
    chutes_loop_free(loop);
}

static void print_object(FILE *file, const struct cli_options *options,
                         const struct outcome *outcome)
{
    const chutes_speech_response *response = outcome->response;
    const chutes_error *error = &outcome->error;
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_media_put(&json, options->output,
                  response != NULL ? response->audio : NULL, error);
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static int speak(const struct cli_options *options, struct cli_output *output,
                 const char *text, const char *extra_json)
{
    chutes_speech_params params = chutes_speech_params_default();
    struct outcome outcome = {
        .wait = {.output = output, .noun = "audio", .is_noted = true}};
    chutes_error *error = &outcome.error;
    chutes_client *client = cli_connect(options, output, error);
    int code;

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.extra_json = extra_json;
    params.text = text;
    params.on_progress = cli_wait_on_progress;
    params.user_data = &outcome.wait;
    if (client != NULL) {
        make(client, &params, &outcome);
    }
    if (error->status == CHUTES_OK && outcome.response != NULL) {
        cli_media_write(options, options->output, output,
                        outcome.response->audio, outcome.response->info, error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, options, &outcome);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    code = cli_exit_of(error->status, error, NULL);
    chutes_speech_response_free(outcome.response);
    return code;
}

int cli_speak(const struct cli_options *options, struct cli_output *output)
{
    struct cli_params params = {0};
    struct cli_input text = {NULL, 0};
    int code = CLI_EXIT_USAGE;

    if (cli_media_has_place(options, output) &&
        cli_params_collect(&options->params, &params, output) &&
        cli_input_text(&text, &options->operands, output)) {
        code = speak(options, output, text.bytes, params.extra_json);
    }
    cli_params_dispose(&params);
    cli_input_dispose(&text);
    return code;
}
