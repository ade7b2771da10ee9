/* SPDX-License-Identifier: MIT */
/*
 * The loops of a client: blocking calls reuse idle ones, and the last loop to
 * leave frees a client that was closed.
 */
#include "client/loop_pool.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/config.h"
#include "client/loop.h"
#include "transport/descriptors.h"

#include <unistd.h>

/* The client stores at most this many idle loops, even after a burst of
 * threads, because each holds a few descriptors and its connections. */
enum { MAX_IDLE_LOOPS = 64 };

static struct chutes_loop *loop_of(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes_loop, link);
}

void chutes__loop_pool_destroy(struct chutes_client *client)
{
    while (!chutes__list_is_empty(&client->idle)) {
        struct chutes_loop *loop = loop_of(client->idle.next);

        chutes__list_remove(&loop->link);
        chutes__loop_destroy(loop);
    }
    pthread_mutex_destroy(&client->mutex);
    chutes__retry_budget_dispose(&client->budget);
    chutes__ledger_dispose(&client->ledger);
    chutes__trust_dispose(&client->trust);
    chutes__limiter_dispose(&client->limiter);
    chutes__config_dispose(&client->config);
    chutes__mem_free(client);
}

void chutes__loop_pool_leave(struct chutes_client *client)
{
    bool is_last = --client->users == 0;

    pthread_mutex_unlock(&client->mutex);
    if (is_last) {
        chutes__loop_pool_destroy(client);
    }
}

void chutes__loop_pool_cancel_all(struct chutes_client *client)
{
    for (struct chutes__link *link = client->loops.next; link != &client->loops;
         link = link->next) {
        chutes__loop_cancel_all(loop_of(link));
    }
}

void chutes__loop_pool_join(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;

    pthread_mutex_lock(&client->mutex);
    client->users++;
    chutes__list_append(&client->loops, &loop->link);
    pthread_mutex_unlock(&client->mutex);
}

void chutes__loop_pool_part(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;

    pthread_mutex_lock(&client->mutex);
    chutes__list_remove(&loop->link);
    chutes__loop_pool_leave(client);
}

static struct chutes_loop *take_idle(struct chutes_client *client)
{
    struct chutes_loop *loop = NULL;

    pthread_mutex_lock(&client->mutex);
    if (!chutes__list_is_empty(&client->idle)) {
        loop = loop_of(client->idle.next);
        chutes__list_remove(&loop->link);
        client->idle_count--;
    }
    pthread_mutex_unlock(&client->mutex);
    return loop;
}

struct chutes_loop *chutes__loop_pool_acquire(struct chutes_client *client,
                                              chutes_status *status,
                                              chutes_error *error)
{
    struct chutes_loop *loop;

    if (client == NULL) {
        *status = chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                               "client must not be NULL");
        return NULL;
    }
    if (client->process != getpid()) {
        *status = chutes__fail(error, CHUTES_ERR_MISUSE,
                               "the client was made before fork(): its "
                               "connections are the parent's");
        return NULL;
    }
    loop = take_idle(client);
    if (loop == NULL) {
        loop = chutes__loop_make(client);
    }
    if (loop == NULL) {
        *status = chutes__descriptors_blame(error);
        return NULL;
    }
    chutes__loop_pool_join(loop);
    return loop;
}

void chutes__loop_pool_release(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;
    bool is_kept;

    pthread_mutex_lock(&client->mutex);
    chutes__list_remove(&loop->link);
    is_kept =
        client->idle_count < MAX_IDLE_LOOPS && !atomic_load(&client->is_closed);
    if (is_kept) {
        chutes__list_prepend(&client->idle, &loop->link);
        client->idle_count++;
    }
    pthread_mutex_unlock(&client->mutex);
    /* Destroy the loop before it stops being a user, which may free the
     * client. */
    if (!is_kept) {
        chutes__loop_destroy(loop);
    }
    pthread_mutex_lock(&client->mutex);
    chutes__loop_pool_leave(client);
}
