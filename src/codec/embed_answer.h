/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_EMBED_ANSWER_H
#define CHUTES_CODEC_EMBED_ANSWER_H

#include <stddef.h>

#include <chutes/response.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/matrix.h"

/*
 * An answer with vectors. While it arrives, complete items may be removed from
 * the text, so that their JSON doesn't need memory in addition to the vectors.
 * An empty object replaces them, so the rest is a valid document if the answer
 * is one. A wrong answer is rejected only at its end, with the same message as
 * if nothing had been removed.
 */
struct chutes__embed_answer {
    struct chutes__matrix matrix;
    size_t max_depth;
    size_t batch;    /* new bytes after which to read the text */
    size_t next_try; /* length of the text at which to read it next */
    size_t searched; /* length of the text when it was last searched */
};

/* What an answer holds besides its vectors. */
struct chutes__embed_summary {
    const char *model; /* "" if there is none */
    chutes_usage usage;
    bool has_usage;
};

/* Where to store the vectors of an answer, and what they must be. */
struct chutes__embed_shape {
    struct chutes__rows *rows;
    size_t first; /* number of its first row */
    size_t count;
    size_t dimension; /* 0: any, but the same for all */
};

void chutes__embed_answer_init(struct chutes__embed_answer *answer,
                               struct chutes__embed_shape shape,
                               size_t max_depth);

/* Drops what has arrived, and releases the places of its rows. */
void chutes__embed_answer_clear(struct chutes__embed_answer *answer);

/* Call this after appending bytes to the text. If there are enough new bytes,
 * it reads the complete items and removes them. Nothing else may change the
 * text. */
void chutes__embed_answer_consume(struct chutes__embed_answer *answer,
                                  struct chutes__buf *text);

/*
 * Finishes a complete answer: reads the rest of its text and assigns each row
 * in `rows` its number. The model is stored in the arena. The message of
 * CHUTES_ERR_PROTOCOL names the path and what is wrong with it, such as
 * "data[3].embedding: dimension 3, expected 4".
 */
chutes_status chutes__embed_answer_finish(struct chutes__embed_answer *answer,
                                          struct chutes__slice text,
                                          struct chutes__arena *arena,
                                          struct chutes__embed_summary *summary,
                                          chutes_error *error)
    __attribute__((warn_unused_result));

#endif
