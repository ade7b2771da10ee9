/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_JSON_H
#define CHUTES_MOCK_DEMO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "json/reader.h"

enum { MOCK_DEMO_JSON_DEPTH = 64 };

/* Appends `text`, which is UTF-8, as a JSON string with its quotes. */
void mock_demo_put_string(struct mock_bytes *out, const char *text, size_t len);

/* Returns the number that mock_demo_put_decimal() appends for this one: the
 * nearest multiple of 1e-7. */
double mock_demo_round(double number);
/* Appends a number below 100, with seven decimals. */
void mock_demo_put_decimal(struct mock_bytes *out, double number);

/* Appends the decoded text of a JSON string. */
void mock_demo_put_decoded(struct mock_bytes *out,
                           const struct chutes__json_value *value);

/* Returns a member of a value that is known to be valid JSON; NONE if the value
 * is not an object or has no such member. */
struct chutes__json_value
mock_demo_member(const struct chutes__json_value *object, const char *key);

/* Returns the first element; NONE if the value is not an array or empty. */
struct chutes__json_value
mock_demo_first(const struct chutes__json_value *array);

bool mock_demo_string_is(const struct chutes__json_value *value,
                         const char *literal);

/* Is the member of that name `true`? */
bool mock_demo_is_true(const struct chutes__json_value *object,
                       const char *key);

/* Returns `otherwise` if the value is not an integer. */
int64_t mock_demo_integer(const struct chutes__json_value *value,
                          int64_t otherwise);

/* Does the same for the member of that name. */
int64_t mock_demo_integer_of(const struct chutes__json_value *object,
                             const char *key, int64_t otherwise);

/* Starts a reader at the beginning of a value. */
void mock_demo_open(struct chutes__json_reader *reader,
                    const struct chutes__json_value *value);

#endif
