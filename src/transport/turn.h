/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TURN_H
#define CHUTES_TRANSPORT_TURN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long one step, and one transfer within it, may keep the thread: an answer
 * that floods us, or whose callbacks are slow, must not hold up the others, the
 * clocks or the host's event loop. A callback can't be interrupted, so a step
 * lasts longer by at most one of them.
 */
enum {
    CHUTES__STEP_MAX_US = 8000,
    CHUTES__TURN_MAX_US = 4000 /* of one transfer, when others wait */
};

struct chutes__turn {
    const void *owner; /* whose turn it is; NULL: nobody's */
    int64_t step_ends_us;
    int64_t ends_us;
    int64_t read_us; /* when the clock was read last */
    unsigned stride; /* how many questions one reading answers */
    unsigned unread; /* how many of them are left */
    bool is_over;
};

void chutes__turn_begin_step(struct chutes__turn *turn, int64_t now_us);

/* Is there time for it in this step? `now_us` may be a little old. */
bool chutes__turn_may_begin(const struct chutes__turn *turn, const void *owner,
                            int64_t now_us);

/* Begins a turn, unless it is the owner's already. */
void chutes__turn_begin(struct chutes__turn *turn, const void *owner,
                        int64_t now_us);

bool chutes__turn_is_step_over(const struct chutes__turn *turn, int64_t now_us);

/* Reads the clock into *now_us once for every few questions, when they follow
 * each other quickly. */
bool chutes__turn_is_over(struct chutes__turn *turn, int64_t *now_us);

#endif
