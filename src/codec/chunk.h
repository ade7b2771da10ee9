/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_H
#define CHUTES_CODEC_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>

#include "codec/usage.h"
#include "json/reader.h"

/* One element of a tool_calls array. */
struct chutes__tool_delta {
    bool is_unknown;              /* not an object, but maybe a call, or one
                                     whose function is JSON in a string; all
                                     other members are then absent */
    bool has_index;               /* `index` is an integer, perhaps in a
                                     string */
    int64_t index;                /* a -1 that was sent becomes 0 */
    struct chutes__json_value id; /* a string that is a word, see
                                     chutes__value_is_word(), or the text of a
                                     number; else NONE */
    struct chutes__json_value type;
    struct chutes__json_value name;
    struct chutes__json_value arguments; /* any value but null */
    struct chutes__json_value extra; /* the whole call, if it has members not
                                        among chutes__call_members that aren't
                                        null; else NONE */
};

/*
 * One chat.completion.chunk, or one whole chat.completion. The same code reads
 * both, in one pass over the text and, once the array of choices has grown,
 * without an allocation. A chunk is applied only after all of it has been found
 * valid, so until then its values are slices of the text. If a key is
 * repeated, the first value counts. A member of an unexpected type counts as
 * absent.
 */
struct chutes__chunk_choice {
    int64_t index; /* missing: 0 */
    bool has_index;
    struct chutes__json_value index_text; /* as it was sent */
    bool is_message; /* the members come from `message`, which may repeat
                        earlier deltas */
    bool has_delta;  /* there is a `delta`; if is_message, it is empty */
    /* Absent members have the type NONE. */
    struct chutes__json_value role;
    struct chutes__json_value content;
    struct chutes__json_value reasoning; /* the first of reasoning_content,
                                            reasoning, thinking and
                                            reasoning_details that may hold
                                            text */
    bool has_text; /* there is a `text`, which is the content unless it repeats
                      another text */
    struct chutes__json_value refusal;
    struct chutes__json_value audio; /* an object */
    struct chutes__json_value tool_calls;
    bool has_call; /* tool_calls is an array with just one call: */
    struct chutes__tool_delta call;
    struct chutes__json_value function_call; /* the older form of one call */
    struct chutes__json_value finish_reason;
    struct chutes__json_value stop_reason; /* stop_reason or matched_stop, if
                                              not null */
    struct chutes__json_value logprobs_content; /* the array logprobs.content */
    struct chutes__json_value error; /* a nonempty string, array or object */
};

struct chutes__chunk {
    struct chutes__json_value id;
    struct chutes__json_value model;
    struct chutes__json_value created; /* a number; see
                                          chutes__chunk_created() */
    struct chutes__json_value padding; /* the string `obfuscation` */
    bool is_object;   /* false: another JSON value; then only is_error is set */
    bool is_error;    /* it reports an error, which chutes__api_error_read()
                         reads */
    bool has_choices; /* `choices` is an array, maybe empty */
    bool hides_text;  /* a choice says nothing in a known form, but carries text
                         in another */
    bool hints_at_text; /* the same, but only the name of a string says that it
                           may be text */
    bool has_usage; /* a non-empty object: `usage`, x_groq.usage, or the usage
                       of a choice */
    chutes_usage usage;
    bool is_usage_odd;                    /* see chutes__usage_next() */
    struct chutes__json_value usage_text; /* the member `usage`, if it is an
                                             object */
    struct chutes__json_value usage_counts[CHUTES__USAGE_COUNTS]; /* see
                                                      chutes__usage_next() */
    struct chutes__chunk_choice *choices;
    size_t choice_count;
    size_t choice_capacity;
    size_t max_choices;
    struct chutes__json_room *room; /* where texts are decoded; or NULL */
    const char *fault;              /* a constant that describes it, or NULL */
    size_t fault_at;                /* byte offset of the fault */
    bool is_deep;                   /* the fault is the depth limit */
    struct chutes__json_reader calls; /* for those who read the tool_calls of a
                                         choice one by one; not set by
                                         parsing */
};

void chutes__chunk_init(struct chutes__chunk *chunk, size_t max_choices);
void chutes__chunk_dispose(struct chutes__chunk *chunk);

/* Returns CHUTES_OK, CHUTES_ERR_PROTOCOL (fault and fault_at are set),
 * CHUTES_ERR_TOO_LARGE (is_deep, or else too many choices) or
 * CHUTES_ERR_NO_MEMORY. The slices point into `text`, or those of texts into
 * chunk->room. */
chutes_status chutes__chunk_parse(struct chutes__chunk *chunk, const char *text,
                                  size_t len, size_t max_depth)
    __attribute__((warn_unused_result));

/* The first steps of parsing: the first function empties the chunk; the second
 * adds a choice to it and returns CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
void chutes__chunk_reset(struct chutes__chunk *chunk);
chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
    __attribute__((warn_unused_result));

/* Returns the time at which the answer was created, or 0. */
int64_t chutes__chunk_created(const struct chutes__chunk *chunk);

/* Sets the index of a choice from its index_text. In chunk_choice.c. */
void chutes__chunk_number_choice(struct chutes__chunk_choice *choice);

/* Consumes a usage object and stores it, unless it is empty; skips any other
 * value. In chunk_choice.c. */
void chutes__chunk_read_usage(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader);

/* Reads one element of `choices`, an object, into a new choice of the chunk.
 * Returns the statuses of chutes__chunk_parse(). In chunk_choice.c. */
chutes_status chutes__chunk_read_choice(struct chutes__chunk *chunk,
                                        struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* Returns true if the choice holds a tool call in either form. In
 * chunk_message.c. */
bool chutes__chunk_has_call(const struct chutes__chunk_choice *choice);

/* Reads the next call of a tool_calls array that chutes__chunk_parse() has
 * found: initialize a lenient reader with its text, enter the array, and call
 * this until it returns false. */
bool chutes__tool_delta_next(struct chutes__json_reader *reader,
                             struct chutes__tool_delta *delta);

/* Reads a single call that was sent in place of the array. */
void chutes__tool_delta_of_call(const struct chutes__json_value *call,
                                struct chutes__tool_delta *delta);

/* Converts a function_call into a call with index 0 and without an id. Returns
 * false if it is not an object. */
bool chutes__tool_delta_of_function(const struct chutes__json_value *function,
                                    struct chutes__tool_delta *delta);

/* Which text of a value to append. */
enum chutes__chunk_text {
    CHUTES__CHUNK_TEXT,     /* content or refusal, without its reasoning */
    CHUTES__CHUNK_THOUGHT,  /* only the parts of content that are reasoning */
    CHUTES__CHUNK_REASONING /* all of a member for reasoning */
};

/*
 * Appends the decoded text of a `content`, `reasoning` or `refusal`: a string,
 * the source text of a number or boolean, or the parts of a list. Any other
 * array or object counts as its JSON text; null has no text. `half` joins
 * characters that were cut in two; see chutes__json_append_piece(). In
 * chunk_text.c.
 */
chutes_status chutes__chunk_append_text(const struct chutes__json_value *value,
                                        enum chutes__chunk_text wanted,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Returns true if `content` is a list with a part that would be missing from
 * the answer: a call, or a part whose text is in an unexpected member. In
 * chunk_text.c. */
bool chutes__chunk_hides_part(const struct chutes__json_value *content);

/* Where JSON of an unknown shape was found, which decides how much of it may
 * belong to an answer. */
enum chutes__chunk_place {
    /* Servers add members to chunks, such as the sources of an answer. So only
     * members with the names that hold text or calls count, and those of any
     * `choices`. */
    CHUTES__CHUNK_IN_EVENT,
    /* Nothing else is expected between the events, so members with those names
     * count at any depth. */
    CHUTES__CHUNK_BARE
};

/* Returns true if valid JSON of an unknown shape, which is not an error either,
 * carries text or a call that may belong to an answer. The content of strings
 * doesn't count, even if it is JSON again. In chunk_search.c. */
bool chutes__chunk_carries_text(const char *text, size_t len,
                                enum chutes__chunk_place place);

/* Returns true if the delta or message of a valid choice has a string under a
 * name that ends like that of a text, such as "content_text". In
 * chunk_search.c. */
bool chutes__chunk_hints_at_text(const char *choice, size_t len);

#endif
