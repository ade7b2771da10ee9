/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_LINES_H
#define CHUTES_CLIENT_INVOKE_LINES_H

#include <chutes/invoke.h>

#include "request/request.h"

/* Checks the header lines of the parameters and writes them to the options of
 * the request, in its arena. */
chutes_status chutes__invoke_lines(const chutes_invoke_params *params,
                                   struct chutes__request_options *options,
                                   chutes_error *error)
    __attribute__((warn_unused_result));

#endif
