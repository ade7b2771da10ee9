/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_OPERATION_CALL_H
#define CHUTES_CLIENT_OPERATION_CALL_H

#include <chutes/operation.h>

#include "client/json_result.h"
#include "client/operation_target.h"
#include "client/poll.h"

/* What differs between the calls on an operation. */
struct chutes__operation_kind {
    struct chutes__call_type type; /* first, so that one casts to the other */
    bool waits;                    /* for the end of the operation */
    const char *method;            /* NULL: GET */
    const char *suffix;            /* to append to the path of the operation */
};

/* A call on an operation: a single request, or one after the other until the
 * operation is over. */
struct chutes__operation_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__json_result *result; /* in the arena of the request */
    struct chutes__operation_target target;
    struct chutes__call_rules rules;
    chutes_operation_params params; /* the texts may be freed already */
    struct chutes__poll poll;
};

/* Functions of the type. */
chutes_status chutes__operation_call_begin(struct chutes_call *handle,
                                           const void *params,
                                           chutes_error *error);
void chutes__operation_call_dispose(struct chutes_call *handle);
void chutes__operation_call_cancel(struct chutes_call *handle);

#endif
