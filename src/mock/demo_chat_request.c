/* SPDX-License-Identifier: MIT */
/* Reads a chat request: the last prompt, what kind of answer it asks for, and
 * how much of it. */
#include "mock/demo_chat_request.h"

#include "mock/demo_internal.h"
#include "mock/demo_json.h"

#include <string.h>

/* About the average of tokenizers on English text. */
enum { BYTES_PER_TOKEN = 4 };

static void read_part(struct mock_demo_chat *chat,
                      const struct chutes__json_value *part,
                      struct mock_bytes *text)
{
    struct chutes__json_value type = mock_demo_member(part, "type");
    struct chutes__json_value value = mock_demo_member(part, "text");

    if (value.type == CHUTES__JSON_STRING) {
        mock_demo_put_decoded(text, &value);
    }
    chat->images += mock_demo_string_is(&type, "image_url") ? 1 : 0;
}

/* Appends the text of a message's content, which is a string or parts. */
static void read_content(struct mock_demo_chat *chat,
                         const struct chutes__json_value *content,
                         struct mock_bytes *text)
{
    struct chutes__json_reader reader;

    if (content->type == CHUTES__JSON_STRING) {
        mock_demo_put_decoded(text, content);
    } else if (content->type == CHUTES__JSON_ARRAY) {
        mock_demo_open(&reader, content);
        (void)chutes__json_enter_array(&reader);
        while (chutes__json_next_element(&reader)) {
            struct chutes__json_value part;

            chutes__json_read(&reader, &part);
            read_part(chat, &part, text);
        }
    }
}

static void read_message(struct mock_demo_chat *chat,
                         const struct chutes__json_value *message)
{
    struct chutes__json_value role = mock_demo_member(message, "role");
    struct chutes__json_value content = mock_demo_member(message, "content");

    chat->prompt_tokens += content.text.len / BYTES_PER_TOKEN + 1;
    if (mock_demo_string_is(&role, "tool")) {
        if (chat->has_tool_result) {
            (void)mock_bytes_append(&chat->tool_result, "; ", 2);
        }
        chat->has_tool_result = true;
        read_content(chat, &content, &chat->tool_result);
        return;
    }
    /* An earlier tool result was answered before this message. */
    chat->has_tool_result = false;
    chat->tool_result.len = 0;
    if (mock_demo_member(message, "tool_calls").type == CHUTES__JSON_ARRAY) {
        chat->tool_rounds++;
    }
    if (mock_demo_string_is(&role, "user")) {
        chat->tool_rounds = 0;
        chat->prompt.len = 0;
        chat->images = 0;
        read_content(chat, &content, &chat->prompt);
    }
}

static bool read_messages(struct mock_demo_chat *chat,
                          const struct chutes__json_value *messages)
{
    struct chutes__json_reader reader;
    size_t count = 0;

    if (messages->type != CHUTES__JSON_ARRAY) {
        return false;
    }
    mock_demo_open(&reader, messages);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value message;

        chutes__json_read(&reader, &message);
        read_message(chat, &message);
        count++;
    }
    return count > 0;
}

/* Returns the number before " rounds" in the prompt, at most 9, or 1: the
 * number of rounds in which the model calls tools before it answers. */
static size_t count_wanted_rounds(const struct mock_demo_chat *chat)
{
    const char *at = strstr(chat->prompt.data, " rounds");

    return at != NULL && at > chat->prompt.data && chutes__is_digit(at[-1])
               ? (size_t)(at[-1] - '0')
               : 1;
}

/* Picks the function that tool_choice names; else the first one, or all of them
 * if the request asks for parallel calls. */
static void pick_tools(struct mock_demo_chat *chat,
                       const struct chutes__json_value *body)
{
    struct chutes__json_value tools = mock_demo_member(body, "tools");
    struct chutes__json_value choice = mock_demo_member(body, "tool_choice");
    struct chutes__json_value wanted = mock_demo_member(&choice, "function");
    size_t most = mock_demo_is_true(body, "parallel_tool_calls")
                      ? MOCK_DEMO_MAX_TOOLS
                      : 1;
    struct chutes__json_reader reader;

    wanted = mock_demo_member(&wanted, "name");
    if (tools.type != CHUTES__JSON_ARRAY ||
        mock_demo_string_is(&choice, "none") ||
        (chat->has_tool_result &&
         chat->tool_rounds >= count_wanted_rounds(chat))) {
        return;
    }
    mock_demo_open(&reader, &tools);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value tool;
        struct chutes__json_value name;

        chutes__json_read(&reader, &tool);
        tool = mock_demo_member(&tool, "function");
        name = mock_demo_member(&tool, "name");
        if (name.type != CHUTES__JSON_STRING) {
            continue;
        }
        if (wanted.type == CHUTES__JSON_STRING &&
            wanted.text.len == name.text.len &&
            memcmp(wanted.text.data, name.text.data, name.text.len) == 0) {
            chat->tools[0] = tool;
            chat->tool_count = 1;
            return;
        }
        if (chat->tool_count < most) {
            chat->tools[chat->tool_count++] = tool;
        }
    }
}

/* Engines differ in the names by which a request asks for it. */
static bool wants_reasoning(const struct chutes__json_value *body)
{
    struct chutes__json_value effort =
        mock_demo_member(body, "reasoning_effort");
    struct chutes__json_value template =
        mock_demo_member(body, "chat_template_kwargs");
    struct chutes__json_value enabled =
        mock_demo_member(&template, "enable_thinking");

    if (enabled.type == CHUTES__JSON_NONE) {
        enabled = mock_demo_member(&template, "thinking");
    }
    return enabled.type == CHUTES__JSON_TRUE ||
           (effort.type == CHUTES__JSON_STRING &&
            !mock_demo_string_is(&effort, "none"));
}

static void read_format(struct mock_demo_chat *chat,
                        const struct chutes__json_value *format)
{
    struct chutes__json_value type = mock_demo_member(format, "type");

    if (mock_demo_string_is(&type, "json_object")) {
        chat->wants_json = true;
    } else if (mock_demo_string_is(&type, "json_schema")) {
        chat->schema = mock_demo_member(format, "json_schema");
        chat->schema = mock_demo_member(&chat->schema, "schema");
        chat->wants_json = true;
    }
}

static struct mock_demo_refusal
read_numbers(struct mock_demo_chat *chat, const struct chutes__json_value *body)
{
    int64_t choices = mock_demo_integer_of(body, "n", 1);
    int64_t top = mock_demo_integer_of(body, "top_logprobs", 0);

    if (choices < 1 || choices > MOCK_DEMO_MAX_CHOICES) {
        return (struct mock_demo_refusal){.detail = "n must be 1 to 16"};
    }
    if (top < 0 || top > MOCK_DEMO_MAX_TOP_LOGPROBS) {
        return (struct mock_demo_refusal){.detail =
                                              "top_logprobs must be 0 to 20"};
    }
    chat->choices = (int)choices;
    chat->top_logprobs = (int)top;
    chat->max_tokens =
        mock_demo_integer_of(body, "max_completion_tokens",
                             mock_demo_integer_of(body, "max_tokens", 0));
    chat->seed = mock_demo_integer_of(body, "seed", 0);
    return (struct mock_demo_refusal){0};
}

struct mock_demo_refusal
mock_demo_read_chat(const struct chutes__json_value *body,
                    struct mock_demo_chat *chat)
{
    struct chutes__json_value messages = mock_demo_member(body, "messages");
    struct chutes__json_value format =
        mock_demo_member(body, "response_format");
    struct chutes__json_value options =
        mock_demo_member(body, "stream_options");

    *chat = (struct mock_demo_chat){0};
    /* Texts that stay empty must not be NULL. */
    (void)mock_bytes_append(&chat->prompt, "", 0);
    (void)mock_bytes_append(&chat->tool_result, "", 0);
    if (!read_messages(chat, &messages)) {
        return (struct mock_demo_refusal){.missing = "messages"};
    }
    chat->wanted_model = mock_demo_member(body, "model");
    chat->is_stream = mock_demo_is_true(body, "stream");
    chat->wants_usage = mock_demo_is_true(&options, "include_usage");
    chat->wants_usage_often =
        chat->wants_usage &&
        mock_demo_is_true(&options, "continuous_usage_stats");
    chat->wants_logprobs = mock_demo_is_true(body, "logprobs");
    chat->wants_reasoning = wants_reasoning(body);
    chat->stop = mock_demo_member(body, "stop");
    pick_tools(chat, body);
    read_format(chat, &format);
    return read_numbers(chat, body);
}

void mock_demo_dispose_chat(struct mock_demo_chat *chat)
{
    mock_bytes_dispose(&chat->prompt);
    mock_bytes_dispose(&chat->tool_result);
}
