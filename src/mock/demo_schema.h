/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_SCHEMA_H
#define CHUTES_MOCK_DEMO_SCHEMA_H

#include "mock/bytes.h"
#include "json/reader.h"

/*
 * Appends a small JSON value that a JSON schema allows. Understands type,
 * properties, items, enum, const, default, examples, anyOf, oneOf, allOf, local
 * $ref, minItems, minimum, exclusiveMinimum, maximum and format. Takes strings
 * and numbers from the prompt where they fit.
 */
void mock_demo_put_example(struct mock_bytes *out,
                           const struct chutes__json_value *schema,
                           const char *prompt);

#endif
