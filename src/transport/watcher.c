/* SPDX-License-Identifier: MIT */
/*
 * The watcher of an engine: one interface to two ways of waiting for sockets
 * and deadlines, a poller of our own and hooks into the application's event
 * loop.
 */
#include "transport/watcher.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/mem.h"

#include <limits.h>
#include <string.h>

/* The most sockets that one wait of our own poller reports. */
enum { MAX_POLLED = 64 };

/* No deadline is in force: the timer hook must be called for the next one. */
#define ARMED_FOR_NOTHING INT64_C(-1)

static bool is_hooked(const struct chutes__watcher *watcher)
{
    return watcher->hooks.watch != NULL;
}

/* ---- sockets that are ready ---- */

static bool reserve_ready(struct chutes__watcher *watcher, size_t count)
{
    return chutes__array_reserve(&watcher->ready, &watcher->ready_capacity,
                                 watcher->ready_end + count,
                                 sizeof(*watcher->ready));
}

static void discard_ready(struct chutes__watcher *watcher)
{
    watcher->ready_begin = 0;
    watcher->ready_end = 0;
}

bool chutes__watcher_has_ready(const struct chutes__watcher *watcher)
{
    return watcher->ready_begin < watcher->ready_end;
}

bool chutes__watcher_take_ready(struct chutes__watcher *watcher,
                                struct chutes__poller_event *event)
{
    if (!chutes__watcher_has_ready(watcher)) {
        return false;
    }
    *event = watcher->ready[watcher->ready_begin];
    watcher->ready_begin++;
    if (!chutes__watcher_has_ready(watcher)) {
        discard_ready(watcher);
    }
    return true;
}

/* Moves the entries to the front. Otherwise, a flood of reports would make the
 * array grow by entries that were taken long ago. */
static void close_gap(struct chutes__watcher *watcher)
{
    size_t count = watcher->ready_end - watcher->ready_begin;

    if (watcher->ready_begin > 0) {
        memmove(watcher->ready, watcher->ready + watcher->ready_begin,
                count * sizeof(*watcher->ready));
        watcher->ready_begin = 0;
        watcher->ready_end = count;
    }
}

/* Returns the entry of a socket, or NULL. */
static struct chutes__poller_event *
find_ready(const struct chutes__watcher *watcher, int fd)
{
    for (size_t i = watcher->ready_begin; i < watcher->ready_end; i++) {
        if (watcher->ready[i].fd == fd) {
            return &watcher->ready[i];
        }
    }
    return NULL;
}

bool chutes__watcher_is_ready(const struct chutes__watcher *watcher, int fd)
{
    return find_ready(watcher, fd) != NULL;
}

void chutes__watcher_add_ready(struct chutes__watcher *watcher, int fd,
                               int events)
{
    struct chutes__poller_event *entry;

    if (fd == chutes__waker_fd(watcher->waker)) {
        chutes__waker_drain(watcher->waker);
        return;
    }
    /* A busy socket is reported again before it is served. Second entries for
     * it would delay the sockets behind them by a step each. */
    entry = find_ready(watcher, fd);
    if (entry != NULL) {
        entry->events |= events;
        return;
    }
    close_gap(watcher);
    /* Without memory, the event is lost, but it comes again: the application
     * watches level-triggered. */
    if (reserve_ready(watcher, 1)) {
        watcher->ready[watcher->ready_end] =
            (struct chutes__poller_event){fd, events};
        watcher->ready_end++;
    }
}

/* ---- watching ---- */

static bool watch_by_hook(struct chutes__watcher *watcher, int fd, int events,
                          void **token)
{
    void *fresh;

    if (events == 0 && *token == NULL) {
        return true;
    }
    fresh = watcher->hooks.watch(fd, events, *token, watcher->hooks.ctx);
    if (events != 0 && fresh == NULL) {
        return false;
    }
    *token = events == 0 ? NULL : fresh;
    return true;
}

/* The poller needs no token, so *token holds the events that are watched. */
static bool watch_by_poller(struct chutes__watcher *watcher, int fd, int events,
                            void **token)
{
    int before = (int)(intptr_t)*token;

    if (events == before) {
        return true;
    }
    if (!chutes__poller_watch(watcher->poller, fd, before, events)) {
        return false;
    }
    *token = (void *)(intptr_t)events;
    return true;
}

bool chutes__watcher_watch(struct chutes__watcher *watcher, int fd, int events,
                           void **token)
{
    return is_hooked(watcher) ? watch_by_hook(watcher, fd, events, token)
                              : watch_by_poller(watcher, fd, events, token);
}

/* ---- waiting and deadlines ---- */

/* Rounds up, as a wait that ends early would only be repeated. Returns -1 for
 * never. */
static int64_t left_ms(int64_t now_us, int64_t due_us)
{
    if (due_us == CHUTES__CLOCK_NEVER) {
        return -1;
    }
    return due_us <= now_us ? 0 : (due_us - now_us + 999) / 1000;
}

static int time_to_wait(int64_t now_us, int64_t due_us, int timeout_ms)
{
    int64_t ms = left_ms(now_us, due_us);

    if (ms < 0 || (timeout_ms >= 0 && timeout_ms < ms)) {
        return timeout_ms;
    }
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

bool chutes__watcher_wait(struct chutes__watcher *watcher, int64_t now_us,
                          int64_t due_us, int timeout_ms)
{
    int count;

    if (is_hooked(watcher) || chutes__watcher_has_ready(watcher)) {
        return true;
    }
    count = chutes__poller_wait(watcher->poller, watcher->ready, MAX_POLLED,
                                time_to_wait(now_us, due_us, timeout_ms));
    watcher->ready_end = count > 0 ? (size_t)count : 0;
    return count >= 0;
}

bool chutes__watcher_has_loop(const struct chutes__watcher *watcher)
{
    return watcher->is_nested || is_hooked(watcher);
}

void chutes__watcher_arm(struct chutes__watcher *watcher, int64_t due_us)
{
    if (watcher->is_nested) {
        chutes__poller_arm(watcher->poller, due_us);
        return;
    }
    if (due_us != watcher->armed_us) {
        watcher->armed_us = due_us;
        watcher->hooks.timer(left_ms(chutes__clock_now_us(), due_us),
                             watcher->hooks.ctx);
    }
}

void chutes__watcher_disarm(struct chutes__watcher *watcher)
{
    watcher->armed_us = ARMED_FOR_NOTHING;
}

/* ---- creating and freeing ---- */

bool chutes__watcher_init(struct chutes__watcher *watcher)
{
    *watcher = (struct chutes__watcher){.armed_us = CHUTES__CLOCK_NEVER};
    if (!reserve_ready(watcher, MAX_POLLED)) {
        return false;
    }
    watcher->waker = chutes__waker_new();
    if (watcher->waker == NULL) {
        return false;
    }
    watcher->poller = chutes__poller_new(watcher->waker);
    return watcher->poller != NULL;
}

void chutes__watcher_dispose(struct chutes__watcher *watcher)
{
    if (is_hooked(watcher)) {
        (void)watcher->hooks.watch(chutes__waker_fd(watcher->waker), 0,
                                   watcher->waker_token, watcher->hooks.ctx);
        watcher->hooks.timer(-1, watcher->hooks.ctx);
    }
    chutes__poller_free(watcher->poller);
    if (watcher->waker != NULL) {
        chutes__waker_release(watcher->waker);
    }
    chutes__mem_free(watcher->ready);
}

chutes_status chutes__watcher_hook(struct chutes__watcher *watcher,
                                   const struct chutes__engine_hooks *hooks)
{
    watcher->waker_token = hooks->watch(chutes__waker_fd(watcher->waker),
                                        CHUTES__POLLER_IN, NULL, hooks->ctx);
    if (watcher->waker_token == NULL) {
        return CHUTES_ERR_INTERNAL;
    }
    watcher->hooks = *hooks;
    chutes__poller_free(watcher->poller);
    watcher->poller = NULL;
    return CHUTES_OK;
}

int chutes__watcher_fd(struct chutes__watcher *watcher)
{
    int fd = is_hooked(watcher) ? -1 : chutes__poller_fd(watcher->poller);

    if (fd != -1) {
        watcher->is_nested = true;
    }
    return fd;
}

void chutes__watcher_recover(struct chutes__watcher *watcher)
{
    struct chutes__poller *poller;

    discard_ready(watcher);
    /* The application depends on its hooks or its descriptor. */
    if (is_hooked(watcher) || watcher->is_nested) {
        return;
    }
    poller = chutes__poller_new(watcher->waker);
    if (poller != NULL) {
        chutes__poller_free(watcher->poller);
        watcher->poller = poller;
    }
}
