/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOTALS_H
#define CHUTES_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/models.h>

/**
 * The tokens that the calls of a client have used since it was created, as the
 * servers reported them. A call is added when it ends, if it received an answer
 * or a part of one; the tokens and the cost of each request of chutes_embed()
 * are added as soon as it is answered. Chats, completions, embeddings,
 * reranking, scores, classifications and transcripts count; other calls aren't
 * billed by tokens. A server may charge more than this, because it may have
 * worked on a call that failed without an answer.
 */
typedef struct chutes_totals {
    int64_t calls;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cached_tokens; /**< Part of prompt_tokens. */
    /** In US dollars: the sum of all known costs; see unpriced_calls. */
    double cost_usd;
    /** Calls whose tokens are not all known, such as streams that were cut
     * before their usage arrived. */
    int64_t unmetered_calls;
    /** Calls whose cost is unknown: the unmetered ones, and those of models
     * whose prices the client didn't know when the call ended. */
    int64_t unpriced_calls;
} chutes_totals;

/**
 * Limits on what all calls of a client use together. Each limit is compared
 * with the totals since the client was created: to allow 5 USD more, set
 * max_cost_usd to 5 more than the cost_usd of chutes_client_totals().
 * CHUTES_UNSET, the default, means no limit. Initialise a budget with
 * chutes_budget_default().
 */
typedef struct chutes_budget {
    size_t struct_size;       /**< Set by chutes_budget_default(). */
    int64_t max_total_tokens; /**< Prompts and completions. */
    /** In US dollars. Needs the prices of chutes_client_set_prices(): if the
     * client doesn't know both prices of a model, a request for it fails with
     * CHUTES_ERR_CONFIG, and nothing is sent. */
    double max_cost_usd;
    /** A call whose usage is unknown adds no tokens and no cost. The budget is
     * used up once there are more such calls than this: more unpriced_calls if
     * max_cost_usd is set, otherwise more unmetered_calls. */
    int64_t max_unknown_calls;
} chutes_budget;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set the prices of models, so that the client can add up costs. They replace
 * all earlier prices and apply to answers that end from now on. The price of a
 * call is that of the model named in its answer or, if the list doesn't have
 * that model, of the model that the call requested.
 *
 * Any thread and any callback may call this.
 *
 * @param client  Must not be NULL.
 * @param models  The list, such as the answer of chutes_models_list(). The
 *                prices are copied. If several models have the same id, the
 *                first one is used. NULL: forget all prices.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_NO_MEMORY (the
 *         prices are unchanged), or CHUTES_ERR_MISUSE (in the child of a
 *         fork()).
 */
CHUTES_API chutes_status chutes_client_set_prices(
    chutes_client *client, const chutes_models_response *models,
    chutes_error *error);

/**
 * Calculate what an answer costs at the prices of chutes_client_set_prices().
 * Only the thread that uses the loop may call this.
 *
 * @param loop   A loop of the client. NULL: the cost is unknown.
 * @param model  The model. NULL: the cost is unknown.
 * @param usage  The usage of the answer. NULL: the cost is unknown.
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
 * Set the budget of a client, which limits its calls from now on. This replaces
 * any earlier budget.
 *
 * When the budget is used up, no more requests are sent for the calls that the
 * totals count. Such a call fails with CHUTES_ERR_QUOTA, and the message names
 * the limit and the amount used. The http_status is 0 unless an earlier attempt
 * of the call was answered. The budget is checked before each attempt,
 * including that of a call that waited for its turn or for a retry, and that of
 * each further request of chutes_embed(). Attempts in progress continue, and a
 * request is added to the totals only when it has been answered: the totals may
 * exceed the budget by the requests that were in progress, which
 * max_concurrent_requests of the client limits.
 *
 * While a client has a budget, streamed chats and completions request their
 * usage unless their include_usage is 0. A stream that is cut or cancelled
 * still has no usage; see max_unknown_calls.
 *
 * Any thread and any callback may call this.
 *
 * @param client  Must not be NULL.
 * @param budget  Copied. Each limit must be 0 or more, or CHUTES_UNSET. NULL:
 *                no limits.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (the message names the limit;
 *         the budget is unchanged), or CHUTES_ERR_MISUSE (in the child of a
 *         fork()).
 */
CHUTES_API chutes_status chutes_client_set_budget(chutes_client *client,
                                                  const chutes_budget *budget,
                                                  chutes_error *error);

/**
 * Read the totals of a client into a struct whose size the caller states. Use
 * chutes_client_totals() instead.
 *
 * Any thread and any callback may call this.
 *
 * @param client  All totals are 0 if it is NULL, and in the child of a fork().
 * @param totals  Filled in. NULL is ignored.
 * @param size    sizeof(chutes_totals): the number of bytes written.
 */
CHUTES_API void chutes_client_read_totals(chutes_client *client,
                                          chutes_totals *totals, size_t size);

/** Return the totals of a client. Any thread and any callback may call this.
 * `client` may be NULL; see chutes_client_read_totals(). */
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
