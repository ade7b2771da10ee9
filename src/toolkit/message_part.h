/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_PART_H
#define CHUTES_TOOLKIT_MESSAGE_PART_H

#include <stddef.h>

#include <chutes/message.h>

enum {
    CHUTES__MESSAGE_MAX_CALLS = 128,
    CHUTES__MESSAGE_MAX_PARTS = 4096,
    CHUTES__MESSAGE_MAX_DEPTH = 64
};

/* Returns a part of a message, of any version. */
static inline const chutes_content_part *
chutes__message_part(const chutes_message *message, size_t index)
{
    return (const void *)((const char *)message->parts +
                          index * message->part_size);
}

#endif
