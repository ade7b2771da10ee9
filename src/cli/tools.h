/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TOOLS_H
#define CHUTES_CLI_TOOLS_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/*
 * The programs that the model may call (--tool). Each one describes itself: run
 * with the argument --describe, it prints a JSON object as the Model Context
 * Protocol defines it, with "name", "description", "inputSchema" and
 * "annotations". Otherwise it reads the arguments of a call, a JSON object, and
 * prints the result.
 */
struct cli_tools;

/* Has each program describe itself. Returns NULL after a complaint on failure.
 * The options and the output must live as long as the tools. */
struct cli_tools *cli_tools_new(const struct cli_options *options,
                                struct cli_output *output);
/* Frees the tools. NULL is ignored. */
void cli_tools_free(struct cli_tools *tools);

/* Like chutes_chat(), but runs the tools that the model calls, and sends their
 * results, until it answers. Before a tool runs that doesn't say that it is
 * read-only, the user is asked, unless --yes is given. */
void cli_tools_chat(struct cli_tools *tools, chutes_client *client,
                    const chutes_chat_params *chat,
                    chutes_chat_response **response, chutes_error *error);

#endif
