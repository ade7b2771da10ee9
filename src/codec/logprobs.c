/* SPDX-License-Identifier: MIT */
/* Reads the log probabilities of tokens. The entries in the JSON are counted
 * before their memory is allocated. */
#include "codec/chunk.h"
#include "codec/elements.h"
#include "codec/fields.h"

#include <math.h>

enum entry_field {
    ENTRY_TOKEN,
    ENTRY_LOGPROB,
    ENTRY_BYTES,
    ENTRY_TOP,
    ENTRY_COUNT
};

static const struct chutes__slice ENTRY_NAMES[ENTRY_COUNT] = {
    [ENTRY_TOKEN] = CHUTES__FIELD("token"),
    [ENTRY_LOGPROB] = CHUTES__FIELD("logprob"),
    [ENTRY_BYTES] = CHUTES__FIELD("bytes"),
    [ENTRY_TOP] = CHUTES__FIELD("top_logprobs"),
};

static double read_logprob(const struct chutes__json_value *value)
{
    double logprob;

    return chutes__json_to_double(value, &logprob) ? logprob : (double)NAN;
}

/* Reads the bytes of a token. Leaves *bytes NULL unless all elements are
 * bytes. */
static chutes_status read_bytes(const struct chutes__json_value *value,
                                struct chutes__arena *arena,
                                const unsigned char **bytes, size_t *count)
{
    struct chutes__json_reader reader;
    struct chutes__json_value element;
    unsigned char *copy;
    int64_t byte;
    size_t i = 0;

    if (value->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    copy =
        chutes__arena_alloc(arena, chutes__elements_count(value->text) + 1, 1);
    if (copy == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    chutes__elements_open(&reader, value->text);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &element);
        if (!chutes__json_to_int64(&element, &byte) || byte < 0 || byte > 255) {
            return CHUTES_OK;
        }
        copy[i++] = (unsigned char)byte;
    }
    *bytes = copy;
    *count = i;
    return CHUTES_OK;
}

/* Reads the members that a token and its alternatives have in common. */
static chutes_status read_top(const struct chutes__json_value *values,
                              struct chutes__arena *arena,
                              chutes_top_logprob *top)
{
    top->token = chutes__json_dup_string(&values[ENTRY_TOKEN], arena, NULL);
    if (top->token == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    top->logprob = read_logprob(&values[ENTRY_LOGPROB]);
    return read_bytes(&values[ENTRY_BYTES], arena, &top->bytes,
                      &top->byte_count);
}

/* Moves to the next entry with a token. */
static bool next_entry(struct chutes__json_reader *reader,
                       struct chutes__json_value *values)
{
    while (chutes__json_next_element(reader)) {
        chutes__fields_read(ENTRY_NAMES, ENTRY_COUNT, reader, values);
        if (values[ENTRY_TOKEN].type == CHUTES__JSON_STRING) {
            return true;
        }
    }
    return false;
}

/* Counts only elements that become entries, so that no memory is wasted on the
 * others. */
static size_t count_entries(struct chutes__slice array)
{
    struct chutes__json_value values[ENTRY_COUNT];
    struct chutes__json_reader reader;
    size_t count = 0;

    chutes__elements_open(&reader, array);
    while (next_entry(&reader, values)) {
        count++;
    }
    return count;
}

static chutes_status read_tops(const struct chutes__json_value *value,
                               struct chutes__arena *arena,
                               chutes_token_logprob *entry)
{
    struct chutes__json_value values[ENTRY_COUNT];
    struct chutes__json_reader reader;
    const chutes_top_logprob **list;
    chutes_top_logprob *tops;
    size_t count;

    if (value->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    count = count_entries(value->text);
    if (count == 0) {
        return CHUTES_OK;
    }
    list = chutes__arena_alloc(arena, count, sizeof(chutes_top_logprob *));
    tops = chutes__arena_alloc(arena, count, sizeof(*tops));
    if (list == NULL || tops == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    entry->top = list;
    chutes__elements_open(&reader, value->text);
    while (next_entry(&reader, values)) {
        chutes_status status = read_top(values, arena, &tops[entry->top_count]);

        if (status != CHUTES_OK) {
            return status;
        }
        list[entry->top_count] = &tops[entry->top_count];
        entry->top_count++;
    }
    return CHUTES_OK;
}

static chutes_status read_entry(const struct chutes__json_value *values,
                                struct chutes__arena *arena,
                                chutes_token_logprob *entry)
{
    chutes_top_logprob own = {0};
    chutes_status status = read_top(values, arena, &own);

    if (status != CHUTES_OK) {
        return status;
    }
    entry->token = own.token;
    entry->logprob = own.logprob;
    entry->bytes = own.bytes;
    entry->byte_count = own.byte_count;
    return read_tops(&values[ENTRY_TOP], arena, entry);
}

chutes_status chutes__logprobs_read(struct chutes__slice array,
                                    struct chutes__arena *arena,
                                    const chutes_token_logprob *const **entries,
                                    size_t *count)
{
    struct chutes__json_value values[ENTRY_COUNT];
    struct chutes__json_reader reader;
    const chutes_token_logprob **list;
    chutes_token_logprob *block;
    size_t capacity = count_entries(array);

    *entries = NULL;
    *count = 0;
    if (capacity == 0) {
        return CHUTES_OK;
    }
    list = chutes__arena_alloc(arena, capacity, sizeof(chutes_token_logprob *));
    block = chutes__arena_alloc(arena, capacity, sizeof(*block));
    if (list == NULL || block == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *entries = list;
    chutes__elements_open(&reader, array);
    while (next_entry(&reader, values)) {
        chutes_status status = read_entry(values, arena, &block[*count]);

        if (status != CHUTES_OK) {
            return status;
        }
        list[*count] = &block[*count];
        (*count)++;
    }
    return CHUTES_OK;
}
