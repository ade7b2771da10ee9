/* SPDX-License-Identifier: MIT */
#include "client/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "request/key_guard.h"

/* ---- the error ----------------------------------------------------------- */

/* Where others may write, what was told has to be copied to last. False: out of
 * memory. */
static bool keep_error(struct chutes__exchange *exchange)
{
    chutes_error *shared = &exchange->loop->error;

    if (exchange->error != shared) {
        return true;
    }
    exchange->kept = chutes__mem_alloc(sizeof(*exchange->kept));
    if (exchange->kept == NULL) {
        chutes__error_clear(shared);
        return false;
    }
    *exchange->kept = *shared;
    chutes__error_clear(shared);
    exchange->error = exchange->kept;
    return true;
}

static void clear_error(struct chutes__exchange *exchange)
{
    if (exchange->kept != NULL) {
        chutes__mem_free(exchange->kept);
        exchange->kept = NULL;
        exchange->error = &exchange->loop->error;
    }
    chutes__error_clear(exchange->error);
}

/* Of a callback of the transfer, whose end is told later. */
static chutes_status settle(struct chutes__exchange *exchange,
                            chutes_status status)
{
    return status == CHUTES_OK || keep_error(exchange) ? status
                                                       : CHUTES_ERR_NO_MEMORY;
}

void chutes__exchange_take_error(struct chutes__exchange *exchange,
                                 chutes_error *error)
{
    chutes__key_guard_error(exchange->error, chutes__exchange_key(exchange));
    *error = *exchange->error;
    clear_error(exchange);
}

/* ---- the end ------------------------------------------------------------- */

static void finish(struct chutes__exchange *exchange, chutes_status status)
{
    chutes__limiter_leave(&exchange->loop->client->limiter, &exchange->place,
                          CHUTES__LIMITER_OTHER, chutes__clock_now_us());
    chutes__list_remove(&exchange->waiting);
    chutes__engine_alarm_remove(exchange->loop->engine, &exchange->alarm);
    exchange->state = CHUTES__EXCHANGE_IDLE;
    /* Not before: until here the error may be that of the whole loop. */
    exchange->error->attempts = exchange->attempts;
    exchange->receiver.on_done(exchange->receiver.ctx, status);
}

/* Between attempts: what was found out by the last one stays in the error. */
static void finish_unsent(struct chutes__exchange *exchange)
{
    chutes_error *error = exchange->error;
    chutes_status status = exchange->stop;

    if (status == CHUTES_ERR_TIMEOUT) {
        chutes__fail(error, status,
                     "the call took longer than %lld ms (total_timeout_ms), "
                     "while it waited for its turn",
                     (long long)exchange->rules.clocks.total_ms);
    } else {
        chutes__fail_status(error, status);
    }
    finish(exchange, status);
}

/* ---- its turn ------------------------------------------------------------ */

/* Asks the limiter; when the turn hasn't come, the alarm or a ring of the
 * loop's waker has it ask again. */
static void ask_for_turn(struct chutes__exchange *exchange)
{
    struct chutes_loop *loop = exchange->loop;
    int64_t now_us = chutes__clock_now_us();
    int64_t due_us;

    chutes__limiter_enter(&loop->client->limiter, &exchange->place,
                          chutes__engine_waker(loop->engine), now_us, &due_us);
    if (due_us <= now_us) {
        chutes__list_remove(&exchange->waiting);
        due_us = now_us;
    } else if (exchange->deadline_us < due_us) {
        due_us = exchange->deadline_us;
    }
    chutes__engine_alarm_set(loop->engine, &exchange->alarm, due_us);
}

static void leave_turn(struct chutes__exchange *exchange, chutes_status status)
{
    enum chutes__limiter_verdict verdict = CHUTES__LIMITER_OTHER;

    if (status == CHUTES_OK) {
        verdict = CHUTES__LIMITER_SUCCESS;
    } else if (exchange->http_status == 429) {
        verdict = CHUTES__LIMITER_THROTTLED;
    }
    chutes__limiter_leave(&exchange->loop->client->limiter, &exchange->place,
                          verdict, chutes__clock_now_us());
}

static void join_queue(struct chutes__exchange *exchange)
{
    exchange->state = CHUTES__EXCHANGE_WAITING;
    chutes__list_append(&exchange->loop->waiting, &exchange->waiting);
    ask_for_turn(exchange);
}

void chutes__exchange_check_waiting(struct chutes_loop *loop)
{
    struct chutes__exchange *exchange;

    do {
        if (chutes__list_is_empty(&loop->waiting)) {
            return;
        }
        exchange = CHUTES__LIST_ENTRY(loop->waiting.next,
                                      struct chutes__exchange, waiting);
        ask_for_turn(exchange);
        /* When it got its turn the next may get one too. */
    } while (exchange->place.is_active);
}

/* ---- what the transfer tells --------------------------------------------- */

static chutes_status on_header(void *ctx, struct chutes__slice name,
                               struct chutes__slice value)
{
    struct chutes__exchange *exchange = ctx;

    if (!chutes__header_list_add(&exchange->headers, exchange->arena, name,
                                 value)) {
        return settle(exchange, chutes__fail_status(exchange->error,
                                                    CHUTES_ERR_NO_MEMORY));
    }
    return CHUTES_OK;
}

static chutes_status on_head(void *ctx, int http_status)
{
    struct chutes__exchange *exchange = ctx;
    const struct chutes__receiver *receiver = &exchange->receiver;
    const char *content_type =
        chutes__header_list_find(&exchange->headers, "Content-Type");

    exchange->http_status = http_status;
    exchange->content_type = content_type != NULL ? content_type : "";
    if (!chutes__exchange_is_answer(exchange) || receiver->on_head == NULL) {
        return CHUTES_OK;
    }
    return settle(exchange,
                  receiver->on_head(receiver->ctx, exchange->content_type));
}

/* The status says what happened; of a body without end, what fits has to do for
 * the message. */
static chutes_status keep_error_body(struct chutes__exchange *exchange,
                                     const char *bytes, size_t len)
{
    struct chutes__buf *body = &exchange->error_body;
    size_t room = body->limit - body->len;

    if (len > room) {
        len = room;
        chutes__transfer_complete(exchange->transfer);
    }
    return chutes__buf_append(body, bytes, len);
}

/* The body of an answer that tells of an error never reaches the receiver. */
static chutes_status on_body(void *ctx, const char *bytes, size_t *len)
{
    struct chutes__exchange *exchange = ctx;
    const struct chutes__receiver *receiver = &exchange->receiver;
    chutes_status status;

    if (chutes__exchange_is_answer(exchange)) {
        return settle(exchange, receiver->on_body(receiver->ctx, bytes, len));
    }
    status = keep_error_body(exchange, bytes, *len);
    if (status != CHUTES_OK) {
        chutes__fail_status(exchange->error, status);
    }
    return settle(exchange, status);
}

/* ---- what follows an attempt --------------------------------------------- */

static void wait_for_next(struct chutes__exchange *exchange, int64_t wait_ms)
{
    if (exchange->receiver.on_restart != NULL) {
        exchange->receiver.on_restart(exchange->receiver.ctx);
    }
    if (exchange->stop != CHUTES_OK) {
        finish_unsent(exchange); /* on_attempt had it cancelled */
    } else if (exchange->is_standing_back) {
        exchange->state = CHUTES__EXCHANGE_BACKOFF;
        exchange->ready_us = chutes__clock_now_us() + wait_ms * 1000;
        chutes__engine_alarm_set(exchange->loop->engine, &exchange->alarm,
                                 exchange->deadline_us);
    } else if (wait_ms == 0) {
        join_queue(exchange);
    } else {
        exchange->state = CHUTES__EXCHANGE_BACKOFF;
        chutes__engine_alarm_set(exchange->loop->engine, &exchange->alarm,
                                 chutes__clock_now_us() + wait_ms * 1000);
    }
}

static void on_done(void *ctx, const struct chutes__transfer_result *result)
{
    struct chutes__exchange *exchange = ctx;
    const char *model = exchange->model;
    chutes_status status;
    int64_t wait_ms;

    exchange->is_lasting = result->is_lasting;
    exchange->is_reused = result->reused;
    exchange->connect_us = result->connect_us;
    exchange->first_byte_us = result->first_byte_us;
    exchange->transfer = NULL;
    status = chutes__exchange_judge(exchange, result);
    status = exchange->receiver.on_end(exchange->receiver.ctx, status);
    if (status != CHUTES_OK) {
        chutes__exchange_name_request(exchange);
    }
    leave_turn(exchange, status);
    wait_ms = chutes__exchange_plan(exchange, status);
    /* It has to outlast what others do meanwhile. */
    if (status != CHUTES_OK && !keep_error(exchange)) {
        wait_ms = -1;
        status = chutes__fail_status(exchange->error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__exchange_tell(exchange, model, status, wait_ms);
    if (wait_ms < 0) {
        finish(exchange, status);
    } else {
        wait_for_next(exchange, wait_ms);
    }
}

/* ---- an attempt ---------------------------------------------------------- */

/* Forgets the answer to the attempt before. */
static void clear_answer(struct chutes__exchange *exchange)
{
    exchange->headers = (struct chutes__header_list){0};
    exchange->content_type = "";
    exchange->http_status = 0;
    chutes__buf_clear(&exchange->error_body);
    clear_error(exchange);
}

static void begin(struct chutes__exchange *exchange)
{
    const struct chutes__transfer_sink sink = {on_header, on_head, on_body,
                                               on_done, exchange};
    chutes_status status;

    clear_answer(exchange);
    status = chutes__exchange_send(exchange, &sink);
    if (status == CHUTES_OK) {
        exchange->state = CHUTES__EXCHANGE_RUNNING;
        exchange->attempts++;
    }
    if (status != CHUTES_OK) {
        finish(exchange, status);
    } else if (exchange->is_paused) {
        chutes__transfer_pause(exchange->transfer);
    }
}

static void on_alarm(void *ctx)
{
    struct chutes__exchange *exchange = ctx;

    if (exchange->stop == CHUTES_OK &&
        exchange->deadline_us <= chutes__clock_now_us()) {
        exchange->stop = CHUTES_ERR_TIMEOUT;
    }
    if (exchange->stop != CHUTES_OK) {
        finish_unsent(exchange);
    } else if (exchange->place.is_active) {
        begin(exchange);
    } else if (exchange->state == CHUTES__EXCHANGE_BACKOFF) {
        join_queue(exchange);
    } else {
        ask_for_turn(exchange);
    }
}

/* ---- the interface ------------------------------------------------------- */

chutes_status chutes__exchange_start(struct chutes__exchange *exchange)
{
    chutes_status status = chutes__exchange_prepare(exchange);

    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes__engine_alarm_add(exchange->loop->engine, &exchange->alarm,
                                      on_alarm, exchange);
    if (status != CHUTES_OK) {
        return chutes__fail_status(exchange->error, status);
    }
    chutes__buf_init(&exchange->error_body,
                     exchange->loop->client->config.options.max_error_bytes);
    chutes__list_init(&exchange->waiting);
    exchange->content_type = "";
    exchange->first_token_us = -1;
    if (exchange->started_us == 0) {
        exchange->started_us = chutes__clock_now_us();
    }
    exchange->deadline_us = chutes__clock_after_ms(
        exchange->started_us, exchange->rules.clocks.total_ms);
    /* It queues up in a step: who isn't driven must not stand in the way of
     * those behind it. */
    exchange->state = CHUTES__EXCHANGE_BACKOFF;
    chutes__engine_alarm_set(exchange->loop->engine, &exchange->alarm,
                             chutes__clock_now_us());
    return CHUTES_OK;
}

void chutes__exchange_cancel(struct chutes__exchange *exchange)
{
    if (exchange->transfer != NULL) {
        chutes__transfer_cancel(exchange->transfer);
    } else if (exchange->state != CHUTES__EXCHANGE_IDLE) {
        exchange->stop = CHUTES_ERR_CANCELLED;
        /* Its turn isn't asked for any more, which would set the alarm anew. */
        chutes__list_remove(&exchange->waiting);
        chutes__engine_alarm_set(exchange->loop->engine, &exchange->alarm, 0);
    }
}

void chutes__exchange_call_up(struct chutes__exchange *exchange)
{
    int64_t due_us = exchange->ready_us < exchange->deadline_us
                         ? exchange->ready_us
                         : exchange->deadline_us;

    exchange->is_standing_back = false;
    if (exchange->stop == CHUTES_OK) {
        chutes__engine_alarm_set(exchange->loop->engine, &exchange->alarm,
                                 due_us);
    }
}

void chutes__exchange_pause(struct chutes__exchange *exchange)
{
    exchange->is_paused = true;
    if (exchange->transfer != NULL) {
        chutes__transfer_pause(exchange->transfer);
    }
}

void chutes__exchange_resume(struct chutes__exchange *exchange)
{
    exchange->is_paused = false;
    if (exchange->transfer != NULL) {
        chutes__transfer_resume(exchange->transfer);
    }
}

void chutes__exchange_dispose(struct chutes__exchange *exchange)
{
    chutes__key_guard_error(exchange->error, chutes__exchange_key(exchange));
    chutes__secret_dispose(&exchange->own_key);
    chutes__buf_dispose(&exchange->error_body);
    chutes__mem_free(exchange->kept);
    chutes__mem_free(exchange->url);
    chutes__mem_free(exchange->target);
}
