/* SPDX-License-Identifier: MIT */
/*
 * The result of an embeddings call as a whole, and its memory.
 */
#include "client/embed_result.h"

#include "base/mem.h"

/* Returns the sum of the attempts of all parts; each part is a request. */
static int count_attempts(const struct chutes__embed_call *call)
{
    int attempts = 0;

    for (size_t i = 0; i < call->begun; i++) {
        attempts += call->parts[i].view->attempts;
    }
    return attempts;
}

void chutes__embed_describe_result(struct chutes__embed_call *call,
                                   chutes_status status)
{
    chutes_embed_response *response = &call->result->response;
    int attempts = count_attempts(call);

    response->info = call->info;
    response->complete = status == CHUTES_OK;
    if (status != CHUTES_OK) {
        call->error.attempts = attempts;
    }
    if (call->info != NULL) {
        call->info->attempts = attempts;
    }
    if (response->part_count == 1 && response->complete) {
        response->raw_json = response->parts[0]->raw_json;
        response->raw_len = response->parts[0]->raw_len;
    }
}

void chutes__embed_free_parts(struct chutes__embed_result *result)
{
    size_t count = result->answers != NULL ? result->response.part_count : 0;

    for (size_t i = 0; i < count; i++) {
        chutes__mem_free(result->answers[i]);
    }
    chutes__mem_free(result->values);
    chutes__arena_dispose(&result->head);
}

void chutes_embed_response_free(chutes_embed_response *response)
{
    if (response != NULL) {
        struct chutes__embed_result *result =
            (struct chutes__embed_result *)response;

        chutes__embed_free_parts(result);
        chutes__result_memory_free(&result->memory);
    }
}
