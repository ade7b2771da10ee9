/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_PRINT_H
#define CHUTES_CLI_EMBED_PRINT_H

#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/output.h"

#include <chutes/chutes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts in a row that failed alike. */
struct cli_gap {
    size_t first; /* its index */
    size_t last;
    chutes_status status;
};

/*
 * Prints vectors as they come: a line for each, or one object, whose array is
 * open until the end and whose other members follow it.
 */
struct cli_vectors {
    struct cli_output *output;
    bool is_json;
    struct cli_json json;
    char *model; /* NULL: not told */
    size_t dimension;
    chutes_usage usage;
    bool has_usage;
    chutes_response_info info; /* times, and attempts of all requests */
    bool has_info;
    int attempts;
    struct cli_gap *gaps;
    size_t gap_count;
};

void cli_vectors_begin(struct cli_vectors *vectors,
                       const struct cli_options *options,
                       struct cli_output *output);
/* Do the vectors have the dimension of those before? Else `error` says so. */
bool cli_vectors_fit(const struct cli_vectors *vectors,
                     const chutes_embed_response *response,
                     chutes_error *error);
/* The vectors of a response, which belong to the texts with these indexes.
 * False: nobody reads them any more. */
bool cli_vectors_put(struct cli_vectors *vectors,
                     const chutes_embed_response *response,
                     const size_t *indexes);
/* No vectors for the texts from the first index to the last. */
void cli_vectors_miss(struct cli_vectors *vectors, size_t first, size_t last,
                      chutes_status status);
/* Ends the output, and tells the usage if that was asked for. `error` is of the
 * first failure. */
void cli_vectors_end(struct cli_vectors *vectors,
                     const struct cli_options *options,
                     const chutes_error *error, int64_t elapsed_us);

#endif
