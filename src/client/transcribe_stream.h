/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRANSCRIBE_STREAM_H
#define CHUTES_CLIENT_TRANSCRIBE_STREAM_H

#include "client/json_call.h"

/* A call that writes down what is said, and passes the text on as it comes. */
extern const struct chutes__json_call_kind chutes__transcribe_stream_kind;

/* For the type of any call that writes down what is said. */
void chutes__transcribe_set_defaults(void *params);
void chutes__transcribe_deliver(chutes__done_fn on_done_fn,
                                chutes_status status, void *transcript,
                                const chutes_error *error, void *user_data);

#endif
