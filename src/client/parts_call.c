/* SPDX-License-Identifier: MIT */
/*
 * A call whose result has a part for each of its requests.
 */
#include "client/parts_call.h"

#include "base/clock.h"
#include "base/error.h"
#include "client/call.h"

/* Real parts have some ten kilobytes at most. */
enum { MAX_PART = 1 << 20 };

static const struct chutes__parts_call_kind *
kind_of(const struct chutes__parts_call *call)
{
    return (const struct chutes__parts_call_kind *)call->call.type;
}

chutes_status chutes__parts_call_keep(struct chutes__parts_call *call,
                                      struct chutes__slice answer,
                                      const char **copy, size_t *len,
                                      chutes_error *error)
{
    *copy = chutes__arena_dup(&call->arena, answer);
    *len = answer.len;
    return *copy != NULL ? CHUTES_OK
                         : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* ---- the end ------------------------------------------------------------- */

static void fail(struct chutes__parts_call *call, chutes_status status)
{
    chutes_error error;

    chutes__error_clear(&error);
    chutes__call_end(&call->call, chutes__fail_status(&error, status), NULL,
                     &error);
}

static void conclude(struct chutes__parts_call *call)
{
    struct chutes__json_result *result = call->result;
    const chutes_error failure = call->failure;
    chutes_error none;

    if (call->found == 0) {
        chutes__call_end(&call->call, failure.status, NULL, &failure);
        return;
    }
    chutes__error_clear(&none);
    chutes__result_memory_take(&result->memory, &call->arena);
    chutes__call_end(&call->call, CHUTES_OK, result->response, &none);
}

/* Returns true if requesting the other parts is pointless after this
 * failure. */
static bool is_final(const struct chutes__parts_call *call,
                     const chutes_error *error)
{
    return error->status == CHUTES_ERR_CANCELLED ||
           error->status == CHUTES_ERR_NO_MEMORY ||
           (call->at == 0 && error->status != CHUTES_OK &&
            error->outcome == CHUTES_OUTCOME_NOT_SENT);
}

/* Notes how the request for the part ended. Returns false if memory runs
 * out. */
static bool note(struct chutes__parts_call *call, const chutes_error *error)
{
    if (error->status == CHUTES_OK) {
        call->found++;
    } else if (call->failure.status == CHUTES_OK) {
        call->failure = *error;
    }
    return kind_of(call)->note == NULL || kind_of(call)->note(call, error);
}

/* ---- the requests -------------------------------------------------------- */

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct chutes__parts_call *call = ctx;

    return kind_of(call)->decode(call, answer, error);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error);

static const struct chutes__json_receiver RECEIVER = {
    .decode = decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
    .max_answer = MAX_PART,
};

static chutes_status start_request(struct chutes__parts_call *call,
                                   chutes_error *error)
{
    struct chutes__request_options options = {
        .base = &call->base,
        .model = "",
        .rules = call->rules,
        .span = call->call.span,
        .started_us = call->started_us,
    };

    kind_of(call)->ask(call, &options);
    return chutes__json_request_start(&call->json, &call->call.loop->requests,
                                      options, &RECEIVER, call, error);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__parts_call *call = ctx;
    chutes_error own;

    if (is_final(call, error)) {
        chutes__call_end(&call->call, status, NULL, error);
        return;
    }
    if (!note(call, error)) {
        fail(call, CHUTES_ERR_NO_MEMORY);
        return;
    }
    chutes__json_request_dispose(&call->json);
    call->at++;
    if (call->at == kind_of(call)->count) {
        conclude(call);
        return;
    }
    chutes__error_clear(&own);
    status = start_request(call, &own);
    if (status != CHUTES_OK) {
        chutes__call_end(&call->call, status, NULL, &own);
    }
}

/* ---- the call ------------------------------------------------------------ */

chutes_status chutes__parts_call_begin(struct chutes_call *handle,
                                       const void *params, chutes_error *error)
{
    struct chutes__parts_call *call = (struct chutes__parts_call *)handle;
    chutes_status status;

    chutes__arena_init(&call->arena);
    call->result = chutes__json_result_new(&call->arena,
                                           kind_of(call)->response_size, error);
    if (call->result == NULL) {
        return error->status;
    }
    status = kind_of(call)->prepare(call, params, error);
    call->started_us = chutes__clock_now_us();
    return status == CHUTES_OK ? start_request(call, error) : status;
}

void chutes__parts_call_dispose(struct chutes_call *handle)
{
    struct chutes__parts_call *call = (struct chutes__parts_call *)handle;

    chutes__json_request_dispose(&call->json);
    chutes__url_dispose(&call->base);
    chutes__arena_dispose(&call->arena);
}

void chutes__parts_call_cancel(struct chutes_call *handle)
{
    struct chutes__parts_call *call = (struct chutes__parts_call *)handle;

    chutes__request_cancel(&call->json.request);
}
