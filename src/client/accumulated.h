/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_ACCUMULATED_H
#define CHUTES_CLIENT_ACCUMULATED_H

#include <stdbool.h>

#include "base/buf.h"
#include "client/accumulate.h"
#include "client/tool_calls.h"

/* One choice of an accumulator, between the accumulator's own files. */

struct chutes__accumulated_text {
    struct chutes__buf buf;
    bool was_sent; /* even if it was empty */
};

struct chutes__accumulated_choice {
    int index;
    bool is_finished; /* FINISH was told */
    struct chutes__accumulated_text content;
    struct chutes__accumulated_text reasoning;
    struct chutes__accumulated_text refusal;
    struct chutes__buf role;
    struct chutes__buf finish_reason;
    struct chutes__buf stop_reason;
    struct chutes__buf logprobs; /* a JSON array without its last bracket */
    struct chutes__tool_calls calls;
};

/* NULL: out of memory. */
struct chutes__accumulated_choice *
chutes__accumulated_new(const struct chutes__accumulator_options *options,
                        int index);
void chutes__accumulated_free(struct chutes__accumulated_choice *choice);

/* Applies a delta and tells what it brought. As chutes__accumulator_apply(),
 * but without a description. */
chutes_status
chutes__accumulated_apply(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice,
                          const struct chutes__chunk_choice *delta)
    __attribute__((warn_unused_result));

/* The choice is over: tells of each call that is finished by that and wasn't
 * told yet. One that was cut must not look like one to run. */
chutes_status
chutes__accumulated_end(struct chutes__accumulator *acc,
                        const struct chutes__accumulated_choice *choice)
    __attribute__((warn_unused_result));

/* Its finish_reason says that there will be no answer. */
bool chutes__accumulated_is_failed(
    const struct chutes__accumulated_choice *choice);

/* Hands the event on, with the chunk that told it. CHUTES_OK or
 * CHUTES_ERR_CANCELLED. */
chutes_status chutes__accumulator_tell(struct chutes__accumulator *acc,
                                       chutes_chat_event *event)
    __attribute__((warn_unused_result));

#endif
