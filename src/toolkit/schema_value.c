/* SPDX-License-Identifier: MIT */
/* Reads single values into members of a struct, and says what is wrong with
 * them. */
#include "toolkit/schema_decoder.h"

#include "base/error.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

/* ---- failures ------------------------------------------------------------ */

chutes_status
chutes__schema_fail_memory(const struct chutes__schema_decoder *decoder)
{
    return chutes__fail_status(decoder->error, CHUTES_ERR_NO_MEMORY);
}

chutes_status
chutes__schema_fail_grammar(const struct chutes__schema_decoder *decoder)
{
    return chutes__fail(decoder->error, CHUTES_ERR_MISMATCH,
                        "invalid JSON: %s at byte %zu", decoder->reader.fault,
                        decoder->reader.fault_at);
}

/* Fails at the current path. `reason` may say what was found. */
chutes_status
chutes__schema_fail_at(const struct chutes__schema_decoder *decoder,
                       const char *reason)
{
    char path[CHUTES__SCHEMA_PATH_SIZE];

    if (decoder->reader.fault != NULL) {
        return chutes__schema_fail_grammar(decoder);
    }
    chutes__schema_path_text(&decoder->path, path);
    return chutes__fail(decoder->error, CHUTES_ERR_MISMATCH, "%s: %s", path,
                        reason);
}

static chutes_status fail_value(const struct chutes__schema_decoder *decoder,
                                const struct chutes__json_value *value,
                                const char *expected)
{
    char reason[128 + CHUTES__SCHEMA_MAX_SHOWN];
    size_t len = value->text.len < CHUTES__SCHEMA_MAX_SHOWN
                     ? value->text.len
                     : CHUTES__SCHEMA_MAX_SHOWN;
    bool is_string = value->type == CHUTES__JSON_STRING;

    /* Not in the middle of a character. */
    while (len < value->text.len && len > 0 &&
           ((unsigned char)value->text.data[len] & 0xC0) == 0x80) {
        len--;
    }
    snprintf(reason, sizeof(reason), "expected %s, found %s%.*s%s%s", expected,
             is_string ? "\"" : "", (int)len, value->text.data,
             len < value->text.len ? "..." : "", is_string ? "\"" : "");
    return chutes__schema_fail_at(decoder, reason);
}

static chutes_status fail_count(const struct chutes__schema_decoder *decoder,
                                const char *which, size_t limit,
                                const char *what, size_t found)
{
    char reason[128];

    snprintf(reason, sizeof(reason), "expected %s %zu %s, found %zu", which,
             limit, what, found);
    return chutes__schema_fail_at(decoder, reason);
}

/* Fails because the next value has another type. */
chutes_status chutes__schema_fail_type(struct chutes__schema_decoder *decoder,
                                       const char *expected)
{
    struct chutes__json_value value;

    chutes__json_read(&decoder->reader, &value);
    return fail_value(decoder, &value, expected);
}

/* ---- single values ------------------------------------------------------- */

chutes_status
chutes__schema_check_count(const struct chutes__schema_decoder *decoder,
                           size_t least, size_t most, const char *what,
                           size_t found)
{
    if (found < least) {
        return fail_count(decoder, "at least", least, what, found);
    }
    if (most != 0 && found > most) {
        return fail_count(decoder, "at most", most, what, found);
    }
    return CHUTES_OK;
}

static chutes_status keep_string(struct chutes__schema_decoder *decoder,
                                 const chutes_field *field,
                                 const struct chutes__json_value *value,
                                 void *target)
{
    struct chutes__slice text;
    chutes_status status;

    if (value->type != CHUTES__JSON_STRING) {
        return fail_value(decoder, value, "a string");
    }
    text.data = chutes__json_dup_string(value, decoder->arena, &text.len);
    if (text.data == NULL) {
        return chutes__schema_fail_memory(decoder);
    }
    memcpy(target, &text.data, sizeof(text.data));
    status = chutes__schema_check_count(decoder, field->min_length,
                                        field->max_length, "characters",
                                        chutes__schema_count_characters(text));
    if (status == CHUTES_OK && field->pattern != NULL &&
        !chutes__schema_pattern_matches(field->pattern, text)) {
        char expected[CHUTES_SCHEMA_MAX_PATTERN + 32];

        snprintf(expected, sizeof(expected), "text like %.60s", field->pattern);
        return fail_value(decoder, value, expected);
    }
    return status;
}

static chutes_status check_range(const struct chutes__schema_decoder *decoder,
                                 const chutes_field *field,
                                 const struct chutes__json_value *value,
                                 bool is_below, bool is_above)
{
    char expected[64];

    if (is_below && field->has_minimum) {
        snprintf(expected, sizeof(expected), "%.17g or more", field->minimum);
        return fail_value(decoder, value, expected);
    }
    if (is_above && field->has_maximum) {
        snprintf(expected, sizeof(expected), "%.17g or less", field->maximum);
        return fail_value(decoder, value, expected);
    }
    return CHUTES_OK;
}

static chutes_status keep_int(const struct chutes__schema_decoder *decoder,
                              const chutes_field *field,
                              const struct chutes__json_value *value,
                              void *target)
{
    int64_t number;
    int small;

    if (!chutes__json_to_int64(value, &number)) {
        return fail_value(decoder, value, "an integer");
    }
    if (field->size == sizeof(int)) {
        if (number < INT_MIN || number > INT_MAX) {
            return fail_value(decoder, value, "an integer of 32 bits");
        }
        small = (int)number;
        memcpy(target, &small, sizeof(small));
    } else {
        memcpy(target, &number, sizeof(number));
    }
    return check_range(decoder, field, value,
                       field->has_minimum && number < (int64_t)field->minimum,
                       field->has_maximum && number > (int64_t)field->maximum);
}

static chutes_status keep_double(const struct chutes__schema_decoder *decoder,
                                 const chutes_field *field,
                                 const struct chutes__json_value *value,
                                 void *target)
{
    double number;

    if (!chutes__json_to_double(value, &number) || !isfinite(number)) {
        return fail_value(decoder, value, "a number");
    }
    memcpy(target, &number, sizeof(number));
    return check_range(decoder, field, value,
                       number<field->minimum, number> field->maximum);
}

static chutes_status keep_bool(const struct chutes__schema_decoder *decoder,
                               const chutes_field *field,
                               const struct chutes__json_value *value,
                               void *target)
{
    bool is_true = value->type == CHUTES__JSON_TRUE;
    int number = is_true;

    if (!is_true && value->type != CHUTES__JSON_FALSE) {
        return fail_value(decoder, value, "true or false");
    }
    if (field->size == sizeof(int)) {
        memcpy(target, &number, sizeof(number));
    } else {
        memcpy(target, &is_true, sizeof(is_true));
    }
    return CHUTES_OK;
}

static chutes_status keep_enum(const struct chutes__schema_decoder *decoder,
                               const chutes_field *field,
                               const struct chutes__json_value *value,
                               void *target)
{
    char expected[64];

    for (size_t i = 0;
         value->type == CHUTES__JSON_STRING && i < field->value_count; i++) {
        if (chutes__json_key_is(value, field->values[i])) {
            int number = (int)i;

            memcpy(target, &number, sizeof(number));
            return CHUTES_OK;
        }
    }
    snprintf(expected, sizeof(expected), "one of %zu texts such as \"%.20s\"",
             field->value_count, field->values[0]);
    return fail_value(decoder, value, expected);
}

chutes_status chutes__schema_keep_value(struct chutes__schema_decoder *decoder,
                                        const chutes_field *field,
                                        const struct chutes__json_value *value,
                                        void *target)
{
    switch (field->type) {
    case CHUTES_FIELD_STRING:
        return keep_string(decoder, field, value, target);
    case CHUTES_FIELD_INT:
        return keep_int(decoder, field, value, target);
    case CHUTES_FIELD_DOUBLE:
        return keep_double(decoder, field, value, target);
    case CHUTES_FIELD_BOOL:
        return keep_bool(decoder, field, value, target);
    default: /* CHUTES_FIELD_ENUM */
        return keep_enum(decoder, field, value, target);
    }
}
