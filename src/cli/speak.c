/* SPDX-License-Identifier: MIT */
/* The command `speak`: a text as audio, in a file. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/media.h"
#include "cli/params.h"
#include "cli/report.h"

static void print_object(FILE *file, const struct cli_options *options,
                         const chutes_speech_response *response,
                         const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_media_put(&json, options, response != NULL ? response->audio : NULL,
                  error);
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static int speak(const struct cli_options *options, struct cli_output *output,
                 const char *text, const char *extra_json)
{
    chutes_speech_params params = chutes_speech_params_default();
    chutes_speech_response *response = NULL;
    chutes_error error;
    chutes_client *client = cli_connect(options, output, &error);

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.extra_json = extra_json;
    params.text = text;
    if (client != NULL &&
        chutes_speech(client, &params, &response, &error) == CHUTES_OK) {
        cli_media_write(options, output, response->audio, &error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, options, response, &error);
    }
    if (error.status != CHUTES_OK) {
        cli_complain_of(output, &error);
    }
    chutes_speech_response_free(response);
    return cli_exit_of(error.status, &error, NULL);
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
