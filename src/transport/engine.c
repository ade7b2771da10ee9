/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "transport/outcome.h"
#include "transport/poller.h"
#include "transport/schedule.h"
#include "transport/setup.h"
#include "transport/transfer.h"

#include <curl/curl.h>

#include <limits.h>
#include <stdint.h>

/* So that events need no translation. */
_Static_assert((int)CHUTES__POLLER_IN == CURL_POLL_IN, "poll in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_POLL_OUT, "poll out");
_Static_assert((int)CHUTES__POLLER_IN == CURL_CSELECT_IN, "select in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_CSELECT_OUT, "select out");

enum { EVENTS_PER_STEP = 64 };

struct chutes__engine {
    struct chutes__schedule schedule;
    CURLM *multi; /* NULL: could not be rebuilt after a failure */
    struct chutes__poller *poller;
    struct chutes__engine_options options;
    size_t active;      /* transfers without their on_done */
    int attached;       /* easy handles in the multi handle */
    int64_t libcurl_us; /* when libcurl wants to be called */
};

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

/* ---- the multi handle ---- */

/* What is watched for is kept as the socket's pointer in libcurl. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                        void *socket_data)
{
    struct chutes__engine *engine = userdata;
    int before = (int)(intptr_t)socket_data;
    int events = what == CURL_POLL_REMOVE ? 0 : what & CURL_POLL_INOUT;

    (void)easy;
    if (events == before) {
        return 0;
    }
    if (!chutes__poller_watch(engine->poller, fd, before, events)) {
        return -1;
    }
    if (what != CURL_POLL_REMOVE) {
        (void)curl_multi_assign(engine->multi, fd, (void *)(intptr_t)events);
    }
    return 0;
}

static int set_libcurl_timer(CURLM *multi, long timeout_ms, void *userdata)
{
    struct chutes__engine *engine = userdata;

    (void)multi;
    if (timeout_ms < 0) {
        engine->libcurl_us = CHUTES__CLOCK_NEVER;
    } else if (timeout_ms == 0) {
        engine->libcurl_us = 0; /* not even a moment from now */
    } else {
        engine->libcurl_us =
            chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    }
    return 0;
}

static bool make_multi(struct chutes__engine *engine)
{
    CURLM *multi = curl_multi_init();

    engine->libcurl_us = CHUTES__CLOCK_NEVER;
    if (multi == NULL) {
        return false;
    }
    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, engine) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_libcurl_timer) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, engine) != CURLM_OK ||
        chutes__setup_multi(multi, &engine->options) != CURLM_OK) {
        (void)curl_multi_cleanup(multi);
        return false;
    }
    engine->multi = multi;
    return true;
}

static void drop_multi(struct chutes__engine *engine)
{
    if (engine->multi != NULL) {
        (void)curl_multi_cleanup(engine->multi);
        engine->multi = NULL;
    }
}

/* ---- the ways of a transfer through the lists ---- */

static chutes_status attach(struct chutes__engine *engine,
                            struct chutes__transfer *transfer)
{
    CURLMcode code;

    if (engine->multi == NULL && !make_multi(engine)) {
        return CHUTES_ERR_NO_MEMORY;
    }
    code = curl_multi_add_handle(engine->multi, transfer->easy);
    if (code != CURLM_OK) {
        return code == CURLM_OUT_OF_MEMORY ? CHUTES_ERR_NO_MEMORY
                                           : CHUTES_ERR_INTERNAL;
    }
    transfer->is_attached = true;
    engine->attached++;
    return CHUTES_OK;
}

static void attach_started(struct chutes__engine *engine)
{
    while (!chutes__list_is_empty(&engine->schedule.starting)) {
        struct chutes__transfer *transfer =
            first_of(&engine->schedule.starting);
        chutes_status status = attach(engine, transfer);

        if (status == CHUTES_OK) {
            move_to(&engine->schedule.running, transfer);
        } else {
            chutes__transfer_stop(transfer, status,
                                  chutes_status_string(status));
        }
    }
}

static void end(struct chutes__engine *engine,
                struct chutes__transfer *transfer, CURLcode code)
{
    if (transfer->is_attached) {
        /* Closes the connection when the answer isn't over. */
        (void)curl_multi_remove_handle(engine->multi, transfer->easy);
        transfer->is_attached = false;
        engine->attached--;
    }
    chutes__timers_set(&engine->schedule.timers, &transfer->timer,
                       CHUTES__CLOCK_NEVER);
    chutes__outcome_decide(transfer, code);
    transfer->has_ended = true;
    move_to(&engine->schedule.ended, transfer);
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
            end(engine, (struct chutes__transfer *)(void *)transfer,
                message->data.result);
        }
        message = curl_multi_info_read(engine->multi, &left);
    }
}

static void check_clocks(struct chutes__engine *engine)
{
    struct chutes__timer *timer =
        chutes__timers_first(&engine->schedule.timers);

    while (timer != NULL && timer->due_us <= engine->schedule.now_us) {
        chutes__transfer_check_clocks(
            CHUTES__LIST_ENTRY(timer, struct chutes__transfer, timer),
            engine->schedule.now_us);
        timer = chutes__timers_first(&engine->schedule.timers);
    }
}

static void stop_all(struct chutes__engine *engine, chutes_status status,
                     const char *message)
{
    struct chutes__link *const lists[] = {&engine->schedule.starting,
                                          &engine->schedule.running};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        while (!chutes__list_is_empty(lists[i])) {
            chutes__transfer_stop(first_of(lists[i]), status, message);
        }
    }
}

static void end_stopping(struct chutes__engine *engine)
{
    while (!chutes__list_is_empty(&engine->schedule.stopping)) {
        end(engine, first_of(&engine->schedule.stopping), CURLE_OK);
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
    const struct chutes__timer *timer =
        chutes__timers_first(&engine->schedule.timers);
    int64_t due_us = engine->libcurl_us;
    int64_t left_ms;

    if (!chutes__list_is_empty(&engine->schedule.stopping)) {
        return 0;
    }
    if (timer != NULL && timer->due_us < due_us) {
        due_us = timer->due_us;
    }
    if (due_us == CHUTES__CLOCK_NEVER) {
        return timeout_ms;
    }
    if (due_us <= engine->schedule.now_us) {
        return 0;
    }
    left_ms = (due_us - engine->schedule.now_us + 999) / 1000;
    if (timeout_ms >= 0 && timeout_ms < left_ms) {
        return timeout_ms;
    }
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

/* *alive receives how many handles aren't finished, if libcurl was called. */
static CURLMcode call_libcurl(struct chutes__engine *engine,
                              const struct chutes__poller_event *events,
                              int count, int *alive)
{
    for (int i = 0; i < count; i++) {
        CURLMcode code;

        code = curl_multi_socket_action(engine->multi, events[i].fd,
                                        events[i].events, alive);
        if (code != CURLM_OK) {
            return code;
        }
    }
    if (engine->libcurl_us > engine->schedule.now_us) {
        return CURLM_OK;
    }
    /* It says again when it wants to be called next. */
    engine->libcurl_us = CHUTES__CLOCK_NEVER;
    return curl_multi_socket_action(engine->multi, CURL_SOCKET_TIMEOUT, 0,
                                    alive);
}

/* False: libcurl or the poller can't be used any more. Sockets come before our
 * clocks: what has arrived while the caller was busy elsewhere counts. */
static bool take_turn(struct chutes__engine *engine, int timeout_ms)
{
    struct chutes__poller_event events[EVENTS_PER_STEP];
    int alive = engine->attached;
    int count = chutes__poller_wait(engine->poller, events, EVENTS_PER_STEP,
                                    time_to_wait(engine, timeout_ms));

    if (count < 0) {
        return false;
    }
    if (count == 0) {
        engine->schedule.now_us = chutes__clock_now_us();
    }
    if (call_libcurl(engine, events, count, &alive) != CURLM_OK) {
        return false;
    }
    if (alive < engine->attached) {
        collect_finished(engine);
    }
    check_clocks(engine);
    return true;
}

/* After libcurl reported a failure the state of all transfers is uncertain. */
static void start_over(struct chutes__engine *engine)
{
    struct chutes__poller *poller;

    stop_all(engine, CHUTES_ERR_INTERNAL, "libcurl or the poller failed");
    end_stopping(engine);
    drop_multi(engine);
    poller = chutes__poller_new();
    if (poller != NULL) {
        chutes__poller_free(engine->poller);
        engine->poller = poller;
    }
}

chutes_status chutes__engine_step(struct chutes__engine *engine, int timeout_ms)
{
    bool works;

    engine->schedule.now_us = chutes__clock_now_us();
    attach_started(engine);
    works = take_turn(engine, timeout_ms);
    if (atomic_exchange(&engine->schedule.is_cancelled, false)) {
        stop_all(engine, CHUTES_ERR_CANCELLED, NULL);
    }
    if (works) {
        end_stopping(engine);
    } else {
        start_over(engine);
    }
    tell_ended(engine);
    return works ? CHUTES_OK : CHUTES_ERR_INTERNAL;
}

/* ---- the rest of the interface ---- */

chutes_status chutes__engine_new(const struct chutes__engine_options *options,
                                 struct chutes__engine **engine)
{
    struct chutes__engine *fresh = chutes__mem_zalloc(sizeof(*fresh));

    *engine = NULL;
    if (fresh == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    chutes__list_init(&fresh->schedule.starting);
    chutes__list_init(&fresh->schedule.running);
    chutes__list_init(&fresh->schedule.stopping);
    chutes__list_init(&fresh->schedule.ended);
    chutes__timers_init(&fresh->schedule.timers);
    atomic_init(&fresh->schedule.is_cancelled, false);
    fresh->options = *options;
    fresh->poller = chutes__poller_new();
    if (fresh->poller == NULL || !make_multi(fresh)) {
        chutes__engine_free(fresh);
        return CHUTES_ERR_NO_MEMORY;
    }
    *engine = fresh;
    return CHUTES_OK;
}

void chutes__engine_free(struct chutes__engine *engine)
{
    drop_multi(engine);
    chutes__poller_free(engine->poller);
    chutes__timers_dispose(&engine->schedule.timers);
    chutes__mem_free(engine);
}

chutes_status chutes__engine_start(struct chutes__engine *engine,
                                   const struct chutes__request *request,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
{
    chutes_status status =
        chutes__timers_reserve(&engine->schedule.timers, engine->active + 1);

    *transfer = NULL;
    if (status != CHUTES_OK) {
        return chutes__fail_status(error, status);
    }
    status =
        chutes__transfer_new(&engine->schedule, request, sink, transfer, error);
    if (status != CHUTES_OK) {
        return status;
    }
    /* Attached by the next step: libcurl doesn't allow it in its callbacks. */
    chutes__list_append(&engine->schedule.starting, &(*transfer)->link);
    engine->active++;
    return CHUTES_OK;
}

size_t chutes__engine_active(const struct chutes__engine *engine)
{
    return engine->active;
}

void chutes__engine_cancel_all(struct chutes__engine *engine)
{
    atomic_store(&engine->schedule.is_cancelled, true);
    chutes__engine_wakeup(engine);
}

void chutes__engine_wakeup(struct chutes__engine *engine)
{
    chutes__poller_wake(engine->poller);
}
