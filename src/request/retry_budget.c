/* SPDX-License-Identifier: MIT */
/*
 * The budget that pays for retries.
 */
#include "request/retry.h"

/* The SDKs of AWS use the same numbers. */
enum {
    CAPACITY = 500,
    COST_OF_UNREACHABLE = 10,
    COST = 5,
    GAIN_OF_FIRST_ATTEMPT = 1
};

bool chutes__retry_budget_init(struct chutes__retry_budget *budget)
{
    budget->tokens = CAPACITY;
    return pthread_mutex_init(&budget->mutex, NULL) == 0;
}

void chutes__retry_budget_dispose(struct chutes__retry_budget *budget)
{
    pthread_mutex_destroy(&budget->mutex);
}

int chutes__retry_budget_take(struct chutes__retry_budget *budget,
                              chutes_outcome outcome)
{
    int cost = outcome == CHUTES_OUTCOME_NOT_SENT ? COST_OF_UNREACHABLE : COST;

    pthread_mutex_lock(&budget->mutex);
    if (budget->tokens < cost) {
        cost = 0;
    }
    budget->tokens -= cost;
    pthread_mutex_unlock(&budget->mutex);
    return cost;
}

void chutes__retry_budget_give(struct chutes__retry_budget *budget, int cost)
{
    pthread_mutex_lock(&budget->mutex);
    budget->tokens += cost > 0 ? cost : GAIN_OF_FIRST_ATTEMPT;
    if (budget->tokens > CAPACITY) {
        budget->tokens = CAPACITY;
    }
    pthread_mutex_unlock(&budget->mutex);
}
