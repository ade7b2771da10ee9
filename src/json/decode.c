/* SPDX-License-Identifier: MIT */
/* Decodes strings: in pieces, which suits any text, or many characters at once,
 * which suits valid text. The special bytes of a string are the first bytes of
 * escapes, quotes within escapes, and non-ASCII bytes. */
#include "json/decode.h"

#include "base/utf8.h"
#include "json/scan.h"

#include <string.h>

enum { WINDOW = CHUTES__JSON_WINDOW };

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

static uint32_t parse_hex4(const char *at)
{
    uint32_t number = 0;

    for (int i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)at[i];

        /* Without a branch, which would often be mispredicted. The lowest bits
         * of a letter count from 1, and only letters have bit 6. */
        number = number << 4 | ((c & 0xF) + 9 * (c >> 6));
    }
    return number;
}

uint32_t chutes__json_complete_pair(struct chutes__json_decoder *decoder,
                                    uint32_t high)
{
    uint32_t low;

    if (decoder->end - decoder->at < 6 || decoder->at[0] != '\\' ||
        decoder->at[1] != 'u') {
        return 0;
    }
    low = parse_hex4(decoder->at + 2);
    if (low < 0xDC00 || low > 0xDFFF) {
        return 0;
    }
    decoder->at += 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Consumes \uXXXX and returns its code point, or 0 if U+FFFD must replace it:
 * for U+0000 and lone surrogates. */
static uint32_t decode_code_point(struct chutes__json_decoder *decoder)
{
    uint32_t unit = parse_hex4(decoder->at + 2);

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

/* `c` is one of "\/bfnrt, all of them ASCII. */
static char decode_simple(char c)
{
    static const char decoded[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

    return decoded[(unsigned char)c];
}

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
        decoder->scratch[0] = decode_simple(decoder->at[1]);
        decoder->at += 2;
    }
    return piece;
}

/* Returns true if these are the last bytes of the text and begin a character
 * that they don't complete. */
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
    /* Not looked for anew behind each invalid byte, which would take time in
     * proportion to the square of their number. */
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

/* Decodes an escape or a run of non-ASCII characters. Returns NULL, and reads
 * nothing, if this is not a character. */
static char *decode_character(struct chutes__json_decoder *decoder, char *to)
{
    const char *at = decoder->at;
    uint32_t code_point;
    size_t high;

    if (*at != '\\') {
        high = measure_high(decoder);
        memcpy(to, at, high);
        decoder->at += high;
        return high > 0 ? to + high : NULL;
    }
    if (at[1] != 'u') {
        *to = decode_simple(at[1]);
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

/* Copies the bytes before `end`, at most a window. Copying a whole window takes
 * neither a call nor a loop; the bytes behind are overwritten later. */
static char *copy_plain(struct chutes__json_decoder *decoder, char *to,
                        const char *end)
{
    size_t len = (size_t)(end - decoder->at);

    if (chutes__json_decoder_left(decoder) >= WINDOW) {
        memcpy(to, decoder->at, WINDOW);
    } else {
        memcpy(to, decoder->at, len);
    }
    decoder->at = end;
    return to + len;
}

/* Decodes a window, of which `bits` says what is not plain, or as much of it as
 * are characters. The last of them may end behind the window. */
static char *decode_window(struct chutes__json_decoder *decoder, uint64_t bits,
                           char *to)
{
    const char *begin = decoder->at;
    ptrdiff_t done = 0;

    while (bits != 0) {
        char *next;

        to = copy_plain(decoder, to, begin + __builtin_ctzll(bits));
        next = decode_character(decoder, to);
        if (next == NULL) {
            return to;
        }
        to = next;
        done = decoder->at - begin;
        bits = done < WINDOW ? bits >> done << done : 0;
    }
    return done < WINDOW ? copy_plain(decoder, to, begin + WINDOW) : to;
}

/* Decodes a text that is too short for a window. */
static char *decode_tail(struct chutes__json_decoder *decoder, char *to)
{
    char *next = to;

    while (next != NULL && decoder->at < decoder->end) {
        to = next;
        if (*decoder->at == '\\' || ((unsigned char)*decoder->at & 0x80) != 0) {
            next = decode_character(decoder, to);
        } else {
            *next++ = *decoder->at++;
        }
    }
    return next != NULL ? next : to;
}

char *chutes__json_decode_characters(struct chutes__json_decoder *decoder,
                                     char *to)
{
    bool has_moved = true;

    /* A byte that begins no character ends the loop, and decode_tail() too. */
    while (has_moved && chutes__json_decoder_left(decoder) >= WINDOW) {
        const char *begin = decoder->at;

        to = decode_window(decoder, chutes__json_flag_window(begin), to);
        has_moved = decoder->at != begin;
    }
    return decode_tail(decoder, to);
}
