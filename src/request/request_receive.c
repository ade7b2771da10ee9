/* SPDX-License-Identifier: MIT */
/*
 * Receives the answer to an attempt: stores its headers and the body of an
 * error, and passes the body of any other answer to the receiver.
 */
#include "request/request.h"

#include "base/error.h"

enum { PARTIAL_CONTENT = 206 };

/* The memory of the headers stays in the arena of the result, as a request has
 * few attempts. */
void chutes__request_clear_answer(struct chutes__request *request)
{
    request->headers = (struct chutes__header_list){0};
    request->content_type = "";
    request->http_status = 0;
    chutes__buf_clear(&request->error_body);
    chutes__request_clear_error(request);
}

/* Saves the error of a failed callback, as the end of the transfer is reported
 * later. */
static chutes_status keep_failure(struct chutes__request *request,
                                  chutes_status status)
{
    return status == CHUTES_OK || chutes__request_keep_error(request)
               ? status
               : CHUTES_ERR_NO_MEMORY;
}

chutes_status chutes__request_on_header(void *ctx, struct chutes__slice name,
                                        struct chutes__slice value)
{
    struct chutes__request *request = ctx;

    if (!chutes__header_list_add(&request->headers, request->options.arena,
                                 name, value)) {
        return keep_failure(request,
                            chutes__fail_status(chutes__request_error(request),
                                                CHUTES_ERR_NO_MEMORY));
    }
    return CHUTES_OK;
}

/* A header line without a value is not sent. */
static bool asks_for_part(const struct chutes__request_options *options)
{
    static const char name[] = "Range:";

    for (size_t i = 0; i < options->header_count; i++) {
        struct chutes__slice line = chutes__slice_trim(
            chutes__slice_of(options->headers[i]), CHUTES__BLANKS_HTTP);

        if (chutes__slice_starts_with_nocase(line, name) &&
            line.len > sizeof(name) - 1) {
            return true;
        }
    }
    return false;
}

/* Passes the head of an answer on, unless it is that of a part that was not
 * requested. */
static chutes_status accept_head(struct chutes__request *request)
{
    const struct chutes__request_options *options = &request->options;

    if (request->http_status == PARTIAL_CONTENT && !asks_for_part(options)) {
        return chutes__fail(chutes__request_error(request), CHUTES_ERR_PROTOCOL,
                            "HTTP 206: only a part of the answer came, which "
                            "was not requested");
    }
    return options->receiver->on_head == NULL
               ? CHUTES_OK
               : options->receiver->on_head(options->ctx,
                                            request->content_type);
}

chutes_status chutes__request_on_head(void *ctx, int http_status)
{
    struct chutes__request *request = ctx;
    const char *content_type =
        chutes__header_list_find(&request->headers, "Content-Type");

    request->http_status = http_status;
    request->content_type = content_type != NULL ? content_type : "";
    if (!chutes__request_is_answer(request)) {
        /* The status says what happened, so the body is not worth a long
         * wait. */
        chutes__transfer_expect_end(request->transfer);
        return CHUTES_OK;
    }
    return keep_failure(request, accept_head(request));
}

/* The status says what happened. If the body is longer than the limit, the part
 * that fits is enough for the message. */
static chutes_status store_error_body(struct chutes__request *request,
                                      const char *bytes, size_t len)
{
    struct chutes__buf *body = &request->error_body;
    size_t room = body->limit - body->len;

    if (len > room) {
        len = room;
        chutes__transfer_complete(request->transfer);
    }
    return chutes__buf_append(body, bytes, len);
}

/* The body of an answer with a failure status never reaches the receiver. */
chutes_status chutes__request_on_body(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__request *request = ctx;
    chutes_status status;

    if (chutes__request_is_answer(request)) {
        return keep_failure(request, request->options.receiver->on_data(
                                         request->options.ctx, bytes, len));
    }
    status = store_error_body(request, bytes, *len);
    if (status != CHUTES_OK) {
        chutes__fail_status(chutes__request_error(request), status);
    }
    return keep_failure(request, status);
}
