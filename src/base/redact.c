/* SPDX-License-Identifier: MIT */
#include "base/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { SHORTEST_KEY = 9 };

static const char REDACTED[] = "[redacted]";

/* Something to hide: `lead` bytes stay, `len` bytes behind them go. */
struct secret {
    size_t lead;
    size_t len;
};

/* ASCII only and whatever the locale; `lower` has no capitals. */
static bool starts_with(const char *text, const char *lower)
{
    while (*lower != '\0' && (*text | 0x20) == *lower) {
        text++;
        lower++;
    }
    return *lower == '\0';
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

/* The characters of a bearer token (RFC 6750, 2.1). */
static size_t measure_token(const char *text)
{
    size_t len = 0;

    while (is_alnum(text[len]) ||
           (text[len] != '\0' && strchr("-._~+/=", text[len]) != NULL)) {
        len++;
    }
    return len;
}

static struct secret match_header(const char *text)
{
    /* As parts of their names these also find proxy-authorization and
     * set-cookie. */
    static const char *const names[] = {
        "authorization:", "x-api-key:", "cookie:"};
    struct secret secret = {0, 0};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (starts_with(text, names[i])) {
            secret.lead = strlen(names[i]);
            secret.lead += strspn(text + secret.lead, " \t");
            secret.len = strcspn(text + secret.lead, "\r\n");
        }
    }
    return secret;
}

static struct secret match_bearer(const char *text)
{
    struct secret secret = {0, 0};

    if (starts_with(text, "bearer ")) {
        secret.lead = 6 + strspn(text + 6, " ");
        secret.len = measure_token(text + secret.lead);
    }
    return secret;
}

static struct secret match_url(const char *text)
{
    struct secret secret = {2, 0};
    size_t authority;

    if (text[0] != '/' || text[1] != '/') {
        return secret;
    }
    for (authority = strcspn(text + 2, "/?# \t\r\n\"'<>"); authority > 0;
         authority--) {
        if (text[2 + authority] == '@') {
            secret.len = authority;
            break;
        }
    }
    return secret;
}

static struct secret match_key(const char *text, char before)
{
    static const char *const starts[] = {"cpk_", "cak_", "crt_", "csc_", "sk-"};
    struct secret secret = {0, 0};
    size_t i;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0) {
            secret.len = measure_token(text);
        }
    }
    /* Not in the middle of a word such as "task-oriented". */
    if (secret.len < SHORTEST_KEY || is_alnum(before)) {
        secret.len = 0;
    }
    return secret;
}

static struct secret match_secret(const char *text, char before)
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

/* Never longer than what it replaces, which may be the text's whole room. */
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

static void hide(char *text, struct secret (*match)(const char *, char))
{
    const char *from = text;
    char *to = text;
    char before = '\0';

    while (*from != '\0') {
        struct secret secret = match(from, before);

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
    /* The text only becomes shorter: the end of a secret may be left over. */
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
