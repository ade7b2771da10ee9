/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_FORM_H
#define CHUTES_CLI_FORM_H

#include "cli/input.h"
#include "cli/options.h"

/* The parts of -F. Starts zeroed. */
struct cli_form {
    chutes_invoke_part *parts;
    char **texts; /* to which the parts point */
    size_t count;
    struct cli_input data; /* standard input */
};

/* Reads "NAME=VALUE", "NAME=@FILE" and "NAME=<FILE", each of which ";type=TYPE"
 * and ";filename=NAME" may follow, as curl does. Returns false after a
 * complaint. The form must be disposed of in either case. */
bool cli_form_read(struct cli_form *form, const struct cli_list *list,
                   struct cli_output *output);
void cli_form_dispose(struct cli_form *form);

#endif
