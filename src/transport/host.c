/* SPDX-License-Identifier: MIT */
#include "transport/host.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stddef.h>

/* Sockets that one wait of our own poller reports. */
enum { MAX_POLLED = 64 };

/* The timer that was asked for last may be spent. */
#define ASKED_NOTHING INT64_C(-1)

static bool reserve_ready(struct chutes__engine *engine, size_t count)
{
    return chutes__array_reserve(&engine->ready, &engine->ready_capacity, count,
                                 sizeof(*engine->ready));
}

bool chutes__host_open(struct chutes__engine *engine)
{
    engine->asked_us = CHUTES__CLOCK_NEVER;
    if (!reserve_ready(engine, MAX_POLLED)) {
        return false;
    }
    engine->waker = chutes__waker_new();
    if (engine->waker == NULL) {
        return false;
    }
    engine->poller = chutes__poller_new(engine->waker);
    return engine->poller != NULL;
}

static bool is_hooked(const struct chutes__engine *engine)
{
    return engine->hooks.watch != NULL;
}

void chutes__host_close(struct chutes__engine *engine)
{
    if (is_hooked(engine)) {
        (void)engine->hooks.watch(chutes__waker_fd(engine->waker), 0,
                                  engine->waker_watch, engine->hooks.ctx);
        engine->hooks.timer(-1, engine->hooks.ctx);
    }
    chutes__poller_free(engine->poller);
    if (engine->waker != NULL) {
        chutes__waker_release(engine->waker);
    }
    chutes__mem_free(engine->ready);
}

void chutes__host_reopen(struct chutes__engine *engine)
{
    struct chutes__poller *poller;

    /* The host's hooks or its descriptor stay what they are. */
    if (is_hooked(engine) || engine->is_nested) {
        return;
    }
    poller = chutes__poller_new(engine->waker);
    if (poller != NULL) {
        chutes__poller_free(engine->poller);
        engine->poller = poller;
    }
}

static bool watch_by_hook(struct chutes__engine *engine, int fd, int events,
                          void **watch)
{
    void *fresh;

    if (events == 0 && *watch == NULL) {
        return true;
    }
    fresh = engine->hooks.watch(fd, events, *watch, engine->hooks.ctx);
    if (events != 0 && fresh == NULL) {
        return false;
    }
    *watch = events == 0 ? NULL : fresh;
    return true;
}

/* *watch is what is watched for. */
static bool watch_by_poller(struct chutes__engine *engine, int fd, int events,
                            void **watch)
{
    int before = (int)(intptr_t)*watch;

    if (events == before) {
        return true;
    }
    if (!chutes__poller_watch(engine->poller, fd, before, events)) {
        return false;
    }
    *watch = (void *)(intptr_t)events;
    return true;
}

bool chutes__host_watch(struct chutes__engine *engine, int fd, int events,
                        void **watch)
{
    return is_hooked(engine) ? watch_by_hook(engine, fd, events, watch)
                             : watch_by_poller(engine, fd, events, watch);
}

bool chutes__host_wait(struct chutes__engine *engine, int timeout_ms)
{
    int count;

    if (is_hooked(engine)) {
        if (engine->ready_count == 0) {
            engine->asked_us = ASKED_NOTHING;
        }
        return true;
    }
    if (engine->ready_count > 0) {
        return true; /* left by the step before */
    }
    count = chutes__poller_wait(engine->poller, engine->ready, MAX_POLLED,
                                timeout_ms);
    engine->ready_count = count > 0 ? (size_t)count : 0;
    return count >= 0;
}

void chutes__host_rearm(struct chutes__engine *engine)
{
    int64_t due_us;

    if (engine->is_nested) {
        chutes__poller_arm(engine->poller, chutes__engine_due(engine));
        return;
    }
    if (!is_hooked(engine)) {
        return;
    }
    due_us = chutes__engine_due(engine);
    if (engine->ready_count > 0) {
        engine->asked_us = ASKED_NOTHING;
    }
    if (due_us != engine->asked_us) {
        engine->asked_us = due_us;
        engine->hooks.timer(
            chutes__engine_left_ms(chutes__clock_now_us(), due_us),
            engine->hooks.ctx);
    }
}

void chutes__engine_renew_timer(struct chutes__engine *engine)
{
    engine->asked_us = ASKED_NOTHING;
}

struct chutes__waker *chutes__engine_waker(const struct chutes__engine *engine)
{
    return engine->waker;
}

int chutes__engine_fd(struct chutes__engine *engine)
{
    int fd = is_hooked(engine) ? -1 : chutes__poller_fd(engine->poller);

    if (fd != -1) {
        engine->is_nested = true;
        chutes__host_rearm(engine);
    }
    return fd;
}

chutes_status chutes__engine_attach(struct chutes__engine *engine,
                                    const struct chutes__engine_hooks *hooks)
{
    engine->waker_watch = hooks->watch(chutes__waker_fd(engine->waker),
                                       CHUTES__POLLER_IN, NULL, hooks->ctx);
    if (engine->waker_watch == NULL) {
        return CHUTES_ERR_INTERNAL;
    }
    engine->hooks = *hooks;
    chutes__poller_free(engine->poller);
    engine->poller = NULL;
    chutes__host_rearm(engine);
    return CHUTES_OK;
}

void chutes__engine_on_ready(struct chutes__engine *engine, int fd, int events)
{
    if (fd == chutes__waker_fd(engine->waker)) {
        chutes__waker_drain(engine->waker);
        return;
    }
    /* Without memory it is told again: the watch is level-triggered. */
    if (reserve_ready(engine, engine->ready_count + 1)) {
        engine->ready[engine->ready_count] =
            (struct chutes__poller_event){fd, events};
        engine->ready_count++;
    }
}
