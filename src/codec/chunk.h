/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_H
#define CHUTES_CODEC_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>

#include "json/reader.h"

/*
 * One chat.completion.chunk, or one whole chat.completion: both are read by the
 * same code, in one pass over the text and without allocation in steady state.
 * A chunk is applied only after all of it was found to be valid, so values are
 * noted first (as slices of the text) and used later. Of duplicate keys the
 * first wins. A member of an unexpected type counts as absent.
 */
struct chutes__chunk_choice {
    int64_t index; /* missing: 0 */
    struct chutes__json_value
        role; /* each type NONE when absent, or as found */
    struct chutes__json_value content;
    struct chutes__json_value reasoning; /* reasoning_content when that is a
                                            non-empty string, else reasoning */
    struct chutes__json_value refusal;
    struct chutes__json_value tool_calls;
    struct chutes__json_value finish_reason;
    struct chutes__json_value stop_reason; /* stop_reason, else matched_stop,
                                              when not null */
    struct chutes__json_value logprobs_content; /* the array logprobs.content */
};

struct chutes__chunk {
    struct chutes__json_value id;
    struct chutes__json_value model;
    int64_t created;  /* 0 when absent */
    bool is_object;   /* false: JSON, but not an object; all but is_error is
                         absent */
    bool is_error;    /* tells of an error instead; read it with
                         chutes__api_error_read() */
    bool has_choices; /* `choices` is an array, maybe empty */
    bool has_usage;   /* a non-empty object */
    chutes_usage usage;
    struct chutes__slice usage_text; /* where it stands; NULL: it doesn't */
    struct chutes__chunk_choice *choices;
    size_t choice_count;
    size_t choice_capacity;
    size_t max_choices;
    const char *fault; /* what was wrong, constant */
    size_t fault_at;   /* byte offset */
};

void chutes__chunk_init(struct chutes__chunk *chunk, size_t max_choices);
void chutes__chunk_dispose(struct chutes__chunk *chunk);

/* CHUTES_OK, CHUTES_ERR_PROTOCOL (fault and fault_at are set),
 * CHUTES_ERR_TOO_LARGE (depth, choices, or a choice's index is not 0 to
 * max_choices-1; fault says which) or CHUTES_ERR_NO_MEMORY. The slices point
 * into `text`. */
chutes_status chutes__chunk_parse(struct chutes__chunk *chunk, const char *text,
                                  size_t len, size_t max_depth)
    __attribute__((warn_unused_result));

/* The beginnings of a parse: an empty chunk, and another choice in it.
 * CHUTES_ERR_NO_MEMORY. */
void chutes__chunk_reset(struct chutes__chunk *chunk);
chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
    __attribute__((warn_unused_result));

/* One element of a tool_calls array. */
struct chutes__tool_delta {
    bool has_index;
    int64_t index;                /* -1 was made 0 */
    struct chutes__json_value id; /* type NONE unless a non-empty string */
    struct chutes__json_value type;
    struct chutes__json_value name;
    struct chutes__json_value
        arguments; /* string, object or array, else NONE */
};

/* Walks an array found by chutes__chunk_parse(): init a reader on its text,
 * enter the array, then call this until false. */
bool chutes__tool_delta_next(struct chutes__json_reader *reader,
                             struct chutes__tool_delta *delta);

/* The text of a `content`: a string, or the text parts of an array of parts,
 * appended decoded. Anything else appends nothing. */
chutes_status
chutes__chunk_append_text(const struct chutes__json_value *content,
                          struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Reads the elements of one array of logprobs entries, `[…]`, into the arena.
 * Entries without a token are skipped. */
chutes_status chutes__logprobs_read(struct chutes__slice array,
                                    struct chutes__arena *arena,
                                    const chutes_token_logprob *const **entries,
                                    size_t *count)
    __attribute__((warn_unused_result));

#endif
