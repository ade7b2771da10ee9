/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_VALUE_H
#define CHUTES_CODEC_VALUE_H

#include <stdbool.h>

#include "json/reader.h"

/* A string that is not empty. */
static inline bool chutes__value_is_text(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING && value->text.len > 0;
}

/* Servers say "no error" in many ways: absent, null, false, 0, "", {} and []
 * all mean it. */
bool chutes__value_is_truthy(const struct chutes__json_value *value);

/* Do these members of an object make it an error? `detail` does only without
 * choices. */
bool chutes__value_tells_error(const struct chutes__json_value *error,
                               const struct chutes__json_value *object,
                               const struct chutes__json_value *detail,
                               bool has_choices);

#endif
