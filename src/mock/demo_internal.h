/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_INTERNAL_H
#define CHUTES_MOCK_DEMO_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "mock/bytes.h"
#include "mock/demo.h"
#include "mock/demo_state.h"
#include "mock/server.h"
#include "json/reader.h"

/* Limits of one answer, whatever the request asks for. An answer that reaches
 * one finishes with `length`. */
enum {
    MOCK_DEMO_MAX_TOKENS = 8192,
    MOCK_DEMO_MAX_TEXT = 64 * 1024, /* bytes of each choice */
};

/* Larger requests are answered 413. */
enum { MOCK_DEMO_MAX_BODY = 64 * 1024 * 1024 };

/* The id of the account's chute. */
#define MOCK_DEMO_CHUTE "00000000-0000-4000-8000-000000000001"
#define MOCK_DEMO_CHUTE_NAME "demo/chute"

struct mock_demo {
    struct mock_demo_options options;
    atomic_int active; /* requests being answered */
    char *api_key;     /* NULL: any */
    struct mock_server *server;
    char url[64];
    struct mock_demo_state state;
};

/* One request and its answer so far. */
struct mock_demo_exchange {
    struct mock_demo *demo;
    struct mock_connection *connection;
    const struct mock_request *request;
    int status; /* sent to the peer; 0: none */
    int events; /* sent in the stream */
    bool is_stream;
    bool is_chunked; /* the head of a JSON answer in pieces was sent */
    bool is_broken;  /* the connection must be closed */
};

/* One function per endpoint. Each sends a whole answer. */
void mock_demo_answer_chat(struct mock_demo_exchange *exchange);
void mock_demo_answer_complete(struct mock_demo_exchange *exchange);
void mock_demo_answer_embeddings(struct mock_demo_exchange *exchange);
void mock_demo_answer_rerank(struct mock_demo_exchange *exchange);
void mock_demo_answer_score(struct mock_demo_exchange *exchange);
void mock_demo_answer_classify(struct mock_demo_exchange *exchange);
void mock_demo_answer_tokenize(struct mock_demo_exchange *exchange);
void mock_demo_answer_detokenize(struct mock_demo_exchange *exchange);
void mock_demo_answer_generate(struct mock_demo_exchange *exchange);
void mock_demo_answer_openai_image(struct mock_demo_exchange *exchange);
void mock_demo_answer_image_edit(struct mock_demo_exchange *exchange);
void mock_demo_answer_video(struct mock_demo_exchange *exchange);
void mock_demo_answer_speak(struct mock_demo_exchange *exchange);
void mock_demo_answer_openai_speech(struct mock_demo_exchange *exchange);
void mock_demo_answer_transcribe(struct mock_demo_exchange *exchange);
void mock_demo_answer_transcription(struct mock_demo_exchange *exchange);
void mock_demo_answer_models(struct mock_demo_exchange *exchange);
void mock_demo_answer_model(struct mock_demo_exchange *exchange);
void mock_demo_answer_user(struct mock_demo_exchange *exchange);
void mock_demo_answer_subscription(struct mock_demo_exchange *exchange);
void mock_demo_answer_quotas(struct mock_demo_exchange *exchange);
void mock_demo_answer_discounts(struct mock_demo_exchange *exchange);
void mock_demo_answer_usage(struct mock_demo_exchange *exchange);
void mock_demo_answer_pricing(struct mock_demo_exchange *exchange);
void mock_demo_answer_chutes(struct mock_demo_exchange *exchange);
void mock_demo_answer_chute(struct mock_demo_exchange *exchange);
void mock_demo_answer_code(struct mock_demo_exchange *exchange);
void mock_demo_answer_warmup(struct mock_demo_exchange *exchange);
void mock_demo_answer_template(struct mock_demo_exchange *exchange);
void mock_demo_answer_deploy(struct mock_demo_exchange *exchange);
void mock_demo_answer_aliases(struct mock_demo_exchange *exchange);
void mock_demo_answer_set_alias(struct mock_demo_exchange *exchange);
void mock_demo_answer_delete_alias(struct mock_demo_exchange *exchange);
void mock_demo_answer_start(struct mock_demo_exchange *exchange);
void mock_demo_answer_operation(struct mock_demo_exchange *exchange);
void mock_demo_answer_cancel(struct mock_demo_exchange *exchange);
void mock_demo_answer_llms_text(struct mock_demo_exchange *exchange);
void mock_demo_answer_openapi(struct mock_demo_exchange *exchange);
void mock_demo_answer_stats(struct mock_demo_exchange *exchange);

/* Turns a text into a vector of length 1. */
void mock_demo_embed(const char *text, size_t len, float *vector,
                     size_t dimensions);

/* Returns the body of a request, which is known to be a JSON object. */
static inline struct chutes__json_value
mock_demo_body(const struct mock_demo_exchange *exchange)
{
    return (struct chutes__json_value){
        .type = CHUTES__JSON_OBJECT,
        .text = {exchange->request->body, exchange->request->body_len}};
}

/* Returns false after an answer to a request without this string. */
bool mock_demo_has_text(struct mock_demo_exchange *exchange, const char *name);

/* Appends an MP4 file. */
void mock_demo_put_film(struct mock_bytes *out);

/* Sends an answer. `headers` is empty or ends with CR LF. */
void mock_demo_send(struct mock_demo_exchange *exchange, int status,
                    const char *type, const char *headers,
                    const struct mock_bytes *body);
/* Sends a file, or the part of it that the request asks for. */
void mock_demo_send_range(struct mock_demo_exchange *exchange, const char *type,
                          const struct mock_bytes *file);
/* Sends a JSON answer; one with status 200 has the platform's headers. */
void mock_demo_send_json(struct mock_demo_exchange *exchange, int status,
                         const struct mock_bytes *body);
/* Sends a file of a media type, with status 200. */
void mock_demo_send_file(struct mock_demo_exchange *exchange, const char *type,
                         const struct mock_bytes *body);
/* Send a JSON answer with status 200 in pieces, so that a large one is never
 * in memory as a whole. Flushing sends and empties `body` once it is large. */
void mock_demo_flush_json(struct mock_demo_exchange *exchange,
                          struct mock_bytes *body);
void mock_demo_end_json(struct mock_demo_exchange *exchange,
                        struct mock_bytes *body);
/* Sends {"detail": …} with a status. */
void mock_demo_send_detail(struct mock_demo_exchange *exchange, int status,
                           const char *detail);
/* Sends FastAPI's 422 for a missing field of the body. */
void mock_demo_send_missing(struct mock_demo_exchange *exchange,
                            const char *field);

/* Sends the page of a proxy whose server failed: 502 or 504. */
void mock_demo_send_html(struct mock_demo_exchange *exchange, int status);
/* Sends LiteLLM's error for a key that exceeded its budget. */
void mock_demo_send_budget(struct mock_demo_exchange *exchange);
/* Sends a 404 for an unknown model. */
void mock_demo_send_no_model(struct mock_demo_exchange *exchange,
                             const char *name, size_t len);

/* Send the head, the events and the end of a stream. False means that the
 * stream is over, because the peer is gone or a fault came first. */
bool mock_demo_begin_stream(struct mock_demo_exchange *exchange);
bool mock_demo_send_event(struct mock_demo_exchange *exchange,
                          const struct mock_bytes *data);
void mock_demo_end_stream(struct mock_demo_exchange *exchange);

/* Returns the model that answers for `wanted`: itself, or `otherwise` if none
 * is named or it is a default model of the command. Returns NULL after sending
 * a 404 if the model is unknown. */
const char *mock_demo_model(struct mock_demo_exchange *exchange,
                            const struct chutes__json_value *wanted,
                            const char *otherwise);

#endif
