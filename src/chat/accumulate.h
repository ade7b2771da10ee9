/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ACCUMULATE_H
#define CHUTES_CHAT_ACCUMULATE_H

#include "base/arena.h"
#include "chat/accumulator.h"

void chutes__accumulator_init(
    struct chutes__accumulator *acc,
    const struct chutes__accumulator_options *options);
void chutes__accumulator_dispose(struct chutes__accumulator *acc);

/* Applies one JSON text and describes a failure in *error, which is not NULL:
 * CHUTES_ERR_CANCELLED    on_event returned non-zero
 * CHUTES_ERR_STREAM       the text reports an error, after any choices
 * CHUTES_ERR_PROTOCOL     not JSON (chunk->fault and chunk->fault_at say why),
 *                         or a tool call's index is out of range
 * CHUTES_ERR_TOO_LARGE, CHUTES_ERR_NO_MEMORY */
chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        enum chutes__data_kind kind,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

/*
 * The fast path for a chunk in a stream whose end is not known yet. If the
 * bytes begin with a chunk like an earlier one, chutes__accumulator_match()
 * returns its length, or else 0. If nothing else belongs to that chunk, pass it
 * to chutes__accumulator_apply_match(), which returns the statuses of
 * chutes__accumulator_apply(). Before the bytes become invalid, call
 * chutes__accumulator_keep_chunk(), which copies the last such chunk and
 * returns CHUTES_OK or CHUTES_ERR_NO_MEMORY.
 */
size_t chutes__accumulator_match(struct chutes__accumulator *acc,
                                 struct chutes__slice bytes,
                                 struct chutes__chunk_match *match);
chutes_status chutes__accumulator_apply_match(
    struct chutes__accumulator *acc, struct chutes__slice text,
    const struct chutes__chunk_match *match, chutes_error *error)
    __attribute__((warn_unused_result));
chutes_status chutes__accumulator_keep_chunk(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

/* Does the same as chutes__accumulator_apply() for a whole answer, and takes
 * ownership of its memory: `body` is empty afterwards. */
chutes_status chutes__accumulator_apply_whole(struct chutes__accumulator *acc,
                                              struct chutes__buf *body,
                                              chutes_error *error)
    __attribute__((warn_unused_result));

/* Call this from on_event to pause. The running apply or resume returns after
 * this event and leaves the rest of the chunk for later; it may report one more
 * event if the same step of the chunk causes it. The data of these events is
 * valid until the next apply or resume. */
void chutes__accumulator_pause(struct chutes__accumulator *acc);

/* Applies the rest of a chunk that a pause has left (has_rest). Returns the
 * same statuses as chutes__accumulator_apply(). The rest must be applied before
 * the next chunk. */
chutes_status chutes__accumulator_resume(struct chutes__accumulator *acc,
                                         chutes_error *error)
    __attribute__((warn_unused_result));

/* Ends a complete answer: reports characters of which only the first half
 * arrived, and TOOL_CALL_FINISHED for the calls that no finish_reason has
 * finished. Returns CHUTES_OK, CHUTES_ERR_CANCELLED, CHUTES_ERR_TOO_LARGE or
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__accumulator_end(struct chutes__accumulator *acc,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

/* Adds a warning unless the answer has it already. */
void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning);

/* F4: returns true if all requested choices have arrived and each has a
 * finish_reason, which may be one of failure. */
bool chutes__accumulator_finished(const struct chutes__accumulator *acc);

/* F3: returns true if [DONE] makes the answer complete. */
bool chutes__accumulator_trusts_done(const struct chutes__accumulator *acc);

/* F3: returns true if all choices are needed and the answer lacks one. */
bool chutes__accumulator_lacks(const struct chutes__accumulator *acc);

/* Returns true if a choice or usage has arrived, so that there is a response to
 * return. */
bool chutes__accumulator_has_content(const struct chutes__accumulator *acc);

/* F5: returns the start of text that is missing from the answer, or "". */
const char *chutes__accumulator_missing(const struct chutes__accumulator *acc);

/* F5: returns the first choice whose finish_reason names tool calls although it
 * has none, or NULL. */
const struct chutes__accumulated_choice *
chutes__accumulator_without_call(const struct chutes__accumulator *acc);

/* F1: returns the first failed choice, or NULL. */
const struct chutes__accumulated_choice *
chutes__accumulator_failed(const struct chutes__accumulator *acc);

/* Copies everything into the arena and fills in `response`, except for
 * complete, end and info. The caller must have added the warnings
 * empty_completion and no_finish_reason. The arena takes over the memory of
 * logprobs and of a whole answer, which can be built only once. Returns
 * CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__accumulator_build(struct chutes__accumulator *acc,
                                        struct chutes__arena *arena,
                                        chutes_chat_response *response)
    __attribute__((warn_unused_result));

#endif
