/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_TRACE_H
#define CHUTES_CLIENT_CHAT_TRACE_H

#include <chutes/chat.h>

#include "request/span.h"

/* Adds the parameters of a chat or of a text completion to its span. `span` may
 * be NULL. */
void chutes__chat_trace_request(struct chutes__span *span,
                                const chutes_chat_params *params);

/* The trace_response of struct chutes__call_type. */
void chutes__chat_trace_response(struct chutes__span *span,
                                 const void *response);

#endif
