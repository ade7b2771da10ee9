/* SPDX-License-Identifier: MIT */
/*
 * Builds the response of a chat call from what the reader has accumulated and
 * what the request knows about its attempts.
 */
#include "client/chat_result.h"

#include "client/result_memory.h"

struct chat_result {
    chutes_chat_response response; /* first, so that one casts to the other */
    struct chutes__result_memory memory;
};

bool chutes__chat_result_is_due(const struct chutes__answer_reader *reader,
                                chutes_status status)
{
    const struct chutes__accumulator *acc = &reader->acc;

    return status == CHUTES_OK ||
           ((reader->wants_stream ||
             (acc->is_whole && status == CHUTES_ERR_STREAM)) &&
            chutes__accumulator_has_content(acc));
}

chutes_chat_response *
chutes__chat_result_build(struct chutes__answer_reader *reader,
                          const struct chutes__request *request,
                          struct chutes__arena *arena, chutes_status status)
{
    struct chat_result *result = chutes__arena_alloc(arena, 1, sizeof(*result));
    chutes_chat_response *response;
    int64_t tokens;

    if (result == NULL) {
        return NULL;
    }
    response = &result->response;
    if (chutes__accumulator_build(&reader->acc, arena, response) != CHUTES_OK) {
        return NULL;
    }
    tokens = response->usage != NULL ? response->usage->completion_tokens : -1;
    response->complete = status == CHUTES_OK;
    response->end = reader->end;
    response->info = chutes__request_info(request, tokens);
    if (response->info == NULL) {
        return NULL;
    }
    chutes__result_memory_take(&result->memory, arena);
    return response;
}

void chutes_chat_response_free(chutes_chat_response *response)
{
    if (response != NULL) {
        chutes__result_memory_free(&((struct chat_result *)response)->memory);
    }
}
