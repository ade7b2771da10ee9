/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_PACK_H
#define CHUTES_TOOLKIT_MESSAGE_PACK_H

#include <stddef.h>

#include <chutes/message.h>

#include "toolkit/message_part.h"

/* What a result says until the real one is given. */
#define CHUTES__MESSAGE_PENDING \
    "{\"error\":\"not executed: no result was given\"}"

/* What belongs to a message whose strings were copied. */
struct chutes__packed {
    char *block;           /* everything that the message points to */
    const char *reasoning; /* also if the message doesn't show it */
    size_t bytes;          /* as JSON, without reasoning */
    size_t tokens;         /* an estimate, without reasoning */
};

/*
 * Checks a message and copies it into one block of memory. JSON in it becomes
 * what reading it back would give: compact, and a part that is a text becomes a
 * text part. Calls without an id, or with the one that the library gave them in
 * a response, get "call_<turn>_<index>" unless `turn` is negative. The error
 * names the field.
 */
chutes_status chutes__message_pack(const chutes_message *source, int turn,
                                   chutes_message *message,
                                   struct chutes__packed *packed,
                                   chutes_error *error)
    __attribute__((warn_unused_result));

/* Sets the bytes and the tokens. The error names the field that is invalid. */
chutes_status chutes__message_weigh(const chutes_message *message,
                                    struct chutes__packed *packed,
                                    chutes_error *error)
    __attribute__((warn_unused_result));

/* Return how many tokens or bytes a packed message takes, including its
 * reasoning if it shows that. */
size_t chutes__message_tokens(const chutes_message *message,
                              const struct chutes__packed *packed);
size_t chutes__message_bytes(const chutes_message *message,
                             const struct chutes__packed *packed);

void chutes__packed_dispose(struct chutes__packed *packed);

#endif
