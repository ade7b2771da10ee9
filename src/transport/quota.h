/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_QUOTA_H
#define CHUTES_TRANSPORT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

/*
 * How many transfers may have a connection at once, and those that wait for
 * one, first come, first served. libcurl would queue them as well, but count
 * the wait as time to connect, and hand a connection on before it is known
 * whether the server keeps it.
 */
enum { CHUTES__QUOTA_BUCKETS = 16 };

struct chutes__quota {
    size_t host_max;
    size_t total_max;
    size_t total;
    size_t waiting;
    bool has_changed; /* there may be room for one that waits */
    /* Origins by their hashes. Two that share a bucket share its room. */
    struct {
        size_t used;
        struct chutes__link queue;
    } buckets[CHUTES__QUOTA_BUCKETS];
};

void chutes__quota_init(struct chutes__quota *quota, size_t host_max,
                        size_t total_max);

/* Takes room for one; false: there is none. */
bool chutes__quota_take(struct chutes__quota *quota, uint64_t origin);
/* The same where connections carry many: there always is. */
void chutes__quota_take_anyway(struct chutes__quota *quota, uint64_t origin);
void chutes__quota_give_back(struct chutes__quota *quota, uint64_t origin);

/* Puts it behind the others that wait. It may leave its list at any time, and
 * counts until chutes__quota_next() returns it or it gives up. */
void chutes__quota_wait(struct chutes__quota *quota, uint64_t origin,
                        struct chutes__link *link);
/* One that waited, and left its list, no longer does. */
void chutes__quota_give_up(struct chutes__quota *quota);
/* Takes room for the next of those that wait, which then no longer does; NULL:
 * there is none, or none for them. */
struct chutes__link *chutes__quota_next(struct chutes__quota *quota);

/* Any that waits; NULL: none does. */
struct chutes__link *chutes__quota_first(const struct chutes__quota *quota);

#endif
