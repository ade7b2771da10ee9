/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <stdint.h>

static const char ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NO 0x80 /* not in the alphabet; no digit has this bit */
#define NO8 NO, NO, NO, NO, NO, NO, NO, NO
#define NO32 NO8, NO8, NO8, NO8

/* clang-format off */
static const unsigned char DIGITS[256] = {
    NO32,
    NO8,                                           /* blank to ' */
    NO, NO, NO, 62, NO, NO, NO, 63,                /* ( to / */
    52, 53, 54, 55, 56, 57, 58, 59,                /* 0 to 7 */
    60, 61, NO, NO, NO, NO, NO, NO,                /* 8 to ? */
    NO, 0, 1, 2, 3, 4, 5, 6,                       /* @ to G */
    7, 8, 9, 10, 11, 12, 13, 14,                   /* H to O */
    15, 16, 17, 18, 19, 20, 21, 22,                /* P to W */
    23, 24, 25, NO, NO, NO, NO, NO,                /* X to _ */
    NO, 26, 27, 28, 29, 30, 31, 32,                /* ` to g */
    33, 34, 35, 36, 37, 38, 39, 40,                /* h to o */
    41, 42, 43, 44, 45, 46, 47, 48,                /* p to w */
    49, 50, 51, NO, NO, NO, NO, NO,                /* x to DEL */
    NO32, NO32, NO32, NO32
};
/* clang-format on */

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

/* The last group: 1 to 3 bytes, padded. Returns how many; 0 is a fault. */
static size_t decode_last(unsigned char *out, const unsigned char *at)
{
    size_t digits = at[3] != '=' ? 4 : at[2] != '=' ? 3 : 2;
    uint32_t bits = 0;
    size_t i;

    for (i = 0; i < 4; i++) {
        unsigned char digit = i < digits ? DIGITS[at[i]] : 0;

        if (digit == NO) {
            return 0;
        }
        bits = bits << 6 | digit;
    }
    /* Bits that no byte takes must be zero: one text for one content. */
    if ((bits & (0xFFFFFFU >> (digits - 1) * 8)) != 0) {
        return 0;
    }
    for (i = 0; i < digits - 1; i++) {
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    }
    return digits - 1;
}

bool chutes__base64_decode(unsigned char *out, size_t *out_len,
                           const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char *const begin = out;
    unsigned seen = 0;
    size_t last;

    *out_len = 0;
    if (len == 0) {
        return true;
    }
    if (len % 4 != 0) {
        return false;
    }
    for (; len > 4; len -= 4, at += 4, out += 3) {
        unsigned a = DIGITS[at[0]];
        unsigned b = DIGITS[at[1]];
        unsigned c = DIGITS[at[2]];
        unsigned d = DIGITS[at[3]];

        seen |= a | b | c | d;
        out[0] = (unsigned char)(a << 2 | b >> 4);
        out[1] = (unsigned char)(b << 4 | c >> 2);
        out[2] = (unsigned char)(c << 6 | d);
    }
    last = decode_last(out, at);
    if (last == 0 || (seen & NO) != 0) {
        return false;
    }
    *out_len = (size_t)(out - begin) + last;
    return true;
}
