/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_PARTS_CALL_H
#define CHUTES_CLIENT_PARTS_CALL_H

#include "client/context.h"
#include "client/json_result.h"
#include "request/json_request.h"

/*
 * Calls that send several requests, one after the other, each for a part of the
 * result. Any of them may fail; the call succeeds if any part was received. The
 * total timeout limits all requests together.
 */

struct chutes__parts_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__url base;            /* where all requests go */
    struct chutes__call_rules rules;    /* for all requests */
    struct chutes__arena arena;         /* the result's */
    struct chutes__json_result *result; /* in the arena */
    int64_t started_us;
    size_t at;            /* the part that is requested */
    size_t found;         /* parts that were received */
    chutes_error failure; /* why the first missing part is missing */
};

/* What differs between these calls. The struct of a call may have more members,
 * after those of chutes__parts_call. */
struct chutes__parts_call_kind {
    struct chutes__call_type type; /* first, so that one casts to the other */
    size_t count;                  /* how many parts there are */
    size_t response_size;
    /* Checks the parameters, sets `base` and `rules`, and initializes the
     * zeroed response. Describes a failure. */
    chutes_status (*prepare)(struct chutes__parts_call *call,
                             const void *params, chutes_error *error);
    /* Sets the path of the request for the part, and other options that differ
     * between the parts. */
    void (*ask)(const struct chutes__parts_call *call,
                struct chutes__request_options *options);
    /* Reads the part. Describes a failure. */
    chutes_status (*decode)(struct chutes__parts_call *call,
                            struct chutes__slice answer, chutes_error *error);
    /* Stores in the response how the request for the part ended. Returns false
     * if memory runs out. NULL: the response doesn't contain that. */
    bool (*note)(struct chutes__parts_call *call, const chutes_error *error);
};

#define CHUTES__PARTS_CALL_TYPE(call_size, params, set_defaults_fn,           \
                                deliver_fn)                                   \
    {                                                                         \
        .size = (call_size), .params_size = sizeof(params), .name = #params,  \
        .options_at = offsetof(params, call_options),                         \
        .set_defaults = (set_defaults_fn), .begin = chutes__parts_call_begin, \
        .dispose = chutes__parts_call_dispose, .deliver = (deliver_fn),       \
        .free_response = chutes__json_result_free,                            \
        .cancel = chutes__parts_call_cancel,                                  \
    }

/* Functions of the type. */
chutes_status chutes__parts_call_begin(struct chutes_call *handle,
                                       const void *params, chutes_error *error);
void chutes__parts_call_dispose(struct chutes_call *handle);
void chutes__parts_call_cancel(struct chutes_call *handle);

/* Copies an answer into the result. */
chutes_status chutes__parts_call_keep(struct chutes__parts_call *call,
                                      struct chutes__slice answer,
                                      const char **copy, size_t *len,
                                      chutes_error *error);

#endif
