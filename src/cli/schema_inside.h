/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_INSIDE_H
#define CHUTES_CLI_SCHEMA_INSIDE_H

#include "cli/schema_state.h"

/* Each checks what is inside a value against the keywords that are about it;
 * how many there are is checked elsewhere. */
bool cli_fit_elements(struct cli_fit *fit, const struct cli_node *schema,
                      struct cli_value array);
bool cli_fit_members(struct cli_fit *fit, const struct cli_node *schema,
                     struct cli_value object);

#endif
