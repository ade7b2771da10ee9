/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_LOGPROBS_H
#define CHUTES_CODEC_LOGPROBS_H

#include <stddef.h>

#include <chutes/chat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/reader.h"

/*
 * The log probabilities of one answer. There may be a kilobyte of JSON for each
 * token, so it is read only once, while it is checked. Whether the chunk around
 * it is valid is known only later, so entries can be dropped until they are
 * taken.
 */
struct chutes__logprobs {
    struct chutes__arena arena; /* for all entries */
    struct chutes__buf fresh;   /* pointers to the entries that were read and
                                   not taken */
    const char *source;         /* the array that they are from; NULL: none */
    struct chutes__arena_mark before; /* the arena without them */
    const chutes_top_logprob **tops;  /* for the token that is being read */
    size_t top_count;
    size_t top_capacity;
    char *bytes; /* for the token that is being read */
    size_t byte_capacity;
};

void chutes__logprobs_init(struct chutes__logprobs *logprobs);
void chutes__logprobs_dispose(struct chutes__logprobs *logprobs);

/* Drops the entries that were not taken. */
void chutes__logprobs_drop(struct chutes__logprobs *logprobs);

/* Drops the entries that were not taken, and reads those of the next value, an
 * array. Entries without a token are skipped. Returns CHUTES_OK, although the
 * reader may have met a fault, or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__logprobs_next(struct chutes__logprobs *logprobs,
                                    struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* Appends pointers to the entries of a valid array to the buffer. Reads the
 * array unless that was just done. */
chutes_status chutes__logprobs_take(struct chutes__logprobs *logprobs,
                                    struct chutes__slice array,
                                    struct chutes__buf *entries)
    __attribute__((warn_unused_result));

/* ---- within logprobs.c --------------------------------------------------- */

enum chutes__logprob_field {
    CHUTES__LOGPROB_TOKEN,
    CHUTES__LOGPROB_LOGPROB,
    CHUTES__LOGPROB_BYTES,
    CHUTES__LOGPROB_TOP /* only a token has alternatives */
};

/* Reads the next value, that of a member which tokens and their alternatives
 * have, into the entry. Skips the value of any other field, and one of a wrong
 * type. Returns CHUTES_OK, although the reader may have met a fault, or
 * CHUTES_ERR_NO_MEMORY. In logprob_member.c. */
chutes_status chutes__logprob_read_member(struct chutes__logprobs *logprobs,
                                          struct chutes__json_reader *reader,
                                          size_t field,
                                          chutes_token_logprob *entry)
    __attribute__((warn_unused_result));

#endif
