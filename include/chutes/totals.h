/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOTALS_H
#define CHUTES_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/models.h>

/**
 * The tokens that the calls of a client have used since it was created, as the
 * servers reported them. A call counts when it ends and has brought an answer
 * or a part of one; the tokens and the cost of each request of chutes_embed()
 * count as soon as it is answered. Chats, completions, embeddings, reranking,
 * scores, classifications and transcripts count; no other call is paid for by
 * tokens. A server may charge more than this: it may have worked for a call
 * that failed without an answer.
 */
typedef struct chutes_totals {
    int64_t calls;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cached_tokens; /**< Part of prompt_tokens. */
    /** US dollars, of all that has a known cost; see unpriced_calls. */
    double cost_usd;
    /** Calls whose tokens are not all known, such as streams that were cut
     * before their usage arrived. */
    int64_t unmetered_calls;
    /** Calls whose cost is unknown: the unmetered ones, and those of models
     * whose prices the client didn't know when the call ended. */
    int64_t unpriced_calls;
} chutes_totals;

/**
 * The limits of what all calls of a client use. Each is compared with the
 * totals since the client was created: to allow 5 USD more, set max_cost_usd to
 * 5 more than the cost_usd of chutes_client_totals(). CHUTES_UNSET, the
 * default, means no limit. Initialise a budget with chutes_budget_default().
 */
typedef struct chutes_budget {
    size_t struct_size;       /**< Set by chutes_budget_default(). */
    int64_t max_total_tokens; /**< Prompts and completions. */
    /** US dollars. Needs the prices of chutes_client_set_prices(): a request
     * for a model of which the client doesn't know both prices fails with
     * CHUTES_ERR_CONFIG, and nothing is sent. */
    double max_cost_usd;
    /** A call whose usage is unknown adds no tokens and no cost. The budget is
     * used up once there are more of them than this: more unpriced_calls if
     * there is a max_cost_usd, or else more unmetered_calls. */
    int64_t max_unknown_calls;
} chutes_budget;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tell a client what models cost, so that it can add up costs. This replaces
 * all prices that it knew, and applies to answers that end from now on. The
 * price of a call is that of the model which its answer names or, if the list
 * doesn't have that, of the model which the call requested.
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
 * Tell what an answer costs by the prices of chutes_client_set_prices(). Only
 * the thread that uses the loop may call this.
 *
 * @param loop   One of the client's. NULL: the cost is unknown.
 * @param model  The model. NULL: the cost is unknown.
 * @param usage  What the answer used. NULL: the cost is unknown.
 * @return US dollars, or -1 if the cost is unknown.
 */
CHUTES_API double chutes_loop_cost(chutes_loop *loop, const char *model,
                                   const chutes_usage *usage);

/**
 * Set a budget to "no limit". Any thread may call this.
 *
 * @param budget  NULL is ignored.
 * @param size    sizeof(chutes_budget): the number of bytes written, and the
 *                new struct_size.
 */
CHUTES_API void chutes_budget_init(chutes_budget *budget, size_t size);

/** Return a budget without limits. */
static inline chutes_budget chutes_budget_default(void)
{
    chutes_budget budget;

    chutes_budget_init(&budget, sizeof(budget));
    return budget;
}

/**
 * Limit what the calls of a client use, from now on. This replaces the budget
 * that was set before.
 *
 * When the budget is used up, no more requests are sent for the calls that the
 * totals count. Such a call fails with CHUTES_ERR_QUOTA, and the message names
 * the limit and what was used. The server was not asked, so http_status is 0
 * unless an earlier attempt of the call was answered. This is checked before
 * each attempt, so it also ends calls that wait for their turn or for a retry,
 * and keeps the later requests of chutes_embed() from being sent once the
 * earlier ones have used the budget up. Attempts in progress continue, and the
 * totals count a request when it has been answered: they may exceed the budget
 * by what was in progress, which max_concurrent_requests of the client limits.
 *
 * While there is a budget, chats and completions that are streamed ask for
 * their usage, unless their include_usage is 0. A stream that is cut or
 * cancelled still has no usage; see max_unknown_calls.
 *
 * Any thread and any callback may call this.
 *
 * @param client  Must not be NULL.
 * @param budget  Copied. Each limit must be 0 or more, or CHUTES_UNSET. NULL:
 *                no limits.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (the message names the limit;
 *         the client keeps its budget), or CHUTES_ERR_MISUSE (in the child of a
 *         fork()).
 */
CHUTES_API chutes_status chutes_client_set_budget(chutes_client *client,
                                                  const chutes_budget *budget,
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
