/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <chutes/json.h>

#include "base/error.h"
#include "codec/account.h"
#include "codec/api_error.h"
#include "codec/chunk.h"
#include "codec/elements.h"
#include "codec/embed_answer.h"
#include "codec/logprobs.h"
#include "codec/models_answer.h"
#include "codec/openapi.h"
#include "codec/operation_answer.h"
#include "codec/warmup.h"

enum { MAX_DEPTH = 64, MAX_CHOICES = 16, EXPECTED = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_choice(const struct chutes__chunk_choice *choice,
                        struct chutes__arena *arena)
{
    struct chutes__logprobs logprobs;
    struct chutes__json_reader reader;
    struct chutes__tool_delta delta;
    struct chutes__json_half half = {0};
    struct chutes__buf text;

    chutes__buf_init(&text, SIZE_MAX);
    for (int wanted = 0; wanted <= CHUTES__CHUNK_REASONING; wanted++) {
        assert(chutes__chunk_append_text(&choice->content,
                                         (enum chutes__chunk_text)wanted, &half,
                                         &text) == CHUTES_OK);
    }
    chutes__buf_dispose(&text);
    if (choice->logprobs_content.type == CHUTES__JSON_ARRAY) {
        chutes__logprobs_init(&logprobs);
        chutes__buf_init(&text, SIZE_MAX);
        assert(chutes__logprobs_take(&logprobs, choice->logprobs_content.text,
                                     &text) == CHUTES_OK);
        chutes__arena_join(arena, &logprobs.arena);
        chutes__logprobs_dispose(&logprobs);
        chutes__buf_dispose(&text);
    }
    if (choice->tool_calls.type == CHUTES__JSON_ARRAY) {
        chutes__elements_open(&reader, choice->tool_calls.text);
        while (chutes__tool_delta_next(&reader, &delta)) {
        }
    }
}

/* The bytes behind the end of a text must be zero: a secret could be left in
 * them. */
static void check_field(const char *text, size_t size)
{
    size_t len = strnlen(text, size);

    assert(len < size);
    for (; len < size; len++) {
        assert(text[len] == '\0');
    }
}

static void check_error(const chutes_error *error)
{
    check_field(error->code, sizeof(error->code));
    check_field(error->type, sizeof(error->type));
    check_field(error->param, sizeof(error->param));
    check_field(error->request_id, sizeof(error->request_id));
    check_field(error->message, sizeof(error->message));
    check_field(error->reserved, sizeof(error->reserved));
}

static chutes_status decode_embed(struct chutes__slice text, size_t piece,
                                  chutes_error *error)
{
    struct chutes__rows rows;
    const struct chutes__embed_shape shape = {&rows, 0, EXPECTED, 0};
    struct chutes__embed_answer answer;
    struct chutes__embed_summary told;
    struct chutes__arena arena;
    struct chutes__buf rest;
    chutes_status status;

    chutes__rows_init(&rows, EXPECTED);
    chutes__embed_answer_init(&answer, shape, MAX_DEPTH);
    chutes__arena_init(&arena);
    chutes__buf_init(&rest, SIZE_MAX);
    answer.batch = answer.next_try = piece;
    for (size_t at = 0; at < text.len; at += piece) {
        size_t left = text.len - at;
        size_t len = piece < left ? piece : left;

        assert(chutes__buf_append(&rest, text.data + at, len) == CHUTES_OK);
        rows.received += len;
        chutes__embed_answer_consume(&answer, &rest);
    }
    status = chutes__embed_answer_finish(
        &answer, (struct chutes__slice){rest.data, rest.len}, &arena, &told,
        error);
    chutes__embed_answer_clear(&answer);
    chutes__rows_dispose(&rows);
    chutes__buf_dispose(&rest);
    chutes__arena_dispose(&arena);
    return status;
}

/* Reading an answer piece by piece must give the same result as reading it at
 * once. */
static void compare_embed(struct chutes__slice text)
{
    chutes_error whole;
    chutes_error pieces;
    chutes_status status;

    chutes__error_clear(&whole);
    status = decode_embed(text, text.len + 1, &whole);
    assert(status != CHUTES_ERR_NO_MEMORY);
    for (size_t piece = 1; piece <= 64; piece *= 4) {
        chutes__error_clear(&pieces);
        assert(decode_embed(text, piece, &pieces) == status);
        assert(strcmp(pieces.message, whole.message) == 0);
    }
}

static void read_account(struct chutes__slice text, struct chutes__arena *arena)
{
    chutes_account account;
    chutes_error error;

    chutes__account_clear(&account);
    for (size_t part = 0; part < CHUTES__ACCOUNT_PARTS; part++) {
        chutes__error_clear(&error);
        assert(chutes__decode_account(part, text, MAX_DEPTH, arena, &account,
                                      &error) != CHUTES_ERR_NO_MEMORY);
        check_error(&error);
    }
}

static void read_warmup(struct chutes__slice text, struct chutes__arena *arena)
{
    chutes_warmup_state state = {"", "", 0, 0};
    chutes_error error;

    chutes__error_clear(&error);
    assert(chutes__warmup_decode(text, MAX_DEPTH, arena, &state, &error) !=
           CHUTES_ERR_NO_MEMORY);
    check_error(&error);
}

static void read_operation(struct chutes__slice text,
                           struct chutes__arena *arena)
{
    chutes_operation operation;
    chutes_error error;
    const char *url;

    chutes__error_clear(&error);
    if (chutes__decode_operation(text, MAX_DEPTH, "https://a/b/c", arena,
                                 &operation, &error) == CHUTES_OK) {
        chutes_status status = chutes__operation_judge(&operation, &error);

        assert((status == CHUTES_OK) == (error.message[0] == '\0'));
    }
    check_error(&error);
    assert(chutes__operation_find_url(text, MAX_DEPTH, arena, &url));
}

static void read_openapi(struct chutes__slice text, struct chutes__arena *arena)
{
    chutes_chute_description description;
    chutes_error error;

    memset(&description, 0, sizeof(description));
    chutes__error_clear(&error);
    assert(chutes__decode_openapi(text, MAX_DEPTH, arena, &description,
                                  &error) != CHUTES_ERR_NO_MEMORY);
    check_error(&error);
}

/* Each value that the iterator returns is valid JSON, and an element is found
 * by its index too. */
static void iterate(struct chutes__slice text, const char *path)
{
    chutes_json_iterator item;
    char element[32];
    size_t len;

    chutes_json_iterate(&item, text.data, text.len, path);
    while (chutes_json_next(&item)) {
        assert(item.value >= text.data &&
               item.value + item.value_len <= text.data + text.len);
        assert(chutes__json_is_valid_answer(item.value, item.value_len,
                                            CHUTES__JSON_MAX_DEPTH));
        if (item.key == NULL && path[0] == '\0' && item.index < 10) {
            snprintf(element, sizeof(element), "[%zu]", item.index);
            assert(chutes_json_find(text.data, text.len, element, &len) ==
                       item.value &&
                   len == item.value_len);
        }
    }
}

static void read_values(struct chutes__slice text)
{
    static const char *const paths[] = {"", "[0]", "data[0].id", "error.code"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        size_t len;
        const char *value =
            chutes_json_find(text.data, text.len, paths[i], &len);
        int64_t integer;
        double number;

        assert(value == NULL
                   ? len == 0
                   : value >= text.data && value + len <= text.data + text.len);
        if (chutes_json_get_int64(text.data, text.len, paths[i], &integer)) {
            assert(
                chutes_json_get_double(text.data, text.len, paths[i], &number));
        }
        chutes_string_free(
            chutes_json_get_string(text.data, text.len, paths[i]));
        iterate(text, paths[i]);
    }
}

/* Runs every decoder of answers on the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    chutes_models_response models;
    struct chutes__arena arena;
    struct chutes__chunk chunk;
    chutes_error error;
    size_t i;

    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    chutes__chunk_init(&chunk, MAX_CHOICES);
    if (chutes__chunk_parse(&chunk, text, size, MAX_DEPTH) == CHUTES_OK) {
        for (i = 0; i < chunk.choice_count; i++) {
            read_choice(&chunk.choices[i], &arena);
        }
        assert(chutes__api_error_read(text, size, false, &error) ||
               !chunk.is_error);
        assert(
            !chutes__chunk_carries_text(text, size, CHUTES__CHUNK_IN_EVENT) ||
            chutes__chunk_carries_text(text, size, CHUTES__CHUNK_BARE));
    }
    chutes__chunk_dispose(&chunk);
    assert(chutes__api_error_read(text, size, true, &error));
    chutes__api_error_read_body(429, NULL, text, size, &error);
    assert(error.message[0] != '\0');
    check_error(&error);
    compare_embed((struct chutes__slice){text, size});
    assert(chutes__decode_models(text, size, MAX_DEPTH, &arena, &models,
                                 &error) != CHUTES_ERR_NO_MEMORY);
    read_operation((struct chutes__slice){text, size}, &arena);
    read_openapi((struct chutes__slice){text, size}, &arena);
    read_account((struct chutes__slice){text, size}, &arena);
    read_warmup((struct chutes__slice){text, size}, &arena);
    read_values((struct chutes__slice){text, size});
    chutes__arena_dispose(&arena);
    return 0;
}
