/* SPDX-License-Identifier: MIT */
/* Writes a message as JSON with OpenAI's names. */
#include "toolkit/message_json.h"

#include <string.h>

#include "base/count.h"
#include "toolkit/call_arguments.h"
#include "toolkit/message_part.h"
#include "json/merge.h"

static void add(struct chutes__json_writer *writer, const char *key,
                const char *text)
{
    if (text != NULL) {
        chutes__json_add_string(writer, key, text, key);
    }
}

static void add_source(struct chutes__json_writer *writer, const char *type,
                       const chutes_content_part *part)
{
    chutes__json_open_object(writer, type);
    add(writer, "url", part->url);
    add(writer, "detail", part->detail);
    chutes__json_close_object(writer);
}

static void add_audio(struct chutes__json_writer *writer,
                      const chutes_content_part *part)
{
    chutes__json_open_object(writer, "input_audio");
    add(writer, "data", part->data);
    add(writer, "format", part->format);
    chutes__json_close_object(writer);
}

static void add_file(struct chutes__json_writer *writer,
                     const chutes_content_part *part)
{
    chutes__json_open_object(writer, "file");
    add(writer, "file_data", part->url);
    add(writer, "file_id", part->file_id);
    add(writer, "filename", part->filename);
    chutes__json_close_object(writer);
}

/* The names of the types of parts, and the string that a part of each type must
 * have. */
static const struct {
    const char *name;
    size_t required; /* offset of a string that must not be NULL */
} PARTS[] = {
    [CHUTES_PART_TEXT] = {"text", offsetof(chutes_content_part, text)},
    [CHUTES_PART_IMAGE_URL] = {"image_url", offsetof(chutes_content_part, url)},
    [CHUTES_PART_INPUT_AUDIO] = {"input_audio",
                                 offsetof(chutes_content_part, data)},
    [CHUTES_PART_VIDEO_URL] = {"video_url", offsetof(chutes_content_part, url)},
    [CHUTES_PART_JSON] = {"json", offsetof(chutes_content_part, json)},
    [CHUTES_PART_AUDIO_URL] = {"audio_url", offsetof(chutes_content_part, url)},
    [CHUTES_PART_FILE] = {"file", offsetof(chutes_content_part, type)},
    [CHUTES_PART_IMAGE_EMBEDS] = {"image_embeds",
                                  offsetof(chutes_content_part, data)},
};

static bool is_whole(const chutes_content_part *part)
{
    const char *text;

    if ((size_t)part->type >= CHUTES__COUNT(PARTS) ||
        PARTS[part->type].name == NULL) {
        return false;
    }
    if (part->type == CHUTES_PART_FILE) {
        return part->url != NULL || part->file_id != NULL;
    }
    memcpy(&text, (const char *)part + PARTS[part->type].required,
           sizeof(text));
    return text != NULL;
}

static void add_members(struct chutes__json_writer *writer,
                        const chutes_content_part *part)
{
    const char *type = PARTS[part->type].name;

    add(writer, "type", type);
    switch (part->type) {
    case CHUTES_PART_TEXT:
        add(writer, type, part->text);
        break;
    case CHUTES_PART_INPUT_AUDIO:
        add_audio(writer, part);
        break;
    case CHUTES_PART_FILE:
        add_file(writer, part);
        break;
    case CHUTES_PART_IMAGE_EMBEDS:
        add(writer, type, part->data);
        break;
    default:
        add_source(writer, type, part);
        break;
    }
}

static void add_part(struct chutes__json_writer *writer,
                     const chutes_content_part *part)
{
    if (!is_whole(part)) {
        chutes__json_writer_fail(writer, CHUTES_ERR_INVALID_ARGUMENT, "parts",
                                 "have one without its type or its value");
        return;
    }
    if (part->type == CHUTES_PART_JSON) {
        chutes__json_add_raw(writer, NULL, part->json, CHUTES__JSON_OBJECT,
                             "parts.json");
        return;
    }
    chutes__json_open_object(writer, NULL);
    add_members(writer, part);
    chutes__json_close_object(writer);
}

static void add_content(struct chutes__json_writer *writer,
                        const chutes_message *message)
{
    if (message->part_count == 0) {
        if (message->content != NULL) {
            add(writer, "content", message->content);
        } else {
            chutes__json_add_raw(writer, "content", "null", CHUTES__JSON_NONE,
                                 "content");
        }
        return;
    }
    chutes__json_open_array(writer, "content");
    for (size_t i = 0; i < message->part_count; i++) {
        add_part(writer, chutes__message_part(message, i));
    }
    chutes__json_close_array(writer);
}

static void add_call(struct chutes__json_writer *writer,
                     const chutes_tool_call *call)
{
    bool is_custom = chutes__call_is_custom(call);
    const char *arguments = call->arguments;
    struct chutes__json_merge extra;

    if (call->name == NULL) {
        chutes__json_writer_fail(writer, CHUTES_ERR_INVALID_ARGUMENT,
                                 "tool_calls.name", "must not be NULL");
        return;
    }
    chutes__json_open_object(writer, NULL);
    chutes__json_merge_begin(writer, &extra, call->extra_json);
    add(writer, "id", call->id);
    add(writer, "type", call->type);
    chutes__json_open_object(writer, is_custom ? "custom" : "function");
    add(writer, "name", call->name);
    add(writer, is_custom ? "input" : "arguments", arguments);
    chutes__json_close_object(writer);
    chutes__json_merge_end(writer, &extra, NULL, "tool_calls.extra_json");
    chutes__json_close_object(writer);
}

static void add_calls(struct chutes__json_writer *writer,
                      const chutes_message *message)
{
    chutes__json_open_array(writer, "tool_calls");
    for (size_t i = 0; i < message->tool_call_count; i++) {
        add_call(writer, message->tool_calls[i]);
    }
    chutes__json_close_array(writer);
}

void chutes__message_write(struct chutes__json_writer *writer,
                           const chutes_message *message)
{
    struct chutes__json_merge extra;

    chutes__json_open_object(writer, NULL);
    chutes__json_merge_begin(writer, &extra, message->extra_json);
    add(writer, "role", message->role);
    add(writer, "name", message->name);
    add_content(writer, message);
    add(writer, "reasoning_content", message->reasoning);
    if (message->tool_call_count > 0) {
        add_calls(writer, message);
    }
    add(writer, "tool_call_id", message->tool_call_id);
    chutes__json_merge_end(writer, &extra, NULL, "extra_json");
    chutes__json_close_object(writer);
}

/* ---- reading ------------------------------------------------------------- */

static const struct chutes__slice NAMES[] = {
    {"role", 4},          {"content", 7},     {"name", 4},
    {"reasoning", 9},     {"tool_calls", 10}, {"reasoning_content", 17},
    {"tool_call_id", 12},
};

const struct chutes__json_names chutes__message_names = {NAMES,
                                                         CHUTES__COUNT(NAMES)};

chutes_status chutes__message_extra_add(struct chutes__json_extra *extra,
                                        struct chutes__slice json,
                                        size_t max_depth,
                                        const struct chutes__json_names *known)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    chutes_status status = CHUTES_OK;

    chutes__json_init(&reader, json.data, json.len, max_depth);
    chutes__json_enter_object(&reader);
    while (status == CHUTES_OK && chutes__json_next_member(&reader, &key)) {
        const char *begin = key.text.data - 1;

        chutes__json_read(&reader, &value);
        if (chutes__json_names_have(known, &key)) {
            return CHUTES_ERR_INVALID_ARGUMENT;
        }
        if (value.type != CHUTES__JSON_NULL &&
            value.type != CHUTES__JSON_NONE) {
            status = chutes__json_extra_append(
                extra,
                (struct chutes__slice){begin, (size_t)(reader.at - begin)});
        }
    }
    if (status == CHUTES_OK && !chutes__json_finish(&reader)) {
        status = CHUTES_ERR_INVALID_ARGUMENT;
    }
    return status;
}

bool chutes__message_is_text_part(struct chutes__slice json,
                                  struct chutes__json_value *text)
{
    const struct chutes__slice type = {"type", 4};
    const struct chutes__slice name = {"text", 4};
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    chutes__json_init(&reader, json.data, json.len, CHUTES__MESSAGE_MAX_DEPTH);
    if (!chutes__json_enter_object(&reader) ||
        !chutes__json_take_member(&reader, type)) {
        return false;
    }
    chutes__json_read(&reader, &value);
    if (value.type != CHUTES__JSON_STRING || !value.plain ||
        !chutes__slice_is(value.text, "text") ||
        !chutes__json_take_member(&reader, name)) {
        return false;
    }
    chutes__json_read(&reader, text);
    return text->type == CHUTES__JSON_STRING &&
           chutes__json_take_end(&reader) && chutes__json_finish(&reader);
}
