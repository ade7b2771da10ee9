/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_REUSE_H
#define CHUTES_TRANSPORT_REUSE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "transport/connection.h"
#include "transport/schedule.h"
#include "transport/timer.h"
#include "transport/trust.h"

/*
 * Whether a connection that libcurl would use again can be: it is looked at
 * before the request leaves. Where it isn't known yet whether a server keeps
 * its connections, those to it settle first, and transfers to it are held until
 * then.
 */
struct chutes__reuse {
    struct chutes__schedule *schedule;
    struct chutes__connections connections;
    struct chutes__trust *trust; /* the client's, or our own */
    struct chutes__trust own;
    struct chutes__link settling; /* connections */
    struct chutes__timer timer;   /* when the first of them has settled */
};

/* `trust` may be NULL: nothing is shared then. False: no memory or no mutex;
 * the object must be disposed of all the same. */
bool chutes__reuse_init(struct chutes__reuse *reuse,
                        struct chutes__schedule *schedule,
                        struct chutes__trust *trust)
    __attribute__((warn_unused_result));
/* When libcurl has no connections any more. */
void chutes__reuse_dispose(struct chutes__reuse *reuse);

/* Have transfers to this origin to wait, before libcurl chooses a connection
 * for them? If so it belongs in the schedule's `holding`. */
bool chutes__reuse_must_hold(const struct chutes__reuse *reuse,
                             uint64_t origin);

/* From the callback before a request: notes the new connection that it will go
 * out on. */
void chutes__reuse_claim(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, const char *address,
                         int port);
/* The same for one that was used before, if it is good; else the verdict says
 * so. */
void chutes__reuse_check(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, CURL *easy,
                         const char *address, int port);

/* libcurl is done with the transfer, and may keep the connection. */
void chutes__reuse_release(struct chutes__reuse *reuse,
                           struct chutes__visit *visit);

/* A connection that was good took the request along. */
void chutes__reuse_lost(struct chutes__reuse *reuse,
                        const struct chutes__visit *visit);

#endif
