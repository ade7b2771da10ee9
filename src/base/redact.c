/* SPDX-License-Identifier: MIT */
/* Removes secrets from text that leaves the library: log lines and error
 * messages. */
#include "base/redact.h"

#include "base/count.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Keys are far longer; a shorter word, such as "sk-learn", is left alone. */
enum { MIN_KEY_LEN = 9 };

static const char REDACTED[] = "[redacted]";

/* A secret in a text: the first `lead` bytes stay, and the `len` bytes after
 * them are replaced. Searched texts end with a NUL, so strspn() is safe. */
struct secret {
    size_t lead;
    size_t len;
};

static bool is_alnum(char c)
{
    return chutes__is_digit(c) || chutes__is_letter(c);
}

/* Counts the characters of a bearer token (RFC 6750, 2.1). */
static size_t measure_token(const char *text)
{
    size_t len = 0;

    while (is_alnum(text[len]) ||
           (text[len] != '\0' && strchr("-._~+/=", text[len]) != NULL)) {
        len++;
    }
    return len;
}

static struct secret match_header(struct chutes__slice text)
{
    /* These also match the ends of proxy-authorization and set-cookie. */
    static const char *const names[] = {
        "authorization:", "x-api-key:", "cookie:"};
    struct secret secret = {0, 0};

    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        if (chutes__slice_starts_with_nocase(text, names[i])) {
            secret.lead = strlen(names[i]);
            secret.lead += strspn(text.data + secret.lead, " \t");
            secret.len = strcspn(text.data + secret.lead, "\r\n");
        }
    }
    return secret;
}

static struct secret match_bearer(struct chutes__slice text)
{
    struct secret secret = {0, 0};

    if (chutes__slice_starts_with_nocase(text, "bearer ")) {
        secret.lead = 6 + strspn(text.data + 6, " ");
        secret.len = measure_token(text.data + secret.lead);
    }
    return secret;
}

static struct secret match_url(struct chutes__slice text)
{
    struct secret secret = {2, 0};
    size_t authority;

    if (!chutes__slice_starts_with(text, "//")) {
        return secret;
    }
    /* Search backwards: a password may hold an '@' itself. */
    for (authority = strcspn(text.data + 2, "/?# \t\r\n\"'<>"); authority > 0;
         authority--) {
        if (text.data[2 + authority] == '@') {
            secret.len = authority;
            break;
        }
    }
    return secret;
}

static struct secret match_key(struct chutes__slice text, char before)
{
    static const char *const starts[] = {"cpk_", "cak_", "crt_", "csc_", "sk-"};
    struct secret secret = {0, 0};

    for (size_t i = 0; i < CHUTES__COUNT(starts); i++) {
        if (chutes__slice_starts_with(text, starts[i])) {
            secret.len = measure_token(text.data);
        }
    }
    /* Ignore a match within a word, such as "sk-" in "task-oriented". */
    if (secret.len < MIN_KEY_LEN || is_alnum(before)) {
        secret.len = 0;
    }
    return secret;
}

static struct secret match_secret(struct chutes__slice text, char before)
{
    struct secret secret = match_header(text);

    if (secret.len == 0) {
        secret = match_bearer(text);
    }
    if (secret.len == 0) {
        secret = match_url(text);
    }
    return secret.len > 0 ? secret : match_key(text, before);
}

/* The replacement is never longer than the secret, so the text never grows. */
static size_t write_replacement(char *to, size_t len)
{
    size_t width = sizeof(REDACTED) - 1;

    if (len < width) {
        memset(to, '*', len);
        return len;
    }
    memcpy(to, REDACTED, width);
    return width;
}

static void hide(char *text, struct secret (*match)(struct chutes__slice, char))
{
    const char *end = text + strlen(text);
    const char *from = text;
    char *to = text;
    char before = '\0';

    while (from < end) {
        const struct chutes__slice rest = {from, (size_t)(end - from)};
        struct secret secret = match(rest, before);

        if (secret.len == 0) {
            before = *from;
            *to++ = *from++;
            continue;
        }
        memmove(to, from, secret.lead);
        to += secret.lead;
        to += write_replacement(to, secret.len);
        from += secret.lead + secret.len;
        before = '\0';
    }
    /* The text may have become shorter, and its old end may hold part of a
     * secret. */
    memset(to, 0, (size_t)(from - to) + 1);
}

void chutes__redact(char *text)
{
    hide(text, match_secret);
}

void chutes__redact_keys(char *text)
{
    hide(text, match_key);
}
