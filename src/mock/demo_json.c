/* SPDX-License-Identifier: MIT */
/* Reads and writes JSON for the demo server. Each request was validated as a
 * whole before, so these functions need not report errors. */
#include "mock/demo_json.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

void mock_demo_put_string(struct mock_bytes *out, const char *text, size_t len)
{
    (void)mock_bytes_append(out, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\') {
            (void)mock_bytes_append(out, "\\", 1);
            (void)mock_bytes_append(out, &c, 1);
        } else if (c == '\n') {
            (void)mock_bytes_append(out, "\\n", 2);
        } else if (c < 0x20 || c == 0x7F) {
            (void)mock_bytes_appendf(out, "\\u%04x", c);
        } else {
            (void)mock_bytes_append(out, &c, 1);
        }
    }
    (void)mock_bytes_append(out, "\"", 1);
}

static const double SCALE = 1e7;

static long round_scaled(double number)
{
    return (long)(number * SCALE + (number < 0 ? -0.5 : 0.5));
}

double mock_demo_round(double number)
{
    return (double)round_scaled(number) / SCALE;
}

void mock_demo_put_decimal(struct mock_bytes *out, double number)
{
    /* Not "%f", whose decimal point depends on the host's locale. */
    long scaled = round_scaled(number);

    (void)mock_bytes_appendf(out, "%s%ld.%07ld", scaled < 0 ? "-" : "",
                             labs(scaled) / (long)SCALE,
                             labs(scaled) % (long)SCALE);
}

void mock_demo_put_decoded(struct mock_bytes *out,
                           const struct chutes__json_value *value)
{
    struct chutes__buf text;

    /* A byte decodes to at most three, those of U+FFFD. */
    chutes__buf_init(&text, value->text.len * 3 + 1);
    if (chutes__json_append_string(value, &text) == CHUTES_OK) {
        (void)mock_bytes_append(out, text.data, text.len);
    } else {
        out->failed = true;
    }
    chutes__buf_dispose(&text);
}

int64_t mock_demo_integer_of(const struct chutes__json_value *object,
                             const char *key, int64_t otherwise)
{
    struct chutes__json_value value = mock_demo_member(object, key);

    return mock_demo_integer(&value, otherwise);
}

void mock_demo_open(struct chutes__json_reader *reader,
                    const struct chutes__json_value *value)
{
    chutes__json_init(reader, value->text.data, value->text.len,
                      MOCK_DEMO_JSON_DEPTH);
}

struct chutes__json_value
mock_demo_member(const struct chutes__json_value *object, const char *key)
{
    struct chutes__json_value found = {.type = CHUTES__JSON_NONE};
    struct chutes__json_value name;
    struct chutes__json_reader reader;

    if (object->type != CHUTES__JSON_OBJECT) {
        return found;
    }
    mock_demo_open(&reader, object);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &name)) {
        if (chutes__json_key_is(&name, key)) {
            chutes__json_read(&reader, &found);
            break;
        }
        chutes__json_skip(&reader);
    }
    return found;
}

struct chutes__json_value
mock_demo_first(const struct chutes__json_value *array)
{
    struct chutes__json_value found = {.type = CHUTES__JSON_NONE};
    struct chutes__json_reader reader;

    if (array->type != CHUTES__JSON_ARRAY) {
        return found;
    }
    mock_demo_open(&reader, array);
    (void)chutes__json_enter_array(&reader);
    if (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &found);
    }
    return found;
}

bool mock_demo_string_is(const struct chutes__json_value *value,
                         const char *literal)
{
    return value->type == CHUTES__JSON_STRING &&
           chutes__json_key_is(value, literal);
}

bool mock_demo_is_true(const struct chutes__json_value *object, const char *key)
{
    return mock_demo_member(object, key).type == CHUTES__JSON_TRUE;
}

int64_t mock_demo_integer(const struct chutes__json_value *value,
                          int64_t otherwise)
{
    int64_t number;

    return value->type == CHUTES__JSON_NUMBER &&
                   chutes__json_to_int64(value, &number)
               ? number
               : otherwise;
}
