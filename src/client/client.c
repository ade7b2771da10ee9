/* SPDX-License-Identifier: MIT */
#include "client/client.h"

#include "base/error.h"
#include "base/mem.h"

#include <unistd.h>

/* More engines than this are not kept when a burst of threads is over: each
 * holds a few descriptors and its connections. */
enum { MOST_IDLE_ENGINES = 64 };

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
    if (pthread_mutex_init(&made->mutex, NULL) != 0) {
        chutes__config_dispose(&made->config);
        chutes__mem_free(made);
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    made->process = getpid();
    *client = made;
    return CHUTES_OK;
}

static void free_lease(struct chutes__lease *lease)
{
    chutes__engine_free(lease->engine);
    chutes__mem_free(lease);
}

void chutes_client_free(chutes_client *client)
{
    if (client == NULL) {
        return;
    }
    while (client->idle != NULL) {
        struct chutes__lease *lease = client->idle;

        client->idle = lease->next;
        if (client->process == getpid()) {
            free_lease(lease);
        }
    }
    pthread_mutex_destroy(&client->mutex);
    chutes__config_dispose(&client->config);
    chutes__mem_free(client);
}

void chutes_client_cancel_all(chutes_client *client)
{
    if (client == NULL || client->process != getpid()) {
        return;
    }
    pthread_mutex_lock(&client->mutex);
    for (struct chutes__lease *lease = client->busy; lease != NULL;
         lease = lease->next) {
        lease->was_cancelled = true;
        chutes__engine_cancel_all(lease->engine);
    }
    pthread_mutex_unlock(&client->mutex);
}

static struct chutes__lease *make_lease(const struct chutes__config *config)
{
    const struct chutes__engine_options options = {
        config->options.max_host_connections,
        config->options.max_total_connections};
    struct chutes__lease *lease = chutes__mem_zalloc(sizeof(*lease));

    if (lease == NULL) {
        return NULL;
    }
    if (chutes__engine_new(&options, &lease->engine) != CHUTES_OK) {
        chutes__mem_free(lease);
        return NULL;
    }
    return lease;
}

static void push_busy(struct chutes_client *client, struct chutes__lease *lease)
{
    lease->next = client->busy;
    client->busy = lease;
}

struct chutes__lease *chutes__client_acquire(struct chutes_client *client)
{
    struct chutes__lease *lease;

    pthread_mutex_lock(&client->mutex);
    lease = client->idle;
    if (lease != NULL) {
        client->idle = lease->next;
        client->idle_count--;
        push_busy(client, lease);
    }
    pthread_mutex_unlock(&client->mutex);
    if (lease != NULL) {
        return lease;
    }
    lease = make_lease(&client->config);
    if (lease == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&client->mutex);
    push_busy(client, lease);
    pthread_mutex_unlock(&client->mutex);
    return lease;
}

static void remove_busy(struct chutes_client *client,
                        const struct chutes__lease *lease)
{
    struct chutes__lease **link = &client->busy;

    while (*link != lease) {
        link = &(*link)->next;
    }
    *link = lease->next;
}

void chutes__client_release(struct chutes_client *client,
                            struct chutes__lease *lease)
{
    bool is_kept;

    pthread_mutex_lock(&client->mutex);
    remove_busy(client, lease);
    pthread_mutex_unlock(&client->mutex);
    if (lease->was_cancelled) {
        /* The request to cancel was for the call that just ended: let the
         * engine spend it while nothing runs. */
        lease->was_cancelled = false;
        (void)chutes__engine_step(lease->engine, 0);
    }
    pthread_mutex_lock(&client->mutex);
    is_kept = client->idle_count < MOST_IDLE_ENGINES;
    if (is_kept) {
        lease->next = client->idle;
        client->idle = lease;
        client->idle_count++;
    }
    pthread_mutex_unlock(&client->mutex);
    if (!is_kept) {
        free_lease(lease);
    }
}
