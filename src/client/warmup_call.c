/* SPDX-License-Identifier: MIT */
/*
 * Reads a stream of a chute's states, and requests another one when it has
 * ended.
 */
#include "client/warmup_call.h"

#include <string.h>

#include "base/error.h"
#include "codec/api_error.h"
#include "codec/warmup.h"

/* ---- the stream ---------------------------------------------------------- */

static chutes_status take(struct chutes__warmup_call *call,
                          struct chutes__slice text)
{
    chutes_error *error = chutes__request_error(&call->request);
    chutes_warmup_state state = {"", "", 0, 0};
    chutes_status status;

    chutes__arena_dispose(&call->event);
    status =
        chutes__warmup_decode(text, call->call.config->options.max_json_depth,
                              &call->event, &state, error);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__request_commit(&call->request);
    call->is_hot = state.is_hot != 0;
    if ((call->params.on_state != NULL &&
         call->params.on_state(&state, call->params.user_data) != 0) ||
        chutes__call_was_cancelled(&call->call)) {
        return chutes__fail_status(error, CHUTES_ERR_CANCELLED);
    }
    /* Once the chute is hot, stop reading: any failure does, because on_end()
     * turns it into a success. */
    return call->is_hot ? CHUTES_ERR_STREAM : CHUTES_OK;
}

chutes_status chutes__warmup_on_event(void *ctx,
                                      const struct chutes__sse_event *event)
{
    struct chutes__slice data =
        chutes__slice_trim(event->data, CHUTES__BLANKS_JSON);

    return data.len > 0 ? take(ctx, data) : CHUTES_OK;
}

chutes_status chutes__warmup_on_residue(void *ctx, struct chutes__slice text,
                                        bool is_error)
{
    struct chutes__warmup_call *call = ctx;
    chutes_error *error = chutes__request_error(&call->request);

    if (is_error && chutes__api_error_read(text.data, text.len, true, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    return chutes__json_is_valid_answer(
               text.data, text.len, call->call.config->options.max_json_depth)
               ? take(call, text)
               : CHUTES_OK; /* it was cut off */
}

static void on_restart(void *ctx)
{
    chutes__sse_reset(&((struct chutes__warmup_call *)ctx)->sse);
}

/* Describes what made the parser fail. */
static chutes_status describe(struct chutes__warmup_call *call,
                              chutes_status status)
{
    chutes_error *error = chutes__request_error(&call->request);
    const char *limit;

    if (status == CHUTES_OK || call->is_hot || error->status != CHUTES_OK) {
        return status; /* take() has described a failure */
    }
    limit = call->sse.reason;
    if (limit == NULL) {
        return chutes__fail_status(error, status);
    }
    return chutes__fail_limit(error, "the stream", limit,
                              strcmp(limit, "max_line_bytes") == 0
                                  ? call->sse.max_line
                                  : call->sse.max_event);
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__warmup_call *call = ctx;

    return describe(call, chutes__sse_feed(&call->sse, bytes, *len));
}

/* Reads the end of the stream, which may lack its line end or its blank line.
 * A state that was cut off doesn't count. */
static chutes_status flush(struct chutes__warmup_call *call)
{
    size_t max_depth = call->call.config->options.max_json_depth;
    struct chutes__sse_rest rest;
    chutes_status status = chutes__sse_finish(&call->sse, &rest);
    const struct chutes__slice data = rest.whole.data;

    if (status == CHUTES_OK && data.len > 0 &&
        chutes__json_is_valid_answer(data.data, data.len, max_depth)) {
        status = take(call, data);
    }
    return describe(call, status);
}

static chutes_status on_end(void *ctx, chutes_status status)
{
    struct chutes__warmup_call *call = ctx;
    chutes_status flushed;

    if (!call->is_hot && chutes__request_is_answer(&call->request) &&
        (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        flushed = flush(call);
        status = flushed != CHUTES_OK ? flushed : status;
    }
    return call->is_hot && status != CHUTES_ERR_CANCELLED ? CHUTES_OK : status;
}

/* Returns true if the stream merely ended, as it does after ten minutes, so
 * that another one may be requested. */
static bool may_go_on(const struct chutes__warmup_call *call,
                      chutes_status status)
{
    return chutes__request_is_answer(&call->request) &&
           call->request.is_committed &&
           (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED ||
            status == CHUTES_ERR_CONNECTION_LOST);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__warmup_call *call = ctx;
    chutes_error own;

    if (status == CHUTES_ERR_TIMEOUT && chutes__poll_is_late(&call->poll)) {
        chutes__poll_fail(&call->poll, CHUTES_ERR_TIMEOUT);
    } else if (call->is_hot ||
               (status != CHUTES_OK && !may_go_on(call, status))) {
        chutes__call_end(&call->call, status, NULL, error);
    } else if (may_go_on(call, status)) {
        chutes__poll_plan(&call->poll, 0);
    } else {
        chutes__error_clear(&own);
        own.attempts = call->request.attempts;
        own.http_status = call->request.http_status;
        status = chutes__fail(&own, CHUTES_ERR_PROTOCOL,
                              "the answer contains no state of the chute");
        chutes__call_end(&call->call, status, NULL, &own);
    }
}

static const struct chutes__receiver RECEIVER = {
    .on_restart = on_restart,
    .on_data = on_data,
    .on_end = on_end,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
};

/* ---- a request ----------------------------------------------------------- */

chutes_status chutes__warmup_ask(struct chutes_call *handle,
                                 chutes_error *error)
{
    struct chutes__warmup_call *call = (struct chutes__warmup_call *)handle;
    struct chutes__request_options options = {
        .base = &call->base,
        .path = call->path.data,
        .accept = "Accept: text/event-stream",
        .model = "",
        .rules = call->rules,
        .span = call->call.span,
        .arena = &call->arena,
        .receiver = &RECEIVER,
        .ctx = call,
    };

    chutes__request_dispose(&call->request); /* the last one */
    chutes__arena_dispose(&call->arena);
    chutes__sse_reset(&call->sse);
    chutes__poll_limit(&call->poll, &options.rules.clocks.total_ms);
    return chutes__request_start(&call->request, &call->call.loop->requests,
                                 &options, error);
}
