/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MESSAGE_H
#define CHUTES_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * Messages of a conversation. All strings are NUL-terminated UTF-8; invalid
 * UTF-8 is refused before anything is sent. NULL means absent. They are read
 * during the call only.
 */

typedef enum chutes_part_type {
    CHUTES_PART_TEXT = 1,        /**< text */
    CHUTES_PART_IMAGE_URL = 2,   /**< url, detail */
    CHUTES_PART_INPUT_AUDIO = 3, /**< data, format */
    CHUTES_PART_VIDEO_URL = 4,   /**< url */
    CHUTES_PART_JSON = 5 /**< json: any other part, sent word for word */
} chutes_part_type;

/** One part of a message that is more than text. */
typedef struct chutes_content_part {
    chutes_part_type type;
    int reserved;
    const char *text;
    const char *url;    /**< http, https or data URL; see chutes_data_url(). */
    const char *detail; /**< "auto", "low", "high", or NULL. */
    const char *data;   /**< Base64. */
    const char *format; /**< "wav" or "mp3". */
    const char *json;   /**< A JSON object. */
} chutes_content_part;

/** A call of a tool that the model asks for. Also what a message of the
 * assistant carries back; see chutes_assistant_tool_calls(). */
typedef struct chutes_tool_call {
    int index; /**< As the server numbers it. */
    int reserved;
    const char *id;   /**< Where the server gave none: "call_<choice>_<index>"
                           in an answer, and NULL in an event for as long as the
                           call isn't finished. Sent back, NULL and "" become
                           "call_0_<index>". */
    const char *type; /**< "function", or what else the server knows. Sent back,
                           NULL and "" become "function". With "custom",
                           arguments is the input of the tool: plain text. */
    const char *name; /**< "" when the model gave none. */
    const char *arguments; /**< JSON text as the model wrote it: may be invalid,
                                and is half of itself in a cut stream. Sent back
                                word for word; NULL and "" become "{}". */
    size_t arguments_len;
} chutes_tool_call;

/** One message. Make it with one of the functions below. */
typedef struct chutes_message {
    const char *role; /**< "system", "developer", "user", "assistant", "tool",
                           or what else the server knows. */
    const char *content; /**< Text, or NULL when there are parts or tool
                              calls. */
    const char *name;
    const char *tool_call_id; /**< Role "tool": what this is the result of. */
    const char *reasoning;    /**< Role "assistant": sent back as both
                                   `reasoning_content` and `reasoning`. */
    const chutes_content_part *parts; /**< Instead of content. */
    size_t part_count;
    size_t part_size; /**< sizeof(chutes_content_part). */
    const chutes_tool_call *const *tool_calls; /**< Role "assistant". */
    size_t tool_call_count;
    size_t tool_call_size;  /**< sizeof(chutes_tool_call). */
    const char *extra_json; /**< A JSON object merged into the message; its keys
                                 win. */
} chutes_message;

#ifdef __cplusplus
extern "C" {
#endif

/** A message of any role; `content` may be NULL. */
static inline chutes_message chutes_message_of(const char *role,
                                               const char *content)
{
    chutes_message message;

    message.role = role;
    message.content = content;
    message.name = NULL;
    message.tool_call_id = NULL;
    message.reasoning = NULL;
    message.parts = NULL;
    message.part_count = 0;
    message.part_size = sizeof(chutes_content_part);
    message.tool_calls = NULL;
    message.tool_call_count = 0;
    message.tool_call_size = sizeof(chutes_tool_call);
    message.extra_json = NULL;
    return message;
}

static inline chutes_message chutes_system(const char *content)
{
    return chutes_message_of("system", content);
}

static inline chutes_message chutes_user(const char *content)
{
    return chutes_message_of("user", content);
}

static inline chutes_message chutes_assistant(const char *content)
{
    return chutes_message_of("assistant", content);
}

/** A user's message of several parts; the array must outlive the call. */
static inline chutes_message chutes_user_parts(const chutes_content_part *parts,
                                               size_t count)
{
    chutes_message message = chutes_message_of("user", NULL);

    message.parts = parts;
    message.part_count = count;
    return message;
}

/** An assistant's message that asked for tools, for the next round. `content`
 * may be NULL; the array must outlive the call. */
static inline chutes_message
chutes_assistant_tool_calls(const char *content,
                            const chutes_tool_call *const *tool_calls,
                            size_t count)
{
    chutes_message message = chutes_message_of("assistant", content);

    message.tool_calls = tool_calls;
    message.tool_call_count = count;
    return message;
}

/** The result of a tool call. */
static inline chutes_message chutes_tool_result(const char *tool_call_id,
                                                const char *content)
{
    chutes_message message = chutes_message_of("tool", content);

    message.tool_call_id = tool_call_id;
    return message;
}

/** A part of any type, without contents. */
static inline chutes_content_part chutes_part_of(chutes_part_type type)
{
    chutes_content_part part;

    part.type = type;
    part.reserved = 0;
    part.text = NULL;
    part.url = NULL;
    part.detail = NULL;
    part.data = NULL;
    part.format = NULL;
    part.json = NULL;
    return part;
}

static inline chutes_content_part chutes_text_part(const char *text)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_TEXT);

    part.text = text;
    return part;
}

static inline chutes_content_part chutes_image_part(const char *url,
                                                    const char *detail)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_IMAGE_URL);

    part.url = url;
    part.detail = detail;
    return part;
}

static inline chutes_content_part chutes_audio_part(const char *base64,
                                                    const char *format)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_INPUT_AUDIO);

    part.data = base64;
    part.format = format;
    return part;
}

static inline chutes_content_part chutes_video_part(const char *url)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_VIDEO_URL);

    part.url = url;
    return part;
}

/**
 * Encode bytes as a `data:` URL, for images and other media.
 *
 * @param media_type  Such as "image/png"; token characters, "/" and
 *                    parameters.
 * @param bytes       May be NULL when `len` is 0.
 * @param len         Bytes to encode, at most 96 MiB.
 * @param url         Receives the NUL-terminated URL, owned by the caller,
 *                    free with chutes_string_free(); NULL on failure.
 * @param error       Filled on failure. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_TOO_LARGE or
 *         CHUTES_ERR_NO_MEMORY. Any thread.
 */
CHUTES_API chutes_status chutes_data_url(const char *media_type,
                                         const void *bytes, size_t len,
                                         char **url, chutes_error *error);

/** Free a string that the library gave away. NULL does nothing. */
CHUTES_API void chutes_string_free(char *string);

#ifdef __cplusplus
}
#endif

#endif
