/* SPDX-License-Identifier: MIT */
/* Joins tokens to texts, as vLLM and SGLang do. */
#include <chutes/tokenize.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"

CHUTES__ASSERT_ENDPOINT(chutes_detokenize_params, chutes_detokenize_response,
                        raw_json);

void chutes_detokenize_params_init(chutes_detokenize_params *params,
                                   size_t size)
{
    static const chutes_detokenize_params DEFAULTS = {.model = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static void add(struct chutes__encoder *encoder, const void *of_detokenize)
{
    const chutes_detokenize_params *params = of_detokenize;

    if (params->token_count == 0) {
        chutes__encoder_refuse(encoder, "tokens", "must not be empty");
    }
    chutes__encoder_add_tokens(encoder, "tokens", params->tokens,
                               params->token_count);
}

/* vLLM calls it a prompt, SGLang a text. */
enum text_field { TEXT_PROMPT, TEXT_TEXT, TEXT_FIELDS };

static const struct chutes__slice TEXT_NAMES[TEXT_FIELDS] = {
    [TEXT_PROMPT] = CHUTES__FIELD("prompt"),
    [TEXT_TEXT] = CHUTES__FIELD("text"),
};

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_detokenize, chutes_error *error)
{
    chutes_detokenize_response *response = of_detokenize;
    struct chutes__json_value values[TEXT_FIELDS];
    const struct chutes__json_value *text = &values[TEXT_PROMPT];
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    chutes__fields_of(&whole, TEXT_NAMES, TEXT_FIELDS, values);
    if (text->type != CHUTES__JSON_STRING) {
        text = &values[TEXT_TEXT];
    }
    if (text->type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "prompt: missing, or not a string");
    }
    response->text =
        chutes__json_dup_string(text, answer->arena, &response->text_len);
    return response->text != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

const struct chutes__endpoint chutes__detokenize_endpoint = {
    .path = "detokenize",
    .is_at_root = true,
    .response_size = sizeof(chutes_detokenize_response),
    .add = add,
    .decode = decode,
};
