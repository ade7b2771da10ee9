/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LEDGER_H
#define CHUTES_CLIENT_LEDGER_H

#include <pthread.h>
#include <stdbool.h>

#include <chutes/totals.h>

struct chutes__prices;

/* Adds up what the calls of a client use and cost. Any thread may use it. */
struct chutes__ledger {
    pthread_mutex_t mutex; /* guards the members below */
    chutes_totals totals;
    struct chutes__prices *prices; /* NULL: none are known */
};

/* What an answer says about its use of tokens. */
struct chutes__use {
    const char *answered;      /* the model that answered; "" if not known */
    const char *asked;         /* the model requested; likewise */
    const chutes_usage *usage; /* NULL: not known */
};

/* False: out of memory. */
bool chutes__ledger_init(struct chutes__ledger *ledger);
void chutes__ledger_dispose(struct chutes__ledger *ledger);

void chutes__ledger_add(struct chutes__ledger *ledger,
                        const struct chutes__use *use);

/* Replaces the prices. The ledger owns them from now on. */
void chutes__ledger_set_prices(struct chutes__ledger *ledger,
                               struct chutes__prices *prices);

chutes_totals chutes__ledger_read(struct chutes__ledger *ledger);

#endif
