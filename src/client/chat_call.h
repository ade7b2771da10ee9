/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_CALL_H
#define CHUTES_CLIENT_CHAT_CALL_H

#include "client/call.h"

/* One chat completion on a loop, for the three ways to wait for it. `streams`
 * and on_event come from the params; the iterator has its own on_event. All
 * else as chutes_chat_start(). */
chutes_status chutes__chat_call_start(struct chutes_loop *loop,
                                      const chutes_chat_params *params,
                                      chutes_chat_done_fn on_done,
                                      void *user_data, chutes_call **handle,
                                      chutes_error *error);

/*
 * For the iterator, which takes an event at a time. From its on_event: does a
 * pause take effect behind this event? Then what the event points at stays
 * where it is until the call goes on or ends: on_done is the last chance to
 * look at it.
 */
bool chutes__chat_call_is_fed(const chutes_call *call);

/* From on_event: the number of the chunk that tells the event. */
size_t chutes__chat_call_chunk(const chutes_call *call);

/* Outside of a step: resumes the call, and tells at once the events that are
 * left of what has arrived, until on_event pauses it again. */
void chutes__chat_call_pull(chutes_call *call);

#endif
