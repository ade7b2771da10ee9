/* SPDX-License-Identifier: MIT */
/* The command `version`. */
#include "cli/commands.h"

#include <chutes/chutes.h>

int cli_version(const struct cli_options *options, struct cli_output *output)
{
    if (options->operands.count > 0) {
        cli_refuse(output, "version takes no arguments");
        return CLI_EXIT_USAGE;
    }
    fprintf(output->answer.file, "chutes %s\n%s\n", CHUTES_VERSION,
            chutes_version_details());
    return CLI_EXIT_OK;
}
