/* SPDX-License-Identifier: MIT */
/* Base64 as in RFC 4648. Embeddings may arrive in it, so the decoder must be
 * fast: it reads 64 digits at a time and falls back to groups of four at
 * blanks, faults and the end. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NO 0x80000000U /* not a digit; no digit has this bit set */
#define NO8 NO, NO, NO, NO, NO, NO, NO, NO
#define NO32 NO8, NO8, NO8, NO8

/* Digits with the values from v on, shifted to their place in a group. */
#define ONE(v, shift) ((uint32_t)(v) << (shift))
#define TWO(v, shift) ONE(v, shift), ONE((v) + 1, shift)
#define FOUR(v, shift) TWO(v, shift), TWO((v) + 2, shift)
#define EIGHT(v, shift) FOUR(v, shift), FOUR((v) + 4, shift)

/* The standard alphabet, and '-' and '_' of the URL-safe one. */
/* clang-format off */
#define DIGITS(shift) { \
    NO32, \
    NO8,                                                  /* blank to ' */ \
    NO, NO, NO, ONE(62, shift),                           /* ( to + */ \
    NO, ONE(62, shift), NO, ONE(63, shift),               /* , to / */ \
    EIGHT(52, shift),                                     /* 0 to 7 */ \
    TWO(60, shift), NO, NO, NO, NO, NO, NO,               /* 8 to ? */ \
    NO, FOUR(0, shift), TWO(4, shift), ONE(6, shift),     /* @ to G */ \
    EIGHT(7, shift), EIGHT(15, shift),                    /* H to W */ \
    TWO(23, shift), ONE(25, shift), \
    NO, NO, NO, NO, ONE(63, shift),                       /* X to _ */ \
    NO, FOUR(26, shift), TWO(30, shift), ONE(32, shift),  /* ` to g */ \
    EIGHT(33, shift), EIGHT(41, shift),                   /* h to w */ \
    TWO(49, shift), ONE(51, shift), NO, NO, NO, NO, NO,   /* x to DEL */ \
    NO32, NO32, NO32, NO32 \
}
/* clang-format on */

/* One table for each digit of a group, so that joining them needs no shifts. */
static const uint32_t FIRST[256] = DIGITS(18);
static const uint32_t SECOND[256] = DIGITS(12);
static const uint32_t THIRD[256] = DIGITS(6);
static const uint32_t LAST[256] = DIGITS(0);

size_t chutes__base64_encoded_len(size_t len)
{
    size_t groups = len / 3 + (len % 3 != 0);

    return groups > SIZE_MAX / 4 ? 0 : groups * 4;
}

static void encode_group(char *out, uint32_t bits)
{
    out[0] = ALPHABET[bits >> 18 & 63];
    out[1] = ALPHABET[bits >> 12 & 63];
    out[2] = ALPHABET[bits >> 6 & 63];
    out[3] = ALPHABET[bits & 63];
}

void chutes__base64_encode(char *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (; len >= 3; len -= 3, at += 3, out += 4) {
        encode_group(out, (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]);
    }
    if (len == 0) {
        return;
    }
    encode_group(out,
                 (uint32_t)at[0] << 16 | (len == 2 ? (uint32_t)at[1] << 8 : 0));
    out[3] = '=';
    if (len == 1) {
        out[2] = '=';
    }
}

/* ---- decoding ------------------------------------------------------------ */

/* A block is decoded without a branch per digit. The last store writes two
 * bytes beyond the decoded block, so the output needs that much more room. */
enum { BLOCK = 64, BLOCK_BYTES = BLOCK / 4 * 3, BLOCK_ROOM = BLOCK_BYTES + 2 };

struct decoder {
    const unsigned char *at;
    const unsigned char *end;
    unsigned char *out;
    size_t room;
    size_t written; /* also counts bytes beyond room, which are not stored */
};

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Stores the six lower bytes of `bits`, the highest first, followed by two zero
 * bytes. */
static void put_six(unsigned char *out, uint64_t bits)
{
    uint64_t word = bits << 16;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(out, &word, sizeof(word));
}

static uint32_t join_group(const unsigned char *at)
{
    return FIRST[at[0]] | SECOND[at[1]] | THIRD[at[2]] | LAST[at[3]];
}

/* Returns false if the block holds anything but digits; the caller then ignores
 * what was written, and gather_group() finds the fault or the blank. `seen`
 * collects the bits of all groups, so one test for NO is enough. */
static bool decode_block(unsigned char *out, const unsigned char *at)
{
    uint32_t seen = 0;

    for (size_t i = 0; i < BLOCK; i += 8, at += 8, out += 6) {
        uint32_t first = join_group(at);
        uint32_t second = join_group(at + 4);

        seen |= first | second;
        put_six(out, (uint64_t)first << 24 | second);
    }
    return (seen & NO) == 0;
}

static void decode_blocks(struct decoder *decoder)
{
    while (decoder->end - decoder->at >= BLOCK &&
           decoder->written + BLOCK_ROOM <= decoder->room &&
           decode_block(decoder->out + decoder->written, decoder->at)) {
        decoder->at += BLOCK;
        decoder->written += BLOCK_BYTES;
    }
}

/* Reads up to four digits, with any blanks between them. */
static size_t gather_group(struct decoder *decoder, uint32_t *bits)
{
    size_t digits = 0;

    *bits = 0;
    while (digits < 4 && decoder->at < decoder->end) {
        uint32_t digit = LAST[*decoder->at];

        if (digit != NO) {
            *bits = *bits << 6 | digit;
            digits++;
        } else if (!is_blank(*decoder->at)) {
            break;
        }
        decoder->at++;
    }
    *bits <<= 6 * (4 - digits);
    return digits;
}

static void put_bytes(struct decoder *decoder, uint32_t bits, size_t count)
{
    for (size_t i = 0; i < count; i++, decoder->written++) {
        if (decoder->written < decoder->room) {
            decoder->out[decoder->written] =
                (unsigned char)(bits >> (16 - 8 * i));
        }
    }
}

static void skip_blanks(struct decoder *decoder)
{
    while (decoder->at < decoder->end && is_blank(*decoder->at)) {
        decoder->at++;
    }
}

/* Padding is optional, but must be complete. Returns NULL, or a constant that
 * describes the fault. */
static const char *check_padding(struct decoder *decoder, size_t digits)
{
    size_t missing = digits == 0 ? 0 : 4 - digits;

    skip_blanks(decoder);
    if (decoder->at == decoder->end) {
        return NULL;
    }
    for (; missing > 0; missing--) {
        if (decoder->at == decoder->end || *decoder->at != '=') {
            return "the padding is incomplete";
        }
        decoder->at++;
        skip_blanks(decoder);
    }
    return decoder->at == decoder->end ? NULL
           : *decoder->at == '='       ? "there is padding where none belongs"
                                       : "text follows the padding";
}

/* Decodes the last group, which has fewer than four digits. Returns NULL, or a
 * constant that describes the fault. */
static const char *decode_last(struct decoder *decoder, uint32_t bits,
                               size_t digits)
{
    if (decoder->at < decoder->end && *decoder->at != '=') {
        return "a character is not a base64 digit";
    }
    if (digits == 1) {
        return "the last digit is half a byte";
    }
    /* RFC 4648, 3.5: otherwise several texts would encode the same bytes. */
    if (digits > 0 && (bits & (0xFFFFFFU >> (digits - 1) * 8)) != 0) {
        return "the last digit has bits that belong to no byte";
    }
    put_bytes(decoder, bits, digits > 0 ? digits - 1 : 0);
    return check_padding(decoder, digits);
}

const char *chutes__base64_decode(unsigned char *out, size_t room,
                                  struct chutes__slice text, size_t *len,
                                  size_t *fault_at)
{
    const unsigned char *begin = (const unsigned char *)text.data;
    struct decoder decoder = {begin, begin + text.len, out, room, 0};
    const char *fault;
    uint32_t bits;
    size_t digits;

    do {
        decode_blocks(&decoder);
        digits = gather_group(&decoder, &bits);
        if (digits == 4) {
            put_bytes(&decoder, bits, 3);
        }
    } while (digits == 4);
    fault = decode_last(&decoder, bits, digits);
    *len = fault == NULL ? decoder.written : 0;
    *fault_at = (size_t)(decoder.at - begin);
    return fault;
}
