/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRANSCRIBE_STREAM_H
#define CHUTES_CLIENT_TRANSCRIBE_STREAM_H

#include "client/json_call.h"

/* A call that writes down what is said. With `on_event`, it asks for a stream
 * and passes the text on as it comes. */
extern const struct chutes__json_call_kind chutes__transcribe_kind;

#endif
