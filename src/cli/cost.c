/* SPDX-License-Identifier: MIT */
/* Finds out how much the calls of a command cost, and limits it. */
#include "cli/cost.h"

/* The user is waiting for the answer, not for its price. */
#define PATIENCE_MS 5000

void cli_cost_learn(chutes_client *client, const struct cli_options *options)
{
    chutes_models_params params = chutes_models_params_default();
    chutes_call_options call_options = chutes_call_options_default();
    chutes_budget budget = chutes_budget_default();
    chutes_models_response *models = NULL;

    if (!options->shows_usage && options->max_cost_usd == CHUTES_UNSET) {
        return;
    }
    call_options.retry_policy = CHUTES_RETRY_NONE;
    call_options.total_timeout_ms = PATIENCE_MS;
    if (options->timeout_ms > 0 && options->timeout_ms < PATIENCE_MS) {
        call_options.total_timeout_ms = options->timeout_ms;
    }
    params.call_options = &call_options;
    if (chutes_models_list(client, &params, &models, NULL) == CHUTES_OK) {
        (void)chutes_client_set_prices(client, models, NULL);
    }
    chutes_models_response_free(models);
    budget.max_cost_usd = options->max_cost_usd;
    (void)chutes_client_set_budget(client, &budget, NULL);
}

struct cli_spent cli_spent_by(chutes_client *client)
{
    const chutes_totals totals = chutes_client_totals(client);
    struct cli_spent spent = {
        .has_usage = totals.calls > 1 && totals.unmetered_calls == 0,
        .usage = {.prompt_tokens = totals.prompt_tokens,
                  .completion_tokens = totals.completion_tokens,
                  .total_tokens =
                      totals.prompt_tokens + totals.completion_tokens,
                  .cached_tokens = totals.cached_tokens,
                  .reasoning_tokens = -1},
        .cost_usd = -1};

    if (totals.calls > 0 && totals.unpriced_calls == 0) {
        spent.cost_usd = totals.cost_usd;
    }
    return spent;
}
