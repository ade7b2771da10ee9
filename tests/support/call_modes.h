/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CALL_MODES_H
#define CHUTES_TESTS_CALL_MODES_H

#include "call.h"

/* The ways to wait that don't block. Both fill the struct as a blocking call
 * would, and return the status. `params` are those of a chat, without
 * on_event. */
chutes_status call_on_loop(struct call *call, chutes_client *client,
                           const chutes_chat_params *params);
chutes_status call_pull(struct call *call, chutes_client *client,
                        const chutes_chat_params *params);

#endif
