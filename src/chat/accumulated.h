/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ACCUMULATED_H
#define CHUTES_CHAT_ACCUMULATED_H

#include "chat/accumulator.h"

/*
 * Functions that the accumulator's files share. Each file calls only those
 * listed above it:
 *
 *   accumulate_fail     descriptions of failures
 *   accumulate_event    one event, warning or limit
 *   accumulate_text     one text
 *   accumulate_message  content, reasoning, refusal
 *   accumulate_calls    tool calls
 *   accumulate_choice   one choice
 *   accumulate_list     all choices of the answer
 *   accumulate_restart  R1 and R2
 *   accumulate_models   reading of a chunk
 *   accumulate_route    chunks that are read the short way
 *   accumulate_rest     what a pause leaves of a chunk
 *   accumulate          chunks
 */

/* ---- accumulate_fail.c --------------------------------------------------- */

/* Each of these describes a failure in *error and returns its status. The first
 * is for chutes__chunk_parse(), the second for any step that applies a chunk.
 * The third is for an error in the text of acc->source. */
chutes_status
chutes__accumulator_fail_parse(const struct chutes__accumulator *acc,
                               chutes_status status, chutes_error *error);
chutes_status chutes__accumulator_fail(const struct chutes__accumulator *acc,
                                       chutes_status status,
                                       chutes_error *error);
chutes_status
chutes__accumulator_fail_by_server(const struct chutes__accumulator *acc,
                                   bool is_error_event, chutes_error *error);

/* ---- accumulate_event.c -------------------------------------------------- */

/* Calls on_event with the event and the chunk that it came from. Returns
 * CHUTES_OK or CHUTES_ERR_CANCELLED. */
chutes_status chutes__accumulator_report(struct chutes__accumulator *acc,
                                         chutes_chat_event *event)
    __attribute__((warn_unused_result));

/* Returns how many more bytes of text the answer may have. */
static inline size_t
chutes__accumulator_room(const struct chutes__accumulator *acc)
{
    return acc->is_whole ? SIZE_MAX : acc->options.max_text - acc->text_len;
}

/* F2: records that text or a tool call arrived, which opens a finished choice
 * again. */
static inline void
chutes__accumulated_reopen(struct chutes__accumulator *acc,
                           struct chutes__accumulated_choice *choice)
{
    acc->saw_token = true;
    choice->has_text = true;
    if (choice->is_finished && !choice->is_ending) {
        choice->is_finished = false;
        chutes__buf_clear(&choice->finish_reason);
    }
}

/* F5: records that something of the chunk is missing from the answer. */
void chutes__accumulator_note_dropped(struct chutes__accumulator *acc);

/* F5: records that the chunk may hold text under an unknown name. */
void chutes__accumulator_note_hint(struct chutes__accumulator *acc);

/* Makes the empty buffer refer to the next `len` bytes of the room for the
 * texts of a whole answer, which were decoded there, and to the NUL behind
 * them. */
void chutes__accumulator_use_room(struct chutes__accumulator *acc, size_t len,
                                  struct chutes__buf *buf);

/* Appends a decoded string. If the buffer is empty and the room is small, it
 * refers to the string in the room. */
chutes_status chutes__accumulator_append_string(
    struct chutes__accumulator *acc, const struct chutes__json_value *value,
    struct chutes__buf *buf) __attribute__((warn_unused_result));

/* Replaces the contents of the buffer with a string, unless the value is empty
 * or not a string. */
chutes_status chutes__accumulated_replace(
    struct chutes__accumulator *acc, struct chutes__buf *buf,
    const struct chutes__json_value *value) __attribute__((warn_unused_result));

/* X1: stores the id, model and created of the chunk unless they are known. */
chutes_status chutes__accumulator_store_head(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

/* Returns the logprobs of the answer, which are created if necessary, or NULL
 * if memory runs out. */
struct chutes__logprobs *
chutes__accumulator_reach_logprobs(struct chutes__accumulator *acc);

/* Drops all logprobs, together with the choices. */
void chutes__accumulator_drop_logprobs(struct chutes__accumulator *acc);

/* ---- accumulate_text.c --------------------------------------------------- */

/* Returns true if only the newest piece of each text is stored (X6). */
static inline bool
chutes__accumulator_forgets_text(const struct chutes__accumulator *acc)
{
    return acc->options.forgets_text && !acc->is_whole;
}

/* In each of these, `type` names the text: content, reasoning or refusal.
 * Appends the text of a value and reports it. */
chutes_status chutes__accumulated_add_text(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value,
    enum chutes__chunk_text wanted) __attribute__((warn_unused_result));

/* Appends decoded text and reports it. */
chutes_status chutes__accumulated_add_string(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, struct chutes__slice text)
    __attribute__((warn_unused_result));

/* X5: appends what a snapshot adds to the text so far, and reports it: the
 * text of a value, or one that is decoded already. */
chutes_status chutes__accumulated_add_news(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value,
    enum chutes__chunk_text wanted) __attribute__((warn_unused_result));
chutes_status chutes__accumulated_append_news(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__buf *snapshot)
    __attribute__((warn_unused_result));

/* X4: if half of a character is left, appends U+FFFD for it and reports it. */
chutes_status chutes__accumulated_flush_text(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type) __attribute__((warn_unused_result));

/* ---- accumulate_message.c ------------------------------------------------ */

/* Each of these appends the text of a delta, or what a snapshot adds, and
 * reports it. */
chutes_status
chutes__accumulated_add_reasoning(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
/* X3: adds the parts of `content` that are reasoning, unless the delta has
 * reasoning elsewhere. */
chutes_status
chutes__accumulated_add_thought(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
chutes_status
chutes__accumulated_add_content(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));
chutes_status
chutes__accumulated_add_refusal(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* Appends and reports a piece of content or reasoning, a string that was found
 * without its delta. */
chutes_status chutes__accumulated_add_piece(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value)
    __attribute__((warn_unused_result));

/* X4: when no more text is expected, appends U+FFFD for each half of a
 * character that is left, and reports it. */
chutes_status
chutes__accumulated_flush(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* ---- accumulate_calls.c -------------------------------------------------- */

/* Applies the tool_calls of a delta, from acc->at on. acc->at.is_in_calls stays
 * set if a pause has left elements. */
chutes_status
chutes__accumulated_add_calls(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* Appends and reports a piece of arguments, which was found without its delta.
 */
chutes_status chutes__accumulated_add_arguments(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__chunk_shape *shape,
    const struct chutes__json_value *value) __attribute__((warn_unused_result));

/* Applies function_call, the older form, which holds a single call. */
chutes_status
chutes__accumulated_add_function(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* Reports TOOL_CALL_FINISHED for the calls that are not finished yet. If the
 * choice was cut, reports only calls for which `is_whole` returns true: an
 * application runs finished calls, so a call that was cut must not be reported
 * as finished. */
chutes_status
chutes__accumulated_end_calls(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              bool (*is_whole)(struct chutes__tool_slot *slot))
    __attribute__((warn_unused_result));

/* F1: returns true if the choice has an error or a finish_reason of failure. */
bool chutes__accumulated_is_failed(
    const struct chutes__accumulated_choice *choice);

/* ---- accumulate_choice.c ------------------------------------------------- */

/* Stores the entries of an array of logprobs. */
chutes_status chutes__accumulated_add_logprobs(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__json_value *array) __attribute__((warn_unused_result));

/* Returns an empty choice, or NULL if memory runs out. */
struct chutes__accumulated_choice *
chutes__accumulated_new(const struct chutes__accumulator *acc, int index);
void chutes__accumulated_free(struct chutes__accumulated_choice *choice);

void chutes__accumulated_start_init(struct chutes__accumulated_start *start);
void chutes__accumulated_start_dispose(struct chutes__accumulated_start *start);

/* Applies a delta, from acc->at on, and reports its events. Returns the
 * statuses of chutes__accumulator_apply(), without a description. *is_over
 * becomes false if a pause has left part of the delta. */
chutes_status
chutes__accumulated_apply(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice,
                          const struct chutes__chunk_choice *delta,
                          bool *is_over) __attribute__((warn_unused_result));

/* Ends a choice of a complete answer; see chutes__accumulator_end(). */
chutes_status chutes__accumulated_end(struct chutes__accumulator *acc,
                                      struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* ---- accumulate_list.c --------------------------------------------------- */

/* Returns the choice with that index, and creates it if necessary. Returns NULL
 * if memory runs out. */
struct chutes__accumulated_choice *
chutes__accumulator_reach_choice(struct chutes__accumulator *acc,
                                 int64_t index);

void chutes__accumulator_drop_choices(struct chutes__accumulator *acc);

/* Forgets the choices to which the models lead. Call this when a choice begins
 * or ends, or when a chunk without a model may change what still matters. */
void chutes__accumulator_forget_routes(struct chutes__accumulator *acc);

/* C1: returns true if the chunk holds the one choice that was requested, so
 * that its index doesn't matter. */
bool chutes__accumulator_is_the_choice(const struct chutes__accumulator *acc);

/* C1, C2: corrects the indexes in acc->chunk. */
void chutes__accumulator_number_choices(struct chutes__accumulator *acc);

/* ---- accumulate_restart.c ------------------------------------------------ */

/* R1, R2: compares the id of the chunk with that of the choice, before the
 * delta is applied. If the answer restarts, empties the choice for the new
 * one. */
chutes_status
chutes__accumulator_check_id(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice *choice,
                             const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* ---- accumulate_models.c ------------------------------------------------- */

/* Parses acc->source into acc->chunk, and makes it a model if it has a shape.
 * Returns the statuses of chutes__chunk_parse(). */
chutes_status chutes__accumulator_parse(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

void chutes__accumulator_drop_models(struct chutes__accumulator *acc);

/* ---- accumulate_route.c -------------------------------------------------- */

/* Remembers the choice of the chunk that was just matched and applied, for
 * similar ones that hold nothing but pieces of text, logprobs and usage. */
void chutes__accumulator_learn_route(struct chutes__accumulator *acc);

/* Returns the only choice that the chunk that was just matched changes, or NULL
 * if the chunk may change anything else. */
struct chutes__accumulated_choice *
chutes__accumulator_find_route(const struct chutes__accumulator *acc,
                               const struct chutes__chunk_match *match);

/* Adds the logprobs and the text of that chunk to the choice. */
chutes_status
chutes__accumulator_follow_route(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_match *match)
    __attribute__((warn_unused_result));

/* ---- accumulate_rest.c --------------------------------------------------- */

/* Stores the part of acc->chunk that a pause has left, and sets acc->chunk to
 * it. Returns the statuses of chutes__chunk_parse(). */
chutes_status chutes__accumulator_store_rest(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

void chutes__accumulator_drop_rest(struct chutes__accumulator *acc);

#endif
