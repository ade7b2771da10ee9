/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that transcribe speech.
 */
#include <chutes/transcribe.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/json_call.h"
#include "client/params.h"
#include "client/transcribe_stream.h"

CHUTES__ASSERT_PARAMS(chutes_transcribe_params, on_progress);

chutes_status chutes_transcribe(chutes_client *client,
                                const chutes_transcribe_params *params,
                                chutes_transcript **transcript,
                                chutes_error *error)
{
    return chutes__blocking_call(&chutes__transcribe_kind.type, client, params,
                                 transcript, error);
}

chutes_status chutes_transcribe_start(chutes_loop *loop,
                                      const chutes_transcribe_params *params,
                                      chutes_transcribe_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    return chutes__call_start(&chutes__transcribe_kind.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_transcript_free(chutes_transcript *transcript)
{
    chutes__json_result_free(transcript);
}
