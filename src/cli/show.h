/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SHOW_H
#define CHUTES_CLI_SHOW_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* The option --show: images in a terminal that has the protocol of kitty or of
 * iTerm2 for them. */

/* Returns false after a complaint if the option is given and standard output is
 * no such terminal. Nothing else must ever receive the escapes. */
bool cli_show_is_possible(const struct cli_options *options,
                          struct cli_output *output);

/* Shows an image, or says why that is impossible. */
void cli_show(struct cli_output *output, const chutes_media *image);

#endif
