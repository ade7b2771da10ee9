/* SPDX-License-Identifier: MIT */
/* Recognizes how most servers write the log probability of a token: there are
 * many of them, and this costs a fraction of reading any JSON. */
#include "codec/logprob_scan.h"

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

/* Returns the position behind the number of a character: of two or three
 * digits, as it is ASCII and no control character. */
static inline const char *pass_byte(const char *at, unsigned byte)
{
    if (byte >= 100) {
        if (*at++ != '1') {
            return NULL;
        }
        byte -= 100;
    }
    return (unsigned)at[0] == '0' + byte / 10 &&
                   (unsigned)at[1] == '0' + byte % 10
               ? at + 2
               : NULL;
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

    at = pass(at, end, token);
    usual->token.data = at;
    at = at != NULL ? chutes__json_scan_ascii(at, end) : NULL;
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
