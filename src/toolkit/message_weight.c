/* SPDX-License-Identifier: MIT */
/* Computes how many bytes and, roughly, how many tokens a message takes in a
 * request. */
#include "toolkit/message_pack.h"

#include "base/error.h"
#include "toolkit/message_json.h"

static size_t count_tokens(const char *text)
{
    size_t ascii = 0;
    size_t others = 0;

    for (; text != NULL && *text != '\0'; text++) {
        ascii += (*text & 0x80) == 0;
        others += (*text & 0xC0) == 0xC0; /* the first byte of a character */
    }
    return (ascii + 3) / 4 + others;
}

static size_t estimate(const chutes_message *message)
{
    enum { PER_MESSAGE = 4, PER_PART = 1000 };
    size_t tokens = PER_MESSAGE + count_tokens(message->content) +
                    count_tokens(message->name) +
                    count_tokens(message->extra_json);

    for (size_t i = 0; i < message->part_count; i++) {
        tokens += message->parts[i].type == CHUTES_PART_TEXT
                      ? count_tokens(message->parts[i].text)
                      : PER_PART;
    }
    for (size_t i = 0; i < message->tool_call_count; i++) {
        const chutes_tool_call *call = message->tool_calls[i];

        tokens += count_tokens(call->name) + count_tokens(call->arguments) +
                  count_tokens(call->extra_json);
    }
    return tokens;
}

/* Measures the message as JSON, which also checks it. */
static chutes_status measure(const chutes_message *message, size_t *bytes,
                             chutes_error *error)
{
    struct chutes__json_writer writer;

    chutes__json_measure(&writer, CHUTES__MESSAGE_MAX_DEPTH);
    chutes__message_write(&writer, message);
    if (writer.status == CHUTES_ERR_INVALID_ARGUMENT) {
        return chutes__fail(error, writer.status, "%s %s", writer.failed_field,
                            writer.reason);
    }
    if (writer.status != CHUTES_OK) {
        return chutes__fail_status(error, writer.status);
    }
    *bytes = (size_t)writer.size;
    return CHUTES_OK;
}

chutes_status chutes__message_weigh(const chutes_message *message,
                                    struct chutes__packed *packed,
                                    chutes_error *error)
{
    chutes_message bare = *message;
    chutes_status status = measure(message, &packed->bytes, error);

    if (status == CHUTES_OK && message->reasoning != NULL) {
        bare.reasoning = NULL;
        status = measure(&bare, &packed->bytes, error);
    }
    packed->tokens = estimate(message);
    return status;
}

size_t chutes__message_tokens(const chutes_message *message,
                              const struct chutes__packed *packed)
{
    return packed->tokens + count_tokens(message->reasoning);
}

size_t chutes__message_bytes(const chutes_message *message,
                             const struct chutes__packed *packed)
{
    size_t bytes = packed->bytes;

    if (message->reasoning != NULL) {
        /* It was measured before, so it can't fail. */
        (void)measure(message, &bytes, NULL);
    }
    return bytes;
}
