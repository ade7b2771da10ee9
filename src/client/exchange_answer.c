/* SPDX-License-Identifier: MIT */
#include "client/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "codec/api_error.h"

bool chutes__exchange_is_answer(const struct chutes__exchange *exchange)
{
    return exchange->http_status >= 200 && exchange->http_status <= 299;
}

/* The host that a Location names, for a message: never its path, query or
 * credentials, which may be secrets. */
static struct chutes__slice host_of(const char *location)
{
    const char *host = strstr(location, "//");
    size_t len;

    if (host == NULL) {
        static const char here[] = "a path of the same host";

        return (struct chutes__slice){here, sizeof(here) - 1};
    }
    host += 2;
    len = strcspn(host, "/?#\\");
    for (size_t i = len; i > 0; i--) {
        if (host[i - 1] == '@') {
            return (struct chutes__slice){host + i, len - i};
        }
    }
    return (struct chutes__slice){host, len};
}

/* An answer with a failure status, whole or cut: the status is the news. */
static chutes_status fail_answer(struct chutes__exchange *exchange)
{
    chutes_error *error = exchange->error;
    const struct chutes__buf *body = &exchange->error_body;
    const char *location =
        chutes__header_list_find(&exchange->headers, "Location");
    chutes_status status;

    chutes__api_error_read_body(exchange->http_status, exchange->content_type,
                                body->data, body->len, error);
    status = chutes__api_error_status(exchange->http_status, error);
    error->status = status;
    if (status == CHUTES_ERR_REDIRECT && location != NULL) {
        struct chutes__slice host = host_of(location);

        return chutes__fail(error, status,
                            "HTTP %d: redirected to %.*s; redirects are never "
                            "followed: check the base URL",
                            exchange->http_status, (int)host.len, host.data);
    }
    if (status == CHUTES_ERR_NOT_FOUND) {
        char message[sizeof(error->message)];

        memcpy(message, error->message, sizeof(message));
        return chutes__fail(error, status, "%s (%s)", message, exchange->url);
    }
    return status;
}

chutes_status
chutes__exchange_judge(struct chutes__exchange *exchange,
                       const struct chutes__transfer_result *result)
{
    chutes_error *error = exchange->error;
    chutes_status status = result->status;

    error->outcome = result->outcome;
    error->http_status = result->http_status;
    error->retry_after_ms =
        chutes__header_list_retry_after_ms(&exchange->headers);
    if (exchange->http_status != 0 && !chutes__exchange_is_answer(exchange) &&
        (status == CHUTES_OK || status == CHUTES_ERR_TRUNCATED)) {
        return fail_answer(exchange);
    }
    if (status != CHUTES_OK && error->status == CHUTES_OK) {
        return chutes__fail(error, status, "%s", result->message);
    }
    return status;
}

void chutes__exchange_name_request(struct chutes__exchange *exchange)
{
    chutes_error *error = exchange->error;
    const char *id = chutes__header_list_request_id(&exchange->headers);

    chutes__error_copy(error->request_id, sizeof(error->request_id), id,
                       strlen(id));
}

static double tokens_per_second(const chutes_timing *timing, int64_t tokens)
{
    int64_t from_us = timing->first_token_us > 0 ? timing->first_token_us : 0;
    int64_t spent_us = timing->total_us - from_us;

    return tokens > 0 && spent_us > 0 ? (double)tokens * 1e6 / (double)spent_us
                                      : -1;
}

chutes_response_info *
chutes__exchange_info(const struct chutes__exchange *exchange,
                      int64_t completion_tokens)
{
    chutes_response_info *info =
        chutes__arena_alloc(exchange->arena, 1, sizeof(*info));

    if (info == NULL || !chutes__header_list_describe(&exchange->headers,
                                                      exchange->arena, info)) {
        return NULL;
    }
    info->http_status = exchange->http_status;
    info->attempts = exchange->attempts;
    info->model = exchange->model;
    info->connection_reused = exchange->is_reused;
    info->timing.connect_us = exchange->connect_us;
    info->timing.first_byte_us = exchange->first_byte_us;
    info->timing.first_token_us = exchange->first_token_us;
    info->timing.total_us = chutes__clock_now_us() - exchange->started_us;
    info->timing.tokens_per_second =
        tokens_per_second(&info->timing, completion_tokens);
    return info;
}
