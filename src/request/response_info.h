/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_RESPONSE_INFO_H
#define CHUTES_REQUEST_RESPONSE_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

#include "base/arena.h"

/* The headers of an answer, in order, all in one arena. */
struct chutes__header_list {
    struct chutes__header_node *first;
    struct chutes__header_node *last;
    size_t count;
};

/* Appends a copy of a header. False: out of memory. */
bool chutes__header_list_add(struct chutes__header_list *list,
                             struct chutes__arena *arena,
                             struct chutes__slice name,
                             struct chutes__slice value);

/* Returns the value of the first header of that name, in any case of letters;
 * NULL: absent. */
const char *chutes__header_list_find(const struct chutes__header_list *list,
                                     const char *name);

/* Returns the value of a header that is a count; -1 when it is absent or not a
 * count, INT64_MAX for "inf". */
int64_t chutes__header_list_count(const struct chutes__header_list *list,
                                  const char *name);

/* Returns the server's ID of the request; "" if it sent none. */
const char *
chutes__header_list_request_id(const struct chutes__header_list *list);

/* Returns the wait that `retry-after-ms` asks for, or else `Retry-After` or, in
 * its absence, LiteLLM's `llm_provider-retry-after`; -1: no valid value. */
int64_t
chutes__header_list_retry_after_ms(const struct chutes__header_list *list);

/* Is that wait given as a date? */
bool chutes__header_list_retry_after_is_date(
    const struct chutes__header_list *list);

/* Fills the members that come from the headers, including `headers`. False: out
 * of memory. */
bool chutes__header_list_describe(const struct chutes__header_list *list,
                                  struct chutes__arena *arena,
                                  chutes_response_info *info);

#endif
