/* SPDX-License-Identifier: MIT */
/* Strings in pieces, which may end inside an escape or a character. */
#include "toolkit/partial_string.h"

#include <string.h>

#include "json/block.h"

static bool is_hex(char byte)
{
    return chutes__is_digit(byte) ||
           ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* Returns the length of the escape, 0 if more bytes are needed, or -1 if there
 * is no such escape. */
static int measure_escape(const char *at, size_t len)
{
    if (len < 2) {
        return 0;
    }
    if (at[1] != 'u') {
        return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ? 2 : -1;
    }
    for (size_t i = 2; i < CHUTES__LONG_ESCAPE; i++) {
        if (i == len) {
            return 0;
        }
        if (!is_hex(at[i])) {
            return -1;
        }
    }
    return CHUTES__LONG_ESCAPE;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Returns the first byte that is not plain ASCII text. */
static const char *skip_plain(const char *at, const char *end)
{
    for (; end - at >= CHUTES__JSON_BLOCK; at += CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_special(at);

        if (flags != 0) {
            return at + chutes__json_first_flagged(flags);
        }
    }
    while (at < end && is_plain((unsigned char)*at)) {
        at++;
    }
    return at;
}

/* Returns where the text ends that can be decoded: at a quote, at a control
 * character, at an escape that is cut off or invalid, or at the end. *plain
 * becomes true if the bytes are their own decoded text. */
static const char *skip_text(const char *at, const char *end, bool *plain)
{
    *plain = true;
    for (;;) {
        int len = 1;

        at = skip_plain(at, end);
        if (at == end || *at == '"' || (unsigned char)*at < 0x20) {
            return at;
        }
        if (*at == '\\') {
            len = measure_escape(at, (size_t)(end - at));
        }
        if (len <= 0) {
            return at;
        }
        at += len;
        *plain = false;
    }
}

static void check(struct chutes__partial_string *string, chutes_status status)
{
    if (string->status == CHUTES_OK) {
        string->status = status;
    }
}

static void decode(struct chutes__partial_string *string,
                   struct chutes__slice text, bool plain,
                   struct chutes__buf *to)
{
    const struct chutes__json_value value = {CHUTES__JSON_STRING, plain, text};

    check(string, chutes__json_append_piece(&value, &string->half, to));
}

/* Adds a byte to an escape that was cut off. */
static const char *continue_escape(struct chutes__partial_string *string,
                                   const char *at, struct chutes__buf *to)
{
    int len;

    string->escape[string->escape_len++] = *at;
    len = measure_escape(string->escape, string->escape_len);
    if (len < 0) {
        string->fault =
            string->escape_len == 2 ? "an unknown escape" : "not a hex digit";
        return at;
    }
    if (len > 0) {
        string->escape_len = 0;
        decode(string, (struct chutes__slice){string->escape, (size_t)len},
               false, to);
    }
    return at + 1;
}

const char *chutes__partial_string_read(struct chutes__partial_string *string,
                                        const char *at, const char *end,
                                        struct chutes__buf *to)
{
    while (at < end && string->fault == NULL) {
        const char *from = at;
        bool plain;

        if (string->escape_len > 0) {
            at = continue_escape(string, at, to);
            continue;
        }
        at = skip_text(at, end, &plain);
        decode(string, (struct chutes__slice){from, (size_t)(at - from)}, plain,
               to);
        if (at == end) {
            break;
        }
        if (*at == '"') {
            check(string, chutes__json_append_half(&string->half, to));
            break;
        }
        if (*at == '\\') {
            string->escape[string->escape_len++] = *at++;
        } else {
            string->fault = "a control character in a string";
        }
    }
    return at;
}
