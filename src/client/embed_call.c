/* SPDX-License-Identifier: MIT */
#include "client/embed_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/fetch.h"
#include "client/params.h"
#include "codec/answer.h"
#include "codec/request.h"

CHUTES__ASSERT_NO_TAIL(chutes_embed_params, call_options);

enum { MOST_PARALLEL = 64 };

struct embed_result {
    chutes_embed_response response; /* first, so that one casts to the other */
    chutes_usage usage;
    char **answers; /* of each part; NULL: none came */
    struct chutes__owner owner;
};

/* One request of a call. */
struct part {
    struct chutes__fetch fetch;
    struct embed_call *call;
    size_t first;
    size_t count;
    chutes_embed_part *view;       /* of the result */
    chutes_embed_response decoded; /* while the fetch is there */
    chutes_error error;
};

struct embed_call {
    struct chutes_call call;    /* first, so that one casts to the other */
    struct chutes__arena arena; /* of the result */
    struct embed_result *result;
    float *values;      /* of the result */
    struct part *parts; /* as many as the result tells of */
    size_t prepared;    /* of them, in order */
    size_t begun;       /* likewise */
    size_t running;     /* of those, not done */
    size_t most;        /* that may run at once */
    int64_t started_us;
    struct part *failed; /* the first that failed; NULL: none yet */
    chutes_error error;
    chutes_embed_done_fn on_done;
    void *user_data;
};

/* ---- the answer of a part ------------------------------------------------ */

static struct part *part_of(struct chutes__fetch *fetch)
{
    return CHUTES__LIST_ENTRY(fetch, struct part, fetch);
}

static chutes_status decode(struct chutes__fetch *fetch)
{
    struct part *part = part_of(fetch);
    size_t max_depth =
        part->call->call.loop->client->config.options.max_json_depth;

    return chutes__decode_embed(fetch->answer.data, fetch->answer.len,
                                max_depth, part->count, &fetch->arena,
                                &part->decoded, &part->error);
}

static void add_usage(struct embed_result *result, const chutes_usage *usage)
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
    result->usage.prompt_tokens += usage->prompt_tokens;
    result->usage.total_tokens += usage->total_tokens;
}

/* The first part to come tells how long a row is. */
static chutes_status make_matrix(struct embed_call *call, struct part *part)
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

static chutes_status keep_answer(struct part *part)
{
    struct embed_call *call = part->call;
    struct embed_result *result = call->result;
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

/* ---- the end of the call ------------------------------------------------- */

static void free_answers(struct embed_result *result)
{
    for (size_t i = 0; i < result->response.part_count; i++) {
        chutes__mem_free(result->answers[i]);
    }
}

/* Anything to hand over? Also when another part failed. */
static bool has_response(const struct embed_call *call)
{
    return call->values != NULL && call->result->response.info != NULL;
}

/* Of all parts, as each request is one. */
static int count_attempts(const struct embed_call *call)
{
    int attempts = 0;

    for (size_t i = 0; i < call->begun; i++) {
        attempts += call->parts[i].view->attempts;
    }
    return attempts;
}

/* Parts that were begun have disposed of their fetch themselves. */
static void dispose(struct embed_call *call)
{
    for (size_t i = call->begun; i < call->prepared; i++) {
        chutes__fetch_dispose(&call->parts[i].fetch);
    }
    chutes__mem_free(call->parts);
    chutes__arena_dispose(&call->arena);
}

static void conclude(struct embed_call *call)
{
    chutes_embed_response *response = &call->result->response;
    chutes_status status =
        call->failed != NULL ? call->failed->view->status : CHUTES_OK;

    if (status == CHUTES_OK && response->info == NULL) {
        status = chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    call->error.attempts = count_attempts(call);
    if (status == CHUTES_OK) {
        chutes__error_clear(&call->error);
    }
    response->complete = status == CHUTES_OK;
    if (response->part_count == 1 && response->complete) {
        response->raw_json = response->parts[0]->raw_json;
        response->raw_len = response->parts[0]->raw_len;
    }
    if (has_response(call)) {
        chutes__owner_take(&call->result->owner, &call->arena);
    } else {
        free_answers(call->result);
        response = NULL;
    }
    dispose(call);
    chutes__call_leave(&call->call);
    call->on_done(status, response, &call->error, call->user_data);
    chutes__call_drop(&call->call);
}

static void cancel(struct chutes_call *call)
{
    struct embed_call *embed = (struct embed_call *)call;

    for (size_t i = 0; i < embed->begun; i++) {
        chutes__exchange_cancel(&embed->parts[i].fetch.exchange);
    }
}

/* The first failure is the call's, and ends the other parts. */
static void fail(struct part *part)
{
    struct embed_call *call = part->call;
    chutes_error *error = &call->error;

    if (call->failed != NULL) {
        return;
    }
    call->failed = part;
    *error = part->error;
    if (call->result->response.part_count > 1) {
        chutes__fail(error, part->view->status,
                     "request %zu of %zu (inputs %zu to %zu): %s",
                     (size_t)(part - call->parts) + 1,
                     call->result->response.part_count, part->first,
                     part->first + part->count - 1, part->error.message);
    }
    cancel(&call->call);
}

/* ---- the parts ----------------------------------------------------------- */

static void begin_parts(struct embed_call *call)
{
    while (call->failed == NULL && call->running < call->most &&
           call->begun < call->result->response.part_count) {
        struct part *part = &call->parts[call->begun++];
        chutes_status status = chutes__exchange_start(&part->fetch.exchange);

        part->view->status = status;
        if (status == CHUTES_OK) {
            call->running++;
        } else {
            chutes__fetch_dispose(&part->fetch);
            fail(part);
        }
    }
}

/* By the request that ended last. */
static void describe(struct embed_call *call,
                     const struct chutes__exchange *exchange)
{
    chutes_response_info *info = chutes__exchange_info(exchange, -1);

    if (info != NULL) {
        info->attempts = count_attempts(call);
    }
    call->result->response.info = info;
}

static void on_part_done(struct chutes__fetch *fetch, chutes_status status)
{
    struct part *part = part_of(fetch);
    struct embed_call *call = part->call;
    const struct chutes__exchange *exchange = &fetch->exchange;

    if (status == CHUTES_OK) {
        status = keep_answer(part);
    }
    part->view->status = status;
    part->view->http_status = exchange->http_status;
    part->view->attempts = exchange->attempts;
    call->running--;
    if (status == CHUTES_OK) {
        begin_parts(call);
    }
    if (call->running == 0) {
        describe(call, exchange);
    }
    chutes__fetch_dispose(fetch);
    if (status != CHUTES_OK) {
        fail(part);
    }
    if (call->running == 0) {
        conclude(call);
    }
}

static const struct chutes__call_type TYPE = {cancel, NULL, NULL};

/* ---- the start ----------------------------------------------------------- */

/* How many inputs from `first` on make a request: at least one. */
static size_t measure_part(const chutes_embed_params *params, size_t first)
{
    size_t count = 0;
    size_t bytes = 0;

    while (first + count < params->input_count &&
           count < params->max_batch_inputs) {
        const char *text =
            params->input != NULL ? params->input[first + count] : NULL;

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

static chutes_status prepare_part(struct part *part,
                                  const chutes_embed_params *params,
                                  const char *model)
{
    struct embed_call *call = part->call;
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
    fetch->on_done = on_part_done;
    return status == CHUTES_OK
               ? chutes__encode_embed(params, part->first, part->count,
                                      config->options.max_json_depth,
                                      &fetch->request, &part->error)
               : status;
}

/* All requests are encoded at once, as the inputs are the caller's. */
static chutes_status prepare_parts(struct embed_call *call,
                                   const chutes_embed_params *params,
                                   chutes_embed_part *views, const char *model)
{
    size_t first = 0;

    for (size_t i = 0; i < call->result->response.part_count; i++) {
        struct part *part = &call->parts[i];
        chutes_status status;

        part->call = call;
        part->first = first;
        part->count = measure_part(params, first);
        part->view = &views[i];
        views[i] = (chutes_embed_part){.first = first,
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
    if (params->model == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "model must not be NULL");
    }
    return CHUTES_OK;
}

static chutes_status prepare(struct embed_call *call,
                             const chutes_embed_params *params)
{
    struct chutes__arena *arena = &call->arena;
    size_t count = count_parts(params);
    struct embed_result *result =
        chutes__arena_alloc(arena, 1, sizeof(*result));
    chutes_embed_part *views =
        chutes__arena_alloc(arena, count, sizeof(*views));
    const chutes_embed_part **list =
        chutes__arena_alloc(arena, count, sizeof(*list));
    const char *model = chutes__arena_dup(
        arena, (struct chutes__slice){params->model, strlen(params->model)});

    call->parts = chutes__mem_zalloc(count * sizeof(*call->parts));
    if (result == NULL || views == NULL || list == NULL || model == NULL ||
        call->parts == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    result->answers = chutes__arena_alloc(arena, count, sizeof(char *));
    if (result->answers == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &views[i];
    }
    result->response.count = params->input_count;
    result->response.model = "";
    result->response.raw_json = "";
    result->response.parts = list;
    result->response.part_count = count;
    call->result = result;
    call->most = (size_t)params->max_parallel;
    call->started_us = chutes__clock_now_us();
    return prepare_parts(call, params, views, model);
}

/* False, with the error filled: nothing is under way. */
static chutes_status begin(struct embed_call *call,
                           const chutes_embed_params *params)
{
    chutes_status status = prepare(call, params);

    if (status != CHUTES_OK) {
        return status;
    }
    begin_parts(call);
    return call->running > 0 ? CHUTES_OK : call->failed->view->status;
}

chutes_status chutes__embed_call_start(struct chutes_loop *loop,
                                       const chutes_embed_params *params,
                                       chutes_embed_done_fn on_done,
                                       void *user_data, chutes_call **handle,
                                       chutes_error *error)
{
    chutes_embed_params own = chutes_embed_params_default();
    struct embed_call *call;
    chutes_status status = chutes__loop_check(loop, error);

    if (status == CHUTES_OK) {
        status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                     "params", error);
    }
    if (status == CHUTES_OK) {
        status = check_params(&own, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call = (struct embed_call *)chutes__call_new(sizeof(*call), &TYPE, loop);
    if (call == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__arena_init(&call->arena);
    chutes__error_clear(&call->error);
    call->on_done = on_done;
    call->user_data = user_data;
    status = begin(call, &own);
    if (status == CHUTES_OK) {
        chutes__call_hand_over(&call->call, handle);
        return CHUTES_OK;
    }
    dispose(call);
    *error = call->error;
    chutes__call_leave(&call->call);
    chutes__call_drop(&call->call);
    return status;
}

void chutes_embed_response_free(chutes_embed_response *response)
{
    if (response != NULL) {
        struct embed_result *result = (struct embed_result *)response;

        free_answers(result);
        chutes__owner_free(&result->owner);
    }
}
