/* SPDX-License-Identifier: MIT */
/* The command `classify`: the class of each text. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/engine_texts.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <stdlib.h>
#include <string.h>

/* Prints a line for each text: the class, its probability, and the text. */
static void print_lines(struct cli_stream *stream,
                        const chutes_classify_response *response,
                        const struct cli_engine_texts *texts)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);
    struct cli_json json = {file, false};

    for (size_t i = 0; i < response->result_count; i++) {
        const chutes_classify_result *result = response->results[i];

        json.needs_comma = false;
        fprintf(file, "%s\t", result->label);
        cli_json_double(&json, result->probabilities[result->best]);
        fprintf(file, "\t%s\n", texts->items[i]);
    }
    fclose(file);
    cli_write(stream, text, len);
    free(text);
}

static void put_result(struct cli_json *json,
                       const chutes_classify_result *result)
{
    cli_json_open(json, '{');
    cli_json_key(json, "label");
    cli_json_text(json, result->label);
    cli_json_key(json, "class");
    cli_json_count(json, (int64_t)result->best);
    cli_json_key(json, "probabilities");
    cli_json_open(json, '[');
    for (size_t i = 0; i < result->class_count; i++) {
        cli_json_double(json, result->probabilities[i]);
    }
    cli_json_close(json, ']');
    cli_json_close(json, '}');
}

static void print_object(FILE *file, const chutes_classify_response *response,
                         const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_json_key(&json, "results");
    cli_json_open(&json, '[');
    for (size_t i = 0; response != NULL && i < response->result_count; i++) {
        put_result(&json, response->results[i]);
    }
    cli_json_close(&json, ']');
    cli_json_key(&json, "model");
    cli_json_text(&json, response != NULL ? response->model : NULL);
    cli_report_usage(&json, response != NULL ? response->usage : NULL);
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static void classify(const struct cli_options *options,
                     struct cli_output *output,
                     const struct cli_engine_texts *texts, chutes_error *error)
{
    chutes_classify_params params = chutes_classify_params_default();
    chutes_classify_response *response = NULL;
    chutes_client *client = cli_connect(options, output, error);

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.input = texts->items;
    params.input_count = texts->count;
    if (client != NULL) {
        chutes_classify(client, &params, &response, error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, response, error);
    } else if (response != NULL) {
        print_lines(&output->answer, response, texts);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    chutes_classify_response_free(response);
}

int cli_classify(const struct cli_options *options, struct cli_output *output)
{
    struct cli_engine_texts texts;
    chutes_error error;
    int code = CLI_EXIT_USAGE;

    if (cli_engine_texts_read(&texts, &options->operands, 0, output)) {
        classify(options, output, &texts, &error);
        code = cli_exit_of(error.status, &error, NULL);
    }
    cli_engine_texts_dispose(&texts);
    return code;
}
