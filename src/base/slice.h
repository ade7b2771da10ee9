/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_SLICE_H
#define CHUTES_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes, not NUL-terminated. */
struct chutes__slice {
    const char *data;
    size_t len;
};

static inline struct chutes__slice chutes__slice_of(const char *text)
{
    return (struct chutes__slice){text, strlen(text)};
}

/* Reads at most slice.len + 1 bytes of `text`, so a long text costs no more
 * than a short one. The compiler knows the length of a literal. */
static inline bool chutes__slice_is(struct chutes__slice slice,
                                    const char *text)
{
    size_t len = __builtin_constant_p(strlen(text))
                     ? strlen(text)
                     : strnlen(text, slice.len + 1);

    return len == slice.len && memcmp(slice.data, text, len) == 0;
}

static inline bool chutes__slice_starts_with(struct chutes__slice slice,
                                             const char *start)
{
    size_t len = strlen(start);

    return slice.len >= len && memcmp(slice.data, start, len) == 0;
}

static inline bool chutes__slice_ends_with(struct chutes__slice slice,
                                           const char *end)
{
    size_t len = strlen(end);

    return slice.len >= len &&
           memcmp(slice.data + slice.len - len, end, len) == 0;
}

/*
 * These ignore the case of ASCII letters and of no others, so header names,
 * hosts and media types compare the same way in every locale.
 */
bool chutes__slice_equals_nocase(struct chutes__slice left,
                                 struct chutes__slice right);
bool chutes__slice_is_nocase(struct chutes__slice slice, const char *text);
bool chutes__slice_starts_with_nocase(struct chutes__slice slice,
                                      const char *start);
/* Returns the first occurrence of `needle`, or NULL. */
const char *chutes__slice_find_nocase(struct chutes__slice slice,
                                      const char *needle);

/* Returns true if `host` is `domain` or a subdomain of it; also ignores
 * case. */
bool chutes__slice_is_in_domain(struct chutes__slice host, const char *domain);

/* Sets of bytes from 0 to ' ', one bit per byte, for chutes__slice_trim(). */
#define CHUTES__BLANKS_HTTP (UINT64_C(1) << ' ' | UINT64_C(1) << '\t')
#define CHUTES__BLANKS_JSON \
    (CHUTES__BLANKS_HTTP | UINT64_C(1) << '\r' | UINT64_C(1) << '\n')
#define CHUTES__BLANKS_CONTROL (UINT64_MAX >> (63 - ' ')) /* all of them */

static inline bool chutes__is_blank(char c, uint64_t blanks)
{
    return (unsigned char)c <= ' ' && (blanks >> c & 1) != 0;
}

/* Work like isdigit() and isalpha(), but accept only ASCII in every locale. */
static inline bool chutes__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool chutes__is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Returns the slice without the blanks at its start. */
static inline struct chutes__slice
chutes__slice_trim_start(struct chutes__slice slice, uint64_t blanks)
{
    while (slice.len > 0 && chutes__is_blank(slice.data[0], blanks)) {
        slice.data++;
        slice.len--;
    }
    return slice;
}

/* Returns the slice without the blanks at both ends. */
static inline struct chutes__slice
chutes__slice_trim(struct chutes__slice slice, uint64_t blanks)
{
    slice = chutes__slice_trim_start(slice, blanks);
    while (slice.len > 0 &&
           chutes__is_blank(slice.data[slice.len - 1], blanks)) {
        slice.len--;
    }
    return slice;
}

/* Returns the slice without a byte order mark at its start, and without white
 * space and control characters at both ends. */
static inline struct chutes__slice
chutes__slice_trim_text(struct chutes__slice slice)
{
    if (chutes__slice_starts_with(slice, "\xEF\xBB\xBF")) {
        slice.data += 3;
        slice.len -= 3;
    }
    return chutes__slice_trim(slice, CHUTES__BLANKS_CONTROL);
}

#endif
