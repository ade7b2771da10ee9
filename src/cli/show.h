/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SHOW_H
#define CHUTES_CLI_SHOW_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* The option --show: images in a terminal that has a protocol for them. */

enum cli_show_way {
    CLI_SHOW_NOT,
    CLI_SHOW_KITTY,
    CLI_SHOW_ITERM,
    CLI_SHOW_SIXEL
};

/* Finds the protocol of the terminal; without the option, *way is CLI_SHOW_NOT.
 * Returns false after a complaint if there is none. Nothing but such a terminal
 * must ever receive the escapes. */
bool cli_show_find_way(const struct cli_options *options,
                       struct cli_output *output, enum cli_show_way *way);

/* Shows an image, or says why that is impossible. */
void cli_show(enum cli_show_way way, struct cli_output *output,
              const chutes_media *image);

#endif
