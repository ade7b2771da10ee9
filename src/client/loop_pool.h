/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LOOP_POOL_H
#define CHUTES_CLIENT_LOOP_POOL_H

#include "client/context.h"

/* The loops of a client, and who keeps it alive. */

/* Takes an idle loop or makes one, for a call that blocks; it counts as a user.
 * NULL, with the status and the error filled: there is no client, it is from
 * before a fork(), or out of memory. */
struct chutes_loop *chutes__loop_pool_acquire(struct chutes_client *client,
                                              chutes_status *status,
                                              chutes_error *error);

/* No call is active on the loop. The client may be gone after this. */
void chutes__loop_pool_release(struct chutes_loop *loop);

/* A loop of the application's comes and goes, likewise. */
void chutes__loop_pool_join(struct chutes_loop *loop);
void chutes__loop_pool_part(struct chutes_loop *loop);

/* With the mutex held: cancels what runs. */
void chutes__loop_pool_cancel_all(struct chutes_client *client);

/* With the mutex held, which it unlocks: a user lets go; the last one frees
 * the client. */
void chutes__loop_pool_leave(struct chutes_client *client);

/* In the child of a fork, where nobody else can be a user. */
void chutes__loop_pool_destroy(struct chutes_client *client);

#endif
