/* SPDX-License-Identifier: MIT */
/* What a check of an answer found so far, and the work that is left to it. */
#include "cli/schema_state.h"

#include "cli/schema_pattern.h"

#include <stdio.h>
#include <string.h>

bool cli_fit_differ(struct cli_fit *fit, const char *what,
                    struct cli_value expected, struct cli_value found)
{
    enum { SHOWN = 40 };

    if (fit->depth <= fit->fault_depth) {
        return false;
    }
    fit->fault_depth = fit->depth;
    snprintf(fit->fault, CLI_SCHEMA_FAULT_SIZE,
             "%.127s: expected %s%s%.*s%s%.*s", fit->path, what,
             expected.len > 0 ? " " : "",
             (int)(expected.len < SHOWN ? expected.len : SHOWN), expected.text,
             found.len > 0 ? ", found " : "",
             (int)(found.len < SHOWN ? found.len : SHOWN), found.text);
    return false;
}

bool cli_fit_work(struct cli_fit *fit, uint64_t amount)
{
    fit->is_too_much = fit->is_too_much || amount > fit->work_left;
    fit->work_left -= fit->is_too_much ? 0 : amount;
    return !fit->is_too_much;
}

bool cli_fit_matches(struct cli_fit *fit, const char *pattern,
                     struct cli_value string)
{
    /* A match takes as long as looking at so many bytes before it begins. */
    enum { BEGIN = 128 };
    uint64_t work = (uint64_t)string.len * strlen(pattern) + BEGIN;

    return cli_fit_work(fit, work) && cli_pattern_takes(pattern, string);
}
