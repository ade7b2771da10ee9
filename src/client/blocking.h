/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_BLOCKING_H
#define CHUTES_CLIENT_BLOCKING_H

#include "client/context.h"

/* What differs between the endpoints. */
struct chutes__blocking_type {
    /* Starts the call on the loop. The completion callback must pass its
     * arguments to chutes__blocking_store(). */
    chutes_status (*start)(struct chutes_loop *loop, const void *params,
                           void *user_data, chutes_error *error);
    void (*free_response)(void *response); /* which may be NULL */
};

/* Makes a call and waits for it. `params` goes to the start as it is.
 * `response` is the address of a pointer of the endpoint's type, which is set
 * to the response or to NULL; if it is NULL itself, the response is freed.
 * `error` may be NULL. */
chutes_status chutes__blocking_call(const struct chutes__blocking_type *type,
                                    struct chutes_client *client,
                                    const void *params, void *response,
                                    chutes_error *error);

/* Stores the arguments of the call's completion callback. */
void chutes__blocking_store(void *user_data, chutes_status status,
                            void *response, const chutes_error *error);

#endif
