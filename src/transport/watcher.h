/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_WATCHER_H
#define CHUTES_TRANSPORT_WATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "transport/poller.h"
#include "transport/transport.h"
#include "transport/waker.h"

/*
 * Watches the sockets, the waker and the next deadline of an engine. Either its
 * own poller does so, which the application's event loop may watch in turn
 * through one descriptor, or the application does, through hooks. For one
 * thread, apart from the waker.
 */
struct chutes__watcher {
    struct chutes__waker *waker;
    struct chutes__poller *poller; /* NULL: the hooks are used instead */
    bool is_nested;                /* the poller's descriptor was handed out */
    struct chutes__engine_hooks hooks;
    void *waker_token; /* returned by the hook for the waker */
    int64_t armed_us;  /* the deadline that the timer hook was called for */
    /* Sockets that are ready, oldest first, from ready_begin on. */
    struct chutes__poller_event *ready;
    size_t ready_begin;
    size_t ready_end;
    size_t ready_capacity;
};

/* Makes a watcher with a poller of its own. False: no memory or no descriptors.
 * The watcher must be disposed of in both cases. */
bool chutes__watcher_init(struct chutes__watcher *watcher)
    __attribute__((warn_unused_result));
/* Unwatches the waker, and frees what the watcher owns. Nothing else may be
 * watched any more. */
void chutes__watcher_dispose(struct chutes__watcher *watcher);

/* Replaces the poller with hooks, while no socket is watched.
 * CHUTES_ERR_INTERNAL: the hook refused to watch the waker, and nothing has
 * changed. */
chutes_status chutes__watcher_hook(struct chutes__watcher *watcher,
                                   const struct chutes__engine_hooks *hooks)
    __attribute__((warn_unused_result));

/* Returns the poller's descriptor, which chutes__watcher_arm() serves from now
 * on; -1 with hooks, or where the system has no such descriptor. */
int chutes__watcher_fd(struct chutes__watcher *watcher);

/* Watches `fd` for `events`, and for nothing else, from now on; 0 stops. The
 * caller stores *token for each descriptor, NULL at first. Returns false on
 * failure; stopping never fails. */
bool chutes__watcher_watch(struct chutes__watcher *watcher, int fd, int events,
                           void **token) __attribute__((warn_unused_result));

/* Waits until a socket is ready, the waker rings, due_us has come or timeout_ms
 * have passed (-1: no limit). Doesn't wait while sockets that were reported
 * ready have not been taken. Never waits with hooks, as the application has
 * waited. False: the poller can't be used any more. */
bool chutes__watcher_wait(struct chutes__watcher *watcher, int64_t now_us,
                          int64_t due_us, int timeout_ms)
    __attribute__((warn_unused_result));

bool chutes__watcher_has_ready(const struct chutes__watcher *watcher);
/* Was `fd` reported ready, and not taken since? */
bool chutes__watcher_is_ready(const struct chutes__watcher *watcher, int fd);
/* Removes the socket that has been ready longest; false: none is. */
bool chutes__watcher_take_ready(struct chutes__watcher *watcher,
                                struct chutes__poller_event *event);
/* Records that `fd`, which is watched, is ready, as the application reports or
 * we have seen. */
void chutes__watcher_add_ready(struct chutes__watcher *watcher, int fd,
                               int events);

/* Does an event loop of the application wait for the engine? */
bool chutes__watcher_has_loop(const struct chutes__watcher *watcher);
/* Makes that event loop wake at due_us (0: at once; CHUTES__CLOCK_NEVER). */
void chutes__watcher_arm(struct chutes__watcher *watcher, int64_t due_us);
/* Makes the next chutes__watcher_arm() call the timer hook, even for the
 * deadline that it was last called for. */
void chutes__watcher_disarm(struct chutes__watcher *watcher);

/* Discards what is ready after a failure and, unless the application depends on
 * it, replaces the poller. No socket may be watched. */
void chutes__watcher_recover(struct chutes__watcher *watcher);

#endif
