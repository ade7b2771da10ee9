/* SPDX-License-Identifier: MIT */
/* Reads the log probabilities of tokens straight into the structs of the
 * response. */
#include "codec/logprobs.h"

#include "base/array.h"
#include "base/mem.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/logprob_scan.h"

#include <math.h>
#include <string.h>

enum { BUF_KEEP = 4096 };

enum entry_field { ENTRY_TOKEN, ENTRY_LOGPROB, ENTRY_BYTES, ENTRY_TOP };

static const struct chutes__slice ENTRY_NAMES[] = {
    [ENTRY_TOKEN] = CHUTES__FIELD("token"),
    [ENTRY_LOGPROB] = CHUTES__FIELD("logprob"),
    [ENTRY_BYTES] = CHUTES__FIELD("bytes"),
    [ENTRY_TOP] = CHUTES__FIELD("top_logprobs"),
};

/* ---- one token ----------------------------------------------------------- */

static chutes_status read_token(struct chutes__logprobs *logprobs,
                                struct chutes__json_reader *reader,
                                chutes_token_logprob *entry)
{
    struct chutes__json_value value;

    chutes__json_read(reader, &value);
    if (value.type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    entry->token =
        value.plain ? chutes__arena_dup(&logprobs->arena, value.text)
                    : chutes__json_dup_string(&value, &logprobs->arena, NULL);
    return entry->token == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

static void read_logprob(struct chutes__json_reader *reader,
                         chutes_token_logprob *entry)
{
    struct chutes__json_value value;

    if (chutes__json_take_double(reader, &entry->logprob)) {
        return;
    }
    chutes__json_read(reader, &value);
    if (!chutes__json_to_double(&value, &entry->logprob)) {
        entry->logprob = (double)NAN;
    }
}

/* Scans a number of one to three digits, with at least four characters left.
 * Returns its end, or NULL if it is more than a byte or no number. */
static inline const char *scan_byte(const char *at, char *byte)
{
    unsigned number = (unsigned)*at - '0';
    unsigned digit;

    if (number > 9) {
        return NULL;
    }
    at++;
    digit = (unsigned)*at - '0';
    if (number > 0 && digit <= 9) {
        number = number * 10 + digit;
        at++;
        digit = (unsigned)*at - '0';
        if (digit <= 9) {
            number = number * 10 + digit;
            at++;
        }
    }
    *byte = (char)number;
    return number <= UINT8_MAX ? at : NULL;
}

/* A cheap guess at an array of bytes without blanks, up to `room`. Returns
 * their number, or 0 after consuming nothing if it is something else. */
static size_t take_bytes(struct chutes__json_reader *reader, char *bytes,
                         size_t room)
{
    const char *at = reader->at;
    size_t count = 0;

    if (at == reader->end || *at != '[' || reader->depth == reader->max_depth) {
        return 0;
    }
    while (count < room && reader->end - at > 4) {
        at = scan_byte(at + 1, &bytes[count]);
        if (at == NULL || (*at != ',' && *at != ']')) {
            return 0;
        }
        count++;
        if (*at == ']') {
            reader->at = at + 1;
            reader->fresh = false;
            return count;
        }
    }
    return 0;
}

/* Moves to the next element of an array of bytes. *byte becomes -1 if it is
 * something else. */
static bool next_byte(struct chutes__json_reader *reader, int64_t *byte)
{
    struct chutes__json_value value;

    if (chutes__json_take_element(reader, byte)) {
        return true;
    }
    if (!chutes__json_next_element(reader)) {
        return false;
    }
    chutes__json_read(reader, &value);
    if (!chutes__json_to_int64(&value, byte)) {
        *byte = -1;
    }
    return true;
}

/* The bytes are usually those of the token, which need not be stored twice. */
static chutes_status keep_bytes(struct chutes__logprobs *logprobs,
                                const char *bytes, size_t count,
                                chutes_token_logprob *entry)
{
    entry->byte_count = count;
    if (count > 0 && entry->token != NULL && strlen(entry->token) == count &&
        memcmp(entry->token, bytes, count) == 0) {
        entry->bytes = (const unsigned char *)entry->token;
        return CHUTES_OK;
    }
    entry->bytes = (const unsigned char *)chutes__arena_dup(
        &logprobs->arena, (struct chutes__slice){bytes, count});
    return entry->bytes == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

/* Reads an array of any length. Leaves the bytes of the entry NULL unless all
 * elements are bytes. */
static chutes_status read_any_bytes(struct chutes__logprobs *logprobs,
                                    struct chutes__json_reader *reader,
                                    chutes_token_logprob *entry)
{
    bool are_bytes = true;
    size_t count = 0;
    int64_t byte;

    chutes__json_enter_array(reader);
    while (next_byte(reader, &byte)) {
        if (!chutes__array_reserve(&logprobs->bytes, &logprobs->byte_capacity,
                                   count + 1, 1)) {
            return CHUTES_ERR_NO_MEMORY;
        }
        are_bytes = are_bytes && byte >= 0 && byte <= UINT8_MAX;
        logprobs->bytes[count++] = (char)byte;
    }
    return are_bytes ? keep_bytes(logprobs, logprobs->bytes, count, entry)
                     : CHUTES_OK;
}

static chutes_status read_bytes(struct chutes__logprobs *logprobs,
                                struct chutes__json_reader *reader,
                                chutes_token_logprob *entry)
{
    char bytes[64]; /* enough for most tokens */
    size_t count = take_bytes(reader, bytes, sizeof(bytes));

    if (count > 0) {
        return keep_bytes(logprobs, bytes, count, entry);
    }
    if (chutes__json_peek(reader) == CHUTES__JSON_ARRAY) {
        return read_any_bytes(logprobs, reader, entry);
    }
    chutes__json_skip(reader);
    return CHUTES_OK;
}

/* Reads a member that tokens and their alternatives have. */
static inline chutes_status read_member(struct chutes__logprobs *logprobs,
                                        struct chutes__json_reader *reader,
                                        size_t field,
                                        chutes_token_logprob *entry)
{
    switch (field) {
    case ENTRY_TOKEN:
        return read_token(logprobs, reader, entry);
    case ENTRY_LOGPROB:
        read_logprob(reader, entry);
        return CHUTES_OK;
    case ENTRY_BYTES:
        return read_bytes(logprobs, reader, entry);
    default:
        chutes__json_skip(reader);
        return CHUTES_OK;
    }
}

/* A cheap guess at the first members, as most servers write them. The bytes are
 * an array, which is one level deeper. */
static chutes_status take_usual(struct chutes__logprobs *logprobs,
                                struct chutes__json_reader *reader,
                                struct chutes__fields *fields,
                                chutes_token_logprob *entry)
{
    struct chutes__logprob_text usual;
    const char *end =
        reader->depth < reader->max_depth
            ? chutes__logprob_scan(reader->at, reader->end, &usual)
            : NULL;

    if (end == NULL) {
        return CHUTES_OK;
    }
    reader->at = end;
    reader->fresh = false;
    fields->seen = 1 << ENTRY_TOKEN | 1 << ENTRY_LOGPROB | 1 << ENTRY_BYTES;
    fields->next = ENTRY_TOP;
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

static chutes_status add_top(struct chutes__logprobs *logprobs,
                             const chutes_token_logprob *entry)
{
    chutes_top_logprob *top =
        chutes__arena_alloc(&logprobs->arena, 1, sizeof(*top));

    if (top == NULL || !chutes__array_reserve(
                           &logprobs->tops, &logprobs->top_capacity,
                           logprobs->top_count + 1, sizeof(*logprobs->tops))) {
        return CHUTES_ERR_NO_MEMORY;
    }
    top->token = entry->token;
    top->logprob = entry->logprob;
    top->bytes = entry->bytes;
    top->byte_count = entry->byte_count;
    logprobs->tops[logprobs->top_count++] = top;
    return CHUTES_OK;
}

static chutes_status read_top(struct chutes__logprobs *logprobs,
                              struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(ENTRY_NAMES);
    chutes_token_logprob entry = {.logprob = (double)NAN};
    chutes_status status = take_usual(logprobs, reader, &fields, &entry);
    bool is_over = entry.token != NULL && chutes__json_take_end(reader);
    size_t field;

    while (status == CHUTES_OK && !is_over &&
           chutes__fields_next(&fields, reader, &field)) {
        status = read_member(logprobs, reader, field, &entry);
    }
    return status != CHUTES_OK || entry.token == NULL
               ? status
               : add_top(logprobs, &entry);
}

static chutes_status read_tops(struct chutes__logprobs *logprobs,
                               struct chutes__json_reader *reader,
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
        status = read_top(logprobs, reader);
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
    chutes_status status = take_usual(logprobs, reader, &fields, &entry);
    size_t field;

    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        status = field == ENTRY_TOP
                     ? read_tops(logprobs, reader, &entry)
                     : read_member(logprobs, reader, field, &entry);
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
