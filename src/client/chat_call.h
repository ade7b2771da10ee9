/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CALL_H
#define CHUTES_CLIENT_CHAT_CALL_H

#include "client/call.h"

/* A chat completion; its parameters are chutes_chat_params. */
extern const struct chutes__call_type chutes__chat_call_type;

/*
 * For the iterator's on_event: will a pause take effect right after this event?
 * If so, what the event points to is valid until the call is resumed or its
 * on_done returns.
 */
bool chutes__chat_call_is_fed(const chutes_call *call);

/* Returns the number of the chunk of the current event, for on_event. */
size_t chutes__chat_call_chunk(const chutes_call *call);

/* Resumes the call outside of a step. Before it returns, delivers the events
 * that have already arrived, until on_event pauses the call again. */
void chutes__chat_call_pull(chutes_call *call);

#endif
