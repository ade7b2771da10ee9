/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_QUERY_H
#define CHUTES_CODEC_API_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/buf.h"

/*
 * Writes a path of Chutes' management API, and its query from parameters of the
 * caller's. Failures are sticky, so a caller adds everything and checks once.
 * Values need no escapes: those that would are refused.
 */
struct chutes__api_query {
    struct chutes__buf *text;
    chutes_error *error; /* names the parameter that is wrong */
    chutes_status status;
    char gap; /* before the next member */
};

/* Is this a UUID in the form of RFC 9562: 8-4-4-4-12 hexadecimal digits? */
bool chutes__api_query_is_uuid(const char *text);

struct chutes__api_query chutes__api_query_begin(struct chutes__buf *text,
                                                 const char *path,
                                                 chutes_error *error);

/* Add a member under the name of its parameter, unless it is NULL or
 * CHUTES_UNSET: an ID of a chute, a date, an integer of at least `least`. */
void chutes__api_query_add_id(struct chutes__api_query *query,
                              const char *field, const char *id);
void chutes__api_query_add_date(struct chutes__api_query *query,
                                const char *field, const char *date);
void chutes__api_query_add_integer(struct chutes__api_query *query,
                                   const char *field, int64_t number,
                                   int64_t least);
/* Adds true for 1, and nothing for 0. */
void chutes__api_query_add_flag(struct chutes__api_query *query,
                                const char *field, int flag);

#endif
