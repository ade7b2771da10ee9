/* SPDX-License-Identifier: MIT */
#include "client/client.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/loop.h"

#include <unistd.h>

/* More loops than this are not kept when a burst of threads is over: each holds
 * a few descriptors and its connections. */
enum { MOST_IDLE_LOOPS = 64 };

static struct chutes_loop *loop_of(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes_loop, link);
}

/* What else than memory and configuration a client is made of. */
static bool init_parts(struct chutes_client *client)
{
    const chutes_client_options *options = &client->config.options;

    if (!chutes__limiter_init(
            &client->limiter, options->max_concurrent_requests,
            options->max_requests_per_second, options->adaptive_concurrency)) {
        return false;
    }
    if (!chutes__retry_budget_init(&client->budget)) {
        chutes__limiter_dispose(&client->limiter);
        return false;
    }
    if (pthread_mutex_init(&client->mutex, NULL) != 0) {
        chutes__retry_budget_dispose(&client->budget);
        chutes__limiter_dispose(&client->limiter);
        return false;
    }
    atomic_init(&client->is_closed, false);
    chutes__list_init(&client->loops);
    chutes__list_init(&client->idle);
    client->users = 1;
    client->process = getpid();
    return true;
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

static void destroy(struct chutes_client *client)
{
    while (!chutes__list_is_empty(&client->idle)) {
        struct chutes_loop *loop = loop_of(client->idle.next);

        chutes__list_remove(&loop->link);
        chutes__loop_destroy(loop);
    }
    pthread_mutex_destroy(&client->mutex);
    chutes__retry_budget_dispose(&client->budget);
    chutes__limiter_dispose(&client->limiter);
    chutes__config_dispose(&client->config);
    chutes__mem_free(client);
}

/* Lets go of the client, with the mutex held. */
static void leave(struct chutes_client *client)
{
    bool is_last = --client->users == 0;

    pthread_mutex_unlock(&client->mutex);
    if (is_last) {
        destroy(client);
    }
}

static void cancel_all(struct chutes_client *client)
{
    for (struct chutes__link *link = client->loops.next; link != &client->loops;
         link = link->next) {
        chutes__loop_cancel_all(loop_of(link));
    }
}

void chutes_client_free(chutes_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->process != getpid()) {
        /* The threads that might use it, and hold its mutex, are the
         * parent's. */
        destroy(client);
        return;
    }
    pthread_mutex_lock(&client->mutex);
    atomic_store(&client->is_closed, true);
    cancel_all(client);
    leave(client);
}

void chutes_client_cancel_all(chutes_client *client)
{
    if (client == NULL || client->process != getpid()) {
        return;
    }
    pthread_mutex_lock(&client->mutex);
    cancel_all(client);
    pthread_mutex_unlock(&client->mutex);
}

void chutes__client_join(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;

    pthread_mutex_lock(&client->mutex);
    client->users++;
    chutes__list_append(&client->loops, &loop->link);
    pthread_mutex_unlock(&client->mutex);
}

void chutes__client_part(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;

    pthread_mutex_lock(&client->mutex);
    chutes__list_remove(&loop->link);
    leave(client);
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

struct chutes_loop *chutes__client_acquire(struct chutes_client *client,
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
        *status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        return NULL;
    }
    chutes__client_join(loop);
    return loop;
}

void chutes__client_release(struct chutes_loop *loop)
{
    struct chutes_client *client = loop->client;
    bool is_kept;

    pthread_mutex_lock(&client->mutex);
    chutes__list_remove(&loop->link);
    /* Under the mutex: meant for the call that just ended. */
    atomic_store(&loop->is_cancelled, false);
    is_kept = client->idle_count < MOST_IDLE_LOOPS &&
              !atomic_load(&client->is_closed);
    if (is_kept) {
        chutes__list_prepend(&client->idle, &loop->link);
        client->idle_count++;
    }
    pthread_mutex_unlock(&client->mutex);
    if (!is_kept) {
        chutes__loop_destroy(loop);
    }
    pthread_mutex_lock(&client->mutex);
    leave(client);
}
