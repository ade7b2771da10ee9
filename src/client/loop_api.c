/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of loops.
 */
#include <chutes/loop.h>

#include "base/error.h"
#include "client/loop.h"
#include "client/loop_pool.h"
#include "client/params.h"
#include "transport/descriptors.h"

#include <unistd.h>

CHUTES__ASSERT_NO_TAIL(chutes_loop_hooks, user_data);

/* ---- lifecycle ----------------------------------------------------------- */

/* Cancels all calls, waits for their completion callbacks, and frees the
 * loop. */
static void close_loop(struct chutes_loop *loop)
{
    loop->is_freed = true;
    if (loop->process == getpid()) {
        while (loop->active > 0) {
            chutes__loop_cancel_all(loop);
            (void)chutes__loop_step(loop, -1);
        }
        chutes__loop_pool_part(loop);
    }
    if (loop->is_over != NULL) {
        *loop->is_over = true;
    }
    chutes__loop_destroy(loop);
}

/* Makes a step, and frees the loop if a callback of the step has called
 * chutes_loop_free(). */
static chutes_status step(struct chutes_loop *loop, int timeout_ms)
{
    chutes_status status = chutes__loop_step(loop, timeout_ms);

    if (loop->is_freed) {
        close_loop(loop);
    }
    return status;
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
        return chutes__descriptors_blame(error);
    }
    chutes__loop_pool_join(made);
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
    return step(loop, timeout_ms);
}

chutes_status chutes_loop_run(chutes_loop *loop)
{
    bool is_over = false;
    chutes_status status = check_drive(loop);

    if (status != CHUTES_OK) {
        return status;
    }
    loop->is_used = true;
    /* Once a callback has freed the loop, don't touch it, not even to read
     * `active`. */
    loop->is_over = &is_over;
    while (status == CHUTES_OK && loop->active > 0) {
        status = step(loop, -1);
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

size_t chutes_loop_waiting(const chutes_loop *loop)
{
    if (loop == NULL || loop->process != getpid()) {
        return 0;
    }
    return chutes__request_queue_waiting(&loop->requests) +
           chutes__engine_queued(loop->engine);
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

/* Returns false if the functions below are misused. The host's event loop
 * ignores statuses, so they do nothing then. */
static bool has_host(const chutes_loop *loop)
{
    return loop != NULL && loop->has_hooks && loop->process == getpid();
}

void chutes_loop_on_ready(chutes_loop *loop, int fd, int events)
{
    if (has_host(loop) && !loop->is_stepping) {
        chutes__engine_on_ready(loop->engine, fd, events);
        (void)step(loop, 0);
    }
}

void chutes_loop_on_timer(chutes_loop *loop)
{
    if (!has_host(loop)) {
        return;
    }
    /* Forget the expired timer even inside a step, which sets it again when it
     * ends. */
    chutes__engine_renew_timer(loop->engine);
    if (!loop->is_stepping) {
        (void)step(loop, 0);
    }
}
