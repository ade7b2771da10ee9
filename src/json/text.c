/* SPDX-License-Identifier: MIT */
/* Decodes strings into buffers and arenas, and joins characters that were cut
 * in two. */
#include "base/utf8.h"
#include "json/decode.h"
#include "json/reader.h"
#include "json/scan.h"

#include <string.h>

bool chutes__json_decodes_to(const struct chutes__json_value *value,
                             const char *literal)
{
    /* A byte decodes to at most three bytes (U+FFFD), so reading three times as
     * many bytes of the literal is enough. */
    size_t left = strnlen(literal, value->text.len * 3 + 1);
    struct chutes__slice piece;
    struct chutes__json_decoder decoder;

    chutes__json_decoder_init(&decoder, value->text);
    while (chutes__json_decoder_next(&decoder, &piece)) {
        if (piece.len > left || memcmp(piece.data, literal, piece.len) != 0) {
            return false;
        }
        literal += piece.len;
        left -= piece.len;
    }
    return left == 0;
}

/* Decodes as many characters as possible directly into the buffer. */
static chutes_status append_characters(struct chutes__json_decoder *decoder,
                                       struct chutes__buf *buf)
{
    chutes_status status =
        chutes__buf_reserve(buf, chutes__json_decoder_left(decoder));

    if (status == CHUTES_OK) {
        char *to =
            chutes__json_decode_characters(decoder, buf->data + buf->len);

        chutes__buf_cut(buf, (size_t)(to - buf->data));
    }
    /* The decoded text may be shorter than its source and still fit. */
    return status == CHUTES_ERR_TOO_LARGE ? CHUTES_OK : status;
}

static chutes_status append_pieces(struct chutes__json_decoder *decoder,
                                   struct chutes__buf *buf)
{
    chutes_status status = append_characters(decoder, buf);
    struct chutes__slice piece;

    while (status == CHUTES_OK && chutes__json_decoder_next(decoder, &piece)) {
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
    struct chutes__json_decoder decoder;
    chutes_status status;

    if (value->plain) {
        return chutes__buf_append(buf, value->text.data, value->text.len);
    }
    chutes__json_decoder_init(&decoder, value->text);
    status = append_pieces(&decoder, buf);
    if (status != CHUTES_OK) {
        chutes__buf_cut(buf, start);
    }
    return status;
}

/* ---- characters that were cut in two ------------------------------------- */

static chutes_status append_replacement(struct chutes__buf *buf)
{
    struct chutes__slice piece = chutes__json_replacement();

    return chutes__buf_append(buf, piece.data, piece.len);
}

static chutes_status join_surrogates(struct chutes__json_decoder *decoder,
                                     uint32_t high, struct chutes__buf *buf)
{
    uint32_t code_point = chutes__json_complete_pair(decoder, high);

    if (code_point == 0) {
        return append_replacement(buf);
    }
    return chutes__buf_append(
        buf, decoder->scratch,
        chutes__utf8_encode(code_point, decoder->scratch));
}

/* Completes the half with the next bytes, as far as they continue the
 * character. */
static chutes_status join_bytes(struct chutes__json_decoder *decoder,
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
    struct chutes__json_decoder decoder;

    /* Servers also send empty pieces; a stored half waits for the next text. */
    if (value->text.len == 0) {
        return CHUTES_OK;
    }
    if (value->plain && !chutes__json_has_half(half)) {
        return chutes__buf_append(buf, value->text.data, value->text.len);
    }
    chutes__json_decoder_init(&decoder, value->text);
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

bool chutes__json_take_text(struct chutes__json_reader *reader,
                            struct chutes__json_value *value)
{
    struct chutes__json_room *room = reader->room;
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);
    size_t left = (size_t)(reader->end - at);
    struct chutes__json_decoder decoder;
    size_t len;

    /* The decoder may write as many bytes as are left in the text. */
    if (left == 0 || *at != '"' || room->left < left) {
        return false;
    }
    chutes__json_decoder_init(&decoder,
                              (struct chutes__slice){at + 1, left - 1});
    len =
        (size_t)(chutes__json_decode_characters(&decoder, room->at) - room->at);
    if (decoder.at == reader->end || *decoder.at != '"') {
        return false;
    }
    *value =
        (struct chutes__json_value){CHUTES__JSON_STRING, true, {room->at, len}};
    room->at[len] = '\0';
    room->at += len + 1;
    room->left -= len + 1;
    reader->at = decoder.at + 1;
    reader->fresh = false;
    return true;
}

static size_t measure_decoded(struct chutes__slice text)
{
    struct chutes__slice piece;
    struct chutes__json_decoder decoder;
    size_t len = 0;

    chutes__json_decoder_init(&decoder, text);
    while (chutes__json_decoder_next(&decoder, &piece)) {
        len += piece.len;
    }
    return len;
}

char *chutes__json_dup_string(const struct chutes__json_value *value,
                              struct chutes__arena *arena, size_t *len)
{
    size_t decoded_len = value->text.len;
    struct chutes__slice piece;
    struct chutes__json_decoder decoder;
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
    chutes__json_decoder_init(&decoder, value->text);
    for (to = copy; chutes__json_decoder_next(&decoder, &piece);
         to += piece.len) {
        memcpy(to, piece.data, piece.len);
    }
    return copy;
}
