/* SPDX-License-Identifier: MIT */
#include "client/loop.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/call.h"
#include "client/exchange.h"
#include "client/params.h"

#include <unistd.h>

CHUTES__ASSERT_NO_TAIL(chutes_loop_hooks, user_data);

/* ---- calls --------------------------------------------------------------- */

static struct chutes_call *call_of(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes_call, link);
}

/* When all were asked to end, has each of them asked, so that a call that
 * starts from now on isn't meant. */
static void ask_each(struct chutes_loop *loop)
{
    if (!atomic_exchange(&loop->is_cancelled, false)) {
        return;
    }
    for (struct chutes__link *link = loop->calls.next; link != &loop->calls;
         link = link->next) {
        atomic_store(&call_of(link)->is_cancelled, true);
    }
}

/* None leaves the list here: their completions come from the engine. */
static void cancel_calls(struct chutes_loop *loop)
{
    ask_each(loop);
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
    /* Before that look: who frees the client closes it first. */
    ask_each(loop);
    if (loop->is_freed || atomic_load(&loop->client->is_closed)) {
        return chutes__fail(error, CHUTES_ERR_MISUSE, "the %s was freed",
                            loop->is_freed ? "loop" : "client");
    }
    return CHUTES_OK;
}

/* ---- driving ------------------------------------------------------------- */

static void heed_waker(struct chutes_loop *loop)
{
    if (chutes__waker_take(chutes__engine_waker(loop->engine))) {
        cancel_calls(loop);
        chutes__exchange_check_waiting(loop);
    }
}

/* Before the step too: a call that is cancelled already must not be sent. */
static chutes_status drive(struct chutes_loop *loop, int timeout_ms)
{
    chutes_status status;

    loop->is_stepping = true;
    heed_waker(loop);
    status = chutes__engine_step(loop->engine, timeout_ms);
    heed_waker(loop);
    loop->is_stepping = false;
    return status;
}

/* Lets every call have its completion, and frees it all. */
static void close_loop(struct chutes_loop *loop)
{
    loop->is_freed = true;
    if (loop->process == getpid()) {
        while (loop->active > 0) {
            chutes__loop_cancel_all(loop);
            (void)drive(loop, -1);
        }
        chutes__client_part(loop);
    }
    if (loop->is_over != NULL) {
        *loop->is_over = true;
    }
    chutes__loop_destroy(loop);
}

chutes_status chutes__loop_step(struct chutes_loop *loop, int timeout_ms)
{
    chutes_status status = drive(loop, timeout_ms);

    if (loop->is_freed) {
        close_loop(loop);
    }
    return status;
}

void chutes__loop_drive(struct chutes_loop *loop, chutes_status started,
                        const bool *is_done)
{
    while (started == CHUTES_OK && !*is_done) {
        /* Its failure is also told to the call. */
        (void)drive(loop, -1);
    }
}

/* ---- life ---------------------------------------------------------------- */

struct chutes_loop *chutes__loop_make(struct chutes_client *client)
{
    const chutes_client_options *options = &client->config.options;
    const struct chutes__engine_options engine_options = {
        options->max_host_connections, options->max_total_connections,
        client->config.http};
    struct chutes_loop *loop = chutes__mem_zalloc(sizeof(*loop));

    if (loop == NULL) {
        return NULL;
    }
    if (chutes__engine_new(&engine_options, &loop->engine) != CHUTES_OK) {
        chutes__mem_free(loop);
        return NULL;
    }
    loop->client = client;
    loop->process = client->process;
    chutes__chunk_init(&loop->chunk, (size_t)options->max_choices);
    chutes__error_clear(&loop->error);
    chutes__list_init(&loop->link);
    chutes__list_init(&loop->calls);
    chutes__list_init(&loop->waiting);
    atomic_init(&loop->is_cancelled, false);
    return loop;
}

/* In the child of a fork the connections are the parent's, and so are the calls
 * on them; but their handles may still be asked. */
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
        abandon_calls(loop);
        chutes__mem_free(loop);
        return;
    }
    chutes__engine_free(loop->engine);
    if (loop->has_hooks) {
        loop->detach(loop->hook_data);
    }
    chutes__mem_free(loop);
}

chutes_status chutes_loop_new(chutes_client *client, chutes_loop **loop,
                              chutes_error *error)
{
    struct chutes_loop *made;

    chutes__error_clear(error);
    if (loop != NULL) {
        *loop = NULL;
    }
    if (loop == NULL || client == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            loop == NULL ? "loop" : "client");
    }
    if (client->process != getpid()) {
        return chutes__fail(error, CHUTES_ERR_MISUSE,
                            "the client was made before fork()");
    }
    made = chutes__loop_make(client);
    if (made == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__client_join(made);
    *loop = made;
    return CHUTES_OK;
}

void chutes_loop_free(chutes_loop *loop)
{
    if (loop == NULL || loop->is_freed) {
        return;
    }
    loop->is_freed = true;
    if (!loop->is_stepping) {
        close_loop(loop);
    }
}

/* ---- the public verbs ---------------------------------------------------- */

static chutes_status check_drive(const struct chutes_loop *loop)
{
    if (loop == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    return loop->is_stepping || loop->has_hooks || loop->process != getpid()
               ? CHUTES_ERR_MISUSE
               : CHUTES_OK;
}

chutes_status chutes_loop_poll(chutes_loop *loop, int timeout_ms)
{
    chutes_status status = check_drive(loop);

    if (status != CHUTES_OK) {
        return status;
    }
    loop->is_used = true;
    return chutes__loop_step(loop, timeout_ms);
}

chutes_status chutes_loop_run(chutes_loop *loop)
{
    bool is_over = false;
    chutes_status status = check_drive(loop);

    if (status != CHUTES_OK) {
        return status;
    }
    loop->is_used = true;
    /* Freed by a callback it must not be looked at again; that its last call
     * ends tells nothing, as that is what freeing does too. */
    loop->is_over = &is_over;
    while (status == CHUTES_OK && loop->active > 0) {
        status = chutes__loop_step(loop, -1);
        if (is_over) {
            return status;
        }
    }
    loop->is_over = NULL;
    return status;
}

void chutes_loop_wakeup(chutes_loop *loop)
{
    if (loop != NULL) {
        chutes__waker_ring(chutes__engine_waker(loop->engine));
    }
}

size_t chutes_loop_active(const chutes_loop *loop)
{
    return loop != NULL ? loop->active : 0;
}

int chutes_loop_fd(chutes_loop *loop)
{
    if (loop == NULL || loop->has_hooks || loop->process != getpid()) {
        return -1;
    }
    loop->is_used = true;
    return chutes__engine_fd(loop->engine);
}

chutes_status chutes_loop_attach(chutes_loop *loop,
                                 const chutes_loop_hooks *hooks,
                                 chutes_error *error)
{
    chutes_loop_hooks own = {0};
    chutes_status status;

    chutes__error_clear(error);
    if (loop == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "loop must not be NULL");
    }
    status = chutes__params_copy(&own, sizeof(own), hooks, sizeof(own), "hooks",
                                 error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (own.watch == NULL || own.timer == NULL || own.detach == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "hooks.watch, timer and detach must not be NULL");
    }
    status = chutes__loop_check(loop, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (loop->is_used || loop->has_hooks || loop->active > 0) {
        return chutes__fail(error, CHUTES_ERR_MISUSE,
                            "the loop was used already");
    }
    status = chutes__engine_attach(
        loop->engine,
        &(struct chutes__engine_hooks){own.watch, own.timer, own.user_data});
    if (status != CHUTES_OK) {
        return chutes__fail(error, status, "a hook failed");
    }
    loop->has_hooks = true;
    loop->detach = own.detach;
    loop->hook_data = own.user_data;
    return CHUTES_OK;
}

/* Called by the host's event loop, which knows no misuse. */
static bool may_step(const chutes_loop *loop)
{
    return loop != NULL && loop->has_hooks && !loop->is_stepping &&
           loop->process == getpid();
}

void chutes_loop_on_ready(chutes_loop *loop, int fd, int events)
{
    if (may_step(loop)) {
        chutes__engine_on_ready(loop->engine, fd, events);
        (void)chutes__loop_step(loop, 0);
    }
}

void chutes_loop_on_timer(chutes_loop *loop)
{
    if (may_step(loop)) {
        (void)chutes__loop_step(loop, 0);
    }
}
