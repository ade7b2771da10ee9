/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that tell what the calls of a client have used.
 */
#include <chutes/totals.h>

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "client/context.h"
#include "client/price.h"

/* In the child of a fork, the mutex may have been locked by a thread of the
 * parent, which then stays locked. */
static bool is_usable(const struct chutes_client *client)
{
    return client != NULL && client->process == getpid();
}

chutes_status chutes_client_set_prices(chutes_client *client,
                                       const chutes_models_response *models,
                                       chutes_error *error)
{
    struct chutes__prices *prices = NULL;

    chutes__error_clear(error);
    if (client == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "client must not be NULL");
    }
    if (!is_usable(client)) {
        return chutes__fail(error, CHUTES_ERR_MISUSE,
                            "the client was made before fork()");
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
    memset(totals, 0, size);
    memcpy(totals, &own, size < sizeof(own) ? size : sizeof(own));
}
