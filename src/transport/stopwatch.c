/* SPDX-License-Identifier: MIT */
/*
 * The clocks of a transfer: which of them fires first, and the message for it.
 */
#include "transport/stopwatch.h"

#include "base/clock.h"

#include <stdio.h>

/* How long the server may take to end an answer that is whole: long enough for
 * a round trip, short enough that nobody notices. */
enum { GRACE_MS = 100 };

struct candidate {
    int64_t due_us;
    enum chutes__clock clock;
};

static void offer(struct candidate *first, enum chutes__clock clock,
                  int64_t since_us, int64_t limit_ms)
{
    int64_t due_us;

    if (since_us == 0) {
        return;
    }
    due_us = chutes__clock_after_ms(since_us, limit_ms);
    if (due_us < first->due_us) {
        first->due_us = due_us;
        first->clock = clock;
    }
}

static void offer_waits(struct candidate *first,
                        const struct chutes__stopwatch *watch)
{
    const struct chutes__clocks *limits = &watch->limits;

    if (watch->byte_us == 0) {
        offer(first, CHUTES__CLOCK_FIRST_BYTE, watch->sent_us,
              limits->first_byte_ms);
    }
    offer(first, CHUTES__CLOCK_IDLE, watch->byte_us, limits->idle_ms);
    offer(first, CHUTES__CLOCK_PROGRESS, watch->event_us, limits->progress_ms);
    offer(first, CHUTES__CLOCK_FINISH, watch->finished_us, limits->finish_ms);
}

int64_t chutes__stopwatch_due(const struct chutes__stopwatch *watch,
                              enum chutes__clock *clock)
{
    struct candidate first = {CHUTES__CLOCK_NEVER, CHUTES__CLOCK_NONE};
    const struct chutes__clocks *limits = &watch->limits;

    /* A whole answer is a success, so no other clock may fail it. */
    if (watch->complete_us != 0 && !watch->is_over) {
        offer(&first, CHUTES__CLOCK_GRACE, watch->complete_us, GRACE_MS);
    } else {
        offer(&first, CHUTES__CLOCK_TOTAL, watch->started_us, limits->total_ms);
        if (watch->sent_us == 0) {
            offer(&first, CHUTES__CLOCK_CONNECT, watch->begun_us,
                  limits->connect_ms);
        }
        if (!watch->is_paused && !watch->is_over) {
            offer_waits(&first, watch);
        }
    }
    *clock = first.clock;
    return first.due_us;
}

void chutes__stopwatch_describe(const struct chutes__stopwatch *watch,
                                enum chutes__clock clock, char *message,
                                size_t size)
{
    const struct chutes__clocks *limits = &watch->limits;

    switch (clock) {
    case CHUTES__CLOCK_FIRST_BYTE:
        (void)snprintf(message, size,
                       "no byte of the answer came within %lld ms "
                       "(first_byte_timeout_ms)",
                       (long long)limits->first_byte_ms);
        break;
    case CHUTES__CLOCK_IDLE:
        (void)snprintf(message, size,
                       "no byte of the answer came for %lld ms "
                       "(idle_timeout_ms)",
                       (long long)limits->idle_ms);
        break;
    case CHUTES__CLOCK_PROGRESS:
        (void)snprintf(message, size,
                       "no event of the stream came for %lld ms "
                       "(progress_timeout_ms)",
                       (long long)limits->progress_ms);
        break;
    case CHUTES__CLOCK_TOTAL:
        (void)snprintf(message, size,
                       "the call took longer than %lld ms (total_timeout_ms)",
                       (long long)limits->total_ms);
        break;
    case CHUTES__CLOCK_FINISH:
        (void)snprintf(message, size,
                       "the server did not end the answer within %lld ms "
                       "(finish_grace_ms)",
                       (long long)limits->finish_ms);
        break;
    case CHUTES__CLOCK_CONNECT: /* transfer_message.c knows whom we tried */
    case CHUTES__CLOCK_GRACE:
    case CHUTES__CLOCK_NONE:
        message[0] = '\0';
        break;
    }
}
