/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TOOL_ASK_H
#define CHUTES_CLI_TOOL_ASK_H

#include <chutes/chutes.h>

#include "cli/output.h"

enum cli_consent {
    CLI_CONSENT_GIVEN,
    CLI_CONSENT_DENIED,
    CLI_CONSENT_NOBODY, /* there is no terminal */
    CLI_CONSENT_INTERRUPTED
};

/* Asks the user on the terminal of the process, whatever its standard streams
 * are, whether a call may run. */
enum cli_consent cli_tool_ask(const chutes_tool_call *call,
                              struct cli_output *output);

#endif
