/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_QUOTA_H
#define CHUTES_TRANSPORT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

/*
 * Limits how many transfers have a connection at once, and queues the others,
 * first come, first served. libcurl has a queue as well, but it may count the
 * wait as time to connect (from 8.6 on), and it reuses a connection before we
 * know whether the server keeps that open.
 */
enum { CHUTES__QUOTA_BUCKETS = 16 };

struct chutes__quota {
    size_t max_per_host;
    size_t max_total;
    size_t total;
    size_t waiting;
    bool has_changed; /* there may be room for a transfer that waits */
    size_t turn;      /* the bucket to look at first, so that a busy one leaves
                         room for the others when only the total is short */
    /* By the hash of the origin. Two origins in a bucket share its limit. */
    struct {
        size_t used;
        struct chutes__link queue;
    } buckets[CHUTES__QUOTA_BUCKETS];
};

void chutes__quota_init(struct chutes__quota *quota, size_t max_per_host,
                        size_t max_total);

/* Counts one connection more. Returns false if the limits don't allow it, or if
 * others wait for the same bucket. */
bool chutes__quota_take(struct chutes__quota *quota, uint64_t origin);
/* Counts one without looking at the limits: over HTTP/2 a connection carries
 * many transfers. */
void chutes__quota_take_anyway(struct chutes__quota *quota, uint64_t origin);
/* Counts one less. */
void chutes__quota_give_back(struct chutes__quota *quota, uint64_t origin);

/* Moves `link` from its list to the end of the queue. It may be moved to
 * another list at any time, but is counted as waiting until
 * chutes__quota_next() returns it or chutes__quota_give_up() is called. */
void chutes__quota_wait(struct chutes__quota *quota, uint64_t origin,
                        struct chutes__link *link);
/* Counts one waiting transfer less, after its link was moved to another
 * list. */
void chutes__quota_give_up(struct chutes__quota *quota);
/* Removes the next link that the limits allow from the queue, and counts it as
 * a connection; NULL: there is none. */
struct chutes__link *chutes__quota_next(struct chutes__quota *quota);

/* Returns any link that waits; NULL: none does. */
struct chutes__link *chutes__quota_first(const struct chutes__quota *quota);

#endif
