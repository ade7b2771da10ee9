/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that report what the calls of a client have used.
 */
#include <chutes/totals.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "client/context.h"
#include "client/params.h"
#include "client/price.h"

CHUTES__ASSERT_NO_TAIL(chutes_budget, max_unknown_calls);

/* Returns false in the child of a fork, where the mutex may stay locked
 * forever: a thread of the parent may have held it. */
static bool is_usable(const struct chutes_client *client)
{
    return client != NULL && client->process == getpid();
}

static chutes_status check_client(const chutes_client *client,
                                  chutes_error *error)
{
    chutes__error_clear(error);
    if (client == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "client must not be NULL");
    }
    return is_usable(client)
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_MISUSE,
                              "the client was made before fork()");
}

chutes_status chutes_client_set_prices(chutes_client *client,
                                       const chutes_models_response *models,
                                       chutes_error *error)
{
    struct chutes__prices *prices = NULL;
    chutes_status status = check_client(client, error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (models != NULL) {
        prices = chutes__prices_new(models);
        if (prices == NULL) {
            return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
    }
    chutes__ledger_set_prices(&client->ledger, prices);
    return CHUTES_OK;
}

double chutes_loop_cost(chutes_loop *loop, const char *model,
                        const chutes_usage *usage)
{
    return loop != NULL && is_usable(loop->client) && model != NULL &&
                   usage != NULL
               ? chutes__ledger_cost(&loop->client->ledger, model, usage)
               : -1;
}

/* Returns the name of a limit that is invalid, or NULL if all are valid. The
 * negations also catch NaN, with which every comparison is false. */
static const char *find_invalid(const chutes_budget *budget)
{
    double cost = budget->max_cost_usd;

    if (budget->max_total_tokens < 0 &&
        budget->max_total_tokens != CHUTES_UNSET) {
        return "max_total_tokens";
    }
    if (cost != CHUTES_UNSET && !(cost >= 0 && isfinite(cost))) {
        return "max_cost_usd";
    }
    if (budget->max_unknown_calls < 0 &&
        budget->max_unknown_calls != CHUTES_UNSET) {
        return "max_unknown_calls";
    }
    return NULL;
}

chutes_status chutes_client_set_budget(chutes_client *client,
                                       const chutes_budget *budget,
                                       chutes_error *error)
{
    chutes_budget own = chutes_budget_default();
    chutes_status status = check_client(client, error);
    const char *invalid;

    if (status == CHUTES_OK && budget != NULL) {
        status = chutes__params_copy(&own, sizeof(own), budget, sizeof(own),
                                     "budget", error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    invalid = find_invalid(&own);
    if (invalid != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must be a finite number of 0 or more", invalid);
    }
    chutes__ledger_set_budget(&client->ledger, &own);
    return CHUTES_OK;
}

void chutes_client_read_totals(chutes_client *client, chutes_totals *totals,
                               size_t size)
{
    chutes_totals own = {0};

    if (totals == NULL) {
        return;
    }
    if (is_usable(client)) {
        own = chutes__ledger_read(&client->ledger);
    }
    chutes__params_fill(totals, size, &own, sizeof(own));
}
