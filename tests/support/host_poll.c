/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "test.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct state {
    chutes_loop *loop; /* NULL: none is watched */
    int fd;            /* chutes_loop_fd() */
    int epoll;         /* -1: uses poll() */
};

static int polls;

int host_polls(void)
{
    return polls;
}

void host_poll_loop(chutes_loop *loop)
{
    polls++;
    assert_int_equal(chutes_loop_poll(loop, 0), CHUTES_OK);
}

static struct state *state_new(int epoll)
{
    struct state *state = calloc(1, sizeof(*state));

    assert_non_null(state);
    state->epoll = epoll;
    state->fd = -1;
    return state;
}

static void *open_poll(void)
{
    return state_new(-1);
}

static void *open_epoll(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    assert_int_not_equal(epoll, -1);
    return state_new(epoll);
}

static chutes_status watch(void *opaque, chutes_loop *loop, chutes_error *error)
{
    struct state *state = opaque;
    struct epoll_event event = {.events = EPOLLIN};

    (void)error;
    state->loop = loop;
    state->fd = chutes_loop_fd(loop);
    assert_int_not_equal(state->fd, -1);
    if (state->epoll != -1) {
        assert_int_equal(
            epoll_ctl(state->epoll, EPOLL_CTL_ADD, state->fd, &event), 0);
    }
    return CHUTES_OK;
}

static void unwatch(void *opaque)
{
    struct state *state = opaque;

    if (state->epoll != -1) {
        assert_int_equal(
            epoll_ctl(state->epoll, EPOLL_CTL_DEL, state->fd, NULL), 0);
    }
    state->loop = NULL;
    state->fd = -1;
}

static bool wait_readable(const struct state *state)
{
    struct pollfd readable = {state->fd, POLLIN, 0};
    struct epoll_event event;

    if (state->epoll != -1) {
        return epoll_wait(state->epoll, &event, 1, HOST_TICK_MS) == 1;
    }
    return poll(&readable, 1, HOST_TICK_MS) == 1;
}

static void run(void *opaque, bool (*on_tick)(void *user_data), void *user_data)
{
    struct state *state = opaque;

    do {
        if (wait_readable(state)) {
            host_poll_loop(state->loop);
        }
    } while (!on_tick(user_data));
}

static void close_host(void *opaque)
{
    struct state *state = opaque;

    if (state->epoll != -1) {
        assert_int_equal(close(state->epoll), 0);
    }
    free(state);
}

const struct host host_poll_fd = {"poll()", false, open_poll, watch,
                                  unwatch,  run,   close_host};
const struct host host_epoll_fd = {"epoll", false, open_epoll, watch,
                                   unwatch, run,   close_host};
