/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_SEND_H
#define CHUTES_CLI_EMBED_SEND_H

#include "cli/embed_state.h"

/* Starts the request of a part, in the form that the options ask for. `on_done`
 * receives the part. On failure, part->error says why. */
chutes_status cli_part_send(struct cli_embed_run *embed, struct cli_part *part,
                            chutes_embed_done_fn on_done);

#endif
