/* SPDX-License-Identifier: MIT */
/*
 * Waits between the requests of a call.
 */
#include "client/poll.h"

#include "base/clock.h"
#include "base/error.h"
#include "client/call.h"
#include "request/request.h"

enum { MAX_POLL_MS = 3600000 };

chutes_status chutes__poll_check(const struct chutes__poll_times *times,
                                 chutes_error *error)
{
    const char *what = NULL;

    if (times->wait_timeout_ms < 0) {
        what = "wait_timeout_ms must be 0 or more";
    } else if (times->min_poll_ms < 1 || times->min_poll_ms > MAX_POLL_MS) {
        what = "min_poll_ms must be from 1 to 3600000";
    } else if (times->max_poll_ms < times->min_poll_ms ||
               times->max_poll_ms > MAX_POLL_MS) {
        what = "max_poll_ms must be from min_poll_ms to 3600000";
    }
    return what == NULL
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", what);
}

static void on_alarm(void *ctx)
{
    struct chutes__poll *poll = ctx;
    chutes_error error;
    chutes_status status;

    poll->is_waiting = false;
    if (chutes__call_was_cancelled(poll->call)) {
        chutes__poll_fail(poll, CHUTES_ERR_CANCELLED);
        return;
    }
    if (chutes__poll_is_late(poll)) {
        chutes__poll_fail(poll, CHUTES_ERR_TIMEOUT);
        return;
    }
    chutes__error_clear(&error);
    status = poll->kind->ask(poll->call, &error);
    if (status != CHUTES_OK) {
        chutes__call_end(poll->call, status, NULL, &error);
    }
}

chutes_status chutes__poll_open(struct chutes__poll *poll, chutes_error *error)
{
    poll->engine = poll->call->loop->engine;
    poll->poll_ms = poll->times.min_poll_ms;
    poll->deadline_us =
        poll->times.wait_timeout_ms > 0
            ? chutes__clock_after_ms(chutes__clock_now_us(),
                                     poll->times.wait_timeout_ms)
            : CHUTES__CLOCK_NEVER;
    return chutes__engine_alarm_add(poll->engine, &poll->alarm, on_alarm,
                                    poll) == CHUTES_OK
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

void chutes__poll_close(struct chutes__poll *poll)
{
    if (poll->alarm.on_due != NULL) {
        chutes__engine_alarm_remove(poll->engine, &poll->alarm);
    }
}

void chutes__poll_relax(struct chutes__call_rules *rules)
{
    if (rules->retry.policy == CHUTES_RETRY_SAFE) {
        rules->retry.policy = CHUTES_RETRY_OPENAI;
    }
}

void chutes__poll_plan(struct chutes__poll *poll, int64_t asked_ms)
{
    int64_t wait_ms = asked_ms > 0 ? asked_ms : poll->poll_ms;
    int64_t least_ms = poll->times.min_poll_ms;
    int64_t due_us;

    wait_ms = wait_ms < MAX_POLL_MS ? wait_ms : MAX_POLL_MS;
    wait_ms = wait_ms > least_ms ? wait_ms : least_ms;
    due_us = chutes__clock_after_ms(chutes__clock_now_us(), wait_ms);
    poll->poll_ms += poll->poll_ms / 2 + 1;
    if (poll->poll_ms > poll->times.max_poll_ms) {
        poll->poll_ms = poll->times.max_poll_ms;
    }
    poll->is_waiting = true;
    chutes__engine_alarm_set(poll->engine, &poll->alarm,
                             due_us < poll->deadline_us ? due_us
                                                        : poll->deadline_us);
}

bool chutes__poll_is_late(const struct chutes__poll *poll)
{
    return chutes__clock_now_us() >= poll->deadline_us;
}

void chutes__poll_limit(const struct chutes__poll *poll, int64_t *total_ms)
{
    int64_t left_ms;

    if (poll->deadline_us == CHUTES__CLOCK_NEVER) {
        return;
    }
    left_ms = (poll->deadline_us - chutes__clock_now_us()) / 1000 + 1;
    left_ms = left_ms > 0 ? left_ms : 1; /* 0 would be no limit */
    *total_ms = *total_ms > 0 && *total_ms < left_ms ? *total_ms : left_ms;
}

void chutes__poll_fail(struct chutes__poll *poll, chutes_status status)
{
    chutes_error error;

    chutes__error_clear(&error);
    error.attempts = poll->request->attempts;
    error.http_status = poll->request->http_status;
    if (status == CHUTES_ERR_TIMEOUT) {
        chutes__fail(&error, status, "%s after %lld ms (wait_timeout_ms)",
                     poll->kind->late, (long long)poll->times.wait_timeout_ms);
    } else {
        chutes__fail_status(&error, status);
    }
    chutes__call_end(poll->call, status, NULL, &error);
}

void chutes__poll_cancel(struct chutes__poll *poll)
{
    if (poll->is_waiting) {
        chutes__engine_alarm_set(poll->engine, &poll->alarm,
                                 chutes__clock_now_us());
    } else {
        chutes__request_cancel(poll->request);
    }
}
