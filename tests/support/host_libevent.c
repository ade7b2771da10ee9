/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "test.h"

#include <stdlib.h>

#include <event2/event.h>

#include <chutes/adapters/libevent.h>

struct state {
    struct event_base *base;
    struct event *timer;
    struct event *readable; /* watches chutes_loop_fd() */
    bool (*on_tick)(void *user_data);
    void *user_data;
};

static void tick(evutil_socket_t fd, short what, void *opaque)
{
    struct state *state = opaque;

    (void)fd;
    (void)what;
    if (state->on_tick(state->user_data)) {
        assert_int_equal(event_del(state->timer), 0);
        assert_int_equal(event_base_loopbreak(state->base), 0);
    }
}

static void *open_host(void)
{
    struct state *state = calloc(1, sizeof(*state));

    assert_non_null(state);
    state->base = event_base_new();
    assert_non_null(state->base);
    state->timer = event_new(state->base, -1, EV_PERSIST, tick, state);
    assert_non_null(state->timer);
    return state;
}

static chutes_status attach(void *opaque, chutes_loop *loop,
                            chutes_error *error)
{
    struct state *state = opaque;

    return chutes_libevent_attach(loop, state->base, error);
}

static void run(void *opaque, bool (*on_tick)(void *user_data), void *user_data)
{
    struct state *state = opaque;
    struct timeval period = {0, HOST_TICK_MS * 1000};

    state->on_tick = on_tick;
    state->user_data = user_data;
    if (on_tick != NULL) {
        assert_int_equal(event_add(state->timer, &period), 0);
    }
    assert_int_not_equal(event_base_dispatch(state->base), -1);
}

static int fail_for_event(const struct event_base *base,
                          const struct event *event, void *user_data)
{
    (void)base;
    (void)user_data;
    fail_msg("an event for descriptor %d is left", (int)event_get_fd(event));
    return 0;
}

static void close_host(void *opaque)
{
    struct state *state = opaque;

    event_free(state->timer);
    (void)event_base_foreach_event(state->base, fail_for_event, NULL);
    event_base_free(state->base);
    free(state);
}

/* ---- by the descriptor ---- */

static void on_readable(evutil_socket_t fd, short what, void *loop)
{
    (void)fd;
    assert_int_equal(what, EV_READ);
    host_poll_loop(loop);
}

static chutes_status watch(void *opaque, chutes_loop *loop, chutes_error *error)
{
    struct state *state = opaque;

    (void)error;
    state->readable = event_new(state->base, chutes_loop_fd(loop),
                                EV_READ | EV_PERSIST, on_readable, loop);
    assert_non_null(state->readable);
    assert_int_equal(event_add(state->readable, NULL), 0);
    return CHUTES_OK;
}

static void unwatch(void *opaque)
{
    struct state *state = opaque;

    event_free(state->readable);
}

const struct host host_libevent = {"libevent", true, open_host, attach,
                                   NULL,       run,  close_host};
const struct host host_libevent_fd = {
    "libevent, by an event", false, open_host, watch, unwatch, run, close_host};
