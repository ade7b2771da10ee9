/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_JSON_H
#define CHUTES_TOOLKIT_MESSAGE_JSON_H

#include <stdbool.h>

#include <chutes/message.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/reader.h"
#include "json/writer.h"

/* Writes a message with OpenAI's names. A failure of the writer names the
 * field. */
void chutes__message_write(struct chutes__json_writer *writer,
                           const chutes_message *message);

/* The members of a message that chutes_message has no fields for. */
struct chutes__message_extra {
    struct chutes__buf buf; /* "" if there is nothing, otherwise an object */
    size_t count;
};

/* Appends a member as it stands in a text, from the quote of its key to the end
 * of its value, without blanks. Returns CHUTES_OK, _ERR_TOO_LARGE (too many
 * members) or _ERR_NO_MEMORY. */
chutes_status chutes__message_extra_append(struct chutes__message_extra *extra,
                                           const char *begin, const char *end)
    __attribute__((warn_unused_result));

/* Appends the members of an object, but not those that are null. Also fails
 * with _ERR_INVALID_ARGUMENT, for invalid JSON or a member that chutes_message
 * has. */
chutes_status chutes__message_extra_add(struct chutes__message_extra *extra,
                                        struct chutes__slice json)
    __attribute__((warn_unused_result));

/* If the JSON is {"type":"text","text":…}, written in exactly this way, returns
 * true and the text as it stands there. */
bool chutes__message_is_text_part(struct chutes__slice json,
                                  struct chutes__json_value *text);

#endif
