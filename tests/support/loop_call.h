/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_LOOP_CALL_H
#define CHUTES_TESTS_LOOP_CALL_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "call.h"

/*
 * Makes calls on a loop, with the results of `struct call`. Checks what the
 * library promises for each: on_done is called exactly once, never from inside
 * the start, and no event follows it.
 */
struct loop_call {
    struct call call;  /* kind and events are set before the start */
    const char *model; /* NULL: "m" */
    chutes_call *handle;
    chutes_loop *loop;
    int done; /* number of on_done calls */
    int events_behind_done;
    bool is_starting;
    bool was_done_inside_start;
    bool was_late; /* chutes_call_is_done() was false in on_done */
    size_t active_at_done;
    /* Called in on_done, after its arguments were stored. May be NULL. */
    void (*on_done)(struct loop_call *call, void *user_data);
    void *user_data;
};

/* Starts the call that call->call.kind names. */
chutes_status loop_call_start(struct loop_call *call, chutes_loop *loop);
/* The same for CALL_CHAT and CALL_STREAM, with the given parameters; on_event
 * and user_data are set for CALL_STREAM. */
chutes_status loop_call_start_chat(struct loop_call *call, chutes_loop *loop,
                                   const chutes_chat_params *params);

/* Creates a loop; fails the test on failure. */
chutes_loop *loop_of_client(chutes_client *client);

/* Polls until the call is done. Returns false on timeout. */
bool loop_call_await(struct loop_call *call, int timeout_ms);
/* Polls until `count` events have arrived or the call is done. Returns false on
 * timeout. */
bool loop_call_await_events(struct loop_call *call, int count, int timeout_ms);
/* Polls for the whole duration, whatever happens. */
void loop_poll_for(chutes_loop *loop, int duration_ms);

/* loop_call_check() asserts what must hold for every completed call.
 * loop_call_dispose() frees the handle and the result. */
void loop_call_check(const struct loop_call *call, chutes_status status);
void loop_call_dispose(struct loop_call *call);

#endif
