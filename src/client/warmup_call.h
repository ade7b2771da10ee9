/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_WARMUP_CALL_H
#define CHUTES_CLIENT_WARMUP_CALL_H

#include <chutes/warmup.h>

#include "client/call.h"
#include "client/poll.h"
#include "request/request.h"
#include "sse/sse.h"

/* A call that waits until a chute is hot. */
struct chutes__warmup_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__request request;
    struct chutes__url base;
    struct chutes__buf path;
    struct chutes__arena arena; /* for the request */
    struct chutes__arena event; /* for the event that is read */
    struct chutes__sse sse;
    struct chutes__call_rules rules;
    chutes_warmup_params params; /* the texts may be freed already */
    struct chutes__poll poll;
    bool is_hot;
};

/* Requests the stream of states. */
chutes_status chutes__warmup_ask(struct chutes_call *handle,
                                 chutes_error *error);

/* The functions of the sink of the stream. */
chutes_status chutes__warmup_on_event(void *ctx,
                                      const struct chutes__sse_event *event);
chutes_status chutes__warmup_on_residue(void *ctx, struct chutes__slice text,
                                        bool is_error);

#endif
