/* SPDX-License-Identifier: MIT */
/*
 * Adds up what the calls of a client use and cost.
 */
#include "client/ledger.h"

#include "client/price.h"

bool chutes__ledger_init(struct chutes__ledger *ledger)
{
    ledger->totals = (chutes_totals){0};
    ledger->prices = NULL;
    return pthread_mutex_init(&ledger->mutex, NULL) == 0;
}

void chutes__ledger_dispose(struct chutes__ledger *ledger)
{
    chutes__prices_free(ledger->prices);
    pthread_mutex_destroy(&ledger->mutex);
}

/* ---- what a call used ---------------------------------------------------- */

/* Servers of embeddings leave out the completion, and some others the prompt:
 * the total shows what is missing. */
static chutes_usage complete(const chutes_usage *usage)
{
    chutes_usage whole =
        usage != NULL ? *usage : (chutes_usage){-1, -1, -1, -1, -1};

    if (whole.prompt_tokens < 0 && whole.total_tokens >= 0) {
        whole.prompt_tokens =
            whole.total_tokens -
            (whole.completion_tokens > 0 ? whole.completion_tokens : 0);
    }
    if (whole.completion_tokens < 0 && whole.total_tokens >= 0) {
        whole.completion_tokens = whole.total_tokens - whole.prompt_tokens;
    }
    return whole;
}

/* Adds tokens, which may be unknown. */
static void add(int64_t *total, int64_t tokens)
{
    if (tokens > 0 && __builtin_add_overflow(*total, tokens, total)) {
        *total = INT64_MAX;
    }
}

/* Returns the cost; -1 if it is unknown. */
static double price(const struct chutes__ledger *ledger,
                    const struct chutes__use *use, const chutes_usage *usage)
{
    const struct chutes__price *price =
        chutes__prices_find(ledger->prices, use->answered);

    if (price == NULL) {
        price = chutes__prices_find(ledger->prices, use->asked);
    }
    return price != NULL ? chutes__price_cost(price, usage) : -1;
}

void chutes__ledger_add(struct chutes__ledger *ledger,
                        const struct chutes__use *use)
{
    const chutes_usage usage = complete(use->usage);
    chutes_totals *totals = &ledger->totals;
    double cost;

    pthread_mutex_lock(&ledger->mutex);
    totals->calls++;
    add(&totals->prompt_tokens, usage.prompt_tokens);
    add(&totals->completion_tokens, usage.completion_tokens);
    add(&totals->cached_tokens, usage.cached_tokens);
    if (usage.prompt_tokens < 0 || usage.completion_tokens < 0) {
        totals->unmetered_calls++;
    }
    cost = price(ledger, use, &usage);
    if (cost >= 0) {
        totals->cost_usd += cost;
    } else {
        totals->unpriced_calls++;
    }
    pthread_mutex_unlock(&ledger->mutex);
}

/* ---- prices and totals --------------------------------------------------- */

void chutes__ledger_set_prices(struct chutes__ledger *ledger,
                               struct chutes__prices *prices)
{
    struct chutes__prices *old;

    pthread_mutex_lock(&ledger->mutex);
    old = ledger->prices;
    ledger->prices = prices;
    pthread_mutex_unlock(&ledger->mutex);
    chutes__prices_free(old);
}

chutes_totals chutes__ledger_read(struct chutes__ledger *ledger)
{
    chutes_totals totals;

    pthread_mutex_lock(&ledger->mutex);
    totals = ledger->totals;
    pthread_mutex_unlock(&ledger->mutex);
    return totals;
}
