/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INVOKE_REQUEST_H
#define CHUTES_CLI_INVOKE_REQUEST_H

#include "cli/form.h"
#include "cli/input.h"
#include "cli/options.h"

/* The request of the command `invoke`, made from its options. */
struct cli_invoke_request {
    chutes_invoke_params params;
    struct cli_input data; /* read from a file */
    struct cli_form form;
    chutes_header *headers;
    char **header_texts; /* to which the headers point */
    size_t header_count;
};

/* Returns false after a complaint. The request must be disposed of in either
 * case. */
bool cli_invoke_request_init(struct cli_invoke_request *request,
                             const struct cli_options *options,
                             struct cli_output *output);
void cli_invoke_request_dispose(struct cli_invoke_request *request);

#endif
