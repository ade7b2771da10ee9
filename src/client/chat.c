/* SPDX-License-Identifier: MIT */
#include <chutes/chat.h>

#include "base/error.h"
#include "client/chat_call.h"
#include "client/loop_core.h"
#include "client/pool.h"

/* Where a call that blocks leaves what came of it. */
struct outcome {
    bool is_done;
    chutes_status status;
    chutes_chat_response *response;
    chutes_error *error;
};

static void keep(chutes_status status, chutes_chat_response *response,
                 const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->is_done = true;
    outcome->status = status;
    outcome->response = response;
    *outcome->error = *error;
}

chutes_status chutes_chat(chutes_client *client,
                          const chutes_chat_params *params,
                          chutes_chat_response **response, chutes_error *error)
{
    struct chutes_loop *loop;
    chutes_error local;
    struct outcome outcome = {.error = error != NULL ? error : &local};

    chutes__error_clear(outcome.error);
    if (response != NULL) {
        *response = NULL;
    }
    loop = chutes__pool_acquire(client, &outcome.status, outcome.error);
    if (loop == NULL) {
        return outcome.status;
    }
    outcome.status = chutes__chat_call_start(loop, params, keep, &outcome, NULL,
                                             outcome.error);
    chutes__loop_drive(loop, outcome.status, &outcome.is_done);
    chutes__pool_release(loop);
    if (response != NULL) {
        *response = outcome.response;
    } else {
        chutes_chat_response_free(outcome.response);
    }
    return outcome.status;
}

const char *chutes_chat_response_text(const chutes_chat_response *response)
{
    if (response == NULL || response->choice_count == 0 ||
        response->choices[0]->content == NULL) {
        return "";
    }
    return response->choices[0]->content;
}

const char *chutes_end_name(chutes_end end)
{
    switch (end) {
    case CHUTES_END_NONE:
        return "none";
    case CHUTES_END_DONE:
        return "done";
    case CHUTES_END_FINISHED_WITHOUT_DONE:
        return "finished_without_done";
    case CHUTES_END_TRUNCATED:
        return "truncated";
    case CHUTES_END_ERROR:
        return "error";
    }
    return "unknown";
}
