/* SPDX-License-Identifier: MIT */
/* Encodes the messages of a chat request, with their parts and tool calls. */
#include "codec/encoder.h"

#include "json/call_members.h"
#include "json/merge.h"

#include <stdio.h>
#include <string.h>

/* Sizes in the first release. Later releases append fields, which are not read
 * from callers whose headers lack them. */
#define MIN_MESSAGE_SIZE sizeof(chutes_message)
#define MIN_PART_SIZE sizeof(chutes_content_part)
#define MIN_TOOL_CALL_SIZE sizeof(chutes_tool_call)

static void add_url(struct chutes__encoder *encoder,
                    const chutes_content_part *source, const char *type)
{

    if (!chutes__encoder_require(encoder, source->url, "url")) {
        return;
    }
    chutes__encoder_add(encoder, "type", type);
    chutes__json_open_object(&encoder->writer, type);
    chutes__encoder_add_url(encoder, "url", source->url);
    if (source->type == CHUTES_PART_IMAGE_URL) {
        chutes__encoder_add(encoder, "detail", source->detail);
    }
    chutes__json_close_object(&encoder->writer);
}

static void add_audio(struct chutes__encoder *encoder,
                      const chutes_content_part *source)
{

    if (!chutes__encoder_require(encoder, source->data, "data") ||
        !chutes__encoder_require(encoder, source->format, "format")) {
        return;
    }
    if (strcmp(source->format, "wav") != 0 &&
        strcmp(source->format, "mp3") != 0) {
        chutes__encoder_doubt(encoder, "format", "must be wav or mp3");
    }
    chutes__encoder_add(encoder, "type", "input_audio");
    chutes__json_open_object(&encoder->writer, "input_audio");
    chutes__encoder_add(encoder, "data", source->data);
    chutes__encoder_add(encoder, "format", source->format);
    chutes__json_close_object(&encoder->writer);
}

static void add_text_part(struct chutes__encoder *encoder,
                          const chutes_content_part *source)
{
    if (source->text == NULL) {
        chutes__encoder_refuse(encoder, "text", "must not be NULL");
        return;
    }
    chutes__encoder_add(encoder, "type", "text");
    chutes__encoder_add(encoder, "text", source->text);
}

static void add_image(struct chutes__encoder *encoder,
                      const chutes_content_part *source)
{
    const char *detail = source->detail;

    if (detail != NULL && strcmp(detail, "auto") != 0 &&
        strcmp(detail, "low") != 0 && strcmp(detail, "high") != 0 &&
        strcmp(detail, "original") != 0) {
        chutes__encoder_doubt(encoder, "detail",
                              "must be auto, low, high or original");
    }
    add_url(encoder, source, "image_url");
}

static void add_file(struct chutes__encoder *encoder,
                     const chutes_content_part *source)
{
    if (source->url != NULL && source->file_id != NULL) {
        chutes__encoder_refuse(encoder, "file_id", "excludes url");
    }
    if (source->file_id == NULL &&
        !chutes__encoder_require(encoder, source->url, "url")) {
        return;
    }
    if (source->url != NULL && strncmp(source->url, "data:", 5) != 0) {
        chutes__encoder_doubt(encoder, "url", "must be a data URL");
    }
    chutes__encoder_add(encoder, "type", "file");
    chutes__json_open_object(&encoder->writer, "file");
    if (source->url != NULL) {
        chutes__json_add_string(&encoder->writer, "file_data", source->url,
                                "url");
    }
    chutes__encoder_add(encoder, "file_id", source->file_id);
    chutes__encoder_add(encoder, "filename", source->filename);
    chutes__json_close_object(&encoder->writer);
}

static void add_image_embeds(struct chutes__encoder *encoder,
                             const chutes_content_part *source)
{
    if (chutes__encoder_require(encoder, source->data, "data")) {
        chutes__encoder_add(encoder, "type", "image_embeds");
        chutes__json_add_string(&encoder->writer, "image_embeds", source->data,
                                "data");
    }
}

static void add_part(struct chutes__encoder *encoder,
                     const chutes_content_part *source)
{

    if (source->type == CHUTES_PART_JSON) {
        if (source->json == NULL) {
            chutes__encoder_refuse(encoder, "json", "must not be NULL");
            return;
        }
        chutes__json_add_raw(&encoder->writer, NULL, source->json,
                             CHUTES__JSON_OBJECT, "json");
        return;
    }
    chutes__json_open_object(&encoder->writer, NULL);
    switch (source->type) {
    case CHUTES_PART_TEXT:
        add_text_part(encoder, source);
        break;
    case CHUTES_PART_IMAGE_URL:
        add_image(encoder, source);
        break;
    case CHUTES_PART_INPUT_AUDIO:
        add_audio(encoder, source);
        break;
    case CHUTES_PART_VIDEO_URL:
        add_url(encoder, source, "video_url");
        break;
    case CHUTES_PART_AUDIO_URL:
        add_url(encoder, source, "audio_url");
        break;
    case CHUTES_PART_FILE:
        add_file(encoder, source);
        break;
    case CHUTES_PART_IMAGE_EMBEDS:
        add_image_embeds(encoder, source);
        break;
    default:
        chutes__encoder_refuse(encoder, "type", "is not a chutes_part_type");
        break;
    }
    chutes__json_close_object(&encoder->writer);
}

static void add_parts(struct chutes__encoder *encoder,
                      const chutes_message *source)
{
    const struct chutes__stride stride = {source->parts,     source->part_count,
                                          source->part_size, MIN_PART_SIZE,
                                          "parts",           "part_size"};
    chutes_content_part part;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "content");
    encoder->sublist = "parts";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->subindex = i;
        chutes__stride_copy(&stride, i, &part, sizeof(part));
        add_part(encoder, &part);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->sublist = NULL;
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

static void add_function(struct chutes__encoder *encoder,
                         const chutes_tool_call *source)
{
    bool is_custom =
        !is_empty(source->type) && strcmp(source->type, "custom") == 0;

    chutes__json_open_object(&encoder->writer,
                             is_custom ? "custom" : "function");
    chutes__encoder_add(encoder, "name", source->name);
    if (is_custom) {
        chutes__encoder_add(encoder, "input",
                            source->arguments == NULL ? "" : source->arguments);
    } else {
        chutes__encoder_add(encoder, "arguments",
                            is_empty(source->arguments) ? "{}"
                                                        : source->arguments);
    }
    chutes__json_close_object(&encoder->writer);
}

/* Adds a tool call of an earlier answer. Any call can be sent back, however
 * malformed: servers reject a call without an id, a type or arguments, so
 * missing ones are filled in. The arguments are the text that the model wrote,
 * which need not be JSON. */
static void add_tool_call(struct chutes__encoder *encoder,
                          const chutes_tool_call *source)
{
    struct chutes__json_merge extra;
    char id[32];

    if (source->name == NULL) {
        chutes__encoder_refuse(encoder, "name", "must not be NULL");
        return;
    }
    /* They would replace what is written here, or be read as such. */
    if (source->extra_json != NULL &&
        chutes__json_has_one_of(chutes__slice_of(source->extra_json),
                                encoder->writer.max_depth,
                                &chutes__call_names)) {
        chutes__encoder_refuse(encoder, "extra_json",
                               "has a key that is not allowed");
    }
    if (is_empty(source->id)) {
        /* What tool_calls.c assigns to a call of the first choice. */
        (void)snprintf(id, sizeof(id), "call_0_%d", source->index);
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, source->extra_json);
    chutes__encoder_add(encoder, "id", is_empty(source->id) ? id : source->id);
    chutes__encoder_add(encoder, "type",
                        is_empty(source->type) ? "function" : source->type);
    add_function(encoder, source);
    chutes__json_merge_end(&encoder->writer, &extra, NULL, "extra_json");
    chutes__json_close_object(&encoder->writer);
}

static void add_tool_calls(struct chutes__encoder *encoder,
                           const chutes_message *source)
{
    struct chutes__stride stride = {source->tool_calls,     1,
                                    source->tool_call_size, MIN_TOOL_CALL_SIZE,
                                    "tool_calls",           "tool_call_size"};
    chutes_tool_call call;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "tool_calls");
    encoder->sublist = "tool_calls";
    for (size_t i = 0; i < source->tool_call_count; i++) {
        encoder->subindex = i;
        /* Treat each pointer in tool_calls as an array of one element. */
        stride.array = source->tool_calls[i];
        if (stride.array == NULL) {
            chutes__encoder_refuse(encoder, "", "must not be NULL");
            return;
        }
        chutes__stride_copy(&stride, 0, &call, sizeof(call));
        add_tool_call(encoder, &call);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->sublist = NULL;
}

static bool check_message(struct chutes__encoder *encoder,
                          const chutes_message *source)
{
    bool is_assistant;

    if (!chutes__encoder_require(encoder, source->role, "role")) {
        return false;
    }
    is_assistant = strcmp(source->role, "assistant") == 0;
    if (source->content != NULL && source->part_count > 0) {
        return chutes__encoder_refuse(encoder, "content",
                                      "must be NULL when there are parts");
    }
    if (source->tool_call_count > 0 && !is_assistant) {
        return chutes__encoder_refuse(encoder, "tool_calls",
                                      "are for the role assistant");
    }
    if (source->reasoning != NULL && !is_assistant) {
        return chutes__encoder_refuse(encoder, "reasoning",
                                      "is for the role assistant");
    }
    /* extra_json may hold the content. */
    if (source->content == NULL && source->part_count == 0 &&
        source->tool_call_count == 0 && source->extra_json == NULL) {
        return chutes__encoder_refuse(encoder, "content", "must not be NULL");
    }
    return strcmp(source->role, "tool") != 0 ||
           chutes__encoder_require(encoder, source->tool_call_id,
                                   "tool_call_id");
}

static void add_reasoning(struct chutes__encoder *encoder,
                          const char *reasoning)
{
    /* SGLang reads the first name, newer vLLM the second. */
    static const char *const names[] = {"reasoning_content", "reasoning"};

    for (size_t i = 0; reasoning != NULL && i < 2; i++) {
        chutes__json_add_string(&encoder->writer, names[i], reasoning,
                                "reasoning");
    }
}

static void add_message(struct chutes__encoder *encoder,
                        const chutes_message *source)
{
    struct chutes__json_merge extra;

    if (!check_message(encoder, source)) {
        return;
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, source->extra_json);
    chutes__encoder_add(encoder, "role", source->role);
    chutes__encoder_add(encoder, "name", source->name);
    chutes__encoder_add(encoder, "content", source->content);
    if (source->part_count > 0) {
        add_parts(encoder, source);
    }
    add_reasoning(encoder, source->reasoning);
    if (source->tool_call_count > 0) {
        add_tool_calls(encoder, source);
    }
    chutes__encoder_add(encoder, "tool_call_id", source->tool_call_id);
    chutes__json_merge_end(&encoder->writer, &extra, NULL, "extra_json");
    chutes__json_close_object(&encoder->writer);
}

void chutes__encode_messages(struct chutes__encoder *encoder,
                             const chutes_message *messages, size_t count,
                             size_t size)
{
    const struct chutes__stride stride = {
        messages, count, size, MIN_MESSAGE_SIZE, "messages", "message_size"};
    chutes_message message;

    if (stride.count == 0) {
        chutes__encoder_refuse(encoder, "messages", "must not be empty");
        return;
    }
    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "messages");
    encoder->list = "messages";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->index = i;
        chutes__stride_copy(&stride, i, &message, sizeof(message));
        add_message(encoder, &message);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}
