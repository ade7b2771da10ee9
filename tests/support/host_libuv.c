/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "test.h"

#include <stdlib.h>

#include <uv.h>

#include <chutes/adapters/libuv.h>

struct state {
    uv_loop_t uv;
    uv_timer_t timer;
    uv_poll_t poll; /* watches chutes_loop_fd() */
    chutes_loop *loop;
    bool (*on_tick)(void *user_data);
    void *user_data;
};

static void *open_host(void)
{
    struct state *state = calloc(1, sizeof(*state));

    assert_non_null(state);
    assert_int_equal(uv_loop_init(&state->uv), 0);
    assert_int_equal(uv_timer_init(&state->uv, &state->timer), 0);
    state->timer.data = state;
    return state;
}

static chutes_status attach(void *opaque, chutes_loop *loop,
                            chutes_error *error)
{
    struct state *state = opaque;

    return chutes_libuv_attach(loop, &state->uv, error);
}

static void tick(uv_timer_t *timer)
{
    struct state *state = timer->data;

    if (state->on_tick(state->user_data)) {
        (void)uv_timer_stop(timer);
        uv_stop(&state->uv);
    }
}

static void run(void *opaque, bool (*on_tick)(void *user_data), void *user_data)
{
    struct state *state = opaque;

    state->on_tick = on_tick;
    state->user_data = user_data;
    if (on_tick != NULL) {
        assert_int_equal(
            uv_timer_start(&state->timer, tick, HOST_TICK_MS, HOST_TICK_MS), 0);
    }
    (void)uv_run(&state->uv, UV_RUN_DEFAULT);
}

static void close_host(void *opaque)
{
    struct state *state = opaque;

    uv_close((uv_handle_t *)&state->timer, NULL);
    (void)uv_run(&state->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&state->uv), 0);
    free(state);
}

/* ---- by the descriptor ---- */

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct state *state = poll->data;

    assert_int_equal(status, 0);
    assert_int_equal(events, UV_READABLE);
    host_poll_loop(state->loop);
}

static chutes_status watch(void *opaque, chutes_loop *loop, chutes_error *error)
{
    struct state *state = opaque;

    (void)error;
    state->loop = loop;
    state->poll.data = state;
    assert_int_equal(
        uv_poll_init(&state->uv, &state->poll, chutes_loop_fd(loop)), 0);
    assert_int_equal(uv_poll_start(&state->poll, UV_READABLE, on_readable), 0);
    return CHUTES_OK;
}

static void unwatch(void *opaque)
{
    struct state *state = opaque;

    uv_close((uv_handle_t *)&state->poll, NULL);
}

const struct host host_libuv = {"libuv", true, open_host, attach,
                                NULL,    run,  close_host};
const struct host host_libuv_fd = {
    "libuv, by uv_poll", false, open_host, watch, unwatch, run, close_host};
