/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TRANSCRIPT_TEXT_H
#define CHUTES_CODEC_TRANSCRIPT_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "json/reader.h"

/* The text of a transcript that arrives in pieces. */
struct chutes__transcript_text {
    struct chutes__buf buf;        /* the text received so far */
    struct chutes__json_half half; /* the beginning of a character */
    size_t delta_at; /* where the text of the latest event begins in `buf` */
};

void chutes__transcript_text_init(struct chutes__transcript_text *text,
                                  size_t max_text);
void chutes__transcript_text_dispose(struct chutes__transcript_text *text);

/* Begins the next event, which has no text yet. */
static inline void
chutes__transcript_text_mark(struct chutes__transcript_text *text)
{
    text->delta_at = text->buf.len;
}

/* Returns the text of the latest event. */
static inline struct chutes__slice
chutes__transcript_text_delta(const struct chutes__transcript_text *text)
{
    return text->delta_at == text->buf.len
               ? (struct chutes__slice){"", 0}
               : (struct chutes__slice){text->buf.data + text->delta_at,
                                        text->buf.len - text->delta_at};
}

/* These fail with CHUTES_ERR_TOO_LARGE or _NO_MEMORY, and describe the
 * failure. */

/* Appends a piece, as chutes__chunk_append_text() reads it. */
chutes_status
chutes__transcript_text_append(struct chutes__transcript_text *text,
                               const struct chutes__json_value *piece,
                               chutes_error *error);

/* Replaces the pieces by the whole text, a string. If it begins with the
 * pieces, as it should, its rest is one more piece. */
chutes_status
chutes__transcript_text_replace(struct chutes__transcript_text *text,
                                const struct chutes__json_value *whole,
                                chutes_error *error);

/* Ends the text, which no piece will follow. */
chutes_status
chutes__transcript_text_finish(struct chutes__transcript_text *text,
                               chutes_error *error);

#endif
