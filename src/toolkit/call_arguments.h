/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_CALL_ARGUMENTS_H
#define CHUTES_TOOLKIT_CALL_ARGUMENTS_H

#include <stdbool.h>

#include <chutes/message.h>

#include "base/buf.h"
#include "json/reader.h"

/*
 * A model may write arguments that are not JSON, or its answer may be cut
 * within them. Some servers refuse each request in which an earlier call has
 * such arguments. An answer is therefore added to a conversation with their
 * text in an object: {"INVALID_JSON":"TEXT"}.
 */

/* Returns true if the type of the call is that of a custom tool, whose input is
 * any text. */
bool chutes__call_is_custom(const chutes_tool_call *call);

/* Returns true if the arguments are not JSON, but should be. */
bool chutes__arguments_are_invalid(const chutes_tool_call *call);

/* Appends the object with the text of such arguments. */
chutes_status chutes__arguments_wrap(const chutes_tool_call *call,
                                     struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Returns true if the arguments are such an object, whoever wrote it, and finds
 * the text. No tool may run with them. */
bool chutes__arguments_are_wrapped(const chutes_tool_call *call,
                                   struct chutes__json_value *text);

#endif
