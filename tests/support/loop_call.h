/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_LOOP_CALL_H
#define CHUTES_TESTS_LOOP_CALL_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "call.h"

/*
 * Calls on a loop, as tests make them: what `struct call` keeps of one that
 * blocks, and a watch over the promises that hold for each: on_done once, never
 * from inside the start, and nothing behind it.
 */
struct loop_call {
    struct call call;  /* kind and events are set before the start */
    const char *model; /* NULL: "m" */
    chutes_call *handle;
    chutes_loop *loop;
    int done; /* how often on_done came */
    int events_behind_done;
    bool is_starting;
    bool was_done_inside_start;
    bool was_late; /* on_done came while the call was not told to be done */
    size_t active_at_done;
    /* Called in on_done, behind what is recorded. May be NULL. */
    void (*on_done)(struct loop_call *call, void *user_data);
    void *user_data;
};

/* Starts the call of that kind. */
chutes_status loop_call_start(struct loop_call *call, chutes_loop *loop);
/* The same, for CALL_CHAT and CALL_STREAM, with parameters of the test's own;
 * on_event and user_data are set for CALL_STREAM. */
chutes_status loop_call_start_chat(struct loop_call *call, chutes_loop *loop,
                                   const chutes_chat_params *params);

/* A loop that must come to be. */
chutes_loop *loop_of_client(chutes_client *client);

/* Polls until the call is done, or that long; false: not done. */
bool loop_call_await(struct loop_call *call, int timeout_ms);
/* Polls until at least so many events came or it is done; false: neither. */
bool loop_call_await_events(struct loop_call *call, int count, int timeout_ms);
/* Polls for so long, whatever happens. */
void loop_poll_for(chutes_loop *loop, int duration_ms);

/* Asserts what holds for each call that is done, gives its handle up and frees
 * its result. */
void loop_call_check(const struct loop_call *call, chutes_status status);
void loop_call_dispose(struct loop_call *call);

#endif
