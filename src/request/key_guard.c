/* SPDX-License-Identifier: MIT */
/*
 * Removes the key from texts that servers or libraries wrote.
 */
#include "request/key_guard.h"

#include "base/count.h"
#include "base/slice.h"

#include <stdbool.h>
#include <string.h>

enum {
    /* A shorter one is no secret, see key_guard.h. */
    MIN_KEY = 8,
    /* This many characters in a row could disclose a key. */
    MAX_NEEDED = 16,
    MIN_VALUE = 20 /* in a query, under any name */
};

static const char REPLACEMENT[] = "[redacted]";

/* Returns how many characters in a row disclose a key: half of it, within
 * limits. */
static size_t measure_part(size_t key_len)
{
    size_t part = key_len / 2;

    if (part < MIN_KEY) {
        return MIN_KEY;
    }
    return part < MAX_NEEDED ? part : MAX_NEEDED;
}

/* Returns how many characters at the start of the text are found in a row in
 * the key; 0 when they are fewer than `enough`. */
static size_t match(const char *text, struct chutes__slice key, size_t enough)
{
    size_t longest = 0;

    for (; key.len > 0; key.data++, key.len--) {
        size_t len = 0;

        while (len < key.len && text[len] == key.data[len]) {
            len++;
        }
        longest = len > longest ? len : longest;
    }
    return longest >= enough ? longest : 0;
}

static void redact(char *text, struct chutes__slice key)
{
    const size_t width = sizeof(REPLACEMENT) - 1;
    char *to = text;

    if (key.len < MIN_KEY) {
        return;
    }
    while (*text != '\0') {
        size_t len = match(text, key, measure_part(key.len));

        if (len == 0) {
            *to++ = *text++;
            continue;
        }
        text += len;
        if (len < width) {
            memset(to, '*', len);
            to += len;
        } else {
            memcpy(to, REPLACEMENT, width);
            to += width;
        }
    }
    /* The text became shorter: what follows it may be the end of the key. */
    memset(to, 0, (size_t)(text - to) + 1);
}

static void redact_error(chutes_error *error, struct chutes__slice key)
{
    redact(error->code, key);
    redact(error->type, key);
    redact(error->param, key);
    redact(error->request_id, key);
    redact(error->message, key);
}

void chutes__key_guard_text(char *text, const char *key)
{
    redact(text, (struct chutes__slice){key, strlen(key)});
}

void chutes__key_guard_error(chutes_error *error, const char *key)
{
    redact_error(error, (struct chutes__slice){key, strlen(key)});
}

/* Judges a value by the name of its parameter, or by its length alone. */
static bool may_be_key(struct chutes__slice name, size_t len)
{
    static const char *const words[] = {"key",  "token", "secret", "sig",
                                        "pass", "auth",  "code"};

    for (size_t i = 0; i < CHUTES__COUNT(words); i++) {
        if (chutes__slice_find_nocase(name, words[i]) != NULL) {
            return len >= MIN_KEY;
        }
    }
    return len >= MIN_VALUE;
}

/* Finds the next value that may be a key. Returns what follows it in the query;
 * NULL: there is none. */
static const char *next_value(const char *query, struct chutes__slice *value)
{
    while (*query != '\0') {
        const char *end = query + strcspn(query, "&");
        const char *equals = memchr(query, '=', (size_t)(end - query));
        const char *start = equals == NULL ? end : equals + 1;
        const struct chutes__slice name = {query, (size_t)(start - query)};

        value->data = start;
        value->len = (size_t)(end - start);
        query = *end == '&' ? end + 1 : end;
        if (may_be_key(name, value->len)) {
            return query;
        }
    }
    return NULL;
}

void chutes__key_guard_query_text(char *text, const char *query)
{
    struct chutes__slice value;

    while ((query = next_value(query, &value)) != NULL) {
        redact(text, value);
    }
}

void chutes__key_guard_query_error(chutes_error *error, const char *query)
{
    struct chutes__slice value;

    while ((query = next_value(query, &value)) != NULL) {
        redact_error(error, value);
    }
}
