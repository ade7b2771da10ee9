/* SPDX-License-Identifier: MIT */
/* The exported functions with which a tool writes its result, or defers it. */
#include "toolkit/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "json/reader.h"
#include "json/writer.h"

/* ---- the result ---------------------------------------------------------- */

/* Returns how many bytes of a text are at most `max` bytes after invalid ones
 * were replaced, which makes them more. It doesn't end inside a character. */
static size_t measure_fitting(const char *text, size_t len, size_t max)
{
    size_t kept = 0;
    size_t used = 0;

    while (kept < len) {
        int step = chutes__utf8_sequence(text + kept, len - kept);
        bool is_valid = step > 0 && text[kept] != '\0';

        used += is_valid ? (size_t)step : strlen(CHUTES__UTF8_REPLACEMENT);
        if (used > max) {
            break;
        }
        kept += (size_t)(step > 0 ? step : -step);
    }
    return kept;
}

/* Sets a text of `len` bytes, of which not more than max_bytes + 1 are read: a
 * character that they cut doesn't fit. */
static chutes_status set(chutes_tool_reply *reply, const char *text, size_t len)
{
    size_t max = reply->max_bytes;
    size_t kept = measure_fitting(text, len <= max ? len : max + 1, max);
    chutes_status status;

    chutes__run_clear_reply(reply);
    status = chutes__utf8_append_clean(&reply->text, text, kept);
    if (status == CHUTES_OK && kept < len) {
        status = chutes__buf_appendf(
            &reply->text, " … [%zu of %zu bytes left out]", len - kept, len);
    }
    reply->is_set = status == CHUTES_OK;
    return status;
}

chutes_status chutes_tool_reply_set(chutes_tool_reply *reply, const char *text,
                                    size_t len)
{
    return reply != NULL && (text != NULL || len == 0)
               ? set(reply, text, len)
               : CHUTES_ERR_INVALID_ARGUMENT;
}

chutes_status chutes_tool_reply_json(chutes_tool_reply *reply, const char *json)
{
    size_t len;

    if (reply == NULL || json == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    len = strlen(json);
    if (len > reply->max_bytes) {
        return CHUTES_ERR_TOO_LARGE;
    }
    if (!chutes__json_is_valid(json, len, CHUTES__MESSAGE_MAX_DEPTH) ||
        chutes__utf8_valid_prefix(json, len) != len) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    return set(reply, json, len);
}

chutes_status chutes_tool_reply_printf(chutes_tool_reply *reply,
                                       const char *format, ...)
{
    struct chutes__buf buf;
    va_list values;
    va_list again;
    chutes_status status = CHUTES_ERR_INVALID_ARGUMENT;
    size_t size = 0; /* no more of the text than is kept */
    int len;

    if (reply == NULL || format == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    chutes__buf_init(&buf, SIZE_MAX);
    va_start(values, format);
    va_copy(again, values);
    len = vsnprintf(NULL, 0, format, values);
    if (len >= 0) {
        size = (size_t)len > reply->max_bytes ? reply->max_bytes + 2
                                              : (size_t)len + 1;
        status = chutes__buf_reserve(&buf, size);
    }
    if (status == CHUTES_OK) {
        (void)vsnprintf(buf.data, size, format, again);
        status = set(reply, buf.data, (size_t)len);
    }
    va_end(again);
    va_end(values);
    chutes__buf_dispose(&buf);
    return status;
}

/* Cuts a JSON string that isn't closed to `len` bytes or fewer, but not inside
 * an escape or a character, and not before `from`, where its text begins. */
static chutes_status cut_quoted(struct chutes__buf *json, size_t from,
                                size_t len)
{
    size_t kept = from;

    while (kept < json->len) {
        const char *at = json->data + kept;
        size_t step;

        if (*at == '\\') {
            step = at[1] == 'u' ? 6 : 2;
        } else {
            step = (size_t)chutes__utf8_sequence(at, json->len - kept);
        }
        if (kept + step > len) {
            break;
        }
        kept += step;
    }
    chutes__buf_cut(json, kept);
    return chutes__buf_append_str(json, "…");
}

/* Appends {"error":"LABELTEXT"}, in which a long text is cut. */
static chutes_status append_error(struct chutes__buf *json, const char *label,
                                  const char *text, size_t max_bytes)
{
    static const char BEGIN[] = "{\"error\":\"";
    struct chutes__buf clean;
    chutes_status status;

    chutes__buf_init(&clean, SIZE_MAX);
    status = chutes__buf_append_str(&clean, label);
    if (status == CHUTES_OK) {
        status =
            chutes__utf8_append_clean(&clean, text, strnlen(text, max_bytes));
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(json, BEGIN, sizeof(BEGIN) - 2);
    }
    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(json, clean.data);
    }
    chutes__buf_dispose(&clean);
    if (status == CHUTES_OK) {
        chutes__buf_cut(json, json->len - 1); /* the quotation mark */
        if (json->len > max_bytes) {
            status = cut_quoted(json, sizeof(BEGIN) - 1, max_bytes);
        }
    }
    return status == CHUTES_OK ? chutes__buf_append_str(json, "\"}") : status;
}

chutes_status chutes__run_set_error(chutes_tool_reply *reply, const char *label,
                                    const char *text)
{
    struct chutes__buf json;
    chutes_status status;

    chutes__buf_init(&json, SIZE_MAX);
    status = append_error(&json, label, text, reply->max_bytes);
    chutes__buf_dispose(&reply->text);
    reply->text = json;
    reply->is_set = status == CHUTES_OK;
    reply->is_error = true;
    return status;
}

chutes_status chutes_tool_reply_fail(chutes_tool_reply *reply, const char *text)
{
    if (reply == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    return chutes__run_set_error(reply, "", text != NULL ? text : "unknown");
}

void chutes__run_clear_reply(chutes_tool_reply *reply)
{
    chutes__buf_clear(&reply->text);
    reply->is_set = false;
    reply->is_error = false;
}

/* ---- the call ------------------------------------------------------------ */

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

void chutes_tool_reply_end_run(chutes_tool_reply *reply)
{
    reply->ends_run = reply->is_running || reply->is_deferred;
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

static void take_out(chutes_tool_reply *reply)
{
    chutes_tool_reply **link = &reply->run->replies;

    while (*link != reply) {
        link = &(*link)->following;
    }
    *link = reply->following;
    reply->run->deferred--;
}

bool chutes__run_note_finish(chutes_tool_reply *reply, chutes_status status)
{
    if (reply->is_finished || (!reply->is_deferred && !reply->is_running)) {
        return false;
    }
    if (reply->run != NULL && reply->is_deferred) {
        take_out(reply);
    }
    reply->is_finished = true;
    reply->status = status;
    return true;
}
