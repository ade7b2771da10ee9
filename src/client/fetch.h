/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_FETCH_H
#define CHUTES_CLIENT_FETCH_H

#include "client/exchange.h"
#include "client/result_memory.h"

/*
 * An exchange whose answer is one JSON document: its parts, in one place, so
 * that an endpoint only encodes and decodes. Its owner sets exchange.base,
 * .path, .body and .model, what follows, and starts the exchange.
 */
struct chutes__fetch {
    struct chutes__exchange exchange;
    struct chutes__buf request; /* the endpoint's to fill when it POSTs */
    struct chutes__buf answer;
    size_t taken;               /* bytes that grown() took out of it */
    struct chutes__arena arena; /* of the result */

    /* Another attempt begins: forgets what came. May be NULL. */
    void (*restart)(struct chutes__fetch *fetch);
    /* `answer` has len more bytes at its end: may take out what isn't needed
     * any more. May be NULL. */
    void (*grown)(struct chutes__fetch *fetch, size_t len);
    /* A whole answer came: reads it. Its failures are described. */
    chutes_status (*decode)(struct chutes__fetch *fetch);
    void (*on_done)(struct chutes__fetch *fetch, chutes_status status);
};

/* `error` is where failures are described, and must live as long. Refuses bad
 * call options. */
chutes_status chutes__fetch_init(struct chutes__fetch *fetch,
                                 struct chutes_loop *loop,
                                 const chutes_call_options *call_options,
                                 chutes_error *error);

/* Also after a failed init. What the result took is gone from it by then. */
void chutes__fetch_dispose(struct chutes__fetch *fetch);

/*
 * From on_done of a success: the arena and the answer's text move into the
 * owner, and the fields that every result has are filled. CHUTES_ERR_NO_MEMORY.
 */
chutes_status chutes__fetch_hand_over(struct chutes__fetch *fetch,
                                      struct chutes__result_memory *memory,
                                      const chutes_response_info **info,
                                      const char **raw_json, size_t *raw_len);

#endif
