/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_HEADER_ARRAY_H
#define CHUTES_CLIENT_HEADER_ARRAY_H

#include "base/arena.h"
#include "client/params.h"

/* Checks the headers, and stores each in *lines as a line in libcurl's syntax,
 * in the arena. `refused` is a list that ends with NULL: names that are refused
 * in addition to those that only the library may set. On failure, describes
 * what is wrong. */
chutes_status chutes__header_array_write(
    const struct chutes__params_array *array, const char *const *refused,
    struct chutes__arena *arena, const char ***lines, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
