/* SPDX-License-Identifier: MIT */
/*
 * The spans of a request's attempts, which are children of the span of its
 * call. If memory runs out for one, the attempt goes on without it.
 */
#include "request/request.h"

/* The attempt isn't counted in request->attempts yet. */
static void describe(struct chutes__span *span,
                     const struct chutes__request *request)
{
    const char *method = chutes__request_method(request);
    int before = request->attempts;

    span->shown.name = method;
    chutes_span_set_text(&span->shown, "http.request.method", method);
    chutes__span_set_server(span, request->url);
    chutes_span_set_int64(&span->shown, "chutes.attempt", before + 1);
    if (before > 0) {
        chutes_span_set_int64(&span->shown, "http.request.resend_count",
                              before);
    }
    if (request->model[0] != '\0') {
        chutes_span_set_text(&span->shown, "gen_ai.request.model",
                             request->model);
    }
}

void chutes__request_trace_begin(struct chutes__request *request)
{
    const struct chutes__span *call = request->options.span;

    if (call == NULL) {
        return;
    }
    request->attempt_span = chutes__span_new_child(call, CHUTES_SPAN_CLIENT);
    if (request->attempt_span != NULL) {
        describe(request->attempt_span, request);
        chutes__span_open(request->attempt_span);
    }
}

static void set_http_status(struct chutes__span *span, int http_status)
{
    if (span != NULL && http_status != 0) {
        chutes_span_set_int64(&span->shown, "http.response.status_code",
                              http_status);
    }
}

void chutes__request_trace_end(struct chutes__request *request,
                               chutes_status status, int64_t wait_ms)
{
    struct chutes__span *call = request->options.span;
    struct chutes__span *span = request->attempt_span;

    if (call == NULL) {
        return;
    }
    set_http_status(call, request->http_status);
    chutes_span_set_int64(&call->shown, "chutes.attempts", ++call->attempts);
    request->attempt_span = NULL;
    set_http_status(span, request->http_status);
    if (span != NULL && wait_ms >= 0) {
        chutes_span_set_int64(&span->shown, "chutes.retry_wait_ms", wait_ms);
    }
    chutes__span_close(span, status);
}
