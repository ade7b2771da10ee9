/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_JSON_CALL_H
#define CHUTES_CLIENT_JSON_CALL_H

#include "client/context.h"
#include "client/invoke_progress.h"
#include "client/invoke_target.h"
#include "client/json_result.h"
#include "client/upload.h"
#include "codec/endpoint.h"
#include "request/json_request.h"

/*
 * Calls of the endpoints of an engine: they encode the parameters, post them,
 * and decode the answer into a result that owns its memory. An endpoint adds
 * only its exported functions, which pass their types to the functions here.
 */

/* What differs between the endpoints. */
struct chutes__json_call_kind {
    struct chutes__call_type type; /* first, so that one casts to the other */
    const struct chutes__endpoint *endpoint;
};

/* Initializes the type of the calls of an endpoint. */
#define CHUTES__JSON_CALL_TYPE(params, set_defaults_fn, deliver_fn)          \
    {                                                                        \
        .size = sizeof(struct chutes__json_call),                            \
        .params_size = sizeof(params), .name = #params,                      \
        .options_at = offsetof(params, call_options),                        \
        .set_defaults = (set_defaults_fn), .begin = chutes__json_call_begin, \
        .dispose = chutes__json_call_dispose, .deliver = (deliver_fn),       \
        .free_response = chutes__json_result_free,                           \
        .read_use = chutes__json_call_read_use,                              \
        .cancel = chutes__json_call_cancel,                                  \
    }

struct chutes__json_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    /* Set before chutes__json_call_begin() by a call whose answer may be a
     * stream. NULL: it is a document. */
    const struct chutes__json_receiver *receiver;
    void *params; /* a copy, in the arena */
    struct chutes__invoke_target target;
    struct chutes__buf body;
    struct chutes__upload upload; /* instead of `body`, for a form */
    struct chutes__invoke_progress progress;
    struct chutes__arena arena;         /* the result's */
    struct chutes__json_result *result; /* in the arena */
};

const struct chutes__endpoint *
chutes__json_call_endpoint(const struct chutes__json_call *call);

/* Prepares a new call, and copies the parameters. */
chutes_status chutes__json_call_open(struct chutes__json_call *call,
                                     const void *params, chutes_error *error);
/* Starts the request, to the call's target unless the options have a base URL,
 * and fills in the other options. */
chutes_status chutes__json_call_send(struct chutes__json_call *call,
                                     struct chutes__request_options *options,
                                     chutes_error *error);

/* Functions of the type. */
chutes_status chutes__json_call_begin(struct chutes_call *handle,
                                      const void *params, chutes_error *error);
void chutes__json_call_dispose(struct chutes_call *handle);
void chutes__json_call_cancel(struct chutes_call *call);
/* The `decode` of a receiver whose context is the call: decodes a document. */
chutes_status chutes__json_call_decode(void *ctx, struct chutes__slice answer,
                                       chutes_error *error);
/* Functions of a receiver whose context is the call. They count the bytes of
 * the answer and tell the application, which may cancel the call. */
void chutes__json_call_on_restart(void *ctx);
chutes_status chutes__json_call_on_growth(void *ctx, struct chutes__buf *answer,
                                          size_t len);
bool chutes__json_call_read_use(const struct chutes_call *call,
                                const void *response, struct chutes__use *use);

#endif
