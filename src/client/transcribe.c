/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that transcribe speech.
 */
#include <chutes/transcribe.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"
#include "client/transcribe_stream.h"

CHUTES__ASSERT_PARAMS(chutes_transcribe_params, on_progress);

static void set_defaults(void *params)
{
    chutes_transcribe_params_init(params, sizeof(chutes_transcribe_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *transcript, const chutes_error *error,
                    void *user_data)
{
    ((chutes_transcribe_done_fn)on_done)(status, transcript, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    .type =
        {
            .size = sizeof(struct chutes__transcribe_call),
            .params_size = sizeof(chutes_transcribe_params),
            .name = "transcribe",
            .options_at = offsetof(chutes_transcribe_params, call_options),
            .set_defaults = set_defaults,
            .begin = chutes__transcribe_begin,
            .dispose = chutes__transcribe_dispose,
            .deliver = deliver,
            .free_response = chutes__json_result_free,
            .read_use = chutes__json_call_read_use,
            .cancel = chutes__json_call_cancel,
        },
    .endpoint = &chutes__transcribe_endpoint,
};

chutes_status chutes_transcribe(chutes_client *client,
                                const chutes_transcribe_params *params,
                                chutes_transcript **transcript,
                                chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, transcript, error);
}

chutes_status chutes_transcribe_start(chutes_loop *loop,
                                      const chutes_transcribe_params *params,
                                      chutes_transcribe_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_transcript_free(chutes_transcript *transcript)
{
    chutes__json_result_free(transcript);
}
