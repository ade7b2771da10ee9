/* SPDX-License-Identifier: MIT */
/* What the calls of a command cost. */
#include "cli/cost.h"

/* The user is waiting for the answer, not for its price. */
#define PATIENCE_MS 5000

void cli_cost_learn(chutes_client *client, const struct cli_options *options)
{
    chutes_models_params params = chutes_models_params_default();
    chutes_call_options call_options = chutes_call_options_default();
    chutes_models_response *models = NULL;

    if (!options->shows_usage) {
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
}

double cli_cost_of(chutes_client *client)
{
    chutes_totals totals = chutes_client_totals(client);

    return totals.calls > 0 && totals.unpriced_calls == 0 ? totals.cost_usd
                                                          : -1;
}
