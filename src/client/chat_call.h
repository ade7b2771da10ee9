/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CALL_H
#define CHUTES_CLIENT_CHAT_CALL_H

#include "client/call.h"

/* Starts a chat completion on a loop, for calls that block, for calls on a loop
 * of the application and for the iterator. As chutes_chat_start(). */
chutes_status chutes__chat_call_start(struct chutes_loop *loop,
                                      const chutes_chat_params *params,
                                      chutes_chat_done_fn on_done,
                                      void *user_data, chutes_call **handle,
                                      chutes_error *error);

/*
 * For the on_event of the iterator, which returns one event at a time: does a
 * pause take effect right after this event? If so, what the event points to is
 * valid until the call is resumed or its on_done returns.
 */
bool chutes__chat_call_is_fed(const chutes_call *call);

/* For on_event: the number of the chunk that the event comes from. */
size_t chutes__chat_call_chunk(const chutes_call *call);

/* Outside of a step: resumes the call, and delivers right away the events that
 * have arrived already, until on_event pauses it again. */
void chutes__chat_call_pull(chutes_call *call);

#endif
