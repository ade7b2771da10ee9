/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPTION_PARSE_H
#define CHUTES_CLI_OPTION_PARSE_H

#include "cli/options.h"
#include "cli/output.h"

enum cli_parse {
    CLI_PARSED,
    CLI_PARSED_HELP,
    CLI_PARSED_VERSION,
    CLI_PARSED_WRONG /* and a complaint was made */
};

/* argv[0] is what complaints name, such as "chutes chat". is_json is right even
 * when something else is wrong. Dispose in every case. */
enum cli_parse cli_options_parse(struct cli_options *options,
                                 enum cli_command command, int argc,
                                 char **argv, struct cli_output *output);
void cli_options_dispose(struct cli_options *options);

#endif
