/* SPDX-License-Identifier: MIT */
/*
 * Makes the ids of a span, collects its attributes and reports them to the
 * tracer. If memory runs out, the trace is incomplete, but the call continues.
 */
#include "request/span.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "request/platform.h"

static const char HEX[] = "0123456789abcdef";

/* ---- the ids ------------------------------------------------------------- */

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, HEX) == len;
}

static bool is_zero(const char *text, size_t len)
{
    return strspn(text, "0") == len;
}

/* A traceparent is "00-", 32 digits, "-", 16 digits, "-", 2 digits (W3C Trace
 * Context). */
bool chutes__traceparent_is_valid(const char *text)
{
    return strlen(text) == CHUTES__TRACEPARENT_LEN && is_hex(text, 2) &&
           memcmp(text, "ff", 2) != 0 && text[2] == '-' &&
           is_hex(text + 3, 32) && !is_zero(text + 3, 32) && text[35] == '-' &&
           is_hex(text + 36, 16) && !is_zero(text + 36, 16) &&
           text[52] == '-' && is_hex(text + 53, 2);
}

/* Makes a span id or half of a trace id. Neither id may be zero. */
static uint64_t make_id(void)
{
    uint64_t id = chutes__random_u64();

    return id != 0 ? id : 1;
}

static void make_ids(struct chutes__span *span, const char *traceparent)
{
    const char *flags = "01";

    if (traceparent != NULL && chutes__traceparent_is_valid(traceparent)) {
        memcpy(span->trace_id, traceparent + 3, 32);
        memcpy(span->parent_id, traceparent + 36, 16);
        /* Only the lowest bit is known: sampled. */
        flags = strtol(traceparent + 53, NULL, 16) % 2 == 1 ? "01" : "00";
    } else {
        (void)snprintf(span->trace_id, sizeof(span->trace_id),
                       "%016" PRIx64 "%016" PRIx64, make_id(), make_id());
    }
    (void)snprintf(span->span_id, sizeof(span->span_id), "%016" PRIx64,
                   make_id());
    (void)snprintf(span->header, sizeof(span->header),
                   "traceparent: 00-%s-%s-%s", span->trace_id, span->span_id,
                   flags);
    span->shown.trace_id = span->trace_id;
    span->shown.span_id = span->span_id;
    span->shown.parent_id = span->parent_id;
    span->shown.traceparent =
        span->header + CHUTES__TRACE_HEADER_LEN - CHUTES__TRACEPARENT_LEN;
    span->shown.is_sampled = flags[1] == '1';
}

/* ---- begin and end ------------------------------------------------------- */

/* Returns the Unix time at a time of the monotonic clock. Somebody may set the
 * wall clock during the span, so only the beginning of the span is read from
 * that clock. */
static int64_t unix_ns(const struct chutes__span *span, int64_t us)
{
    return span->shown.begin_ns + (us - span->begin_us) * 1000;
}

static int64_t now_ns(const struct chutes__span *span)
{
    return unix_ns(span, chutes__clock_now_us());
}

struct chutes__span *chutes__span_new(const chutes_tracer *tracer,
                                      chutes_span_kind kind,
                                      const char *traceparent)
{
    struct chutes__span *span = chutes__mem_zalloc(sizeof(*span));
    struct timespec now;

    if (span == NULL) {
        return NULL;
    }
    memcpy(&span->tracer, tracer,
           tracer->struct_size < sizeof(*tracer) ? tracer->struct_size
                                                 : sizeof(*tracer));
    chutes__arena_init(&span->arena);
    make_ids(span, traceparent);
    clock_gettime(CLOCK_REALTIME, &now);
    span->begin_us = chutes__clock_now_us();
    span->shown.begin_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    span->shown.name = "";
    span->shown.kind = kind;
    span->shown.attributes = span->attributes;
    return span;
}

struct chutes__span *chutes__span_new_child(const struct chutes__span *parent,
                                            chutes_span_kind kind)
{
    struct chutes__span *span =
        chutes__span_new(&parent->tracer, kind, parent->shown.traceparent);

    /* By the parent's clock, as the child must lie within the parent. */
    if (span != NULL) {
        span->shown.begin_ns = unix_ns(parent, span->begin_us);
    }
    return span;
}

void chutes__span_open(struct chutes__span *span)
{
    if (span != NULL && span->tracer.begin != NULL) {
        span->tracer.begin(&span->shown, span->tracer.user_data);
    }
}

void chutes__span_close(struct chutes__span *span, chutes_status status)
{
    if (span == NULL) {
        return;
    }
    if (status != CHUTES_OK) {
        chutes_span_set_text(&span->shown, "error.type",
                             chutes_status_name(status));
    }
    span->shown.status = status;
    span->shown.end_ns = now_ns(span);
    if (span->tracer.end != NULL) {
        span->tracer.end(&span->shown, span->tracer.user_data);
    }
    chutes__arena_dispose(&span->arena);
    chutes__mem_free(span);
}

/* ---- attributes ---------------------------------------------------------- */

void chutes__span_name(struct chutes__span *span, const char *operation,
                       const char *model)
{
    struct chutes__buf name;

    chutes__buf_init(&name, SIZE_MAX);
    if (chutes__buf_appendf(&name, "%s%s%s", operation,
                            model[0] != '\0' ? " " : "", model) == CHUTES_OK) {
        char *copy = chutes__arena_adopt(&span->arena, &name);

        span->shown.name = copy != NULL ? copy : "";
    }
    chutes__buf_dispose(&name);
}

const chutes_attribute *chutes_span_find(const chutes_span *span,
                                         const char *name)
{
    for (size_t i = 0; span != NULL && i < span->attribute_count; i++) {
        if (strcmp(span->attributes[i].name, name) == 0) {
            return &span->attributes[i];
        }
    }
    return NULL;
}

static void set(chutes_span *shown, const chutes_attribute *attribute)
{
    struct chutes__span *span = (struct chutes__span *)shown;
    const chutes_attribute *found = chutes_span_find(shown, attribute->name);

    if (found != NULL) {
        span->attributes[found - span->attributes] = *attribute;
    } else if (shown->attribute_count < CHUTES__SPAN_ATTRIBUTES) {
        span->attributes[shown->attribute_count++] = *attribute;
    }
}

void chutes_span_set_text(chutes_span *span, const char *name, const char *text)
{
    chutes_attribute attribute = {.name = name, .type = CHUTES_ATTRIBUTE_TEXT};

    if (span != NULL && text != NULL) {
        attribute.text = chutes__arena_dup(
            &((struct chutes__span *)span)->arena, chutes__slice_of(text));
    }
    if (attribute.text != NULL) {
        set(span, &attribute);
    }
}

void chutes_span_set_int64(chutes_span *span, const char *name, int64_t value)
{
    const chutes_attribute attribute = {
        .name = name, .type = CHUTES_ATTRIBUTE_INT64, .integer = value};

    if (span != NULL) {
        set(span, &attribute);
    }
}

void chutes__span_set_double(struct chutes__span *span, const char *name,
                             double number)
{
    const chutes_attribute attribute = {
        .name = name, .type = CHUTES_ATTRIBUTE_DOUBLE, .number = number};

    set(&span->shown, &attribute);
}

void chutes__span_set_bool(struct chutes__span *span, const char *name,
                           bool value)
{
    const chutes_attribute attribute = {
        .name = name, .type = CHUTES_ATTRIBUTE_BOOL, .integer = value};

    set(&span->shown, &attribute);
}

void chutes__span_set_texts(struct chutes__span *span, const char *name,
                            const char *const *texts, size_t count)
{
    const char **copies =
        chutes__arena_alloc(&span->arena, count, sizeof(*copies));
    const chutes_attribute attribute = {.name = name,
                                        .type = CHUTES_ATTRIBUTE_TEXTS,
                                        .texts = copies,
                                        .text_count = count};

    for (size_t i = 0; copies != NULL && i < count; i++) {
        copies[i] = chutes__arena_dup(
            &span->arena, chutes__slice_of(texts[i] != NULL ? texts[i] : ""));
        if (copies[i] == NULL) {
            return;
        }
    }
    if (copies != NULL) {
        set(&span->shown, &attribute);
    }
}

/* ---- what the request notes ---------------------------------------------- */

static void report(struct chutes__span *span, const char *name,
                   const chutes_attribute *attributes, size_t count)
{
    const chutes_span_event event = {name, now_ns(span), attributes, count};

    if (span->tracer.event != NULL) {
        span->tracer.event(&span->shown, &event, span->tracer.user_data);
    }
}

const char *chutes__span_provider(const char *url)
{
    return chutes__platform_is_host(url) ? "chutes" : "openai";
}

/* The URL is scheme://HOST[:PORT]/…, where HOST may be [::1]. */
void chutes__span_set_server(struct chutes__span *span, const char *url)
{
    bool is_https = strncmp(url, "https:", 6) == 0;
    const char *host = strstr(url, "://") + 3;
    size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    char *address =
        chutes__arena_dup(&span->arena, (struct chutes__slice){host, len});

    chutes_span_set_text(&span->shown, "server.address", address);
    chutes_span_set_int64(&span->shown, "server.port",
                          host[len] == ':' ? strtol(host + len + 1, NULL, 10)
                          : is_https       ? 443
                                           : 80);
}

void chutes__span_note_request(struct chutes__span *span, const char *url,
                               const char *model)
{
    if (span == NULL ||
        chutes_span_find(&span->shown, "server.address") != NULL) {
        return;
    }
    chutes_span_set_text(&span->shown, "gen_ai.provider.name",
                         chutes__span_provider(url));
    chutes__span_set_server(span, url);
    if (model[0] != '\0') {
        chutes_span_set_text(&span->shown, "gen_ai.request.model", model);
        chutes__span_name(span, span->shown.name, model);
    }
}

void chutes__span_note_token(struct chutes__span *span)
{
    if (span == NULL) {
        return;
    }
    chutes__span_set_double(span, "gen_ai.response.time_to_first_chunk",
                            (double)(chutes__clock_now_us() - span->begin_us) /
                                1e6);
    report(span, "first_token", NULL, 0);
}

/* ---- exported ------------------------------------------------------------ */

chutes_span *chutes_span_begin(const chutes_tracer *tracer, const char *name,
                               const char *traceparent)
{
    struct chutes__span *span =
        tracer != NULL
            ? chutes__span_new(tracer, CHUTES_SPAN_INTERNAL, traceparent)
            : NULL;

    if (span == NULL) {
        return NULL;
    }
    chutes__span_name(span, name, "");
    chutes__span_open(span);
    return &span->shown;
}

void chutes_span_end(chutes_span *span, chutes_status status)
{
    chutes__span_close((struct chutes__span *)span, status);
}
