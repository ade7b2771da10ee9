/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_JSON_CALL_H
#define CHUTES_CLIENT_JSON_CALL_H

#include "client/context.h"
#include "client/invoke_target.h"
#include "codec/endpoint.h"
#include "request/json_request.h"

/*
 * Calls of the endpoints of an engine: encodes the parameters, posts them, and
 * decodes the answer into a result that owns its memory. An endpoint adds only
 * its exported functions, which give their types to these.
 */

/* A completion callback of any type, to be cast back before it is called. */
typedef void (*chutes__json_call_fn)(void);

/* How a call reports its end. */
struct chutes__json_call_done {
    /* Calls `on_done` with the other arguments. */
    void (*deliver)(chutes__json_call_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data);
    chutes__json_call_fn on_done;
    void *user_data;
};

/* What differs between the endpoints. */
struct chutes__json_call_kind {
    struct chutes__call_type type; /* first, so that one casts to the other */
    const struct chutes__endpoint *endpoint;
    void (*set_defaults)(void *params);
};

/* The type of the calls of an endpoint. */
#define CHUTES__JSON_CALL_TYPE(params)                                     \
    {                                                                      \
        .size = sizeof(struct chutes__json_call),                          \
        .params_size = sizeof(params), .cancel = chutes__json_call_cancel, \
    }

struct chutes__json_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    void *params; /* a copy, in the arena */
    struct chutes__invoke_target target;
    struct chutes__buf body;
    struct chutes__arena arena;         /* the result's */
    struct chutes__json_result *result; /* in the arena */
    struct chutes__json_call_done done;
};

void chutes__json_call_cancel(struct chutes_call *call);

/* The exported functions, of any endpoint. `response` is the address of a
 * pointer to the result, or NULL. */
chutes_status chutes__json_call_run(struct chutes_client *client,
                                    const struct chutes__json_call_kind *kind,
                                    const void *params, void *response,
                                    chutes_error *error);
chutes_status chutes__json_call_start(struct chutes_loop *loop,
                                      const struct chutes__json_call_kind *kind,
                                      const void *params,
                                      struct chutes__json_call_done done,
                                      struct chutes_call **handle,
                                      chutes_error *error);
void chutes__json_call_free(void *response);

#endif
