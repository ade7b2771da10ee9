/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_FED_CALL_H
#define CHUTES_CLIENT_FED_CALL_H

#include "client/call.h"
#include "request/request.h"

/*
 * The first member of the struct of a call that passes the answer to one
 * request on to the application as it arrives, and can be paused.
 *
 * A transfer can't be resumed from within its own callback. So while on_data
 * runs the application's callbacks, a pause only sets a flag, which a resume
 * clears again. It takes effect when the callbacks have returned.
 */
struct chutes__fed_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__request request;
    bool is_feeding;  /* callbacks may be running in on_data */
    bool wants_pause; /* requested while is_feeding */
};

/* These enclose the callbacks in on_data. The second one applies a pause that
 * was requested and not resumed. */
void chutes__fed_call_begin(struct chutes__fed_call *call);
void chutes__fed_call_end(struct chutes__fed_call *call);

/* Frees the body of the request as soon as it can't be sent again: bodies are
 * long, and many calls may wait minutes for their answers. */
void chutes__fed_call_forget(struct chutes__fed_call *call,
                             struct chutes__buf *body);

/* These are functions of struct chutes__call_type. */
void chutes__fed_call_cancel(struct chutes_call *call);
void chutes__fed_call_pause(struct chutes_call *call);
void chutes__fed_call_resume(struct chutes_call *call);

#endif
