/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TOOL_DESCRIBE_H
#define CHUTES_CLI_TOOL_DESCRIBE_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/output.h"

/* Runs a program that describes itself, and fills in what the handler says
 * about it. Returns false after a complaint. In any case,
 * cli_tool_forget() frees the texts. */
bool cli_tool_describe(const char *program, chutes_tool_handler *handler,
                       struct cli_output *output);
void cli_tool_forget(chutes_tool_handler *handler);

#endif
