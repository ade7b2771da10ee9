/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "json/reader.h"

#include <string.h>

/*
 * Decodes a string piece by piece: a piece is a run of its own bytes, or one
 * character in `scratch`. The reader has checked the grammar, so every escape
 * is whole.
 */
struct decoder {
    const char *at;
    const char *run_end; /* the next backslash, or the end */
    const char *end;
    char scratch[4];
};

static void find_run_end(struct decoder *decoder)
{
    size_t left = (size_t)(decoder->end - decoder->at);
    const char *backslash = left > 0 ? memchr(decoder->at, '\\', left) : NULL;

    decoder->run_end = backslash == NULL ? decoder->end : backslash;
}

static void init_decoder(struct decoder *decoder, struct chutes__slice text)
{
    decoder->at = text.data;
    decoder->end = text.data + text.len;
    find_run_end(decoder);
}

static uint32_t parse_hex4(const char *at)
{
    uint32_t number = 0;
    int i;

    for (i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)at[i];

        number = number << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return number;
}

/* Consumes the second half of a surrogate pair, if it follows. */
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

/* Consumes \uXXXX; 0 for what is no character: U+0000 and lone surrogates. */
static uint32_t decode_code_point(struct decoder *decoder)
{
    uint32_t unit = parse_hex4(decoder->at + 2);

    decoder->at += 6;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    return unit < 0xDC00 ? complete_pair(decoder, unit) : 0;
}

static char decode_simple(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
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
            piece = replacement();
        } else {
            piece.len = chutes__utf8_encode(code_point, decoder->scratch);
        }
    } else {
        decoder->scratch[0] = decode_simple(decoder->at[1]);
        decoder->at += 2;
    }
    find_run_end(decoder);
    return piece;
}

static bool next_piece(struct decoder *decoder, struct chutes__slice *piece)
{
    size_t run;

    if (decoder->at == decoder->end) {
        return false;
    }
    if (decoder->at == decoder->run_end) {
        *piece = decode_escape(decoder);
        return true;
    }
    run = (size_t)(decoder->run_end - decoder->at);
    piece->data = decoder->at;
    piece->len = chutes__utf8_valid_prefix(decoder->at, run);
    if (piece->len == 0) {
        decoder->at -= chutes__utf8_sequence(decoder->at, run);
        *piece = replacement();
        return true;
    }
    decoder->at += piece->len;
    return true;
}

bool chutes__json_decodes_to(const struct chutes__json_value *value,
                             const char *literal)
{
    /* A byte becomes three at most. */
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

chutes_status chutes__json_append_string(const struct chutes__json_value *value,
                                         struct chutes__buf *buf)
{
    chutes_status status = CHUTES_OK;
    size_t start = buf->len;
    struct chutes__slice piece;
    struct decoder decoder;

    if (value->plain) {
        return chutes__buf_append(buf, value->text.data, value->text.len);
    }
    init_decoder(&decoder, value->text);
    while (status == CHUTES_OK && next_piece(&decoder, &piece)) {
        status = chutes__buf_append(buf, piece.data, piece.len);
    }
    if (status != CHUTES_OK && buf->cap > 0) {
        buf->len = start;
        buf->data[start] = '\0';
    }
    return status;
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

    if (!value->plain) {
        decoded_len = measure_decoded(value->text);
    }
    if (len != NULL) {
        *len = decoded_len;
    }
    if (value->plain) {
        return chutes__arena_dup(arena, value->text);
    }
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
