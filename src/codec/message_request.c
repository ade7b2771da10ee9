/* SPDX-License-Identifier: MIT */
/* Encodes the messages of a chat request, with their parts and tool calls. */
#include "codec/encoder.h"

#include "base/slice.h"

#include <stdio.h>
#include <string.h>

/* Sizes in the first release. Later releases append fields, which are not read
 * from callers whose headers lack them. */
#define MESSAGE_SIZE_MIN sizeof(chutes_message)
#define PART_SIZE_MIN sizeof(chutes_content_part)
#define TOOL_CALL_SIZE_MIN sizeof(chutes_tool_call)

static bool has_known_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "data:"};
    const struct chutes__slice text = chutes__slice_of(url);

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (chutes__slice_starts_with_nocase(text, schemes[i]) &&
            text.len > strlen(schemes[i])) {
            return true;
        }
    }
    return false;
}

static void add_url(struct chutes__encoder *encoder,
                    struct chutes__json_node *part,
                    const chutes_content_part *source, const char *type)
{
    struct chutes__json_node *payload;

    if (!chutes__encoder_require(encoder, source->url, "url")) {
        return;
    }
    if (!has_known_scheme(source->url)) {
        chutes__encoder_refuse(encoder, "url",
                               "must be an http, https or data URL");
        return;
    }
    chutes__encoder_add(encoder, part, "type", type);
    payload = chutes__json_add_object(&encoder->builder, part, type);
    chutes__encoder_add(encoder, payload, "url", source->url);
    if (source->type == CHUTES_PART_IMAGE_URL) {
        chutes__encoder_add(encoder, payload, "detail", source->detail);
    }
}

static void add_audio(struct chutes__encoder *encoder,
                      struct chutes__json_node *part,
                      const chutes_content_part *source)
{
    struct chutes__json_node *payload;

    if (!chutes__encoder_require(encoder, source->data, "data") ||
        !chutes__encoder_require(encoder, source->format, "format")) {
        return;
    }
    if (strcmp(source->format, "wav") != 0 &&
        strcmp(source->format, "mp3") != 0) {
        chutes__encoder_refuse(encoder, "format", "must be wav or mp3");
        return;
    }
    chutes__encoder_add(encoder, part, "type", "input_audio");
    payload = chutes__json_add_object(&encoder->builder, part, "input_audio");
    chutes__encoder_add(encoder, payload, "data", source->data);
    chutes__encoder_add(encoder, payload, "format", source->format);
}

static void add_text_part(struct chutes__encoder *encoder,
                          struct chutes__json_node *part,
                          const chutes_content_part *source)
{
    if (source->text == NULL) {
        chutes__encoder_refuse(encoder, "text", "must not be NULL");
        return;
    }
    chutes__encoder_add(encoder, part, "type", "text");
    chutes__encoder_add(encoder, part, "text", source->text);
}

static void add_image(struct chutes__encoder *encoder,
                      struct chutes__json_node *part,
                      const chutes_content_part *source)
{
    const char *detail = source->detail;

    if (detail != NULL && strcmp(detail, "auto") != 0 &&
        strcmp(detail, "low") != 0 && strcmp(detail, "high") != 0) {
        chutes__encoder_refuse(encoder, "detail", "must be auto, low or high");
        return;
    }
    add_url(encoder, part, source, "image_url");
}

static void add_part(struct chutes__encoder *encoder,
                     struct chutes__json_node *parts,
                     const chutes_content_part *source)
{
    struct chutes__json_node *part;

    if (source->type == CHUTES_PART_JSON) {
        if (source->json == NULL) {
            chutes__encoder_refuse(encoder, "json", "must not be NULL");
            return;
        }
        chutes__json_add_raw(&encoder->builder, parts, NULL, source->json,
                             CHUTES__JSON_OBJECT, "json");
        return;
    }
    part = chutes__json_add_object(&encoder->builder, parts, NULL);
    switch (source->type) {
    case CHUTES_PART_TEXT:
        add_text_part(encoder, part, source);
        break;
    case CHUTES_PART_IMAGE_URL:
        add_image(encoder, part, source);
        break;
    case CHUTES_PART_INPUT_AUDIO:
        add_audio(encoder, part, source);
        break;
    case CHUTES_PART_VIDEO_URL:
        add_url(encoder, part, source, "video_url");
        break;
    default:
        chutes__encoder_refuse(encoder, "type", "is no chutes_part_type");
        break;
    }
}

static void add_parts(struct chutes__encoder *encoder,
                      struct chutes__json_node *message,
                      const chutes_message *source)
{
    const struct chutes__stride stride = {source->parts,     source->part_count,
                                          source->part_size, PART_SIZE_MIN,
                                          "parts",           "part_size"};
    struct chutes__json_node *parts;
    chutes_content_part part;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    parts = chutes__json_add_array(&encoder->builder, message, "content");
    encoder->sublist = "parts";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->subindex = i;
        chutes__stride_copy(&stride, i, &part, sizeof(part));
        add_part(encoder, parts, &part);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    encoder->sublist = NULL;
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

/* Adds a tool call of an earlier answer. Any call can be sent back, however
 * malformed: servers reject a call without an id, a type or arguments, so
 * missing ones are filled in. The arguments are the text that the model wrote,
 * which need not be JSON. */
static void add_tool_call(struct chutes__encoder *encoder,
                          struct chutes__json_node *calls,
                          const chutes_tool_call *source)
{
    struct chutes__json_node *function;
    struct chutes__json_node *call;
    char id[32];

    if (source->name == NULL) {
        chutes__encoder_refuse(encoder, "name", "must not be NULL");
        return;
    }
    /* The id that tool_calls.c assigns to a call of the first choice. */
    (void)snprintf(id, sizeof(id), "call_0_%d", source->index);
    call = chutes__json_add_object(&encoder->builder, calls, NULL);
    chutes__encoder_add(encoder, call, "id",
                        is_empty(source->id) ? id : source->id);
    chutes__encoder_add(encoder, call, "type",
                        is_empty(source->type) ? "function" : source->type);
    if (!is_empty(source->type) && strcmp(source->type, "custom") == 0) {
        function = chutes__json_add_object(&encoder->builder, call, "custom");
        chutes__encoder_add(encoder, function, "name", source->name);
        chutes__encoder_add(encoder, function, "input",
                            source->arguments == NULL ? "" : source->arguments);
        return;
    }
    function = chutes__json_add_object(&encoder->builder, call, "function");
    chutes__encoder_add(encoder, function, "name", source->name);
    chutes__encoder_add(encoder, function, "arguments",
                        is_empty(source->arguments) ? "{}" : source->arguments);
}

static void add_tool_calls(struct chutes__encoder *encoder,
                           struct chutes__json_node *message,
                           const chutes_message *source)
{
    struct chutes__stride stride = {source->tool_calls,     1,
                                    source->tool_call_size, TOOL_CALL_SIZE_MIN,
                                    "tool_calls",           "tool_call_size"};
    struct chutes__json_node *calls;
    chutes_tool_call call;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    calls = chutes__json_add_array(&encoder->builder, message, "tool_calls");
    encoder->sublist = "tool_calls";
    for (size_t i = 0; i < source->tool_call_count; i++) {
        encoder->subindex = i;
        /* Each pointer in tool_calls points at an array of one element. */
        stride.array = source->tool_calls[i];
        if (stride.array == NULL) {
            chutes__encoder_refuse(encoder, "", "must not be NULL");
            return;
        }
        chutes__stride_copy(&stride, 0, &call, sizeof(call));
        add_tool_call(encoder, calls, &call);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
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
                          struct chutes__json_node *message,
                          const char *reasoning)
{
    /* SGLang reads the first name, newer vLLM the second. */
    static const char *const names[] = {"reasoning_content", "reasoning"};

    for (size_t i = 0; reasoning != NULL && i < 2; i++) {
        chutes__json_add_string(&encoder->builder, message, names[i], reasoning,
                                "reasoning");
    }
}

static void add_message(struct chutes__encoder *encoder,
                        struct chutes__json_node *messages,
                        const chutes_message *source)
{
    struct chutes__json_node *message;

    if (!check_message(encoder, source)) {
        return;
    }
    message = chutes__json_add_object(&encoder->builder, messages, NULL);
    chutes__encoder_add(encoder, message, "role", source->role);
    chutes__encoder_add(encoder, message, "name", source->name);
    chutes__encoder_add(encoder, message, "content", source->content);
    if (source->part_count > 0) {
        add_parts(encoder, message, source);
    }
    add_reasoning(encoder, message, source->reasoning);
    if (source->tool_call_count > 0) {
        add_tool_calls(encoder, message, source);
    }
    chutes__encoder_add(encoder, message, "tool_call_id", source->tool_call_id);
    if (source->extra_json != NULL) {
        chutes__json_merge(&encoder->builder, message, source->extra_json, NULL,
                           "extra_json");
    }
}

void chutes__encode_messages(struct chutes__encoder *encoder,
                             const chutes_chat_params *params)
{
    const struct chutes__stride stride = {
        params->messages,     params->message_count,
        params->message_size, MESSAGE_SIZE_MIN,
        "messages",           "message_size"};
    struct chutes__json_node *messages;
    chutes_message message;

    if (stride.count == 0) {
        chutes__encoder_refuse(encoder, "messages", "must not be empty");
        return;
    }
    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    messages = chutes__json_add_array(&encoder->builder, encoder->builder.root,
                                      "messages");
    encoder->list = "messages";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->index = i;
        chutes__stride_copy(&stride, i, &message, sizeof(message));
        add_message(encoder, messages, &message);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    encoder->list = NULL;
}
