/* SPDX-License-Identifier: MIT */
/*
 * A tracer that writes OTLP. To a file, each span is written when it ends. For
 * a collector, spans wait in a queue, and are posted on a loop of the writer's
 * own. Any thread that is in a callback of the tracer drives this loop: without
 * waiting, and only if no other thread is driving it.
 */
#include "toolkit/otlp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "toolkit/otlp_json.h"

enum {
    BATCH = 512,        /* spans that are sent without delay */
    DELAY_US = 1000000, /* after which fewer are sent */
    MOMENT_MS = 50,     /* the longest wait of one step of a flush */
    MAX_EVENTS = 65536  /* bytes per span; others are left out */
};

static void drop(struct chutes_otlp *otlp, size_t count)
{
    atomic_fetch_add(&otlp->dropped, (long long)count);
}

/* Returns false for a file, and in the child of a fork(). */
static bool has_loop(const struct chutes_otlp *otlp)
{
    return otlp->loop != NULL && otlp->process == getpid();
}

/* Appends the document of the spans. */
static chutes_status wrap(const struct chutes_otlp *otlp,
                          const struct chutes__buf *spans,
                          struct chutes__buf *document)
{
    chutes_status status =
        chutes__buf_append(document, otlp->head.data, otlp->head.len);

    if (status == CHUTES_OK) {
        status = chutes__buf_append(document, spans->data, spans->len);
    }
    return status == CHUTES_OK
               ? chutes__buf_append_str(document, CHUTES__OTLP_TAIL)
               : status;
}

/* ---- a file -------------------------------------------------------------- */

/* Writes a line with one write(), so that lines of several processes don't mix.
 * A full disk may accept only a part of a line, which the next line must not
 * continue. */
static void write_line(struct chutes_otlp *otlp, const struct chutes__buf *span)
{
    struct chutes__buf line;
    bool was_cut = atomic_exchange(&otlp->is_cut, false);
    ssize_t written = -1;

    chutes__buf_init(&line, SIZE_MAX);
    if (chutes__buf_append_str(&line, was_cut ? "\n" : "") == CHUTES_OK &&
        wrap(otlp, span, &line) == CHUTES_OK &&
        chutes__buf_append(&line, "\n", 1) == CHUTES_OK) {
        do {
            written = write(otlp->file, line.data, line.len);
        } while (written < 0 && errno == EINTR);
    }
    if (written < 0 || (size_t)written != line.len) {
        drop(otlp, 1);
        if (was_cut || written > 0) {
            atomic_store(&otlp->is_cut, true);
        }
    }
    chutes__buf_dispose(&line);
}

/* ---- a collector --------------------------------------------------------- */

static void queue(struct chutes_otlp *otlp, const struct chutes__buf *span)
{
    struct chutes__buf *waiting = &otlp->queue;
    chutes_status status;

    pthread_mutex_lock(&otlp->mutex);
    status = chutes__buf_reserve(waiting, span->len + 1);
    if (status == CHUTES_OK && otlp->queued > 0) {
        status = chutes__buf_append(waiting, ",", 1);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(waiting, span->data, span->len);
    }
    if (status != CHUTES_OK) {
        drop(otlp, 1);
    } else if (otlp->queued++ == 0) {
        otlp->queued_us = chutes__clock_now_us();
    }
    pthread_mutex_unlock(&otlp->mutex);
}

/* Puts a batch that wasn't sent before the spans that came since, if there is
 * room for both. Returns false if there isn't. */
static bool put_back(struct chutes_otlp *otlp)
{
    struct chutes__buf *batch = &otlp->batch;
    chutes_status status;

    pthread_mutex_lock(&otlp->mutex);
    status = chutes__buf_reserve(batch, otlp->queue.len + 1);
    if (status == CHUTES_OK && otlp->queued > 0) {
        status = chutes__buf_append(batch, ",", 1);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(batch, otlp->queue.data, otlp->queue.len);
    }
    if (status == CHUTES_OK) {
        chutes__buf_dispose(&otlp->queue);
        otlp->queue = *batch;
        chutes__buf_init(batch, otlp->queue.limit);
        otlp->queued += otlp->sending;
        otlp->queued_us = chutes__clock_now_us();
    }
    pthread_mutex_unlock(&otlp->mutex);
    return status == CHUTES_OK;
}

static void end_batch(struct chutes_otlp *otlp, chutes_status status)
{
    otlp->last = status;
    otlp->sending = 0;
    chutes__buf_dispose(&otlp->batch);
    chutes_call_free(otlp->call);
    otlp->call = NULL;
}

static void on_sent(chutes_status status, chutes_invoke_response *response,
                    const chutes_error *error, void *user_data)
{
    struct chutes_otlp *otlp = user_data;

    otlp->is_unreachable = status != CHUTES_OK &&
                           error->outcome == CHUTES_OUTCOME_NOT_SENT &&
                           put_back(otlp);
    if (status != CHUTES_OK && !otlp->is_unreachable) {
        drop(otlp, otlp->sending);
    }
    /* Only check_time() cancels it. */
    end_batch(otlp,
              status == CHUTES_ERR_CANCELLED ? CHUTES_ERR_TIMEOUT : status);
    chutes_invoke_response_free(response);
}

/* The call has no timeouts of its own: if nobody drove the loop for a while,
 * they would end the call although its answer had long arrived. */
static void post(struct chutes_otlp *otlp)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_call_options options = chutes_call_options_default();
    struct chutes__buf document;
    chutes_status status;

    chutes__buf_init(&document, SIZE_MAX);
    status = wrap(otlp, &otlp->batch, &document);
    options.connect_timeout_ms = INT32_MAX; /* it can't be disabled */
    options.first_byte_timeout_ms = 0;
    options.idle_timeout_ms = 0;
    params.path = "v1/traces";
    params.json = document.data;
    params.call_options = &options;
    if (status == CHUTES_OK) {
        status = chutes_invoke_start(otlp->loop, &params, on_sent, otlp,
                                     &otlp->call, NULL);
    }
    if (status != CHUTES_OK) {
        drop(otlp, otlp->sending);
        end_batch(otlp, status);
    }
    otlp->spent_us = 0;
    otlp->step_us = chutes__clock_now_us();
    chutes__buf_dispose(&document);
}

/* Posts the queue if it is due. The caller drives the loop. */
static void post_due(struct chutes_otlp *otlp, size_t batch)
{
    if (otlp->sending > 0) {
        return;
    }
    pthread_mutex_lock(&otlp->mutex);
    if ((otlp->queued >= batch && !otlp->is_unreachable) ||
        (otlp->queued > 0 &&
         chutes__clock_now_us() - otlp->queued_us >= DELAY_US)) {
        otlp->batch = otlp->queue;
        chutes__buf_init(&otlp->queue, otlp->batch.limit);
        otlp->sending = otlp->queued;
        otlp->queued = 0;
    }
    pthread_mutex_unlock(&otlp->mutex);
    if (otlp->sending > 0) {
        post(otlp);
    }
}

/* Cancels a batch that takes too long. Time in which nobody drove the loop
 * isn't the collector's fault, so at most MOMENT_MS count between two steps. */
static void check_time(struct chutes_otlp *otlp)
{
    int64_t now_us = chutes__clock_now_us();
    int64_t passed_us = now_us - otlp->step_us;
    int64_t moment_us = (int64_t)MOMENT_MS * 1000;

    otlp->step_us = now_us;
    otlp->spent_us += passed_us < moment_us ? passed_us : moment_us;
    if (otlp->spent_us / 1000 >= otlp->timeout_ms) {
        chutes_call_cancel(otlp->call);
    }
}

static chutes_status step(struct chutes_otlp *otlp, int wait_ms)
{
    chutes_status status = chutes_loop_poll(otlp->loop, wait_ms);

    check_time(otlp);
    return status;
}

/* Does what is possible without waiting. */
static void pump(struct chutes_otlp *otlp)
{
    if (!has_loop(otlp) || pthread_mutex_trylock(&otlp->driver) != 0) {
        return;
    }
    post_due(otlp, BATCH);
    if (otlp->sending > 0) {
        (void)step(otlp, 0);
    }
    pthread_mutex_unlock(&otlp->driver);
}

static bool is_empty(struct chutes_otlp *otlp)
{
    bool result;

    pthread_mutex_lock(&otlp->mutex);
    result = otlp->queued == 0 && otlp->sending == 0;
    pthread_mutex_unlock(&otlp->mutex);
    return result;
}

/* Waits until no other thread drives the loop. Not every system has
 * pthread_mutex_timedlock(). */
static bool take_loop(struct chutes_otlp *otlp, int64_t deadline_us)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    while (pthread_mutex_trylock(&otlp->driver) != 0) {
        if (chutes__clock_now_us() >= deadline_us) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* Returns CHUTES_OK once all is sent, or the collector can't be reached. */
static chutes_status drain(struct chutes_otlp *otlp, int64_t deadline_us)
{
    chutes_status status = CHUTES_OK;

    while (status == CHUTES_OK && !is_empty(otlp) && !otlp->is_unreachable) {
        post_due(otlp, 1);
        status = step(otlp, MOMENT_MS);
        if (chutes__clock_now_us() >= deadline_us && !is_empty(otlp) &&
            !otlp->is_unreachable) {
            status = CHUTES_ERR_TIMEOUT;
        }
    }
    return status;
}

chutes_status chutes_otlp_flush(chutes_otlp *otlp, int timeout_ms)
{
    int64_t deadline_us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    chutes_status status;

    if (otlp == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    if (otlp->loop == NULL) {
        return CHUTES_OK;
    }
    if (!has_loop(otlp)) {
        return CHUTES_ERR_MISUSE;
    }
    if (!take_loop(otlp, deadline_us)) {
        return CHUTES_ERR_TIMEOUT;
    }
    otlp->last = CHUTES_OK;
    otlp->is_unreachable = false;
    status = drain(otlp, deadline_us);
    if (status == CHUTES_OK) {
        status = otlp->last;
    }
    pthread_mutex_unlock(&otlp->driver);
    return status;
}

/* ---- what the client reports --------------------------------------------- */

static void on_begin(chutes_span *span, void *user_data)
{
    (void)span;
    pump(user_data);
}

/* An event that doesn't fit is left out. */
static void on_event(chutes_span *span, const chutes_span_event *event,
                     void *user_data)
{
    struct chutes__buf *events = span->data;
    size_t before;
    chutes_status status = CHUTES_OK;

    pump(user_data);
    if (events == NULL) {
        events = chutes__mem_zalloc(sizeof(*events));
        if (events == NULL) {
            return;
        }
        chutes__buf_init(events, MAX_EVENTS);
        span->data = events;
    }
    before = events->len;
    if (before > 0) {
        status = chutes__buf_append(events, ",", 1);
    }
    if (status != CHUTES_OK ||
        chutes__otlp_append_event(events, event) != CHUTES_OK) {
        chutes__buf_cut(events, before);
    }
}

static void export(struct chutes_otlp *otlp, const chutes_span *span,
                   const char *events)
{
    struct chutes__buf json;
    chutes_status status;

    chutes__buf_init(&json, SIZE_MAX);
    status = chutes__otlp_append_span(&json, span, events);
    if (status == CHUTES_OK && otlp->loop == NULL) {
        write_line(otlp, &json);
    } else if (status == CHUTES_OK && has_loop(otlp)) {
        queue(otlp, &json);
    } else {
        drop(otlp, 1);
    }
    chutes__buf_dispose(&json);
}

static void on_end(chutes_span *span, void *user_data)
{
    struct chutes__buf *events = span->data;

    if (span->is_sampled != 0) {
        export(user_data, span, events != NULL ? events->data : "");
    }
    if (events != NULL) {
        chutes__buf_dispose(events);
        chutes__mem_free(events);
    }
    pump(user_data);
}

void chutes__otlp_init_tracer(struct chutes_otlp *otlp)
{
    otlp->tracer = chutes_tracer_default();
    otlp->tracer.begin = on_begin;
    otlp->tracer.event = on_event;
    otlp->tracer.end = on_end;
    otlp->tracer.user_data = otlp;
}
