/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MESSAGE_H
#define CHUTES_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * Messages of a conversation. All strings are NUL-terminated UTF-8 and are read
 * only during the call; NULL means absent. A call with invalid UTF-8 fails
 * before anything is sent. The inline functions below store the pointers that
 * they receive and copy nothing; any thread may call them.
 */

/** The ids of the tokens of one text. This struct never grows. */
typedef struct chutes_tokens {
    const int64_t *ids; /**< 0 or more each. */
    size_t count;
} chutes_tokens;

typedef enum chutes_part_type {
    CHUTES_PART_TEXT = 1,        /**< Uses `text`. */
    CHUTES_PART_IMAGE_URL = 2,   /**< Uses `url` and `detail`. */
    CHUTES_PART_INPUT_AUDIO = 3, /**< Uses `data` and `format`. */
    CHUTES_PART_VIDEO_URL = 4,   /**< Uses `url`. */
    CHUTES_PART_JSON = 5, /**< Uses `json`: any other part, sent verbatim. */
    CHUTES_PART_AUDIO_URL = 6, /**< Uses `url`. For vLLM and SGLang. */
    /** Uses `url` and `filename`, or `file_id`. For OpenAI; vLLM, SGLang and
     * Chutes answer 400 to it. */
    CHUTES_PART_FILE = 7,
    /** Uses `data`: a tensor as vLLM reads it, if it runs with
     * --enable-mm-embeds. */
    CHUTES_PART_IMAGE_EMBEDS = 8
} chutes_part_type;

/** One part of a message with several parts. Create it with one of the
 * functions below. */
typedef struct chutes_content_part {
    chutes_part_type type;
    int reserved;
    const char *text;
    const char *url;      /**< http, https or data URL; see chutes_data_url().
                               For a file: a data URL. Chutes fetches at most 8
                               images and videos per request from http and https
                               URLs. */
    const char *detail;   /**< "auto", "low", "high" or NULL; "original" is for
                               OpenAI. */
    const char *data;     /**< Base64. */
    const char *format;   /**< "wav" or "mp3". */
    const char *json;     /**< A JSON object. */
    const char *filename; /**< May be NULL. */
    const char *file_id;  /**< A file that was uploaded before. */
} chutes_content_part;

/** A tool call that the model requests. An assistant message sends it back in
 * the next round; see chutes_assistant_tool_calls(). */
typedef struct chutes_tool_call {
    int index; /**< The server's number for the call. */
    int reserved;
    /** If the server sent no id, this is "call_<choice>_<index>" in a response,
     * and NULL in an event until the call has finished. When sent back, NULL
     * and "" become "call_0_<index>". */
    const char *id;
    /** "function", or another type that the server knows. When sent back, NULL
     * and "" become "function". */
    const char *type;
    const char *name; /**< "" if the model sent none. */
    /** JSON as the model wrote it: it may be invalid, and is incomplete in a
     * truncated stream. Sent back verbatim; NULL and "" become "{}". A custom
     * tool has any text here; NULL becomes "". */
    const char *arguments;
    size_t arguments_len;
    /** A JSON object with the members of the call that this struct has no field
     * for, as the server sent them but without blanks and nulls; NULL if there
     * are none. For example, Gemini sends
     * {"extra_content":{"google":{"thought_signature":"…"}}}, and answers HTTP
     * 400 to the next request if the call lacks it. Sent back as members of the
     * call. If several deltas have the same member, the first counts. At most
     * 64 members of at most 60 levels are kept. */
    const char *extra_json;
} chutes_tool_call;

/** A message. Create it with one of the functions below. */
typedef struct chutes_message {
    const char *role; /**< "system", "developer", "user", "assistant", "tool",
                           or another role that the server knows. */
    const char *content;      /**< Text; NULL if there are parts or calls. */
    const char *name;         /**< May be NULL. */
    const char *tool_call_id; /**< Role "tool": the call that this answers. */
    const char *reasoning;    /**< Role "assistant": sent back as both
                                   `reasoning_content` and `reasoning`. */
    const chutes_content_part *parts; /**< If there are any, sent in place of
                                           `content`. */
    size_t part_count;
    size_t part_size; /**< sizeof(chutes_content_part), set by the functions
                           below. */
    const chutes_tool_call *const *tool_calls; /**< Role "assistant". */
    size_t tool_call_count;
    size_t tool_call_size; /**< sizeof(chutes_tool_call), likewise. */
    /** A JSON object that is merged into the message. Keys in it override
     * the library's. */
    const char *extra_json;
} chutes_message;

#ifdef __cplusplus
extern "C" {
#endif

/** Create a message of any role. `content` may be NULL. */
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

/** Create a system message. */
static inline chutes_message chutes_system(const char *content)
{
    return chutes_message_of("system", content);
}

/** Create a user message. */
static inline chutes_message chutes_user(const char *content)
{
    return chutes_message_of("user", content);
}

/** Create an assistant message. */
static inline chutes_message chutes_assistant(const char *content)
{
    return chutes_message_of("assistant", content);
}

/** Create a user message with several parts. The array must stay valid until
 * the call has been made or started. */
static inline chutes_message chutes_user_parts(const chutes_content_part *parts,
                                               size_t count)
{
    chutes_message message = chutes_message_of("user", NULL);

    message.parts = parts;
    message.part_count = count;
    return message;
}

/** Create an assistant message with the tool calls that the model requested, to
 * send them back in the next round. `content` may be NULL. The array must stay
 * valid until the call has been made or started. */
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

/** Create a message with the result of a tool call. */
static inline chutes_message chutes_tool_result(const char *tool_call_id,
                                                const char *content)
{
    chutes_message message = chutes_message_of("tool", content);

    message.tool_call_id = tool_call_id;
    return message;
}

/** Create an empty part of any type. */
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
    part.filename = NULL;
    part.file_id = NULL;
    return part;
}

/** Create a text part. */
static inline chutes_content_part chutes_text_part(const char *text)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_TEXT);

    part.text = text;
    return part;
}

/** Create an image part. `detail` may be NULL. */
static inline chutes_content_part chutes_image_part(const char *url,
                                                    const char *detail)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_IMAGE_URL);

    part.url = url;
    part.detail = detail;
    return part;
}

/** Create an audio part from Base64. */
static inline chutes_content_part chutes_audio_part(const char *base64,
                                                    const char *format)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_INPUT_AUDIO);

    part.data = base64;
    part.format = format;
    return part;
}

/** Create a video part. */
static inline chutes_content_part chutes_video_part(const char *url)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_VIDEO_URL);

    part.url = url;
    return part;
}

/** Create an audio part from a URL. */
static inline chutes_content_part chutes_audio_url_part(const char *url)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_AUDIO_URL);

    part.url = url;
    return part;
}

/** Create a file part from a data URL. `filename` may be NULL. */
static inline chutes_content_part chutes_file_part(const char *data_url,
                                                   const char *filename)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_FILE);

    part.url = data_url;
    part.filename = filename;
    return part;
}

/** Create a file part from the id of an uploaded file. */
static inline chutes_content_part chutes_file_id_part(const char *file_id)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_FILE);

    part.file_id = file_id;
    return part;
}

/** Create a part from the embeddings of an image, in Base64. */
static inline chutes_content_part chutes_image_embeds_part(const char *base64)
{
    chutes_content_part part = chutes_part_of(CHUTES_PART_IMAGE_EMBEDS);

    part.data = base64;
    return part;
}

/**
 * Encode bytes as a `data:` URL, for images and other media. Any thread may
 * call this.
 *
 * @param media_type  A media type such as "image/png", optionally with
 *                    parameters such as ";codecs=opus". Must not be NULL.
 * @param bytes       May be NULL if `len` is 0.
 * @param len         The number of bytes, at most 96 MiB.
 * @param url         Receives the NUL-terminated URL, or NULL on failure. The
 *                    caller owns it and frees it with chutes_string_free().
 *                    Must not be NULL.
 * @param error       Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_TOO_LARGE or
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_data_url(const char *media_type,
                                         const void *bytes, size_t len,
                                         char **url, chutes_error *error);

/**
 * Free a string that a function of this library returned and whose description
 * names this function. Any thread may call this.
 *
 * @param string  NULL is ignored.
 */
CHUTES_API void chutes_string_free(char *string);

#ifdef __cplusplus
}
#endif

#endif
