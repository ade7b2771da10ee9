/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LOOP_POOL_H
#define CHUTES_CLIENT_LOOP_POOL_H

#include "client/context.h"

/* The loops of a client, and the references that they hold on it. */

/* Borrows an idle loop, or makes one, for a blocking call. The loop counts as a
 * user of the client. On failure, returns NULL and fills *status and the error:
 * `client` is NULL or was created before a fork(), or memory or descriptors ran
 * out. */
struct chutes_loop *chutes__loop_pool_acquire(struct chutes_client *client,
                                              chutes_status *status,
                                              chutes_error *error);

/* Returns a borrowed loop, on which no call is active. This may free the
 * client. */
void chutes__loop_pool_release(struct chutes_loop *loop);

/* The first makes a loop a user of the client; the second undoes that and may
 * free the client. */
void chutes__loop_pool_join(struct chutes_loop *loop);
void chutes__loop_pool_part(struct chutes_loop *loop);

/* Cancels all calls. The caller holds the mutex. */
void chutes__loop_pool_cancel_all(struct chutes_client *client);

/* Removes a user, and frees the client with the last one. The caller holds the
 * mutex, which this unlocks. */
void chutes__loop_pool_leave(struct chutes_client *client);

/* Frees the client. Call this for the last user, or in the child of a fork,
 * where nobody else can use it. */
void chutes__loop_pool_destroy(struct chutes_client *client);

#endif
