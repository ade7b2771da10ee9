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
                                      void *user_data, chutes_call **call,
                                      chutes_error *error);

#endif
