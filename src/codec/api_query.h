/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_QUERY_H
#define CHUTES_CODEC_API_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/buf.h"

/*
 * Writes a path of Chutes' management API, and its query, from parameters that
 * the application sets. Failures are sticky, so a caller adds everything and
 * checks once. Values that would need escapes are refused, except texts.
 */
struct chutes__api_query {
    struct chutes__buf *text;
    chutes_error *error; /* names the parameter that is wrong */
    chutes_status status;
    char gap; /* before the next member */
};

/* Returns true for a UUID as RFC 9562 writes it: 8-4-4-4-12 hexadecimal
 * digits. */
bool chutes__api_query_is_uuid(const char *text);

struct chutes__api_query chutes__api_query_begin(struct chutes__buf *text,
                                                 const char *path,
                                                 chutes_error *error);

/* Each of these adds a member under the name of its parameter, unless the value
 * is NULL or CHUTES_UNSET: the ID of a chute, a date, an integer from `least`
 * to `most`, which INT64_MAX leaves open, and any text. */
void chutes__api_query_add_id(struct chutes__api_query *query,
                              const char *field, const char *id);
void chutes__api_query_add_date(struct chutes__api_query *query,
                                const char *field, const char *date);
void chutes__api_query_add_integer(struct chutes__api_query *query,
                                   const char *field, int64_t number,
                                   int64_t least, int64_t most);
void chutes__api_query_add_text(struct chutes__api_query *query,
                                const char *field, const char *text);
/* Adds true for 1, and nothing for 0. */
void chutes__api_query_add_flag(struct chutes__api_query *query,
                                const char *field, int flag);

#endif
