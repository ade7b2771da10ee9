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
 * CHUTES_ERR_STREAM       the text reports an error; its choices were applied
 * CHUTES_ERR_PROTOCOL     not JSON (chunk->fault and chunk->fault_at say why),
 *                         or a tool call's index is out of range
 * CHUTES_ERR_TOO_LARGE, CHUTES_ERR_NO_MEMORY */
chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        enum chutes__data_kind kind,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

/* To be called from on_event. The running apply or resume returns behind this
 * event and leaves the rest of the chunk. One more event may come if the same
 * step of the chunk causes it. What these events point at stays valid until the
 * next apply or resume. */
void chutes__accumulator_pause(struct chutes__accumulator *acc);

/* Applies what a pause has left of a chunk (has_rest), and returns the same
 * statuses as chutes__accumulator_apply(). No other chunk may be applied
 * before. */
chutes_status chutes__accumulator_resume(struct chutes__accumulator *acc,
                                         chutes_error *error)
    __attribute__((warn_unused_result));

/* The answer is complete: reports TOOL_CALL_FINISHED for the calls that no
 * finish_reason has finished. Returns CHUTES_OK, CHUTES_ERR_CANCELLED or
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__accumulator_end(struct chutes__accumulator *acc)
    __attribute__((warn_unused_result));

/* Adds a warning, unless the answer has it already. */
void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning);

/* F4: all requested choices came, and each has a finish_reason, perhaps one of
 * failure. */
bool chutes__accumulator_finished(const struct chutes__accumulator *acc);

/* F3: [DONE] makes the answer complete. */
bool chutes__accumulator_trusts_done(const struct chutes__accumulator *acc);

/* A choice or usage arrived, so there is a response to return. */
bool chutes__accumulator_has_content(const struct chutes__accumulator *acc);

/* F1: the first failed choice, or NULL. */
const struct chutes__accumulated_choice *
chutes__accumulator_failed(const struct chutes__accumulator *acc);

/* Copies everything into the arena and fills in `response`, except for
 * complete, end and info. The caller adds the warnings empty_completion and
 * no_finish_reason before. Returns CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__accumulator_build(struct chutes__accumulator *acc,
                                        struct chutes__arena *arena,
                                        chutes_chat_response *response)
    __attribute__((warn_unused_result));

#endif
