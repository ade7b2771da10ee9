/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ENGINE_STATE_H
#define CHUTES_TRANSPORT_ENGINE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "transport/poller.h"
#include "transport/quota.h"
#include "transport/reuse.h"
#include "transport/schedule.h"
#include "transport/transport.h"

struct chutes__engine {
    struct chutes__schedule schedule;
    struct chutes__reuse reuse;
    struct chutes__quota quota; /* of connections */
    CURLM *multi;               /* NULL: could not be rebuilt after a failure */
    struct chutes__engine_options options;
    bool is_capped; /* as for HTTP/2, in the multi handle */
    size_t active;  /* transfers without their on_done */
    size_t alarms;  /* that there is room for */
    int attached;   /* easy handles in the multi handle */
    int alive;      /* of them, not finished, when libcurl was last called */
    int64_t libcurl_us; /* when libcurl wants to be called */

    /* Who watches: the poller or, when there is none, the hooks. */
    struct chutes__waker *waker;
    struct chutes__poller *poller;
    bool is_nested; /* the poller's descriptor was handed out */
    struct chutes__engine_hooks hooks;
    void *waker_watch;
    bool was_refused; /* a socket isn't watched, which libcurl 8.22 ignores */
    int64_t asked_us; /* for when the timer hook was called */
    struct chutes__poller_event *ready;
    size_t ready_count;
    size_t ready_capacity;
    bool is_socket_first; /* in the next step: before what was kept */
};

/* The multi handle has the caps of HTTP/2, and a server was met without it. */
bool chutes__engine_has_caps_to_lift(const struct chutes__engine *engine);

/* When a step would have something to do, unless a socket becomes ready first:
 * 0: at once; CHUTES__CLOCK_NEVER. */
int64_t chutes__engine_due(const struct chutes__engine *engine);

/* From now until then, rounded up to milliseconds; -1: never. */
int64_t chutes__engine_left_ms(int64_t now_us, int64_t due_us);

#endif
