/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_LINES_H
#define CHUTES_CLIENT_INVOKE_LINES_H

#include <chutes/invoke.h>

#include "base/arena.h"

/* Checks and writes the lines Content-Type (NULL: that of JSON) and Accept, in
 * the arena. */
chutes_status chutes__invoke_lines(const chutes_invoke_params *params,
                                   struct chutes__arena *arena,
                                   const char **type, const char **accept,
                                   chutes_error *error)
    __attribute__((warn_unused_result));

#endif
