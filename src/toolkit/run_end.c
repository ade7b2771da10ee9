/* SPDX-License-Identifier: MIT */
/* The end of a run: whatever ended it, each call gets a result. */
#include "toolkit/run.h"

#include <stdarg.h>
#include <stdio.h>

#include <chutes/trace.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

static bool is_late(const struct chutes_run *run)
{
    return run->deadline_us != CHUTES__CLOCK_NEVER &&
           chutes__clock_now_us() >= run->deadline_us;
}

bool chutes__run_is_over(const struct chutes_run *run)
{
    return run->is_done || run->is_cancelled || is_late(run);
}

void chutes__run_settle_open(struct chutes_run *run, const char *reason)
{
    struct chutes_conversation *talk = run->talk;
    char text[160];

    for (size_t i = run->turn; i < talk->count; i++) {
        if (!talk->entries[i].is_pending) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "{\"error\":\"not %s: %s\"}",
                       talk->entries[i].is_started ? "finished" : "executed",
                       reason);
        if (chutes__talk_settle(talk, i, text) != CHUTES_OK) {
            /* It still says that no result was given. */
            talk->entries[i].is_pending = false;
        }
        if (run->params.after_tool != NULL) {
            size_t owner = chutes__talk_owner(talk, i);

            run->params.after_tool(
                talk->messages[owner].tool_calls[i - owner - 1],
                talk->messages[i].content, 1, run->params.user_data);
        }
    }
}

static void abandon_replies(struct chutes_run *run)
{
    while (run->replies != NULL) {
        chutes_tool_reply *reply = run->replies;
        struct chutes_span *span = chutes__run_trace_take(reply);

        run->replies = reply->following;
        reply->run = NULL;
        reply->call = NULL;
        /* The tracer may finish the reply, which frees it. */
        chutes_span_end(span, CHUTES_ERR_CANCELLED);
    }
    run->deferred = 0;
}

void chutes__run_end(struct chutes_run *run, chutes_status status,
                     const char *reason, const chutes_error *error)
{
    chutes_chat_response *response = run->response;

    if (run->is_done) {
        return;
    }
    run->is_done = true;
    run->response = NULL;
    run->model.end(run->model.ctx);
    abandon_replies(run);
    chutes__run_settle_open(run, reason);
    if (chutes__run_save(run) != CHUTES_OK) {
        /* The run has ended already; the next save shows the same. */
        run->is_cancelled = true;
    }
    chutes__run_trace_end(run, status);
    run->on_done(status, response, error, run->user_data);
    chutes__run_drop(run);
}

void chutes__run_fail(struct chutes_run *run, chutes_status status,
                      const char *reason, const char *format, ...)
{
    char message[256];
    chutes_error error;
    va_list values;

    va_start(values, format);
    (void)vsnprintf(message, sizeof(message), format, values);
    va_end(values);
    chutes__error_clear(&error);
    (void)chutes__fail(&error, status, "%s", message);
    chutes__run_end(run, status, reason, &error);
}

void chutes__run_fail_unsaved(struct chutes_run *run, chutes_status status)
{
    static const char REASON[] = "the ledger was not saved";

    if (status == CHUTES_ERR_CANCELLED) {
        chutes__run_fail(run, status, REASON, "save_ledger ended the run");
    } else {
        chutes__run_fail(run, status, REASON, "the ledger can't be written: %s",
                         chutes_status_string(status));
    }
}

static void free_retired(struct chutes_run *run)
{
    while (run->retired != NULL) {
        chutes_tool_reply *reply = run->retired;

        run->retired = reply->following;
        chutes__buf_dispose(&reply->text); /* it may have been set again */
        chutes__mem_free(reply);
    }
}

void chutes__run_drop(struct chutes_run *run)
{
    run->references--;
    if (run->references > 0) {
        return;
    }
    free_retired(run);
    run->model.dispose(run->model.ctx);
    chutes_chat_response_free(run->response);
    chutes__mem_free(run);
}
