/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_BLOCKING_H
#define CHUTES_CLIENT_BLOCKING_H

#include "client/context.h"

/* A blocking call and its outcome. */
struct chutes__blocking {
    struct chutes_loop *loop; /* borrowed from the client */
    bool is_done;
    chutes_status status;
    void *response;
    chutes_error *error; /* never NULL */
};

/* Borrows a loop to start the call on. `error` must be clear and not NULL. On
 * failure, fills it and borrows no loop. */
chutes_status chutes__blocking_begin(struct chutes__blocking *blocking,
                                     struct chutes_client *client,
                                     chutes_error *error);

/* Stores the arguments of the call's completion callback. */
void chutes__blocking_store(struct chutes__blocking *blocking,
                            chutes_status status, void *response,
                            const chutes_error *error);

/* Waits for the call, unless its start failed with `started`, and returns the
 * loop to the client. Returns the status of the call. */
chutes_status chutes__blocking_end(struct chutes__blocking *blocking,
                                   chutes_status started);

#endif
