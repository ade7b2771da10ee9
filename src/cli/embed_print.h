/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_PRINT_H
#define CHUTES_CLI_EMBED_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/output.h"

/* Consecutive texts that failed with the same status. */
struct cli_gap {
    size_t first; /* index */
    size_t last;
    chutes_status status;
};

/*
 * Prints vectors as they arrive: a line for each, or one object whose array
 * stays open until the end and whose other members follow it.
 */
struct cli_vectors {
    struct cli_output *output;
    bool is_json;
    struct cli_json json;
    char *model; /* NULL: unknown so far */
    size_t dimension;
    chutes_usage usage;
    bool has_usage;
    chutes_response_info info; /* the first response's */
    bool has_info;
    int attempts;    /* those of all requests */
    double cost_usd; /* likewise; below 0: unknown */
    struct cli_gap *gaps;
    size_t gap_count;
};

void cli_vectors_begin(struct cli_vectors *vectors,
                       const struct cli_options *options,
                       struct cli_output *output);
/* Do the vectors have the dimension of earlier ones? If not, fills `error`. */
bool cli_vectors_fit(const struct cli_vectors *vectors,
                     const chutes_embed_response *response,
                     chutes_error *error);
/* Prints the vectors of a response, whose texts have these indexes. Returns
 * false if nobody reads them any more. */
bool cli_vectors_put(struct cli_vectors *vectors,
                     const chutes_embed_response *response,
                     const size_t *indexes);
/* Notes that the texts from `first` to `last` have no vectors. */
void cli_vectors_miss(struct cli_vectors *vectors, size_t first, size_t last,
                      chutes_status status);
/* Ends the output, and reports the usage if --usage was given. `error` is the
 * first failure. */
void cli_vectors_end(struct cli_vectors *vectors,
                     const struct cli_options *options,
                     const chutes_error *error, int64_t elapsed_us);

#endif
