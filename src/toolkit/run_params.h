/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_RUN_PARAMS_H
#define CHUTES_TOOLKIT_RUN_PARAMS_H

#include <chutes/tools.h>

/* Copies as much of the caller's struct as both versions have. The struct
 * begins with its size. */
void chutes__run_params_copy(void *own, size_t own_size, const void *given);

chutes_status chutes__run_params_check(const chutes_run_params *params,
                                       chutes_error *error)
    __attribute__((warn_unused_result));

static inline const chutes_tool_handler *
chutes__run_tool(const chutes_run_params *params, size_t index)
{
    return (const void *)((const char *)params->tools +
                          index * params->tool_size);
}

#endif
