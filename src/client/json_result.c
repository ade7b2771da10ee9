/* SPDX-License-Identifier: MIT */
/*
 * The result of a call whose answer is one JSON document.
 */
#include "client/json_result.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"

struct chutes__json_result *chutes__json_result_new(struct chutes__arena *arena,
                                                    size_t size,
                                                    chutes_error *error)
{
    struct chutes__json_result *result =
        chutes__arena_alloc(arena, 1, sizeof(*result) + size);

    if (result == NULL) {
        chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return result;
}

/* Returns the complete response, or NULL if memory runs out. */
static void *complete(struct chutes__json_result *result,
                      struct chutes__json_request *json)
{
    struct chutes__endpoint_response head = {
        .info = chutes__request_info(&json->request, -1),
        .raw_len = json->answer.len,
    };

    if (head.info != NULL) {
        result->memory.raw_json = chutes__buf_take(&json->answer);
    }
    head.raw_json = result->memory.raw_json;
    if (head.raw_json == NULL) {
        return NULL;
    }
    memcpy(result->response, &head, sizeof(head));
    chutes__result_memory_take(&result->memory, json->request.options.arena);
    return result->response;
}

void chutes__json_result_deliver(struct chutes__json_result *result,
                                 struct chutes__json_request *json,
                                 struct chutes_call *call, chutes_status status,
                                 const chutes_error *error)
{
    void *response = NULL;
    chutes_error own;

    if (result != NULL && (status == CHUTES_OK || result->is_partial)) {
        response = complete(result, json);
    }
    if (status == CHUTES_OK && response == NULL) {
        status = chutes__request_fail_result(&json->request, &own);
        error = &own;
    }
    chutes__call_end(call, status, response, error);
}

void chutes__json_result_free(void *response)
{
    if (response != NULL) {
        char *result =
            (char *)response - offsetof(struct chutes__json_result, response);

        chutes__result_memory_free(
            &((struct chutes__json_result *)(void *)result)->memory);
    }
}
