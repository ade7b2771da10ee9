/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CALL_H
#define CHUTES_CLIENT_CHAT_CALL_H

#include "client/call.h"

/* Starts a chat completion on a loop, like chutes_chat_start(). Blocking calls,
 * calls on a loop of the application's and the iterator all start here. */
chutes_status chutes__chat_call_start(struct chutes_loop *loop,
                                      const chutes_chat_params *params,
                                      chutes_chat_done_fn on_done,
                                      void *user_data, chutes_call **handle,
                                      chutes_error *error);

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
