/* SPDX-License-Identifier: MIT */
/*
 * The body of an answer: passes bytes from libcurl to the sink, and holds back
 * those that the sink didn't take because it paused or its turn is over.
 */
#include "transport/transfer.h"

#include "base/clock.h"
#include "transport/runtime.h"

#include <string.h>

/* Where libcurl can't be muted, the server can't be slowed down either, so this
 * is all the memory that a paused transfer gets. */
#define MAX_HELD ((size_t)1 << 20)
/* Bytes that libcurl has stored are lost if the transfer fails, for example
 * because broken framing follows in the same read. Where that can happen, a
 * muted transfer first holds this many bytes itself. */
#define MIN_HELD ((size_t)64 << 10)

/* Is everything that still arrives ignored? */
static bool ignores_body(const struct chutes__transfer *transfer)
{
    return transfer->stop != CHUTES_OK || transfer->watch.complete_us != 0;
}

static size_t held_len(const struct chutes__transfer *transfer)
{
    return transfer->held.len - transfer->held_begin;
}

static bool has_held(const struct chutes__transfer *transfer)
{
    return held_len(transfer) > 0;
}

/* One read may hold thousands of events, each with a slow callback, so the
 * total is also looked at within a read. Other clocks wait until all that has
 * arrived was read. */
static void check_deadline(struct chutes__transfer *transfer, int64_t now_us)
{
    const struct chutes__stopwatch *watch = &transfer->watch;

    if (transfer->timer.place != 0 && transfer->timer.due_us <= now_us &&
        chutes__clock_after_ms(watch->started_us, watch->limits.total_ms) <=
            now_us) {
        chutes__transfer_check_clocks(transfer, now_us);
    }
}

/* ---- on_body ---- */

/* Is so much held of a transfer that isn't paused that it must be delivered
 * now, even if others wait? */
static bool must_deliver(const struct chutes__transfer *transfer)
{
    return !transfer->watch.is_paused && held_len(transfer) > MAX_HELD / 2;
}

bool chutes__transfer_is_turn_over(struct chutes__transfer *transfer)
{
    struct chutes__schedule *schedule = transfer->schedule;

    if (transfer->stop == CHUTES_OK &&
        !chutes__turn_is_over(&schedule->turn, &schedule->now_us)) {
        return false;
    }
    if (must_deliver(transfer)) {
        check_deadline(transfer, chutes__transfer_read_clock(transfer));
        return transfer->stop != CHUTES_OK;
    }
    return true;
}

int64_t chutes__transfer_now_us(struct chutes__transfer *transfer)
{
    const struct chutes__schedule *schedule = transfer->schedule;

    return schedule->turn.is_fresh ? schedule->now_us
                                   : chutes__transfer_read_clock(transfer);
}

/* Calls on_body, and returns how many bytes it took. */
static size_t deliver(struct chutes__transfer *transfer, const char *bytes,
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
    /* After the callback, as the time that it took isn't the server's
     * silence. */
    watch->byte_us = chutes__transfer_now_us(transfer);
    if (transfer->saw_event) {
        watch->event_us = watch->byte_us;
    }
    if (status != CHUTES_OK) {
        /* The failure counts even if the sink, in the same call, has said that
         * the answer is whole. */
        watch->complete_us = 0;
        chutes__transfer_stop(transfer, status, NULL);
    }
    check_deadline(transfer, watch->byte_us);
    if (ignores_body(transfer)) {
        transfer->wants_call = false;
        return len;
    }
    if ((transfer->wants_call || taken < len) && !watch->is_paused) {
        chutes__transfer_await_turn(transfer);
    }
    return taken;
}

/* ---- bytes that are held back ---- */

static void drop_taken(struct chutes__transfer *transfer)
{
    struct chutes__buf *held = &transfer->held;

    if (transfer->held_begin > 0) {
        held->len -= transfer->held_begin;
        memmove(held->data, held->data + transfer->held_begin, held->len);
        transfer->held_begin = 0;
    }
}

static void hold(struct chutes__transfer *transfer, const char *bytes,
                 size_t len)
{
    chutes_status status;

    /* This comes first: the limit is for what the sink has yet to take. */
    drop_taken(transfer);
    if (len > MAX_HELD - transfer->held.len) {
        chutes__transfer_stop(
            transfer, CHUTES_ERR_TOO_LARGE,
            "more than 1 MiB was received while the call was paused");
        return;
    }
    status = chutes__buf_append(&transfer->held, bytes, len);
    if (status != CHUTES_OK) {
        chutes__transfer_stop(transfer, status, chutes_status_string(status));
    }
}

void chutes__transfer_deliver_held(struct chutes__transfer *transfer)
{
    struct chutes__buf *held = &transfer->held;

    if ((has_held(transfer) || transfer->wants_call) &&
        !transfer->watch.is_paused) {
        size_t taken = deliver(transfer, held->data + transfer->held_begin,
                               held_len(transfer));

        transfer->held_begin =
            ignores_body(transfer) ? held->len : transfer->held_begin + taken;
    }
    if (!has_held(transfer)) {
        chutes__buf_dispose(held);
        transfer->held_begin = 0;
    }
}

static void deliver_or_hold(struct chutes__transfer *transfer,
                            const char *bytes, size_t len)
{
    size_t taken = 0;

    if (!chutes__transfer_is_held_back(transfer)) {
        taken = deliver(transfer, bytes, len);
    }
    if (taken < len) {
        hold(transfer, bytes + taken, len - taken);
    }
    if (must_deliver(transfer)) {
        chutes__transfer_deliver_held(transfer);
    }
}

/* ---- libcurl's pause ---- */

/* When muted, libcurl leaves the rest in the socket over HTTP/1.1, and TCP
 * slows the server down. Over HTTP/2, other streams use the same socket, and
 * libcurl below 8.14 may stall all of them. */
static bool can_mute(const struct chutes__transfer *transfer)
{
    return !transfer->is_http2 || chutes__runtime_get()->can_pause_http2;
}

static bool set_muted(struct chutes__transfer *transfer, bool is_muted)
{
    transfer->is_muted = is_muted;
    /* Over HTTP/2, other streams need the socket. */
    if (transfer->is_http2 || chutes__multi_hush(transfer->schedule->multi,
                                                 &transfer->socket, is_muted)) {
        return true;
    }
    chutes__transfer_stop(transfer, CHUTES_ERR_INTERNAL,
                          "the connection can no longer be watched");
    return false;
}

void chutes__transfer_unmute(struct chutes__transfer *transfer)
{
    CURLcode code;

    if (!transfer->is_muted || !transfer->is_attached ||
        transfer->stop != CHUTES_OK ||
        chutes__transfer_is_held_back(transfer) ||
        !set_muted(transfer, false)) {
        return;
    }
    /* Calls chutes__transfer_read_body() with the bytes that libcurl has
     * stored, which may mute the transfer again. */
    code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    /* BAD_FUNCTION_ARGUMENT: it has ended, which the next step finds out. */
    if (code == CURLE_OK || code == CURLE_BAD_FUNCTION_ARGUMENT) {
        return;
    }
    /* If the sink failed, the transfer is already stopped, and this does
     * nothing. Otherwise, libcurl lost bytes for lack of memory. */
    chutes__transfer_stop(transfer, CHUTES_ERR_NO_MEMORY,
                          chutes_status_string(CHUTES_ERR_NO_MEMORY));
}

/* Can a read contain, after bytes of the body, something that ends the transfer
 * with an error? */
static bool may_break(const struct chutes__transfer *transfer)
{
    return transfer->is_http2 || transfer->content_length < 0;
}

/* Must bytes wait until the transfer is resumed, or for its next turn? */
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

/* ---- libcurl's callback ---- */

size_t chutes__transfer_read_body(char *bytes, size_t size, size_t count,
                                  void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    struct chutes__transfer_result *result = &transfer->result;
    size_t len = size * count;

    if (transfer->stop != CHUTES_OK) {
        return CURL_WRITEFUNC_ERROR;
    }
    /* The rest is read only so that the connection can be reused. */
    if (transfer->watch.complete_us != 0) {
        return len;
    }
    if (can_mute(transfer) && must_wait(transfer)) {
        if (!transfer->is_muted && !set_muted(transfer, true)) {
            return CURL_WRITEFUNC_ERROR;
        }
        if (!may_break(transfer) || held_len(transfer) >= MIN_HELD) {
            /* libcurl stores these bytes and passes them again later. */
            return CURL_WRITEFUNC_PAUSE;
        }
    }
    if (result->body_bytes == 0) {
        result->first_byte_us =
            chutes__transfer_read_clock(transfer) - transfer->watch.started_us;
    }
    result->body_bytes += (int64_t)len;
    /* Bytes that must wait get here if libcurl is not to store them. Those that
     * the sink doesn't take now are held. */
    deliver_or_hold(transfer, bytes, len);
    if (transfer->content_length >= 0 &&
        result->body_bytes >= transfer->content_length) {
        /* Not left to note_only_sends(): libcurl 8.5 still wants input after a
         * whole answer. */
        transfer->has_answer = true;
        chutes__transfer_end_early_answer(transfer);
    }
    return transfer->stop == CHUTES_OK ? len : CURL_WRITEFUNC_ERROR;
}
