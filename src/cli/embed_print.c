/* SPDX-License-Identifier: MIT */
/* Prints vectors as they arrive, and what is missing, either as lines or as one
 * JSON object. */
#include "cli/embed_print.h"

#include "cli/alloc.h"
#include "cli/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cli_vectors_begin(struct cli_vectors *vectors,
                       const struct cli_options *options,
                       struct cli_output *output)
{
    memset(vectors, 0, sizeof(*vectors));
    vectors->output = output;
    vectors->is_json = options->is_json;
    vectors->json.file = output->answer.file;
    if (vectors->is_json) {
        cli_hold_log(output); /* the object is one line */
        cli_json_open(&vectors->json, '{');
        cli_json_key(&vectors->json, "data");
        cli_json_open(&vectors->json, '[');
    }
}

/* ---- vectors ------------------------------------------------------------- */

static void put_vector(struct cli_json *json, const float *values,
                       size_t dimension, size_t index)
{
    cli_json_open(json, '{');
    cli_json_key(json, "index");
    cli_json_integer(json, (int64_t)index);
    cli_json_key(json, "embedding");
    cli_json_open(json, '[');
    for (size_t i = 0; i < dimension; i++) {
        cli_json_float(json, values[i]);
    }
    cli_json_close(json, ']');
    cli_json_close(json, '}');
}

static void put_line(FILE *file, const float *values, size_t dimension,
                     size_t index)
{
    struct cli_json json = {file, false};

    put_vector(&json, values, dimension, index);
    putc('\n', file);
}

/* A count below 0 was not sent, and adds nothing. */
static void add_tokens(int64_t *sum, int64_t tokens)
{
    if (*sum < 0) {
        *sum = tokens;
    } else if (tokens > 0 && __builtin_add_overflow(*sum, tokens, sum)) {
        *sum = INT64_MAX;
    }
}

static void add_usage(struct cli_vectors *vectors, const chutes_usage *usage)
{
    if (usage == NULL) {
        return;
    }
    if (!vectors->has_usage) {
        vectors->usage = *usage;
        vectors->has_usage = true;
        return;
    }
    add_tokens(&vectors->usage.prompt_tokens, usage->prompt_tokens);
    add_tokens(&vectors->usage.completion_tokens, usage->completion_tokens);
    add_tokens(&vectors->usage.total_tokens, usage->total_tokens);
    add_tokens(&vectors->usage.cached_tokens, usage->cached_tokens);
    add_tokens(&vectors->usage.reasoning_tokens, usage->reasoning_tokens);
}

static void note_info(struct cli_vectors *vectors,
                      const chutes_embed_response *response)
{
    add_usage(vectors, response->usage);
    if (!vectors->has_info) {
        vectors->info = *response->info;
        vectors->has_info = true;
    }
    vectors->attempts += response->info->attempts;
    vectors->dimension = response->dimension;
    if (vectors->model == NULL && response->model[0] != '\0') {
        size_t size = strlen(response->model) + 1;

        vectors->model = cli_alloc(1, size);
        memcpy(vectors->model, response->model, size);
    }
}

bool cli_vectors_fit(const struct cli_vectors *vectors,
                     const chutes_embed_response *response, chutes_error *error)
{
    if (!vectors->has_info || response->dimension == vectors->dimension) {
        return true;
    }
    cli_report_fail(error, CHUTES_ERR_PROTOCOL,
                    "the embeddings have dimension %zu, those before %zu",
                    response->dimension, vectors->dimension);
    cli_report_answered(error, response->info);
    return false;
}

bool cli_vectors_put(struct cli_vectors *vectors,
                     const chutes_embed_response *response,
                     const size_t *indexes)
{
    struct cli_stream *answer = &vectors->output->answer;

    for (size_t i = 0; i < response->count; i++) {
        const float *values = chutes_embedding_at(response, i);

        if (vectors->is_json) {
            put_vector(&vectors->json, values, response->dimension, indexes[i]);
        } else {
            put_line(answer->file, values, response->dimension, indexes[i]);
        }
    }
    note_info(vectors, response);
    /* The reader of a pipe gets the vectors of each response at once. */
    if (fflush(answer->file) != 0 && answer->failure == 0) {
        answer->failure = errno;
    }
    return answer->failure == 0;
}

/* ---- what is missing ----------------------------------------------------- */

void cli_vectors_miss(struct cli_vectors *vectors, size_t first, size_t last,
                      chutes_status status)
{
    size_t count = vectors->gap_count;
    struct cli_gap *before = count > 0 ? &vectors->gaps[count - 1] : NULL;

    if (before != NULL && before->status == status &&
        before->last + 1 == first) {
        before->last = last;
        return;
    }
    vectors->gaps =
        cli_resize(vectors->gaps, (count + 1) * sizeof(*vectors->gaps));
    vectors->gaps[count] = (struct cli_gap){first, last, status};
    vectors->gap_count++;
}

static void put_gaps(struct cli_vectors *vectors)
{
    struct cli_json *json = &vectors->json;

    cli_json_key(json, "failed");
    cli_json_open(json, '[');
    for (size_t i = 0; i < vectors->gap_count; i++) {
        const struct cli_gap *gap = &vectors->gaps[i];

        cli_json_open(json, '{');
        cli_json_key(json, "first");
        cli_json_integer(json, (int64_t)gap->first);
        cli_json_key(json, "last");
        cli_json_integer(json, (int64_t)gap->last);
        cli_json_key(json, "status");
        cli_json_text(json, chutes_status_name(gap->status));
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

/* ---- the end ------------------------------------------------------------- */

static void put_rest(struct cli_vectors *vectors, const chutes_error *error)
{
    struct cli_json *json = &vectors->json;
    chutes_error whole = *error;

    /* The error is that of one request. */
    whole.attempts = vectors->attempts;
    cli_json_close(json, ']');
    put_gaps(vectors);
    cli_json_key(json, "model");
    cli_json_text(json, vectors->model);
    cli_json_key(json, "dimension");
    cli_json_count(json, vectors->has_info ? (int64_t)vectors->dimension : -1);
    cli_report_status(json, error);
    cli_report_usage(json, vectors->has_usage ? &vectors->usage : NULL);
    cli_report_cost(json, vectors->cost_usd);
    cli_report_timing(json, &whole, vectors->has_info ? &vectors->info : NULL);
    cli_json_close(json, '}');
    putc('\n', json->file);
}

void cli_vectors_end(struct cli_vectors *vectors,
                     const struct cli_options *options,
                     const chutes_error *error, int64_t elapsed_us)
{
    vectors->info.attempts = vectors->attempts;
    vectors->info.timing.total_us = elapsed_us;
    if (vectors->is_json) {
        put_rest(vectors, error);
        cli_release_log(vectors->output);
    }
    if (vectors->has_info && options->shows_usage) {
        cli_note_usage(vectors->output,
                       vectors->has_usage ? &vectors->usage : NULL,
                       &vectors->info, vectors->cost_usd);
    }
    free(vectors->model);
    free(vectors->gaps);
}
