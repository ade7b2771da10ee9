/* SPDX-License-Identifier: MIT */
#include "client/embed_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/answer.h"
#include "codec/request.h"

enum { MOST_PARALLEL = 64 };

/* ---- the answer of a part ------------------------------------------------ */

static chutes_status decode(struct chutes__fetch *fetch)
{
    struct chutes__embed_part *part = chutes__embed_part_of(fetch);
    size_t max_depth =
        part->call->call.loop->client->config.options.max_json_depth;
    const struct chutes__embed_shape wanted = {part->count, 0};

    return chutes__decode_embed(fetch->answer.data, fetch->answer.len,
                                max_depth, wanted, &fetch->arena,
                                &part->decoded, &part->error);
}

/* What isn't told is -1 and adds nothing. */
static void add_tokens(int64_t *sum, int64_t tokens)
{
    if (*sum < 0) {
        *sum = tokens;
    } else if (tokens > 0 && __builtin_add_overflow(*sum, tokens, sum)) {
        *sum = INT64_MAX;
    }
}

static void add_usage(struct chutes__embed_result *result,
                      const chutes_usage *usage)
{
    const chutes_embed_response *response = &result->response;

    if (usage == NULL) {
        return;
    }
    if (response->usage == NULL) {
        result->usage = *usage;
        result->response.usage = &result->usage;
        return;
    }
    add_tokens(&result->usage.prompt_tokens, usage->prompt_tokens);
    add_tokens(&result->usage.completion_tokens, usage->completion_tokens);
    add_tokens(&result->usage.total_tokens, usage->total_tokens);
    add_tokens(&result->usage.cached_tokens, usage->cached_tokens);
    add_tokens(&result->usage.reasoning_tokens, usage->reasoning_tokens);
}

/* The first part to come tells how long a row is. */
static chutes_status make_matrix(struct chutes__embed_call *call,
                                 struct chutes__embed_part *part)
{
    chutes_embed_response *response = &call->result->response;
    size_t dimension = part->decoded.dimension;
    size_t size;

    if (call->values != NULL) {
        return dimension == response->dimension
                   ? CHUTES_OK
                   : chutes__fail(&part->error, CHUTES_ERR_PROTOCOL,
                                  "the embeddings have dimension %zu, those of "
                                  "another request %zu",
                                  dimension, response->dimension);
    }
    if (!__builtin_mul_overflow(response->count, dimension, &size)) {
        call->values =
            chutes__arena_alloc(&call->arena, size, sizeof(*call->values));
    }
    if (call->values == NULL) {
        return chutes__fail_status(&part->error, CHUTES_ERR_NO_MEMORY);
    }
    response->dimension = dimension;
    response->values = call->values;
    return CHUTES_OK;
}

chutes_status chutes__embed_keep_answer(struct chutes__embed_part *part)
{
    struct chutes__embed_call *call = part->call;
    struct chutes__embed_result *result = call->result;
    chutes_embed_response *response = &result->response;
    chutes_status status = make_matrix(call, part);
    size_t index = (size_t)(part - call->parts);

    if (status != CHUTES_OK) {
        return status;
    }
    if (response->model[0] == '\0') {
        const char *model = part->decoded.model;

        response->model = chutes__arena_dup(
            &call->arena, (struct chutes__slice){model, strlen(model)});
    }
    part->view->raw_len = part->fetch.answer.len;
    result->answers[index] = chutes__buf_take(&part->fetch.answer);
    if (response->model == NULL || result->answers[index] == NULL) {
        response->model = "";
        return chutes__fail_status(&part->error, CHUTES_ERR_NO_MEMORY);
    }
    part->view->raw_json = result->answers[index];
    add_usage(result, part->decoded.usage);
    memcpy(call->values + part->first * response->dimension,
           part->decoded.values,
           part->count * response->dimension * sizeof(float));
    return CHUTES_OK;
}

/* ---- the requests -------------------------------------------------------- */

/* How many inputs from `first` on make a request: at least one. */
static size_t measure_part(const chutes_embed_params *params, size_t first)
{
    size_t count = 0;
    size_t bytes = 0;

    while (first + count < params->input_count &&
           count < params->max_batch_inputs) {
        const char *text = params->input[first + count];

        /* What is no text is refused when it is encoded. */
        bytes += text != NULL ? strlen(text) : 0;
        if (count > 0 && bytes > params->max_batch_bytes) {
            break;
        }
        count++;
    }
    return count;
}

static size_t count_parts(const chutes_embed_params *params)
{
    size_t count = 1; /* even without inputs, which is refused later */
    size_t at = measure_part(params, 0);

    while (at < params->input_count) {
        at += measure_part(params, at);
        count++;
    }
    return count;
}

static chutes_status prepare_part(struct chutes__embed_part *part,
                                  const chutes_embed_params *params,
                                  const char *model)
{
    struct chutes__embed_call *call = part->call;
    struct chutes_loop *loop = call->call.loop;
    const struct chutes__config *config = &loop->client->config;
    struct chutes__fetch *fetch = &part->fetch;
    chutes_status status =
        chutes__fetch_init(fetch, loop, params->call_options, &part->error);

    fetch->exchange.base = &config->embeddings_base;
    fetch->exchange.path = "embeddings";
    fetch->exchange.body = &fetch->request;
    fetch->exchange.model = model;
    fetch->exchange.arena = &call->arena;
    fetch->exchange.started_us = call->started_us;
    fetch->decode = decode;
    return status == CHUTES_OK
               ? chutes__encode_embed(params, part->first, part->count,
                                      config->options.max_json_depth,
                                      &fetch->request, &part->error)
               : status;
}

static chutes_status prepare_parts(struct chutes__embed_call *call,
                                   const chutes_embed_params *params,
                                   const char *model)
{
    size_t first = 0;

    for (size_t i = 0; i < call->result->response.part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];
        chutes_status status;

        part->call = call;
        part->first = first;
        part->count = measure_part(params, first);
        *part->view = (chutes_embed_part){.first = first,
                                          .count = part->count,
                                          .status = CHUTES_ERR_CANCELLED,
                                          .raw_json = ""};
        chutes__error_clear(&part->error);
        status = prepare_part(part, params, model);
        call->prepared++;
        if (status != CHUTES_OK) {
            call->error = part->error;
            return status;
        }
        first += part->count;
    }
    return CHUTES_OK;
}

static chutes_status check_params(const chutes_embed_params *params,
                                  chutes_error *error)
{
    if (params->max_batch_inputs == 0 || params->max_batch_bytes == 0) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must be 1 or more",
                            params->max_batch_inputs == 0 ? "max_batch_inputs"
                                                          : "max_batch_bytes");
    }
    if (params->max_parallel < 1 || params->max_parallel > MOST_PARALLEL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "max_parallel must be 1 to %d", MOST_PARALLEL);
    }
    if (params->model == NULL || params->input == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            params->model == NULL ? "model" : "input");
    }
    return CHUTES_OK;
}

/* Memory for what is known before the first answer. */
static chutes_status make_result(struct chutes__embed_call *call,
                                 const chutes_embed_params *params)
{
    struct chutes__arena *arena = &call->arena;
    size_t count = count_parts(params);
    struct chutes__embed_result *result =
        chutes__arena_alloc(arena, 1, sizeof(*result));
    chutes_embed_part *views =
        chutes__arena_alloc(arena, count, sizeof(*views));
    const chutes_embed_part **list =
        chutes__arena_alloc(arena, count, sizeof(*list));

    call->parts = chutes__mem_zalloc(count * sizeof(*call->parts));
    if (result == NULL || views == NULL || list == NULL ||
        call->parts == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    result->answers = chutes__arena_alloc(arena, count, sizeof(char *));
    if (result->answers == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &views[i];
        call->parts[i].view = &views[i];
    }
    result->response.count = params->input_count;
    result->response.model = "";
    result->response.raw_json = "";
    result->response.parts = list;
    result->response.part_count = count;
    call->result = result;
    return CHUTES_OK;
}

chutes_status chutes__embed_prepare(struct chutes__embed_call *call,
                                    const chutes_embed_params *params)
{
    chutes_status status = check_params(params, &call->error);
    const char *model;

    if (status == CHUTES_OK) {
        status = make_result(call, params);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    model = chutes__arena_dup(
        &call->arena,
        (struct chutes__slice){params->model, strlen(params->model)});
    if (model == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    call->most = (size_t)params->max_parallel;
    call->started_us = chutes__clock_now_us();
    return prepare_parts(call, params, model);
}
