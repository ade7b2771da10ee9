/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_RESULT_H
#define CHUTES_CLIENT_CHAT_RESULT_H

#include <stdbool.h>

#include "chat/answer_reader.h"
#include "request/request.h"

/* Returns true if a call that ended with `status` has a response: after a
 * success, after a stream of which some content arrived, and after a whole
 * document that has content but reports an error. */
bool chutes__chat_result_is_due(const struct chutes__answer_reader *reader,
                                chutes_status status);

/* Builds the response in the arena, which it owns from then on. Returns NULL if
 * memory runs out. */
chutes_chat_response *
chutes__chat_result_build(struct chutes__answer_reader *reader,
                          const struct chutes__request *request,
                          struct chutes__arena *arena, chutes_status status);

#endif
