/* SPDX-License-Identifier: MIT */
/*
 * A call that sends nothing and ends after a given time.
 */
#include <chutes/loop.h>

#include "base/clock.h"
#include "base/error.h"
#include "client/call.h"
#include "client/params.h"

struct wait_params {
    size_t struct_size;
    int64_t wait_ms; /* -1: until it is cancelled */
};

CHUTES__ASSERT_PARAMS(struct wait_params, wait_ms);

struct wait_call {
    struct chutes_call call; /* first: it is cast to the whole */
    struct chutes__alarm alarm;
};

static struct wait_call *wait_of(struct chutes_call *handle)
{
    return (struct wait_call *)handle;
}

/* Ends the call, because the time is over or the call was cancelled. */
static void on_due(void *ctx)
{
    struct chutes_call *call = ctx;
    chutes_error error;
    chutes_status status = CHUTES_OK;

    chutes__error_clear(&error);
    if (chutes__call_was_cancelled(call)) {
        status = chutes__fail_status(&error, CHUTES_ERR_CANCELLED);
    }
    chutes__call_end(call, status, NULL, &error);
}

static void set_defaults(void *params)
{
    *(struct wait_params *)params =
        (struct wait_params){sizeof(struct wait_params), -1};
}

static void set_alarm(struct chutes_call *call, int64_t due_us)
{
    chutes__engine_alarm_set(call->loop->engine, &wait_of(call)->alarm, due_us);
}

static chutes_status begin(struct chutes_call *call, const void *params,
                           chutes_error *error)
{
    const struct wait_params *own = params;
    int64_t now_us = chutes__clock_now_us();

    if (own->wait_ms < -1) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "wait_ms must be -1 or more");
    }
    if (chutes__engine_alarm_add(call->loop->engine, &wait_of(call)->alarm,
                                 on_due, call) != CHUTES_OK) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    set_alarm(call, own->wait_ms == 0
                        ? now_us
                        : chutes__clock_after_ms(now_us, own->wait_ms));
    return CHUTES_OK;
}

static void dispose(struct chutes_call *call)
{
    struct chutes__alarm *alarm = &wait_of(call)->alarm;

    if (alarm->on_due != NULL) {
        chutes__engine_alarm_remove(call->loop->engine, alarm);
    }
}

static void cancel(struct chutes_call *call)
{
    set_alarm(call, chutes__clock_now_us());
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    (void)response;
    ((chutes_wait_done_fn)on_done)(status, error, user_data);
}

static const struct chutes__call_type WAIT = {
    .size = sizeof(struct wait_call),
    .params_size = sizeof(struct wait_params),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .cancel = cancel,
};

chutes_status chutes_wait_start(chutes_loop *loop, int64_t wait_ms,
                                chutes_wait_done_fn on_done, void *user_data,
                                chutes_call **call, chutes_error *error)
{
    const struct wait_params params = {sizeof(params), wait_ms};

    return chutes__call_start(&WAIT, loop, &params, (chutes__done_fn)on_done,
                              user_data, call, error);
}
