/* SPDX-License-Identifier: MIT */
/* Scans what is too long or too rare to be inlined into the reader: strings
 * with escapes or non-ASCII text, and numbers with fractions. Also records
 * faults. */
#include "json/scan.h"

#include "base/count.h"
#include "base/utf8.h"
#include "json/block.h"

#include <string.h>

const char *chutes__json_fail(struct chutes__json_reader *reader,
                              const char *at, const char *reason)
{
    if (reader->fault == NULL) {
        reader->fault = reason;
        reader->fault_at = (size_t)(at - reader->begin);
    }
    /* With no bytes left and no level open, every loop of a caller ends. */
    reader->at = reader->end;
    reader->depth = 0;
    return NULL;
}

uint64_t chutes__json_flag_special_portable(const char *bytes)
{
    uint64_t bits = 0;

    for (int i = 0; i < CHUTES__JSON_WINDOW; i += 8) {
        uint64_t flags =
            chutes__json_flag_word(chutes__json_load_word(bytes + i));

        /* The multiplication gathers the eight top bits in the highest byte. */
        bits |= (flags >> 7) * 0x0102040810204080U >> 56 << i;
    }
    return bits;
}

#ifdef __SSE2__
uint64_t chutes__json_flag_window(const char *bytes)
{
    uint64_t bits = 0;

#pragma GCC unroll 4
    for (int i = 0; i < CHUTES__JSON_WINDOW; i += CHUTES__JSON_BLOCK) {
        bits |= chutes__json_flag_special(bytes + i) << i;
    }
    return bits;
}
#else
uint64_t chutes__json_flag_window(const char *bytes)
{
    return chutes__json_flag_special_portable(bytes);
}
#endif

/* Bytes beyond the end are special: a NUL is a control character. */
CHUTES__JSON_COLD uint64_t flag_tail(const char *bytes, size_t left)
{
    char tail[CHUTES__JSON_WINDOW] = {0};

    if (left > 0) {
        memcpy(tail, bytes, left);
    }
    return chutes__json_flag_window(tail);
}

CHUTES__JSON_HOT void load_window(struct chutes__json_reader *reader,
                                  const char *window)
{
    size_t left = (size_t)(reader->end - window);

    reader->specials = left < CHUTES__JSON_WINDOW
                           ? flag_tail(window, left)
                           : chutes__json_flag_window(window);
    reader->window = window;
}

void chutes__json_load_window(struct chutes__json_reader *reader,
                              const char *window)
{
    load_window(reader, window);
}

const char *chutes__json_skip_plain_far(struct chutes__json_reader *reader,
                                        const char *at)
{
    const char *window = reader->window + CHUTES__JSON_WINDOW;
    uint64_t bits;

    /* The rest of this window is plain, so continue in the next one. If that
     * does not hold `at` either, because a long token was skipped, begin a new
     * window there. */
    if (at < window) {
        at = window;
    } else if (at - window >= CHUTES__JSON_WINDOW) {
        window = at;
    }
    load_window(reader, window);
    bits = reader->specials >> (at - window);
    while (bits == 0) {
        at = reader->window + CHUTES__JSON_WINDOW;
        load_window(reader, at);
        bits = reader->specials;
    }
    return at + __builtin_ctzll(bits);
}

/* The first NONFINITE_COUNT words are for lenient readers only. */
static const char *const WORDS[] = {"Infinity", "-Infinity", "NaN",
                                    "true",     "false",     "null"};
enum { NONFINITE_COUNT = 3 };

const char *
chutes__json_scan_nonfinite(const struct chutes__json_reader *reader,
                            const char *at)
{
    size_t left = (size_t)(reader->end - at);

    for (size_t i = 0; reader->is_lenient && i < NONFINITE_COUNT; i++) {
        size_t len = strlen(WORDS[i]);

        if (len <= left && memcmp(at, WORDS[i], len) == 0) {
            return at + len;
        }
    }
    return NULL;
}

/* Returns true if the text ends here or in the middle of a word. */
static bool is_cut(const struct chutes__json_reader *reader, const char *at)
{
    size_t left = (size_t)(reader->end - at);
    size_t i = reader->is_lenient ? 0 : NONFINITE_COUNT;

    if (left == 0) {
        return true;
    }
    for (; i < CHUTES__COUNT(WORDS); i++) {
        if (left < strlen(WORDS[i]) && memcmp(at, WORDS[i], left) == 0) {
            return true;
        }
    }
    return false;
}

const char *chutes__json_fail_value(struct chutes__json_reader *reader,
                                    const char *at)
{
    return is_cut(reader, at)
               ? chutes__json_fail(reader, reader->end, CHUTES__JSON_ENDS_EARLY)
               : chutes__json_fail(reader, at, CHUTES__JSON_NO_VALUE);
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && chutes__is_digit(*at)) {
        at++;
    }
    return at;
}

const char *chutes__json_scan_long_number(struct chutes__json_reader *reader,
                                          const char *at)
{
    static const char malformed[] = "a malformed number";
    const char *end = reader->end;
    const char *digits = at + (*at == '-');

    at = skip_digits(digits, end);
    if (at == digits) {
        /* at - 1 is valid: a number without digits begins with '-'. */
        const char *behind = chutes__json_scan_nonfinite(reader, at - 1);

        if (behind == NULL && is_cut(reader, at - 1)) {
            return chutes__json_fail_value(reader, at - 1);
        }
        return behind != NULL ? behind
                              : chutes__json_fail(reader, at, malformed);
    }
    if (*digits == '0' && at - digits > 1) {
        return chutes__json_fail(reader, digits, "a leading zero");
    }
    if (at < end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits) {
            return chutes__json_fail(reader, at, malformed);
        }
    }
    if (at < end && (*at | 0x20) == 'e') {
        digits = at + 1;
        digits += digits < end && (*digits == '+' || *digits == '-');
        at = skip_digits(digits, end);
        if (at == digits) {
            return chutes__json_fail(reader, at, malformed);
        }
    }
    return at;
}

/* Classifies the characters of an escape. These are tables because branches on
 * the characters are hard to predict. */
const bool chutes__json_simple_escapes[256] = {
    ['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
    ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true};
const unsigned char chutes__json_hex_digits[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1A, ['b'] = 0x1B, ['c'] = 0x1C, ['d'] = 0x1D, ['e'] = 0x1E,
    ['f'] = 0x1F, ['A'] = 0x1A, ['B'] = 0x1B, ['C'] = 0x1C, ['D'] = 0x1D,
    ['E'] = 0x1E, ['F'] = 0x1F};

/* Checks the escape whose backslash is at `at`. */
static const char *scan_escape(struct chutes__json_reader *reader,
                               const char *at)
{
    if (reader->end - at < 2) {
        return chutes__json_fail(reader, reader->end, CHUTES__JSON_ENDS_EARLY);
    }
    at++;
    if (chutes__json_simple_escapes[(unsigned char)*at]) {
        return at + 1;
    }
    if (*at != 'u') {
        return chutes__json_fail(reader, at, "an unknown escape");
    }
    at++;
    for (int i = 0; i < 4; i++, at++) {
        if (at == reader->end ||
            chutes__json_hex_digits[(unsigned char)*at] == 0) {
            return chutes__json_fail(reader, at, "not four hex digits");
        }
    }
    return at;
}

/* Skips a run of non-ASCII bytes. Clears *plain if they are not valid UTF-8. */
static const char *scan_high(const char *at, const char *end, bool *plain)
{
    const char *run = at;

    while (at < end && ((unsigned char)*at & 0x80) != 0) {
        at++;
    }
    if (*plain) {
        size_t len = (size_t)(at - run);

        *plain = chutes__utf8_valid_prefix(run, len) == len;
    }
    return at;
}

const char *chutes__json_scan_rest(struct chutes__json_reader *reader,
                                   const char *at, bool *plain)
{
    while (at < reader->end && *at != '"') {
        if (*at == '\\') {
            *plain = false;
            at = scan_escape(reader, at);
            if (at == NULL) {
                return NULL;
            }
        } else if (((unsigned char)*at & 0x80) != 0) {
            at = scan_high(at, reader->end, plain);
        } else {
            return chutes__json_fail(reader, at,
                                     "a control character in a string");
        }
        at = chutes__json_skip_plain(reader, at);
    }
    if (at == reader->end) {
        return chutes__json_fail(reader, at, CHUTES__JSON_ENDS_EARLY);
    }
    return at;
}
