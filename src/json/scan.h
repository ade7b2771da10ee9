/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_SCAN_H
#define CHUTES_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "json/types.h"

/*
 * Scans tokens, for the reader only. Each function receives the position of a
 * token's first byte and returns the position after its last, or NULL after
 * recording a fault. Positions are passed in registers instead of reader->at:
 * each depends on the previous one, so a detour through memory would limit the
 * speed. Nothing is read at or beyond `end`.
 */
#define CHUTES__JSON_HOT static inline __attribute__((always_inline))
#define CHUTES__JSON_COLD static __attribute__((noinline))

#define CHUTES__JSON_ENDS_EARLY "the text ends too early"
#define CHUTES__JSON_NO_VALUE "no value starts here"

/* Records the fault if it is the first, moves the reader to the end of the
 * text, and returns NULL. */
const char *chutes__json_fail(struct chutes__json_reader *reader,
                              const char *at, const char *reason)
    __attribute__((cold));

/* Records that no value is at `at`, or, if what is there may be the beginning
 * of one, that the text ends too early. */
const char *chutes__json_fail_value(struct chutes__json_reader *reader,
                                    const char *at) __attribute__((cold));

/* Scans any number. */
const char *chutes__json_scan_long_number(struct chutes__json_reader *reader,
                                          const char *at);

/* Scans Infinity, -Infinity or NaN if the reader is lenient. Returns NULL for
 * anything else, without recording a fault. */
const char *
chutes__json_scan_nonfinite(const struct chutes__json_reader *reader,
                            const char *at) __attribute__((cold));

/* Scans the rest of a string up to its closing quote. *plain becomes false if
 * the bytes differ from the decoded text; if it is false already, that is not
 * checked. */
const char *chutes__json_scan_rest(struct chutes__json_reader *reader,
                                   const char *at, bool *plain);

/* The value of each hex digit, with the bit 0x10 set; 0 for other bytes. */
extern const unsigned char chutes__json_hex_digits[256];

/*
 * A byte is special if it ends a run of plain text in a string: a quote, a
 * backslash, a control character or a non-ASCII byte. For a window of 64 bytes,
 * the reader holds one bit per byte, the first byte in the lowest bit. The
 * window moves in steps of 64, so its bits can be computed before the next
 * position is known.
 */
enum { CHUTES__JSON_WINDOW = 64 };

/* Computes the bits of a window. Bytes beyond `end` count as special. */
void chutes__json_load_window(struct chutes__json_reader *reader,
                              const char *window);

/* Computes the bits of 64 bytes. The decoder of strings uses them, too. */
uint64_t chutes__json_flag_window(const char *bytes);

/* Does the same without SIMD instructions. */
uint64_t chutes__json_flag_special_portable(const char *bytes);

/* The slow path of chutes__json_skip_plain(), which moves the window. */
const char *chutes__json_skip_plain_far(struct chutes__json_reader *reader,
                                        const char *at);

/* Returns the bits from `at` on, or 0 if the window holds no special byte
 * there. */
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

/* Scans a string from `at`, just after its opening quote, and returns the
 * position of the closing one. If *plain is true, it stays true only if the
 * bytes equal the decoded text; pass false to skip that check. */
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
    /* Usually there are no blanks, and one comparison is enough. */
    while (at < end && (unsigned char)*at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* Scans a number that consists of digits only, as most do. Returns NULL for any
 * other. */
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
        return chutes__json_fail_value(reader, at);
    }
    return at + len;
}

#endif
