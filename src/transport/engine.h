/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ENGINE_H
#define CHUTES_TRANSPORT_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "transport/list.h"
#include "transport/poller.h"
#include "transport/timer.h"
#include "transport/transport.h"

/* A transfer is in one of the lists, and goes through them in this order. */
struct chutes__engine {
    struct chutes__link starting; /* not yet attached to the multi handle */
    struct chutes__link running;
    struct chutes__link stopping; /* to be ended by us */
    struct chutes__link ended;    /* on_done is due */

    CURLM *multi; /* NULL: could not be rebuilt after a failure */
    struct chutes__poller *poller;
    struct chutes__timers timers;
    struct chutes__engine_options options;
    size_t active;      /* transfers without their on_done */
    int attached;       /* easy handles in the multi handle */
    uint64_t reads;     /* sockets found readable so far */
    int64_t now_us;     /* the last time that was read from the clock */
    int64_t libcurl_us; /* when libcurl wants to be called */
    atomic_bool is_cancelled;
};

#endif
