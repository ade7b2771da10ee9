/* SPDX-License-Identifier: MIT */
#include <chutes/models.h>

#include "base/error.h"
#include "client/fetch.h"
#include "client/params.h"
#include "codec/answer.h"

struct models_result {
    chutes_models_response response; /* first, so that one casts to the other */
    struct chutes__owner owner;
};

static chutes_status decode(struct chutes__fetch *fetch,
                            chutes_models_response **response)
{
    const struct chutes__exchange *exchange = &fetch->exchange;
    size_t max_depth = exchange->client->config.options.max_json_depth;
    struct models_result *result =
        chutes__arena_alloc(&fetch->arena, 1, sizeof(*result));
    chutes_models_response *answer;
    chutes_status status;

    if (result == NULL) {
        return chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    answer = &result->response;
    status =
        chutes__decode_models(fetch->answer.data, fetch->answer.len, max_depth,
                              &fetch->arena, answer, exchange->error);
    status =
        chutes__fetch_conclude(fetch, status, &result->owner, &answer->info,
                               &answer->raw_json, &answer->raw_len);
    if (status == CHUTES_OK) {
        *response = answer;
    }
    return status;
}

chutes_status chutes_models_list(chutes_client *client,
                                 const chutes_call_options *call_options,
                                 chutes_models_response **response,
                                 chutes_error *error)
{
    struct chutes__fetch fetch;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    if (response != NULL) {
        *response = NULL;
    }
    status = chutes__params_check(client, response, error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes__fetch_init(&fetch, client, call_options, error);
    if (status == CHUTES_OK) {
        fetch.exchange.base = &client->config.base;
        fetch.exchange.path = "models";
        status = chutes__exchange_run(&fetch.exchange);
    }
    if (status == CHUTES_OK) {
        status = decode(&fetch, response);
    }
    chutes__fetch_dispose(&fetch);
    return status;
}

void chutes_models_response_free(chutes_models_response *response)
{
    if (response != NULL) {
        chutes__owner_free(&((struct models_result *)response)->owner);
    }
}
