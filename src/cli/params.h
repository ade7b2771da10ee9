/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_PARAMS_H
#define CHUTES_CLI_PARAMS_H

#include "cli/output.h"

#include <chutes/chutes.h>

#include <stdbool.h>
#include <stddef.h>

struct cli_pair;

/* What parameters that were given as text live on. Start from zeros. */
struct cli_params {
    struct cli_pair *pairs;
    size_t count;
    const char **stop;
    size_t stop_count;
    char *extra_json;
};

/* Puts each text "key=value" into its field of `params`; keys that the library
 * has no field for go into extra_json, as JSON when the value is JSON, else as
 * a string; one that begins like JSON and is not is wrong. The last one of a
 * key wins; "stop" adds up. `store` must outlive `params`. False and a
 * complaint that names the key when a value is wrong. Dispose in either case.
 */
bool cli_params_apply(const char *const *texts, size_t count,
                      chutes_chat_params *params, struct cli_params *store,
                      struct cli_output *output);

void cli_params_dispose(struct cli_params *store);

#endif
