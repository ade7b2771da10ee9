/* SPDX-License-Identifier: MIT */
/*
 * Begins and ends the span of any call. Every span has a name, the trace that
 * it belongs to, and the use of tokens.
 */
#include "client/trace.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

const chutes_tracer *chutes_loop_tracer(const chutes_loop *loop)
{
    return loop->client->config.options.tracer;
}

/* The size of options that have a traceparent. A caller with older headers has
 * shorter ones. */
enum {
    MIN_OPTIONS = offsetof(chutes_call_options, traceparent) +
                  sizeof(((chutes_call_options *)NULL)->traceparent)
};

static const char *find_parent(const struct chutes__call_type *type,
                               const void *params)
{
    const chutes_call_options *given;

    memcpy(&given, (const char *)params + type->options_at, sizeof(given));
    return given != NULL && given->struct_size >= MIN_OPTIONS
               ? given->traceparent
               : NULL;
}

/* Sets the operation of the span: "chutes_rerank_params" becomes "rerank". */
static void name_operation(struct chutes__span *span, const char *name)
{
    static const char prefix[] = "chutes_";
    static const char suffix[] = "_params";
    size_t skipped = sizeof(prefix) - 1;
    char operation[32] = "";

    if (strncmp(name, prefix, skipped) == 0) {
        (void)snprintf(operation, sizeof(operation), "%.*s",
                       (int)(strlen(name) - skipped - (sizeof(suffix) - 1)),
                       name + skipped);
        name = operation;
    }
    chutes_span_set_text(&span->shown, "gen_ai.operation.name", name);
    chutes__span_name(span, name, "");
}

void chutes__trace_begin(struct chutes_call *call, const void *params)
{
    const chutes_tracer *tracer = call->config->options.tracer;

    if (tracer == NULL || call->type->name == NULL) {
        return;
    }
    call->span = chutes__span_new(tracer, CHUTES_SPAN_CLIENT,
                                  find_parent(call->type, params));
    if (call->span != NULL) {
        name_operation(call->span, call->type->name);
    }
}

static void set_count(chutes_span *span, const char *name, int64_t count)
{
    if (count >= 0) {
        chutes_span_set_int64(span, name, count);
    }
}

static void set_use(chutes_span *span, const struct chutes__use *use)
{
    const chutes_usage *usage = use->usage;

    if (use->answered[0] != '\0') {
        chutes_span_set_text(span, "gen_ai.response.model", use->answered);
    }
    if (usage == NULL) {
        return;
    }
    set_count(span, "gen_ai.usage.input_tokens", usage->prompt_tokens);
    set_count(span, "gen_ai.usage.output_tokens", usage->completion_tokens);
    set_count(span, "gen_ai.usage.cache_read.input_tokens",
              usage->cached_tokens);
    set_count(span, "gen_ai.usage.reasoning.output_tokens",
              usage->reasoning_tokens);
}

void chutes__trace_end(struct chutes_call *call, chutes_status status,
                       const void *response)
{
    const struct chutes__call_type *type = call->type;
    struct chutes__span *span = call->span;
    struct chutes__use use;

    if (span == NULL) {
        return;
    }
    if (response != NULL && type->read_use != NULL &&
        type->read_use(call, response, &use)) {
        set_use(&span->shown, &use);
    }
    if (response != NULL && type->trace_response != NULL) {
        type->trace_response(span, response);
    }
    call->span = NULL;
    chutes__span_close(span, status);
}
