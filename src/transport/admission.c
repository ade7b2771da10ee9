/* SPDX-License-Identifier: MIT */
/*
 * When a started transfer is attached to the multi handle: the quota of
 * connections, the wait for connections to settle, and the caps of HTTP/2,
 * which are lifted when a server speaks HTTP/1.1.
 */
#include "transport/admission.h"

#include "transport/reuse.h"

void chutes__admission_init(struct chutes__admission *admission,
                            struct chutes__schedule *schedule,
                            struct chutes__multi *multi,
                            const struct chutes__engine_options *options)
{
    admission->schedule = schedule;
    admission->multi = multi;
    chutes__quota_init(&admission->quota, (size_t)options->max_host_connections,
                       (size_t)options->max_total_connections);
}

static struct chutes__transfer *transfer_at(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes__transfer, link);
}

/* ---- room for a connection ---- */

/* Over HTTP/2 only libcurl knows how many transfers a connection carries, so
 * none is queued here until a server turns out not to speak it. */
static bool must_queue(struct chutes__admission *admission,
                       struct chutes__transfer *transfer)
{
    struct chutes__quota *quota = &admission->quota;

    /* A transfer that left the queue, was held back, or starts again on another
     * connection is admitted already. */
    if (transfer->is_admitted) {
        return false;
    }
    if (!admission->schedule->saw_http1) {
        chutes__quota_take_anyway(quota, transfer->visit.origin);
    } else if (!chutes__quota_take(quota, transfer->visit.origin)) {
        chutes__quota_wait(quota, transfer->visit.origin, &transfer->link);
        transfer->is_queued = true;
        return true;
    }
    transfer->is_admitted = true;
    return false;
}

void chutes__admission_leave(struct chutes__admission *admission,
                             struct chutes__transfer *transfer)
{
    if (transfer->is_queued) {
        transfer->is_queued = false;
        chutes__quota_give_up(&admission->quota);
    }
    if (transfer->is_admitted) {
        transfer->is_admitted = false;
        chutes__quota_give_back(&admission->quota, transfer->visit.origin);
    }
}

/* Queued transfers go before those in `starting`, as they were started
 * earlier. */
static void start_queued(struct chutes__admission *admission)
{
    struct chutes__link *first = admission->schedule->starting.next;
    struct chutes__link *next = chutes__quota_next(&admission->quota);

    while (next != NULL) {
        struct chutes__transfer *transfer = transfer_at(next);

        transfer->is_queued = false;
        transfer->is_admitted = true;
        /* Inserts before `first`, as if that were the head of a list. */
        chutes__list_append(first, next);
        next = chutes__quota_next(&admission->quota);
    }
}

struct chutes__transfer *
chutes__admission_first_queued(const struct chutes__admission *admission)
{
    struct chutes__link *first = chutes__quota_first(&admission->quota);

    return first != NULL ? transfer_at(first) : NULL;
}

/* ---- the multi handle ---- */

static bool must_lift_caps(const struct chutes__admission *admission)
{
    return admission->multi->is_capped && admission->schedule->saw_http1;
}

bool chutes__admission_is_due(const struct chutes__admission *admission)
{
    return admission->quota.has_changed || must_lift_caps(admission);
}

static void attach(struct chutes__admission *admission,
                   struct chutes__transfer *transfer)
{
    chutes_status status = chutes__transfer_attach(transfer);

    if (status == CHUTES_OK) {
        chutes__list_move(&admission->schedule->running, &transfer->link);
    } else {
        chutes__transfer_stop(transfer, status, chutes_status_string(status));
    }
}

/* From 8.14 on, libcurl looks at transfers that it has queued only when another
 * one gets its connection or ends, so these are attached again. All of them are
 * detached first, as attaching appends to the list that the loop walks. */
static void attach_waiting_again(struct chutes__admission *admission)
{
    struct chutes__link *running = &admission->schedule->running;
    struct chutes__link *next = running->next;
    struct chutes__link waiting;

    chutes__list_init(&waiting);
    while (next != running) {
        struct chutes__transfer *transfer = transfer_at(next);

        next = next->next;
        if (transfer->is_attached && transfer->watch.begun_us == 0) {
            chutes__transfer_detach(transfer);
            chutes__list_move(&waiting, &transfer->link);
        }
    }
    while (!chutes__list_is_empty(&waiting)) {
        attach(admission, transfer_at(waiting.next));
    }
}

void chutes__admission_run(struct chutes__admission *admission)
{
    struct chutes__schedule *schedule = admission->schedule;

    if (must_lift_caps(admission)) {
        chutes__multi_lift_caps(admission->multi);
        attach_waiting_again(admission);
    }
    start_queued(admission);
    while (!chutes__list_is_empty(&schedule->starting)) {
        struct chutes__transfer *transfer =
            transfer_at(schedule->starting.next);

        /* A transfer that must queue is no longer in `starting`. */
        if (must_queue(admission, transfer)) {
            continue;
        }
        if (chutes__reuse_must_hold(schedule->reuse, transfer->visit.origin)) {
            chutes__list_move(&schedule->holding, &transfer->link);
        } else {
            attach(admission, transfer);
        }
    }
}
