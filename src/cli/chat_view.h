/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CHAT_VIEW_H
#define CHUTES_CLI_CHAT_VIEW_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/output.h"

/* Shows choice 0 as it arrives, and the other choices at the end. */
struct cli_chat_view {
    struct cli_output *output;
    bool shows_reasoning;
    bool is_reasoning; /* the last piece shown was reasoning */
};

/* A chutes_chat_event_fn whose user_data is the view. Cancels the stream if
 * nobody reads the answer any more. */
int cli_chat_view_event(const chutes_chat_event *event, void *user_data);

/* Complains if max_tokens or the model's own limit cut a choice. `response` may
 * be NULL. */
void cli_chat_view_length(struct cli_output *output,
                          const chutes_chat_response *response);
/* Shows the rest of an answer whose choice 0 was shown by events. `response`
 * may be NULL. */
void cli_chat_view_rest(struct cli_chat_view *view,
                        const chutes_chat_response *response);
/* Shows an answer that came in one piece. `response` may be NULL. */
void cli_chat_view_whole(struct cli_chat_view *view,
                         const chutes_chat_response *response);

#endif
