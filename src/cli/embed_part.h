/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_PART_H
#define CHUTES_CLI_EMBED_PART_H

#include <stdbool.h>

#include "cli/embed_state.h"

/* Adds the texts read so far to embed->next. Returns true if it should be sent,
 * because it is full or no more texts follow. */
bool cli_part_fill(struct cli_embed_run *embed);

/* Sends a part. On failure, the part is done and part->error says why. */
void cli_part_start(struct cli_embed_run *embed, struct cli_part *part);

/* Frees a part. NULL is ignored. */
void cli_part_free(struct cli_part *part);

#endif
