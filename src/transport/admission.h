/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ADMISSION_H
#define CHUTES_TRANSPORT_ADMISSION_H

#include <stdbool.h>

#include "transport/multi.h"
#include "transport/quota.h"
#include "transport/schedule.h"
#include "transport/transfer.h"

/*
 * Passes started transfers to libcurl, as soon as there is room for a
 * connection and the connections to their server have settled.
 */
struct chutes__admission {
    struct chutes__schedule *schedule;
    struct chutes__multi *multi;
    struct chutes__quota quota; /* limits the connections */
};

void chutes__admission_init(struct chutes__admission *admission,
                            struct chutes__schedule *schedule,
                            struct chutes__multi *multi,
                            const struct chutes__engine_options *options);

/* Attaches the transfers in the schedule's `starting` that may go out now, and
 * moves the others to where they wait. Must not be called from a callback of
 * libcurl, which allows no attaching there. */
void chutes__admission_run(struct chutes__admission *admission);

/* Does chutes__admission_run() have something to do, apart from what is in
 * `starting`? */
bool chutes__admission_is_due(const struct chutes__admission *admission);

/* Records that the transfer no longer uses or waits for a connection. */
void chutes__admission_leave(struct chutes__admission *admission,
                             struct chutes__transfer *transfer);

/* Returns a transfer that waits for room; NULL: none does. */
struct chutes__transfer *
chutes__admission_first_queued(const struct chutes__admission *admission);

#endif
