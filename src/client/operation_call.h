/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_OPERATION_CALL_H
#define CHUTES_CLIENT_OPERATION_CALL_H

#include "client/context.h"

/* What differs between the calls on an operation. */
struct chutes__operation_kind {
    struct chutes__call_type type; /* first, so that one casts to the other */
    bool waits;                    /* for the end of the operation */
    const char *method;            /* NULL: GET */
    const char *suffix;            /* to append to the path of the operation */
};

/* The parameters of these calls are chutes_operation_params. */
extern const struct chutes__operation_kind chutes__operation_get;
extern const struct chutes__operation_kind chutes__operation_wait;
extern const struct chutes__operation_kind chutes__operation_cancel;

#endif
