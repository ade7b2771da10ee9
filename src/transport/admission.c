/* SPDX-License-Identifier: MIT */
#include "transport/admission.h"

/* Has it to wait until another has ended? Over HTTP/2 it is libcurl that knows
 * how many a connection carries. */
static bool must_queue(struct chutes__engine *engine,
                       struct chutes__transfer *transfer)
{
    struct chutes__quota *quota = &engine->quota;

    if (transfer->has_room) {
        return false;
    }
    if (!engine->schedule.saw_http1) {
        chutes__quota_take_anyway(quota, transfer->visit.origin);
    } else if (!chutes__quota_take(quota, transfer->visit.origin)) {
        chutes__quota_wait(quota, transfer->visit.origin, &transfer->link);
        transfer->is_queued = true;
        return true;
    }
    transfer->has_room = true;
    return false;
}

void chutes__admission_leave(struct chutes__engine *engine,
                             struct chutes__transfer *transfer)
{
    if (transfer->is_queued) {
        transfer->is_queued = false;
        chutes__quota_give_up(&engine->quota);
    }
    if (transfer->has_room) {
        transfer->has_room = false;
        chutes__quota_give_back(&engine->quota, transfer->visit.origin);
    }
}

void chutes__admission_go_on(struct chutes__engine *engine)
{
    struct chutes__link *starting = engine->schedule.starting.next;
    struct chutes__link *next = chutes__quota_next(&engine->quota);

    while (next != NULL) {
        struct chutes__transfer *transfer =
            CHUTES__LIST_ENTRY(next, struct chutes__transfer, link);

        transfer->is_queued = false;
        transfer->has_room = true;
        chutes__list_append(starting, next);
        next = chutes__quota_next(&engine->quota);
    }
}

bool chutes__admission_ask(struct chutes__engine *engine,
                           struct chutes__transfer *transfer)
{
    struct chutes__link *holding = &engine->schedule.holding;

    if (must_queue(engine, transfer)) {
        return false;
    }
    if (!chutes__reuse_must_hold(&engine->reuse, transfer->visit.origin)) {
        return true;
    }
    chutes__list_remove(&transfer->link);
    chutes__list_append(holding, &transfer->link);
    return false;
}
