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
 * Decides whether a connection that libcurl is about to reuse may be used: we
 * examine it before the request goes out. As long as we don't know whether a
 * server keeps its connections open, they have to settle: they stay idle for a
 * few milliseconds, and then we examine them. Meanwhile, transfers to that
 * server are held back.
 */
struct chutes__reuse {
    struct chutes__schedule *schedule;
    struct chutes__connections connections;
    struct chutes__trust *trust; /* the client's, or our own */
    struct chutes__trust own;
    struct chutes__link settling; /* connections */
    struct chutes__timer timer;   /* for the first that will have settled */
};

/* Initialises the object. If `trust` is NULL, nothing is shared with other
 * engines. Returns false without memory or a mutex; the object must be disposed
 * of in either case. */
bool chutes__reuse_init(struct chutes__reuse *reuse,
                        struct chutes__schedule *schedule,
                        struct chutes__trust *trust)
    __attribute__((warn_unused_result));
/* Frees what the object owns, after the multi handle was closed. */
void chutes__reuse_dispose(struct chutes__reuse *reuse);

/* Must transfers to this origin be held back, because a connection to it is
 * settling? They belong in the schedule's `holding`, which is moved to
 * `starting` when a connection has settled. */
bool chutes__reuse_must_hold(const struct chutes__reuse *reuse,
                             uint64_t origin);

/* Called from the callback before a request. Stores which new connection the
 * request is sent on. */
void chutes__reuse_claim(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, const char *address,
                         int port);
/* Does the same for a connection that is to be reused, if it is good. The
 * visit's verdict says whether it is. */
void chutes__reuse_check(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, CURL *easy,
                         const char *address, int port);

/* Records that the answer has ended correctly, so that the connection may be
 * reused. */
void chutes__reuse_release(struct chutes__reuse *reuse,
                           struct chutes__visit *visit);

/* Records that a connection whose verdict was good broke before an answer
 * came. */
void chutes__reuse_lost(struct chutes__reuse *reuse,
                        const struct chutes__visit *visit);

#endif
