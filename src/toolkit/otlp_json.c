/* SPDX-License-Identifier: MIT */
/*
 * Spans in OTLP/JSON, the JSON of OpenTelemetry's protocol buffers: ids are hex
 * digits, and integers of 64 bits are strings.
 */
#include "toolkit/otlp_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <chutes/json_writer.h>
#include <chutes/version.h>

#include "base/utf8.h"

/* A program may set attributes to anything. */
static void add_text(chutes_json_writer *writer, const char *key,
                     const char *text)
{
    struct chutes__buf clean;

    chutes__buf_init(&clean, SIZE_MAX);
    if (chutes__utf8_append_clean(&clean, text, strlen(text)) == CHUTES_OK) {
        chutes_json_add_string(writer, key, clean.data);
    } else {
        chutes_json_add_raw(writer, key, NULL, 0); /* the document fails */
    }
    chutes__buf_dispose(&clean);
}

static void add_integer(chutes_json_writer *writer, const char *key,
                        int64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%" PRId64, number);
    chutes_json_add_string(writer, key, digits);
}

static void add_texts(chutes_json_writer *writer,
                      const chutes_attribute *attribute)
{
    chutes_json_begin_object(writer, "arrayValue");
    chutes_json_begin_array(writer, "values");
    for (size_t i = 0; i < attribute->text_count; i++) {
        chutes_json_begin_object(writer, NULL);
        add_text(writer, "stringValue", attribute->texts[i]);
        chutes_json_end(writer);
    }
    chutes_json_end(writer);
    chutes_json_end(writer);
}

static void add_attribute(chutes_json_writer *writer,
                          const chutes_attribute *attribute)
{
    chutes_json_begin_object(writer, NULL);
    add_text(writer, "key", attribute->name);
    chutes_json_begin_object(writer, "value");
    switch (attribute->type) {
    case CHUTES_ATTRIBUTE_TEXT:
        add_text(writer, "stringValue", attribute->text);
        break;
    case CHUTES_ATTRIBUTE_INT64:
        add_integer(writer, "intValue", attribute->integer);
        break;
    case CHUTES_ATTRIBUTE_DOUBLE:
        chutes_json_add_double(writer, "doubleValue", attribute->number);
        break;
    case CHUTES_ATTRIBUTE_BOOL:
        chutes_json_add_bool(writer, "boolValue", attribute->integer != 0);
        break;
    case CHUTES_ATTRIBUTE_TEXTS:
        add_texts(writer, attribute);
        break;
    }
    chutes_json_end(writer);
    chutes_json_end(writer);
}

static void add_attributes(chutes_json_writer *writer,
                           const chutes_attribute *list, size_t count)
{
    chutes_json_begin_array(writer, "attributes");
    for (size_t i = 0; i < count; i++) {
        add_attribute(writer, &list[i]);
    }
    chutes_json_end(writer);
}

/* Ends the document, appends it and frees the writer. */
static chutes_status finish(chutes_json_writer *writer, struct chutes__buf *buf)
{
    const char *json;
    size_t len;
    chutes_status status = chutes_json_writer_finish(writer, &json, &len, NULL);

    if (status == CHUTES_OK) {
        status = chutes__buf_append(buf, json, len);
    }
    chutes_json_writer_free(writer);
    return status;
}

chutes_status chutes__otlp_append_event(struct chutes__buf *buf,
                                        const chutes_span_event *event)
{
    chutes_json_writer *writer = chutes_json_writer_new();

    chutes_json_begin_object(writer, NULL);
    add_text(writer, "name", event->name);
    add_integer(writer, "timeUnixNano", event->time_ns);
    add_attributes(writer, event->attributes, event->attribute_count);
    chutes_json_end(writer);
    return finish(writer, buf);
}

chutes_status chutes__otlp_append_span(struct chutes__buf *buf,
                                       const chutes_span *span,
                                       const char *events)
{
    enum { STATUS_ERROR = 2 };
    chutes_json_writer *writer = chutes_json_writer_new();
    struct chutes__buf list;

    chutes__buf_init(&list, SIZE_MAX);
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_string(writer, "traceId", span->trace_id);
    chutes_json_add_string(writer, "spanId", span->span_id);
    if (span->parent_id[0] != '\0') {
        chutes_json_add_string(writer, "parentSpanId", span->parent_id);
    }
    add_text(writer, "name", span->name);
    chutes_json_add_int64(writer, "kind", span->kind);
    add_integer(writer, "startTimeUnixNano", span->begin_ns);
    add_integer(writer, "endTimeUnixNano", span->end_ns);
    add_attributes(writer, span->attributes, span->attribute_count);
    if (events[0] != '\0' &&
        chutes__buf_appendf(&list, "[%s]", events) == CHUTES_OK) {
        chutes_json_add_raw(writer, "events", list.data, list.len);
    }
    chutes_json_begin_object(writer, "status");
    if (span->status != CHUTES_OK) {
        chutes_json_add_int64(writer, "code", STATUS_ERROR);
    }
    chutes_json_end(writer);
    chutes_json_end(writer);
    chutes__buf_dispose(&list);
    return finish(writer, buf);
}

chutes_status chutes__otlp_append_head(struct chutes__buf *buf,
                                       const char *service_name)
{
    const chutes_attribute service = {.name = "service.name",
                                      .text = service_name};
    chutes_json_writer *writer = chutes_json_writer_new();
    chutes_status status =
        chutes__buf_append_str(buf, "{\"resourceSpans\":[{\"resource\":");

    chutes_json_begin_object(writer, NULL);
    add_attributes(writer, &service, 1);
    chutes_json_end(writer);
    if (status == CHUTES_OK) {
        status = finish(writer, buf);
    } else {
        chutes_json_writer_free(writer);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append_str(
            buf, ",\"scopeSpans\":[{\"scope\":{\"name\":\"libchutes\","
                 "\"version\":\"" CHUTES_VERSION "\"},\"spans\":[");
    }
    return status;
}
