/* SPDX-License-Identifier: MIT */
/* Decodes strings in one of two ways: piece by piece, which handles any text
 * that the reader has checked, or many characters at once, which stops at
 * invalid text and needs no check before. The special bytes of a string are the
 * first bytes of escapes, quotes within escapes, and non-ASCII bytes. */
#include "json/decode.h"

#include "base/utf8.h"
#include "json/scan.h"

#include <string.h>

enum { WINDOW = CHUTES__JSON_WINDOW, NO_UNIT = 0x10000 };

static void find_run_end(struct chutes__json_decoder *decoder)
{
    size_t left = chutes__json_decoder_left(decoder);
    const char *backslash = left > 0 ? memchr(decoder->at, '\\', left) : NULL;

    decoder->run_end = backslash == NULL ? decoder->end : backslash;
}

void chutes__json_decoder_init(struct chutes__json_decoder *decoder,
                               struct chutes__slice text)
{
    decoder->at = text.data;
    decoder->run_end = NULL;
    decoder->end = text.data + text.len;
    decoder->half = NULL;
}

/* Returns the code unit of the \uXXXX that comes next, or NO_UNIT. */
static uint32_t read_unit(const struct chutes__json_decoder *decoder)
{
    const char *at = decoder->at;
    uint32_t common = ~(uint32_t)0;
    uint32_t unit = 0;

    if (decoder->end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return NO_UNIT;
    }
    for (int i = 2; i < 6; i++) {
        uint32_t digit = chutes__json_hex_digits[(unsigned char)at[i]];

        /* Without a branch, which would often be mispredicted. */
        unit = unit << 4 | (digit & 0xF);
        common &= digit;
    }
    return common != 0 ? unit : NO_UNIT;
}

uint32_t chutes__json_complete_pair(struct chutes__json_decoder *decoder,
                                    uint32_t high)
{
    uint32_t low = read_unit(decoder);

    if (low < 0xDC00 || low > 0xDFFF) {
        return 0;
    }
    decoder->at += 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Consumes \uXXXX and returns its code point, or 0 if U+FFFD must replace it:
 * for U+0000 and lone surrogates. Returns 0 for a malformed escape, too. */
static uint32_t decode_code_point(struct chutes__json_decoder *decoder)
{
    uint32_t unit = read_unit(decoder);

    if (unit == NO_UNIT) {
        return 0;
    }
    decoder->at += 6;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    /* The low surrogate may be the start of the next piece. */
    if (unit < 0xDC00 && decoder->at == decoder->end && decoder->half != NULL) {
        decoder->half->high = (uint16_t)unit;
    }
    return unit < 0xDC00 ? chutes__json_complete_pair(decoder, unit) : 0;
}

/* For the second character of a short escape, the character that the escape
 * stands for; NUL for all other characters. */
static const char SHORT_ESCAPES[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

struct chutes__slice chutes__json_replacement(void)
{
    struct chutes__slice piece = {CHUTES__UTF8_REPLACEMENT,
                                  sizeof(CHUTES__UTF8_REPLACEMENT) - 1};

    return piece;
}

static struct chutes__slice decode_escape(struct chutes__json_decoder *decoder)
{
    struct chutes__slice piece = {decoder->scratch, 1};

    if (decoder->at[1] == 'u') {
        uint32_t code_point = decode_code_point(decoder);

        if (code_point == 0) {
            /* A stored half adds nothing yet. */
            piece = decoder->half != NULL && decoder->half->high != 0
                        ? (struct chutes__slice){decoder->scratch, 0}
                        : chutes__json_replacement();
        } else {
            piece.len = chutes__utf8_encode(code_point, decoder->scratch);
        }
    } else {
        decoder->scratch[0] = SHORT_ESCAPES[(unsigned char)decoder->at[1]];
        decoder->at += 2;
    }
    return piece;
}

/* Returns true if these are the last bytes of the text and only the beginning
 * of a character. */
static bool is_beginning(const struct chutes__json_decoder *decoder, size_t run)
{
    unsigned char lead = (unsigned char)*decoder->at;

    return decoder->run_end == decoder->end && lead >= 0xC2 && lead <= 0xF4 &&
           chutes__utf8_sequence(decoder->at, run) == -(int)run;
}

/* Handles bytes that don't form a character: the first half of one, or invalid
 * UTF-8. */
static struct chutes__slice decode_invalid(struct chutes__json_decoder *decoder,
                                           size_t run)
{
    /* The first part of a character has at most three bytes. */
    if (decoder->half == NULL || run > 3 || !is_beginning(decoder, run)) {
        decoder->at -= chutes__utf8_sequence(decoder->at, run);
        return chutes__json_replacement();
    }
    memcpy(decoder->half->bytes, decoder->at, run);
    decoder->half->count = (unsigned char)run;
    decoder->at = decoder->end;
    return (struct chutes__slice){decoder->scratch, 0};
}

bool chutes__json_decoder_next(struct chutes__json_decoder *decoder,
                               struct chutes__slice *piece)
{
    size_t run;

    if (decoder->at == decoder->end) {
        return false;
    }
    if (*decoder->at == '\\') {
        *piece = decode_escape(decoder);
        return true;
    }
    /* A new search after each invalid byte would take quadratic time. */
    if (decoder->run_end == NULL || decoder->run_end < decoder->at) {
        find_run_end(decoder);
    }
    run = (size_t)(decoder->run_end - decoder->at);
    piece->data = decoder->at;
    piece->len = chutes__utf8_valid_prefix(decoder->at, run);
    if (piece->len == 0) {
        *piece = decode_invalid(decoder, run);
        return true;
    }
    decoder->at += piece->len;
    return true;
}

/* ---- many characters at once --------------------------------------------- */

/* Returns how many of the next bytes are valid non-ASCII characters. Looks at
 * no more than a window: the bytes after an invalid one are examined again. */
static size_t measure_high(const struct chutes__json_decoder *decoder)
{
    const char *at = decoder->at;
    size_t left = chutes__json_decoder_left(decoder);
    size_t most = left < WINDOW ? left : WINDOW;
    size_t run = 0;

    while (run < most && ((unsigned char)at[run] & 0x80) != 0) {
        run++;
    }
    return chutes__utf8_valid_prefix(at, run);
}

/* Returns what a short escape stands for, or NUL if there is none at `at`. */
static char find_short_escape(const struct chutes__json_decoder *decoder,
                              const char *at)
{
    if (*at != '\\' || decoder->end - at < 2) {
        return '\0';
    }
    return SHORT_ESCAPES[(unsigned char)at[1]];
}

/* Decodes an escape or a run of non-ASCII characters. Returns NULL, and reads
 * nothing, if this is not a character. */
static char *decode_character(struct chutes__json_decoder *decoder, char *to)
{
    const char *at = decoder->at;
    uint32_t code_point;

    if (*at != '\\') {
        size_t high = measure_high(decoder);

        memcpy(to, at, high);
        decoder->at += high;
        return high > 0 ? to + high : NULL;
    }
    *to = find_short_escape(decoder, at);
    if (*to != '\0') {
        decoder->at += 2;
        return to + 1;
    }
    code_point = decode_code_point(decoder);
    if (code_point == 0) {
        decoder->at = at;
        return NULL;
    }
    return to + chutes__utf8_encode(code_point, to);
}

/* Copies the bytes from `at` to `end`, at most a window. Copies a whole window
 * if it can, which takes neither a call nor a loop; the surplus bytes are
 * overwritten later. */
static char *copy_plain(const struct chutes__json_decoder *decoder,
                        const char *at, const char *end, char *to)
{
    if (decoder->end - at >= WINDOW) {
        memcpy(to, at, WINDOW);
    } else {
        memcpy(to, at, (size_t)(end - at));
    }
    return to + (end - at);
}

/* Decodes a window, or its bytes before the first that begins no character.
 * `bits` marks the bytes that are not plain. The last character may end after
 * the window. The position is not stored at each short escape, because code has
 * many of them, and every step would wait for the last store. */
static char *decode_window(struct chutes__json_decoder *decoder, uint64_t bits,
                           char *to)
{
    const char *window = decoder->at;
    const char *at = window;

    while (bits != 0) {
        const int place = __builtin_ctzll(bits);
        const char *special = window + place;
        char short_escape = find_short_escape(decoder, special);
        char *next;

        to = copy_plain(decoder, at, special, to);
        if (short_escape != '\0') {
            *to++ = short_escape;
            at = special + 2;
            /* The second character may be special too. */
            bits &= ~((uint64_t)3 << place);
            continue;
        }
        decoder->at = special;
        next = decode_character(decoder, to);
        if (next == NULL) {
            return to;
        }
        to = next;
        at = decoder->at;
        bits =
            at - window < WINDOW ? bits >> (at - window) << (at - window) : 0;
    }
    decoder->at = at;
    if (at - window < WINDOW) {
        decoder->at = window + WINDOW;
        to = copy_plain(decoder, at, decoder->at, to);
    }
    return to;
}

static bool is_plain(char c)
{
    return (unsigned char)(c - ' ') < 0x80 - ' ' && c != '"' && c != '\\';
}

/* Decodes a text that is too short for a window. */
static char *decode_tail(struct chutes__json_decoder *decoder, char *to)
{
    char *next = to;

    while (next != NULL && decoder->at < decoder->end) {
        to = next;
        if (is_plain(*decoder->at)) {
            *next++ = *decoder->at++;
        } else {
            next = decode_character(decoder, to);
        }
    }
    return next != NULL ? next : to;
}

char *chutes__json_decode_characters(struct chutes__json_decoder *decoder,
                                     char *to)
{
    bool has_moved = true;

    /* A byte that begins no character ends this loop, and then decode_tail()
     * stops there, too. */
    while (has_moved && chutes__json_decoder_left(decoder) >= WINDOW) {
        const char *begin = decoder->at;

        to = decode_window(decoder, chutes__json_flag_window(begin), to);
        has_moved = decoder->at != begin;
    }
    return decode_tail(decoder, to);
}
