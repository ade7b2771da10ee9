/* SPDX-License-Identifier: MIT */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/defaults.h"
#include "cli/input.h"
#include "cli/json_out.h"
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

/* The texts to embed. Start from zeros. */
struct texts {
    struct cli_input input; /* what `items` points into, if it was read */
    const char **items;
    size_t count;
};

static const char *model_of(const struct cli_options *options)
{
    const char *model = options->model;

    if (model == NULL) {
        model = getenv("CHUTES_EMBEDDINGS_MODEL");
    }
    return model != NULL && model[0] != '\0' ? model : CLI_EMBEDDINGS_MODEL;
}

static size_t count_lines(const struct cli_input *input)
{
    size_t count = 1;

    for (size_t i = 0; i < input->len; i++) {
        count += input->bytes[i] == '\n' ? 1 : 0;
    }
    return count;
}

/* Lines become texts one by one, so that an index is a line number; hence none
 * is left out. */
static bool split_lines(struct texts *texts, struct cli_output *output)
{
    char *line = texts->input.bytes;

    if (memchr(line, '\0', texts->input.len) != NULL) {
        cli_refuse(output, "standard input holds a NUL byte: no text");
        return false;
    }
    texts->items = cli_alloc(count_lines(&texts->input), sizeof(char *));
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        bool is_last = line[len] == '\0';

        line[len] = '\0';
        if (len > 0 && line[len - 1] == '\r') {
            line[len - 1] = '\0';
        }
        texts->items[texts->count] = line;
        texts->count++;
        if (line[0] == '\0') {
            cli_refuse(output, "line %zu of standard input is empty",
                       texts->count);
            return false;
        }
        line += is_last ? len : len + 1;
    }
    return true;
}

static bool take_texts(struct texts *texts, const struct cli_list *operands,
                       struct cli_output *output)
{
    bool is_dash = operands->count == 1 && strcmp(operands->items[0], "-") == 0;

    if (operands->count > 0 && !is_dash) {
        texts->items = cli_alloc(operands->count, sizeof(char *));
        memcpy(texts->items, operands->items, operands->count * sizeof(char *));
        texts->count = operands->count;
        return true;
    }
    if (!cli_input_read(&texts->input, stdin, "standard input", output) ||
        !split_lines(texts, output)) {
        return false;
    }
    if (texts->count == 0) {
        cli_refuse(output, "a text is missing: give it as an argument or as "
                           "a line of standard input");
    }
    return texts->count > 0;
}

static void put_vector(struct cli_json *json,
                       const chutes_embed_response *response, size_t index)
{
    const float *values = chutes_embedding_at(response, index);

    cli_json_open(json, '{');
    cli_json_key(json, "index");
    cli_json_integer(json, (int64_t)index);
    cli_json_key(json, "embedding");
    cli_json_open(json, '[');
    for (size_t i = 0; i < response->dimension; i++) {
        cli_json_float(json, values[i]);
    }
    cli_json_close(json, ']');
    cli_json_close(json, '}');
}

/* The rows of a part that failed are no vectors. */
static size_t count_rows(const chutes_embed_part *part)
{
    return part->status == CHUTES_OK ? part->count : 0;
}

static void print_lines(FILE *file, const chutes_embed_response *response)
{
    for (size_t i = 0; i < response->part_count; i++) {
        const chutes_embed_part *part = response->parts[i];

        for (size_t row = 0; row < count_rows(part); row++) {
            struct cli_json json = {file, false};

            put_vector(&json, response, part->first + row);
            putc('\n', file);
        }
    }
}

static void put_vectors(struct cli_json *json,
                        const chutes_embed_response *response)
{
    for (size_t i = 0; i < response->part_count; i++) {
        const chutes_embed_part *part = response->parts[i];

        for (size_t row = 0; row < count_rows(part); row++) {
            put_vector(json, response, part->first + row);
        }
    }
}

static void print_object(FILE *file, const chutes_error *error,
                         const chutes_embed_response *response)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_report_status(&json, error);
    cli_json_key(&json, "model");
    cli_json_text(&json, response != NULL ? response->model : NULL);
    cli_json_key(&json, "dimension");
    cli_json_count(&json, response != NULL ? (int64_t)response->dimension : -1);
    cli_json_key(&json, "data");
    cli_json_open(&json, '[');
    if (response != NULL) {
        put_vectors(&json, response);
    }
    cli_json_close(&json, ']');
    cli_report_usage(&json, response != NULL ? response->usage : NULL);
    cli_report_course(&json, error, response != NULL ? response->info : NULL);
    cli_json_close(&json, '}');
    putc('\n', file);
}

static void show(const struct cli_options *options, struct cli_output *output,
                 const chutes_error *error,
                 const chutes_embed_response *response)
{
    if (options->is_json) {
        print_object(output->answer.file, error, response);
    } else if (response != NULL) {
        print_lines(output->answer.file, response);
    }
    if (response != NULL && options->shows_usage) {
        cli_note_usage(output, response->usage, response->info);
    }
    if (error->status != CHUTES_OK) {
        cli_complain_of(output, error);
    }
    if (response != NULL && response->complete == 0) {
        cli_complain(output, "some vectors are missing");
    }
}

static int embed(const struct texts *texts, const struct cli_options *options,
                 struct cli_output *output)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_client *client;
    chutes_error error;

    params.model = model_of(options);
    params.input = texts->items;
    params.input_count = texts->count;
    params.dimensions = options->dimensions;
    params.encoding_format = options->asks_base64 ? "base64" : NULL;
    if (options->batch != CHUTES_UNSET) {
        params.max_batch_inputs = (size_t)options->batch;
    }
    client = cli_connect(options, output, &error);
    if (client != NULL) {
        chutes_embed(client, &params, &response, &error);
    }
    cli_disconnect(client);
    show(options, output, &error, response);
    chutes_embed_response_free(response);
    return cli_exit_of(error.status, &error, NULL);
}

int cli_embed(const struct cli_options *options, struct cli_output *output)
{
    struct texts texts = {{NULL, 0}, NULL, 0};
    int code = CLI_EXIT_USAGE;

    if (take_texts(&texts, &options->operands, output)) {
        code = embed(&texts, options, output);
    }
    free(texts.items);
    cli_input_dispose(&texts.input);
    return code;
}
