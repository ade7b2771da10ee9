/* SPDX-License-Identifier: MIT */
/*
 * Begins and ends the span of any call. Every span has a name, the trace that
 * it belongs to, and the use of tokens.
 */
#include "client/trace.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"

const chutes_tracer *chutes_loop_tracer(const chutes_loop *loop)
{
    return loop->client->config.options.tracer;
}

const char *chutes_loop_provider(const chutes_loop *loop)
{
    return chutes__span_provider(loop->client->config.base.text);
}

/* Returns NULL if there are none, or if they are too short: those the call will
 * refuse. */
static const chutes_call_options *
find_options(const struct chutes__call_type *type, const void *params)
{
    const chutes_call_options *given;

    memcpy(&given, (const char *)params + type->options_at, sizeof(given));
    return given != NULL && given->struct_size >= sizeof(*given) ? given : NULL;
}

/* An operation whose answer always has the same form says which. */
static void set_form(chutes_span *span, const char *operation)
{
    static const struct {
        const char *operation;
        const char *form;
    } rows[] = {
        {"image", "image"}, {"speech", "speech"}, {"transcribe", "text"}};

    for (size_t i = 0; i < CHUTES__COUNT(rows); i++) {
        if (strcmp(operation, rows[i].operation) == 0) {
            chutes_span_set_text(span, "gen_ai.output.type", rows[i].form);
        }
    }
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
    set_form(&span->shown, name);
    chutes__span_name(span, name, "");
}

void chutes__trace_begin(struct chutes_call *call, const void *params)
{
    const chutes_tracer *tracer = call->config->options.tracer;
    const chutes_call_options *options;

    if (tracer == NULL || call->type->name == NULL) {
        return;
    }
    options = find_options(call->type, params);
    call->span =
        chutes__span_new(tracer, CHUTES_SPAN_CLIENT,
                         options != NULL ? options->traceparent : NULL);
    if (call->span == NULL) {
        return;
    }
    name_operation(call->span, call->type->name);
    if (options != NULL) {
        chutes_span_set_text(&call->span->shown, "gen_ai.conversation.id",
                             options->conversation_id);
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
