/* SPDX-License-Identifier: MIT */
/* The parameters of a run: their defaults and their checks. */
#include "toolkit/run_params.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "base/params.h"

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
        .max_talk_tokens = CHUTES_UNSET,
        .max_unknown_rounds = CHUTES_UNSET,
    };

    if (params != NULL && size >= sizeof(size)) {
        memset(params, 0, size);
        memcpy(params, &DEFAULTS,
               size < sizeof(DEFAULTS) ? size : sizeof(DEFAULTS));
        params->struct_size = size;
    }
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

    if (params->tool_count > 0 && params->tools == NULL) {
        return refuse(error, "tools", "must not be NULL");
    }
    if (params->tool_count > 0 &&
        params->tool_size < sizeof(chutes_tool_handler)) {
        return refuse(error, "tool_size",
                      "is wrong: start from chutes_run_params_default()");
    }
    for (size_t i = 0; status == CHUTES_OK && i < params->tool_count; i++) {
        status = check_tool(params, i, error);
    }
    return status;
}

static bool is_amount(double number)
{
    return isfinite(number) && number >= 0;
}

static chutes_status check_amounts(const chutes_run_params *params,
                                   chutes_error *error)
{
    const struct {
        const char *field;
        double value;
    } rows[] = {{"max_cost", params->max_cost},
                {"input_price", params->input_price},
                {"output_price", params->output_price}};

    for (size_t i = 0; i < CHUTES__COUNT(rows); i++) {
        if (rows[i].value != CHUTES_UNSET && !is_amount(rows[i].value)) {
            return refuse(error, rows[i].field,
                          "must be a finite number, 0 or more");
        }
    }
    if ((params->input_price == CHUTES_UNSET) !=
        (params->output_price == CHUTES_UNSET)) {
        return refuse(error, "input_price and output_price",
                      "must be set together");
    }
    return CHUTES_OK;
}

static chutes_status check_limits(const chutes_run_params *params,
                                  chutes_error *error)
{
    if (params->max_rounds < 1) {
        return refuse(error, "max_rounds", "must be 1 or more");
    }
    if (params->max_tool_calls < 0) {
        return refuse(error, "max_tool_calls", "must be 0 or more");
    }
    if (params->max_parallel < 1) {
        return refuse(error, "max_parallel", "must be 1 or more");
    }
    if (params->max_tokens != CHUTES_UNSET && params->max_tokens < 0) {
        return refuse(error, "max_tokens", "must be 0 or more");
    }
    if (params->max_talk_tokens != CHUTES_UNSET &&
        params->max_talk_tokens < 0) {
        return refuse(error, "max_talk_tokens", "must be 0 or more");
    }
    if (params->max_unknown_rounds != CHUTES_UNSET &&
        params->max_unknown_rounds < 0) {
        return refuse(error, "max_unknown_rounds", "must be 0 or more");
    }
    if (params->total_timeout_ms < 0) {
        return refuse(error, "total_timeout_ms", "must be 0 or more");
    }
    return check_amounts(params, error);
}

static chutes_status check(const chutes_run_params *params, chutes_error *error)
{
    chutes_status status;

    if (params->chat->n != CHUTES_UNSET && params->chat->n != 1) {
        return refuse(error, "chat.n", "must be 1");
    }
    if (params->chat->accumulate == 0) {
        return refuse(error, "chat.accumulate", "must be 1");
    }
    status = check_limits(params, error);
    return status == CHUTES_OK ? check_tools(params, error) : status;
}

chutes_status chutes__run_params_take(const chutes_run_params *given,
                                      chutes_run_params *params,
                                      chutes_chat_params *chat,
                                      chutes_error *error)
{
    chutes_status status;

    *params = chutes_run_params_default();
    *chat = chutes_chat_params_default();
    status = chutes__params_copy(params, sizeof(*params), given, sizeof(size_t),
                                 "run", error);
    if (status == CHUTES_OK) {
        status = chutes__params_copy(chat, sizeof(*chat), params->chat,
                                     sizeof(size_t), "chat", error);
    }
    params->chat = chat;
    return status == CHUTES_OK ? check(params, error) : status;
}
