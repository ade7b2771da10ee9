/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LOOP_H
#define CHUTES_CLIENT_LOOP_H

#include "client/context.h"

/* A loop that is in no list and holds no reference to the client. NULL: out of
 * memory. No call may be active when it is freed, but in the child of a fork,
 * which leaves connections and calls alone. */
struct chutes_loop *chutes__loop_make(struct chutes_client *client);
void chutes__loop_destroy(struct chutes_loop *loop);

/* Waits for at most timeout_ms, does what there is to do, and what was asked
 * for from other threads. */
chutes_status chutes__loop_step(struct chutes_loop *loop, int timeout_ms);

/* Steps until a call that was started with this status is done. */
void chutes__loop_drive(struct chutes_loop *loop, chutes_status started,
                        const bool *is_done);

/* May calls begin on it? CHUTES_OK, or CHUTES_ERR_MISUSE: it or its client was
 * freed, or this is the child of a fork. */
chutes_status chutes__loop_check(struct chutes_loop *loop, chutes_error *error);

/* Any thread: cancels every call that is active when the loop notices. */
void chutes__loop_cancel_all(struct chutes_loop *loop);

#endif
