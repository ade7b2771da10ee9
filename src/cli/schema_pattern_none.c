/* SPDX-License-Identifier: MIT */
/* In the place of schema_pattern.c if the toolkit isn't a part of the build. */
#include "cli/schema_pattern.h"

#include <stdio.h>

bool cli_pattern_check(const char *pattern, char fault[CLI_PATTERN_FAULT_SIZE])
{
    (void)pattern;
    snprintf(fault, CLI_PATTERN_FAULT_SIZE,
             "patterns aren't a part of this build, which was made with "
             "CHUTES_TOOLKIT=OFF");
    return false;
}

/* There are no patterns to call this with. */
bool cli_pattern_takes(const char *pattern, struct cli_value string)
{
    (void)pattern;
    (void)string;
    return false;
}
