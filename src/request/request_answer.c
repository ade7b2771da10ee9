/* SPDX-License-Identifier: MIT */
/*
 * Judges how an attempt ended, by the result of its transfer and the answer of
 * the server, and describes the request for the caller's result.
 */
#include "request/request.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/api_error.h"
#include "request/platform.h"

/* In tokens per second. */
static const double MAX_STREAM_RATE = 20000;

bool chutes__request_is_answer(const struct chutes__request *request)
{
    return request->http_status >= 200 && request->http_status <= 299;
}

/* Returns the host that a Location names, for a message. The path, the query
 * and the credentials may be secrets. */
static struct chutes__slice host_of(const char *location)
{
    const char *host = strstr(location, "//");
    size_t len;

    if (host == NULL) {
        static const char here[] = "a path of the same host";

        return (struct chutes__slice){here, sizeof(here) - 1};
    }
    host += 2;
    /* Many clients take a backslash for a slash. */
    len = strcspn(host, "/?#\\");
    for (size_t i = len; i > 0; i--) {
        if (host[i - 1] == '@') {
            return (struct chutes__slice){host + i, len - i};
        }
    }
    return (struct chutes__slice){host, len};
}

static bool is_binary(const struct chutes__buf *body)
{
    for (size_t i = 0; i < body->len; i++) {
        unsigned char byte = (unsigned char)body->data[i];

        if (byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') {
            return true;
        }
    }
    return chutes__utf8_valid_prefix(body->data, body->len) < body->len;
}

/* Returns the compression of the body, which was not requested; empty: none. */
static struct chutes__slice find_packing(const struct chutes__request *request)
{
    static const char *const names[] = {"Content-Encoding",
                                        "Transfer-Encoding"};
    struct chutes__slice coding = {"", 0};

    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        const char *value =
            chutes__header_list_find(&request->headers, names[i]);

        if (value != NULL && coding.len == 0) {
            coding = chutes__coding_find(
                (struct chutes__slice){value, strlen(value)});
        }
    }
    return coding;
}

/* A wait that the headers ask for overrides one in the body. */
static void read_error_body(struct chutes__request *request,
                            const struct chutes__transfer_result *result)
{
    chutes_error *error = chutes__request_error(request);
    const struct chutes__buf *body = &request->error_body;
    struct chutes__slice coding = find_packing(request);
    int64_t asked_ms = error->retry_after_ms;

    if (body->len == 0 && result->status != CHUTES_OK) {
        chutes__fail(error, error->status, "HTTP %d without its body: %s",
                     request->http_status, result->message);
    } else if (coding.len == 0 || !is_binary(body)) {
        chutes__api_error_read_body(request->http_status, request->content_type,
                                    body->data, body->len, error);
    } else {
        chutes__fail(error, error->status,
                     "HTTP %d with a compressed body (%.*s), which was not "
                     "requested",
                     request->http_status, (int)coding.len, coding.data);
    }
    if (asked_ms >= 0) {
        error->retry_after_ms = asked_ms;
    }
}

/* Appends a note to the message. */
static chutes_status add_note(chutes_error *error, const char *note)
{
    char message[sizeof(error->message)];

    /* A copy, as chutes__fail() writes to error->message. */
    memcpy(message, error->message, sizeof(message));
    return chutes__fail(error, error->status, "%s (%s)", message, note);
}

/* An answer with a failure status. The status says what happened, even if the
 * body was cut; only a quota that is used up may then look like a limit on the
 * rate. */
static chutes_status fail_answer(struct chutes__request *request,
                                 const struct chutes__transfer_result *result)
{
    chutes_error *error = chutes__request_error(request);
    const char *location =
        chutes__header_list_find(&request->headers, "Location");
    chutes_status status;

    read_error_body(request, result);
    status = chutes__api_error_status(request->http_status, error,
                                      request->options.rules.retry.max_wait_ms);
    error->status = status;
    if (chutes__platform_ignored_key(
            request->url, request->queue->options.config->options.auth,
            request->http_status, chutes__buf_slice(&request->error_body))) {
        request->is_lasting = true;
        return chutes__fail(error, CHUTES_ERR_AUTH,
                            "Chutes reads the key from Authorization: Bearer "
                            "only (CHUTES_AUTH_BEARER), not from X-API-Key");
    }
    if (status == CHUTES_ERR_REDIRECT && location != NULL) {
        struct chutes__slice host = host_of(location);

        return chutes__fail(error, status,
                            "HTTP %d: redirected to %.*s; redirects are never "
                            "followed: check the base URL",
                            request->http_status, (int)host.len, host.data);
    }
    if (status == CHUTES_ERR_NOT_FOUND) {
        return add_note(error, request->url);
    }
    if (status == CHUTES_ERR_UNSUPPORTED) {
        return add_note(error, "Chutes has switched its templates off; code in "
                               "an image can be deployed");
    }
    return status;
}

/* Did something on our side end the attempt? Anything else that happens to the
 * body of an error, even the total timeout, costs only its message. */
static bool is_our_end(const struct chutes__transfer_result *result)
{
    return result->status == CHUTES_ERR_CANCELLED ||
           result->status == CHUTES_ERR_NO_MEMORY;
}

chutes_status
chutes__request_judge(struct chutes__request *request,
                      const struct chutes__transfer_result *result)
{
    chutes_error *error = chutes__request_error(request);
    chutes_status status = result->status;
    int64_t asked_ms;

    error->outcome = result->outcome;
    error->http_status = result->http_status;
    asked_ms = chutes__header_list_retry_after_ms(&request->headers);
    if (asked_ms >= 0) {
        error->retry_after_ms = asked_ms; /* overrides one in an event */
    }
    if (request->http_status != 0 && !chutes__request_is_answer(request) &&
        !is_our_end(result)) {
        return fail_answer(request, result);
    }
    if (status != CHUTES_OK && error->status == CHUTES_OK) {
        return chutes__fail(error, status, "%s", result->message);
    }
    return status;
}

/* Returns -1 if unknown. A stream that arrived in one burst was held back on
 * the way and looks faster than any model is, so its time means nothing. */
static double tokens_per_second(const struct chutes__request *request,
                                int64_t total_us, int64_t tokens)
{
    bool is_stream = request->first_token_us >= 0;
    int64_t spent_us =
        is_stream ? request->last_token_us - request->first_token_us : total_us;
    double rate;

    if (tokens <= 0 || spent_us <= 0) {
        return -1;
    }
    rate = (double)tokens * 1e6 / (double)spent_us;
    return is_stream && rate > MAX_STREAM_RATE ? -1 : rate;
}

chutes_response_info *
chutes__request_info(const struct chutes__request *request,
                     int64_t completion_tokens)
{
    chutes_response_info *info =
        chutes__arena_alloc(request->options.arena, 1, sizeof(*info));

    if (info == NULL || !chutes__header_list_describe(
                            &request->headers, request->options.arena, info)) {
        return NULL;
    }
    info->http_status = request->http_status;
    info->attempts = request->attempts;
    info->model = request->model;
    info->connection_reused = request->is_reused;
    info->timing.connect_us = request->connect_us;
    info->timing.first_byte_us = request->first_byte_us;
    info->timing.first_token_us = request->first_token_us;
    info->timing.total_us = chutes__clock_now_us() - request->started_us;
    info->timing.tokens_per_second =
        tokens_per_second(request, info->timing.total_us, completion_tokens);
    return info;
}
