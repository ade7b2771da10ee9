/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_CALL_H
#define CHUTES_CLIENT_INVOKE_CALL_H

#include "client/context.h"

/* Starts a request to any chute; the arguments are those of
 * chutes_invoke_start(), already checked for NULL, except `handle`, which may
 * be NULL. `error` is clear. */
chutes_status chutes__invoke_call_start(struct chutes_loop *loop,
                                        const chutes_invoke_params *params,
                                        chutes_invoke_done_fn on_done_fn,
                                        void *user_data, chutes_call **handle,
                                        chutes_error *error);

#endif
