/* SPDX-License-Identifier: MIT */
/* Checks and encodes what a request to any chute sends. */
#include "codec/request.h"

#include <stdbool.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "json/reader.h"

static chutes_status refuse(chutes_error *error, const char *what)
{
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", what);
}

static int count_bodies(const chutes_invoke_params *params)
{
    return (params->json != NULL) + (params->body != NULL) +
           (params->body_path != NULL) + (params->read_body != NULL) +
           (params->part_count > 0);
}

chutes_status chutes__invoke_method(const chutes_invoke_params *params,
                                    const char **method, chutes_error *error)
{
    static const char *const known[] = {"GET", "POST", "PUT", "PATCH",
                                        "DELETE"};
    const char *wanted = params->method != NULL ? params->method : "POST";

    *method = NULL;
    for (size_t i = 0; i < CHUTES__COUNT(known); i++) {
        if (chutes__slice_is(chutes__slice_of(known[i]), wanted)) {
            *method = known[i];
        }
    }
    if (*method == NULL) {
        return refuse(error, "method must be GET, POST, PUT, PATCH or DELETE");
    }
    if (strcmp(*method, "GET") == 0 && count_bodies(params) > 0) {
        return refuse(error, "method GET excludes json and body");
    }
    return CHUTES_OK;
}

static chutes_status check_fields(const chutes_invoke_params *params,
                                  chutes_error *error)
{
    bool has_bytes = count_bodies(params) > 0 && params->json == NULL &&
                     params->part_count == 0;

    if (count_bodies(params) > 1) {
        return refuse(error, "json, body, body_path, read_body and parts "
                             "exclude each other");
    }
    if (params->body_len > 0 && params->body == NULL &&
        params->read_body == NULL) {
        return refuse(error, "body must not be NULL when body_len is set");
    }
    if (params->parts != NULL && params->part_count == 0) {
        return refuse(error, "parts must not be empty");
    }
    if (params->content_type != NULL && !has_bytes) {
        return refuse(error, "content_type needs body");
    }
    if (params->wrap_args != 0 && params->json == NULL) {
        return refuse(error, "wrap_args needs json");
    }
    return CHUTES_OK;
}

static chutes_status check_json(const char *json, size_t max_depth,
                                chutes_error *error)
{
    struct chutes__json_reader reader;
    size_t len = strlen(json);

    if (chutes__utf8_valid_prefix(json, len) != len) {
        return refuse(error, "json is not UTF-8");
    }
    chutes__json_init(&reader, json, len, max_depth);
    chutes__json_skip(&reader);
    if (chutes__json_finish(&reader)) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "json is not one JSON document: %s at byte %zu",
                        reader.fault != NULL ? reader.fault : "more follows",
                        reader.fault_at);
}

static chutes_status write(const chutes_invoke_params *params,
                           struct chutes__buf *body)
{
    chutes_status status;

    if (params->body != NULL) {
        return chutes__buf_append(body, params->body, params->body_len);
    }
    if (params->wrap_args == 0) {
        return chutes__buf_append_str(body, params->json);
    }
    status = chutes__buf_append_str(body, "{\"args\":");
    if (status == CHUTES_OK) {
        status = chutes__buf_append_str(body, params->json);
    }
    return status == CHUTES_OK ? chutes__buf_append_str(body, "}") : status;
}

chutes_status chutes__encode_invoke(const chutes_invoke_params *params,
                                    size_t max_depth, struct chutes__buf *body,
                                    chutes_error *error)
{
    chutes_status status = check_fields(params, error);

    if (status == CHUTES_OK && params->json != NULL) {
        status = check_json(params->json, max_depth, error);
    }
    if (status != CHUTES_OK || (params->json == NULL && params->body == NULL)) {
        return status;
    }
    status = write(params, body);
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail_limit(error, "the request", "max_request_bytes",
                                  body->limit);
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
