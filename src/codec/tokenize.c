/* SPDX-License-Identifier: MIT */
/* Splits texts into tokens, as vLLM and SGLang do. */
#include <chutes/tokenize.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/elements.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/usage.h"

CHUTES__ASSERT_ENDPOINT(chutes_tokenize_params, chutes_tokenize_response,
                        raw_json);

void chutes_tokenize_params_init(chutes_tokenize_params *params, size_t size)
{
    static const chutes_tokenize_params DEFAULTS = {
        .message_size = sizeof(chutes_message),
        .add_special_tokens = CHUTES_UNSET,
        .add_generation_prompt = CHUTES_UNSET,
        .return_token_texts = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the request --------------------------------------------------------- */

static void add_messages(struct chutes__encoder *encoder,
                         const chutes_tokenize_params *params)
{
    chutes__encode_messages(encoder, params->messages, params->message_count,
                            params->message_size);
    chutes__encoder_add_flag(encoder, "add_generation_prompt",
                             "add_generation_prompt",
                             params->add_generation_prompt);
}

static void add_text(struct chutes__encoder *encoder, const void *of_tokenize)
{
    const chutes_tokenize_params *params = of_tokenize;

    if ((params->prompt != NULL) == (params->messages != NULL)) {
        chutes__encoder_refuse(encoder, "prompt",
                               params->prompt == NULL
                                   ? "and messages must not both be NULL"
                                   : "excludes messages");
    } else if (params->messages != NULL) {
        add_messages(encoder, params);
    } else {
        chutes__encoder_add(encoder, "prompt", params->prompt);
        if (params->add_generation_prompt != CHUTES_UNSET) {
            chutes__encoder_refuse(encoder, "add_generation_prompt",
                                   "needs messages");
        }
    }
    chutes__encoder_add_flag(encoder, "add_special_tokens",
                             "add_special_tokens", params->add_special_tokens);
    chutes__encoder_add_flag(encoder, "return_token_strs", "return_token_texts",
                             params->return_token_texts);
}

/* ---- the answer ---------------------------------------------------------- */

enum token_field {
    TOKEN_COUNT,
    TOKEN_MAX_MODEL_LEN,
    TOKEN_TOKENS,
    TOKEN_TEXTS,
    TOKEN_FIELDS
};

static const struct chutes__slice TOKEN_NAMES[TOKEN_FIELDS] = {
    [TOKEN_COUNT] = CHUTES__FIELD("count"),
    [TOKEN_MAX_MODEL_LEN] = CHUTES__FIELD("max_model_len"),
    [TOKEN_TOKENS] = CHUTES__FIELD("tokens"),
    [TOKEN_TEXTS] = CHUTES__FIELD("token_strs"),
};

static chutes_status read_tokens(const struct chutes__json_value *value,
                                 struct chutes__arena *arena,
                                 chutes_tokenize_response *response,
                                 chutes_error *error)
{
    size_t count = chutes__elements_count(value->text);
    int64_t *tokens = chutes__arena_alloc(arena, count, sizeof(*tokens));
    struct chutes__json_reader reader;
    struct chutes__json_value element;

    if (tokens == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(&reader, value->text);
    for (size_t i = 0; chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &element);
        if (!chutes__json_to_int64(&element, &tokens[i]) || tokens[i] < 0) {
            return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                                "tokens[%zu]: not a token", i);
        }
    }
    response->tokens = tokens;
    response->token_count = count;
    return CHUTES_OK;
}

/* The texts are an extra, so they are left out if they aren't one per token. */
static chutes_status read_texts(const struct chutes__json_value *value,
                                struct chutes__arena *arena,
                                chutes_tokenize_response *response,
                                chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value element;
    const char **texts;
    chutes_status status = CHUTES_OK;

    if (value->type != CHUTES__JSON_ARRAY ||
        chutes__elements_count(value->text) != response->token_count) {
        return CHUTES_OK;
    }
    texts = chutes__arena_alloc(arena, response->token_count, sizeof(*texts));
    if (texts == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(&reader, value->text);
    for (size_t i = 0;
         status == CHUTES_OK && chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &element);
        status = chutes__endpoint_keep_text(&element, arena, &texts[i], error);
    }
    response->token_texts = texts;
    return status;
}

static chutes_status decode_tokens(const struct chutes__endpoint_answer *answer,
                                   void *of_tokenize, chutes_error *error)
{
    chutes_tokenize_response *response = of_tokenize;
    struct chutes__json_value values[TOKEN_FIELDS];
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);
    int64_t told;

    if (status != CHUTES_OK) {
        return status;
    }
    chutes__fields_of(&whole, TOKEN_NAMES, TOKEN_FIELDS, values);
    if (values[TOKEN_TOKENS].type != CHUTES__JSON_ARRAY) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "tokens: missing, or not an array");
    }
    status = read_tokens(&values[TOKEN_TOKENS], answer->arena, response, error);
    if (status != CHUTES_OK) {
        return status;
    }
    told = chutes__usage_count(&values[TOKEN_COUNT]);
    if (told >= 0 && (uint64_t)told != response->token_count) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "count: %lld, but there are %zu tokens",
                            (long long)told, response->token_count);
    }
    response->max_model_len = chutes__usage_count(&values[TOKEN_MAX_MODEL_LEN]);
    return read_texts(&values[TOKEN_TEXTS], answer->arena, response, error);
}

const struct chutes__endpoint chutes__tokenize_endpoint = {
    .path = "tokenize",
    .is_at_root = true,
    .response_size = sizeof(chutes_tokenize_response),
    .add = add_text,
    .decode = decode_tokens,
};
