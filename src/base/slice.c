/* SPDX-License-Identifier: MIT */
/* Comparisons that ignore the case of ASCII letters. Those of the C library
 * depend on the locale, which belongs to the application. */
#include "base/slice.h"

static char to_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool equals_nocase(const char *left, const char *right, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (to_lower(left[i]) != to_lower(right[i])) {
            return false;
        }
    }
    return true;
}

bool chutes__slice_equals_nocase(struct chutes__slice left,
                                 struct chutes__slice right)
{
    return left.len == right.len &&
           equals_nocase(left.data, right.data, left.len);
}

bool chutes__slice_is_nocase(struct chutes__slice slice, const char *text)
{
    size_t i = 0;

    /* Most comparisons, of one header's name with many, end at once: letters
     * that are the same differ in this bit at most. */
    if (slice.len > 0 && ((slice.data[0] ^ text[0]) & ~('a' ^ 'A')) != 0) {
        return false;
    }
    while (i < slice.len && text[i] != '\0' &&
           to_lower(slice.data[i]) == to_lower(text[i])) {
        i++;
    }
    return i == slice.len && text[i] == '\0';
}

bool chutes__slice_starts_with_nocase(struct chutes__slice slice,
                                      const char *start)
{
    size_t len = strlen(start);

    return slice.len >= len && equals_nocase(slice.data, start, len);
}

const char *chutes__slice_find_nocase(struct chutes__slice slice,
                                      const char *needle)
{
    size_t len = strlen(needle);

    for (size_t i = 0; len <= slice.len && i <= slice.len - len; i++) {
        if (equals_nocase(slice.data + i, needle, len)) {
            return slice.data + i;
        }
    }
    return NULL;
}

bool chutes__slice_is_in_domain(struct chutes__slice host, const char *domain)
{
    size_t len = strlen(domain);
    size_t lead;

    if (host.len < len) {
        return false;
    }
    lead = host.len - len;
    return equals_nocase(host.data + lead, domain, len) &&
           (lead == 0 || host.data[lead - 1] == '.');
}
