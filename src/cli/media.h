/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_MEDIA_H
#define CHUTES_CLI_MEDIA_H

#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/output.h"

/* Where the files go that commands make. */

/* Returns false after a complaint if they would go to a terminal. */
bool cli_media_has_place(const struct cli_options *options,
                         struct cli_output *output);

/* Writes a file to the one of --output or, without --json, to standard output.
 * On failure, fills the error. */
void cli_media_write(const struct cli_options *options,
                     struct cli_output *output, const chutes_media *media,
                     chutes_error *error);

/* Prints members of a JSON object. `media` is NULL if there is none.
 * The error says whether it was written. */
void cli_media_put(struct cli_json *json, const struct cli_options *options,
                   const chutes_media *media, const chutes_error *error);

#endif
