/* SPDX-License-Identifier: MIT */
/* The other endpoints of engines: POST /rerank, /score, /classify, /tokenize
 * and /detokenize, in vLLM's form. Texts are compared by their hashed vectors,
 * and a token is a byte. */
#include "mock/demo_internal.h"

#include "mock/demo_json.h"

#include <string.h>

enum { DIMENSIONS = 256 };
enum { MAX_BYTE = 255 };
enum { CONTEXT_LENGTH = 8192 };

/* The answer that is being written. */
struct engine {
    struct mock_demo_exchange *exchange;
    struct chutes__json_value body;
    struct mock_bytes out;
    size_t count; /* entries so far */
    size_t tokens;
};

/* Writes the entry of a text. */
typedef void (*put_fn)(struct engine *engine,
                       const struct chutes__json_value *text,
                       const float *query);

static struct engine begin(struct mock_demo_exchange *exchange)
{
    return (struct engine){.exchange = exchange,
                           .body = mock_demo_body(exchange)};
}

/* Sends the answer unless the model is unknown. */
static void finish(struct engine *engine)
{
    const struct chutes__json_value model =
        mock_demo_member(&engine->body, "model");

    if (mock_demo_model(engine->exchange, &model, MOCK_DEMO_EMBEDDING_MODEL) !=
        NULL) {
        mock_demo_send_json(engine->exchange, 200, &engine->out);
    }
    mock_bytes_dispose(&engine->out);
}

/* Calls `put` for a text, or for each element of an array. Anything
 * but a string counts as an empty text. */
static void for_each(struct engine *engine,
                     const struct chutes__json_value *texts, put_fn put,
                     const float *query)
{
    struct chutes__json_reader reader;

    if (texts->type != CHUTES__JSON_ARRAY) {
        put(engine, texts, query);
        return;
    }
    mock_demo_open(&reader, texts);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value each;

        chutes__json_read(&reader, &each);
        if (each.type != CHUTES__JSON_STRING) {
            each.text.len = 0;
        }
        (void)mock_bytes_append(&engine->out, ",", engine->count > 0 ? 1 : 0);
        put(engine, &each, query);
        engine->count++;
    }
}

/* Answers with a list that has an entry for each of the texts. */
static void answer_list(struct engine *engine, const char *kind,
                        const char *list,
                        const struct chutes__json_value *texts, put_fn put,
                        const float *query)
{
    (void)mock_bytes_appendf(&engine->out,
                             "{\"id\":\"%s-demo-%d\",\"object\":\"list\","
                             "\"model\":\"" MOCK_DEMO_EMBEDDING_MODEL
                             "\",\"%s\":[",
                             kind, engine->exchange->request->number, list);
    for_each(engine, texts, put, query);
    (void)mock_bytes_appendf(
        &engine->out,
        "],\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu}}",
        engine->tokens, engine->tokens);
    finish(engine);
}

/* ---- how alike texts are ------------------------------------------------- */

static void embed(struct engine *engine, const struct chutes__json_value *text,
                  float *vector)
{
    struct mock_bytes decoded = {0};

    mock_demo_put_decoded(&decoded, text);
    engine->tokens += decoded.len;
    mock_demo_embed(decoded.data != NULL ? decoded.data : "", decoded.len,
                    vector, DIMENSIONS);
    mock_bytes_dispose(&decoded);
}

static void put_likeness(struct engine *engine,
                         const struct chutes__json_value *text,
                         const float *query)
{
    float vector[DIMENSIONS];
    double sum = 0;

    embed(engine, text, vector);
    for (size_t i = 0; i < DIMENSIONS; i++) {
        sum += (double)vector[i] * (double)query[i];
    }
    mock_demo_put_decimal(&engine->out, sum);
}

static void put_result(struct engine *engine,
                       const struct chutes__json_value *text,
                       const float *query)
{
    (void)mock_bytes_appendf(&engine->out,
                             "{\"index\":%zu,\"document\":{\"text\":\"%.*s\"},"
                             "\"relevance_score\":",
                             engine->count, (int)text->text.len,
                             text->text.data);
    put_likeness(engine, text, query);
    (void)mock_bytes_append(&engine->out, "}", 1);
}

static void put_score(struct engine *engine,
                      const struct chutes__json_value *text, const float *query)
{
    (void)mock_bytes_appendf(
        &engine->out,
        "{\"index\":%zu,\"object\":\"score\",\"score\":", engine->count);
    put_likeness(engine, text, query);
    (void)mock_bytes_append(&engine->out, "}", 1);
}

/* The name of an endpoint that compares texts with a query, and the names of
 * members in its requests and answers. */
struct comparison {
    const char *kind;
    const char *query;
    const char *texts;
    const char *list;
    put_fn put;
};

static void answer_comparison(struct mock_demo_exchange *exchange,
                              const struct comparison *names)
{
    struct engine engine = begin(exchange);
    const struct chutes__json_value query =
        mock_demo_member(&engine.body, names->query);
    const struct chutes__json_value texts =
        mock_demo_member(&engine.body, names->texts);
    bool has_texts = texts.type == CHUTES__JSON_STRING ||
                     mock_demo_first(&texts).type == CHUTES__JSON_STRING;
    float vector[DIMENSIONS];

    if (query.type != CHUTES__JSON_STRING || !has_texts) {
        mock_demo_send_missing(exchange, query.type != CHUTES__JSON_STRING
                                             ? names->query
                                             : names->texts);
        return;
    }
    embed(&engine, &query, vector);
    answer_list(&engine, names->kind, names->list, &texts, names->put, vector);
}

/* Unlike vLLM, this doesn't sort the results, and ignores `top_n`. */
void mock_demo_answer_rerank(struct mock_demo_exchange *exchange)
{
    static const struct comparison names = {"rerank", "query", "documents",
                                            "results", put_result};

    answer_comparison(exchange, &names);
}

void mock_demo_answer_score(struct mock_demo_exchange *exchange)
{
    static const struct comparison names = {"score", "text_1", "text_2", "data",
                                            put_score};

    answer_comparison(exchange, &names);
}

/* ---- classes ------------------------------------------------------------- */

/* A text that has a question mark is called a question. */
static void put_class(struct engine *engine,
                      const struct chutes__json_value *text, const float *query)
{
    bool asks = memchr(text->text.data, '?', text->text.len) != NULL;

    (void)query;
    engine->tokens += text->text.len;
    (void)mock_bytes_appendf(&engine->out,
                             "{\"index\":%zu,\"label\":\"%s\",\"probs\":[%s],"
                             "\"num_classes\":2}",
                             engine->count, asks ? "question" : "statement",
                             asks ? "0.1,0.9" : "0.9,0.1");
}

void mock_demo_answer_classify(struct mock_demo_exchange *exchange)
{
    struct engine engine = begin(exchange);
    const struct chutes__json_value input =
        mock_demo_member(&engine.body, "input");

    if (input.type != CHUTES__JSON_STRING && input.type != CHUTES__JSON_ARRAY) {
        mock_demo_send_missing(exchange, "input");
        return;
    }
    answer_list(&engine, "classify", "data", &input, put_class, NULL);
}

/* ---- tokens -------------------------------------------------------------- */

/* The contents of messages are joined by line ends, instead of a template. */
static void join_messages(struct mock_bytes *text,
                          const struct chutes__json_value *messages)
{
    struct chutes__json_reader reader;

    mock_demo_open(&reader, messages);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value message;
        struct chutes__json_value content;

        chutes__json_read(&reader, &message);
        content = mock_demo_member(&message, "content");
        if (content.type == CHUTES__JSON_STRING) {
            mock_demo_put_decoded(text, &content);
            (void)mock_bytes_append(text, "\n", 1);
        }
    }
}

static void put_tokens(struct engine *engine, const struct mock_bytes *text)
{
    bool has_strings = mock_demo_is_true(&engine->body, "return_token_strs");

    (void)mock_bytes_appendf(&engine->out,
                             "{\"count\":%zu,\"max_model_len\":%d,\"tokens\":[",
                             text->len, CONTEXT_LENGTH);
    for (size_t i = 0; i < text->len; i++) {
        (void)mock_bytes_appendf(&engine->out, "%s%u", i > 0 ? "," : "",
                                 (unsigned char)text->data[i]);
    }
    (void)mock_bytes_appendf(&engine->out, "],\"token_strs\":%s",
                             has_strings ? "[" : "null");
    for (size_t i = 0; has_strings && i < text->len; i++) {
        (void)mock_bytes_appendf(&engine->out, "%s\"<0x%02X>\"",
                                 i > 0 ? "," : "",
                                 (unsigned char)text->data[i]);
    }
    (void)mock_bytes_append(&engine->out, has_strings ? "]}" : "}",
                            has_strings ? 2 : 1);
}

void mock_demo_answer_tokenize(struct mock_demo_exchange *exchange)
{
    struct engine engine = begin(exchange);
    const struct chutes__json_value prompt =
        mock_demo_member(&engine.body, "prompt");
    const struct chutes__json_value messages =
        mock_demo_member(&engine.body, "messages");
    struct mock_bytes text = {0};

    if (prompt.type == CHUTES__JSON_STRING) {
        mock_demo_put_decoded(&text, &prompt);
    } else if (messages.type == CHUTES__JSON_ARRAY) {
        join_messages(&text, &messages);
    } else {
        mock_demo_send_missing(exchange, "prompt");
        return;
    }
    put_tokens(&engine, &text);
    mock_bytes_dispose(&text);
    finish(&engine);
}

void mock_demo_answer_detokenize(struct mock_demo_exchange *exchange)
{
    struct engine engine = begin(exchange);
    const struct chutes__json_value tokens =
        mock_demo_member(&engine.body, "tokens");
    struct chutes__json_reader reader;
    struct mock_bytes text = {0};

    if (tokens.type != CHUTES__JSON_ARRAY) {
        mock_demo_send_missing(exchange, "tokens");
        return;
    }
    mock_demo_open(&reader, &tokens);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value each;
        int64_t token;

        chutes__json_read(&reader, &each);
        token = mock_demo_integer(&each, -1);
        if (token < 0 || token > MAX_BYTE) {
            mock_bytes_dispose(&text);
            mock_demo_send_detail(exchange, 400, "tokens must be 0 to 255");
            return;
        }
        (void)mock_bytes_append(&text, &(unsigned char){(unsigned char)token},
                                1);
    }
    (void)mock_bytes_append(&engine.out, "{\"prompt\":", 10);
    mock_demo_put_string(&engine.out, text.data != NULL ? text.data : "",
                         text.len);
    (void)mock_bytes_append(&engine.out, "}", 1);
    mock_bytes_dispose(&text);
    finish(&engine);
}
