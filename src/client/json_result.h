/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_JSON_RESULT_H
#define CHUTES_CLIENT_JSON_RESULT_H

#include "client/context.h"
#include "client/result_memory.h"
#include "codec/endpoint.h"
#include "request/json_request.h"

/* The result of a call whose answer is one JSON document. The response is what
 * the application receives. */
struct chutes__json_result {
    struct chutes__result_memory memory;
    bool is_partial;    /* delivered although the call has failed */
    int64_t response[]; /* aligned for every response */
};

#define CHUTES__ASSERT_RESPONSE(type)                                   \
    _Static_assert(                                                     \
        offsetof(type, info) == 0 &&                                    \
            offsetof(type, raw_json) ==                                 \
                offsetof(struct chutes__endpoint_response, raw_json) && \
            offsetof(type, raw_len) ==                                  \
                offsetof(struct chutes__endpoint_response, raw_len),    \
        #type " must begin like all other responses")

/* Makes a result in the arena, with a zeroed response of `size` bytes. Returns
 * NULL and fills the error if memory runs out. */
struct chutes__json_result *chutes__json_result_new(struct chutes__arena *arena,
                                                    size_t size,
                                                    chutes_error *error);

/* Ends a call whose request has ended with `status` and `error`. If it
 * succeeded, or if the result is a partial one, completes the result, which
 * owns its memory from now on: the arena of the request and the text of the
 * answer. */
void chutes__json_result_deliver(struct chutes__json_result *result,
                                 struct chutes__json_request *json,
                                 struct chutes_call *call, chutes_status status,
                                 const chutes_error *error);

/* Frees a result by its response, which may be NULL. */
void chutes__json_result_free(void *response);

#endif
