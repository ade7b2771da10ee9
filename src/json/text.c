/* SPDX-License-Identifier: MIT */
/* Decodes strings in pieces. A piece is a run of the string's own bytes, or one
 * character that was decoded into `scratch`. The reader has checked the
 * grammar, so every escape is complete. */
#include "base/utf8.h"
#include "json/copy.h"
#include "json/reader.h"

#include <string.h>

struct decoder {
    const char *at;
    const char *run_end; /* the next backslash, or the end; before `at`: not
                            looked for yet */
    const char *end;
    struct chutes__json_half *half; /* NULL: no other piece will follow */
    char scratch[4];
};

static size_t left_of(const struct decoder *decoder)
{
    return (size_t)(decoder->end - decoder->at);
}

static void find_run_end(struct decoder *decoder)
{
    size_t left = left_of(decoder);
    const char *backslash = left > 0 ? memchr(decoder->at, '\\', left) : NULL;

    decoder->run_end = backslash == NULL ? decoder->end : backslash;
}

static void init_decoder(struct decoder *decoder, struct chutes__slice text)
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

        number = number << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return number;
}

/* Consumes the second half of a surrogate pair and returns the code point, or
 * returns 0 if no second half follows. */
static uint32_t complete_pair(struct decoder *decoder, uint32_t high)
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
static uint32_t decode_code_point(struct decoder *decoder)
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
    return unit < 0xDC00 ? complete_pair(decoder, unit) : 0;
}

/* `c` is one of "\/bfnrt, all of them ASCII. */
static char decode_simple(char c)
{
    static const char decoded[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

    return decoded[(unsigned char)c];
}

static struct chutes__slice replacement(void)
{
    struct chutes__slice piece = {CHUTES__UTF8_REPLACEMENT,
                                  sizeof(CHUTES__UTF8_REPLACEMENT) - 1};

    return piece;
}

static struct chutes__slice decode_escape(struct decoder *decoder)
{
    struct chutes__slice piece = {decoder->scratch, 1};

    if (decoder->at[1] == 'u') {
        uint32_t code_point = decode_code_point(decoder);

        if (code_point == 0) {
            /* A stored half adds nothing yet. */
            piece = decoder->half != NULL && decoder->half->high != 0
                        ? (struct chutes__slice){decoder->scratch, 0}
                        : replacement();
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
static bool is_beginning(const struct decoder *decoder, size_t run)
{
    unsigned char lead = (unsigned char)*decoder->at;

    return decoder->run_end == decoder->end && lead >= 0xC2 && lead <= 0xF4 &&
           chutes__utf8_sequence(decoder->at, run) == -(int)run;
}

/* Handles bytes that don't form a character: the first half of one, or invalid
 * UTF-8. */
static struct chutes__slice decode_invalid(struct decoder *decoder, size_t run)
{
    /* The first part of a character has at most three bytes. */
    if (decoder->half == NULL || run > 3 || !is_beginning(decoder, run)) {
        decoder->at -= chutes__utf8_sequence(decoder->at, run);
        return replacement();
    }
    memcpy(decoder->half->bytes, decoder->at, run);
    decoder->half->count = (unsigned char)run;
    decoder->at = decoder->end;
    return (struct chutes__slice){decoder->scratch, 0};
}

static bool next_piece(struct decoder *decoder, struct chutes__slice *piece)
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

bool chutes__json_decodes_to(const struct chutes__json_value *value,
                             const char *literal)
{
    /* A byte decodes to at most three bytes (U+FFFD), so reading three times as
     * many bytes of the literal is enough. */
    size_t left = strnlen(literal, value->text.len * 3 + 1);
    struct chutes__slice piece;
    struct decoder decoder;

    init_decoder(&decoder, value->text);
    while (next_piece(&decoder, &piece)) {
        if (piece.len > left || memcmp(piece.data, literal, piece.len) != 0) {
            return false;
        }
        literal += piece.len;
        left -= piece.len;
    }
    return left == 0;
}

/* Decodes an escape or a non-ASCII character. Writes no more bytes than it
 * reads, and returns where they end. Returns NULL, and reads nothing, if this
 * is not a character. */
static char *decode_character(struct decoder *decoder, char *to)
{
    const char *at = decoder->at;
    uint32_t code_point;

    if (*at != '\\') {
        int length = chutes__utf8_sequence(at, left_of(decoder));

        if (length < 0) {
            return NULL;
        }
        memcpy(to, at, (size_t)length);
        decoder->at += length;
        return to + length;
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

/* Decodes up to the end, or to what is not a character. Writes no more bytes
 * than it reads, and returns where they end. */
static char *decode_characters(struct decoder *decoder, char *to)
{
    char *next = to;

    while (next != NULL) {
        size_t plain =
            chutes__json_copy_plain(next, decoder->at, left_of(decoder));

        to = next + plain;
        decoder->at += plain;
        next =
            decoder->at < decoder->end ? decode_character(decoder, to) : NULL;
    }
    return to;
}

/* Decodes as much as it can right into the buffer. */
static chutes_status append_characters(struct decoder *decoder,
                                       struct chutes__buf *buf)
{
    chutes_status status = chutes__buf_reserve(buf, left_of(decoder));

    if (status == CHUTES_OK) {
        char *to = decode_characters(decoder, buf->data + buf->len);

        chutes__buf_cut(buf, (size_t)(to - buf->data));
    }
    /* The decoded text may still be within the limit: it may be shorter. */
    return status == CHUTES_ERR_TOO_LARGE ? CHUTES_OK : status;
}

static chutes_status append_pieces(struct decoder *decoder,
                                   struct chutes__buf *buf)
{
    chutes_status status = append_characters(decoder, buf);
    struct chutes__slice piece;

    while (status == CHUTES_OK && next_piece(decoder, &piece)) {
        status = chutes__buf_append(buf, piece.data, piece.len);
        if (status == CHUTES_OK) {
            status = append_characters(decoder, buf);
        }
    }
    return status;
}

chutes_status chutes__json_append_string(const struct chutes__json_value *value,
                                         struct chutes__buf *buf)
{
    size_t start = buf->len;
    struct decoder decoder;
    chutes_status status;

    if (value->plain) {
        return chutes__buf_append(buf, value->text.data, value->text.len);
    }
    init_decoder(&decoder, value->text);
    status = append_pieces(&decoder, buf);
    if (status != CHUTES_OK) {
        chutes__buf_cut(buf, start);
    }
    return status;
}

/* ---- characters that were cut in two ------------------------------------- */

static chutes_status append_replacement(struct chutes__buf *buf)
{
    struct chutes__slice piece = replacement();

    return chutes__buf_append(buf, piece.data, piece.len);
}

static chutes_status join_surrogates(struct decoder *decoder, uint32_t high,
                                     struct chutes__buf *buf)
{
    uint32_t code_point = complete_pair(decoder, high);

    if (code_point == 0) {
        return append_replacement(buf);
    }
    return chutes__buf_append(
        buf, decoder->scratch,
        chutes__utf8_encode(code_point, decoder->scratch));
}

/* Completes the half with the next bytes, as far as they continue the
 * character. */
static chutes_status join_bytes(struct decoder *decoder,
                                struct chutes__json_half *half,
                                struct chutes__buf *buf)
{
    char bytes[4];
    size_t count = half->count;

    memcpy(bytes, half->bytes, count);
    while (decoder->at < decoder->end) {
        int length;

        bytes[count] = *decoder->at;
        length = chutes__utf8_sequence(bytes, count + 1);
        if (length != (int)count + 1 && length != -((int)count + 1)) {
            break; /* this byte begins something else */
        }
        count++;
        decoder->at++;
        if (length > 0) {
            half->count = 0;
            return chutes__buf_append(buf, bytes, count);
        }
    }
    if (decoder->at == decoder->end) {
        memcpy(half->bytes, bytes, count);
        half->count = (unsigned char)count;
        return CHUTES_OK;
    }
    half->count = 0;
    return append_replacement(buf);
}

chutes_status chutes__json_append_piece(const struct chutes__json_value *value,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
{
    size_t start = buf->len;
    chutes_status status = CHUTES_OK;
    struct decoder decoder;

    /* Servers also send empty pieces; a stored half waits for the next text. */
    if (value->text.len == 0) {
        return CHUTES_OK;
    }
    if (value->plain && !chutes__json_has_half(half)) {
        return chutes__buf_append(buf, value->text.data, value->text.len);
    }
    init_decoder(&decoder, value->text);
    if (half->high != 0) {
        uint32_t high = half->high;

        half->high = 0;
        status = join_surrogates(&decoder, high, buf);
    } else if (half->count != 0) {
        status = join_bytes(&decoder, half, buf);
    }
    decoder.half = half;
    if (status == CHUTES_OK) {
        status = append_pieces(&decoder, buf);
    }
    if (status != CHUTES_OK) {
        chutes__buf_cut(buf, start);
    }
    return status;
}

chutes_status chutes__json_append_half(struct chutes__json_half *half,
                                       struct chutes__buf *buf)
{
    if (!chutes__json_has_half(half)) {
        return CHUTES_OK;
    }
    *half = (struct chutes__json_half){0};
    return append_replacement(buf);
}

static size_t measure_decoded(struct chutes__slice text)
{
    struct chutes__slice piece;
    struct decoder decoder;
    size_t len = 0;

    init_decoder(&decoder, text);
    while (next_piece(&decoder, &piece)) {
        len += piece.len;
    }
    return len;
}

char *chutes__json_dup_string(const struct chutes__json_value *value,
                              struct chutes__arena *arena, size_t *len)
{
    size_t decoded_len = value->text.len;
    struct chutes__slice piece;
    struct decoder decoder;
    char *copy;
    char *to;

    /* Measure the text first, so that the arena allocates no more than it
     * needs. */
    if (!value->plain) {
        decoded_len = measure_decoded(value->text);
    }
    if (len != NULL) {
        *len = decoded_len;
    }
    if (value->plain) {
        return chutes__arena_dup(arena, value->text);
    }
    /* The arena's memory is zeroed, so the copy ends with a NUL. */
    copy = chutes__arena_alloc(arena, decoded_len + 1, 1);
    if (copy == NULL) {
        return NULL;
    }
    init_decoder(&decoder, value->text);
    for (to = copy; next_piece(&decoder, &piece); to += piece.len) {
        memcpy(to, piece.data, piece.len);
    }
    return copy;
}
