/* SPDX-License-Identifier: MIT */
/* The budget of a run: adds up what its answers use and cost, and ends it. */
#include "toolkit/run.h"

#include <chutes/totals.h>

#include "base/error.h"

/* ---- what an answer used ------------------------------------------------- */

static bool has_prices(const struct chutes_run *run)
{
    return run->params.input_price != CHUTES_UNSET &&
           run->params.output_price != CHUTES_UNSET;
}

/* Returns the cost of an answer of known usage; -1 if it is unknown. */
static double find_cost(const struct chutes_run *run,
                        const chutes_chat_response *response)
{
    const chutes_usage *usage = response->usage;
    double cost;

    if (has_prices(run)) {
        return ((double)usage->prompt_tokens * run->params.input_price +
                (double)usage->completion_tokens * run->params.output_price) /
               1e6;
    }
    cost = chutes_loop_cost(run->model.loop, response->model, usage);
    return cost >= 0 || response->info == NULL
               ? cost
               : chutes_loop_cost(run->model.loop, response->info->model,
                                  usage);
}

static void add_tokens(struct chutes_run *run, int64_t tokens)
{
    if (tokens > 0 &&
        __builtin_add_overflow(run->tokens, tokens, &run->tokens)) {
        run->tokens = INT64_MAX;
    }
}

void chutes__run_count(struct chutes_run *run,
                       const chutes_chat_response *response)
{
    const chutes_usage *usage = response->usage;
    bool is_known = usage != NULL && usage->prompt_tokens >= 0 &&
                    usage->completion_tokens >= 0;
    double cost = is_known ? find_cost(run, response) : -1;

    if (usage != NULL) {
        add_tokens(run, usage->prompt_tokens);
        add_tokens(run, usage->completion_tokens);
    }
    run->cost += cost >= 0 ? cost : 0;
    run->unmetered += !is_known;
    run->unpriced += cost < 0;
}

/* ---- the limits ---------------------------------------------------------- */

bool chutes__run_check_budget(struct chutes_run *run)
{
    const chutes_run_params *params = &run->params;
    bool has_cost = params->max_cost != CHUTES_UNSET;
    int unknown = has_cost ? run->unpriced : run->unmetered;

    if (run->round >= params->max_rounds) {
        chutes__run_fail(run, CHUTES_ERR_TOO_LARGE, "max_rounds is reached",
                         "the run exceeds max_rounds (%d)", params->max_rounds);
    } else if (params->max_tokens != CHUTES_UNSET &&
               run->tokens > params->max_tokens) {
        chutes__run_fail(run, CHUTES_ERR_TOO_LARGE, "max_tokens is reached",
                         "the run exceeds max_tokens (%lld)",
                         (long long)params->max_tokens);
    } else if (has_cost && run->cost > params->max_cost) {
        chutes__run_fail(run, CHUTES_ERR_TOO_LARGE, "max_cost is reached",
                         "the run exceeds max_cost (%g USD)", params->max_cost);
    } else if (params->max_unknown_rounds != CHUTES_UNSET &&
               unknown > params->max_unknown_rounds) {
        chutes__run_fail(
            run, CHUTES_ERR_TOO_LARGE, "max_unknown_rounds is reached",
            "the run exceeds max_unknown_rounds (%lld): the %s of "
            "its answers is unknown",
            (long long)params->max_unknown_rounds, has_cost ? "cost" : "usage");
    }
    return run->is_done;
}

chutes_status chutes__run_check_prices(const struct chutes_run *run,
                                       chutes_error *error)
{
    static const chutes_usage some = {1, 1, 2, 0, -1};

    if (run->params.max_cost == CHUTES_UNSET || has_prices(run) ||
        chutes_loop_cost(run->model.loop, run->chat.model, &some) >= 0) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "max_cost needs both prices, or those of chat.model in "
                        "chutes_client_set_prices()");
}
