/* SPDX-License-Identifier: MIT */
/*
 * Receives the answer to an attempt: stores its headers and the body of an
 * error, and passes the body of any other answer to the receiver.
 */
#include "request/request.h"

#include "base/error.h"

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

chutes_status chutes__request_on_head(void *ctx, int http_status)
{
    struct chutes__request *request = ctx;
    const struct chutes__receiver *receiver = request->options.receiver;
    const char *content_type =
        chutes__header_list_find(&request->headers, "Content-Type");

    request->http_status = http_status;
    request->content_type = content_type != NULL ? content_type : "";
    if (!chutes__request_is_answer(request) || receiver->on_head == NULL) {
        return CHUTES_OK;
    }
    return keep_failure(request, receiver->on_head(request->options.ctx,
                                                   request->content_type));
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
