/* SPDX-License-Identifier: MIT */
/*
 * What every part of a transfer needs: attaching it, stopping it, its clocks,
 * and whether it waits for the sink. libcurl's callbacks are in other files.
 */
#include "transport/transfer.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

/* How often a clock that is due waits for what may have arrived, each time for
 * one step. */
enum { MAX_LAST_LOOKS = 8 };

struct chutes__transfer *
chutes__transfer_of(struct chutes__multi_socket *socket)
{
    return CHUTES__LIST_ENTRY(socket, struct chutes__transfer, socket);
}

/* ---- libcurl ---- */

chutes_status chutes__transfer_attach(struct chutes__transfer *transfer)
{
    struct chutes__schedule *schedule = transfer->schedule;
    chutes_status status = chutes__multi_add(schedule->multi, transfer->easy);

    if (status == CHUTES_OK) {
        transfer->is_attached = true;
        transfer->attached_us = schedule->now_us;
    }
    return status;
}

void chutes__transfer_detach(struct chutes__transfer *transfer)
{
    if (transfer->is_attached) {
        chutes__multi_remove(transfer->schedule->multi, transfer->easy);
        transfer->is_attached = false;
    }
}

/* ---- its end ---- */

/* The step ends the transfer later: this may be called from a callback of
 * libcurl's, where no handle can be removed. */
static void move_to_stopping(struct chutes__transfer *transfer)
{
    transfer->is_stopping = true;
    chutes__list_move(&transfer->schedule->stopping, &transfer->link);
    chutes__schedule_changed(transfer->schedule);
}

static void set_message(struct chutes__transfer *transfer, const char *message)
{
    struct chutes__transfer_result *result = &transfer->result;

    /* Otherwise, libcurl would overwrite it: "Failed writing received data". */
    (void)curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, NULL);
    chutes__error_copy(result->message, sizeof(result->message), message,
                       strlen(message));
}

void chutes__transfer_stop(struct chutes__transfer *transfer,
                           chutes_status status, const char *message)
{
    if (transfer->stop != CHUTES_OK || transfer->has_ended) {
        return;
    }
    /* Nothing that happens after a whole answer turns it into a failure. */
    if (transfer->watch.complete_us == 0) {
        transfer->stop = status;
        set_message(transfer, message != NULL ? message : "");
    }
    /* Drops the bytes that are held back, but frees them later: an on_body may
     * be reading them right now. */
    transfer->watch.is_paused = false;
    transfer->held_begin = transfer->held.len;
    transfer->wants_call = false;
    if (transfer->easy != NULL) {
        /* Without this, the server learns late that an HTTP/2 stream was
         * cancelled: libcurl sends the reset with the connection's next
         * traffic. */
        (void)curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
    }
    move_to_stopping(transfer);
}

void chutes__transfer_cancel(struct chutes__transfer *transfer)
{
    chutes__transfer_stop(transfer, CHUTES_ERR_CANCELLED, NULL);
}

void chutes__transfer_park(struct chutes__transfer *transfer, CURLcode code)
{
    transfer->code = code;
    transfer->is_stopping = false;
    transfer->watch.is_over = true;
    chutes__transfer_set_timer(transfer);
}

bool chutes__transfer_is_sent(const struct chutes__transfer *transfer)
{
    curl_off_t uploaded = 0;

    return curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T,
                             &uploaded) == CURLE_OK &&
           (size_t)uploaded == transfer->body_len;
}

void chutes__transfer_complete(struct chutes__transfer *transfer)
{
    if (transfer->watch.complete_us != 0 || transfer->is_stopping) {
        return;
    }
    transfer->watch.complete_us = chutes__transfer_read_clock(transfer);
    if (chutes__transfer_is_sent(transfer)) {
        chutes__transfer_set_timer(transfer);
    } else {
        /* The server waits for the rest of a request that it doesn't want, so
         * it won't end the answer. */
        move_to_stopping(transfer);
    }
}

void chutes__transfer_end_early_answer(struct chutes__transfer *transfer)
{
    if (transfer->has_answer && transfer->stop == CHUTES_OK &&
        !chutes__transfer_is_held_back(transfer) &&
        !chutes__transfer_is_sent(transfer)) {
        chutes__transfer_complete(transfer);
    }
}

/* ---- clocks ---- */

int64_t chutes__transfer_read_clock(struct chutes__transfer *transfer)
{
    transfer->schedule->now_us = chutes__clock_now_us();
    return transfer->schedule->now_us;
}

void chutes__transfer_set_timer(struct chutes__transfer *transfer)
{
    enum chutes__clock clock;

    chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                       chutes__stopwatch_due(&transfer->watch, &clock));
}

static void stop_for(struct chutes__transfer *transfer,
                     enum chutes__clock clock)
{
    char message[sizeof(transfer->result.message)];

    chutes__stopwatch_describe(&transfer->watch, clock, message,
                               sizeof(message));
    chutes__transfer_stop(transfer, CHUTES_ERR_TIMEOUT, message);
}

void chutes__transfer_check_clocks(struct chutes__transfer *transfer,
                                   int64_t now_us)
{
    enum chutes__clock clock;
    int64_t due_us = chutes__stopwatch_due(&transfer->watch, &clock);

    if (due_us > now_us) {
        chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                           due_us);
        return;
    }
    chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                       CHUTES__CLOCK_NEVER);
    switch (clock) {
    case CHUTES__CLOCK_GRACE: /* the answer is whole nevertheless */
        move_to_stopping(transfer);
        break;
    case CHUTES__CLOCK_CONNECT: /* the message names whom libcurl tried */
        transfer->code = CURLE_OPERATION_TIMEDOUT;
        move_to_stopping(transfer);
        break;
    default:
        stop_for(transfer, clock);
        break;
    }
}

/* What has arrived is in time, even if a callback of another transfer or the
 * application's event loop has kept us from reading it. This may be untrue
 * after some looks, as a server that sends on and on must not stop a clock. */
static bool may_have_arrived(struct chutes__transfer *transfer)
{
    const struct chutes__multi *multi = transfer->schedule->multi;

    if (!transfer->is_attached) {
        return false;
    }
    if (chutes__multi_is_ready(multi, transfer->easy, &transfer->socket)) {
        return true;
    }
    transfer->last_looks++;
    return transfer->last_looks <= MAX_LAST_LOOKS &&
           (chutes__transfer_is_held_back(transfer) ||
            chutes__multi_look(multi, transfer->easy, &transfer->socket));
}

void chutes__transfer_on_due(struct chutes__timer *timer)
{
    struct chutes__transfer *transfer =
        CHUTES__LIST_ENTRY(timer, struct chutes__transfer, timer);
    int64_t now_us = transfer->schedule->now_us;
    enum chutes__clock clock;
    int64_t due_us = chutes__stopwatch_due(&transfer->watch, &clock);

    if (due_us <= now_us && clock != CHUTES__CLOCK_TOTAL &&
        may_have_arrived(transfer)) {
        chutes__timers_set(&transfer->schedule->timers, timer, due_us);
        return;
    }
    transfer->last_looks = 0;
    chutes__transfer_check_clocks(transfer, now_us);
}

void chutes__transfer_expect_end(struct chutes__transfer *transfer)
{
    if (transfer->watch.finished_us == 0) {
        transfer->watch.finished_us = chutes__transfer_read_clock(transfer);
        chutes__transfer_set_timer(transfer);
    }
}

void chutes__transfer_expect_more(struct chutes__transfer *transfer)
{
    /* Most reads of a stream call this, so the timer isn't set again. When it
     * fires, chutes__transfer_check_clocks() sets it for the next clock. */
    transfer->watch.finished_us = 0;
}

void chutes__transfer_progress(struct chutes__transfer *transfer)
{
    transfer->saw_event = true;
}

/* ---- turns ---- */

bool chutes__transfer_is_held_back(const struct chutes__transfer *transfer)
{
    return transfer->watch.is_paused || transfer->wants_call ||
           transfer->held_begin < transfer->held.len;
}

void chutes__transfer_await_turn(struct chutes__transfer *transfer)
{
    chutes__list_move(&transfer->schedule->resuming, &transfer->link);
}

void chutes__transfer_call_again(struct chutes__transfer *transfer)
{
    transfer->wants_call = true;
}
