/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_DEPLOY_PARAMS_H
#define CHUTES_CLI_DEPLOY_PARAMS_H

#include <chutes/chutes.h>

#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/params.h"

/* The parameters of the command `deploy`, and the memory that they point into.
 * Start from zeros, and dispose of it in any case. */
struct cli_deploy_params {
    chutes_deploy_params params;
    struct cli_input code;
    struct cli_list others; /* that the library has no field for */
    struct cli_params extra;
    char *lists[2]; /* "include" and "exclude", cut into their names */
    const char **names[2];
};

/* Reads the options and the file. Returns false after a complaint. */
bool cli_deploy_params_read(struct cli_deploy_params *store,
                            const struct cli_options *options,
                            struct cli_output *output);

void cli_deploy_params_dispose(struct cli_deploy_params *store);

/* Prints the keys of -p for --help. */
void cli_deploy_params_print(FILE *file);

#endif
