/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_JSON_H
#define CHUTES_TOOLKIT_MESSAGE_JSON_H

#include <stdbool.h>

#include <chutes/message.h>

#include "json/extra.h"
#include "json/reader.h"
#include "json/writer.h"

/* Writes a message with OpenAI's names. A failure of the writer names the
 * field. */
void chutes__message_write(struct chutes__json_writer *writer,
                           const chutes_message *message);

/* The members that chutes_message has fields for. */
extern const struct chutes__json_names chutes__message_names;

/* Appends the members of an object, but not those that are null. Returns the
 * statuses of chutes__json_extra_append(), or CHUTES_ERR_INVALID_ARGUMENT for
 * invalid JSON, for more than `max_depth` levels, and for a member that the
 * struct has a field for. */
chutes_status chutes__message_extra_add(struct chutes__json_extra *extra,
                                        struct chutes__slice json,
                                        size_t max_depth,
                                        const struct chutes__json_names *known)
    __attribute__((warn_unused_result));

/* If the JSON is {"type":"text","text":…}, written in exactly this way, returns
 * true and the text as it stands there. */
bool chutes__message_is_text_part(struct chutes__slice json,
                                  struct chutes__json_value *text);

#endif
