/* SPDX-License-Identifier: MIT */
/* Compares media types, without their parameters. */
#include "codec/media_type.h"

#include "base/slice.h"

/* Returns the type without parameters, such as "; charset=utf-8". */
static struct chutes__slice cut_parameters(struct chutes__slice type)
{
    const char *end = type.len > 0 ? memchr(type.data, ';', type.len) : NULL;

    if (end != NULL) {
        type.len = (size_t)(end - type.data);
    }
    return chutes__slice_trim(type, CHUTES__BLANKS_HTTP);
}

bool chutes__media_type_is_json(const char *content_type)
{
    static const struct chutes__slice suffix = {"+json", 5};
    struct chutes__slice type = cut_parameters(chutes__slice_of(content_type));

    if (chutes__slice_is_nocase(type, "application/json") ||
        chutes__slice_is_nocase(type, "text/json")) {
        return true;
    }
    if (type.len <= suffix.len) {
        return false;
    }
    type.data += type.len - suffix.len;
    type.len = suffix.len;
    return chutes__slice_equals_nocase(type, suffix);
}

/* Returns true if the range includes the type. A range is a type, a type whose
 * second half is an asterisk, or asterisks only. */
static bool covers(struct chutes__slice range, struct chutes__slice type)
{
    if (chutes__slice_is(range, "*/*") || chutes__slice_is(range, "*")) {
        return true;
    }
    if (range.len > 2 && chutes__slice_ends_with(range, "/*")) {
        range.len--;
        type.len = type.len < range.len ? type.len : range.len;
    }
    return chutes__slice_equals_nocase(range, type);
}

bool chutes__media_type_is_accepted(const char *accept,
                                    const char *content_type)
{
    struct chutes__slice type = cut_parameters(chutes__slice_of(content_type));

    if (type.len == 0 ||
        chutes__slice_is_nocase(type, "application/octet-stream")) {
        return true;
    }
    while (*accept != '\0') {
        struct chutes__slice range = {accept, strcspn(accept, ",")};

        if (covers(cut_parameters(range), type)) {
            return true;
        }
        accept += range.len + (accept[range.len] == ',' ? 1 : 0);
    }
    return false;
}
