/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_FETCH_H
#define CHUTES_CLIENT_FETCH_H

#include "client/exchange.h"
#include "client/owner.h"

/* A call whose answer is one JSON document: its parts, in one place, so that an
 * endpoint only encodes and decodes. */
struct chutes__fetch {
    struct chutes__exchange exchange;
    struct chutes__buf request; /* the endpoint's to fill when it POSTs */
    struct chutes__buf answer;
    struct chutes__arena arena; /* of the result */
};

/* Everything but exchange.base, .path and .body. Refuses bad call options. */
chutes_status chutes__fetch_init(struct chutes__fetch *fetch,
                                 chutes_client *client,
                                 const chutes_call_options *call_options,
                                 chutes_error *error);

/* Also after a failed init. What the result took is gone from it by then. */
void chutes__fetch_dispose(struct chutes__fetch *fetch);

/*
 * The last step of a call, behind the decoder, whose status is `decoded`. When
 * that is CHUTES_OK the arena and the answer's text move into the owner, and
 * the fields that every result has are filled. When not, it returns what to
 * report: an answer that was cut, or that tells of an error, is told as such.
 */
chutes_status chutes__fetch_conclude(struct chutes__fetch *fetch,
                                     chutes_status decoded,
                                     struct chutes__owner *owner,
                                     const chutes_response_info **info,
                                     const char **raw_json, size_t *raw_len);

#endif
