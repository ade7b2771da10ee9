/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_RESULT_H
#define CHUTES_CLIENT_CHAT_RESULT_H

#include <stdbool.h>

#include "chat/answer_reader.h"
#include "request/request.h"

/* Does a call that ended with this status have a response? A whole answer has
 * one, even if it is an answer of failure, and so has a stream from which
 * something arrived. */
bool chutes__chat_result_is_due(const struct chutes__answer_reader *reader,
                                chutes_status status);

/* Builds the response in the arena, which it owns from then on. NULL: out of
 * memory. */
chutes_chat_response *
chutes__chat_result_build(struct chutes__answer_reader *reader,
                          const struct chutes__request *request,
                          struct chutes__arena *arena, chutes_status status);

#endif
