/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "transport/admission.h"
#include "transport/engine_state.h"
#include "transport/host.h"
#include "transport/multi.h"
#include "transport/outcome.h"
#include "transport/setup.h"
#include "transport/transfer.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* So many connections that were found dead are enough. */
enum { RESTARTS_MAX = 4 };

/* Of a list that isn't empty. */
static struct chutes__transfer *first_of(const struct chutes__link *list)
{
    return CHUTES__LIST_ENTRY(list->next, struct chutes__transfer, link);
}

static void move_to(struct chutes__link *list,
                    struct chutes__transfer *transfer)
{
    chutes__list_remove(&transfer->link);
    chutes__list_append(list, &transfer->link);
}

/* ---- the ways of a transfer through the lists ---- */

static chutes_status attach(struct chutes__engine *engine,
                            struct chutes__transfer *transfer)
{
    CURLMcode code;

    if (engine->multi == NULL && !chutes__multi_open(engine)) {
        return CHUTES_ERR_NO_MEMORY;
    }
    code = curl_multi_add_handle(engine->multi, transfer->easy);
    if (code != CURLM_OK) {
        return code == CURLM_OUT_OF_MEMORY ? CHUTES_ERR_NO_MEMORY
                                           : CHUTES_ERR_INTERNAL;
    }
    transfer->is_attached = true;
    transfer->attached_us = engine->schedule.now_us;
    engine->attached++;
    return CHUTES_OK;
}

static void detach(struct chutes__engine *engine,
                   struct chutes__transfer *transfer)
{
    if (transfer->is_attached) {
        /* Closes the connection when the answer isn't over. */
        (void)curl_multi_remove_handle(engine->multi, transfer->easy);
        transfer->is_attached = false;
        engine->attached--;
    }
}

static void attach_one(struct chutes__engine *engine,
                       struct chutes__transfer *transfer)
{
    chutes_status status = attach(engine, transfer);

    if (status == CHUTES_OK) {
        move_to(&engine->schedule.running, transfer);
    } else {
        chutes__transfer_stop(transfer, status, chutes_status_string(status));
    }
}

/* Those that libcurl keeps waiting for a connection begin anew: from 8.14 on it
 * looks at them only as others get theirs or end. */
static void attach_waiting_again(struct chutes__engine *engine)
{
    struct chutes__link *running = &engine->schedule.running;
    struct chutes__link *next = running->next;
    struct chutes__link waiting;

    chutes__list_init(&waiting);
    while (next != running) {
        struct chutes__transfer *transfer =
            CHUTES__LIST_ENTRY(next, struct chutes__transfer, link);

        next = next->next;
        if (transfer->is_attached && transfer->watch.begun_us == 0) {
            detach(engine, transfer);
            move_to(&waiting, transfer);
        }
    }
    while (!chutes__list_is_empty(&waiting)) {
        attach_one(engine, first_of(&waiting));
    }
}

static void attach_started(struct chutes__engine *engine)
{
    struct chutes__schedule *schedule = &engine->schedule;

    if (chutes__engine_has_caps_to_lift(engine)) {
        chutes__setup_lift_caps(engine->multi, &engine->options);
        engine->is_capped = false;
        attach_waiting_again(engine);
    }
    chutes__admission_go_on(engine);
    while (!chutes__list_is_empty(&schedule->starting)) {
        struct chutes__transfer *transfer = first_of(&schedule->starting);

        if (chutes__admission_ask(engine, transfer)) {
            attach_one(engine, transfer);
        }
    }
}

static void restart(struct chutes__engine *engine,
                    struct chutes__transfer *transfer)
{
    bool is_doubtful = transfer->visit.verdict == CHUTES__VERDICT_DOUBTFUL;

    detach(engine, transfer);
    transfer->visit.verdict = CHUTES__VERDICT_GOOD;
    transfer->result.message[0] = '\0';
    transfer->watch.begun_us = 0;
    transfer->visit.restarts++;
    if ((is_doubtful || transfer->visit.restarts >= RESTARTS_MAX) &&
        curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L) !=
            CURLE_OK) {
        chutes__transfer_stop(transfer, CHUTES_ERR_INTERNAL,
                              "libcurl refused to connect anew");
        return;
    }
    chutes__list_remove(&transfer->link);
    chutes__list_prepend(&engine->schedule.starting, &transfer->link);
}

static void decide(struct chutes__engine *engine,
                   struct chutes__transfer *transfer, CURLcode code)
{
    chutes__outcome_decide(transfer, code);
    if (transfer->result.status == CHUTES_ERR_CONNECTION_LOST &&
        transfer->result.reused) {
        chutes__reuse_lost(&engine->reuse, &transfer->visit);
    }
}

static void end(struct chutes__engine *engine,
                struct chutes__transfer *transfer, CURLcode code)
{
    detach(engine, transfer);
    chutes__admission_leave(engine, transfer);
    if (transfer->stop == CHUTES_OK &&
        chutes__transfer_is_held_back(transfer)) {
        chutes__transfer_park(transfer, code);
        if (transfer->watch.is_paused) {
            move_to(&engine->schedule.running, transfer);
        } else {
            chutes__transfer_await_turn(transfer);
        }
        return;
    }
    chutes__timers_set(&engine->schedule.timers, &transfer->timer,
                       CHUTES__CLOCK_NEVER);
    decide(engine, transfer, code);
    transfer->has_ended = true;
    move_to(&engine->schedule.ended, transfer);
}

/* libcurl is done with it. */
static void finish(struct chutes__engine *engine,
                   struct chutes__transfer *transfer, CURLcode code)
{
    if (transfer->visit.verdict != CHUTES__VERDICT_GOOD &&
        transfer->stop == CHUTES_OK) {
        restart(engine, transfer);
        return;
    }
    if (code == CURLE_OK && transfer->head.state == CHUTES__HEAD_WHOLE) {
        chutes__reuse_release(&engine->reuse, &transfer->visit);
    }
    end(engine, transfer, code);
}

static void collect_finished(struct chutes__engine *engine)
{
    int left;
    CURLMsg *message = curl_multi_info_read(engine->multi, &left);

    while (message != NULL) {
        char *transfer = NULL;

        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                              &transfer) == CURLE_OK) {
            finish(engine, (struct chutes__transfer *)(void *)transfer,
                   message->data.result);
        }
        message = curl_multi_info_read(engine->multi, &left);
    }
}

static void go_on(struct chutes__engine *engine,
                  struct chutes__transfer *transfer)
{
    move_to(&engine->schedule.running, transfer);
    chutes__transfer_go_on(transfer);
    if (transfer->watch.is_over && !transfer->is_stopping &&
        !chutes__transfer_is_held_back(transfer)) {
        end(engine, transfer, transfer->code);
    }
}

/* Each has one turn at most: those that are resumed while this runs, or have
 * more to tell, line up behind those that had none. */
static void resume_paused(struct chutes__engine *engine)
{
    struct chutes__schedule *schedule = &engine->schedule;
    struct chutes__link due;

    chutes__list_init(&due);
    while (!chutes__list_is_empty(&schedule->resuming)) {
        move_to(&due, first_of(&schedule->resuming));
    }
    while (!chutes__list_is_empty(&due) &&
           !chutes__turn_is_step_over(&schedule->turn, schedule->now_us)) {
        go_on(engine, first_of(&due));
    }
    while (!chutes__list_is_empty(&schedule->resuming)) {
        move_to(&due, first_of(&schedule->resuming));
    }
    while (!chutes__list_is_empty(&due)) {
        move_to(&schedule->resuming, first_of(&due));
    }
}

static void stop_all(struct chutes__engine *engine, chutes_status status,
                     const char *message)
{
    struct chutes__link *const lists[] = {
        &engine->schedule.starting, &engine->schedule.holding,
        &engine->schedule.running, &engine->schedule.resuming};
    struct chutes__link *queued = chutes__quota_first(&engine->quota);

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        while (!chutes__list_is_empty(lists[i])) {
            chutes__transfer_stop(first_of(lists[i]), status, message);
        }
    }
    while (queued != NULL) {
        chutes__transfer_stop(
            CHUTES__LIST_ENTRY(queued, struct chutes__transfer, link), status,
            message);
        queued = chutes__quota_first(&engine->quota);
    }
}

static void end_stopping(struct chutes__engine *engine)
{
    while (!chutes__list_is_empty(&engine->schedule.stopping)) {
        struct chutes__transfer *transfer =
            first_of(&engine->schedule.stopping);

        end(engine, transfer, transfer->code);
    }
}

/* The transfer is gone before its on_done is called, as that may free what the
 * request borrowed. */
static void tell_ended(struct chutes__engine *engine)
{
    while (!chutes__list_is_empty(&engine->schedule.ended)) {
        struct chutes__transfer *transfer = first_of(&engine->schedule.ended);
        struct chutes__transfer_sink sink = transfer->sink;
        struct chutes__transfer_result result = transfer->result;

        chutes__list_remove(&transfer->link);
        chutes__transfer_free(transfer);
        engine->active--;
        sink.on_done(sink.ctx, &result);
    }
}

/* ---- one step ---- */

static int time_to_wait(const struct chutes__engine *engine, int timeout_ms)
{
    int64_t left_ms = chutes__engine_left_ms(engine->schedule.now_us,
                                             chutes__engine_due(engine));

    if (left_ms < 0 || (timeout_ms >= 0 && timeout_ms < left_ms)) {
        return timeout_ms;
    }
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

/* What there is no time for is left for the next step. */
static bool call_libcurl(struct chutes__engine *engine)
{
    struct chutes__schedule *schedule = &engine->schedule;
    size_t done = 0;
    bool works = true;

    while (works && done < engine->ready_count &&
           !chutes__turn_is_step_over(&schedule->turn, schedule->now_us)) {
        works = chutes__multi_act(engine, engine->ready[done].fd,
                                  engine->ready[done].events);
        done++;
    }
    engine->ready_count -= done;
    memmove(engine->ready, engine->ready + done,
            engine->ready_count * sizeof(*engine->ready));
    if (!works || engine->ready_count > 0 ||
        engine->libcurl_us > schedule->now_us) {
        return works;
    }
    /* It says again when it wants to be called next. */
    engine->libcurl_us = CHUTES__CLOCK_NEVER;
    return chutes__multi_act(engine, CURL_SOCKET_TIMEOUT, 0);
}

/* What was kept is older. But both may use up the step: sockets that it had no
 * time for come first in the next one. */
static bool deliver(struct chutes__engine *engine)
{
    bool works;

    if (engine->is_socket_first) {
        engine->is_socket_first = false;
        works = call_libcurl(engine);
        resume_paused(engine);
        return works;
    }
    resume_paused(engine);
    works = call_libcurl(engine);
    engine->is_socket_first = engine->ready_count > 0;
    return works;
}

/* False: libcurl or who watches can't be used any more. Sockets come before our
 * clocks: what has arrived while the caller was busy elsewhere counts. */
static bool take_turn(struct chutes__engine *engine, int timeout_ms)
{
    engine->alive = engine->attached;
    if (!chutes__host_wait(engine, time_to_wait(engine, timeout_ms))) {
        return false;
    }
    engine->schedule.now_us = chutes__clock_now_us();
    chutes__turn_begin_step(&engine->schedule.turn, engine->schedule.now_us);
    if (!deliver(engine)) {
        return false;
    }
    if (engine->alive < engine->attached) {
        collect_finished(engine);
    }
    chutes__timers_fire(&engine->schedule.timers, engine->schedule.now_us);
    return true;
}

/* After libcurl reported a failure the state of all transfers is uncertain. */
static void start_over(struct chutes__engine *engine)
{
    stop_all(engine, CHUTES_ERR_INTERNAL, "libcurl or the poller failed");
    end_stopping(engine);
    chutes__multi_close(engine);
    engine->ready_count = 0;
    chutes__host_reopen(engine);
}

chutes_status chutes__engine_step(struct chutes__engine *engine, int timeout_ms)
{
    bool works;

    engine->schedule.is_stepping = true;
    engine->schedule.now_us = chutes__clock_now_us();
    attach_started(engine);
    works = take_turn(engine, timeout_ms);
    if (works) {
        end_stopping(engine);
    } else {
        start_over(engine);
    }
    tell_ended(engine);
    engine->schedule.is_stepping = false;
    chutes__host_rearm(engine);
    return works ? CHUTES_OK : CHUTES_ERR_INTERNAL;
}

/* ---- the rest of the interface ---- */

static void on_change(struct chutes__schedule *schedule)
{
    chutes__host_rearm(
        CHUTES__LIST_ENTRY(schedule, struct chutes__engine, schedule));
}

chutes_status chutes__engine_new(const struct chutes__engine_options *options,
                                 struct chutes__engine **engine)
{
    struct chutes__engine *fresh = chutes__mem_zalloc(sizeof(*fresh));

    *engine = NULL;
    if (fresh == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    chutes__list_init(&fresh->schedule.starting);
    chutes__list_init(&fresh->schedule.holding);
    chutes__list_init(&fresh->schedule.running);
    chutes__list_init(&fresh->schedule.resuming);
    chutes__list_init(&fresh->schedule.stopping);
    chutes__list_init(&fresh->schedule.ended);
    chutes__timers_init(&fresh->schedule.timers);
    fresh->schedule.on_change = on_change;
    fresh->options = *options;
    chutes__quota_init(&fresh->quota, (size_t)options->max_host_connections,
                       (size_t)options->max_total_connections);
    if (!chutes__reuse_init(&fresh->reuse, &fresh->schedule, options->trust) ||
        !chutes__host_open(fresh) || !chutes__multi_open(fresh)) {
        chutes__engine_free(fresh);
        return CHUTES_ERR_NO_MEMORY;
    }
    *engine = fresh;
    return CHUTES_OK;
}

void chutes__engine_free(struct chutes__engine *engine)
{
    chutes__multi_close(engine);
    chutes__host_close(engine);
    chutes__reuse_dispose(&engine->reuse);
    chutes__timers_dispose(&engine->schedule.timers);
    chutes__mem_free(engine);
}

chutes_status chutes__engine_start(struct chutes__engine *engine,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
{
    struct chutes__schedule *schedule = &engine->schedule;
    chutes_status status = chutes__timers_reserve(
        &schedule->timers, engine->active + engine->alarms + 2);

    *transfer = NULL;
    if (status != CHUTES_OK) {
        return chutes__fail_status(error, status);
    }
    status = chutes__transfer_new(schedule, attempt, sink, transfer, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__setup_hopes_for_http2(attempt)) {
        schedule->saw_http1 = true;
    }
    /* Attached by the next step: libcurl doesn't allow it in its callbacks. */
    chutes__list_append(&schedule->starting, &(*transfer)->link);
    engine->active++;
    chutes__schedule_changed(schedule);
    return CHUTES_OK;
}

size_t chutes__engine_active(const struct chutes__engine *engine)
{
    return engine->active;
}

size_t chutes__engine_queued(const struct chutes__engine *engine)
{
    return engine->quota.waiting;
}
