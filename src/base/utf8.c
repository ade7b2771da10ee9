/* SPDX-License-Identifier: MIT */
/* UTF-8 as Unicode 15 defines it. Text from servers is mostly ASCII, so runs of
 * ASCII are checked eight bytes at a time. */
#include "base/utf8.h"

#include <string.h>

/* Unicode 15, table 3-7, lists the ranges. */
int chutes__utf8_sequence(const char *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned lead = at[0];
    unsigned low = 0x80;
    unsigned high = 0xBF;
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (lead < 0x80) {
        return 1;
    }
    if (lead == 0xE0 || lead == 0xF0) {
        low = lead == 0xE0 ? 0xA0 : 0x90; /* shorter forms exist below */
    } else if (lead == 0xED) {
        high = 0x9F; /* surrogates follow */
    } else if (lead == 0xF4) {
        high = 0x8F; /* U+10FFFF is the last */
    }
    if (lead < 0xC2 || lead > 0xF4 || len < 2 || at[1] < low || at[1] > high) {
        return -1;
    }
    for (int i = 2; i < length; i++) {
        if ((size_t)i == len || (at[i] & 0xC0) != 0x80) {
            return -i;
        }
    }
    return length;
}

static size_t skip_ascii(const char *bytes, size_t len)
{
    size_t i = 0;

    for (; len - i >= 8; i += 8) {
        uint64_t word;

        memcpy(&word, bytes + i, 8);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
    }
    while (i < len && (unsigned char)bytes[i] < 0x80) {
        i++;
    }
    return i;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* A short form of chutes__utf8_sequence() for the letters of most scripts.
 * Returns 0 for all other sequences. */
static int match_letter(const char *bytes, size_t len)
{
    unsigned char lead = (unsigned char)bytes[0];

    if (len < 3 || !is_continuation(bytes[1])) {
        return 0;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    /* Some second bytes are invalid after 0xE0 and 0xED. */
    return lead > 0xE0 && lead <= 0xEF && lead != 0xED &&
                   is_continuation(bytes[2])
               ? 3
               : 0;
}

size_t chutes__utf8_valid_prefix(const char *bytes, size_t len)
{
    size_t i = skip_ascii(bytes, len);

    while (i < len) {
        int step = match_letter(bytes + i, len - i);

        if (step == 0) {
            step = chutes__utf8_sequence(bytes + i, len - i);
        }
        if (step < 0) {
            return i;
        }
        i += (size_t)step;
        /* Letters of one script usually follow each other: looking for ASCII
         * after each of them would cost more time than it saves. */
        if (step == 1) {
            i += skip_ascii(bytes + i, len - i);
        }
    }
    return i;
}

size_t chutes__utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

static size_t measure_clean(const char *bytes, size_t len)
{
    size_t valid = chutes__utf8_valid_prefix(bytes, len);
    const char *nul = memchr(bytes, '\0', valid);

    return nul == NULL ? valid : (size_t)(nul - bytes);
}

/* Returns the length of what one U+FFFD replaces: a NUL or a maximal subpart of
 * an invalid sequence. */
static size_t measure_invalid(const char *bytes, size_t len)
{
    int step = chutes__utf8_sequence(bytes, len);

    return (size_t)(step < 0 ? -step : step);
}

chutes_status chutes__utf8_append_clean(struct chutes__buf *buf,
                                        const char *bytes, size_t len)
{
    chutes_status status = CHUTES_OK;
    size_t start = buf->len;
    size_t i = 0;

    while (i < len && status == CHUTES_OK) {
        size_t clean = measure_clean(bytes + i, len - i);

        status = chutes__buf_append(buf, bytes + i, clean);
        i += clean;
        if (i < len && status == CHUTES_OK) {
            status = chutes__buf_append_str(buf, CHUTES__UTF8_REPLACEMENT);
            i += measure_invalid(bytes + i, len - i);
        }
    }
    if (status != CHUTES_OK) {
        chutes__buf_cut(buf, start);
    }
    return status;
}
