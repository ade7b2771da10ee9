/* SPDX-License-Identifier: MIT */
/* An engine and its step: waits, lets libcurl work, gives transfers their
 * turns, and ends those that are over. The engine's parts do the work; this
 * file defines the order in which they do it. */
#include "transport/transport.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/error.h"
#include "base/mem.h"
#include "transport/admission.h"
#include "transport/engine.h"
#include "transport/multi.h"
#include "transport/reuse.h"
#include "transport/schedule.h"
#include "transport/transfer.h"
#include "transport/transfer_outcome.h"
#include "transport/watcher.h"

struct chutes__engine {
    struct chutes__engine_options options;
    struct chutes__schedule schedule;
    struct chutes__watcher watcher;
    struct chutes__multi multi;
    struct chutes__reuse reuse;
    struct chutes__admission admission;
    size_t active; /* transfers that have not had their on_done */
    /* The next step serves sockets before turns, as the last one left some. */
    bool is_socket_first;
};

/* Returns the first transfer of a list, which must not be empty. */
static struct chutes__transfer *first_of(const struct chutes__link *list)
{
    return CHUTES__LIST_ENTRY(list->next, struct chutes__transfer, link);
}

static void move_all(struct chutes__link *to, struct chutes__link *from)
{
    while (!chutes__list_is_empty(from)) {
        chutes__list_move(to, from->next);
    }
}

/* Returns when the next step is due if no socket becomes ready before. */
static int64_t due_us(const struct chutes__engine *engine)
{
    int64_t us = chutes__schedule_due(&engine->schedule);

    /* Work that the last step left over is due now. */
    if (chutes__watcher_has_ready(&engine->watcher) ||
        chutes__admission_is_due(&engine->admission)) {
        return 0;
    }
    return us < engine->multi.due_us ? us : engine->multi.due_us;
}

static void rearm(struct chutes__engine *engine)
{
    /* Without an event loop, the next step computes its own wait. */
    if (chutes__watcher_has_loop(&engine->watcher)) {
        chutes__watcher_arm(&engine->watcher, due_us(engine));
    }
}

/* ---- the end of a transfer ---- */

static void decide(struct chutes__engine *engine,
                   struct chutes__transfer *transfer, CURLcode code)
{
    chutes__transfer_decide(transfer, code);
    /* The connection looked good before the request, so its server may need a
     * longer settle time. */
    if (transfer->result.status == CHUTES_ERR_CONNECTION_LOST &&
        transfer->result.reused) {
        chutes__reuse_lost(&engine->reuse, &transfer->visit);
    }
}

static void end(struct chutes__engine *engine,
                struct chutes__transfer *transfer, CURLcode code)
{
    chutes__transfer_detach(transfer);
    chutes__admission_leave(&engine->admission, transfer);
    /* libcurl has finished, but the sink has yet to take some bytes. The end of
     * the transfer is reported after that. */
    if (transfer->stop == CHUTES_OK &&
        chutes__transfer_is_held_back(transfer)) {
        chutes__transfer_park(transfer, code);
        /* A paused one stays in `running`, without turns, until it is
         * resumed. */
        if (transfer->watch.is_paused) {
            chutes__list_move(&engine->schedule.running, &transfer->link);
        } else {
            chutes__transfer_await_turn(transfer);
        }
        return;
    }
    decide(engine, transfer, code);
    /* Last, as deciding may deliver a head, whose sink starts a clock. */
    chutes__timers_set(&engine->schedule.timers, &transfer->timer,
                       CHUTES__CLOCK_NEVER);
    transfer->has_ended = true;
    chutes__list_move(&engine->schedule.ended, &transfer->link);
}

/* Called when libcurl has finished with the transfer. A bad verdict means that
 * we aborted it before it sent anything. */
static void finish(struct chutes__engine *engine,
                   struct chutes__transfer *transfer, CURLcode code)
{
    if (transfer->visit.verdict != CHUTES__VERDICT_GOOD &&
        transfer->stop == CHUTES_OK) {
        chutes__transfer_restart(transfer);
        return;
    }
    if (code == CURLE_OK && transfer->head.state == CHUTES__HEAD_WHOLE) {
        chutes__reuse_release(&engine->reuse, &transfer->visit);
    }
    end(engine, transfer, code);
}

static void collect_finished(struct chutes__engine *engine)
{
    CURLcode code;
    struct chutes__multi_socket *socket =
        chutes__multi_next_finished(&engine->multi, &code);

    while (socket != NULL) {
        finish(engine, chutes__transfer_of(socket), code);
        socket = chutes__multi_next_finished(&engine->multi, &code);
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

/* The transfer is freed or becomes idle before on_done is called, as on_done
 * may free what the transfer has borrowed. */
static void report_ended(struct chutes__engine *engine)
{
    while (!chutes__list_is_empty(&engine->schedule.ended)) {
        struct chutes__transfer *transfer = first_of(&engine->schedule.ended);
        struct chutes__transfer_sink sink = transfer->sink;
        struct chutes__transfer_result result = transfer->result;

        chutes__list_remove(&transfer->link);
        chutes__transfer_retire(transfer);
        engine->active--;
        sink.on_done(sink.ctx, &result);
    }
}

static void stop_all(struct chutes__engine *engine, chutes_status status,
                     const char *message)
{
    struct chutes__link *const lists[] = {
        &engine->schedule.starting, &engine->schedule.holding,
        &engine->schedule.running, &engine->schedule.resuming};
    struct chutes__transfer *queued =
        chutes__admission_first_queued(&engine->admission);

    for (size_t i = 0; i < CHUTES__COUNT(lists); i++) {
        while (!chutes__list_is_empty(lists[i])) {
            chutes__transfer_stop(first_of(lists[i]), status, message);
        }
    }
    /* Transfers that wait for room are in lists of the quota. */
    while (queued != NULL) {
        chutes__transfer_stop(queued, status, message);
        queued = chutes__admission_first_queued(&engine->admission);
    }
}

/* Called when libcurl or the poller failed, so that the state of all transfers
 * is unknown. They are ended first: libcurl requires that their easy handles
 * are removed before the multi handle is freed. */
static void start_over(struct chutes__engine *engine)
{
    stop_all(engine, CHUTES_ERR_INTERNAL, "libcurl or the poller failed");
    end_stopping(engine);
    chutes__multi_close(&engine->multi);
    chutes__watcher_recover(&engine->watcher);
}

/* ---- one step ---- */

static void give_turn(struct chutes__engine *engine,
                      struct chutes__transfer *transfer)
{
    chutes__list_move(&engine->schedule.running, &transfer->link);
    chutes__transfer_continue(transfer);
    /* It was parked, and now the sink has taken everything. */
    if (transfer->watch.is_over && !transfer->is_stopping &&
        !chutes__transfer_is_held_back(transfer)) {
        end(engine, transfer, transfer->code);
    }
}

/* A transfer has at most one turn per step. Transfers that are resumed
 * meanwhile, or have more to deliver, queue behind those that had no turn. */
static void give_turns(struct chutes__engine *engine)
{
    struct chutes__schedule *schedule = &engine->schedule;
    struct chutes__link due;

    if (chutes__list_is_empty(&schedule->resuming)) {
        return;
    }
    chutes__list_init(&due);
    move_all(&due, &schedule->resuming);
    while (!chutes__list_is_empty(&due) &&
           !chutes__turn_is_step_over(&schedule->turn, schedule->now_us)) {
        give_turn(engine, first_of(&due));
    }
    move_all(&due, &schedule->resuming);
    move_all(&schedule->resuming, &due);
}

/* Sockets for which the step has no time are left for the next one. */
static bool call_libcurl(struct chutes__engine *engine)
{
    struct chutes__schedule *schedule = &engine->schedule;
    struct chutes__poller_event event;

    while (!chutes__turn_is_step_over(&schedule->turn, schedule->now_us) &&
           chutes__watcher_take_ready(&engine->watcher, &event)) {
        if (!chutes__multi_act(&engine->multi, event.fd, event.events)) {
            return false;
        }
    }
    if (engine->multi.due_us > schedule->now_us) {
        return true;
    }
    /* libcurl's timeouts come after the sockets that are ready by now, as our
     * clocks do: bytes that have arrived are in time. */
    if (chutes__watcher_has_ready(&engine->watcher)) {
        chutes__watcher_add_ready(&engine->watcher, CURL_SOCKET_TIMEOUT, 0);
        return true;
    }
    return chutes__multi_act(&engine->multi, CURL_SOCKET_TIMEOUT, 0);
}

/* Turns come first, as what they deliver arrived earlier. But either may use up
 * the step, so sockets that were left over come first in the next one. */
static bool work(struct chutes__engine *engine)
{
    bool works;

    if (engine->is_socket_first) {
        engine->is_socket_first = false;
        works = call_libcurl(engine);
        give_turns(engine);
        return works;
    }
    give_turns(engine);
    works = call_libcurl(engine);
    engine->is_socket_first = chutes__watcher_has_ready(&engine->watcher);
    return works;
}

/* Attaches what the alarms have started, so that it goes out in the same step.
 * Adding a handle only sets libcurl's timer to zero: libcurl begins to work on
 * it when it is called for that timer. Returns false if libcurl can't be used
 * any more. */
static bool send_started(struct chutes__engine *engine)
{
    if (chutes__list_is_empty(&engine->schedule.starting)) {
        return true;
    }
    chutes__admission_run(&engine->admission);
    if (engine->multi.due_us > engine->schedule.now_us) {
        return true;
    }
    if (!chutes__multi_act(&engine->multi, CURL_SOCKET_TIMEOUT, 0)) {
        return false;
    }
    collect_finished(engine);
    return true;
}

/* Returns false if libcurl or the poller can't be used any more. Sockets come
 * before our clocks: what has arrived is in time. */
static bool wait_and_work(struct chutes__engine *engine, int timeout_ms)
{
    struct chutes__schedule *schedule = &engine->schedule;

    if (!chutes__watcher_wait(&engine->watcher, schedule->now_us,
                              due_us(engine), timeout_ms)) {
        return false;
    }
    schedule->now_us = chutes__clock_now_us();
    chutes__turn_begin_step(&schedule->turn, schedule->now_us);
    if (!work(engine)) {
        return false;
    }
    collect_finished(engine);
    chutes__timers_fire(&schedule->timers, schedule->now_us);
    return send_started(engine);
}

chutes_status chutes__engine_step(struct chutes__engine *engine, int timeout_ms)
{
    bool works;

    engine->schedule.is_stepping = true;
    engine->schedule.now_us = chutes__clock_now_us();
    /* Attaching a transfer sets libcurl's timer to zero, so the wait ends at
     * once. */
    chutes__admission_run(&engine->admission);
    works = wait_and_work(engine, timeout_ms);
    if (works) {
        /* This must wait until here: libcurl's callbacks can't remove a
         * handle. */
        end_stopping(engine);
    } else {
        start_over(engine);
    }
    report_ended(engine);
    engine->schedule.is_stepping = false;
    rearm(engine);
    return works ? CHUTES_OK : CHUTES_ERR_INTERNAL;
}

/* ---- creating and freeing ---- */

static void on_change(struct chutes__schedule *schedule)
{
    rearm(CHUTES__LIST_ENTRY(schedule, struct chutes__engine, schedule));
}

chutes_status chutes__engine_new(const struct chutes__engine_options *options,
                                 struct chutes__engine **engine)
{
    struct chutes__engine *fresh = chutes__mem_zalloc(sizeof(*fresh));

    *engine = NULL;
    if (fresh == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    fresh->options = *options;
    chutes__schedule_init(&fresh->schedule, &fresh->multi, on_change);
    chutes__admission_init(&fresh->admission, &fresh->schedule, &fresh->multi,
                           &fresh->options);
    if (!chutes__reuse_init(&fresh->reuse, &fresh->schedule, options->trust) ||
        !chutes__watcher_init(&fresh->watcher) ||
        !chutes__multi_open(&fresh->multi, &fresh->watcher, &fresh->options)) {
        /* Parts that were not initialised are zeroed, which freeing allows. */
        chutes__engine_free(fresh);
        return CHUTES_ERR_NO_MEMORY;
    }
    *engine = fresh;
    return CHUTES_OK;
}

void chutes__engine_free(struct chutes__engine *engine)
{
    /* The order matters. Closing the multi handle closes the connections, which
     * unwatches their sockets and removes them from the table in `reuse`.
     * Disposing of `reuse` unsets its timer, which must not outlive the
     * schedule. */
    chutes__transfer_free_idle(&engine->schedule);
    chutes__multi_close(&engine->multi);
    chutes__watcher_dispose(&engine->watcher);
    chutes__reuse_dispose(&engine->reuse);
    chutes__schedule_dispose(&engine->schedule);
    chutes__mem_free(engine);
}

chutes_status chutes__engine_start(struct chutes__engine *engine,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
{
    struct chutes__schedule *schedule = &engine->schedule;
    chutes_status status =
        chutes__transfer_new(schedule, attempt, sink, transfer, error);

    if (status != CHUTES_OK) {
        return status;
    }
    /* The next step attaches it. */
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
    return engine->admission.quota.waiting;
}

struct chutes__schedule *chutes__engine_schedule(struct chutes__engine *engine)
{
    return &engine->schedule;
}

/* ---- inside another event loop ---- */

struct chutes__waker *chutes__engine_waker(const struct chutes__engine *engine)
{
    return engine->watcher.waker;
}

int chutes__engine_fd(struct chutes__engine *engine)
{
    int fd = chutes__watcher_fd(&engine->watcher);

    /* Until now nobody watched this descriptor, and arming did nothing. */
    if (fd != -1) {
        rearm(engine);
    }
    return fd;
}

chutes_status chutes__engine_attach(struct chutes__engine *engine,
                                    const struct chutes__engine_hooks *hooks)
{
    chutes_status status = chutes__watcher_hook(&engine->watcher, hooks);

    if (status == CHUTES_OK) {
        rearm(engine);
    }
    return status;
}

void chutes__engine_renew_timer(struct chutes__engine *engine)
{
    chutes__watcher_disarm(&engine->watcher);
}

void chutes__engine_on_ready(struct chutes__engine *engine, int fd, int events)
{
    chutes__watcher_add_ready(&engine->watcher, fd, events);
}
