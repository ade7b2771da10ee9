/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_INTERNAL_H
#define CHUTES_MOCK_DEMO_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/bytes.h"
#include "mock/demo.h"
#include "mock/server.h"
#include "json/reader.h"

struct mock_demo {
    struct mock_demo_options options;
    char *api_key; /* NULL: any */
    struct mock_server *server;
    char url[64];
};

/* One request and what became of it. */
struct mock_demo_exchange {
    const struct mock_demo *demo;
    struct mock_connection *connection;
    const struct mock_request *request;
    int status; /* of the answer; 0: none */
    int events; /* of the stream, so far */
    bool is_stream;
    bool is_broken; /* the connection must be closed */
};

/* The answers; each sends a whole one. */
void mock_demo_answer_chat(struct mock_demo_exchange *exchange);
void mock_demo_answer_embeddings(struct mock_demo_exchange *exchange);
void mock_demo_answer_models(struct mock_demo_exchange *exchange);

/* Sends a JSON answer, and the platform's headers with a status of 200. */
void mock_demo_send_json(struct mock_demo_exchange *exchange, int status,
                         const struct mock_bytes *body);
/* {"detail": …} */
void mock_demo_send_detail(struct mock_demo_exchange *exchange, int status,
                           const char *detail);
/* The 422 of FastAPI for a field of the body. */
void mock_demo_send_missing(struct mock_demo_exchange *exchange,
                            const char *field);

/* What a proxy says of a server behind it that is down. */
void mock_demo_send_html(struct mock_demo_exchange *exchange);

/* A stream: the head, events, the end. False: nothing more is to be sent,
 * because the peer is gone or a fault came first. */
bool mock_demo_begin_stream(struct mock_demo_exchange *exchange);
bool mock_demo_send_event(struct mock_demo_exchange *exchange,
                          const struct mock_bytes *data);
void mock_demo_end_stream(struct mock_demo_exchange *exchange);

/* A name of ours for what the request asks for: `wanted` itself when it is
 * one. */
const char *mock_demo_model(const struct chutes__json_value *wanted,
                            const char *otherwise);

#endif
