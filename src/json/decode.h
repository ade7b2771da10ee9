/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_DECODE_H
#define CHUTES_JSON_DECODE_H

#include "json/reader.h"

/* Decodes a string whose grammar the reader has checked, so that every escape
 * is complete. */
struct chutes__json_decoder {
    const char *at;
    const char *run_end; /* the next backslash, or the end; before `at`: not
                            looked for yet */
    const char *end;
    struct chutes__json_half *half; /* NULL: no other piece will follow */
    char scratch[4];
};

void chutes__json_decoder_init(struct chutes__json_decoder *decoder,
                               struct chutes__slice text);

static inline size_t
chutes__json_decoder_left(const struct chutes__json_decoder *decoder)
{
    return (size_t)(decoder->end - decoder->at);
}

/* Decodes up to the end, or to something that is not a character: a quote, a
 * control character, a malformed escape, or what chutes__json_decoder_next()
 * replaces by U+FFFD. The grammar need not have been checked. Returns where the
 * decoded bytes end, which are no more than those read; `to` needs room for all
 * bytes up to the end. */
char *chutes__json_decode_characters(struct chutes__json_decoder *decoder,
                                     char *to);

/* Returns the next piece: a run of the string's own bytes, or one character
 * that was decoded into `scratch`, or U+FFFD. Returns false at the end. */
bool chutes__json_decoder_next(struct chutes__json_decoder *decoder,
                               struct chutes__slice *piece);

/* Consumes the second half of a surrogate pair and returns the code point, or
 * returns 0 if no second half follows. */
uint32_t chutes__json_complete_pair(struct chutes__json_decoder *decoder,
                                    uint32_t high);

/* U+FFFD. */
struct chutes__slice chutes__json_replacement(void);

#endif
