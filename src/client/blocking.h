/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_BLOCKING_H
#define CHUTES_CLIENT_BLOCKING_H

#include "client/context.h"

/* A call that blocks, and its outcome. */
struct chutes__blocking {
    struct chutes_loop *loop; /* borrowed from the client */
    bool is_done;
    chutes_status status;
    void *response;
    chutes_error *error; /* never NULL */
};

/* Borrows a loop for the call to start on. `error` is clear, not NULL, and
 * filled on failure, when no loop was borrowed. */
chutes_status chutes__blocking_begin(struct chutes__blocking *blocking,
                                     struct chutes_client *client,
                                     chutes_error *error);

/* For the completion callback of the call: stores what it was called with. */
void chutes__blocking_store(struct chutes__blocking *blocking,
                            chutes_status status, void *response,
                            const chutes_error *error);

/* Waits for the call, whose start returned `started`, and gives the loop back.
 * Returns the status of the call. */
chutes_status chutes__blocking_end(struct chutes__blocking *blocking,
                                   chutes_status started);

#endif
