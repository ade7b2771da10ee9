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
    bool has_index;
    bool is_message; /* what follows comes from `message`, which may repeat what
                        deltas have told */
    bool has_delta;  /* there is a `delta`, of which nothing follows when
                        is_message is set */
    /* Each of type NONE when absent, or as found. */
    struct chutes__json_value role;
    struct chutes__json_value content;
    struct chutes__json_value reasoning; /* the first that may hold text of
                                            reasoning_content, reasoning,
                                            thinking and reasoning_details */
    struct chutes__json_value refusal;
    struct chutes__json_value tool_calls;
    struct chutes__json_value function_call; /* the older form of one call */
    struct chutes__json_value finish_reason;
    struct chutes__json_value stop_reason; /* stop_reason, else matched_stop,
                                              when not null */
    struct chutes__json_value logprobs_content; /* the array logprobs.content */
    struct chutes__json_value
        error; /* an object or a string that isn't empty */
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
    bool has_usage;   /* a non-empty object: `usage`, x_groq.usage, or the usage
                         of a choice */
    chutes_usage usage;
    bool is_usage_odd;               /* see chutes__usage_next() */
    struct chutes__slice usage_text; /* where it stands; NULL: it doesn't */
    struct chutes__chunk_choice *choices;
    size_t choice_count;
    size_t choice_capacity;
    size_t max_choices;
    const char *fault; /* what was wrong, constant */
    size_t fault_at;   /* byte offset */
    bool is_deep;      /* the fault is the depth limit */
};

void chutes__chunk_init(struct chutes__chunk *chunk, size_t max_choices);
void chutes__chunk_dispose(struct chutes__chunk *chunk);

/* CHUTES_OK, CHUTES_ERR_PROTOCOL (fault and fault_at are set),
 * CHUTES_ERR_TOO_LARGE (depth, or the number of choices; fault says which) or
 * CHUTES_ERR_NO_MEMORY. The slices point into `text`. */
chutes_status chutes__chunk_parse(struct chutes__chunk *chunk, const char *text,
                                  size_t len, size_t max_depth)
    __attribute__((warn_unused_result));

/* The beginnings of a parse: an empty chunk, and another choice in it.
 * CHUTES_ERR_NO_MEMORY. */
void chutes__chunk_reset(struct chutes__chunk *chunk);
chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
    __attribute__((warn_unused_result));

/* Consumes a usage object and stores it, unless it is empty; skips any other
 * value. In chunk_choice.c. */
void chutes__chunk_read_usage(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader);

/* Reads one element of `choices`, an object, into another choice of the chunk.
 * As chutes__chunk_parse(). In chunk_choice.c. */
chutes_status chutes__chunk_read_choice(struct chutes__chunk *chunk,
                                        struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* One element of a tool_calls array. */
struct chutes__tool_delta {
    bool has_index;               /* an integer, maybe as text */
    int64_t index;                /* -1 was made 0 */
    struct chutes__json_value id; /* type NONE unless a non-empty string;
                                     numbers count as their text */
    struct chutes__json_value type;
    struct chutes__json_value name;
    struct chutes__json_value arguments; /* anything but null, which is NONE */
};

/* Walks an array found by chutes__chunk_parse(): init a lenient reader on its
 * text, enter the array, then call this until false. */
bool chutes__tool_delta_next(struct chutes__json_reader *reader,
                             struct chutes__tool_delta *delta);

/* The same of an object that stands alone, where an array should. */
void chutes__tool_delta_of_call(const struct chutes__json_value *call,
                                struct chutes__tool_delta *delta);

/* The same of a function_call: a call of index 0 without an id. False when it
 * is no object. */
bool chutes__tool_delta_of_function(const struct chutes__json_value *function,
                                    struct chutes__tool_delta *delta);

/* Which text of a value is wanted. */
enum chutes__chunk_text {
    CHUTES__CHUNK_TEXT,     /* of a content or refusal: what isn't reasoning */
    CHUTES__CHUNK_THOUGHT,  /* of a content: its parts of reasoning */
    CHUTES__CHUNK_REASONING /* of a reasoning: all of it */
};

/*
 * Appends the text of a `content`, `reasoning` or `refusal`, decoded: that of a
 * string, of a number or boolean as it stands there, or of the parts of a list.
 * Any other array or object is its JSON text. null has none. `half` joins
 * characters that were cut; see chutes__json_append_piece(). In chunk_text.c.
 */
chutes_status chutes__chunk_append_text(const struct chutes__json_value *value,
                                        enum chutes__chunk_text wanted,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Does JSON of no known shape, which is no error either, carry text that
 * belongs to an answer? In chunk_text.c. */
bool chutes__chunk_carries_text(const char *text, size_t len);

/* Reads the elements of one array of logprobs entries, `[…]`, into the arena.
 * Entries without a token are skipped. */
chutes_status chutes__logprobs_read(struct chutes__slice array,
                                    struct chutes__arena *arena,
                                    const chutes_token_logprob *const **entries,
                                    size_t *count)
    __attribute__((warn_unused_result));

#endif
