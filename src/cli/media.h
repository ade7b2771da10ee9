/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_MEDIA_H
#define CHUTES_CLI_MEDIA_H

#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/output.h"

/* Writes the files that commands make. */

/* Returns false after a complaint if the files would go to a terminal, or to a
 * path that can't be written. It is called before the server works for
 * nothing. */
bool cli_media_has_place(const struct cli_options *options,
                         struct cli_output *output);

/* Returns false after a complaint if this file could not be written. */
bool cli_media_can_write(const char *path, struct cli_output *output);

/* Returns the name of one of several files: a.png, a-2.png and so on. The
 * caller frees it. */
char *cli_media_name(const char *path, size_t index);

/* Writes a file to `path` or, if that is NULL, to standard output unless --json
 * is set. On failure, fills the error, with what `info` says about the call. */
void cli_media_write(const struct cli_options *options, const char *path,
                     struct cli_output *output, const chutes_media *media,
                     const chutes_response_info *info, chutes_error *error);

/* Prints members of a JSON object. `media` is NULL if there is none; `path` as
 * above. The error says whether it was written; if not, the object contains
 * it. */
void cli_media_put(struct cli_json *json, const char *path,
                   const chutes_media *media, const chutes_error *error);

#endif
