/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_VALUE_H
#define CHUTES_CODEC_VALUE_H

#include <stdbool.h>

#include "json/reader.h"

/* Returns true for a nonempty string. */
static inline bool chutes__value_is_text(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING && value->text.len > 0;
}

/* Returns true for a string that is neither blank nor a null of some language
 * that was written as text: "null", "None", "nil" or "undefined", in any case.
 */
bool chutes__value_is_word(const struct chutes__json_value *value);

/* Returns true for a string that seems to hold an array or object that is not
 * empty: a call in a form that is not known. */
bool chutes__value_is_json_text(const struct chutes__json_value *value);

/* Returns false for absent values, null, false, 0, "", {} and []: servers send
 * all of these to say that there is no error. */
bool chutes__value_is_truthy(const struct chutes__json_value *value);

/* Returns true for a truthy `error` of an answer, unless it is an object
 * without a truthy member: servers written in Go send {"code":0,"message":""}
 * beside good answers. */
bool chutes__value_is_error(const struct chutes__json_value *value);

/* The members of an object that may make it an error. */
struct chutes__error_signs {
    const struct chutes__json_value *error;
    const struct chutes__json_value *object;
    const struct chutes__json_value *type;
    const struct chutes__json_value *detail;
    const struct chutes__json_value *errors;
    const struct chutes__json_value *base_resp;
    const struct chutes__json_value *x_groq;
    bool has_choices;
};

/* Returns true for an object that has an `error`, perhaps in `x_groq`, an
 * `object` or `type` that is "error", or a `base_resp` whose `status_code`
 * isn't 0. If it has no choices, a truthy `error`, `detail` or `errors` is
 * enough. */
bool chutes__value_tells_error(const struct chutes__error_signs *signs);

#endif
