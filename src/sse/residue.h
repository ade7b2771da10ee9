/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_RESIDUE_H
#define CHUTES_SSE_RESIDUE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * What servers write between the events: JSON, perhaps over several lines, and
 * lines that start with "error:". The Chutes gateway writes a bare {"error":…}
 * when a stream fails midway, and older llama.cpp servers wrote "error: {…}".
 * Other JSON may be text that is missing from the answer.
 */
struct chutes__residue {
    struct chutes__buf text; /* JSON that has no end yet; empty: none */
    size_t depth;            /* how many brackets of it are open */
    bool is_error;           /* it began after "error:" */
};

/* JSON of more than `max_len` bytes on several lines is not collected. */
void chutes__residue_init(struct chutes__residue *residue, size_t max_len);
void chutes__residue_dispose(struct chutes__residue *residue);

/* Forgets the open JSON but keeps the memory. */
void chutes__residue_reset(struct chutes__residue *residue);

static inline bool
chutes__residue_is_open(const struct chutes__residue *residue)
{
    return residue->text.len > 0;
}

/* Returns true if JSON or a misspelt field may follow this byte. Blanks, a byte
 * order mark or the end of other JSON may precede them. */
static inline bool chutes__residue_may_follow(char byte)
{
    return byte <= ' ' || byte >= 0x7F || strchr(",;}]", byte) != NULL;
}

/* Returns true if the first line begins like a JSON object or array. Other
 * lines, such as those of a log, may begin with a bracket, too. Later lines
 * don't matter, because they belong to the JSON that the first one opens. */
bool chutes__residue_is_json(struct chutes__slice text);

/* Reduces a line that is not a known field to its residue: what follows
 * "error:" (then *is_error becomes true), or the JSON with which it begins. A
 * misspelt data field also counts. Returns false if there is none. */
bool chutes__residue_find(struct chutes__slice *line, bool *is_error);

/* Removes JSON that begins or continues here from the front of the line. *found
 * becomes the whole JSON, or as much as was received if it can't be completed;
 * it may point into the line or into the struct. While more lines are needed,
 * *found is empty. Once it isn't, use it and then call chutes__residue_reset().
 * Returns CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__residue_collect(struct chutes__residue *residue,
                                      struct chutes__slice *line,
                                      struct chutes__slice *found)
    __attribute__((warn_unused_result));

#endif
