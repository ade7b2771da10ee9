/* SPDX-License-Identifier: MIT */
/* Recognizes how most servers write the log probability of a token: there are
 * many of them, and this costs a fraction of reading any JSON. */
#include "codec/logprob_scan.h"

#include "base/utf8.h"
#include "codec/fields.h"
#include "json/block.h"
#include "json/reader.h"

/* Returns the position behind the literal. NULL stays NULL. */
static inline const char *pass(const char *at, const char *end,
                               struct chutes__slice literal)
{
    return at != NULL && (size_t)(end - at) > literal.len &&
                   memcmp(at, literal.data, literal.len) == 0
               ? at + literal.len
               : NULL;
}

/* Returns the closing quote of a string that has no escapes and is valid UTF-8,
 * or NULL. Not inlined, because most tokens are ASCII. */
__attribute__((noinline)) static const char *find_quote(const char *at,
                                                        const char *end)
{
    const char *begin = at;

    while (end - at >= CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_escapes(at);

        if (flags != 0) {
            size_t len;

            at += chutes__json_first_flagged(flags);
            len = (size_t)(at - begin);
            return *at == '"' && chutes__utf8_valid_prefix(begin, len) == len
                       ? at
                       : NULL;
        }
        at += CHUTES__JSON_BLOCK;
    }
    return NULL;
}

#define TEN(tens)                                                         \
    tens "0", tens "1", tens "2", tens "3", tens "4", tens "5", tens "6", \
        tens "7", tens "8", tens "9"

/* How each byte is written. */
static const char NUMBERS[][sizeof("255")] = {
    TEN(""),   TEN("1"),  TEN("2"),  TEN("3"),  TEN("4"),  TEN("5"),  TEN("6"),
    TEN("7"),  TEN("8"),  TEN("9"),  TEN("10"), TEN("11"), TEN("12"), TEN("13"),
    TEN("14"), TEN("15"), TEN("16"), TEN("17"), TEN("18"), TEN("19"), TEN("20"),
    TEN("21"), TEN("22"), TEN("23"), TEN("24"), "250",     "251",     "252",
    "253",     "254",     "255"};

/* Returns the position behind the number of a byte, or NULL. The number has two
 * or three digits, because the byte is no control character. */
static inline const char *pass_byte(const char *at, unsigned char byte)
{
    const char *number = NUMBERS[byte];

    if (memcmp(at, number, 2) != 0) {
        return NULL;
    }
    if (number[2] == '\0') {
        return at + 2;
    }
    return at[2] == number[2] ? at + 3 : NULL;
}

/* Returns the position behind the numbers of all bytes and the bracket. */
static inline const char *pass_bytes(const char *at, const char *end,
                                     struct chutes__slice bytes)
{
    enum { MAX_LEN = sizeof("255,") - 1 };

    if (bytes.len == 0 || (size_t)(end - at) / MAX_LEN < bytes.len) {
        return NULL;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        at = pass_byte(at, (unsigned char)bytes.data[i]);
        if (at == NULL || (*at != ',' && i + 1 < bytes.len)) {
            return NULL;
        }
        at++;
    }
    return at[-1] == ']' ? at : NULL;
}

const char *chutes__logprob_scan(const char *at, const char *end,
                                 struct chutes__logprob_text *usual)
{
    const struct chutes__slice token = CHUTES__FIELD("\"token\":\"");
    const struct chutes__slice logprob = CHUTES__FIELD("\",\"logprob\":");
    const struct chutes__slice bytes = CHUTES__FIELD(",\"bytes\":[");
    const char *quote;

    at = pass(at, end, token);
    if (at == NULL) {
        return NULL;
    }
    usual->token.data = at;
    quote = chutes__json_scan_ascii(at, end);
    at = quote != NULL ? quote : find_quote(at, end);
    if (at == NULL) {
        return NULL;
    }
    usual->token.len = (size_t)(at - usual->token.data);
    at = pass(at, end, logprob);
    if (at != NULL) {
        at = chutes__json_scan_double(at, end, &usual->logprob);
    }
    at = pass(at, end, bytes);
    return at != NULL ? pass_bytes(at, end, usual->token) : NULL;
}
