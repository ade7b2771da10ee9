/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_PARAMS_H
#define CHUTES_CLI_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

struct cli_pair;

/* The memory that parameters given as text point into. Start from zeros. */
struct cli_params {
    struct cli_pair *pairs;
    size_t count;
    const char **stop;
    size_t stop_count;
    char *extra_json;
};

/*
 * Stores each "key=value" in its field of `params`. Keys that the library has
 * no field for go into extra_json, as JSON if the value is valid JSON, else as
 * a string; a value that begins like JSON but is invalid is an error. The last
 * value of a key wins, except that "stop" collects all. Returns false after a
 * complaint that names the key. `store` must outlive `params`; dispose of it in
 * any case.
 */
bool cli_params_apply(const struct cli_list *texts, chutes_chat_params *params,
                      struct cli_params *store, struct cli_output *output);

/* Does the same for the parameters of a text completion. */
bool cli_params_apply_complete(const struct cli_list *texts,
                               chutes_complete_params *params,
                               struct cli_params *store,
                               struct cli_output *output);

/* Does the same for a command whose keys all go into extra_json, which is in
 * the store then; NULL: there are none. */
bool cli_params_collect(const struct cli_list *texts, struct cli_params *store,
                        struct cli_output *output);

void cli_params_dispose(struct cli_params *store);

#endif
