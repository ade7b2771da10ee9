/* SPDX-License-Identifier: MIT */
#include "partial_check.h"

#include <chutes/partial_json.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "json/reader.h"

enum { DEPTH = 64 };

/* One line for each value that is complete. */
struct record {
    struct chutes__buf lines;
    struct chutes__buf pieces; /* of the string that is being read */
    size_t last_line;
};

/* Unlike assert(), this works in programs of libFuzzer too. */
static void demand(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "partial JSON: %s\n", what);
        abort();
    }
}

static void add_line(struct record *record, chutes_json_type type,
                     const char *path, struct chutes__slice text, size_t begin,
                     size_t end)
{
    record->last_line = record->lines.len;
    demand(chutes__buf_appendf(&record->lines, "%d %zu-%zu %s %zu:", (int)type,
                               begin, end, path, text.len) == CHUTES_OK &&
               chutes__buf_append(&record->lines, text.data, text.len) ==
                   CHUTES_OK &&
               chutes__buf_append(&record->lines, "\n", 1) == CHUTES_OK,
           "no memory");
}

/* ---- the whole document -------------------------------------------------- */

struct walk {
    struct chutes__json_reader reader;
    struct chutes__buf path;
    struct record *record;
};

static size_t offset_of(const struct walk *walk, const char *at)
{
    return (size_t)(at - walk->reader.begin);
}

static void walk_value(struct walk *walk, size_t depth);

static void walk_members(struct walk *walk, size_t depth)
{
    const size_t path_len = walk->path.len;
    struct chutes__json_value key;

    while (chutes__json_next_member(&walk->reader, &key)) {
        demand((depth == 0 ||
                chutes__buf_append(&walk->path, ".", 1) == CHUTES_OK) &&
                   chutes__json_append_string(&key, &walk->path) == CHUTES_OK,
               "no memory");
        walk_value(walk, depth + 1);
        chutes__buf_cut(&walk->path, path_len);
    }
}

static void walk_elements(struct walk *walk, size_t depth)
{
    const size_t path_len = walk->path.len;

    for (size_t i = 0; chutes__json_next_element(&walk->reader); i++) {
        demand(chutes__buf_appendf(&walk->path, "[%zu]", i) == CHUTES_OK,
               "no memory");
        walk_value(walk, depth + 1);
        chutes__buf_cut(&walk->path, path_len);
    }
}

static chutes_json_type name_type(enum chutes__json_type type)
{
    return type == CHUTES__JSON_NULL     ? CHUTES_JSON_NULL
           : type == CHUTES__JSON_NUMBER ? CHUTES_JSON_NUMBER
           : type == CHUTES__JSON_STRING ? CHUTES_JSON_STRING
                                         : CHUTES_JSON_BOOL;
}

static void walk_scalar(struct walk *walk)
{
    struct chutes__json_value value;
    struct chutes__buf text;
    size_t quotes;
    size_t begin;

    chutes__json_read(&walk->reader, &value);
    if (value.type == CHUTES__JSON_NONE) {
        return;
    }
    quotes = value.type == CHUTES__JSON_STRING ? 1 : 0;
    begin = offset_of(walk, value.text.data) - quotes;
    chutes__buf_init(&text, SIZE_MAX);
    demand((quotes > 0 ? chutes__json_append_string(&value, &text)
                       : chutes__buf_append(&text, value.text.data,
                                            value.text.len)) == CHUTES_OK,
           "no memory");
    add_line(walk->record, name_type(value.type), walk->path.data,
             (struct chutes__slice){text.data, text.len}, begin,
             begin + value.text.len + 2 * quotes);
    chutes__buf_dispose(&text);
}

static void walk_value(struct walk *walk, size_t depth)
{
    enum chutes__json_type type = chutes__json_peek(&walk->reader);
    bool is_object = type == CHUTES__JSON_OBJECT;
    size_t begin;

    if (type < CHUTES__JSON_ARRAY) {
        walk_scalar(walk);
        return;
    }
    if (is_object ? !chutes__json_enter_object(&walk->reader)
                  : !chutes__json_enter_array(&walk->reader)) {
        return;
    }
    begin = offset_of(walk, walk->reader.at) - 1;
    if (is_object) {
        walk_members(walk, depth);
    } else {
        walk_elements(walk, depth);
    }
    if (walk->reader.fault == NULL) {
        add_line(walk->record,
                 is_object ? CHUTES_JSON_OBJECT : CHUTES_JSON_ARRAY,
                 walk->path.data, (struct chutes__slice){"", 0}, begin,
                 offset_of(walk, walk->reader.at));
    }
}

static bool walk_document(const char *json, size_t len, struct record *record)
{
    struct walk walk = {.record = record};

    chutes__buf_init(&walk.path, SIZE_MAX);
    chutes__json_init(&walk.reader, json, len, DEPTH);
    walk_value(&walk, 0);
    chutes__buf_dispose(&walk.path);
    return chutes__json_finish(&walk.reader);
}

/* ---- the document in pieces ---------------------------------------------- */

static int on_event(const chutes_partial_json_event *event, void *user_data)
{
    struct record *record = user_data;

    demand(strlen(event->path) == event->path_len, "path_len");
    demand(event->key == NULL ||
               event->key + strlen(event->key) == event->path + event->path_len,
           "key");
    demand(strlen(event->text) == event->text_len, "text_len");
    demand(event->piece + event->piece_len == event->text + event->text_len,
           "piece");
    demand(chutes__utf8_valid_prefix(event->piece, event->piece_len) ==
               event->piece_len,
           "a character is cut in two");
    demand((event->piece_len > 0) == (event->kind == CHUTES_PARTIAL_JSON_TEXT),
           "piece_len");
    if (event->kind != CHUTES_PARTIAL_JSON_TEXT) {
        demand(event->kind == CHUTES_PARTIAL_JSON_END || event->text_len == 0,
               "a value begins with text");
    }
    if (event->type == CHUTES_JSON_STRING) {
        if (event->kind == CHUTES_PARTIAL_JSON_BEGIN) {
            chutes__buf_clear(&record->pieces);
        }
        demand(chutes__buf_append(&record->pieces, event->piece,
                                  event->piece_len) == CHUTES_OK,
               "no memory");
        demand(record->pieces.len == event->text_len &&
                   memcmp(record->pieces.data, event->text, event->text_len) ==
                       0,
               "the pieces are not the text");
    }
    if (event->kind == CHUTES_PARTIAL_JSON_END) {
        add_line(record, event->type, event->path,
                 (struct chutes__slice){event->text, event->text_len},
                 event->begin, event->end);
    }
    return 0;
}

/* Feeds a copy of exactly that size, so that sanitizers see a read beyond it.
 */
static chutes_status feed(chutes_partial_json *partial, const char *bytes,
                          size_t len)
{
    char *copy = malloc(len + 1);
    chutes_status status;

    demand(copy != NULL, "no memory");
    memcpy(copy + 1, bytes, len);
    status = chutes_partial_json_feed(partial, copy + 1, len, NULL);
    free(copy);
    return status;
}

static chutes_status read_in_pieces(const char *json, size_t len, size_t cut,
                                    struct record *record)
{
    chutes_partial_json *partial = chutes_partial_json_new(on_event, record);
    size_t step = cut < len ? len - cut : 1;
    size_t at = cut < len ? cut : 0;
    chutes_status status;

    demand(partial != NULL, "no memory");
    status = feed(partial, json, at);
    for (; at < len; at += step) {
        chutes_status next = feed(partial, json + at, step);

        demand(status == CHUTES_OK || next == status, "a failure is forgotten");
        status = next;
    }
    if (status == CHUTES_OK) {
        status = chutes_partial_json_finish(partial, NULL);
    } else {
        demand(chutes_partial_json_finish(partial, NULL) == status,
               "a failure is forgotten");
    }
    chutes_partial_json_free(partial);
    return status;
}

/* ---- both ---------------------------------------------------------------- */

static void compare(const struct record *whole, bool is_valid,
                    const struct record *pieces, chutes_status status)
{
    size_t len = pieces->lines.len;

    demand(is_valid == (status == CHUTES_OK), "another verdict");
    demand(is_valid || status == CHUTES_ERR_PROTOCOL ||
               status == CHUTES_ERR_TRUNCATED,
           "another status");
    /* A number at the end of an incomplete document may continue. */
    demand(len == whole->lines.len || (!is_valid && len == whole->last_line),
           "more or fewer values");
    demand(memcmp(whole->lines.data, pieces->lines.data, len) == 0,
           "other values");
}

static void init_record(struct record *record)
{
    chutes__buf_init(&record->lines, SIZE_MAX);
    chutes__buf_init(&record->pieces, SIZE_MAX);
    record->last_line = 0;
}

static void dispose_record(struct record *record)
{
    chutes__buf_dispose(&record->lines);
    chutes__buf_dispose(&record->pieces);
}

void partial_check(const char *json, size_t len, size_t cut)
{
    struct record whole;
    struct record pieces;
    bool is_valid;

    init_record(&whole);
    init_record(&pieces);
    is_valid = walk_document(json, len, &whole);
    compare(&whole, is_valid, &pieces, read_in_pieces(json, len, cut, &pieces));
    dispose_record(&whole);
    dispose_record(&pieces);
}
