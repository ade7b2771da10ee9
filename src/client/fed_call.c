/* SPDX-License-Identifier: MIT */
/*
 * Pauses and cancels a call whose answer is passed on as it arrives.
 */
#include "client/fed_call.h"

static struct chutes__fed_call *fed(struct chutes_call *call)
{
    return (struct chutes__fed_call *)call;
}

void chutes__fed_call_begin(struct chutes__fed_call *call)
{
    call->is_feeding = true;
    call->wants_pause = false;
}

void chutes__fed_call_end(struct chutes__fed_call *call)
{
    call->is_feeding = false;
    if (call->wants_pause) {
        chutes__request_pause(&call->request);
    }
}

void chutes__fed_call_forget(struct chutes__fed_call *call,
                             struct chutes__buf *body)
{
    if (call->request.is_committed && body->len > 0 &&
        chutes__transfer_is_sent(call->request.transfer)) {
        chutes__buf_dispose(body);
    }
}

void chutes__fed_call_cancel(struct chutes_call *call)
{
    chutes__request_cancel(&fed(call)->request);
}

void chutes__fed_call_pause(struct chutes_call *call)
{
    if (fed(call)->is_feeding) {
        fed(call)->wants_pause = true;
    } else {
        chutes__request_pause(&fed(call)->request);
    }
}

void chutes__fed_call_resume(struct chutes_call *call)
{
    if (fed(call)->is_feeding) {
        fed(call)->wants_pause = false;
    } else {
        chutes__request_resume(&fed(call)->request);
    }
}
