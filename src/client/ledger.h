/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LEDGER_H
#define CHUTES_CLIENT_LEDGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <chutes/totals.h>

struct chutes__prices;

/* Adds up what the calls of a client use and cost, and decides by the budget
 * whether a request may be sent. Any thread may use it. */
struct chutes__ledger {
    atomic_bool has_budget; /* false: no limit is set, and no lock is needed */
    pthread_mutex_t mutex;  /* guards the members below */
    chutes_totals totals;
    struct chutes__prices *prices; /* NULL: none are known */
    chutes_budget budget;
};

/* The tokens that an answer used, and its model. */
struct chutes__use {
    const char *answered;      /* the model that answered; "" if not known */
    const char *asked;         /* the model requested; likewise */
    const chutes_usage *usage; /* NULL: not known */
};

/* Whether the tokens or the cost of at least one answer to a call are
 * unknown. */
struct chutes__unknown {
    bool usage;
    bool cost;
};

/* Returns false if memory runs out. */
bool chutes__ledger_init(struct chutes__ledger *ledger);
void chutes__ledger_dispose(struct chutes__ledger *ledger);

/* Adds the tokens and the cost of an answer, and notes in `unknown` which of
 * them it lacks. */
void chutes__ledger_add(struct chutes__ledger *ledger,
                        const struct chutes__use *use,
                        struct chutes__unknown *unknown);

/* Counts a call, all of whose answers were added. */
void chutes__ledger_count_call(struct chutes__ledger *ledger,
                               const struct chutes__unknown *unknown);

/* Replaces the prices. Takes ownership of `prices`. */
void chutes__ledger_set_prices(struct chutes__ledger *ledger,
                               struct chutes__prices *prices);

/* Returns the cost of an answer of this model in USD, or -1 if it is
 * unknown. */
double chutes__ledger_cost(struct chutes__ledger *ledger, const char *model,
                           const chutes_usage *usage);

/* Sets the budget, which must be valid. */
void chutes__ledger_set_budget(struct chutes__ledger *ledger,
                               const chutes_budget *budget);

static inline bool chutes__ledger_has_budget(struct chutes__ledger *ledger)
{
    return atomic_load_explicit(&ledger->has_budget, memory_order_relaxed);
}

/* Returns CHUTES_OK if the budget allows a request for `model`; otherwise fills
 * `error`. `ledger` is a void pointer because the request layer, which calls
 * this, doesn't know the type. */
chutes_status chutes__ledger_admit(void *ledger, const char *model,
                                   chutes_error *error);

chutes_totals chutes__ledger_read(struct chutes__ledger *ledger);

#endif
