/* SPDX-License-Identifier: MIT */
/* Reads the log probabilities of tokens. There may be a kilobyte of JSON for
 * each token, so it is read once, in order. */
#include "codec/chunk.h"

#include "base/array.h"
#include "base/mem.h"
#include "codec/elements.h"
#include "codec/fields.h"

#include <math.h>
#include <string.h>

enum entry_field { ENTRY_TOKEN, ENTRY_LOGPROB, ENTRY_BYTES, ENTRY_TOP };

static const struct chutes__slice ENTRY_NAMES[] = {
    [ENTRY_TOKEN] = CHUTES__FIELD("token"),
    [ENTRY_LOGPROB] = CHUTES__FIELD("logprob"),
    [ENTRY_BYTES] = CHUTES__FIELD("bytes"),
    [ENTRY_TOP] = CHUTES__FIELD("top_logprobs"),
};

/* What is being read. Alternatives are copied to the arena when their number is
 * known; the list of entries may be long, so the arena takes it over. */
struct reading {
    struct chutes__json_reader reader;
    struct chutes__arena *arena;
    struct chutes__buf entries; /* pointers */
    size_t entry_count;
    const chutes_top_logprob **tops; /* of the current entry */
    size_t top_count;
    size_t top_capacity;
    char *bytes; /* of the current token */
    size_t byte_capacity;
};

/* ---- one token ----------------------------------------------------------- */

static chutes_status read_token(struct reading *from,
                                chutes_token_logprob *entry)
{
    struct chutes__json_value value;

    chutes__json_read(&from->reader, &value);
    if (value.type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    entry->token = chutes__json_dup_string(&value, from->arena, NULL);
    return entry->token == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

static void read_logprob(struct reading *from, chutes_token_logprob *entry)
{
    struct chutes__json_value value;

    chutes__json_read(&from->reader, &value);
    if (!chutes__json_to_double(&value, &entry->logprob)) {
        entry->logprob = (double)NAN;
    }
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

/* Leaves the bytes of the entry NULL unless all elements of the array are
 * bytes. */
static chutes_status read_bytes(struct reading *from,
                                chutes_token_logprob *entry)
{
    struct chutes__json_reader *reader = &from->reader;
    bool are_bytes = true;
    size_t count = 0;
    int64_t byte;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        chutes__json_skip(reader);
        return CHUTES_OK;
    }
    chutes__json_enter_array(reader);
    while (next_byte(reader, &byte)) {
        if (!chutes__array_reserve(&from->bytes, &from->byte_capacity,
                                   count + 1, 1)) {
            return CHUTES_ERR_NO_MEMORY;
        }
        are_bytes = are_bytes && byte >= 0 && byte <= 255;
        from->bytes[count++] = (char)byte;
    }
    if (!are_bytes) {
        return CHUTES_OK;
    }
    entry->byte_count = count;
    entry->bytes = (const unsigned char *)chutes__arena_dup(
        from->arena, (struct chutes__slice){from->bytes, count});
    return entry->bytes == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

/* Reads a member that tokens and their alternatives have. */
static chutes_status read_member(struct reading *from, size_t field,
                                 chutes_token_logprob *entry)
{
    switch (field) {
    case ENTRY_TOKEN:
        return read_token(from, entry);
    case ENTRY_LOGPROB:
        read_logprob(from, entry);
        return CHUTES_OK;
    case ENTRY_BYTES:
        return read_bytes(from, entry);
    default:
        chutes__json_skip(&from->reader);
        return CHUTES_OK;
    }
}

/* Moves to the next element that is an object, and enters it. */
static bool enter_next(struct chutes__json_reader *reader)
{
    while (chutes__json_next_element(reader)) {
        if (chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            return chutes__json_enter_object(reader);
        }
        chutes__json_skip(reader);
    }
    return false;
}

/* ---- its alternatives ---------------------------------------------------- */

static chutes_status add_top(struct reading *from,
                             const chutes_token_logprob *entry)
{
    chutes_top_logprob *top = chutes__arena_alloc(from->arena, 1, sizeof(*top));

    if (top == NULL ||
        !chutes__array_reserve(&from->tops, &from->top_capacity,
                               from->top_count + 1, sizeof(*from->tops))) {
        return CHUTES_ERR_NO_MEMORY;
    }
    top->token = entry->token;
    top->logprob = entry->logprob;
    top->bytes = entry->bytes;
    top->byte_count = entry->byte_count;
    from->tops[from->top_count++] = top;
    return CHUTES_OK;
}

static chutes_status read_top(struct reading *from)
{
    struct chutes__fields fields = CHUTES__FIELDS(ENTRY_NAMES);
    chutes_token_logprob entry = {.logprob = (double)NAN};
    chutes_status status = CHUTES_OK;
    size_t field;

    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, &from->reader, &field)) {
        status = read_member(from, field, &entry);
    }
    return status != CHUTES_OK || entry.token == NULL ? status
                                                      : add_top(from, &entry);
}

static chutes_status read_tops(struct reading *from,
                               chutes_token_logprob *entry)
{
    chutes_status status = CHUTES_OK;
    const chutes_top_logprob **list;

    if (chutes__json_peek(&from->reader) != CHUTES__JSON_ARRAY) {
        chutes__json_skip(&from->reader);
        return CHUTES_OK;
    }
    from->top_count = 0;
    chutes__json_enter_array(&from->reader);
    while (status == CHUTES_OK && enter_next(&from->reader)) {
        status = read_top(from);
    }
    if (status != CHUTES_OK || from->top_count == 0) {
        return status;
    }
    list = chutes__arena_alloc(from->arena, from->top_count, sizeof(*list));
    if (list == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    memcpy(list, from->tops, from->top_count * sizeof(*list));
    entry->top = list;
    entry->top_count = from->top_count;
    return CHUTES_OK;
}

/* ---- all tokens ---------------------------------------------------------- */

static chutes_status add_entry(struct reading *from,
                               const chutes_token_logprob *entry)
{
    chutes_token_logprob *copy =
        chutes__arena_alloc(from->arena, 1, sizeof(*copy));

    if (copy == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *copy = *entry;
    from->entry_count++;
    return chutes__buf_append(&from->entries, &copy, sizeof(copy));
}

/* An entry without a token is skipped. */
static chutes_status read_entry(struct reading *from)
{
    struct chutes__fields fields = CHUTES__FIELDS(ENTRY_NAMES);
    chutes_token_logprob entry = {.logprob = (double)NAN};
    chutes_status status = CHUTES_OK;
    size_t field;

    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, &from->reader, &field)) {
        status = field == ENTRY_TOP ? read_tops(from, &entry)
                                    : read_member(from, field, &entry);
    }
    return status != CHUTES_OK || entry.token == NULL ? status
                                                      : add_entry(from, &entry);
}

static chutes_status read_entries(struct reading *from,
                                  const chutes_token_logprob *const **entries)
{
    chutes_status status = CHUTES_OK;
    void *list;

    while (status == CHUTES_OK && enter_next(&from->reader)) {
        status = read_entry(from);
    }
    if (status != CHUTES_OK || from->entry_count == 0) {
        return status;
    }
    list = chutes__arena_adopt(from->arena, &from->entries);
    *entries = list;
    return list == NULL ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}

chutes_status chutes__logprobs_read(struct chutes__slice array,
                                    struct chutes__arena *arena,
                                    const chutes_token_logprob *const **entries,
                                    size_t *count)
{
    struct reading from = {.arena = arena};
    chutes_status status;

    *entries = NULL;
    chutes__buf_init(&from.entries, SIZE_MAX);
    chutes__elements_open(&from.reader, array);
    status = read_entries(&from, entries);
    *count = status == CHUTES_OK ? from.entry_count : 0;
    chutes__buf_dispose(&from.entries);
    chutes__mem_free(from.tops);
    chutes__mem_free(from.bytes);
    return status;
}
