/* SPDX-License-Identifier: MIT */
/*
 * A tracer that writes OTLP. To a file, each span is written when it ends. For
 * a collector, spans wait in a queue, and a loop of the writer's own posts
 * them, which any thread drives that happens to be in a callback: without
 * waiting, and only if no other thread does.
 */
#include "toolkit/otlp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "toolkit/otlp_json.h"

enum {
    BATCH = 512,        /* spans that are sent without delay */
    DELAY_US = 1000000, /* after which fewer are sent */
    MAX_EVENTS = 65536  /* bytes per span; others are left out */
};

static void drop(struct chutes_otlp *otlp, size_t count)
{
    pthread_mutex_lock(&otlp->mutex);
    otlp->dropped += (int64_t)count;
    pthread_mutex_unlock(&otlp->mutex);
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

/* One write, so that lines of several processes don't mix. */
static void write_line(struct chutes_otlp *otlp, const struct chutes__buf *span)
{
    struct chutes__buf line;
    ssize_t written = -1;

    chutes__buf_init(&line, SIZE_MAX);
    if (wrap(otlp, span, &line) == CHUTES_OK &&
        chutes__buf_append(&line, "\n", 1) == CHUTES_OK) {
        do {
            written = write(otlp->file, line.data, line.len);
        } while (written < 0 && errno == EINTR);
    }
    if (written < 0 || (size_t)written != line.len) {
        drop(otlp, 1);
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
        otlp->dropped++;
    } else if (otlp->queued++ == 0) {
        otlp->queued_us = chutes__clock_now_us();
    }
    pthread_mutex_unlock(&otlp->mutex);
}

static void on_sent(chutes_status status, chutes_invoke_response *response,
                    const chutes_error *error, void *user_data)
{
    struct chutes_otlp *otlp = user_data;

    (void)error;
    if (status != CHUTES_OK) {
        drop(otlp, otlp->sending);
    }
    otlp->last = status;
    otlp->sending = 0;
    chutes_invoke_response_free(response);
}

static void post(struct chutes_otlp *otlp, const struct chutes__buf *spans)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    chutes_call_options options = chutes_call_options_default();
    struct chutes__buf document;
    chutes_status status;

    chutes__buf_init(&document, SIZE_MAX);
    status = wrap(otlp, spans, &document);
    options.total_timeout_ms = otlp->timeout_ms;
    params.path = "v1/traces";
    params.json = document.data;
    params.call_options = &options;
    if (status == CHUTES_OK) {
        status =
            chutes_invoke_start(otlp->loop, &params, on_sent, otlp, NULL, NULL);
    }
    if (status != CHUTES_OK) {
        drop(otlp, otlp->sending);
        otlp->last = status;
        otlp->sending = 0;
    }
    chutes__buf_dispose(&document);
}

/* Posts the queue if it is due. The caller drives the loop. */
static void post_due(struct chutes_otlp *otlp, size_t batch)
{
    struct chutes__buf spans;
    size_t limit = otlp->queue.limit;

    if (otlp->sending > 0) {
        return;
    }
    chutes__buf_init(&spans, limit);
    pthread_mutex_lock(&otlp->mutex);
    if (otlp->queued >= batch ||
        (otlp->queued > 0 &&
         chutes__clock_now_us() - otlp->queued_us >= DELAY_US)) {
        spans = otlp->queue;
        chutes__buf_init(&otlp->queue, limit);
        otlp->sending = otlp->queued;
        otlp->queued = 0;
    }
    pthread_mutex_unlock(&otlp->mutex);
    if (otlp->sending > 0) {
        post(otlp, &spans);
    }
    chutes__buf_dispose(&spans);
}

/* Does what is possible without waiting. */
static void pump(struct chutes_otlp *otlp)
{
    if (otlp->loop == NULL || pthread_mutex_trylock(&otlp->driver) != 0) {
        return;
    }
    post_due(otlp, BATCH);
    if (otlp->sending > 0) {
        (void)chutes_loop_poll(otlp->loop, 0);
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

chutes_status chutes_otlp_flush(chutes_otlp *otlp, int timeout_ms)
{
    enum { MOMENT_MS = 50 };
    int64_t deadline_us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    chutes_status status = CHUTES_OK;

    if (otlp->loop == NULL) {
        return CHUTES_OK;
    }
    pthread_mutex_lock(&otlp->driver);
    otlp->last = CHUTES_OK;
    while (status == CHUTES_OK && !is_empty(otlp)) {
        post_due(otlp, 1);
        status = chutes_loop_poll(otlp->loop, MOMENT_MS);
        if (chutes__clock_now_us() >= deadline_us && !is_empty(otlp)) {
            status = CHUTES_ERR_TIMEOUT;
        }
    }
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

    chutes__buf_init(&json, SIZE_MAX);
    if (chutes__otlp_append_span(&json, span, events) != CHUTES_OK) {
        drop(otlp, 1);
    } else if (otlp->loop == NULL) {
        write_line(otlp, &json);
    } else {
        queue(otlp, &json);
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
