/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRANSCRIBE_STREAM_H
#define CHUTES_CLIENT_TRANSCRIBE_STREAM_H

#include "client/json_call.h"
#include "client/transcript_reader.h"

/* A call that transcribes speech. With `on_event`, it requests a stream and
 * passes the text on as it arrives. */
struct chutes__transcribe_call {
    struct chutes__json_call json; /* first, so that one casts to the other */
    struct chutes__transcript_reader reader;
};

/* Functions of the type. */
chutes_status chutes__transcribe_begin(struct chutes_call *handle,
                                       const void *params, chutes_error *error);
void chutes__transcribe_dispose(struct chutes_call *handle);

#endif
