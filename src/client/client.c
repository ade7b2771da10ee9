/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that create, free and cancel a client.
 */
#include <chutes/client.h>

#include "base/error.h"
#include "base/mem.h"
#include "client/config.h"
#include "client/loop_pool.h"

#include <unistd.h>

/* Initializes everything but the configuration. Returns false if memory runs
 * out. */
static bool init_parts(struct chutes_client *client)
{
    const chutes_client_options *options = &client->config.options;
    bool has_limiter = chutes__limiter_init(
        &client->limiter, options->max_concurrent_requests,
        options->max_requests_per_second, options->adaptive_concurrency);
    bool has_budget = has_limiter && chutes__retry_budget_init(&client->budget);
    bool has_trust = has_budget && chutes__trust_init(&client->trust);
    bool has_ledger = has_trust && chutes__ledger_init(&client->ledger);

    if (has_ledger && pthread_mutex_init(&client->mutex, NULL) == 0) {
        atomic_init(&client->is_closed, false);
        chutes__list_init(&client->loops);
        chutes__list_init(&client->idle);
        client->users = 1;
        client->process = getpid();
        return true;
    }
    if (has_ledger) {
        chutes__ledger_dispose(&client->ledger);
    }
    if (has_trust) {
        chutes__trust_dispose(&client->trust);
    }
    if (has_budget) {
        chutes__retry_budget_dispose(&client->budget);
    }
    if (has_limiter) {
        chutes__limiter_dispose(&client->limiter);
    }
    return false;
}

chutes_status chutes_client_new(const chutes_client_options *options,
                                chutes_client **client, chutes_error *error)
{
    struct chutes_client *made;
    chutes_status status;

    chutes__error_clear(error);
    if (client == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "client must not be NULL");
    }
    *client = NULL;
    status = chutes__transport_init(error);
    if (status != CHUTES_OK) {
        return status;
    }
    made = chutes__mem_zalloc(sizeof(*made));
    if (made == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = chutes__config_init(&made->config, options, error);
    if (status != CHUTES_OK) {
        chutes__mem_free(made);
        return status;
    }
    if (!init_parts(made)) {
        chutes__config_dispose(&made->config);
        chutes__mem_free(made);
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *client = made;
    return CHUTES_OK;
}

void chutes_client_free(chutes_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->process != getpid()) {
        /* In the child of a fork, don't lock the mutex: a thread of the parent
         * may have held it, and no other thread uses the client here. */
        chutes__loop_pool_destroy(client);
        return;
    }
    pthread_mutex_lock(&client->mutex);
    /* This must precede the cancel; chutes__loop_check() explains why. */
    atomic_store(&client->is_closed, true);
    chutes__loop_pool_cancel_all(client);
    chutes__loop_pool_leave(client);
}

void chutes_client_cancel_all(chutes_client *client)
{
    if (client == NULL || client->process != getpid()) {
        return;
    }
    pthread_mutex_lock(&client->mutex);
    chutes__loop_pool_cancel_all(client);
    pthread_mutex_unlock(&client->mutex);
}
