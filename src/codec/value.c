/* SPDX-License-Identifier: MIT */
#include "codec/value.h"

/* A bracket, white space and a bracket are all there is. */
static bool is_empty_container(struct chutes__slice text)
{
    size_t i = 1;

    while (i + 1 < text.len && (text.data[i] == ' ' || text.data[i] == '\t' ||
                                text.data[i] == '\n' || text.data[i] == '\r')) {
        i++;
    }
    return i + 1 >= text.len;
}

bool chutes__value_is_truthy(const struct chutes__json_value *value)
{
    double number;

    switch (value->type) {
    case CHUTES__JSON_TRUE:
        return true;
    case CHUTES__JSON_NUMBER:
        return !chutes__json_to_double(value, &number) || number != 0;
    case CHUTES__JSON_STRING:
        return value->text.len > 0;
    case CHUTES__JSON_ARRAY:
    case CHUTES__JSON_OBJECT:
        return !is_empty_container(value->text);
    default:
        return false;
    }
}

bool chutes__value_tells_error(const struct chutes__json_value *error,
                               const struct chutes__json_value *object,
                               const struct chutes__json_value *detail,
                               bool has_choices)
{
    return chutes__value_is_truthy(error) ||
           (object->type == CHUTES__JSON_STRING &&
            chutes__json_key_is(object, "error")) ||
           (!has_choices && chutes__value_is_truthy(detail));
}
