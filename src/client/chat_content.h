/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CONTENT_H
#define CHUTES_CLIENT_CHAT_CONTENT_H

#include <chutes/chat.h>

#include "request/span.h"

/* For a tracer that asks for it: adds the messages and tools of valid
 * parameters, or the messages of an answer, to the span. */
void chutes__chat_content_request(struct chutes__span *span,
                                  const chutes_chat_params *params);
void chutes__chat_content_response(struct chutes__span *span,
                                   const chutes_chat_response *response);

#endif
