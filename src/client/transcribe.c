/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that write down what is said.
 */
#include <chutes/transcribe.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/json_call.h"
#include "client/params.h"
#include "client/transcribe_stream.h"

CHUTES__ASSERT_PARAMS(chutes_transcribe_params, user_data);

static const struct chutes__json_call_kind KIND = {
    .type = CHUTES__JSON_CALL_TYPE(chutes_transcribe_params,
                                   chutes__transcribe_set_defaults,
                                   chutes__transcribe_deliver),
    .endpoint = &chutes__transcribe_endpoint,
};

/* A size that is wrong is refused later. */
static const struct chutes__call_type *
type_for(const chutes_transcribe_params *params)
{
    return params != NULL && params->struct_size >= sizeof(*params) &&
                   params->on_event != NULL
               ? &chutes__transcribe_stream_kind.type
               : &KIND.type;
}

chutes_status chutes_transcribe(chutes_client *client,
                                const chutes_transcribe_params *params,
                                chutes_transcript **transcript,
                                chutes_error *error)
{
    return chutes__blocking_call(type_for(params), client, params, transcript,
                                 error);
}

chutes_status chutes_transcribe_start(chutes_loop *loop,
                                      const chutes_transcribe_params *params,
                                      chutes_transcribe_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    return chutes__call_start(type_for(params), loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_transcript_free(chutes_transcript *transcript)
{
    chutes__json_result_free(transcript);
}
