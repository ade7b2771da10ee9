/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_VALUE_H
#define CHUTES_CODEC_VALUE_H

#include <stdbool.h>

#include "json/reader.h"

/* True for a string that is not empty. */
static inline bool chutes__value_is_text(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING && value->text.len > 0;
}

/* False for absent, null, false, 0, "", {} and []: servers use all of these to
 * say that there is no error. */
bool chutes__value_is_truthy(const struct chutes__json_value *value);

/* The members of an object that may make it an error. */
struct chutes__error_signs {
    const struct chutes__json_value *error;
    const struct chutes__json_value *object;
    const struct chutes__json_value *detail;
    const struct chutes__json_value *errors;
    const struct chutes__json_value *base_resp;
    const struct chutes__json_value *x_groq;
    bool has_choices;
};

/* True for an object with a truthy `error`, also in `x_groq`, with `object`
 * "error", or with a `base_resp` whose `status_code` isn't 0; and, if it has no
 * choices, for one with `detail` or `errors`. */
bool chutes__value_tells_error(const struct chutes__error_signs *signs);

#endif
