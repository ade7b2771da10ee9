/* SPDX-License-Identifier: MIT */
/* Checks the fallback models, and reads the model and the number of choices of
 * an encoded body. They are read from its text, because extra_json may have
 * replaced them. */
#include "base/utf8.h"
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

/* Finds a member of the body. Returns false if there is none. */
static bool find_member(const struct chutes__buf *body, const char *name,
                        struct chutes__json_value *value)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;

    chutes__json_init(&reader, body->data, body->len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, value);
        if (chutes__json_key_is(&key, name)) {
            return true;
        }
    }
    return false;
}

static bool find_model(const struct chutes__buf *body,
                       struct chutes__json_value *model)
{
    return find_member(body, "model", model) &&
           model->type == CHUTES__JSON_STRING;
}

size_t chutes__chat_body_choices(const struct chutes__buf *body)
{
    struct chutes__json_value value;
    int64_t count;

    if (!find_member(body, "n", &value) ||
        !chutes__json_to_int64_lenient(&value, &count) || count < 1) {
        return 1;
    }
    return (size_t)count;
}

const char *chutes__chat_body_model(const struct chutes__buf *body,
                                    struct chutes__arena *arena)
{
    struct chutes__json_value model;

    return find_model(body, &model)
               ? chutes__json_dup_string(&model, arena, NULL)
               : "";
}

chutes_status chutes__chat_body_replace_model(struct chutes__buf *body,
                                              const char *model)
{
    struct chutes__buf fresh;
    struct chutes__json_value value;
    const char *rest;
    size_t before;
    chutes_status status;

    if (!find_model(body, &value)) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    /* The text of the value excludes its quotes. */
    before = (size_t)(value.text.data - 1 - body->data);
    rest = value.text.data + value.text.len + 1;
    chutes__buf_init(&fresh, body->limit);
    status = chutes__buf_append(&fresh, body->data, before);
    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(&fresh, model);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(&fresh, rest,
                                    body->len - (size_t)(rest - body->data));
    }
    if (status != CHUTES_OK) {
        chutes__buf_dispose(&fresh);
        return status;
    }
    chutes__buf_dispose(body);
    *body = fresh;
    return CHUTES_OK;
}
