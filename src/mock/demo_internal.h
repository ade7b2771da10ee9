/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_INTERNAL_H
#define CHUTES_MOCK_DEMO_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "mock/bytes.h"
#include "mock/demo.h"
#include "mock/server.h"
#include "json/reader.h"

/* What one answer generates at most, whatever the request asks for: `length` is
 * then its finish reason. */
enum {
    MOCK_DEMO_TOKENS_MAX = 8192,
    MOCK_DEMO_TEXT_MAX = 64 * 1024, /* bytes of each choice */
    MOCK_DEMO_BODY_MAX = 64 * 1024 * 1024,
};

struct mock_demo {
    struct mock_demo_options options;
    atomic_int active; /* requests being answered */
    char *api_key;     /* NULL: any */
    struct mock_server *server;
    char url[64];
};

/* One request and what became of it. */
struct mock_demo_exchange {
    struct mock_demo *demo;
    struct mock_connection *connection;
    const struct mock_request *request;
    int status; /* of the answer; 0: none */
    int events; /* of the stream, so far */
    bool is_stream;
    bool is_chunked; /* the head went out, and pieces of the body */
    bool is_broken;  /* the connection must be closed */
};

/* The answers; each sends a whole one. */
void mock_demo_answer_chat(struct mock_demo_exchange *exchange);
void mock_demo_answer_embeddings(struct mock_demo_exchange *exchange);
void mock_demo_answer_models(struct mock_demo_exchange *exchange);
void mock_demo_answer_model(struct mock_demo_exchange *exchange);

/* Sends a JSON answer, and the platform's headers with a status of 200. */
void mock_demo_send_json(struct mock_demo_exchange *exchange, int status,
                         const struct mock_bytes *body);
/* The answer of 200 to a request in pieces, so that a large one is never in
 * memory: flushing sends what `body` holds once that is much, and empties it.
 */
void mock_demo_flush_json(struct mock_demo_exchange *exchange,
                          struct mock_bytes *body);
void mock_demo_end_json(struct mock_demo_exchange *exchange,
                        struct mock_bytes *body);
/* {"detail": …} */
void mock_demo_send_detail(struct mock_demo_exchange *exchange, int status,
                           const char *detail);
/* The 422 of FastAPI for a field of the body. */
void mock_demo_send_missing(struct mock_demo_exchange *exchange,
                            const char *field);

/* What a proxy says of a server behind it: 502 or 504. */
void mock_demo_send_html(struct mock_demo_exchange *exchange, int status);
/* What LiteLLM says of a key whose budget is used up. */
void mock_demo_send_budget(struct mock_demo_exchange *exchange);
/* 404, for a model that isn't there. */
void mock_demo_send_no_model(struct mock_demo_exchange *exchange,
                             const char *name, size_t len);

/* A stream: the head, events, the end. False: nothing more is to be sent,
 * because the peer is gone or a fault came first. */
bool mock_demo_begin_stream(struct mock_demo_exchange *exchange);
bool mock_demo_send_event(struct mock_demo_exchange *exchange,
                          const struct mock_bytes *data);
void mock_demo_end_stream(struct mock_demo_exchange *exchange);

/* The model that answers for `wanted`: itself, or `otherwise` for the command's
 * default models and where none is named. NULL when there is no such model: a
 * 404 was sent. */
const char *mock_demo_model(struct mock_demo_exchange *exchange,
                            const struct chutes__json_value *wanted,
                            const char *otherwise);

#endif
