/* SPDX-License-Identifier: MIT */
/* Recognizes a chunk that has the shape of an earlier one, its model. */
#include "codec/chunk_shape.h"

#include "codec/usage.h"
#include "codec/value.h"
#include "json/block.h"

#include <string.h>

/* A comparison of the bytes with the model, which have been compared up to `at`
 * and `model_at`. */
struct comparison {
    const char *model;
    const char *model_at;
    const char *at;
    const char *end; /* one past the last byte */
    size_t max_depth;
};

/* Returns true if both are equal up to this offset of the model. */
static inline bool is_alike(const struct comparison *both, size_t model_end)
{
    size_t len = (size_t)(both->model + model_end - both->model_at);

    return len <= (size_t)(both->end - both->at) &&
           memcmp(both->model_at, both->at, len) == 0;
}

static inline void pass(struct comparison *both, size_t model_end)
{
    both->at += both->model + model_end - both->model_at;
    both->model_at = both->model + model_end;
}

static bool read_usage(const struct comparison *both,
                       struct chutes__json_value *value,
                       struct chutes__chunk_match *match)
{
    struct chutes__json_value texts[CHUTES__USAGE_COUNTS];
    struct chutes__json_reader reader;

    /* max_depth - 1, because usage is one level inside the chunk. */
    chutes__json_init_lenient(&reader, both->at, (size_t)(both->end - both->at),
                              both->max_depth - 1);
    if (!chutes__usage_next(&reader, &match->usage, &match->is_usage_odd,
                            texts)) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_OBJECT, false, {both->at, (size_t)(reader.at - both->at)}};
    return reader.fault == NULL && !chutes__chunk_has_line_end(value->text);
}

/* Reads an array of logprobs, which is four levels inside the chunk. */
static bool read_logprobs(const struct comparison *both,
                          struct chutes__json_value *value,
                          struct chutes__chunk_match *match)
{
    enum { LEVELS = 4 };
    struct chutes__json_reader reader;

    if (match->logprobs == NULL || both->max_depth <= LEVELS ||
        both->at == both->end || *both->at != '[') {
        return false;
    }
    chutes__json_init_lenient(&reader, both->at, (size_t)(both->end - both->at),
                              both->max_depth - LEVELS);
    if (chutes__logprobs_next(match->logprobs, &reader) != CHUTES_OK) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_ARRAY, false, {both->at, (size_t)(reader.at - both->at)}};
    return reader.fault == NULL && !chutes__chunk_has_line_end(value->text);
}

static bool read_count(const struct comparison *both,
                       struct chutes__json_value *value, int64_t *count)
{
    const char *end = chutes__json_scan_short(both->at, both->end, count);

    if (end == NULL) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_NUMBER, false, {both->at, (size_t)(end - both->at)}};
    return true;
}

/* Reads a value that begins here, a string at its quote. */
static bool read_any(const struct comparison *both, const char *begin,
                     struct chutes__json_value *value)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, begin, (size_t)(both->end - begin), 1);
    chutes__json_read(&reader, value);
    return reader.fault == NULL;
}

/* Reads a string with escapes or other characters than ASCII. */
static bool read_string(const struct comparison *both,
                        struct chutes__json_value *value)
{
    const char *end = chutes__json_scan_simple(both->at, both->end);

    if (end == NULL) {
        return read_any(both, both->at - 1, value);
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_STRING, false, {both->at, (size_t)(end - both->at)}};
    return true;
}

static bool read_other(const struct comparison *both,
                       const struct chutes__chunk_mark *mark,
                       struct chutes__chunk_match *match)
{
    struct chutes__json_value *value = &match->values[mark->kind];
    int64_t number;

    if (mark->type == CHUTES__JSON_STRING) {
        return read_string(both, value) && value->type == mark->type;
    }
    if (mark->kind == CHUTES__MARK_USAGE) {
        return read_usage(both, value, match);
    }
    if (mark->kind == CHUTES__MARK_LOGPROBS) {
        return read_logprobs(both, value, match);
    }
    if (mark->kind >= CHUTES__MARK_COUNTS &&
        mark->kind < CHUTES__MARK_PADDING) {
        return read_count(both, value,
                          &match->counts[mark->kind - CHUTES__MARK_COUNTS]);
    }
    return (read_count(both, value, &number) ||
            read_any(both, both->at, value)) &&
           value->type == mark->type;
}

/* Reads the value of a mark that varies. Most are short and plain strings. */
static inline bool read_value(struct comparison *both,
                              const struct chutes__chunk_mark *mark,
                              struct chutes__chunk_match *match)
{
    struct chutes__json_value *value = &match->values[mark->kind];
    const char *end = mark->type == CHUTES__JSON_STRING
                          ? chutes__json_scan_ascii(both->at, both->end)
                          : NULL;

    if (end != NULL) {
        value->type = CHUTES__JSON_STRING;
        value->plain = true;
        value->text.data = both->at;
        value->text.len = (size_t)(end - both->at);
    } else if (!read_other(both, mark, match)) {
        return false;
    }
    both->at += value->text.len;
    both->model_at = both->model + chutes__chunk_mark_end(mark);
    return true;
}

/* Returns true if the value must not be empty, because an empty one counts as
 * absent or makes another member count. */
static bool must_be_filled(const struct chutes__chunk_shape *shape,
                           unsigned kind)
{
    return kind < CHUTES__MARK_PADDING || kind == CHUTES__MARK_REASONING ||
           (kind == CHUTES__MARK_CONTENT && !shape->has_call &&
            !chutes__chunk_shape_has(shape, CHUTES__MARK_REASONING));
}

/* Returns true if each value of the call that varies is a word; see delta.c. */
static bool has_words(const struct chutes__chunk_match *match, uint32_t varying)
{
    for (unsigned kind = CHUTES__MARK_CALL_ID; kind <= CHUTES__MARK_CALL_NAME;
         kind++) {
        if ((varying >> kind & 1) != 0 &&
            !chutes__value_is_word(&match->values[kind])) {
            return false;
        }
    }
    return true;
}

/* Passes what is equal from `mark` up to `next`. Returns the mark of the first
 * value that differs, or NULL if something outside of the marks differs. */
static const struct chutes__chunk_mark *
find_new(struct comparison *both, const struct chutes__chunk_mark *mark,
         const struct chutes__chunk_mark *next)
{
    /* Compare the byte after a value, too: a longer value may begin with the
     * same bytes. */
    for (; mark < next && is_alike(both, chutes__chunk_mark_end(mark) + 1);
         mark++) {
        pass(both, chutes__chunk_mark_end(mark));
    }
    if (mark == next || !is_alike(both, mark->at)) {
        return NULL;
    }
    pass(both, mark->at);
    return mark;
}

/* The counts that don't vary are those of the model. */
static void begin_usage(const struct chutes__chunk_shape *shape,
                        struct chutes__chunk_match *match)
{
    if (shape->has_usage) {
        memcpy(match->counts, shape->counts, sizeof(match->counts));
    }
}

static void end_usage(const struct chutes__chunk_shape *shape,
                      struct chutes__chunk_match *match)
{
    if (shape->has_usage &&
        !chutes__chunk_shape_has(shape, CHUTES__MARK_USAGE)) {
        match->usage = chutes__usage_of(match->counts);
        match->is_usage_odd = false;
    }
}

size_t chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                                 struct chutes__slice model,
                                 struct chutes__slice bytes, size_t max_depth,
                                 struct chutes__chunk_match *match)
{
    struct comparison both = {model.data, model.data, bytes.data,
                              bytes.data + bytes.len, max_depth};
    const struct chutes__chunk_mark *mark = shape->marks;
    const struct chutes__chunk_mark *next = mark + shape->first;
    uint32_t varying = shape->varying;

    if (shape->count == 0 || max_depth < 2) {
        return 0;
    }
    begin_usage(shape, match);
    for (;; mark = next + 1, next = shape->marks + next->next) {
        if (is_alike(&both, next->at)) {
            pass(&both, next->at);
        } else {
            next = find_new(&both, mark, next);
            if (next == NULL) {
                return 0;
            }
            varying |= UINT32_C(1) << next->kind;
        }
        if (next->kind == CHUTES__MARK_KINDS) {
            break;
        }
        if (!read_value(&both, next, match) ||
            (match->values[next->kind].text.len == 0 &&
             must_be_filled(shape, next->kind))) {
            return 0;
        }
    }
    if (shape->has_call && !has_words(match, varying)) {
        return 0;
    }
    end_usage(shape, match);
    match->is_new = varying != shape->varying;
    if (match->is_new) {
        shape->varying = varying;
        chutes__chunk_shape_link(shape);
    }
    return (size_t)(both.at - bytes.data);
}
