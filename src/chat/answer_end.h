/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_END_H
#define CHUTES_CHAT_ANSWER_END_H

#include "chat/answer_state.h"

/* Concludes an answer that the server ended. `end` says how; it becomes
 * reader->end unless the answer turns out to be incomplete. Adds the warnings
 * of an incomplete answer and returns the status of the call. */
chutes_status chutes__answer_end_conclude(struct chutes__answer_reader *reader,
                                          chutes_end end)
    __attribute__((warn_unused_result));

/* Returns true if everything that was requested has arrived: the server should
 * end the answer, and if it doesn't, the answer is complete nevertheless. */
bool chutes__answer_end_is_due(const struct chutes__answer_reader *reader);

#endif
