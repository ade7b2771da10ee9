/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_SCAN_H
#define CHUTES_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "json/types.h"

/*
 * The tokens, for the reader alone. Each function takes the position of a
 * token's first byte and returns the one behind its last, or NULL after it has
 * recorded a fault. Positions go through registers, not through reader->at:
 * each waits for the one before it, so a detour through memory is what would
 * limit the speed. Nothing is read at or behind `end`.
 */
#define CHUTES__JSON_HOT static inline __attribute__((always_inline))
#define CHUTES__JSON_COLD static __attribute__((noinline))

#define CHUTES__JSON_ENDS_EARLY "the text ends too early"
#define CHUTES__JSON_NO_VALUE "no value starts here"

/* Records the first fault and ends the reading; always NULL. */
const char *chutes__json_fail(struct chutes__json_reader *reader,
                              const char *at, const char *reason)
    __attribute__((cold));

/* A number of any form. */
const char *chutes__json_scan_long_number(struct chutes__json_reader *reader,
                                          const char *at);

/* Infinity, -Infinity or NaN, if the reader is lenient; NULL, with nothing
 * recorded, when it isn't that. */
const char *
chutes__json_scan_nonfinite(const struct chutes__json_reader *reader,
                            const char *at) __attribute__((cold));

/* Goes on in a string to its closing quote. *plain becomes false when the bytes
 * are not the decoded text; when it was false before, nobody looks. */
const char *chutes__json_scan_rest(struct chutes__json_reader *reader,
                                   const char *at, bool *plain);

/*
 * Special is what ends a run of plain text in a string: a quote, a backslash, a
 * control character or a byte outside ASCII. The reader keeps a window of 64
 * bytes whose special bytes are known as bits, lowest first. It moves in steps
 * of 64, so that its bits can be made while the position is still unknown.
 */
enum { CHUTES__JSON_WINDOW = 64 };

/* The bits of a window; the bytes behind `end` count as special. */
void chutes__json_load_window(struct chutes__json_reader *reader,
                              const char *window);

/* The bits of 64 bytes, in any environment. */
uint64_t chutes__json_flag_special_portable(const char *bytes);

/* As chutes__json_skip_plain() from beyond the window. */
const char *chutes__json_skip_plain_far(struct chutes__json_reader *reader,
                                        const char *at);

/* The bits from `at` on; 0 when the window has none there. */
CHUTES__JSON_HOT uint64_t chutes__json_peek_special(
    const struct chutes__json_reader *reader, const char *at)
{
    size_t offset = (size_t)(at - reader->window);

    return offset < CHUTES__JSON_WINDOW ? reader->specials >> offset : 0;
}

/* Moves to the next special byte, or to the end. */
CHUTES__JSON_HOT const char *
chutes__json_skip_plain(struct chutes__json_reader *reader, const char *at)
{
    uint64_t bits = chutes__json_peek_special(reader, at);

    return bits != 0 ? at + __builtin_ctzll(bits)
                     : chutes__json_skip_plain_far(reader, at);
}

/* `at` is behind the opening quote; returns the closing one. *plain is true
 * before, and stays so when the bytes are the decoded text. */
CHUTES__JSON_HOT const char *
chutes__json_scan_string(struct chutes__json_reader *reader, const char *at,
                         bool *plain)
{
    at = chutes__json_skip_plain(reader, at);
    if (at < reader->end && *at == '"') {
        return at;
    }
    return chutes__json_scan_rest(reader, at, plain);
}

CHUTES__JSON_HOT const char *chutes__json_skip_blanks(const char *at,
                                                      const char *end)
{
    /* Most often there are none, and what follows is above ' '. */
    while (at < end && (unsigned char)*at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* A natural number, as most are; NULL: it is something else. */
CHUTES__JSON_HOT const char *chutes__json_scan_natural(const char *at,
                                                       const char *end)
{
    bool is_zero = *at == '0';

    if (!chutes__is_digit(*at)) {
        return NULL;
    }
    do {
        at++;
    } while (at < end && chutes__is_digit(*at) && !is_zero);
    if (at < end &&
        (*at == '.' || (*at | 0x20) == 'e' || chutes__is_digit(*at))) {
        return NULL;
    }
    return at;
}

CHUTES__JSON_HOT const char *
chutes__json_scan_number(struct chutes__json_reader *reader, const char *at)
{
    const char *behind = chutes__json_scan_natural(at, reader->end);

    return behind != NULL ? behind : chutes__json_scan_long_number(reader, at);
}

CHUTES__JSON_HOT const char *
chutes__json_scan_literal(struct chutes__json_reader *reader, const char *at,
                          const char *literal, size_t len)
{
    if ((size_t)(reader->end - at) < len || memcmp(at, literal, len) != 0) {
        return chutes__json_fail(reader, at, CHUTES__JSON_NO_VALUE);
    }
    return at + len;
}

#endif
