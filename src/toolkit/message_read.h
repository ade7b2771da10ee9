/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_READ_H
#define CHUTES_TOOLKIT_MESSAGE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/message.h>

#include "base/arena.h"
#include "json/reader.h"

/* Reads messages of a document that need not be trusted. */
struct chutes__message_reading {
    struct chutes__arena *arena; /* holds one message at a time */
    const char *list;            /* the array's name in messages */
    size_t index;
    chutes_error *error; /* not NULL */
};

/* Consumes one message. On failure, the error says where and why. A fault of
 * the JSON is left to the caller: the message is then not whole. */
chutes_status chutes__message_read(struct chutes__message_reading *reading,
                                   struct chutes__json_reader *reader,
                                   chutes_message *message)
    __attribute__((warn_unused_result));

#endif
