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
 * Returns the position behind such text. Returns NULL if there are blanks or
 * escapes in it, the members differ, or the bytes are not those of the token,
 * which is valid UTF-8.
 */
const char *chutes__logprob_scan(const char *at, const char *end,
                                 struct chutes__logprob_text *usual);

#endif
