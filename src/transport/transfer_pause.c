/* SPDX-License-Identifier: MIT */
/*
 * Pausing and resuming a transfer, and its turns: when the sink receives what
 * was held back from it.
 */
#include "transport/transfer.h"

void chutes__transfer_pause(struct chutes__transfer *transfer)
{
    if (transfer->is_stopping || transfer->has_ended) {
        return;
    }
    transfer->watch.is_paused = true;
    /* A pull may pause again, within the same pause. */
    if (transfer->watch.paused_us == 0) {
        transfer->watch.paused_us = transfer->schedule->now_us;
    }
}

/* The finish clock goes on where it was, as a stream may be paused after each
 * event of a server that never ends it. */
static void shift_finish(struct chutes__stopwatch *watch, int64_t now_us)
{
    int64_t shifted_us = watch->finished_us + now_us - watch->paused_us;

    if (watch->finished_us != 0) {
        watch->finished_us = shifted_us < now_us ? shifted_us : now_us;
    }
    watch->paused_us = 0;
}

/* While it was paused, the silence wasn't the server's. */
static void restart_clocks(struct chutes__transfer *transfer)
{
    struct chutes__stopwatch *watch = &transfer->watch;
    int64_t now_us = chutes__transfer_read_clock(transfer);

    if (watch->byte_us != 0) {
        watch->byte_us = now_us;
        watch->event_us = now_us;
    } else if (watch->sent_us != 0) {
        watch->sent_us = now_us;
    }
    shift_finish(watch, now_us);
    chutes__transfer_set_timer(transfer);
}

static void leave_pause(struct chutes__transfer *transfer)
{
    restart_clocks(transfer);
    /* A parked transfer is detached, but must still deliver what it holds. */
    if ((transfer->is_attached || transfer->watch.is_over) &&
        !transfer->is_stopping) {
        chutes__transfer_await_turn(transfer);
    }
    chutes__schedule_changed(transfer->schedule);
}

void chutes__transfer_resume(struct chutes__transfer *transfer)
{
    if (transfer->watch.is_paused) {
        transfer->watch.is_paused = false;
        leave_pause(transfer);
    }
}

void chutes__transfer_pull(struct chutes__transfer *transfer)
{
    if (!transfer->watch.is_paused) {
        return;
    }
    transfer->watch.is_paused = false;
    chutes__transfer_deliver_held(transfer);
    if (!transfer->watch.is_paused) {
        leave_pause(transfer);
    }
}

void chutes__transfer_continue(struct chutes__transfer *transfer)
{
    /* The order matters: the bytes held here arrived before those that libcurl
     * has stored. */
    chutes__transfer_try_next_address(transfer);
    chutes__transfer_deliver_held(transfer);
    chutes__transfer_unmute(transfer);
    chutes__transfer_end_early_answer(transfer);
}
