/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_RUN_PARAMS_H
#define CHUTES_TOOLKIT_RUN_PARAMS_H

#include <chutes/tools.h>

/* Copies the caller's parameters, of any version, and their `chat`, to which
 * the copy then points. Names what is wrong with them. */
chutes_status chutes__run_params_take(const chutes_run_params *given,
                                      chutes_run_params *params,
                                      chutes_chat_params *chat,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

static inline const chutes_tool_handler *
chutes__run_tool(const chutes_run_params *params, size_t index)
{
    return (const void *)((const char *)params->tools +
                          index * params->tool_size);
}

#endif
