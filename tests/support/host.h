/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOST_H
#define CHUTES_TESTS_HOST_H

#include <stdbool.h>

#include <chutes/loop.h>

/*
 * Event loops that a chutes_loop lives in, behind one interface, and the tests
 * that hold in all of them. What can't be set up ends the test.
 */
struct host {
    const char *name;
    /* Does run() return when there is nothing to wait for? */
    bool ends_by_itself;
    void *(*open)(void);
    /* The way of integration that is tested. */
    chutes_status (*attach)(void *state, chutes_loop *loop,
                            chutes_error *error);
    /* What the application owes before chutes_loop_free(). NULL: nothing. */
    void (*forget)(void *state);
    /* Calls on_tick every few milliseconds, from a timer of the host, until it
     * says to stop. Without on_tick, which needs a host that ends by itself,
     * there is no such timer. */
    void (*run)(void *state, bool (*on_tick)(void *user_data), void *user_data);
    /* Ends the test when something of ours is left in the host. */
    void (*close)(void *state);
};

enum { HOST_TICK_MS = 2 };

/* Loops of libraries: attached by the adapter, and by chutes_loop_fd(). */
extern const struct host host_libuv;
extern const struct host host_libuv_fd;
extern const struct host host_libevent;
extern const struct host host_libevent_fd;
extern const struct host host_glib;
extern const struct host host_glib_fd;
/* Loops written by hand, around chutes_loop_fd(). */
extern const struct host host_poll_fd;
extern const struct host host_epoll_fd;

/* How often chutes_loop_poll() was called since the start; for hosts that do
 * so. */
int host_polls(void);
/* What these hosts do when the descriptor is readable. */
void host_poll_loop(chutes_loop *loop);

/* Runs the tests of cases.c; the value is main()'s. */
int host_run_cases(const struct host *host);

#endif
