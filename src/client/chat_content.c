/* SPDX-License-Identifier: MIT */
/*
 * The messages and tools of a chat as JSON in the form that OpenTelemetry's
 * conventions define: a list of messages, each with a role and a list of parts,
 * and a list of tools. Parts other than texts and tool calls, such as images,
 * are left out.
 */
#include "client/chat_content.h"

#include <string.h>

#include "json/writer.h"

/* A list of messages in JSON. After the first failure, nothing is added. */
struct list {
    struct chutes__buf json;
    chutes_status status;
};

static void add(struct list *list, const char *json)
{
    if (list->status == CHUTES_OK) {
        list->status = chutes__buf_append_str(&list->json, json);
    }
}

static void add_text(struct list *list, const char *key, const char *text)
{
    add(list, key);
    if (list->status == CHUTES_OK) {
        list->status =
            chutes__json_append_quoted(&list->json, text != NULL ? text : "");
    }
}

/* Adds a comma if this is not the first element. */
static void separate(struct list *list)
{
    const struct chutes__buf *json = &list->json;

    if (json->len > 0 && json->data[json->len - 1] != '[') {
        add(list, ",");
    }
}

static void add_part(struct list *list, const char *type, const char *content)
{
    if (content != NULL && content[0] != '\0') {
        separate(list);
        add_text(list, "{\"type\":", type);
        add_text(list, ",\"content\":", content);
        add(list, "}");
    }
}

static void add_calls(struct list *list, const chutes_tool_call *const *calls,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        separate(list);
        add_text(list, "{\"type\":\"tool_call\",\"id\":", calls[i]->id);
        add_text(list, ",\"name\":", calls[i]->name);
        add_text(list, ",\"arguments\":", calls[i]->arguments);
        add(list, "}");
    }
}

/* Reads an element of the application's array, whose headers may be older. */
static void read_element(void *element, size_t size, const void *array,
                         size_t step, size_t index)
{
    memset(element, 0, size);
    memcpy(element, (const char *)array + index * step,
           step < size ? step : size);
}

static void add_message(struct list *list, const chutes_message *message)
{
    separate(list);
    add_text(list, "{\"role\":", message->role);
    add(list, ",\"parts\":[");
    if (message->tool_call_id != NULL) {
        add_text(list, "{\"type\":\"tool_call_response\",\"id\":",
                 message->tool_call_id);
        add_text(list, ",\"response\":", message->content);
        add(list, "}");
    } else {
        add_part(list, "reasoning", message->reasoning);
        add_part(list, "text", message->content);
    }
    for (size_t i = 0; i < message->part_count; i++) {
        chutes_content_part part;

        read_element(&part, sizeof(part), message->parts, message->part_size,
                     i);
        if (part.type == CHUTES_PART_TEXT) {
            add_part(list, "text", part.text);
        }
    }
    add_calls(list, message->tool_calls, message->tool_call_count);
    add(list, "]}");
}

/* Ends the list, and sets the attribute. */
static void finish(struct list *list, struct chutes__span *span,
                   const char *name)
{
    add(list, "]");
    if (list->status == CHUTES_OK) {
        chutes_span_set_text(&span->shown, name, list->json.data);
    }
    chutes__buf_dispose(&list->json);
}

static void begin(struct list *list)
{
    chutes__buf_init(&list->json, SIZE_MAX);
    list->status = CHUTES_OK;
    add(list, "[");
}

static void add_messages(struct chutes__span *span,
                         const chutes_chat_params *params)
{
    struct list list;

    begin(&list);
    for (size_t i = 0; i < params->message_count; i++) {
        chutes_message message;

        read_element(&message, sizeof(message), params->messages,
                     params->message_size, i);
        add_message(&list, &message);
    }
    finish(&list, span, "gen_ai.input.messages");
}

/* The parameters of a function are JSON that was checked. */
static void add_tool(struct list *list, const chutes_tool *tool)
{
    separate(list);
    add_text(list, "{\"type\":", tool->is_custom == 1 ? "custom" : "function");
    add_text(list, ",\"name\":", tool->name);
    if (tool->description != NULL) {
        add_text(list, ",\"description\":", tool->description);
    }
    if (tool->parameters_json != NULL) {
        add(list, ",\"parameters\":");
        add(list, tool->parameters_json);
    }
    add(list, "}");
}

static void add_tools(struct chutes__span *span,
                      const chutes_chat_params *params)
{
    struct list list;

    begin(&list);
    for (size_t i = 0; i < params->tool_count; i++) {
        chutes_tool tool;

        read_element(&tool, sizeof(tool), params->tools, params->tool_size, i);
        add_tool(&list, &tool);
    }
    finish(&list, span, "gen_ai.tool.definitions");
}

void chutes__chat_content_request(struct chutes__span *span,
                                  const chutes_chat_params *params)
{
    if (params->message_count > 0) { /* a text completion has none */
        add_messages(span, params);
    }
    if (params->tool_count > 0) {
        add_tools(span, params);
    }
}

void chutes__chat_content_response(struct chutes__span *span,
                                   const chutes_chat_response *response)
{
    struct list list;

    begin(&list);
    for (size_t i = 0; i < response->choice_count; i++) {
        const chutes_chat_choice *choice = response->choices[i];

        separate(&list);
        add(&list, "{\"role\":\"assistant\",\"parts\":[");
        add_part(&list, "reasoning", choice->reasoning);
        add_part(&list, "text", choice->content);
        add_calls(&list, choice->tool_calls, choice->tool_call_count);
        add_text(&list, "],\"finish_reason\":", choice->finish_reason);
        add(&list, "}");
    }
    finish(&list, span, "gen_ai.output.messages");
}
