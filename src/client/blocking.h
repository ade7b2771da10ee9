/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_BLOCKING_H
#define CHUTES_CLIENT_BLOCKING_H

#include "client/context.h"

/* A call that is waited for: where it leaves what came of it. */
struct chutes__blocking {
    struct chutes_loop *loop; /* lent by the client */
    bool is_done;
    chutes_status status;
    void *response;
    chutes_error *error; /* never NULL */
};

/* Takes a loop to start the call on. On failure there is none, and the error is
 * filled; it is not NULL and clear. */
chutes_status chutes__blocking_begin(struct chutes__blocking *blocking,
                                     struct chutes_client *client,
                                     chutes_error *error);

/* From the completion of the call. */
void chutes__blocking_keep(struct chutes__blocking *blocking,
                           chutes_status status, void *response,
                           const chutes_error *error);

/* Waits for a call that was started with this status, gives the loop back and
 * returns the call's. */
chutes_status chutes__blocking_end(struct chutes__blocking *blocking,
                                   chutes_status started);

#endif
