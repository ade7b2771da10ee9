/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_JSON_REQUEST_H
#define CHUTES_REQUEST_JSON_REQUEST_H

#include "base/slice.h"
#include "request/request.h"

/* Receives an answer that is one JSON document. The functions are called from
 * within a step of the engine. */
struct chutes__json_receiver {
    /* Another attempt follows: discard the answer to the last one. May be
     * NULL. */
    void (*on_restart)(void *ctx);
    /* `answer` has grown by len bytes at its end. The receiver may remove bytes
     * that it no longer needs. Fails like on_data of struct chutes__receiver.
     * May be NULL. */
    chutes_status (*on_growth)(void *ctx, struct chutes__buf *answer,
                               size_t len);
    /* Decodes the whole answer, or what on_growth has left of it. Describes a
     * failure in `error`. */
    chutes_status (*decode)(void *ctx, struct chutes__slice answer,
                            chutes_error *error);
    /* As in chutes__receiver. */
    void (*on_done)(void *ctx, chutes_status status, const chutes_error *error);
    enum chutes__crowding (*judge_crowding)(void *ctx);
    bool (*is_cancelled)(void *ctx);
    /* Receives an answer that is a stream of events with on_data and on_end,
     * and on_restart before another attempt. NULL: any answer is read as a
     * document. */
    const struct chutes__receiver *stream;
    /* The most bytes of an answer, even if max_response_bytes allows more. 0:
     * only max_response_bytes counts. */
    size_t max_answer;
};

/* A request whose answer is one JSON document. Collects the answer, so that an
 * endpoint only has to encode and to decode. */
struct chutes__json_request {
    struct chutes__request request;
    struct chutes__buf answer; /* or whatever the receiver of a stream stores */
    bool is_stream;
    size_t removed;             /* bytes that on_growth removed from it */
    struct chutes__arena arena; /* the result's, for `decode` */
    const struct chutes__json_receiver *receiver;
    void *ctx;
};

/* Like chutes__request_start(), but sets `receiver` and `ctx` of the options
 * itself. If `accept` is NULL, it asks for JSON; if `arena` is NULL, it uses
 * its own. */
chutes_status
chutes__json_request_start(struct chutes__json_request *json,
                           struct chutes__request_queue *queue,
                           struct chutes__request_options options,
                           const struct chutes__json_receiver *receiver,
                           void *ctx, chutes_error *error);

/* Returns the length of a byte order mark in front of JSON, which some servers
 * write, or 0. */
size_t chutes__json_request_mark_len(const struct chutes__buf *answer);

/* Frees its memory. The request must be zeroed, done, or not started. */
void chutes__json_request_dispose(struct chutes__json_request *json);

#endif
