/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_ADAPTERS_LIBEVENT_H
#define CHUTES_ADAPTERS_LIBEVENT_H

#include <stdlib.h>

#include <event2/event.h>

#include <chutes/adapters/adapter.h>
#include <chutes/loop.h>

/*
 * Drives a chutes_loop from libevent: see chutes_libevent_attach() at the end.
 * Everything before it is private. The library doesn't link to libevent;
 * programs that include this header do (libevent_core is enough).
 */

typedef struct chutes_libevent {
    chutes_loop *loop; /* NULL once it has been freed */
    struct event_base *base;
    struct event *timer;
    /* The event of the descriptor through which other threads wake the loop.
     * The loop watches this descriptor first, and always. The event is removed
     * while no call is active, so that event_base_dispatch() can return. */
    struct event *wakeup;
    int is_inside; /* one of our callbacks is on the stack */
} chutes_libevent;

static inline void chutes_libevent_pause_wakeup(chutes_libevent *adapter)
{
    if (adapter->wakeup != NULL && chutes_loop_active(adapter->loop) == 0) {
        (void)event_del(adapter->wakeup);
    }
}

static inline void chutes_libevent_leave(chutes_libevent *adapter)
{
    adapter->is_inside = 0;
    if (adapter->loop == NULL) {
        free(adapter);
        return;
    }
    chutes_libevent_pause_wakeup(adapter);
}

static inline void chutes_libevent_on_ready(evutil_socket_t fd, short what,
                                            void *user_data)
{
    chutes_libevent *adapter = (chutes_libevent *)user_data;
    int ready = ((what & EV_READ) != 0 ? CHUTES_LOOP_READABLE : 0) |
                ((what & EV_WRITE) != 0 ? CHUTES_LOOP_WRITABLE : 0);

    adapter->is_inside = 1;
    chutes_loop_on_ready(adapter->loop, (int)fd, ready);
    chutes_libevent_leave(adapter);
}

static inline void chutes_libevent_on_timer(evutil_socket_t fd, short what,
                                            void *user_data)
{
    chutes_libevent *adapter = (chutes_libevent *)user_data;

    (void)fd;
    (void)what;
    adapter->is_inside = 1;
    chutes_loop_on_timer(adapter->loop);
    chutes_libevent_leave(adapter);
}

static inline void *chutes_libevent_forget(chutes_libevent *adapter,
                                           struct event *event)
{
    if (event != NULL) {
        if (event == adapter->wakeup) {
            adapter->wakeup = NULL;
        }
        event_free(event);
    }
    return NULL;
}

static inline void *chutes_libevent_watch_fd(int fd, int events, void *watch,
                                             void *user_data)
{
    chutes_libevent *adapter = (chutes_libevent *)user_data;
    struct event *event = (struct event *)watch;
    short wanted = EV_PERSIST;

    if (events == 0) {
        return chutes_libevent_forget(adapter, event);
    }
    wanted =
        (short)(wanted | ((events & CHUTES_LOOP_READABLE) != 0 ? EV_READ : 0) |
                ((events & CHUTES_LOOP_WRITABLE) != 0 ? EV_WRITE : 0));
    if (event == NULL) {
        event = event_new(adapter->base, fd, wanted, chutes_libevent_on_ready,
                          adapter);
    } else if (event_del(event) != 0 ||
               event_assign(event, adapter->base, fd, wanted,
                            chutes_libevent_on_ready, adapter) != 0) {
        return NULL;
    }
    if (event == NULL || event_add(event, NULL) != 0) {
        return watch == NULL ? chutes_libevent_forget(adapter, event) : NULL;
    }
    if (adapter->wakeup == NULL) {
        adapter->wakeup = event;
    }
    return event;
}

static inline void chutes_libevent_set_timer(int64_t timeout_ms,
                                             void *user_data)
{
    chutes_libevent *adapter = (chutes_libevent *)user_data;
    struct timeval timeout;

    if (timeout_ms < 0) {
        (void)event_del(adapter->timer);
        return;
    }
    /* chutes_libevent_pause_wakeup() removes it again. */
    if (adapter->wakeup != NULL) {
        (void)event_add(adapter->wakeup, NULL);
    }
    timeout.tv_sec = (time_t)(timeout_ms / 1000);
    timeout.tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000);
    (void)event_add(adapter->timer, &timeout);
}

/* A callback of ours that is running still needs the adapter:
 * chutes_libevent_leave() then frees it. */
static inline void chutes_libevent_detach(void *user_data)
{
    chutes_libevent *adapter = (chutes_libevent *)user_data;

    event_free(adapter->timer);
    adapter->loop = NULL;
    if (!adapter->is_inside) {
        free(adapter);
    }
}

/**
 * Let libevent drive a loop until chutes_loop_free(). Callbacks of its calls
 * run inside event_base_dispatch() or event_base_loop(). Only the thread that
 * uses the loop may call this.
 *
 * While no call is active, the adapter has no pending events, so
 * event_base_dispatch() returns unless the program has pending events of its
 * own.
 *
 * @param loop   A new loop, neither polled nor attached. It may be freed at any
 *               time, even by its callbacks. Must not be NULL.
 * @param base   Must stay valid until `loop` has been freed. The thread that
 *               runs it is the one that uses `loop`. Must not be NULL.
 * @param error  Filled in. May be NULL.
 * @return As chutes_loop_attach(), or CHUTES_ERR_NO_MEMORY.
 */
static inline chutes_status chutes_libevent_attach(chutes_loop *loop,
                                                   struct event_base *base,
                                                   chutes_error *error)
{
    chutes_libevent *adapter =
        (chutes_libevent *)calloc(1, sizeof(chutes_libevent));
    chutes_loop_hooks hooks = chutes_loop_hooks_default();
    chutes_status status;

    if (adapter != NULL) {
        adapter->loop = loop;
        adapter->base = base;
        adapter->timer =
            event_new(base, -1, 0, chutes_libevent_on_timer, adapter);
    }
    if (adapter == NULL || adapter->timer == NULL) {
        free(adapter);
        return chutes_adapter_fail(error, CHUTES_ERR_NO_MEMORY,
                                   "no memory for the libevent adapter");
    }
    hooks.watch = chutes_libevent_watch_fd;
    hooks.timer = chutes_libevent_set_timer;
    hooks.detach = chutes_libevent_detach;
    hooks.user_data = adapter;
    status = chutes_loop_attach(loop, &hooks, error);
    if (status != CHUTES_OK) {
        chutes_libevent_detach(adapter);
        return status;
    }
    chutes_libevent_pause_wakeup(adapter);
    return CHUTES_OK;
}

#endif
