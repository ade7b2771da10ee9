/* SPDX-License-Identifier: MIT */
/* The spans of a run: one for the whole, which the spans of its chats and of
 * the tools that it executes belong to. */
#include "toolkit/run.h"

#include <stdio.h>

#include <chutes/trace.h>

void chutes__run_trace_begin(struct chutes_run *run, const char **traceparent)
{
    chutes_span *span = chutes_span_begin(chutes_loop_tracer(run->model.loop),
                                          "invoke_agent", *traceparent);

    chutes_span_set_text(span, "gen_ai.operation.name", "invoke_agent");
    chutes_span_set_text(span, "gen_ai.request.model", run->chat.model);
    run->span = span;
    /* One that isn't valid is left there, for the first chat to refuse. */
    if (span != NULL && (*traceparent == NULL || span->parent_id[0] != '\0')) {
        *traceparent = span->traceparent;
    }
}

void chutes__run_trace_end(struct chutes_run *run, chutes_status status)
{
    chutes_span_set_int64(run->span, "chutes.run.rounds", run->round);
    chutes_span_end(run->span, status);
    run->span = NULL;
}

static bool includes_content(const struct chutes_run *run)
{
    const chutes_tracer *tracer = chutes_loop_tracer(run->model.loop);

    return tracer != NULL && tracer->include_content != 0;
}

void chutes__run_trace_tool(chutes_tool_reply *reply)
{
    const struct chutes_run *run = reply->run;
    char name[96];

    if (run->span == NULL) {
        return;
    }
    (void)snprintf(name, sizeof(name), "execute_tool %s", reply->tool->name);
    reply->span = chutes_span_begin(chutes_loop_tracer(run->model.loop), name,
                                    run->span->traceparent);
    chutes_span_set_text(reply->span, "gen_ai.operation.name", "execute_tool");
    chutes_span_set_text(reply->span, "gen_ai.tool.name", reply->tool->name);
    chutes_span_set_text(reply->span, "gen_ai.tool.type", reply->call->type);
    chutes_span_set_text(reply->span, "gen_ai.tool.call.id", reply->call->id);
    if (includes_content(run)) {
        chutes_span_set_text(reply->span, "gen_ai.tool.call.arguments",
                             reply->call->arguments);
    }
}

struct chutes_span *chutes__run_trace_take(chutes_tool_reply *reply)
{
    struct chutes_span *span = reply->span;

    if (span != NULL && reply->run != NULL && reply->is_set &&
        includes_content(reply->run)) {
        chutes_span_set_text(span, "gen_ai.tool.call.result", reply->text.data);
    }
    reply->span = NULL;
    return span;
}
