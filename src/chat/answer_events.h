/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_EVENTS_H
#define CHUTES_CHAT_ANSWER_EVENTS_H

#include "base/slice.h"
#include "chat/answer_state.h"

/* Applies the events at the start of the bytes, as long as each holds one chunk
 * like an earlier one; most events do. Recognizing a chunk also finds the
 * event's end, so no search for line ends is needed. Sets *taken to their
 * length. Returns the statuses of chutes__accumulator_apply(), and describes a
 * failure in the reader's error. */
chutes_status chutes__answer_events_take(struct chutes__answer_reader *reader,
                                         struct chutes__slice bytes,
                                         size_t *taken)
    __attribute__((warn_unused_result));

#endif
