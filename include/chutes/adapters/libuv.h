/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_ADAPTERS_LIBUV_H
#define CHUTES_ADAPTERS_LIBUV_H

#include <stdlib.h>

#include <uv.h>

#include <chutes/adapters/adapter.h>
#include <chutes/loop.h>

/*
 * A chutes_loop inside libuv: see chutes_libuv_attach() at the end. What stands
 * before it is no interface. The library itself doesn't link to libuv; programs
 * that include this do.
 */

/* None of the handles is referenced but `alive`, which is as long as a call is
 * active. */
typedef struct chutes_libuv {
    chutes_loop *loop; /* NULL: it was freed */
    uv_loop_t *uv;
    uv_timer_t timer;
    uv_async_t alive; /* never sent */
    int open_handles; /* of the two above; the last one frees this */
    int is_in_timer;
} chutes_libuv;

typedef struct chutes_libuv_watch {
    uv_poll_t poll;
    chutes_libuv *adapter;
    int fd;
    int events; /* UV_READABLE, UV_WRITABLE */
} chutes_libuv_watch;

/* The loop may have been freed meanwhile. What libuv calls us with lives on:
 * it is freed by close callbacks, which come later. */
static inline void chutes_libuv_settle(chutes_libuv *adapter)
{
    if (adapter->loop != NULL && chutes_loop_active(adapter->loop) == 0) {
        uv_unref((uv_handle_t *)&adapter->alive);
    }
}

static inline void chutes_libuv_on_poll(uv_poll_t *poll, int status, int events)
{
    chutes_libuv_watch *watch = (chutes_libuv_watch *)poll->data;
    chutes_libuv *adapter = watch->adapter;
    int ready = CHUTES_LOOP_READABLE | CHUTES_LOOP_WRITABLE;

    if (status == 0) {
        ready = ((events & UV_READABLE) != 0 ? CHUTES_LOOP_READABLE : 0) |
                ((events & UV_WRITABLE) != 0 ? CHUTES_LOOP_WRITABLE : 0);
    }
    chutes_loop_on_ready(adapter->loop, watch->fd, ready);
    /* libuv stops a handle when it tells an error. */
    if (status != 0 && uv_is_closing((uv_handle_t *)poll) == 0) {
        (void)uv_poll_start(poll, watch->events, chutes_libuv_on_poll);
    }
    chutes_libuv_settle(adapter);
}

static inline void chutes_libuv_on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static inline chutes_libuv_watch *chutes_libuv_watch_new(chutes_libuv *adapter,
                                                         int fd)
{
    chutes_libuv_watch *watch =
        (chutes_libuv_watch *)calloc(1, sizeof(chutes_libuv_watch));

    if (watch == NULL) {
        return NULL;
    }
    watch->adapter = adapter;
    watch->fd = fd;
    if (uv_poll_init(adapter->uv, &watch->poll, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    uv_unref((uv_handle_t *)&watch->poll);
    return watch;
}

static inline void *chutes_libuv_watch_fd(int fd, int events, void *old,
                                          void *user_data)
{
    chutes_libuv_watch *watch = (chutes_libuv_watch *)old;

    if (watch == NULL && events != 0) {
        watch = chutes_libuv_watch_new((chutes_libuv *)user_data, fd);
    }
    if (watch == NULL) {
        return NULL;
    }
    watch->events = ((events & CHUTES_LOOP_READABLE) != 0 ? UV_READABLE : 0) |
                    ((events & CHUTES_LOOP_WRITABLE) != 0 ? UV_WRITABLE : 0);
    if (events != 0 &&
        uv_poll_start(&watch->poll, watch->events, chutes_libuv_on_poll) == 0) {
        return watch;
    }
    if (events == 0 || old == NULL) {
        uv_close((uv_handle_t *)&watch->poll, chutes_libuv_on_watch_closed);
    }
    return NULL;
}

static inline void chutes_libuv_on_timer(uv_timer_t *timer)
{
    chutes_libuv *adapter = (chutes_libuv *)timer->data;

    adapter->is_in_timer = 1;
    chutes_loop_on_timer(adapter->loop);
    adapter->is_in_timer = 0;
    chutes_libuv_settle(adapter);
}

static inline void chutes_libuv_set_timer(int64_t timeout_ms, void *user_data)
{
    chutes_libuv *adapter = (chutes_libuv *)user_data;

    if (timeout_ms < 0) {
        (void)uv_timer_stop(&adapter->timer);
        return;
    }
    /* Whatever began is known to be over in settle() alone. */
    uv_ref((uv_handle_t *)&adapter->alive);
    /* A timer of 0 that is set by a timer runs before any descriptor does. */
    if (timeout_ms == 0 && adapter->is_in_timer) {
        timeout_ms = 1;
    }
    (void)uv_timer_start(&adapter->timer, chutes_libuv_on_timer,
                         (uint64_t)timeout_ms, 0);
}

static inline void chutes_libuv_on_closed(uv_handle_t *handle)
{
    chutes_libuv *adapter = (chutes_libuv *)handle->data;

    adapter->open_handles--;
    if (adapter->open_handles == 0) {
        free(adapter);
    }
}

static inline void chutes_libuv_detach(void *user_data)
{
    chutes_libuv *adapter = (chutes_libuv *)user_data;

    adapter->loop = NULL;
    uv_close((uv_handle_t *)&adapter->timer, chutes_libuv_on_closed);
    uv_close((uv_handle_t *)&adapter->alive, chutes_libuv_on_closed);
}

/**
 * Let libuv drive a loop, until chutes_loop_free(): callbacks of its calls run
 * inside uv_run().
 *
 * While a call is active, uv_run() goes on; with none, nothing of this keeps it
 * from returning. Handles are closed by chutes_loop_free(), and gone once
 * uv_run() ran their close callbacks, which uv_loop_close() needs.
 *
 * @param loop   Fresh: neither polled nor attached. May be freed at any time,
 *               from its callbacks too.
 * @param uv     Borrowed until the handles are gone. The thread that runs it is
 *               the one that uses `loop`.
 * @param error  Filled on failure. May be NULL.
 * @return CHUTES_OK, or why nothing was attached: as chutes_loop_attach(),
 *         CHUTES_ERR_NO_MEMORY, or CHUTES_ERR_INTERNAL when libuv failed.
 */
static inline chutes_status
chutes_libuv_attach(chutes_loop *loop, uv_loop_t *uv, chutes_error *error)
{
    chutes_libuv *adapter = (chutes_libuv *)calloc(1, sizeof(chutes_libuv));
    chutes_loop_hooks hooks = chutes_loop_hooks_default();
    chutes_status status;
    int failure;

    if (adapter == NULL) {
        return chutes_adapter_fail(error, CHUTES_ERR_NO_MEMORY,
                                   "no memory for the adapter to libuv");
    }
    adapter->loop = loop;
    adapter->uv = uv;
    failure = uv_async_init(uv, &adapter->alive, NULL);
    if (failure != 0) {
        free(adapter);
        return chutes_adapter_fail(error, CHUTES_ERR_INTERNAL,
                                   uv_strerror(failure));
    }
    (void)uv_timer_init(uv, &adapter->timer); /* can't fail */
    adapter->open_handles = 2;
    adapter->alive.data = adapter;
    adapter->timer.data = adapter;
    uv_unref((uv_handle_t *)&adapter->timer);

    hooks.watch = chutes_libuv_watch_fd;
    hooks.timer = chutes_libuv_set_timer;
    hooks.detach = chutes_libuv_detach;
    hooks.user_data = adapter;
    status = chutes_loop_attach(loop, &hooks, error);
    if (status != CHUTES_OK) {
        chutes_libuv_detach(adapter);
        return status;
    }
    chutes_libuv_settle(adapter);
    return CHUTES_OK;
}

#endif
