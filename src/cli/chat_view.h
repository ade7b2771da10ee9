/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CHAT_VIEW_H
#define CHUTES_CLI_CHAT_VIEW_H

#include "cli/output.h"

#include <chutes/chutes.h>

#include <stdbool.h>

/* Shows an answer to a person: choice 0 as it arrives, others at the end. */
struct cli_chat_view {
    struct cli_output *output;
    bool shows_reasoning;
    bool is_reasoning; /* the last piece shown was reasoning */
};

/* A chutes_chat_event_fn; user_data is the view. Stops the stream when nobody
 * reads the answer any more. */
int cli_chat_view_event(const chutes_chat_event *event, void *user_data);

/* Says so when max_tokens, or the model's own limit, ended a choice. `response`
 * may be NULL. */
void cli_chat_view_length(struct cli_output *output,
                          const chutes_chat_response *response);
/* What is left to show of an answer whose choice 0 was shown by events. */
void cli_chat_view_rest(struct cli_chat_view *view,
                        const chutes_chat_response *response);
/* All of an answer that came in one piece. */
void cli_chat_view_whole(struct cli_chat_view *view,
                         const chutes_chat_response *response);

#endif
