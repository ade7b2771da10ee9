/* SPDX-License-Identifier: MIT */
/* POST /embeddings: hashes the words and trigrams of a text into a vector of
 * length 1, so that similar texts get similar vectors. */
#include "mock/demo_internal.h"

#include "base/base64.h"
#include "mock/demo_json.h"
#include "mock/demo_text.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_DIMENSIONS = 256 };
enum { MAX_DIMENSIONS = 4096 };
/* OpenAI has the same limit. */
enum { MAX_INPUTS = 2048 };
/* The rest of a longer word is ignored. */
enum { MAX_WORD = 64 };
enum { BYTES_PER_TOKEN = 4 };

/* Fillers say little about a text. Trigrams make a word similar to its other
 * forms. */
static const double WORD_WEIGHT = 1.0;
static const double FILLER_WEIGHT = 0.15;
static const double TRIGRAM_WEIGHT = 0.35;

struct embedder {
    struct mock_demo_exchange *exchange;
    size_t dimensions;
    bool is_base64;
    bool is_chat; /* it makes one vector */
    size_t tokens;
    size_t count;
    float *vector;
    struct mock_bytes *out;
};

/* Adds the weight to one dimension, or subtracts it, as the hash decides. */
static void add_feature(struct embedder *embedder, const char *text, size_t len,
                        double weight)
{
    uint64_t hash = mock_demo_hash(len, text, len);
    double signed_weight = (hash >> 63) != 0 ? weight : -weight;

    embedder->vector[hash % embedder->dimensions] += (float)signed_weight;
}

static bool is_filler(const char *word)
{
    static const char *const fillers[] = {
        "a",     "an",    "and",  "are", "at",   "be",  "by",   "do",   "does",
        "for",   "from",  "how",  "i",   "in",   "is",  "it",   "my",   "of",
        "on",    "or",    "that", "the", "this", "to",  "was",  "what", "when",
        "where", "which", "who",  "why", "with", "you", "your", NULL};

    for (size_t i = 0; fillers[i] != NULL; i++) {
        if (strcmp(word, fillers[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* `word` is in lower case and has a blank on both sides, so that trigrams
 * differ at the start and the end of a word. */
static void add_word(struct embedder *embedder, char *word, size_t len)
{
    bool filler;

    word[len + 1] = '\0';
    filler = is_filler(word + 1);
    add_feature(embedder, word + 1, len, filler ? FILLER_WEIGHT : WORD_WEIGHT);
    word[len + 1] = ' ';
    for (size_t i = 0; !filler && i + 3 <= len + 2; i++) {
        add_feature(embedder, word + i, 3, TRIGRAM_WEIGHT);
    }
}

/* Letters, digits and all bytes above ASCII. */
static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

static void add_text(struct embedder *embedder, const char *text, size_t len)
{
    char word[MAX_WORD + 3] = " ";
    size_t word_len = 0;

    /* The last step adds a blank, which ends the last word. */
    for (size_t i = 0; i <= len; i++) {
        char c = ' ';

        if (i < len) {
            c = text[i];
        }
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        }
        if (is_word_byte(c) && word_len < MAX_WORD) {
            word[1 + word_len++] = c;
        } else if (!is_word_byte(c) && word_len > 0) {
            add_word(embedder, word, word_len);
            word_len = 0;
        }
    }
}

/* Newton's method, so that the mock needs no libm. */
static double square_root(double square)
{
    double root = square > 1 ? square : 1;

    for (int i = 0; i < 64 && root * root - square > square * 1e-12; i++) {
        root = (root + square / root) / 2;
    }
    return root;
}

static void normalise(struct embedder *embedder)
{
    double sum = 0;
    double length;

    for (size_t i = 0; i < embedder->dimensions; i++) {
        sum += (double)embedder->vector[i] * (double)embedder->vector[i];
    }
    /* A text without words gets a vector of length 1 as well. */
    if (sum == 0) {
        embedder->vector[0] = 1;
        return;
    }
    length = square_root(sum);
    for (size_t i = 0; i < embedder->dimensions; i++) {
        embedder->vector[i] =
            (float)mock_demo_round((double)embedder->vector[i] / length);
    }
}

static void put_floats(const struct embedder *embedder)
{
    (void)mock_bytes_append(embedder->out, "[", 1);
    for (size_t i = 0; i < embedder->dimensions; i++) {
        (void)mock_bytes_append(embedder->out, ",", i > 0 ? 1 : 0);
        mock_demo_put_decimal(embedder->out, (double)embedder->vector[i]);
    }
    (void)mock_bytes_append(embedder->out, "]", 1);
}

/* Writes little-endian float32 numbers on every machine. */
static void put_base64(const struct embedder *embedder)
{
    size_t len = embedder->dimensions * 4;
    unsigned char *bytes = malloc(len);
    size_t text_len = chutes__base64_encoded_len(len);

    if (bytes == NULL || !mock_bytes_reserve(embedder->out, text_len + 2)) {
        embedder->out->failed = true;
        free(bytes);
        return;
    }
    for (size_t i = 0; i < embedder->dimensions; i++) {
        uint32_t bits;

        memcpy(&bits, &embedder->vector[i], sizeof(bits));
        for (size_t k = 0; k < 4; k++) {
            bytes[i * 4 + k] = (unsigned char)(bits >> (8 * k));
        }
    }
    (void)mock_bytes_append(embedder->out, "\"", 1);
    chutes__base64_encode(embedder->out->data + embedder->out->len, bytes, len);
    embedder->out->len += text_len;
    (void)mock_bytes_append(embedder->out, "\"", 1);
    free(bytes);
}

void mock_demo_embed(const char *text, size_t len, float *vector,
                     size_t dimensions)
{
    struct embedder embedder = {.dimensions = dimensions, .vector = vector};

    memset(vector, 0, dimensions * sizeof(*vector));
    add_text(&embedder, text, len);
    normalise(&embedder);
}

/* `text` is a decoded string, or the JSON of token numbers, which are hashed
 * like words. */
static void put_embedding(struct embedder *embedder, const char *text,
                          size_t len)
{
    mock_demo_embed(text, len, embedder->vector, embedder->dimensions);
    (void)mock_bytes_appendf(embedder->out,
                             "%s{\"object\":\"embedding\",\"index\":%zu,"
                             "\"embedding\":",
                             embedder->count > 0 ? "," : "", embedder->count);
    if (embedder->is_base64) {
        put_base64(embedder);
    } else {
        put_floats(embedder);
    }
    (void)mock_bytes_append(embedder->out, "}", 1);
    mock_demo_flush_json(embedder->exchange, embedder->out);
    embedder->count++;
    embedder->tokens += len / BYTES_PER_TOKEN + 1;
}

static void put_input(struct embedder *embedder,
                      const struct chutes__json_value *input)
{
    struct mock_bytes text = {0};

    if (input->type != CHUTES__JSON_STRING) {
        put_embedding(embedder, input->text.data, input->text.len);
        return;
    }
    mock_demo_put_decoded(&text, input);
    put_embedding(embedder, text.data == NULL ? "" : text.data, text.len);
    mock_bytes_dispose(&text);
}

static void put_inputs(struct embedder *embedder,
                       const struct chutes__json_value *input)
{
    struct chutes__json_value first = mock_demo_first(input);
    struct chutes__json_reader reader;

    /* A chat, one text, or the tokens of one text. */
    if (embedder->is_chat || input->type == CHUTES__JSON_STRING ||
        first.type == CHUTES__JSON_NUMBER) {
        put_input(embedder, input);
        return;
    }
    mock_demo_open(&reader, input);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value each;

        chutes__json_read(&reader, &each);
        if (embedder->exchange->is_broken) {
            return;
        }
        put_input(embedder, &each);
    }
}

static bool has_too_many(const struct chutes__json_value *input)
{
    struct chutes__json_reader reader;
    size_t count = 0;

    if (input->type != CHUTES__JSON_ARRAY ||
        mock_demo_first(input).type == CHUTES__JSON_NUMBER) {
        return false;
    }
    mock_demo_open(&reader, input);
    (void)chutes__json_enter_array(&reader);
    while (count <= MAX_INPUTS && chutes__json_next_element(&reader)) {
        chutes__json_skip(&reader);
        count++;
    }
    return count > MAX_INPUTS;
}

static void send_embeddings(struct mock_demo_exchange *exchange,
                            struct embedder *embedder,
                            const struct chutes__json_value *input,
                            const char *model)
{
    struct mock_bytes *body = embedder->out;

    (void)mock_bytes_appendf(body,
                             "{\"id\":\"embd-demo-%d\",\"object\":\"list\","
                             "\"model\":\"%s\",\"data\":[",
                             exchange->request->number, model);
    put_inputs(embedder, input);
    (void)mock_bytes_appendf(body,
                             "],\"usage\":{\"prompt_tokens\":%zu,"
                             "\"total_tokens\":%zu,\"completion_tokens\":0,"
                             "\"prompt_tokens_details\":null}}",
                             embedder->tokens, embedder->tokens);
    mock_demo_end_json(exchange, body);
}

void mock_demo_answer_embeddings(struct mock_demo_exchange *exchange)
{
    const struct chutes__json_value body = mock_demo_body(exchange);
    struct chutes__json_value input = mock_demo_member(&body, "input");
    struct chutes__json_value messages = mock_demo_member(&body, "messages");
    struct chutes__json_value model = mock_demo_member(&body, "model");
    struct chutes__json_value format =
        mock_demo_member(&body, "encoding_format");
    struct chutes__json_value wanted = mock_demo_member(&body, "dimensions");
    int64_t dimensions = mock_demo_integer(&wanted, DEFAULT_DIMENSIONS);
    struct mock_bytes answer = {0};
    struct embedder embedder = {.exchange = exchange,
                                .is_base64 =
                                    mock_demo_string_is(&format, "base64"),
                                .is_chat = messages.type == CHUTES__JSON_ARRAY,
                                .out = &answer};
    const char *name;

    if (embedder.is_chat) {
        input = messages;
    }
    if (input.type != CHUTES__JSON_STRING && input.type != CHUTES__JSON_ARRAY) {
        mock_demo_send_missing(exchange, "input");
        return;
    }
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
        mock_demo_send_detail(exchange, 400,
                              "dimensions must be between 1 and 4096");
        return;
    }
    if (!embedder.is_chat && has_too_many(&input)) {
        mock_demo_send_detail(exchange, 400, "input must be 1 to 2048 texts");
        return;
    }
    name = mock_demo_model(exchange, &model, MOCK_DEMO_EMBEDDING_MODEL);
    if (name == NULL) {
        return;
    }
    embedder.dimensions = (size_t)dimensions;
    embedder.vector = calloc(embedder.dimensions, sizeof(*embedder.vector));
    if (embedder.vector == NULL) {
        mock_demo_send_detail(exchange, 500, "out of memory");
        return;
    }
    send_embeddings(exchange, &embedder, &input, name);
    mock_bytes_dispose(&answer);
    free(embedder.vector);
}
