/* SPDX-License-Identifier: MIT */
/* Reads a member of a token, or of an alternative to it, in any form. */
#include "codec/logprobs.h"

#include "base/array.h"

#include <math.h>
#include <string.h>

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

chutes_status chutes__logprob_read_member(struct chutes__logprobs *logprobs,
                                          struct chutes__json_reader *reader,
                                          size_t field,
                                          chutes_token_logprob *entry)
{
    switch (field) {
    case CHUTES__LOGPROB_TOKEN:
        return read_token(logprobs, reader, entry);
    case CHUTES__LOGPROB_LOGPROB:
        read_logprob(reader, entry);
        return CHUTES_OK;
    case CHUTES__LOGPROB_BYTES:
        return read_bytes(logprobs, reader, entry);
    default:
        chutes__json_skip(reader);
        return CHUTES_OK;
    }
}
