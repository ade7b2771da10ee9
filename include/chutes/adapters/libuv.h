/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_ADAPTERS_LIBUV_H
#define CHUTES_ADAPTERS_LIBUV_H

#include <stdlib.h>

#include <uv.h>

#include <chutes/adapters/adapter.h>
#include <chutes/loop.h>

/*
 * Drives a chutes_loop from libuv: see chutes_libuv_attach() at the end.
 * Everything before it is private. The library doesn't link to libuv; programs
 * that include this header do.
 */

/* uv_run() returns when no active handle is referenced. This adapter references
 * only `alive`, and only while a call is active. */
typedef struct chutes_libuv {
    chutes_loop *loop; /* NULL once it has been freed */
    uv_loop_t *uv;
    uv_timer_t timer;
    uv_async_t alive; /* never sent */
    int open_handles; /* timer and alive; closing the last frees this */
    int is_in_timer;
} chutes_libuv;

typedef struct chutes_libuv_watch {
    uv_poll_t poll;
    chutes_libuv *adapter;
    int fd;
    int events; /* UV_READABLE, UV_WRITABLE */
} chutes_libuv_watch;

/* Runs after callbacks, which may have freed the loop. The adapter is still
 * valid: a close callback frees it later. */
static inline void chutes_libuv_release_idle(chutes_libuv *adapter)
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
    /* libuv stops a handle when it reports an error. */
    if (status != 0 && uv_is_closing((uv_handle_t *)poll) == 0) {
        (void)uv_poll_start(poll, watch->events, chutes_libuv_on_poll);
    }
    chutes_libuv_release_idle(adapter);
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
    chutes_libuv_release_idle(adapter);
}

static inline void chutes_libuv_set_timer(int64_t timeout_ms, void *user_data)
{
    chutes_libuv *adapter = (chutes_libuv *)user_data;

    if (timeout_ms < 0) {
        (void)uv_timer_stop(&adapter->timer);
        return;
    }
    /* chutes_libuv_release_idle() unreferences it again. */
    uv_ref((uv_handle_t *)&adapter->alive);
    /* If a timer callback sets a timer of 0, libuv may run it before it polls
     * the descriptors, which would then starve. */
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
 * Let libuv drive a loop until chutes_loop_free(). Callbacks of its calls run
 * inside uv_run(). Only the thread that uses the loop may call this.
 *
 * The adapter keeps uv_run() running only while a call is active.
 * chutes_loop_free() closes the adapter's handles; run uv_run() once more for
 * their close callbacks before uv_loop_close().
 *
 * @param loop   A new loop, neither polled nor attached. It may be freed at any
 *               time, even by its callbacks. Must not be NULL.
 * @param uv     Must stay valid until the close callbacks have run. The thread
 *               that runs it is the one that uses `loop`. Must not be NULL.
 * @param error  Filled in. May be NULL.
 * @return As chutes_loop_attach(); CHUTES_ERR_NO_MEMORY; or CHUTES_ERR_INTERNAL
 *         (libuv failed).
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
                                   "no memory for the libuv adapter");
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
    chutes_libuv_release_idle(adapter);
    return CHUTES_OK;
}

#endif
