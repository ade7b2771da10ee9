/* SPDX-License-Identifier: MIT */
/*
 * The course of a logical request: it waits for a turn, makes an attempt, and
 * either ends or waits for the next one. An alarm of the engine, the limiter
 * and the transfer of an attempt drive it.
 */
#include "request/request.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "request/key_guard.h"

/* ---- the end ------------------------------------------------------------- */

/* on_done may free the request, so the memory of its error is freed here. */
static void report_end(struct chutes__request *request, chutes_status status)
{
    struct chutes__request_queue *queue = request->queue;
    chutes_error *kept = request->kept;
    chutes_error *error = chutes__request_error(request);

    if (status == CHUTES_OK) {
        chutes__error_clear(error);
    } else {
        error->attempts = request->attempts;
        chutes__key_guard_error(error, chutes__request_key(request));
        chutes__key_guard_query_error(error, chutes__request_query(request));
    }
    request->kept = NULL;
    request->options.receiver->on_done(request->options.ctx, status, error);
    chutes__mem_free(kept);
    chutes__error_clear(&queue->scratch);
}

static void finish(struct chutes__request *request, chutes_status status)
{
    struct chutes__request_queue_options *parts = &request->queue->options;

    /* After an attempt, this does nothing: leave_turn() has ended the turn. */
    chutes__limiter_leave(parts->limiter, &request->place,
                          CHUTES__LIMITER_OTHER, chutes__clock_now_us());
    chutes__list_remove(&request->waiting);
    chutes__engine_alarm_remove(parts->engine, &request->alarm);
    request->state = CHUTES__REQUEST_IDLE;
    report_end(request, status);
}

/* Ends the request between attempts. The error still has the facts of the last
 * one. */
static void finish_unsent(struct chutes__request *request)
{
    chutes_error *error = chutes__request_error(request);
    chutes_status status = request->stop;

    if (status == CHUTES_ERR_TIMEOUT) {
        chutes__fail(error, status,
                     "the call took longer than %lld ms (total_timeout_ms), "
                     "while it waited for its turn",
                     (long long)request->options.rules.clocks.total_ms);
    } else {
        chutes__fail_status(error, status);
    }
    finish(request, status);
}

/* ---- its turn ------------------------------------------------------------ */

static bool ask_for_turn(struct chutes__request *request);

static void leave_turn(struct chutes__request *request, chutes_status status)
{
    enum chutes__limiter_verdict verdict = CHUTES__LIMITER_OTHER;

    if (status == CHUTES_OK) {
        verdict = CHUTES__LIMITER_SUCCESS;
    } else if (request->http_status == 429) {
        verdict = CHUTES__LIMITER_THROTTLED;
    }
    chutes__limiter_leave(request->queue->options.limiter, &request->place,
                          verdict, chutes__clock_now_us());
}

static void join_queue(struct chutes__request *request)
{
    request->state = CHUTES__REQUEST_WAITING;
    chutes__list_append(&request->queue->waiting, &request->waiting);
    ask_for_turn(request);
}

/* ---- what follows an attempt --------------------------------------------- */

static void set_alarm(struct chutes__request *request, int64_t due_us)
{
    chutes__engine_alarm_set(request->queue->options.engine, &request->alarm,
                             due_us);
}

static void wait_for_next(struct chutes__request *request, int64_t wait_ms)
{
    int64_t ready_us = chutes__clock_now_us() + wait_ms * 1000;

    if (request->options.receiver->on_restart != NULL) {
        request->options.receiver->on_restart(request->options.ctx);
    }
    if (request->stop != CHUTES_OK) {
        finish_unsent(request); /* on_attempt has cancelled it */
    } else if (request->is_standing_back) {
        /* Until chutes__request_call_up(), only the deadline ends this wait. */
        request->state = CHUTES__REQUEST_BACKOFF;
        request->ready_us = ready_us;
        set_alarm(request, request->deadline_us);
    } else {
        /* Even without a wait, a later step makes the next attempt: if
         * on_attempt has cancelled the call, the loop notices before that. */
        request->state = CHUTES__REQUEST_BACKOFF;
        set_alarm(request, ready_us);
    }
}

static void on_done(void *ctx, const struct chutes__transfer_result *result)
{
    struct chutes__request *request = ctx;
    const char *model = request->model;
    chutes_status status;
    int64_t wait_ms;

    request->is_lasting = result->is_lasting;
    request->is_reused = result->reused;
    request->is_whole = result->is_whole;
    request->connect_us = result->connect_us;
    request->first_byte_us = result->first_byte_us;
    request->transfer = NULL;
    status = chutes__request_judge(request, result);
    status = request->options.receiver->on_end(request->options.ctx, status);
    if (status != CHUTES_OK) {
        chutes__request_name_attempt(request);
    }
    /* This precedes any wait, during which other requests may run. */
    leave_turn(request, status);
    wait_ms = chutes__request_plan(request, status);
    /* Moves the error out of the queue, as on_attempt may start other requests,
     * and this one may wait. */
    if (status != CHUTES_OK && !chutes__request_keep_error(request)) {
        wait_ms = -1;
        status = chutes__fail_status(chutes__request_error(request),
                                     CHUTES_ERR_NO_MEMORY);
    }
    chutes__request_report(request, model, status, wait_ms);
    if (wait_ms < 0) {
        finish(request, status);
    } else {
        wait_for_next(request, wait_ms);
    }
}

/* ---- an attempt ---------------------------------------------------------- */

static chutes_status send_attempt(struct chutes__request *request)
{
    const struct chutes__transfer_sink sink = {
        chutes__request_on_header, chutes__request_on_head,
        chutes__request_on_body, on_done, request};

    /* The tracer may have cancelled the call. The loop would notice that only
     * after the step, when the request has been sent. */
    if (request->options.receiver->is_cancelled(request->options.ctx)) {
        return chutes__fail_status(chutes__request_error(request),
                                   CHUTES_ERR_CANCELLED);
    }
    return chutes__request_send(request, &sink);
}

static void begin(struct chutes__request *request)
{
    chutes_status status;

    chutes__request_clear_answer(request);
    chutes__request_trace_begin(request);
    status = send_attempt(request);
    if (status != CHUTES_OK) {
        chutes__request_trace_end(request, status, -1);
        finish(request, status);
        return;
    }
    request->state = CHUTES__REQUEST_RUNNING;
    request->attempts++;
    /* A pause outlasts the attempt during which it was made. */
    if (request->is_paused) {
        chutes__transfer_pause(request->transfer);
    }
}

/* Ends a request whose next attempt may not be made. The error keeps the facts
 * of the previous one. */
static bool is_refused(struct chutes__request *request)
{
    struct chutes__request_queue_options *parts = &request->queue->options;
    chutes_status status = CHUTES_OK;

    if (request->options.is_metered) {
        status = parts->admit(parts->ledger, request->model,
                              chutes__request_error(request));
    }
    if (status != CHUTES_OK) {
        finish(request, status);
    }
    return status != CHUTES_OK;
}

/* Asks the limiter for a turn. On success, makes the next attempt, which may
 * end the request. Otherwise, the alarm or the waker of the engine makes the
 * request ask again. Returns false if it still waits. */
static bool ask_for_turn(struct chutes__request *request)
{
    struct chutes__request_queue_options *parts = &request->queue->options;
    int64_t now_us = chutes__clock_now_us();
    int64_t due_us;

    if (is_refused(request)) {
        return true;
    }
    chutes__limiter_enter(parts->limiter, &request->place,
                          chutes__engine_waker(parts->engine), now_us, &due_us);
    if (due_us > now_us) {
        set_alarm(request, due_us < request->deadline_us
                               ? due_us
                               : request->deadline_us);
        return false;
    }
    chutes__list_remove(&request->waiting);
    set_alarm(request, CHUTES__CLOCK_NEVER);
    begin(request);
    return true;
}

void chutes__request_queue_run(struct chutes__request_queue *queue)
{
    bool is_over = true;

    /* Once the first one no longer waits, the next may get its turn, too. */
    while (is_over && !chutes__list_is_empty(&queue->waiting)) {
        is_over = ask_for_turn(CHUTES__LIST_ENTRY(
            queue->waiting.next, struct chutes__request, waiting));
    }
}

static void on_alarm(void *ctx)
{
    struct chutes__request *request = ctx;

    if (request->stop == CHUTES_OK &&
        request->deadline_us <= chutes__clock_now_us()) {
        request->stop = CHUTES_ERR_TIMEOUT;
    }
    /* A callback in this step may have cancelled the call, which the loop
     * notices only after the step. Until then, the call must not be sent. */
    if (request->options.receiver->is_cancelled(request->options.ctx)) {
        request->stop = CHUTES_ERR_CANCELLED;
    }
    if (request->stop != CHUTES_OK) {
        finish_unsent(request);
    } else if (request->state == CHUTES__REQUEST_BACKOFF) {
        join_queue(request);
    } else {
        ask_for_turn(request);
    }
}

/* ---- the interface ------------------------------------------------------- */

chutes_status chutes__request_start(
    struct chutes__request *request, struct chutes__request_queue *queue,
    const struct chutes__request_options *options, chutes_error *error)
{
    chutes_status status;

    *request = (struct chutes__request){
        .queue = queue,
        .options = *options,
        .content_type = "",
        .first_token_us = -1,
        .model = options->model,
        .started_us = options->started_us,
    };
    status = chutes__request_prepare(request, error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes__engine_alarm_add(queue->options.engine, &request->alarm,
                                      on_alarm, request);
    if (status != CHUTES_OK) {
        return chutes__fail_status(error, status);
    }
    chutes__buf_init(&request->error_body,
                     queue->options.config->options.max_error_bytes);
    chutes__list_init(&request->waiting);
    if (request->started_us == 0) {
        request->started_us = chutes__clock_now_us();
    }
    request->deadline_us = chutes__clock_after_ms(
        request->started_us, options->rules.clocks.total_ms);
    /* The request asks for its turn in the next step, for three reasons: if
     * nobody steps the engine, it must not block the requests behind it; if it
     * is cancelled right away, it must not be sent; and on_done must not be
     * called from here. */
    request->state = CHUTES__REQUEST_BACKOFF;
    set_alarm(request, chutes__clock_now_us());
    return CHUTES_OK;
}

void chutes__request_dispose(struct chutes__request *request)
{
    chutes__secret_dispose(&request->own_key);
    chutes__buf_dispose(&request->error_body);
    chutes__mem_free(request->kept);
}

void chutes__request_cancel(struct chutes__request *request)
{
    if (request->transfer != NULL) {
        chutes__transfer_cancel(request->transfer);
    } else if (request->state != CHUTES__REQUEST_IDLE) {
        request->stop = CHUTES_ERR_CANCELLED;
        /* Leaves the queue, as asking for a turn would set the alarm again. */
        chutes__list_remove(&request->waiting);
        set_alarm(request, 0);
    }
}

void chutes__request_call_up(struct chutes__request *request)
{
    request->is_standing_back = false;
    /* A request that was stopped has an alarm already, which ends it. */
    if (request->stop == CHUTES_OK) {
        set_alarm(request, request->ready_us < request->deadline_us
                               ? request->ready_us
                               : request->deadline_us);
    }
}

void chutes__request_pause(struct chutes__request *request)
{
    request->is_paused = true;
    if (request->transfer != NULL) {
        chutes__transfer_pause(request->transfer);
    }
}

void chutes__request_resume(struct chutes__request *request)
{
    request->is_paused = false;
    if (request->transfer != NULL) {
        chutes__transfer_resume(request->transfer);
    }
}

void chutes__request_pull(struct chutes__request *request)
{
    request->is_paused = false;
    if (request->transfer != NULL) {
        chutes__transfer_pull(request->transfer);
    }
}

void chutes__request_commit(struct chutes__request *request)
{
    request->is_committed = true;
}

void chutes__request_note_token(struct chutes__request *request)
{
    int64_t now_us = request->transfer != NULL
                         ? chutes__transfer_now_us(request->transfer)
                         : chutes__clock_now_us();

    request->last_token_us = now_us - request->started_us;
    if (request->first_token_us < 0) {
        request->first_token_us = request->last_token_us;
        chutes__span_note_token(request->options.span);
    }
}
