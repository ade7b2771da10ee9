/* SPDX-License-Identifier: MIT */
/* Fills in the text fields of chutes_error from what a server sent. */
#include "codec/error_field.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

void chutes__error_field_set(char *field, size_t size, const char *text,
                             size_t len)
{
    const struct chutes__slice trimmed =
        chutes__slice_trim_text((struct chutes__slice){text, len});

    if (trimmed.len > 0) {
        chutes__error_copy(field, size, trimmed.data, trimmed.len);
    }
}

void chutes__error_field_set_value(char *field, size_t size,
                                   const struct chutes__json_value *value)
{
    struct chutes__buf decoded;

    if (value->type == CHUTES__JSON_NUMBER) {
        chutes__error_field_set(field, size, value->text.data, value->text.len);
        return;
    }
    /* LiteLLM sends Python's None as a string. */
    if (value->type != CHUTES__JSON_STRING ||
        chutes__slice_is(value->text, "None")) {
        return;
    }
    chutes__buf_init(&decoded, SIZE_MAX);
    if (chutes__json_append_string(value, &decoded) == CHUTES_OK) {
        chutes__error_field_set(field, size, decoded.data, decoded.len);
    }
    chutes__buf_dispose(&decoded);
}
