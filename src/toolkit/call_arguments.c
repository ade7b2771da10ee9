/* SPDX-License-Identifier: MIT */
/* Arguments of tool calls that are not JSON, and how a conversation keeps
 * them. */
#include "toolkit/call_arguments.h"

#include <string.h>

#include "base/utf8.h"
#include "json/writer.h"

static const char KEY[] = "INVALID_JSON";

bool chutes__call_is_custom(const chutes_tool_call *call)
{
    return call->type != NULL && strcmp(call->type, "custom") == 0;
}

bool chutes__arguments_are_invalid(const chutes_tool_call *call)
{
    const char *text = call->arguments;
    size_t len = text != NULL ? strlen(text) : 0;

    /* No arguments become "{}" when the call is packed. */
    return len > 0 && !chutes__call_is_custom(call) &&
           (!chutes__json_is_valid(text, len, CHUTES__JSON_MAX_DEPTH) ||
            chutes__utf8_valid_prefix(text, len) != len);
}

chutes_status chutes__arguments_wrap(const chutes_tool_call *call,
                                     struct chutes__buf *buf)
{
    struct chutes__buf text;
    chutes_status status;

    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__utf8_append_clean(&text, call->arguments,
                                       strlen(call->arguments));
    if (status == CHUTES_OK) {
        status = chutes__buf_appendf(buf, "{\"%s\":", KEY);
    }
    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(buf, text.data);
    }
    chutes__buf_dispose(&text);
    return status == CHUTES_OK ? chutes__buf_append(buf, "}", 1) : status;
}

bool chutes__arguments_are_wrapped(const chutes_tool_call *call,
                                   struct chutes__json_value *text)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;

    if (chutes__call_is_custom(call)) {
        return false;
    }
    chutes__json_init(&reader, call->arguments, strlen(call->arguments),
                      CHUTES__JSON_MAX_DEPTH);
    if (chutes__json_peek(&reader) != CHUTES__JSON_OBJECT ||
        !chutes__json_enter_object(&reader) ||
        !chutes__json_next_member(&reader, &key) ||
        !chutes__json_key_is(&key, KEY)) {
        return false;
    }
    chutes__json_read(&reader, text);
    return text->type == CHUTES__JSON_STRING &&
           !chutes__json_next_member(&reader, &key) &&
           chutes__json_finish(&reader);
}
