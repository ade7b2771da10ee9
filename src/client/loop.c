/* SPDX-License-Identifier: MIT */
/*
 * The internals of a loop, which consists of an engine and calls, and one step
 * of both.
 */
#include "client/loop.h"

#include "base/error.h"
#include "base/mem.h"
#include "request/request.h"

#include <unistd.h>

/* ---- calls --------------------------------------------------------------- */

static struct chutes_call *call_of(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes_call, link);
}

/* If all calls were cancelled, marks each of them and clears the flag of the
 * loop, so that a call that starts later is not affected. */
static void mark_each(struct chutes_loop *loop)
{
    if (!atomic_exchange(&loop->is_cancelled, false)) {
        return;
    }
    for (struct chutes__link *link = loop->calls.next; link != &loop->calls;
         link = link->next) {
        atomic_store(&call_of(link)->is_cancelled, true);
    }
}

/* Cancels the marked calls. This removes none from the list, because calls end
 * in a step of the engine. */
static void cancel_calls(struct chutes_loop *loop)
{
    mark_each(loop);
    for (struct chutes__link *link = loop->calls.next; link != &loop->calls;
         link = link->next) {
        struct chutes_call *call = call_of(link);

        if (atomic_load(&call->is_cancelled)) {
            call->type->cancel(call);
        }
    }
}

void chutes__loop_cancel_all(struct chutes_loop *loop)
{
    atomic_store(&loop->is_cancelled, true);
    chutes__waker_ring(chutes__engine_waker(loop->engine));
}

chutes_status chutes__loop_check(struct chutes_loop *loop, chutes_error *error)
{
    if (loop->process != getpid()) {
        return chutes__fail(error, CHUTES_ERR_MISUSE,
                            "the client was made before fork(): its "
                            "connections are the parent's");
    }
    /* Call this before reading is_closed. chutes_client_free() closes the
     * client before it cancels the calls, so a start that clears the cancel
     * here also sees that the client is closed. */
    mark_each(loop);
    if (loop->is_freed || atomic_load(&loop->client->is_closed)) {
        return chutes__fail(error, CHUTES_ERR_MISUSE, "the %s was freed",
                            loop->is_freed ? "loop" : "client");
    }
    return CHUTES_OK;
}

/* ---- driving ------------------------------------------------------------- */

static void check_waker(struct chutes_loop *loop)
{
    if (chutes__waker_take(chutes__engine_waker(loop->engine))) {
        /* Cancel first: a cancelled request must not get a turn. */
        cancel_calls(loop);
        chutes__request_queue_run(&loop->requests);
    }
}

/* Logs once for each period in which requests wait. */
static void warn_of_waiting(struct chutes_loop *loop)
{
    const struct chutes__config *config = &loop->client->config;
    size_t waiting = chutes__engine_queued(loop->engine);

    if (waiting > 0 && !loop->has_warned) {
        chutes__log_write(&config->log, CHUTES_LOG_WARN,
                          "%zu requests wait for a connection: "
                          "max_host_connections (%d) or max_total_connections "
                          "(%d) is reached",
                          waiting, config->options.max_host_connections,
                          config->options.max_total_connections);
    }
    loop->has_warned = waiting > 0;
}

/* Checks the waker before the step, too: a call that was cancelled before the
 * step must not be sent. */
chutes_status chutes__loop_step(struct chutes_loop *loop, int timeout_ms)
{
    chutes_status status;

    loop->is_stepping = true;
    check_waker(loop);
    status = chutes__engine_step(loop->engine, timeout_ms);
    if (loop->process == getpid()) {
        check_waker(loop);
        warn_of_waiting(loop);
    } else {
        status = CHUTES_ERR_MISUSE;
    }
    loop->is_stepping = false;
    return status;
}

bool chutes__loop_drive(struct chutes_loop *loop, const bool *is_done)
{
    bool is_forked = false;

    while (!*is_done && !is_forked) {
        /* The call itself reports any other failure. */
        is_forked = chutes__loop_step(loop, -1) == CHUTES_ERR_MISUSE;
    }
    return !is_forked;
}

/* ---- lifecycle ----------------------------------------------------------- */

struct chutes_loop *chutes__loop_make(struct chutes_client *client)
{
    const chutes_client_options *options = &client->config.options;
    const struct chutes__engine_options engine_options = {
        options->max_host_connections, options->max_total_connections,
        client->config.http, &client->trust};
    struct chutes_loop *loop = chutes__mem_zalloc(sizeof(*loop));

    if (loop == NULL) {
        return NULL;
    }
    if (chutes__engine_new(&engine_options, &loop->engine) != CHUTES_OK) {
        chutes__mem_free(loop);
        return NULL;
    }
    chutes__request_queue_init(&loop->requests,
                               &(struct chutes__request_queue_options){
                                   loop->engine, &client->limiter,
                                   &client->budget, &client->config,
                                   chutes__ledger_admit, &client->ledger});
    loop->client = client;
    loop->process = client->process;
    chutes__chunk_init(&loop->chunk, (size_t)options->max_choices);
    chutes__list_init(&loop->link);
    chutes__list_init(&loop->calls);
    atomic_init(&loop->is_cancelled, false);
    return loop;
}

/* In the child of a fork, the connections and the calls on them belong to the
 * parent. The child may still use handles of these calls, which report that the
 * call is done. */
static void abandon_calls(struct chutes_loop *loop)
{
    for (struct chutes__link *link = loop->calls.next; link != &loop->calls;
         link = link->next) {
        atomic_store(&call_of(link)->is_done, true);
    }
}

void chutes__loop_destroy(struct chutes_loop *loop)
{
    chutes__chunk_dispose(&loop->chunk);
    if (loop->process != getpid()) {
        /* Don't free the engine: libcurl would send a close_notify on TLS
         * connections, which are the parent's. */
        abandon_calls(loop);
        chutes__mem_free(loop);
        return;
    }
    chutes__engine_free(loop->engine);
    /* Detach the hooks last, because freeing the engine calls them. */
    if (loop->has_hooks) {
        loop->detach(loop->hook_data);
    }
    chutes__mem_free(loop);
}
