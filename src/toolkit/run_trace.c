/* SPDX-License-Identifier: MIT */
/* The spans of a run: one for the whole, which the spans of its chats and of
 * the tools that it executes belong to. */
#include "toolkit/run.h"

#include <stdio.h>
#include <string.h>

#include <chutes/json_writer.h>
#include <chutes/trace.h>

#include "base/utf8.h"

static bool includes_content(const struct chutes_run *run)
{
    const chutes_tracer *tracer = chutes_loop_tracer(run->model.loop);

    return tracer != NULL && tracer->include_content != 0;
}

static bool is_instruction(const chutes_message *message)
{
    return message->content != NULL &&
           (strcmp(message->role, "system") == 0 ||
            strcmp(message->role, "developer") == 0);
}

/* Sets the messages with which the conversation instructs the model at its
 * begin: a list of parts, in the form of OpenTelemetry's conventions. */
static void set_instructions(const struct chutes_run *run)
{
    const struct chutes_conversation *talk = run->talk;
    chutes_json_writer *writer = chutes_json_writer_new();
    const char *parts;

    chutes_json_begin_array(writer, NULL);
    for (size_t i = 0; i < talk->count && is_instruction(&talk->messages[i]);
         i++) {
        chutes_json_begin_object(writer, NULL);
        chutes_json_add_string(writer, "type", "text");
        chutes_json_add_string(writer, "content", talk->messages[i].content);
        chutes_json_end(writer);
    }
    chutes_json_end(writer);
    (void)chutes_json_writer_finish(writer, &parts, NULL, NULL);
    chutes_span_set_text(run->span, "gen_ai.system_instructions", parts);
    chutes_json_writer_free(writer);
}

void chutes__run_trace_begin(struct chutes_run *run,
                             chutes_call_options *options)
{
    const char *agent = run->params.agent_name;
    char name[128];

    (void)snprintf(name, sizeof(name), "invoke_agent%s%s",
                   agent != NULL ? " " : "", agent != NULL ? agent : "");
    /* A long name must not end in the middle of a character. */
    name[chutes__utf8_valid_prefix(name, strlen(name))] = '\0';
    run->span = chutes_span_begin(chutes_loop_tracer(run->model.loop), name,
                                  options->traceparent);
    if (run->span == NULL) {
        return;
    }
    chutes_span_set_text(run->span, "gen_ai.operation.name", "invoke_agent");
    chutes_span_set_text(run->span, "gen_ai.provider.name",
                         chutes_loop_provider(run->model.loop));
    chutes_span_set_text(run->span, "gen_ai.agent.name", agent);
    chutes_span_set_text(run->span, "gen_ai.conversation.id",
                         options->conversation_id);
    chutes_span_set_text(run->span, "gen_ai.request.model", run->chat.model);
    if (includes_content(run) && run->talk->count > 0 &&
        is_instruction(&run->talk->messages[0])) {
        set_instructions(run);
    }
    /* One that isn't valid is left there, for the first chat to refuse. */
    if (options->traceparent == NULL || run->span->parent_id[0] != '\0') {
        options->traceparent = run->span->traceparent;
    }
}

void chutes__run_trace_end(struct chutes_run *run, chutes_status status)
{
    chutes_span_set_int64(run->span, "chutes.run.rounds", run->round);
    chutes_span_end(run->span, status);
    run->span = NULL;
}

void chutes__run_trace_tool(chutes_tool_reply *reply)
{
    const struct chutes_run *run = reply->run;
    const chutes_attribute *id =
        chutes_span_find(run->span, "gen_ai.conversation.id");
    char name[96];

    if (run->span == NULL) {
        return;
    }
    (void)snprintf(name, sizeof(name), "execute_tool %s", reply->tool->name);
    reply->span = chutes_span_begin(chutes_loop_tracer(run->model.loop), name,
                                    run->span->traceparent);
    chutes_span_set_text(reply->span, "gen_ai.operation.name", "execute_tool");
    if (id != NULL) {
        chutes_span_set_text(reply->span, id->name, id->text);
    }
    chutes_span_set_text(reply->span, "gen_ai.tool.name", reply->tool->name);
    chutes_span_set_text(reply->span, "gen_ai.tool.description",
                         reply->tool->description);
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
