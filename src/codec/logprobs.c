/* SPDX-License-Identifier: MIT */
/* Reads the log probabilities of tokens straight into the structs of the
 * response. */
#include "codec/logprobs.h"

#include "base/array.h"
#include "base/mem.h"
#include "codec/fields.h"
#include "codec/logprob_scan.h"

#include <math.h>
#include <string.h>

enum { BUF_KEEP = 4096 };

static const struct chutes__slice ENTRY_NAMES[] = {
    [CHUTES__LOGPROB_TOKEN] = CHUTES__FIELD("token"),
    [CHUTES__LOGPROB_LOGPROB] = CHUTES__FIELD("logprob"),
    [CHUTES__LOGPROB_BYTES] = CHUTES__FIELD("bytes"),
    [CHUTES__LOGPROB_TOP] = CHUTES__FIELD("top_logprobs"),
};

/* ---- one token ----------------------------------------------------------- */

/* Returns the end of the first members if they are written as by most servers,
 * or NULL. The bytes are an array, which is one level deeper. */
static inline const char *scan_usual(const struct chutes__json_reader *reader,
                                     struct chutes__logprob_text *usual)
{
    return reader->depth < reader->max_depth
               ? chutes__logprob_scan(reader->at, reader->end, usual)
               : NULL;
}

/* A cheap guess at the first members. */
static chutes_status take_usual(struct chutes__logprobs *logprobs,
                                struct chutes__json_reader *reader,
                                struct chutes__fields *fields,
                                chutes_token_logprob *entry)
{
    struct chutes__logprob_text usual;
    const char *end = scan_usual(reader, &usual);

    if (end == NULL) {
        return CHUTES_OK;
    }
    reader->at = end;
    reader->fresh = false;
    fields->seen = 1 << CHUTES__LOGPROB_TOKEN | 1 << CHUTES__LOGPROB_LOGPROB |
                   1 << CHUTES__LOGPROB_BYTES;
    fields->next = CHUTES__LOGPROB_TOP;
    entry->token = chutes__arena_dup(&logprobs->arena, usual.token);
    entry->logprob = usual.logprob;
    entry->bytes = (const unsigned char *)entry->token;
    entry->byte_count = usual.token.len;
    return entry->token == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

/* Moves to the next element that is an object, and enters it. */
static bool enter_next(struct chutes__json_reader *reader)
{
    if (chutes__json_take_object(reader)) {
        return true;
    }
    while (chutes__json_next_element(reader)) {
        if (chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            return chutes__json_enter_object(reader);
        }
        chutes__json_skip(reader);
    }
    return false;
}

/* ---- its alternatives ---------------------------------------------------- */

/* Adds an alternative to the token that is being read, with `room` bytes behind
 * it. Returns NULL if memory runs out. */
static chutes_top_logprob *make_top(struct chutes__logprobs *logprobs,
                                    size_t room)
{
    chutes_top_logprob *top =
        chutes__arena_alloc(&logprobs->arena, 1, sizeof(*top) + room);

    if (top == NULL || !chutes__array_reserve(
                           &logprobs->tops, &logprobs->top_capacity,
                           logprobs->top_count + 1, sizeof(*logprobs->tops))) {
        return NULL;
    }
    logprobs->tops[logprobs->top_count++] = top;
    return top;
}

static chutes_status add_top(struct chutes__logprobs *logprobs,
                             const chutes_token_logprob *entry)
{
    chutes_top_logprob *top = make_top(logprobs, 0);

    if (top == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    top->token = entry->token;
    top->logprob = entry->logprob;
    top->bytes = entry->bytes;
    top->byte_count = entry->byte_count;
    return CHUTES_OK;
}

/* Leaves the object if it consists of the bytes up to `end`. */
static inline bool take_all(struct chutes__json_reader *reader, const char *end)
{
    if (end == reader->end || *end != '}') {
        return false;
    }
    reader->at = end;
    return chutes__json_take_end(reader);
}

/* The first alternative is often the token itself. Leaves the object if it
 * consists of this text, the usual members of the token; without such members,
 * the text is empty. */
static bool take_same(struct chutes__json_reader *reader,
                      struct chutes__slice same)
{
    return same.len > 0 && reader->depth < reader->max_depth &&
           same.len <= (size_t)(reader->end - reader->at) &&
           memcmp(reader->at, same.data, same.len) == 0 &&
           take_all(reader, reader->at + same.len);
}

static chutes_status add_usual_top(struct chutes__logprobs *logprobs,
                                   const struct chutes__logprob_text *usual)
{
    chutes_top_logprob *top = make_top(logprobs, usual->token.len + 1);
    char *token;

    if (top == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    token = (char *)(top + 1); /* zeroed, so it ends with a NUL */
    memcpy(token, usual->token.data, usual->token.len);
    top->token = token;
    top->logprob = usual->logprob;
    top->bytes = (const unsigned char *)token;
    top->byte_count = usual->token.len;
    return CHUTES_OK;
}

static chutes_status read_any_top(struct chutes__logprobs *logprobs,
                                  struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(ENTRY_NAMES);
    chutes_token_logprob entry = {.logprob = (double)NAN};
    chutes_status status = CHUTES_OK;
    size_t field;

    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        status = chutes__logprob_read_member(logprobs, reader, field, &entry);
    }
    return status != CHUTES_OK || entry.token == NULL
               ? status
               : add_top(logprobs, &entry);
}

/* Reads an alternative to the token. `same` is the text of take_same(). */
static chutes_status read_top(struct chutes__logprobs *logprobs,
                              struct chutes__json_reader *reader,
                              struct chutes__slice same,
                              const chutes_token_logprob *token)
{
    struct chutes__logprob_text usual;
    const char *end;

    if (logprobs->top_count == 0 && take_same(reader, same)) {
        return add_top(logprobs, token);
    }
    end = scan_usual(reader, &usual);
    return end != NULL && take_all(reader, end)
               ? add_usual_top(logprobs, &usual)
               : read_any_top(logprobs, reader);
}

static chutes_status read_tops(struct chutes__logprobs *logprobs,
                               struct chutes__json_reader *reader,
                               struct chutes__slice same,
                               chutes_token_logprob *entry)
{
    chutes_status status = CHUTES_OK;
    const chutes_top_logprob **list;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        chutes__json_skip(reader);
        return CHUTES_OK;
    }
    logprobs->top_count = 0;
    chutes__json_enter_array(reader);
    while (status == CHUTES_OK && enter_next(reader)) {
        status = read_top(logprobs, reader, same, entry);
    }
    if (status != CHUTES_OK || logprobs->top_count == 0) {
        return status;
    }
    list = chutes__arena_alloc(&logprobs->arena, logprobs->top_count,
                               sizeof(*list));
    if (list == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    memcpy(list, logprobs->tops, logprobs->top_count * sizeof(*list));
    entry->top = list;
    entry->top_count = logprobs->top_count;
    return CHUTES_OK;
}

/* ---- all tokens ---------------------------------------------------------- */

static chutes_status add_entry(struct chutes__logprobs *logprobs,
                               const chutes_token_logprob *entry)
{
    chutes_token_logprob *copy =
        chutes__arena_alloc(&logprobs->arena, 1, sizeof(*copy));

    if (copy == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *copy = *entry;
    return chutes__buf_append(&logprobs->fresh, &copy, sizeof(copy));
}

/* An entry without a token is skipped. */
static chutes_status read_entry(struct chutes__logprobs *logprobs,
                                struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(ENTRY_NAMES);
    chutes_token_logprob entry = {.logprob = (double)NAN};
    const char *begin = reader->at;
    chutes_status status = take_usual(logprobs, reader, &fields, &entry);
    struct chutes__slice same = {begin, (size_t)(reader->at - begin)};
    size_t field;

    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        status =
            field == CHUTES__LOGPROB_TOP
                ? read_tops(logprobs, reader, same, &entry)
                : chutes__logprob_read_member(logprobs, reader, field, &entry);
    }
    return status != CHUTES_OK || entry.token == NULL
               ? status
               : add_entry(logprobs, &entry);
}

chutes_status chutes__logprobs_next(struct chutes__logprobs *logprobs,
                                    struct chutes__json_reader *reader)
{
    chutes_status status = CHUTES_OK;

    chutes__logprobs_drop(logprobs);
    logprobs->before = chutes__arena_mark(&logprobs->arena);
    logprobs->source = reader->at;
    if (chutes__json_enter_array(reader)) {
        while (status == CHUTES_OK && enter_next(reader)) {
            status = read_entry(logprobs, reader);
        }
    }
    if (status != CHUTES_OK || reader->fault != NULL) {
        chutes__logprobs_drop(logprobs);
    }
    return status;
}

chutes_status chutes__logprobs_take(struct chutes__logprobs *logprobs,
                                    struct chutes__slice array,
                                    struct chutes__buf *entries)
{
    struct chutes__buf *fresh = &logprobs->fresh;
    chutes_status status = CHUTES_OK;

    if (logprobs->source != array.data) {
        struct chutes__json_reader reader;

        chutes__json_init_lenient(&reader, array.data, array.len,
                                  CHUTES__JSON_MAX_DEPTH);
        status = chutes__logprobs_next(logprobs, &reader);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(entries, fresh->data, fresh->len);
    }
    if (status == CHUTES_OK) {
        logprobs->source = NULL;
        chutes__buf_recycle(fresh, BUF_KEEP);
    }
    return status;
}

/* ---- life ---------------------------------------------------------------- */

void chutes__logprobs_drop(struct chutes__logprobs *logprobs)
{
    if (logprobs->source != NULL) {
        logprobs->source = NULL;
        chutes__buf_clear(&logprobs->fresh);
        chutes__arena_rewind(&logprobs->arena, logprobs->before);
    }
}

void chutes__logprobs_init(struct chutes__logprobs *logprobs)
{
    memset(logprobs, 0, sizeof(*logprobs));
    chutes__arena_init(&logprobs->arena);
    chutes__buf_init(&logprobs->fresh, SIZE_MAX);
}

void chutes__logprobs_dispose(struct chutes__logprobs *logprobs)
{
    chutes__arena_dispose(&logprobs->arena);
    chutes__buf_dispose(&logprobs->fresh);
    chutes__mem_free(logprobs->tops);
    chutes__mem_free(logprobs->bytes);
    chutes__logprobs_init(logprobs);
}
