/* SPDX-License-Identifier: MIT */
#include "transport/transfer.h"

#include "transport/multi.h"
#include "transport/runtime.h"

#include <string.h>

/* Nobody's window, but ours where nothing else can be closed. */
#define MAX_HELD ((size_t)1 << 20)

static bool is_deaf(const struct chutes__transfer *transfer)
{
    return transfer->stop != CHUTES_OK || transfer->watch.complete_us != 0;
}

static bool has_held(const struct chutes__transfer *transfer)
{
    return transfer->held_at < transfer->held.len;
}

bool chutes__transfer_is_held_back(const struct chutes__transfer *transfer)
{
    return transfer->watch.is_paused || transfer->wants_call ||
           has_held(transfer);
}

void chutes__transfer_await_turn(struct chutes__transfer *transfer)
{
    chutes__list_remove(&transfer->link);
    chutes__list_append(&transfer->schedule->resuming, &transfer->link);
}

void chutes__transfer_call_again(struct chutes__transfer *transfer)
{
    transfer->wants_call = true;
}

/* Between two pieces of one read, of which there may be thousands, each with a
 * callback that takes its time. */
static void heed_deadlines(struct chutes__transfer *transfer, int64_t now_us)
{
    if (transfer->timer.place != 0 && transfer->timer.due_us <= now_us) {
        chutes__transfer_check_clocks(transfer, now_us);
    }
}

/* Over HTTP/1.1 libcurl then leaves the rest in the socket, so that the server
 * finds its window closed. Over HTTP/2 others need the socket. */
static bool can_mute(const struct chutes__transfer *transfer)
{
    return !transfer->is_http2 || chutes__runtime_get()->can_pause_http2;
}

/* What can be neither left with libcurl nor kept must be taken now. */
static bool must_go_on(const struct chutes__transfer *transfer)
{
    return !transfer->watch.is_paused &&
           transfer->held.len - transfer->held_at > MAX_HELD / 2;
}

bool chutes__transfer_is_turn_over(struct chutes__transfer *transfer)
{
    struct chutes__schedule *schedule = transfer->schedule;

    if (transfer->stop == CHUTES_OK &&
        !chutes__turn_is_over(&schedule->turn, &schedule->now_us)) {
        return false;
    }
    if (must_go_on(transfer)) {
        heed_deadlines(transfer, chutes__transfer_read_clock(transfer));
        return transfer->stop != CHUTES_OK;
    }
    return true;
}

/* Returns what on_body took of it. */
static size_t tell_body(struct chutes__transfer *transfer, const char *bytes,
                        size_t len)
{
    struct chutes__stopwatch *watch = &transfer->watch;
    size_t taken = len;
    chutes_status status;

    transfer->saw_event = false;
    transfer->wants_call = false;
    chutes__turn_begin(&transfer->schedule->turn, transfer,
                       transfer->schedule->now_us);
    status = transfer->sink.on_body(transfer->sink.ctx, bytes, &taken);
    /* Anew, as the callback may have taken its time: that isn't the server's
     * silence. */
    watch->byte_us = chutes__transfer_read_clock(transfer);
    if (transfer->saw_event) {
        watch->event_us = watch->byte_us;
    }
    if (status != CHUTES_OK) {
        watch->complete_us = 0;
        chutes__transfer_stop(transfer, status, NULL);
    }
    heed_deadlines(transfer, watch->byte_us);
    if (is_deaf(transfer)) {
        transfer->wants_call = false;
        return len;
    }
    if ((transfer->wants_call || taken < len) && !watch->is_paused) {
        chutes__transfer_await_turn(transfer);
    }
    return taken;
}

static void drop_taken(struct chutes__transfer *transfer)
{
    struct chutes__buf *held = &transfer->held;

    if (transfer->held_at > 0) {
        held->len -= transfer->held_at;
        memmove(held->data, held->data + transfer->held_at, held->len);
        transfer->held_at = 0;
    }
}

static void hold(struct chutes__transfer *transfer, const char *bytes,
                 size_t len)
{
    chutes_status status;

    drop_taken(transfer);
    if (len > MAX_HELD - transfer->held.len) {
        chutes__transfer_stop(transfer, CHUTES_ERR_TOO_LARGE,
                              "more than 1 MiB came while the call was paused");
        return;
    }
    status = chutes__buf_append(&transfer->held, bytes, len);
    if (status != CHUTES_OK) {
        chutes__transfer_stop(transfer, status, chutes_status_string(status));
    }
}

static void drain(struct chutes__transfer *transfer)
{
    struct chutes__buf *held = &transfer->held;

    if ((has_held(transfer) || transfer->wants_call) &&
        !transfer->watch.is_paused) {
        size_t taken = tell_body(transfer, held->data + transfer->held_at,
                                 held->len - transfer->held_at);

        transfer->held_at =
            is_deaf(transfer) ? held->len : transfer->held_at + taken;
    }
    if (!has_held(transfer)) {
        chutes__buf_dispose(held);
        transfer->held_at = 0;
    }
}

static void tell_or_hold(struct chutes__transfer *transfer, const char *bytes,
                         size_t len)
{
    size_t taken = 0;

    if (!chutes__transfer_is_held_back(transfer)) {
        taken = tell_body(transfer, bytes, len);
    }
    if (taken < len) {
        hold(transfer, bytes + taken, len - taken);
    }
    if (must_go_on(transfer)) {
        drain(transfer);
    }
}

/* Do bytes have to wait until the transfer is resumed, or for its next turn? */
static bool must_wait(struct chutes__transfer *transfer)
{
    struct chutes__schedule *schedule = transfer->schedule;

    if (chutes__transfer_is_held_back(transfer)) {
        return true;
    }
    if (chutes__turn_may_begin(&schedule->turn, transfer, schedule->now_us)) {
        return false;
    }
    chutes__transfer_await_turn(transfer);
    return true;
}

/* Having changed is_muted. */
static bool rewatch(struct chutes__transfer *transfer)
{
    if (chutes__multi_rewatch(transfer)) {
        return true;
    }
    chutes__transfer_stop(transfer, CHUTES_ERR_INTERNAL,
                          "the connection can't be watched any more");
    return false;
}

/* ---- early answers ---- */

/* libcurl would go on sending the request behind a whole answer, but the server
 * may have stopped reading. */
static void end_early_answer(struct chutes__transfer *transfer)
{
    if (transfer->has_answer && transfer->stop == CHUTES_OK &&
        !chutes__transfer_is_held_back(transfer) &&
        !chutes__transfer_is_sent(transfer)) {
        chutes__transfer_complete(transfer);
    }
}

void chutes__transfer_only_sends(struct chutes__transfer *transfer)
{
    if (transfer->head.state == CHUTES__HEAD_WHOLE && !transfer->is_muted &&
        !transfer->is_http2) {
        transfer->has_answer = true;
        end_early_answer(transfer);
    }
}

/* ---- the body ---- */

size_t chutes__transfer_read_body(char *bytes, size_t size, size_t count,
                                  void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    struct chutes__transfer_result *result = &transfer->result;
    size_t len = size * count;

    if (transfer->stop != CHUTES_OK) {
        return CURL_WRITEFUNC_ERROR;
    }
    if (transfer->watch.complete_us != 0) {
        return len;
    }
    if (can_mute(transfer) && must_wait(transfer)) {
        /* These bytes come again. */
        transfer->is_muted = true;
        return rewatch(transfer) ? CURL_WRITEFUNC_PAUSE : CURL_WRITEFUNC_ERROR;
    }
    if (result->body_bytes == 0) {
        result->first_byte_us =
            chutes__transfer_read_clock(transfer) - transfer->watch.started_us;
    }
    result->body_bytes += (int64_t)len;
    tell_or_hold(transfer, bytes, len);
    if (transfer->content_length >= 0 &&
        result->body_bytes >= transfer->content_length) {
        /* libcurl 8.5 goes on asking for the socket to be readable. */
        transfer->has_answer = true;
        end_early_answer(transfer);
    }
    return transfer->stop == CHUTES_OK ? len : CURL_WRITEFUNC_ERROR;
}

/* ---- pauses ---- */

void chutes__transfer_pause(struct chutes__transfer *transfer)
{
    if (transfer->is_stopping || transfer->has_ended) {
        return;
    }
    transfer->watch.is_paused = true;
}

/* The silence so far wasn't the server's. */
static void restart_clocks(struct chutes__transfer *transfer)
{
    struct chutes__stopwatch *watch = &transfer->watch;
    int64_t now_us = chutes__transfer_read_clock(transfer);

    if (watch->byte_us != 0) {
        watch->byte_us = now_us;
        watch->event_us = now_us;
        watch->finished_us = watch->finished_us != 0 ? now_us : 0;
    } else if (watch->sent_us != 0) {
        watch->sent_us = now_us;
    }
    chutes__transfer_set_timer(transfer);
}

static void leave_pause(struct chutes__transfer *transfer)
{
    restart_clocks(transfer);
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
    drain(transfer);
    if (!transfer->watch.is_paused) {
        leave_pause(transfer);
    }
}

void chutes__transfer_lose_address(struct chutes__transfer *transfer)
{
    if (transfer->is_attached && !transfer->is_stopping &&
        !transfer->has_ended && transfer->opened > 0 &&
        transfer->watch.sent_us == 0) {
        transfer->lost_address = true;
        chutes__transfer_await_turn(transfer);
    }
}

/* libcurl goes on with the next address when it is called next, but asks to be
 * called in up to half of the time to connect. What changes a pause, be it to
 * and fro, it looks at at once. */
static void try_next_address(struct chutes__transfer *transfer)
{
    transfer->lost_address = false;
    if (transfer->is_attached && transfer->stop == CHUTES_OK) {
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_RECV);
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
}

static void unmute(struct chutes__transfer *transfer)
{
    CURLcode code;

    transfer->is_muted = false;
    if (!rewatch(transfer)) {
        return;
    }
    /* Calls back with what libcurl kept, and may be paused again by that. */
    code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    /* It has ended already, as will be found out soon. */
    if (code == CURLE_OK || code == CURLE_BAD_FUNCTION_ARGUMENT) {
        return;
    }
    /* Nothing if the sink failed, but without memory bytes were lost. */
    chutes__transfer_stop(transfer, CHUTES_ERR_NO_MEMORY,
                          chutes_status_string(CHUTES_ERR_NO_MEMORY));
}

void chutes__transfer_go_on(struct chutes__transfer *transfer)
{
    if (transfer->lost_address) {
        try_next_address(transfer);
    }
    drain(transfer);
    if (transfer->is_muted && transfer->is_attached &&
        transfer->stop == CHUTES_OK &&
        !chutes__transfer_is_held_back(transfer)) {
        unmute(transfer);
    }
    end_early_answer(transfer);
}
