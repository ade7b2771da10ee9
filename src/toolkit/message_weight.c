/* SPDX-License-Identifier: MIT */
/* Computes how many bytes and, roughly, how many tokens a message takes in a
 * request. */
#include "toolkit/message_pack.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "toolkit/message_json.h"
#include "json/reader.h"

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

/* Finds the text of a part that is kept as JSON although its type is "text".
 * Returns false for a part of another type. */
static bool find_text(const char *json, struct chutes__json_value *text)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    bool is_text = false;

    text->type = CHUTES__JSON_NULL;
    chutes__json_init(&reader, json, strlen(json), CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &value);
        if (chutes__json_key_is(&key, "type")) {
            is_text = value.type == CHUTES__JSON_STRING &&
                      chutes__json_key_is(&value, "text");
        } else if (chutes__json_key_is(&key, "text")) {
            *text = value;
        }
    }
    return is_text && text->type == CHUTES__JSON_STRING;
}

static chutes_status add_part(const chutes_content_part *part, size_t *tokens)
{
    enum { PER_PART = 1000 };
    struct chutes__json_value text;
    struct chutes__buf buf;
    chutes_status status;

    if (part->type == CHUTES_PART_TEXT) {
        *tokens += count_tokens(part->text);
        return CHUTES_OK;
    }
    if (part->type != CHUTES_PART_JSON || !find_text(part->json, &text)) {
        *tokens += PER_PART;
        return CHUTES_OK;
    }
    chutes__buf_init(&buf, SIZE_MAX);
    status = chutes__json_append_string(&text, &buf);
    *tokens += count_tokens(buf.data);
    chutes__buf_dispose(&buf);
    return status;
}

static chutes_status estimate(const chutes_message *message, size_t *tokens)
{
    enum { PER_MESSAGE = 4 };
    chutes_status status = CHUTES_OK;

    *tokens = PER_MESSAGE + count_tokens(message->content) +
              count_tokens(message->name) + count_tokens(message->extra_json);
    for (size_t i = 0; i < message->part_count && status == CHUTES_OK; i++) {
        status = add_part(&message->parts[i], tokens);
    }
    for (size_t i = 0; i < message->tool_call_count; i++) {
        const chutes_tool_call *call = message->tool_calls[i];

        *tokens += count_tokens(call->name) + count_tokens(call->arguments) +
                   count_tokens(call->extra_json);
    }
    return status;
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
    if (status != CHUTES_OK) {
        return status;
    }
    status = estimate(message, &packed->tokens);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
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
