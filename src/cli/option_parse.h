/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPTION_PARSE_H
#define CHUTES_CLI_OPTION_PARSE_H

#include "cli/options.h"
#include "cli/output.h"

enum cli_parse {
    CLI_PARSED,
    CLI_PARSED_HELP,
    CLI_PARSED_VERSION,
    CLI_PARSED_WRONG /* a complaint was made */
};

/* Complaints name argv[0], such as "chutes chat". is_json is set correctly even
 * if another option is wrong. Call cli_options_dispose() in any case. */
enum cli_parse cli_options_parse(struct cli_options *options,
                                 enum cli_command command, int argc,
                                 char **argv, struct cli_output *output);
void cli_options_dispose(struct cli_options *options);

#endif
