/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_API_CALL_H
#define CHUTES_CLIENT_API_CALL_H

#include "client/json_call.h"

/*
 * Calls of Chutes' management API. They differ from those of client/json_call.h
 * in that the parameters may name the API's base URL, and that the endpoint
 * writes the path.
 */

/* The type of the calls of an endpoint. */
#define CHUTES__API_CALL_TYPE(params, set_defaults_fn, deliver_fn)          \
    {                                                                       \
        .size = sizeof(struct chutes__json_call),                           \
        .params_size = sizeof(params), .name = #params,                     \
        .options_at = offsetof(params, call_options),                       \
        .set_defaults = (set_defaults_fn), .begin = chutes__api_call_begin, \
        .dispose = chutes__json_call_dispose, .deliver = (deliver_fn),      \
        .free_response = chutes__json_result_free,                          \
        .cancel = chutes__json_call_cancel,                                 \
    }

chutes_status chutes__api_call_begin(struct chutes_call *handle,
                                     const void *params, chutes_error *error);

/* Parses base_url, or the URL of Chutes' API if that is NULL, together with the
 * query of the path. The key may be sent there. */
chutes_status chutes__api_base(const struct chutes__config *config,
                               const char *base_url, const char *query,
                               struct chutes__url *base, chutes_error *error);

#endif
