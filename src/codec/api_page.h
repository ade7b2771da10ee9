/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_PAGE_H
#define CHUTES_CODEC_API_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "codec/endpoint.h"
#include "codec/records.h"

/* A page of one of the long lists of Chutes' management API, which looks like
 * {"total":60,"page":0,"limit":25,"items":[…]}. */
struct chutes__api_page {
    const void *const *items;
    size_t count;
    /* -1: not sent. */
    int64_t total;
    int64_t page;
    int64_t limit;
};

/* Reads the whole answer, a page of records. Fails like chutes__endpoint_read()
 * or chutes__records_read(), with an empty page. */
chutes_status
chutes__api_page_read(const struct chutes__record_type *type,
                      const struct chutes__endpoint_answer *answer,
                      struct chutes__api_page *page, chutes_error *error);

#endif
