/* SPDX-License-Identifier: MIT */
/*
 * A call of Chutes' management API.
 */
#include "client/api_call.h"

#include <string.h>

#include "base/error.h"
#include "client/config.h"

chutes_status chutes__api_base(const struct chutes__config *config,
                               const char *base_url, const char *query,
                               struct chutes__url *base, chutes_error *error)
{
    const char *url = base_url != NULL ? base_url : CHUTES__API_URL;
    const char *gap = strchr(url, '?') != NULL ? "&" : "?";
    struct chutes__buf text;
    chutes_status status;

    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__buf_appendf(&text, "%s%s%s", url,
                                 query[0] != '\0' ? gap : "", query);
    status = status == CHUTES_OK
                 ? chutes__config_parse_url(config, text.data, "base_url", base,
                                            error)
                 : chutes__fail_status(error, status);
    chutes__buf_dispose(&text);
    return status;
}

/* Sets the target of the request. */
static chutes_status find_target(struct chutes__json_call *call,
                                 const struct chutes__endpoint *endpoint,
                                 const char *base_url, chutes_error *error)
{
    struct chutes__buf place;
    chutes_status status;
    size_t len;

    chutes__buf_init(&place, SIZE_MAX);
    status = endpoint->write_path(call->params, &place, error);
    if (status == CHUTES_OK) {
        len = strcspn(place.data, "?");
        call->target.path = chutes__arena_dup(
            &call->arena, (struct chutes__slice){place.data, len});
        status = call->target.path != NULL
                     ? chutes__api_base(call->call.config, base_url,
                                        place.data + len +
                                            (place.data[len] == '?' ? 1 : 0),
                                        &call->target.base, error)
                     : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__buf_dispose(&place);
    return status;
}

chutes_status chutes__api_call_begin(struct chutes_call *handle,
                                     const void *params, chutes_error *error)
{
    struct chutes__json_call *call = (struct chutes__json_call *)handle;
    const struct chutes__endpoint *endpoint = chutes__json_call_endpoint(call);
    struct chutes__request_options options = {.model = ""};
    struct chutes__api_params common;
    chutes_status status = chutes__json_call_open(call, params, error);

    memcpy(&common, params, sizeof(common));
    if (status == CHUTES_OK) {
        status = find_target(call, endpoint, common.base_url, error);
    }
    if (status == CHUTES_OK && endpoint->add != NULL) {
        options.body = &call->body;
        status = chutes__encoder_run(endpoint->add, call->params,
                                     handle->config->options.max_json_depth,
                                     &call->body, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(handle->config, common.call_options,
                                      &options.rules, error);
        /* A request with a body changes something: it deploys a chute. */
        options.rules.retry.is_write = endpoint->add != NULL;
    }
    return status == CHUTES_OK ? chutes__json_call_send(call, &options, error)
                               : status;
}
