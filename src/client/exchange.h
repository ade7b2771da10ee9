/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EXCHANGE_H
#define CHUTES_CLIENT_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

#include "base/arena.h"
#include "base/buf.h"
#include "client/client.h"
#include "client/response_info.h"

/* Bytes of a key of 512 characters, and its end. */
enum { CHUTES__KEY_CAPACITY = 513 };

/* Who gets the body of an answer with a success status. A failure ends the
 * exchange with it. */
struct chutes__receiver {
    chutes_status (*on_head)(void *ctx, const char *content_type); /* or NULL */
    chutes_status (*on_body)(void *ctx, const char *bytes, size_t len);
    void *ctx;
};

/* One request and its answer's head, driven to the end on this thread. */
struct chutes__exchange {
    /* Set by the caller. */
    chutes_client *client;
    const struct chutes__url *base;
    const char *path;
    const char *accept;
    const struct chutes__buf *body; /* NULL: GET */
    struct chutes__clocks clocks;
    struct chutes__receiver receiver;
    chutes_error *error; /* filled on failure; never NULL */

    /* The answer. */
    struct chutes__arena *arena; /* of the result: headers go there */
    struct chutes__header_list headers;
    const char *content_type; /* "" when not sent */
    int http_status;          /* 0: no head came */
    struct chutes__buf error_body;
    struct chutes__transfer *transfer; /* NULL once it is done */
    struct chutes__transfer_result result;
    char key[CHUTES__KEY_CAPACITY]; /* sent with it; "": none */
    struct chutes__log log;         /* the client's, behind the key guard */
    int attempts;
    int64_t started_us;
    int64_t first_token_us; /* -1; the receiver's to set */
};

/*
 * Runs it. CHUTES_OK: an answer with a success status ended in good order, as
 * far as HTTP can tell. CHUTES_ERR_TRUNCATED: such an answer was cut. What the
 * receiver returned; the status for an answer that tells of an error; or why
 * there was none. Failures are described in *error, except those of the
 * receiver, which describes its own.
 */
chutes_status chutes__exchange_run(struct chutes__exchange *exchange);

/* The last step of a call, when its error is final: takes the key out of that
 * and wipes it. */
void chutes__exchange_dispose(struct chutes__exchange *exchange);

/* Did the head of an answer with a success status come? */
bool chutes__exchange_is_answer(const struct chutes__exchange *exchange);

/* What the result tells about how it came, in exchange->arena; NULL: out of
 * memory. `completion_tokens`: -1 when unknown. */
const chutes_response_info *
chutes__exchange_info(const struct chutes__exchange *exchange,
                      int64_t completion_tokens);

#endif
