/* SPDX-License-Identifier: MIT */
/* Executes one call of the model: finds its tool, checks the arguments, asks
 * the program, runs the tool and stores the result. */
#include "toolkit/run.h"

#include <string.h>

#include <chutes/trace.h>

#include "base/error.h"
#include "base/mem.h"
#include "toolkit/call_arguments.h"
#include "toolkit/run_params.h"
#include "json/reader.h"

/* ---- the reply ----------------------------------------------------------- */

static const chutes_tool_handler *find_tool(const struct chutes_run *run,
                                            const char *name)
{
    const chutes_run_params *params = &run->params;

    for (size_t i = 0; i < params->tool_count; i++) {
        const chutes_tool_handler *tool = chutes__run_tool(params, i);

        if (strcmp(tool->name, name) == 0) {
            return tool;
        }
    }
    return NULL;
}

static chutes_tool_reply *make_reply(struct chutes_run *run, size_t index)
{
    chutes_tool_reply *reply = chutes__mem_zalloc(sizeof(*reply));
    size_t owner = chutes__talk_owner(run->talk, index);

    if (reply != NULL) {
        reply->run = run;
        reply->index = index;
        reply->call = run->talk->messages[owner].tool_calls[index - owner - 1];
        reply->tool = find_tool(run, reply->call->name);
        reply->max_bytes = run->params.max_result_bytes;
        chutes__buf_init(&reply->text, SIZE_MAX);
    }
    return reply;
}

/* Frees what a finished reply has. The reply itself stays until the run is
 * freed, so that a tool that finishes it again does no harm. Without a run,
 * nothing would free it later. */
static void retire(chutes_tool_reply *reply, struct chutes_run *run)
{
    chutes_schema_free(reply->decoded);
    chutes__mem_free(reply->arguments);
    chutes__buf_dispose(&reply->text);
    if (run == NULL) {
        chutes__mem_free(reply);
        return;
    }
    reply->run = NULL;
    reply->call = NULL;
    reply->is_finished = true;
    reply->following = run->retired;
    run->retired = reply;
}

/* ---- the result ---------------------------------------------------------- */

/* Returns false if the run has ended; the conversation may then be gone. */
static bool store(chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    chutes_status status =
        chutes__talk_settle(run->talk, reply->index, reply->text.data);

    if (status != CHUTES_OK) {
        chutes__run_fail(run, status, chutes_status_string(status),
                         "a result can't be stored: %s",
                         chutes_status_string(status));
        return false;
    }
    if (run->params.after_tool != NULL) {
        run->params.after_tool(reply->call,
                               run->talk->messages[reply->index].content,
                               reply->is_error, run->params.user_data);
    }
    return !run->is_done;
}

/* Ends the run if the tool has asked for that; otherwise saves the result. */
static void after_store(const chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    chutes_status status;

    if (reply->ends_run) {
        chutes__run_fail(run, CHUTES_ERR_CANCELLED, "a tool ended the run",
                         "the tool %s ended the run", reply->tool->name);
        return;
    }
    status = chutes__run_save(run);
    if (status != CHUTES_OK) {
        chutes__run_fail_unsaved(run, status);
    }
}

void chutes__run_settle(chutes_tool_reply *reply, chutes_status status)
{
    struct chutes_run *run = reply->run;

    chutes_span_end(chutes__run_trace_take(reply), status);
    if (run == NULL || run->is_done) {
        retire(reply, run);
        return;
    }
    if (!reply->is_set && (status != CHUTES_OK || reply->ends_run)) {
        (void)chutes__run_set_error(reply, "the tool failed: ",
                                    status != CHUTES_OK
                                        ? chutes_status_string(status)
                                        : "it ends the run");
    }
    reply->is_error = reply->is_error || status != CHUTES_OK;
    /* An error without a text means that there was no memory for the text. */
    if (reply->is_error && !reply->is_set) {
        chutes__run_fail(run, CHUTES_ERR_NO_MEMORY, "out of memory",
                         "out of memory");
    } else if (store(reply)) {
        after_store(reply);
    }
    retire(reply, run);
}

/* ---- before the tool runs ------------------------------------------------ */

static chutes_status list_tools(chutes_tool_reply *reply)
{
    const chutes_run_params *params = &reply->run->params;
    struct chutes__buf buf;
    chutes_status status;

    chutes__buf_init(&buf, SIZE_MAX);
    status = chutes__buf_appendf(
        &buf, "Unknown tool: %.200s. Available: ", reply->call->name);
    for (size_t i = 0; status == CHUTES_OK && i < params->tool_count; i++) {
        const chutes_tool_handler *tool = chutes__run_tool(params, i);

        status =
            chutes__buf_appendf(&buf, "%s%s", i > 0 ? ", " : "", tool->name);
    }
    if (status == CHUTES_OK) {
        status = chutes_tool_reply_set(reply, buf.data, buf.len);
    }
    reply->is_error = true;
    chutes__buf_dispose(&buf);
    return status;
}

/* Checks that the arguments of a function are a JSON object. */
static chutes_status check_object(const char *text, size_t len,
                                  chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    chutes__json_init(&reader, text, len, CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_read(&reader, &value);
    if (!chutes__json_finish(&reader)) {
        return chutes__fail(error, CHUTES_ERR_MISMATCH,
                            "not JSON: %s at byte %zu", reader.fault,
                            reader.fault_at);
    }
    return value.type == CHUTES__JSON_OBJECT
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_MISMATCH,
                              "$: expected an object");
}

/* Reads the text of the arguments for the tool. */
static chutes_status read_text(chutes_tool_reply *reply, const char *text,
                               chutes_error *error)
{
    const chutes_schema *schema = reply->tool->schema;
    size_t len = strlen(text);

    if (schema != NULL) {
        return chutes_schema_decode(schema, text, len, &reply->decoded, error);
    }
    if (strcmp(reply->call->type, "function") == 0 &&
        check_object(text, len, error) != CHUTES_OK) {
        return CHUTES_ERR_MISMATCH;
    }
    /* A deferred tool may need them when the conversation is gone. */
    reply->arguments = chutes__mem_dup(text, len);
    return reply->arguments != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Finds out what is wrong with arguments of which the conversation keeps the
 * text because they are not JSON. Never succeeds: a model may have written such
 * an object itself, with a text that a tool would accept. */
static chutes_status refuse_text(chutes_tool_reply *reply,
                                 const struct chutes__json_value *value,
                                 chutes_error *error)
{
    struct chutes__buf text;
    chutes_status status;

    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__json_append_string(value, &text);
    status = status == CHUTES_OK ? read_text(reply, text.data, error)
                                 : chutes__fail_status(error, status);
    chutes__buf_dispose(&text);
    return status != CHUTES_OK
               ? status
               : chutes__fail(error, CHUTES_ERR_MISMATCH,
                              "not JSON: they are marked as INVALID_JSON");
}

static chutes_status read_arguments(chutes_tool_reply *reply,
                                    chutes_error *error)
{
    struct chutes__json_value text;

    return chutes__arguments_are_wrapped(reply->call, &text)
               ? refuse_text(reply, &text, error)
               : read_text(reply, reply->call->arguments, error);
}

/* If the tool of a call can't run, sets a result that says why and returns
 * true. */
static bool refuse(chutes_tool_reply *reply)
{
    chutes_error error;
    chutes_status status;

    if (reply->tool == NULL) {
        (void)list_tools(reply);
        return true;
    }
    status = read_arguments(reply, &error);
    if (status == CHUTES_ERR_NO_MEMORY) {
        reply->is_error = true; /* without a result, so the run ends */
    } else if (status != CHUTES_OK) {
        (void)chutes__run_set_error(reply,
                                    "invalid arguments: ", error.message);
    }
    return status != CHUTES_OK;
}

/* Asks the program. Returns true if the tool may run. */
static bool is_allowed(chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    chutes_tool_decision decision = CHUTES_DECIDE_ALLOW;
    char *reason;

    if (run->params.before_tool != NULL) {
        decision = run->params.before_tool(reply->call, reply->tool, reply,
                                           run->params.user_data);
    }
    switch (decision) {
    case CHUTES_DECIDE_ALLOW:
        chutes__run_clear_reply(reply);
        return true;
    case CHUTES_DECIDE_DENY:
        reason = chutes__buf_take(&reply->text);
        reply->is_set = false;
        (void)chutes__run_set_error(reply,
                                    "denied: ", reason != NULL ? reason : "");
        chutes__mem_free(reason);
        return false;
    case CHUTES_DECIDE_REPLACE:
        return false;
    default:
        chutes__run_fail(run, CHUTES_ERR_CANCELLED, "the run was ended",
                         "before_tool ended the run");
        return false;
    }
}

/* Saves that a tool was started. Returns false if it must not run: the user may
 * have taken long to decide, or have cancelled the run. Once a callback has
 * ended the run, the conversation may be gone. */
static bool begin_tool(struct chutes_run *run, size_t index)
{
    chutes_status status;

    if (run->is_done) {
        return false;
    }
    run->talk->entries[index].is_started = true;
    status = chutes__run_save(run);
    if (status == CHUTES_OK && !chutes__run_is_over(run)) {
        return true;
    }
    if (!run->is_done) {
        run->talk->entries[index].is_started = false;
    }
    if (status != CHUTES_OK) {
        chutes__run_fail_unsaved(run, status);
    }
    return false;
}

static void execute(chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    const chutes_tool_handler *tool = reply->tool;
    chutes_status status;

    if (!begin_tool(run, reply->index)) {
        retire(reply, run);
        return;
    }
    chutes__run_trace_tool(reply);
    reply->is_running = true;
    status =
        tool->run(reply->decoded != NULL ? reply->decoded : reply->arguments,
                  reply, tool->user_data);
    if (reply->is_deferred && status != CHUTES_OK) {
        /* A deferred tool that failed won't finish its reply later. */
        (void)chutes__run_note_finish(reply, status);
    }
    reply->is_running = false;
    if (reply->is_deferred && !reply->is_finished) {
        return;
    }
    chutes__run_settle(reply, reply->is_finished ? reply->status : status);
}

void chutes__run_call(struct chutes_run *run, size_t index)
{
    chutes_tool_reply *reply;

    if (run->calls >= run->params.max_tool_calls) {
        chutes__run_fail(run, CHUTES_ERR_TOO_LARGE, "max_tool_calls is reached",
                         "the run exceeds max_tool_calls (%d)",
                         run->params.max_tool_calls);
        return;
    }
    run->calls++;
    reply = make_reply(run, index);
    if (reply == NULL) {
        chutes__run_fail(run, CHUTES_ERR_NO_MEMORY, "out of memory",
                         "out of memory");
        return;
    }
    if (!refuse(reply) && is_allowed(reply)) {
        execute(reply);
    } else {
        chutes__run_settle(reply, CHUTES_OK);
    }
}
