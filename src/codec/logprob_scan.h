/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_LOGPROB_SCAN_H
#define CHUTES_CODEC_LOGPROB_SCAN_H

#include "base/slice.h"

/* The values in the usual text of an entry. The token points into the text. */
struct chutes__logprob_text {
    struct chutes__slice token;
    double logprob;
};

/*
 * Most servers write the first members of a token, or of an alternative to it,
 * like this:
 *
 *     "token":" the","logprob":-0.25,"bytes":[32,116,104,101]
 *
 * Returns the position after such text. Returns NULL if it contains blanks or
 * escapes, if the members differ, if the token isn't valid UTF-8, or if the
 * bytes are not those of the token.
 */
const char *chutes__logprob_scan(const char *at, const char *end,
                                 struct chutes__logprob_text *usual);

#endif
