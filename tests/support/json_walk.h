/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_JSON_WALK_H
#define CHUTES_TESTS_JSON_WALK_H

#include "json/reader.h"

/* Is the text valid JSON, nested at most max_depth deep? Unlike
 * chutes__json_is_valid(), it enters every container. Passes every other value
 * to on_value, which may be NULL. */
bool json_walk(const char *text, size_t len, size_t max_depth,
               void (*on_value)(const struct chutes__json_value *value));

#endif
