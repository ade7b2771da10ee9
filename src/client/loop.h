/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LOOP_H
#define CHUTES_CLIENT_LOOP_H

#include "client/context.h"

/* Makes a loop that is in no list and holds no reference to the client. Returns
 * NULL if memory or descriptors run out. When the loop is destroyed, no call
 * may be active, except in the child of a fork, which doesn't touch connections
 * and calls. */
struct chutes_loop *chutes__loop_make(struct chutes_client *client);
void chutes__loop_destroy(struct chutes_loop *loop);

/* Waits for at most timeout_ms (-1: no limit), then does what is due and what
 * other threads have requested. Returns CHUTES_ERR_MISUSE if a callback has
 * forked and this is the child. */
chutes_status chutes__loop_step(struct chutes_loop *loop, int timeout_ms);

/* Steps the loop until a call is done. Returns false in the child of a fork
 * that a callback made; the call belongs to the parent. */
bool chutes__loop_drive(struct chutes_loop *loop, const bool *is_done);

/* Returns CHUTES_OK if calls may be started on the loop. Fails with
 * CHUTES_ERR_MISUSE if the loop or its client was freed, or in the child of a
 * fork. */
chutes_status chutes__loop_check(struct chutes_loop *loop, chutes_error *error);

/* Cancels every call that is active when the loop notices. Any thread may call
 * this. */
void chutes__loop_cancel_all(struct chutes_loop *loop);

#endif
