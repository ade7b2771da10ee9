/* SPDX-License-Identifier: MIT */
/*
 * Checks what a URL or a path must not contain, even if libcurl would accept
 * it.
 */
#include "transport/url_check.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

/* Returns what is between "//" and the path; empty: there is no "//". */
static struct chutes__slice find_authority(const char *text)
{
    const char *start = strstr(text, "//");

    if (start == NULL) {
        return (struct chutes__slice){text, 0};
    }
    start += 2;
    return (struct chutes__slice){start, strcspn(start, "/?#")};
}

static bool has(struct chutes__slice text, char c)
{
    return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

static const char *check_bytes(const char *text)
{
    size_t len = strlen(text);

    if (len > CHUTES__MAX_URL) {
        return "is longer than 2048 bytes";
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return "has a blank, a control character or a non-ASCII character";
        }
        if (strchr("\\\"<>^`{|}", text[i]) != NULL) {
            return "has a character that no URL may have";
        }
    }
    return NULL;
}

static int hex_value(char c)
{
    if (chutes__is_digit(c)) {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *check_escapes(const char *text)
{
    for (const char *at = strchr(text, '%'); at != NULL;
         at = strchr(at + 1, '%')) {
        int high = hex_value(at[1]);
        int low = high < 0 ? -1 : hex_value(at[2]);
        int byte = high * 16 + low;

        if (low < 0) {
            return "has a % that is not followed by two hexadecimal digits";
        }
        if (byte < 0x20 || byte == 0x7F) {
            return "has an escaped control character";
        }
    }
    return NULL;
}

static const char *check_parts(const char *text)
{
    struct chutes__slice authority = find_authority(text);

    const struct chutes__slice url = chutes__slice_of(text);

    if (!chutes__slice_starts_with_nocase(url, "https://") &&
        !chutes__slice_starts_with_nocase(url, "http://")) {
        return "must begin with https:// (or http:// on a loopback host)";
    }
    if (has(authority, '@')) {
        return "must not contain a user name or a password";
    }
    if (strchr(text, '#') != NULL) {
        return "must not contain a fragment (#)";
    }
    if (authority.len == 0 || authority.data[0] == ':') {
        return "has no host";
    }
    /* A "%" would belong to an escaped name or to an IPv6 zone, which parsers
     * decode differently. */
    if (has(authority, '%')) {
        return "must not contain % in the host";
    }
    if (authority.data[authority.len - 1] == ':') {
        return "has an empty port";
    }
    return NULL;
}

const char *chutes__url_check(const char *text)
{
    const char *complaint = check_bytes(text);

    if (complaint == NULL) {
        complaint = check_parts(text);
    }
    return complaint != NULL ? complaint : check_escapes(text);
}

/* ---- paths --------------------------------------------------------------- */

/* Returns the length of a dot at the start of `text`, which may be escaped; 0:
 * there is none. */
static size_t dot_len(const char *text)
{
    if (*text == '.') {
        return 1;
    }
    return text[0] == '%' && text[1] == '2' && (text[2] | 0x20) == 'e' ? 3 : 0;
}

/* Is this segment, which ends at a slash, "." or ".."? */
static bool is_dots(const char *segment)
{
    size_t first = dot_len(segment);
    const char *rest = segment + first;

    if (first == 0) {
        return false;
    }
    rest += dot_len(rest);
    return *rest == '/' || *rest == '\0';
}

static bool has_dots(const char *path)
{
    while (path != NULL) {
        if (is_dots(path)) {
            return true;
        }
        path = strchr(path, '/');
        path = path != NULL ? path + 1 : NULL;
    }
    return false;
}

const char *chutes__url_check_path(const char *path)
{
    const char *complaint = check_bytes(path);

    if (complaint != NULL) {
        return complaint;
    }
    if (strpbrk(path, "?#") != NULL) {
        return "must not contain a fragment (#)";
    }
    if (path[0] == '/') {
        return "must not begin with two slashes";
    }
    if (has_dots(path)) {
        return "must not contain a segment \".\" or \"..\"";
    }
    return check_escapes(path);
}
