/* SPDX-License-Identifier: MIT */
/*
 * Counts connections per origin, and queues transfers that have to wait for
 * one.
 */
#include "transport/quota.h"

static size_t bucket_of(uint64_t origin)
{
    return (size_t)(origin % CHUTES__QUOTA_BUCKETS);
}

void chutes__quota_init(struct chutes__quota *quota, size_t max_per_host,
                        size_t max_total)
{
    *quota = (struct chutes__quota){.max_per_host = max_per_host,
                                    .max_total = max_total};
    for (size_t i = 0; i < CHUTES__QUOTA_BUCKETS; i++) {
        chutes__list_init(&quota->buckets[i].queue);
    }
}

static bool is_available(const struct chutes__quota *quota, size_t bucket)
{
    return quota->total < quota->max_total &&
           quota->buckets[bucket].used < quota->max_per_host;
}

void chutes__quota_take_anyway(struct chutes__quota *quota, uint64_t origin)
{
    quota->total++;
    quota->buckets[bucket_of(origin)].used++;
}

bool chutes__quota_take(struct chutes__quota *quota, uint64_t origin)
{
    size_t bucket = bucket_of(origin);

    if (!chutes__list_is_empty(&quota->buckets[bucket].queue) ||
        !is_available(quota, bucket)) {
        return false;
    }
    chutes__quota_take_anyway(quota, origin);
    return true;
}

void chutes__quota_give_back(struct chutes__quota *quota, uint64_t origin)
{
    quota->total--;
    quota->buckets[bucket_of(origin)].used--;
    quota->has_changed = quota->waiting > 0;
}

void chutes__quota_wait(struct chutes__quota *quota, uint64_t origin,
                        struct chutes__link *link)
{
    chutes__list_remove(link);
    chutes__list_append(&quota->buckets[bucket_of(origin)].queue, link);
    quota->waiting++;
}

void chutes__quota_give_up(struct chutes__quota *quota)
{
    quota->waiting--;
}

struct chutes__link *chutes__quota_next(struct chutes__quota *quota)
{
    for (size_t i = 0; i < CHUTES__QUOTA_BUCKETS && quota->has_changed; i++) {
        size_t bucket = (quota->turn + i) % CHUTES__QUOTA_BUCKETS;
        struct chutes__link *first = quota->buckets[bucket].queue.next;

        if (first != &quota->buckets[bucket].queue &&
            is_available(quota, bucket)) {
            chutes__list_remove(first);
            quota->waiting--;
            quota->turn = bucket + 1;
            /* A bucket's number is also an origin that belongs in it. */
            chutes__quota_take_anyway(quota, bucket);
            return first;
        }
    }
    quota->has_changed = false;
    return NULL;
}

struct chutes__link *chutes__quota_first(const struct chutes__quota *quota)
{
    for (size_t i = 0; i < CHUTES__QUOTA_BUCKETS; i++) {
        if (!chutes__list_is_empty(&quota->buckets[i].queue)) {
            return quota->buckets[i].queue.next;
        }
    }
    return NULL;
}
