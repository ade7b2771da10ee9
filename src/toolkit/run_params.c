/* SPDX-License-Identifier: MIT */
/* The parameters of a run: their defaults and their checks. */
#include "toolkit/run_params.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

void chutes_run_params_init(chutes_run_params *params, size_t size)
{
    static const chutes_run_params DEFAULTS = {
        .tool_size = sizeof(chutes_tool_handler),
        .max_rounds = 10,
        .max_tool_calls = 128,
        .max_parallel = 1,
        .max_tokens = CHUTES_UNSET,
        .max_cost = CHUTES_UNSET,
        .input_price = CHUTES_UNSET,
        .output_price = CHUTES_UNSET,
        .max_result_bytes = (size_t)256 << 10,
    };

    if (params != NULL && size >= sizeof(size)) {
        memset(params, 0, size);
        memcpy(params, &DEFAULTS,
               size < sizeof(DEFAULTS) ? size : sizeof(DEFAULTS));
        params->struct_size = size;
    }
}

void chutes__run_params_copy(void *own, size_t own_size, const void *given)
{
    size_t given_size;

    memcpy(&given_size, given, sizeof(given_size));
    memcpy(own, given, given_size < own_size ? given_size : own_size);
    memcpy(own, &own_size, sizeof(own_size));
}

static chutes_status refuse(chutes_error *error, const char *field,
                            const char *reason)
{
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s %s", field,
                        reason);
}

static chutes_status check_tool(const chutes_run_params *params, size_t index,
                                chutes_error *error)
{
    const chutes_tool_handler *tool = chutes__run_tool(params, index);
    char field[48];

    (void)snprintf(field, sizeof(field), "tools[%zu]", index);
    if (tool->name == NULL || tool->run == NULL) {
        return refuse(error, field, "must have a name and run");
    }
    if (tool->schema != NULL && tool->parameters_json != NULL) {
        return refuse(error, field, "must not have two schemas");
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(tool->name, chutes__run_tool(params, i)->name) == 0) {
            return refuse(error, field, "has the name of another tool");
        }
    }
    return tool->schema != NULL ? chutes_schema_check(tool->schema, error)
                                : CHUTES_OK;
}

static chutes_status check_tools(const chutes_run_params *params,
                                 chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    if (params->tool_count > 0 &&
        (params->tools == NULL ||
         params->tool_size < sizeof(chutes_tool_handler))) {
        return refuse(error, "tools", "must not be NULL");
    }
    for (size_t i = 0; status == CHUTES_OK && i < params->tool_count; i++) {
        status = check_tool(params, i, error);
    }
    return status;
}

chutes_status chutes__run_params_check(const chutes_run_params *params,
                                       chutes_error *error)
{
    const chutes_chat_params *chat = params->chat;

    if (chat == NULL || chat->struct_size < sizeof(size_t)) {
        return refuse(error, "chat", "must be set");
    }
    if (chat->n != CHUTES_UNSET && chat->n != 1) {
        return refuse(error, "chat.n", "must be 1");
    }
    if (chat->accumulate == 0) {
        return refuse(error, "chat.accumulate", "must be 1");
    }
    if (params->max_rounds < 1) {
        return refuse(error, "max_rounds", "must be 1 or more");
    }
    if (params->max_tool_calls < 0) {
        return refuse(error, "max_tool_calls", "must be 0 or more");
    }
    if (params->max_parallel < 1) {
        return refuse(error, "max_parallel", "must be 1 or more");
    }
    if (params->max_cost != CHUTES_UNSET &&
        (!(params->input_price >= 0) || !(params->output_price >= 0))) {
        return refuse(error, "max_cost", "needs both prices");
    }
    return check_tools(params, error);
}
