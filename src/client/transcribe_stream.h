/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRANSCRIBE_STREAM_H
#define CHUTES_CLIENT_TRANSCRIBE_STREAM_H

#include "client/json_call.h"

/* A call that transcribes speech. With `on_event`, it requests a stream and
 * passes the text on as it arrives. */
extern const struct chutes__json_call_kind chutes__transcribe_kind;

#endif
