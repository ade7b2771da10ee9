/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON for applications: whatever they call in whatever order, the
 * result is one valid document or an error.
 */
#include <chutes/json_writer.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "json/format.h"
#include "json/reader.h"
#include "json/writer.h"

enum { MAX_DEPTH = 64 };

struct chutes_json_writer {
    struct chutes__buf text;
    chutes_error fault; /* the first one, or CHUTES_OK */
    size_t depth;       /* objects and arrays that are open */
    uint64_t objects;   /* bit: the level is an object */
    bool needs_comma;   /* before the next member or element */
    bool is_finished;   /* the text was returned; the next value replaces it */
};

chutes_json_writer *chutes_json_writer_new(void)
{
    chutes_json_writer *writer = chutes__mem_zalloc(sizeof(*writer));

    if (writer != NULL) {
        chutes__buf_init(&writer->text, SIZE_MAX);
    }
    return writer;
}

void chutes_json_writer_free(chutes_json_writer *writer)
{
    if (writer != NULL) {
        chutes__buf_dispose(&writer->text);
        chutes__mem_free(writer);
    }
}

/* Empties the writer for another document. */
static void restart(chutes_json_writer *writer)
{
    chutes__buf_clear(&writer->text);
    chutes__error_clear(&writer->fault);
    writer->depth = 0;
    writer->needs_comma = false;
    writer->is_finished = false;
}

/* ---- faults -------------------------------------------------------------- */

static bool has_failed(const chutes_json_writer *writer)
{
    return writer->fault.status != CHUTES_OK;
}

/* Names the value by its key. An element of an array has none: it is named by
 * the byte at which the document ends so far. */
static void fail(chutes_json_writer *writer, const char *key,
                 const char *complaint)
{
    if (has_failed(writer)) {
        return;
    }
    if (key != NULL) {
        chutes__fail(&writer->fault, CHUTES_ERR_INVALID_ARGUMENT,
                     "the JSON value \"%s\" %s", key, complaint);
    } else {
        chutes__fail(&writer->fault, CHUTES_ERR_INVALID_ARGUMENT,
                     "the JSON value at byte %zu %s", writer->text.len,
                     complaint);
    }
}

static void put(chutes_json_writer *writer, const char *bytes, size_t len)
{
    chutes_status status;

    if (has_failed(writer)) {
        return;
    }
    status = chutes__buf_append(&writer->text, bytes, len);
    if (status != CHUTES_OK) {
        chutes__fail_status(&writer->fault, status);
    }
}

/* `key` names the value in a message. */
static void put_quoted(chutes_json_writer *writer, const char *key,
                       const char *text, const char *complaint)
{
    chutes_status status;

    if (has_failed(writer)) {
        return;
    }
    status = chutes__json_append_quoted(&writer->text, text);
    if (status == CHUTES_ERR_INVALID_ARGUMENT) {
        fail(writer, key, complaint);
    } else if (status != CHUTES_OK) {
        chutes__fail_status(&writer->fault, status);
    }
}

/* ---- places -------------------------------------------------------------- */

static bool is_in_object(const chutes_json_writer *writer)
{
    return writer->depth > 0 &&
           (writer->objects >> (writer->depth - 1) & 1) != 0;
}

/* Returns why no value may be written here, or NULL. */
static const char *find_misuse(const chutes_json_writer *writer,
                               const char *key)
{
    if (writer->depth == 0 && writer->text.len > 0) {
        return "is behind the end of the document";
    }
    if (key == NULL && is_in_object(writer)) {
        return "is in an object, but has no key";
    }
    if (key != NULL && !is_in_object(writer)) {
        return "has a key, but is not in an object";
    }
    return NULL;
}

/* Writes what precedes a value. Returns false if the value must not be
 * written. */
static bool begin_value(chutes_json_writer *writer, const char *key)
{
    const char *misuse;

    if (writer == NULL) {
        return false;
    }
    if (writer->is_finished) {
        restart(writer);
    }
    misuse = find_misuse(writer, key);
    if (misuse != NULL) {
        fail(writer, key, misuse);
        return false;
    }
    if (writer->needs_comma) {
        put(writer, ",", 1);
    }
    writer->needs_comma = true;
    if (key != NULL) {
        put_quoted(writer, key, key, "has a key that is not valid UTF-8");
        put(writer, ":", 1);
    }
    return !has_failed(writer);
}

static void begin_container(chutes_json_writer *writer, const char *key,
                            const char *bracket)
{
    if (!begin_value(writer, key)) {
        return;
    }
    if (writer->depth == MAX_DEPTH) {
        fail(writer, key, "is nested too deeply");
        return;
    }
    put(writer, bracket, 1);
    writer->objects &= ~(UINT64_C(1) << writer->depth);
    writer->objects |= (uint64_t)(*bracket == '{') << writer->depth;
    writer->depth++;
    writer->needs_comma = false;
}

void chutes_json_begin_object(chutes_json_writer *writer, const char *key)
{
    begin_container(writer, key, "{");
}

void chutes_json_begin_array(chutes_json_writer *writer, const char *key)
{
    begin_container(writer, key, "[");
}

void chutes_json_end(chutes_json_writer *writer)
{
    if (writer == NULL || has_failed(writer)) {
        return;
    }
    if (writer->depth == 0) {
        chutes__fail(&writer->fault, CHUTES_ERR_INVALID_ARGUMENT,
                     "chutes_json_end() was called outside of an object or "
                     "array");
        return;
    }
    put(writer, is_in_object(writer) ? "}" : "]", 1);
    writer->depth--;
    writer->needs_comma = true;
}

/* ---- values -------------------------------------------------------------- */

static void add_text(chutes_json_writer *writer, const char *key,
                     const char *json, size_t len)
{
    if (begin_value(writer, key)) {
        put(writer, json, len);
    }
}

void chutes_json_add_string(chutes_json_writer *writer, const char *key,
                            const char *text)
{
    if (text == NULL) {
        chutes_json_add_null(writer, key);
    } else if (begin_value(writer, key)) {
        put_quoted(writer, key, text, "is not valid UTF-8");
    }
}

void chutes_json_add_int64(chutes_json_writer *writer, const char *key,
                           int64_t number)
{
    char text[CHUTES__JSON_INT_SIZE];
    const char *end = chutes__json_format_int(text, number);

    add_text(writer, key, text, (size_t)(end - text));
}

void chutes_json_add_double(chutes_json_writer *writer, const char *key,
                            double number)
{
    char text[CHUTES__JSON_DOUBLE_SIZE];

    if (!begin_value(writer, key)) {
        return;
    }
    if (!isfinite(number)) {
        fail(writer, key, "is not a finite number");
        return;
    }
    chutes__json_format_double(text, number);
    put(writer, text, strlen(text));
}

void chutes_json_add_bool(chutes_json_writer *writer, const char *key,
                          int value)
{
    const char *text = value != 0 ? "true" : "false";

    add_text(writer, key, text, strlen(text));
}

void chutes_json_add_null(chutes_json_writer *writer, const char *key)
{
    add_text(writer, key, "null", 4);
}

void chutes_json_add_raw(chutes_json_writer *writer, const char *key,
                         const char *json, size_t len)
{
    if (!begin_value(writer, key)) {
        return;
    }
    if (json == NULL || !chutes__json_is_valid(json, len, MAX_DEPTH)) {
        fail(writer, key, "is not valid JSON");
    } else if (chutes__utf8_valid_prefix(json, len) != len) {
        fail(writer, key, "is not valid UTF-8");
    } else {
        put(writer, json, len);
    }
}

/* ---- the end ------------------------------------------------------------- */

/* Records a fault if the document is not a whole one. */
static void check_end(chutes_json_writer *writer)
{
    if (has_failed(writer)) {
        return;
    }
    if (writer->depth > 0) {
        chutes__fail(&writer->fault, CHUTES_ERR_INVALID_ARGUMENT,
                     "%zu JSON objects or arrays were not ended",
                     writer->depth);
    } else if (writer->text.len == 0 || writer->is_finished) {
        chutes__fail(&writer->fault, CHUTES_ERR_INVALID_ARGUMENT,
                     "the JSON document has no value");
    }
}

chutes_status chutes_json_writer_finish(chutes_json_writer *writer,
                                        const char **json, size_t *len,
                                        chutes_error *error)
{
    chutes_status status;

    chutes__error_clear(error);
    if (len != NULL) {
        *len = 0;
    }
    if (json == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "json must not be NULL");
    }
    *json = NULL;
    if (writer == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    check_end(writer);
    status = writer->fault.status;
    if (status != CHUTES_OK) {
        if (error != NULL) {
            *error = writer->fault;
        }
        restart(writer);
        return status;
    }
    writer->is_finished = true;
    *json = writer->text.data;
    if (len != NULL) {
        *len = writer->text.len;
    }
    return CHUTES_OK;
}

char *chutes_json_quote(const char *text)
{
    struct chutes__buf buf;
    char *quoted = NULL;

    if (text == NULL) {
        return NULL;
    }
    chutes__buf_init(&buf, SIZE_MAX);
    if (chutes__json_append_quoted(&buf, text) == CHUTES_OK) {
        quoted = chutes__buf_take(&buf);
    }
    chutes__buf_dispose(&buf);
    return quoted;
}
