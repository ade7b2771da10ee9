/* SPDX-License-Identifier: MIT */
/* Writes the JSON of requests. It reserves exactly the memory that it needs,
 * and copies a prompt once. */
#include "json/writer.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "json/escape.h"
#include "json/format.h"
#include "json/reader.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <string.h>

void chutes__json_measure(struct chutes__json_writer *writer, size_t max_depth)
{
    memset(writer, 0, sizeof(*writer));
    writer->max_depth = max_depth;
}

chutes_status chutes__json_reserve(struct chutes__json_writer *writer,
                                   struct chutes__buf *buf)
{
    uint64_t size = writer->size;
    chutes_status status = writer->status;

    if (status == CHUTES_OK) {
        /* The limit of a buffer is below SIZE_MAX. */
        status =
            chutes__buf_reserve(buf, size < SIZE_MAX ? (size_t)size : SIZE_MAX);
    }
    if (status == CHUTES_OK) {
        writer->at = buf->data + buf->len;
        writer->end = writer->at + size;
        writer->needs_comma = false;
    }
    return status;
}

chutes_status chutes__json_writer_finish(struct chutes__json_writer *writer,
                                         struct chutes__buf *buf)
{
    if (writer->status == CHUTES_OK && writer->at != writer->end) {
        writer->status = CHUTES_ERR_MISUSE;
    }
    if (writer->status == CHUTES_OK) {
        buf->len = (size_t)(writer->at - buf->data);
    }
    /* Removes what a failed pass has written. */
    buf->data[buf->len] = '\0';
    return writer->status;
}

void chutes__json_writer_fail(struct chutes__json_writer *writer,
                              chutes_status status, const char *field,
                              const char *reason)
{
    if (writer->status == CHUTES_OK) {
        writer->status = status;
        writer->failed_field = field;
        writer->reason = reason;
    }
}

static void fail_argument(struct chutes__json_writer *writer, const char *field,
                          const char *reason)
{
    chutes__json_writer_fail(writer, CHUTES_ERR_INVALID_ARGUMENT, field,
                             reason);
}

/* ---- bytes --------------------------------------------------------------- */

static bool is_measuring(const struct chutes__json_writer *writer)
{
    return writer->at == NULL;
}

static void put(struct chutes__json_writer *writer, const char *bytes,
                size_t len)
{
    if (is_measuring(writer)) {
        writer->size += len;
    } else if (len <= (size_t)(writer->end - writer->at)) {
        memcpy(writer->at, bytes, len);
        writer->at += len;
    } else {
        /* This is more than was measured. */
        chutes__json_writer_fail(writer, CHUTES_ERR_MISUSE, NULL, NULL);
    }
}

/* In the first pass, the caller has measured the text. */
static void put_quoted(struct chutes__json_writer *writer, const char *text,
                       uint64_t measured)
{
    char *behind;

    put(writer, "\"", 1);
    if (is_measuring(writer)) {
        writer->size += measured;
    } else {
        behind = chutes__json_escape_text(writer->at, writer->end, text);
        if (behind == NULL) {
            chutes__json_writer_fail(writer, CHUTES_ERR_MISUSE, NULL, NULL);
            return;
        }
        writer->at = behind;
    }
    put(writer, "\"", 1);
}

static void put_separator(struct chutes__json_writer *writer)
{
    if (writer->needs_comma) {
        put(writer, ",", 1);
    }
    writer->needs_comma = true;
}

static bool is_replaced(const struct chutes__json_writer *writer,
                        const char *key)
{
    const struct chutes__json_merge *merge = writer->merge;

    return key != NULL && merge != NULL && merge->depth == writer->depth &&
           cJSON_GetObjectItemCaseSensitive(merge->places, key) != NULL;
}

/* Writes what precedes a value. Returns false if the value must not be
 * written. */
static bool begin_value(struct chutes__json_writer *writer, const char *key)
{
    if (writer->status != CHUTES_OK || writer->muted > 0 ||
        is_replaced(writer, key)) {
        return false;
    }
    put_separator(writer);
    if (key != NULL) {
        put(writer, "\"", 1);
        put(writer, key, strlen(key));
        put(writer, "\":", 2);
    }
    return true;
}

static void add_text(struct chutes__json_writer *writer, const char *key,
                     struct chutes__slice json)
{
    if (begin_value(writer, key)) {
        put(writer, json.data, json.len);
    }
}

/* ---- values -------------------------------------------------------------- */

/* Measures in the first pass only: the second one does not need the size.
 * Returns false after recording a failure. */
static bool measure_text(struct chutes__json_writer *writer, const char *text,
                         const char *field, uint64_t *size)
{
    *size = 0;
    if (is_measuring(writer) && !chutes__json_measure_text(text, size)) {
        fail_argument(writer, field, "is not valid UTF-8");
        return false;
    }
    return true;
}

void chutes__json_add_string(struct chutes__json_writer *writer,
                             const char *key, const char *text,
                             const char *field)
{
    uint64_t size;

    if (writer->status == CHUTES_OK &&
        measure_text(writer, text, field, &size) && begin_value(writer, key)) {
        put_quoted(writer, text, size);
    }
}

void chutes__json_add_int(struct chutes__json_writer *writer, const char *key,
                          int64_t number)
{
    char text[CHUTES__JSON_INT_SIZE];
    size_t len = (size_t)(chutes__json_format_int(text, number) - text);

    add_text(writer, key, (struct chutes__slice){text, len});
}

void chutes__json_add_double(struct chutes__json_writer *writer,
                             const char *key, double number)
{
    char text[CHUTES__JSON_DOUBLE_SIZE];

    if (!isfinite(number)) {
        fail_argument(writer, key, "is not a finite number");
        return;
    }
    chutes__json_format_double(text, number);
    add_text(writer, key, chutes__slice_of(text));
}

void chutes__json_add_bool(struct chutes__json_writer *writer, const char *key,
                           bool value)
{
    add_text(writer, key, chutes__slice_of(value ? "true" : "false"));
}

void chutes__json_add_base64(struct chutes__json_writer *writer,
                             const char *key, const void *bytes, size_t len)
{
    const size_t text_len = chutes__base64_encoded_len(len);

    if (text_len == 0 && len > 0) {
        chutes__json_writer_fail(writer, CHUTES_ERR_TOO_LARGE, key, NULL);
    } else if (begin_value(writer, key)) {
        put(writer, "\"", 1);
        if (is_measuring(writer)) {
            writer->size += text_len;
        } else if (text_len <= (size_t)(writer->end - writer->at)) {
            chutes__base64_encode(writer->at, bytes, len);
            writer->at += text_len;
        } else {
            chutes__json_writer_fail(writer, CHUTES_ERR_MISUSE, NULL, NULL);
        }
        put(writer, "\"", 1);
    }
}

static const char *describe_mismatch(int wanted_type)
{
    switch (wanted_type) {
    case CHUTES__JSON_OBJECT:
        return "is not a JSON object";
    case CHUTES__JSON_ARRAY:
        return "is not a JSON array";
    case CHUTES__JSON_STRING:
        return "is not a JSON string";
    default:
        return "is JSON of the wrong type";
    }
}

bool chutes__json_check(struct chutes__json_writer *writer, const char *json,
                        int wanted_type, const char *field)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t len;

    if (!is_measuring(writer)) {
        return true;
    }
    len = strlen(json);
    chutes__json_init(&reader, json, len, writer->max_depth);
    chutes__json_read(&reader, &value);
    if (!chutes__json_finish(&reader)) {
        fail_argument(writer, field,
                      reader.is_deep ? "is nested too deeply"
                                     : "is not valid JSON");
        return false;
    }
    if (wanted_type != CHUTES__JSON_NONE && wanted_type != (int)value.type) {
        fail_argument(writer, field, describe_mismatch(wanted_type));
        return false;
    }
    if (chutes__utf8_valid_prefix(json, len) != len) {
        fail_argument(writer, field, "is not valid UTF-8");
        return false;
    }
    return true;
}

void chutes__json_add_raw(struct chutes__json_writer *writer, const char *key,
                          const char *json, int wanted_type, const char *field)
{
    if (writer->status == CHUTES_OK &&
        chutes__json_check(writer, json, wanted_type, field)) {
        add_text(writer, key, chutes__slice_of(json));
    }
}

void chutes__json_add_member(struct chutes__json_writer *writer,
                             const char *key, struct chutes__slice json)
{
    uint64_t size;

    if (writer->status == CHUTES_OK && writer->muted == 0 &&
        measure_text(writer, key, key, &size)) {
        put_separator(writer);
        put_quoted(writer, key, size);
        put(writer, ":", 1);
        put(writer, json.data, json.len);
    }
}

/* ---- containers ---------------------------------------------------------- */

static void open_container(struct chutes__json_writer *writer, const char *key,
                           const char *bracket)
{
    if (begin_value(writer, key)) {
        put(writer, bracket, 1);
        writer->needs_comma = false;
    } else {
        writer->muted++;
    }
    writer->depth++;
}

static void close_container(struct chutes__json_writer *writer,
                            const char *bracket)
{
    writer->depth--;
    if (writer->muted > 0) {
        writer->muted--;
    } else {
        put(writer, bracket, 1);
        writer->needs_comma = true;
    }
}

void chutes__json_open_object(struct chutes__json_writer *writer,
                              const char *key)
{
    open_container(writer, key, "{");
}

void chutes__json_close_object(struct chutes__json_writer *writer)
{
    close_container(writer, "}");
}

void chutes__json_open_array(struct chutes__json_writer *writer,
                             const char *key)
{
    open_container(writer, key, "[");
}

void chutes__json_close_array(struct chutes__json_writer *writer)
{
    close_container(writer, "]");
}

/* ---- a single string ----------------------------------------------------- */

chutes_status chutes__json_append_quoted(struct chutes__buf *buf,
                                         const char *text)
{
    struct chutes__json_writer writer;
    chutes_status status;

    chutes__json_measure(&writer, 1);
    chutes__json_add_string(&writer, NULL, text, NULL);
    status = chutes__json_reserve(&writer, buf);
    if (status == CHUTES_OK) {
        chutes__json_add_string(&writer, NULL, text, NULL);
        status = chutes__json_writer_finish(&writer, buf);
    }
    return status;
}
