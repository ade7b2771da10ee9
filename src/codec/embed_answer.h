/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_EMBED_ANSWER_H
#define CHUTES_CODEC_EMBED_ANSWER_H

#include <stddef.h>

#include <chutes/response.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/matrix.h"

/*
 * An answer with vectors. While it arrives, its whole items may be taken out of
 * the text, so that the vectors need no memory besides their own. An empty
 * object stands for the items that were taken, so the rest is a valid document
 * if the answer is one. A wrong answer is refused only at its end, in the same
 * words as if the whole text were there.
 */
struct chutes__embed_answer {
    struct chutes__matrix matrix;
    size_t max_depth;
    size_t batch;    /* new bytes after which the text is read again */
    size_t next_try; /* the length at which it is read next */
    size_t searched; /* its length when it was last searched for items */
};

/* What it tells besides its vectors. */
struct chutes__embed_told {
    const char *model; /* "": nothing */
    chutes_usage usage;
    bool has_usage;
};

/* Where its vectors go to, and what they have to be. */
struct chutes__embed_shape {
    struct chutes__rows *rows;
    size_t first; /* row */
    size_t count;
    size_t dimension; /* 0: any, as long as all have the same */
};

void chutes__embed_answer_init(struct chutes__embed_answer *answer,
                               struct chutes__embed_shape shape,
                               size_t max_depth);

/* Forgets what came, and gives the places of its rows back. */
void chutes__embed_answer_clear(struct chutes__embed_answer *answer);

/* Bytes were appended to the text: if there are enough of them, reads the whole
 * items and takes them out. Nothing else may change the text. */
void chutes__embed_answer_consume(struct chutes__embed_answer *answer,
                                  struct chutes__buf *text);

/*
 * The answer is whole: reads the rest of its text, and tells `rows` the number
 * of each row. The model is put in the arena. CHUTES_ERR_PROTOCOL names
 * the path and what was wrong with it, such as "data[3].embedding: dimension 3,
 * expected 4".
 */
chutes_status chutes__embed_answer_finish(struct chutes__embed_answer *answer,
                                          struct chutes__slice text,
                                          struct chutes__arena *arena,
                                          struct chutes__embed_told *told,
                                          chutes_error *error)
    __attribute__((warn_unused_result));

#endif
