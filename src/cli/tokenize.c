/* SPDX-License-Identifier: MIT */
/* The command `tokenize`: the tokens of a text. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/input.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Prints the tokens, separated by spaces. */
static void print_line(struct cli_stream *stream,
                       const chutes_tokenize_response *response)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    for (size_t i = 0; i < response->token_count; i++) {
        fprintf(file, "%s%" PRId64, i > 0 ? " " : "", response->tokens[i]);
    }
    fputs("\n", file);
    fclose(file);
    cli_write(stream, text, len);
    free(text);
}

static void put_tokens(struct cli_json *json,
                       const chutes_tokenize_response *response)
{
    cli_json_key(json, "count");
    cli_json_count(json, (int64_t)response->token_count);
    cli_json_key(json, "max_model_len");
    cli_json_count(json, response->max_model_len);
    cli_json_key(json, "tokens");
    cli_json_open(json, '[');
    for (size_t i = 0; i < response->token_count; i++) {
        cli_json_integer(json, response->tokens[i]);
    }
    cli_json_close(json, ']');
    cli_json_key(json, "texts");
    if (response->token_texts == NULL) {
        cli_json_null(json);
        return;
    }
    cli_json_open(json, '[');
    for (size_t i = 0; i < response->token_count; i++) {
        const char *text = response->token_texts[i];

        cli_json_string(json, text, strlen(text));
    }
    cli_json_close(json, ']');
}

static void print_object(FILE *file, const chutes_tokenize_response *response,
                         const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    if (response != NULL) {
        put_tokens(&json, response);
    }
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static void tokenize(const struct cli_options *options,
                     struct cli_output *output, const char *text,
                     chutes_error *error)
{
    chutes_tokenize_params params = chutes_tokenize_params_default();
    chutes_tokenize_response *response = NULL;
    chutes_client *client = cli_connect(options, output, error);

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.prompt = text;
    params.return_token_texts = options->is_json ? 1 : CHUTES_UNSET;
    if (client != NULL) {
        chutes_tokenize(client, &params, &response, error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, response, error);
    } else if (response != NULL) {
        print_line(&output->answer, response);
        cli_note(output, "%zu tokens", response->token_count);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    chutes_tokenize_response_free(response);
}

int cli_tokenize(const struct cli_options *options, struct cli_output *output)
{
    struct cli_input text = {NULL, 0};
    chutes_error error;
    int code = CLI_EXIT_USAGE;

    if (cli_input_text(&text, &options->operands, output)) {
        tokenize(options, output, text.bytes, &error);
        code = cli_exit_of(error.status, &error, NULL);
    }
    cli_input_dispose(&text);
    return code;
}
