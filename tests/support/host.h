/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOST_H
#define CHUTES_TESTS_HOST_H

#include <stdbool.h>

#include <chutes/loop.h>

/*
 * Event loops that can host a chutes_loop, behind one interface, and the tests
 * that must pass in each of them. Failures to set one up fail the test.
 */
struct host {
    const char *name;
    /* Does run() return once there is nothing to wait for? */
    bool ends_by_itself;
    void *(*open)(void);
    /* Connects the loop to the host, in the way under test. */
    chutes_status (*attach)(void *state, chutes_loop *loop,
                            chutes_error *error);
    /* What the application must do before chutes_loop_free(). NULL: nothing. */
    void (*forget)(void *state);
    /* Runs the host's loop. A timer of the host calls on_tick every few
     * milliseconds until it returns true. If on_tick is NULL, there is no such
     * timer: the host must end by itself. */
    void (*run)(void *state, bool (*on_tick)(void *user_data), void *user_data);
    /* Fails the test if anything of ours is left in the host. */
    void (*close)(void *state);
};

enum { HOST_TICK_MS = 2 };

/* Loops of libraries, attached by the adapter or, with "_fd", by hand around
 * chutes_loop_fd(). */
extern const struct host host_libuv;
extern const struct host host_libuv_fd;
extern const struct host host_libevent;
extern const struct host host_libevent_fd;
extern const struct host host_glib;
extern const struct host host_glib_fd;
/* Loops written by hand around chutes_loop_fd(). */
extern const struct host host_poll_fd;
extern const struct host host_epoll_fd;

/* How often host_poll_loop() was called in this process. */
int host_polls(void);
/* Called by the "_fd" hosts when the descriptor is readable. */
void host_poll_loop(chutes_loop *loop);

/* Runs the tests of host.c. The return value is main()'s. */
int host_run_cases(const struct host *host);

#endif
