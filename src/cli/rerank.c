/* SPDX-License-Identifier: MIT */
/* The command `rerank`: texts, the best answer to a query first. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/engine_texts.h"
#include "cli/report.h"

#include <chutes/chutes.h>

#include <stdlib.h>
#include <string.h>

/* Prints a line for each document: the score, its number, and its text. */
static void print_lines(struct cli_stream *stream,
                        const chutes_rerank_response *response,
                        const struct cli_engine_texts *documents)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);
    struct cli_json json = {file, false};

    for (size_t i = 0; i < response->result_count; i++) {
        const chutes_rerank_result *result = response->results[i];

        json.needs_comma = false;
        cli_json_double(&json, result->score);
        fprintf(file, "\t%zu\t%s\n", result->index,
                documents->items[result->index]);
    }
    fclose(file);
    cli_write(stream, text, len);
    free(text);
}

static void put_results(struct cli_json *json,
                        const chutes_rerank_response *response,
                        const struct cli_engine_texts *documents)
{
    cli_json_key(json, "results");
    cli_json_open(json, '[');
    for (size_t i = 0; response != NULL && i < response->result_count; i++) {
        const chutes_rerank_result *result = response->results[i];
        const char *text = documents->items[result->index];

        cli_json_open(json, '{');
        cli_json_key(json, "index");
        cli_json_count(json, (int64_t)result->index);
        cli_json_key(json, "score");
        cli_json_double(json, result->score);
        cli_json_key(json, "document");
        cli_json_string(json, text, strlen(text));
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

static void print_object(FILE *file, const chutes_rerank_response *response,
                         const struct cli_engine_texts *documents,
                         const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    put_results(&json, response, documents);
    cli_json_key(&json, "model");
    cli_json_text(&json, response != NULL ? response->model : NULL);
    cli_report_usage(&json, response != NULL ? response->usage : NULL);
    cli_report_end(&json, error, response != NULL ? response->info : NULL);
    fputs("\n", file);
}

static void rank(const struct cli_options *options, struct cli_output *output,
                 const struct cli_engine_texts *documents, chutes_error *error)
{
    chutes_rerank_params params = chutes_rerank_params_default();
    chutes_rerank_response *response = NULL;
    chutes_client *client = cli_connect(options, output, error);

    params.model = options->model;
    params.slug = options->chute;
    params.path = options->path;
    params.top_n = options->top;
    params.query = options->operands.items[0];
    params.documents = documents->items;
    params.document_count = documents->count;
    if (client != NULL) {
        chutes_rerank(client, &params, &response, error);
    }
    cli_disconnect(client);
    if (options->is_json) {
        print_object(output->answer.file, response, documents, error);
    } else if (response != NULL) {
        print_lines(&output->answer, response, documents);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    chutes_rerank_response_free(response);
}

int cli_rerank(const struct cli_options *options, struct cli_output *output)
{
    struct cli_engine_texts documents;
    chutes_error error;
    int code = CLI_EXIT_USAGE;

    if (options->operands.count == 0) {
        cli_refuse(output, "rerank takes QUERY [TEXT...|-]");
        return code;
    }
    if (cli_engine_texts_read(&documents, &options->operands, 1, output)) {
        rank(options, output, &documents, &error);
        code = cli_exit_of(error.status, &error, NULL);
    }
    cli_engine_texts_dispose(&documents);
    return code;
}
