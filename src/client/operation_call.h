/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_OPERATION_CALL_H
#define CHUTES_CLIENT_OPERATION_CALL_H

#include <chutes/operation.h>

#include "client/context.h"

/* What differs between the calls on an operation. */
struct chutes__operation_kind {
    bool waits;         /* until the operation is over */
    const char *method; /* NULL: GET */
    const char *suffix; /* of the operation's path */
};

/* What a call reports its end to. */
struct chutes__operation_done {
    chutes_operation_done_fn on_done;
    void *user_data;
};

/* Starts a call; the arguments are those of chutes_operation_wait_start(),
 * already checked for NULL, except `handle`, which may be NULL. `error` is
 * clear. */
chutes_status chutes__operation_call_start(
    struct chutes_loop *loop, const struct chutes__operation_kind *kind,
    const chutes_operation_params *params, struct chutes__operation_done done,
    chutes_call **handle, chutes_error *error);

#endif
