/* SPDX-License-Identifier: MIT */
#include <chutes/embeddings.h>

#include "base/error.h"
#include "client/fetch.h"
#include "client/params.h"
#include "codec/answer.h"
#include "codec/request.h"

CHUTES__ASSERT_NO_TAIL(chutes_embed_params, call_options);

struct embed_result {
    chutes_embed_response response; /* first, so that one casts to the other */
    struct chutes__owner owner;
};

static chutes_status decode(struct chutes__fetch *fetch, size_t count,
                            chutes_embed_response **response)
{
    const struct chutes__exchange *exchange = &fetch->exchange;
    size_t max_depth = exchange->client->config.options.max_json_depth;
    struct embed_result *result =
        chutes__arena_alloc(&fetch->arena, 1, sizeof(*result));
    chutes_embed_response *answer;
    chutes_status status;

    if (result == NULL) {
        return chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    answer = &result->response;
    status =
        chutes__decode_embed(fetch->answer.data, fetch->answer.len, max_depth,
                             count, &fetch->arena, answer, exchange->error);
    status =
        chutes__fetch_conclude(fetch, status, &result->owner, &answer->info,
                               &answer->raw_json, &answer->raw_len);
    if (status == CHUTES_OK) {
        *response = answer;
    }
    return status;
}

static chutes_status run(struct chutes__fetch *fetch,
                         const chutes_embed_params *params,
                         chutes_embed_response **response)
{
    struct chutes__exchange *exchange = &fetch->exchange;
    const struct chutes__config *config = &exchange->client->config;
    chutes_status status =
        chutes__encode_embed(params, config->options.max_json_depth,
                             &fetch->request, exchange->error);

    if (status != CHUTES_OK) {
        return status;
    }
    exchange->base = &config->embeddings_base;
    exchange->path = "embeddings";
    exchange->body = &fetch->request;
    status = chutes__exchange_run(exchange);
    if (status != CHUTES_OK) {
        return status;
    }
    return decode(fetch, params->input_count, response);
}

chutes_status chutes_embed(chutes_client *client,
                           const chutes_embed_params *params,
                           chutes_embed_response **response,
                           chutes_error *error)
{
    chutes_embed_params own = chutes_embed_params_default();
    struct chutes__fetch fetch;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    if (response != NULL) {
        *response = NULL;
    }
    status = chutes__params_check(client, response, error);
    if (status == CHUTES_OK) {
        status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                     "params", error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes__fetch_init(&fetch, client, own.call_options, error);
    if (status == CHUTES_OK) {
        status = run(&fetch, &own, response);
    }
    chutes__fetch_dispose(&fetch);
    return status;
}

void chutes_embed_response_free(chutes_embed_response *response)
{
    if (response != NULL) {
        chutes__owner_free(&((struct embed_result *)response)->owner);
    }
}
