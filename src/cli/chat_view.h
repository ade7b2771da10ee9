/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CHAT_VIEW_H
#define CHUTES_CLI_CHAT_VIEW_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/cost.h"
#include "cli/options.h"
#include "cli/output.h"

/* Shows choice 0 as it arrives, and the other choices at the end. */
struct cli_chat_view {
    struct cli_output *output;
    bool shows_reasoning;
    bool is_reasoning; /* the last piece shown was reasoning */
    struct cli_spent spent;
};

/* Returns the callback for the events of a stream, whose user_data is the view;
 * NULL if the answer is to come in one piece. The callback cancels the stream
 * if nobody reads the answer any more. */
chutes_chat_event_fn cli_chat_view_begin(struct cli_chat_view *view,
                                         const struct cli_options *options,
                                         struct cli_output *output);

/* Shows what the events didn't, and how the answer ended. `response` may be
 * NULL. Returns the exit code of the command. */
int cli_chat_view_end(struct cli_chat_view *view,
                      const struct cli_options *options,
                      const chutes_error *error,
                      const chutes_chat_response *response);

#endif
