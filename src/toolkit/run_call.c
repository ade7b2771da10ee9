/* SPDX-License-Identifier: MIT */
/* Executes one call of the model: finds its tool, checks the arguments, asks
 * the program, runs the tool and stores the result. */
#include "toolkit/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "toolkit/run_params.h"
#include "json/reader.h"
#include "json/writer.h"

/* ---- what the tool writes ------------------------------------------------ */

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

static void free_reply(chutes_tool_reply *reply)
{
    chutes_schema_free(reply->decoded);
    chutes__buf_dispose(&reply->text);
    chutes__mem_free(reply);
}

chutes_status chutes_tool_reply_set(chutes_tool_reply *reply, const char *text,
                                    size_t len)
{
    size_t kept = len;
    chutes_status status;

    if (len > reply->max_bytes) {
        kept = reply->max_bytes;
        while (kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80) {
            kept--; /* not inside a character */
        }
    }
    chutes__buf_clear(&reply->text);
    status = chutes__utf8_append_clean(&reply->text, text, kept);
    if (status == CHUTES_OK && kept < len) {
        status = chutes__buf_appendf(
            &reply->text, " … [%zu of %zu bytes left out]", len - kept, len);
    }
    reply->is_set = status == CHUTES_OK;
    return status;
}

chutes_status chutes_tool_reply_json(chutes_tool_reply *reply, const char *json)
{
    size_t len = strlen(json);

    if (len > reply->max_bytes) {
        return CHUTES_ERR_TOO_LARGE;
    }
    if (!chutes__json_is_valid(json, len, CHUTES__MESSAGE_MAX_DEPTH) ||
        chutes__utf8_valid_prefix(json, len) != len) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    return chutes_tool_reply_set(reply, json, len);
}

chutes_status chutes_tool_reply_printf(chutes_tool_reply *reply,
                                       const char *format, ...)
{
    struct chutes__buf buf;
    va_list values;
    va_list again;
    chutes_status status = CHUTES_ERR_INVALID_ARGUMENT;
    int len;

    chutes__buf_init(&buf, SIZE_MAX);
    va_start(values, format);
    va_copy(again, values);
    len = vsnprintf(NULL, 0, format, values);
    if (len >= 0) {
        status = chutes__buf_reserve(&buf, (size_t)len + 1);
    }
    if (status == CHUTES_OK) {
        (void)vsnprintf(buf.data, (size_t)len + 1, format, again);
        status = chutes_tool_reply_set(reply, buf.data, (size_t)len);
    }
    va_end(again);
    va_end(values);
    chutes__buf_dispose(&buf);
    return status;
}

/* Sets {"error":"LABELTEXT"}. */
static chutes_status set_error(chutes_tool_reply *reply, const char *label,
                               const char *text)
{
    struct chutes__buf clean;
    struct chutes__buf json;
    chutes_status status;

    chutes__buf_init(&clean, SIZE_MAX);
    chutes__buf_init(&json, SIZE_MAX);
    status = chutes__buf_append_str(&clean, label);
    if (status == CHUTES_OK) {
        status = chutes__utf8_append_clean(&clean, text,
                                           strnlen(text, reply->max_bytes));
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append_str(&json, "{\"error\":");
    }
    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(&json, clean.data);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(&json, "}", 1);
    }
    if (status == CHUTES_OK) {
        status = chutes_tool_reply_set(reply, json.data, json.len);
    }
    reply->is_error = true;
    chutes__buf_dispose(&json);
    chutes__buf_dispose(&clean);
    return status;
}

chutes_status chutes_tool_reply_fail(chutes_tool_reply *reply, const char *text)
{
    return set_error(reply, "", text != NULL ? text : "unknown");
}

const chutes_tool_call *chutes_tool_reply_call(const chutes_tool_reply *reply)
{
    return reply->call;
}

chutes_loop *chutes_tool_reply_loop(const chutes_tool_reply *reply)
{
    return reply->run != NULL ? reply->run->model.loop : NULL;
}

int chutes_tool_reply_is_abandoned(const chutes_tool_reply *reply)
{
    return reply->run == NULL;
}

/* ---- deferred tools ------------------------------------------------------ */

void chutes_tool_reply_defer(chutes_tool_reply *reply)
{
    if (!reply->is_running || reply->is_deferred || reply->is_finished) {
        return;
    }
    reply->is_deferred = true;
    if (reply->run->is_done) {
        reply->run = NULL;
        reply->call = NULL;
        return;
    }
    reply->following = reply->run->replies;
    reply->run->replies = reply;
    reply->run->deferred++;
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

void chutes__run_settle(chutes_tool_reply *reply, chutes_status status)
{
    struct chutes_run *run = reply->run;

    if (run == NULL || run->is_done) {
        free_reply(reply);
        return;
    }
    if (status != CHUTES_OK && !reply->is_set) {
        (void)set_error(reply, "the tool failed: ",
                        (int)status < 0 ? "it ends the run"
                                        : chutes_status_string(status));
    }
    reply->is_error = reply->is_error || status != CHUTES_OK;
    if (reply->is_error && !reply->is_set) {
        chutes__run_fail(run, CHUTES_ERR_NO_MEMORY, "out of memory",
                         "out of memory");
    } else if (store(reply)) {
        if ((int)status < 0) {
            chutes__run_fail(run, CHUTES_ERR_CANCELLED, "a tool ended the run",
                             "the tool %s ended the run", reply->tool->name);
        } else if (!chutes__run_save(run)) {
            chutes__run_fail(run, CHUTES_ERR_CANCELLED,
                             "the ledger was not saved",
                             "save_ledger ended the run");
        }
    }
    free_reply(reply);
}

/* ---- before the tool runs ------------------------------------------------ */

static chutes_status tell_tools(chutes_tool_reply *reply)
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
static chutes_status check_object(const chutes_tool_call *call,
                                  chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    chutes__json_init(&reader, call->arguments, strlen(call->arguments),
                      CHUTES__MESSAGE_MAX_DEPTH);
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

static chutes_status read_arguments(chutes_tool_reply *reply,
                                    chutes_error *error)
{
    const chutes_tool_call *call = reply->call;

    if (reply->tool->schema != NULL) {
        return chutes_schema_decode(reply->tool->schema, call->arguments,
                                    strlen(call->arguments), &reply->decoded,
                                    error);
    }
    return strcmp(call->type, "function") == 0 ? check_object(call, error)
                                               : CHUTES_OK;
}

/* Sets the result of a call whose tool can't run. Returns true if there is
 * one. */
static bool refuse(chutes_tool_reply *reply)
{
    chutes_error error;

    if (reply->tool == NULL) {
        (void)tell_tools(reply);
        return true;
    }
    if (read_arguments(reply, &error) != CHUTES_OK) {
        (void)set_error(reply, "invalid arguments: ", error.message);
        return true;
    }
    return false;
}

/* Asks the program. Returns true if the tool shall run. */
static bool is_allowed(chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    chutes_tool_decision decision = CHUTES_TOOL_ALLOW;
    char *reason;

    if (run->params.before_tool != NULL) {
        decision = run->params.before_tool(reply->call, reply->tool, reply,
                                           run->params.user_data);
    }
    switch (decision) {
    case CHUTES_TOOL_ALLOW:
        chutes__buf_clear(&reply->text);
        reply->is_set = false;
        return true;
    case CHUTES_TOOL_DENY:
        reason = chutes__buf_take(&reply->text);
        reply->is_set = false;
        (void)set_error(reply, "denied: ", reason != NULL ? reason : "");
        chutes__mem_free(reason);
        return false;
    case CHUTES_TOOL_REPLACE:
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
    bool is_saved;

    if (run->is_done) {
        return false;
    }
    run->talk->entries[index].is_started = true;
    is_saved = chutes__run_save(run);
    if (is_saved && !chutes__run_is_over(run)) {
        return true;
    }
    if (!run->is_done) {
        run->talk->entries[index].is_started = false;
    }
    if (!is_saved) {
        chutes__run_fail(run, CHUTES_ERR_CANCELLED, "the ledger was not saved",
                         "save_ledger ended the run");
    }
    return false;
}

static void execute(chutes_tool_reply *reply)
{
    struct chutes_run *run = reply->run;
    const chutes_tool_handler *tool = reply->tool;
    chutes_status status;

    if (!begin_tool(run, reply->index)) {
        free_reply(reply);
        return;
    }
    reply->is_running = true;
    status = tool->run(reply->decoded != NULL ? reply->decoded
                                              : reply->call->arguments,
                       reply, tool->user_data);
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
