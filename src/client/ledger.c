/* SPDX-License-Identifier: MIT */
/*
 * Adds up what the calls of a client use and cost, and compares that with its
 * budget.
 */
#include "client/ledger.h"

#include "base/error.h"
#include "client/price.h"

bool chutes__ledger_init(struct chutes__ledger *ledger)
{
    ledger->totals = (chutes_totals){0};
    ledger->prices = NULL;
    ledger->budget = chutes_budget_default();
    atomic_init(&ledger->has_budget, false);
    return pthread_mutex_init(&ledger->mutex, NULL) == 0;
}

void chutes__ledger_dispose(struct chutes__ledger *ledger)
{
    chutes__prices_free(ledger->prices);
    pthread_mutex_destroy(&ledger->mutex);
}

/* ---- what a call used ---------------------------------------------------- */

/* Computes a missing count from the total: servers of embeddings leave out the
 * completion, and some others the prompt. */
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

/* Adds tokens, unless they are unknown. */
static void add(int64_t *total, int64_t tokens)
{
    if (tokens > 0 && __builtin_add_overflow(*total, tokens, total)) {
        *total = INT64_MAX;
    }
}

/* Returns the cost, or -1 if it is unknown. */
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
                        const struct chutes__use *use,
                        struct chutes__unknown *unknown)
{
    const chutes_usage usage = complete(use->usage);
    chutes_totals *totals = &ledger->totals;
    double cost;

    pthread_mutex_lock(&ledger->mutex);
    add(&totals->prompt_tokens, usage.prompt_tokens);
    add(&totals->completion_tokens, usage.completion_tokens);
    add(&totals->cached_tokens, usage.cached_tokens);
    if (usage.prompt_tokens < 0 || usage.completion_tokens < 0) {
        unknown->usage = true;
    }
    cost = price(ledger, use, &usage);
    if (cost >= 0) {
        totals->cost_usd += cost;
    } else {
        unknown->cost = true;
    }
    pthread_mutex_unlock(&ledger->mutex);
}

void chutes__ledger_count_call(struct chutes__ledger *ledger,
                               const struct chutes__unknown *unknown)
{
    chutes_totals *totals = &ledger->totals;

    pthread_mutex_lock(&ledger->mutex);
    totals->calls++;
    totals->unmetered_calls += unknown->usage ? 1 : 0;
    totals->unpriced_calls += unknown->cost ? 1 : 0;
    pthread_mutex_unlock(&ledger->mutex);
}

/* ---- the budget ---------------------------------------------------------- */

void chutes__ledger_set_budget(struct chutes__ledger *ledger,
                               const chutes_budget *budget)
{
    pthread_mutex_lock(&ledger->mutex);
    ledger->budget = *budget;
    atomic_store(&ledger->has_budget,
                 budget->max_total_tokens != CHUTES_UNSET ||
                     budget->max_cost_usd != CHUTES_UNSET ||
                     budget->max_unknown_calls != CHUTES_UNSET);
    pthread_mutex_unlock(&ledger->mutex);
}

static chutes_status judge_tokens(const chutes_budget *budget,
                                  const chutes_totals *totals,
                                  chutes_error *error)
{
    int64_t used = totals->prompt_tokens;

    add(&used, totals->completion_tokens);
    if (budget->max_total_tokens == CHUTES_UNSET ||
        used < budget->max_total_tokens) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_QUOTA,
                        "the client's budget is used up: %lld of %lld tokens "
                        "(max_total_tokens)",
                        (long long)used, (long long)budget->max_total_tokens);
}

static chutes_status judge_cost(const chutes_budget *budget,
                                const chutes_totals *totals,
                                chutes_error *error)
{
    if (budget->max_cost_usd == CHUTES_UNSET ||
        totals->cost_usd < budget->max_cost_usd) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_QUOTA,
                        "the client's budget is used up: %g of %g USD "
                        "(max_cost_usd)",
                        totals->cost_usd, budget->max_cost_usd);
}

static chutes_status judge_unknown(const chutes_budget *budget,
                                   const chutes_totals *totals,
                                   chutes_error *error)
{
    bool has_cost = budget->max_cost_usd != CHUTES_UNSET;
    int64_t unknown =
        has_cost ? totals->unpriced_calls : totals->unmetered_calls;

    if (budget->max_unknown_calls == CHUTES_UNSET ||
        unknown <= budget->max_unknown_calls) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_QUOTA,
                        "the client's budget is used up: the %s of %lld of at "
                        "most %lld calls is unknown (max_unknown_calls)",
                        has_cost ? "cost" : "usage", (long long)unknown,
                        (long long)budget->max_unknown_calls);
}

/* Returns true if the cost of any answer of this model can be computed. */
static bool has_price(const struct chutes__ledger *ledger, const char *model)
{
    static const chutes_usage some = {1, 1, 2, 0, -1};
    const struct chutes__price *price =
        chutes__prices_find(ledger->prices, model);

    return price != NULL && chutes__price_cost(price, &some) >= 0;
}

static chutes_status judge_price(const struct chutes__ledger *ledger,
                                 const char *model, chutes_error *error)
{
    if (ledger->budget.max_cost_usd == CHUTES_UNSET ||
        has_price(ledger, model)) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_CONFIG,
                        "max_cost_usd needs the prices of \"%s\", which the "
                        "client doesn't know",
                        model);
}

chutes_status chutes__ledger_admit(void *ledger, const char *model,
                                   chutes_error *error)
{
    struct chutes__ledger *own = ledger;
    chutes_status status;

    if (!chutes__ledger_has_budget(own)) {
        return CHUTES_OK;
    }
    pthread_mutex_lock(&own->mutex);
    status = judge_tokens(&own->budget, &own->totals, error);
    if (status == CHUTES_OK) {
        status = judge_cost(&own->budget, &own->totals, error);
    }
    if (status == CHUTES_OK) {
        status = judge_unknown(&own->budget, &own->totals, error);
    }
    if (status == CHUTES_OK) {
        status = judge_price(own, model, error);
    }
    pthread_mutex_unlock(&own->mutex);
    return status;
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

double chutes__ledger_cost(struct chutes__ledger *ledger, const char *model,
                           const chutes_usage *usage)
{
    const struct chutes__use use = {model, model, usage};
    const chutes_usage whole = complete(usage);
    double cost;

    pthread_mutex_lock(&ledger->mutex);
    cost = price(ledger, &use, &whole);
    pthread_mutex_unlock(&ledger->mutex);
    return cost;
}

chutes_totals chutes__ledger_read(struct chutes__ledger *ledger)
{
    chutes_totals totals;

    pthread_mutex_lock(&ledger->mutex);
    totals = ledger->totals;
    pthread_mutex_unlock(&ledger->mutex);
    return totals;
}
