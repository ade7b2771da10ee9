/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_REASONING_SPLIT_H
#define CHUTES_CHAT_REASONING_SPLIT_H

#include <chutes/chat.h>

#include "base/buf.h"

/*
 * Separates the reasoning that some models write into their text, between
 * <think> and </think>, from the answer after it. A tag may arrive in several
 * pieces. <think> counts only at the beginning of the text, so that an answer
 * may mention the tags.
 */

enum chutes__reasoning_place {
    CHUTES__REASONING_BEFORE, /* blanks, or part of <think> */
    CHUTES__REASONING_WITHIN,
    CHUTES__REASONING_BEHIND, /* blanks after </think> */
    CHUTES__REASONING_OVER    /* the answer */
};

/* Ready for a text if `tags` is set and everything else is zeroed. */
struct chutes__reasoning_split {
    chutes_reasoning_tags tags; /* not OFF */
    enum chutes__reasoning_place place;
    char held[24]; /* the beginning of the text, while BEFORE; it may become a
                      tag, or text after all */
    size_t held_len;
    bool is_skipped; /* no tags are looked for */
    size_t
        matched; /* bytes of </think> that the text ends with, while WITHIN */
};

/* Appends the next piece of the text, without the tags, to the two buffers. The
 * reasoning of a piece comes before its answer. Returns CHUTES_OK or what
 * chutes__buf_append() returns. */
chutes_status chutes__reasoning_split_feed(
    struct chutes__reasoning_split *split, const char *bytes, size_t len,
    struct chutes__buf *reasoning, struct chutes__buf *answer)
    __attribute__((warn_unused_result));

/* Treats all of the text as the answer, unless something other than blanks was
 * fed already. */
void chutes__reasoning_split_skip(struct chutes__reasoning_split *split);

/* Returns true if the text contains </think>. */
bool chutes__reasoning_split_has_end(const char *text);

/* Appends what was withheld because it might have become a tag. */
chutes_status chutes__reasoning_split_flush(
    struct chutes__reasoning_split *split, struct chutes__buf *reasoning,
    struct chutes__buf *answer) __attribute__((warn_unused_result));

#endif
