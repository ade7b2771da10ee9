/* SPDX-License-Identifier: MIT */
/* Copies the parts of strings that need no decoding, a block at a time: the
 * whole block is copied before it is known how much of it is plain. */
#include "json/copy.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Returns a bit for each of eight bytes, the first in the lowest bit. */
INLINE unsigned flag_8(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t low = ones * 0x7F;
    uint64_t word;
    uint64_t others;

    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    /* The top bit of each byte that is no backslash. The lower bits are added
     * without the top bit, so nothing carries into the next byte. */
    others = word ^ ones * '\\';
    others = ((others & low) + low) | others;
    /* The multiplication gathers the eight top bits in the highest byte. */
    return (unsigned)((((~others | word) & ones * 0x80) >> 7) *
                          0x0102040810204080U >>
                      56);
}

/* `flag` looks at `block` bytes. */
INLINE size_t copy(char *to, const char *from, size_t len, size_t block,
                   unsigned (*flag)(const char *bytes))
{
    size_t i = 0;

    for (; len - i >= block; i += block) {
        unsigned bits = flag(from + i);

        memcpy(to + i, from + i, block);
        if (bits != 0) {
            return i + (size_t)__builtin_ctz(bits);
        }
    }
    while (i < len && from[i] != '\\' && ((unsigned char)from[i] & 0x80) == 0) {
        to[i] = from[i];
        i++;
    }
    return i;
}

size_t chutes__json_copy_plain_portable(char *to, const char *from, size_t len)
{
    return copy(to, from, len, 8, flag_8);
}

#ifdef __SSE2__
INLINE unsigned flag_16(const char *bytes)
{
    __m128i block = _mm_loadu_si128((const void *)bytes);
    __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));

    /* The top bit of a non-ASCII byte is set already. */
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(block, backslashes));
}

size_t chutes__json_copy_plain(char *to, const char *from, size_t len)
{
    return copy(to, from, len, 16, flag_16);
}
#else
size_t chutes__json_copy_plain(char *to, const char *from, size_t len)
{
    return chutes__json_copy_plain_portable(to, from, len);
}
#endif
