/* SPDX-License-Identifier: MIT */
/* Checks and applies the fallback models, and says which model, how many
 * choices and how many prompts a request asks for, and which key of extra_json
 * has no effect. */
#include "base/count.h"
#include "base/utf8.h"
#include "codec/elements.h"
#include "codec/encoder.h"
#include "codec/request.h"

#include <string.h>

void chutes__encode_fallbacks(struct chutes__encoder *encoder,
                              const chutes_chat_params *params)
{
    static const char field[] = "fallback_models";

    if (params->fallback_model_count > 0 && params->fallback_models == NULL) {
        chutes__encoder_refuse(encoder, field, "must not be NULL");
        return;
    }
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    encoder->list = field;
    for (size_t i = 0; i < params->fallback_model_count; i++) {
        const char *model = params->fallback_models[i];
        size_t len = model != NULL ? strlen(model) : 0;

        encoder->index = i;
        if (!chutes__encoder_require(encoder, model, "")) {
            return;
        }
        if (chutes__utf8_valid_prefix(model, len) != len) {
            chutes__encoder_refuse(encoder, "", "is not valid UTF-8");
            return;
        }
    }
    encoder->list = NULL;
}

/* Finds the last member of the object that has this name. Returns false if
 * there is none. */
static bool find_member(struct chutes__slice object, const char *name,
                        struct chutes__json_value *value)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value member;
    bool is_found = false;

    chutes__json_init(&reader, object.data, object.len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &member);
        if (chutes__json_key_is(&key, name)) {
            *value = member;
            is_found = true;
        }
    }
    return is_found;
}

/* Finds the member of extra_json, which may be NULL, that replaces a
 * parameter. */
static bool find_extra(const char *extra_json, const char *name,
                       struct chutes__json_value *value)
{
    return extra_json != NULL &&
           find_member(chutes__slice_of(extra_json), name, value);
}

const char *chutes__chat_ignored_key(const chutes_chat_params *params)
{
    static const char *const names[] = {"guided_json",
                                        "guided_regex",
                                        "guided_choice",
                                        "guided_grammar",
                                        "guided_decoding_backend",
                                        "guided_whitespace_pattern"};
    struct chutes__json_value value;

    if (params->extra_json == NULL ||
        strstr(params->extra_json, "\"guided_") == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        if (find_extra(params->extra_json, names[i], &value)) {
            return names[i];
        }
    }
    return NULL;
}

size_t chutes__chat_choices(const chutes_chat_params *params)
{
    int64_t count = params->n;
    struct chutes__json_value value;

    if (find_extra(params->extra_json, "n", &value) &&
        !chutes__json_to_int64_lenient(&value, &count)) {
        return 1;
    }
    /* CHUTES_UNSET is below 1. */
    return count < 1 ? 1 : (size_t)count;
}

size_t chutes__extra_prompts(const char *extra_json)
{
    struct chutes__json_value prompt;
    struct chutes__json_reader reader;
    enum chutes__json_type type;

    if (!find_extra(extra_json, "prompt", &prompt)) {
        return 0;
    }
    if (prompt.type != CHUTES__JSON_ARRAY) {
        return 1;
    }
    chutes__elements_open(&reader, prompt.text);
    type = chutes__json_next_element(&reader) ? chutes__json_peek(&reader)
                                              : CHUTES__JSON_NONE;
    /* A list of anything else is one prompt, of token ids. */
    return type == CHUTES__JSON_STRING || type == CHUTES__JSON_ARRAY
               ? chutes__elements_count(prompt.text)
               : 1;
}

const char *chutes__chat_model(const chutes_chat_params *params,
                               struct chutes__arena *arena)
{
    struct chutes__json_value value;

    if (!find_extra(params->extra_json, "model", &value)) {
        return chutes__arena_dup(arena, chutes__slice_of(params->model));
    }
    return value.type == CHUTES__JSON_STRING
               ? chutes__json_dup_string(&value, arena, NULL)
               : "";
}

chutes_status chutes__chat_body_replace_model(struct chutes__buf *body,
                                              const char *model)
{
    const struct chutes__slice text = {body->data, body->len};
    struct chutes__json_value value;
    struct chutes__buf name;
    chutes_status status;
    size_t offset;
    size_t len;

    if (!find_member(text, "model", &value) ||
        value.type != CHUTES__JSON_STRING) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    /* The text of the value excludes its quotes. */
    offset = (size_t)(value.text.data - 1 - body->data);
    len = value.text.len + 2;
    chutes__buf_init(&name, body->limit);
    status = chutes__json_append_quoted(&name, model);
    if (status == CHUTES_OK && name.len > len) {
        status = chutes__buf_reserve(body, name.len - len);
    }
    if (status == CHUTES_OK) {
        char *at = body->data + offset;

        memmove(at + name.len, at + len, body->len + 1 - offset - len);
        memcpy(at, name.data, name.len);
        body->len = body->len - len + name.len;
    }
    chutes__buf_dispose(&name);
    return status;
}
