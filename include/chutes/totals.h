/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOTALS_H
#define CHUTES_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/models.h>

/**
 * The tokens that the calls of a client have used since it was created, as the
 * servers reported them. A call counts when it ends and has brought an answer
 * or a part of one. Chats, completions, embeddings, reranking, scores,
 * classifications and transcripts count; no other call is paid for by tokens. A
 * server may charge more than this: it may have worked for a call that failed
 * without an answer.
 */
typedef struct chutes_totals {
    int64_t calls;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cached_tokens; /**< Part of prompt_tokens. */
    /** US dollars, of all calls but unpriced_calls. */
    double cost_usd;
    /** Calls whose tokens are not all known, such as streams that were cut
     * before their usage arrived. */
    int64_t unmetered_calls;
    /** Calls whose cost is unknown: the unmetered ones, and those of models
     * whose prices the client didn't know when the call ended. */
    int64_t unpriced_calls;
} chutes_totals;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tell a client what models cost, so that it can add up costs. This replaces
 * all prices that it knew, and applies to calls that end from now on. The price
 * of a call is that of the model which its answer names or, if the list doesn't
 * have that, of the model which the call requested.
 *
 * Any thread and any callback may call this.
 *
 * @param client  Must not be NULL.
 * @param models  The list, such as the answer of chutes_models_list(). The
 *                prices are copied. If a list has several models of one id, the
 *                first counts. NULL: forget all prices.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_NO_MEMORY (the
 *         client still knows the prices that it knew), or CHUTES_ERR_MISUSE (in
 *         the child of a fork()).
 */
CHUTES_API chutes_status chutes_client_set_prices(
    chutes_client *client, const chutes_models_response *models,
    chutes_error *error);

/**
 * Read the totals of a client. chutes_client_totals() is easier to use.
 *
 * Any thread and any callback may call this.
 *
 * @param client  NULL: all totals are 0; also in the child of a fork().
 * @param totals  Filled in. NULL is ignored.
 * @param size    sizeof(chutes_totals): the number of bytes written.
 */
CHUTES_API void chutes_client_read_totals(chutes_client *client,
                                          chutes_totals *totals, size_t size);

/** Return the totals of a client, which may be NULL. */
static inline chutes_totals chutes_client_totals(chutes_client *client)
{
    chutes_totals totals;

    chutes_client_read_totals(client, &totals, sizeof(totals));
    return totals;
}

#ifdef __cplusplus
}
#endif

#endif
