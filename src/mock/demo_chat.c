/* SPDX-License-Identifier: MIT */
#include "mock/demo_answer.h"
#include "mock/demo_internal.h"
#include "mock/demo_json.h"

/* ---- JSON -----------------------------------------------------------------
 */

static void put_head(struct mock_bytes *out,
                     const struct mock_demo_answer *answer, const char *object)
{
    (void)mock_bytes_appendf(out,
                             "{\"id\":\"chatcmpl-demo-%016llx\",\"object\":"
                             "\"%s\",\"created\":%lld,\"model\":\"%s\","
                             "\"choices\":[",
                             answer->id, object, answer->created,
                             answer->chat->model);
}

static void put_tail(struct mock_bytes *out,
                     const struct mock_demo_answer *answer)
{
    size_t prompt = answer->chat->prompt_tokens;

    (void)mock_bytes_appendf(
        out,
        "],\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,"
        "\"total_tokens\":%zu,\"prompt_tokens_details\":null,"
        "\"reasoning_tokens\":%zu}}",
        prompt, answer->completion_tokens, prompt + answer->completion_tokens,
        answer->reasoning_tokens);
}

static void put_tool_head(struct mock_bytes *out,
                          const struct mock_demo_answer *answer, size_t index)
{
    struct chutes__json_value name =
        mock_demo_member(&answer->chat->tool, "name");
    struct mock_bytes text = {0};

    mock_demo_put_decoded(&text, &name);
    (void)mock_bytes_appendf(out,
                             "\"tool_calls\":[{\"index\":0,\"id\":"
                             "\"call_%012llx_%zu\",\"type\":\"function\","
                             "\"function\":{\"name\":",
                             answer->id >> 16, index);
    mock_demo_put_string(out, text.data, text.len);
    (void)mock_bytes_appendf(out, ",\"arguments\":");
    mock_bytes_dispose(&text);
}

static void put_message(struct mock_bytes *out, struct mock_demo_answer *answer,
                        size_t index)
{
    const struct mock_demo_choice *choice = &answer->choices[index];

    (void)mock_bytes_appendf(out,
                             "{\"index\":%zu,\"message\":{\"role\":"
                             "\"assistant\",\"content\":",
                             index);
    if (answer->chat->tool.type == CHUTES__JSON_NONE) {
        mock_demo_put_string(out, choice->content.data, choice->content.len);
    } else {
        (void)mock_bytes_appendf(out, "null");
    }
    if (choice->reasoning.len > 0) {
        (void)mock_bytes_appendf(out, ",\"reasoning_content\":");
        mock_demo_put_string(out, choice->reasoning.data,
                             choice->reasoning.len);
    }
    if (answer->chat->tool.type != CHUTES__JSON_NONE) {
        (void)mock_bytes_append(out, ",", 1);
        put_tool_head(out, answer, index);
        mock_demo_put_string(out, choice->arguments.data,
                             choice->arguments.len);
        (void)mock_bytes_appendf(out, "}}]");
    }
    (void)mock_bytes_appendf(out,
                             "},\"logprobs\":null,\"finish_reason\":\"%s\"}",
                             choice->finish_reason);
}

static void count_tokens(struct mock_demo_answer *answer,
                         const struct mock_demo_choice *choice)
{
    size_t reasoning = mock_demo_count_words(choice->reasoning.data);

    answer->reasoning_tokens += reasoning;
    answer->completion_tokens +=
        reasoning + mock_demo_count_words(choice->content.data) +
        choice->arguments.len / MOCK_DEMO_ARGUMENTS_PIECE;
}

static void send_whole(struct mock_demo_exchange *exchange,
                       struct mock_demo_answer *answer)
{
    struct mock_bytes body = {0};

    put_head(&body, answer, "chat.completion");
    for (int i = 0; i < answer->chat->choices; i++) {
        (void)mock_bytes_append(&body, ",", i > 0 ? 1 : 0);
        put_message(&body, answer, (size_t)i);
        count_tokens(answer, &answer->choices[i]);
    }
    put_tail(&body, answer);
    mock_demo_send_json(exchange, 200, &body);
    mock_bytes_dispose(&body);
}

/* ---- stream ---------------------------------------------------------------
 */

/* A piece of the stage's text as a member of the delta; the stage is over
 * behind its last one. */
static void put_piece(struct mock_bytes *out, struct mock_demo_choice *choice,
                      const struct mock_bytes *text, size_t len)
{
    mock_demo_put_string(out, text->data + choice->at, len);
    choice->at += len;
    if (choice->at == text->len) {
        choice->at = 0;
        choice->stage++;
    }
}

static size_t measure_arguments(const struct mock_demo_choice *choice)
{
    const struct mock_bytes *text = &choice->arguments;
    size_t len = text->len - choice->at;

    if (len > MOCK_DEMO_ARGUMENTS_PIECE) {
        len = MOCK_DEMO_ARGUMENTS_PIECE;
        while ((text->data[choice->at + len] & 0xC0) == 0x80) {
            len++;
        }
    }
    return len;
}

static void skip_empty_stages(struct mock_demo_choice *choice, bool has_tool)
{
    if (choice->stage == MOCK_DEMO_STAGE_REASONING &&
        choice->reasoning.len == 0) {
        choice->stage = MOCK_DEMO_STAGE_CONTENT;
    }
    if (choice->stage == MOCK_DEMO_STAGE_CONTENT && choice->content.len == 0) {
        choice->stage = MOCK_DEMO_STAGE_TOOL;
    }
    if (choice->stage == MOCK_DEMO_STAGE_TOOL && !has_tool) {
        choice->stage = MOCK_DEMO_STAGE_FINISH;
    }
}

/* The members of the next delta. */
static void put_delta(struct mock_bytes *out, struct mock_demo_answer *answer,
                      size_t index)
{
    struct mock_demo_choice *choice = &answer->choices[index];
    size_t at = choice->at;

    if (choice->stage == MOCK_DEMO_STAGE_ROLE) {
        (void)mock_bytes_appendf(out,
                                 "\"role\":\"assistant\",\"content\":\"\"");
        choice->stage++;
    } else if (choice->stage == MOCK_DEMO_STAGE_REASONING) {
        answer->reasoning_tokens++;
        answer->completion_tokens++;
        (void)mock_bytes_appendf(out, "\"reasoning_content\":");
        put_piece(out, choice, &choice->reasoning,
                  mock_demo_measure_word(choice->reasoning.data + at));
    } else if (choice->stage == MOCK_DEMO_STAGE_CONTENT) {
        answer->completion_tokens++;
        (void)mock_bytes_appendf(out, "\"content\":");
        put_piece(out, choice, &choice->content,
                  mock_demo_measure_word(choice->content.data + at));
    } else if (choice->stage == MOCK_DEMO_STAGE_TOOL) {
        put_tool_head(out, answer, index);
        (void)mock_bytes_appendf(out, "\"\"}}]");
        choice->stage++;
    } else if (choice->stage == MOCK_DEMO_STAGE_ARGUMENTS) {
        answer->completion_tokens++;
        (void)mock_bytes_appendf(
            out, "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":");
        put_piece(out, choice, &choice->arguments, measure_arguments(choice));
        (void)mock_bytes_appendf(out, "}}]");
    }
}

static bool send_delta(struct mock_demo_exchange *exchange,
                       struct mock_demo_answer *answer, size_t index)
{
    struct mock_demo_choice *choice = &answer->choices[index];
    struct mock_bytes event = {0};
    bool is_finish;
    bool is_sent;

    skip_empty_stages(choice, answer->chat->tool.type != CHUTES__JSON_NONE);
    is_finish = choice->stage == MOCK_DEMO_STAGE_FINISH;
    put_head(&event, answer, "chat.completion.chunk");
    (void)mock_bytes_appendf(&event, "{\"index\":%zu,\"delta\":{", index);
    put_delta(&event, answer, index);
    (void)mock_bytes_appendf(&event, "},\"logprobs\":null,\"finish_reason\":");
    if (is_finish) {
        (void)mock_bytes_appendf(&event, "\"%s\"}", choice->finish_reason);
        choice->stage = MOCK_DEMO_STAGE_OVER;
    } else {
        (void)mock_bytes_appendf(&event, "null}");
    }
    put_tail(&event, answer);
    is_sent = mock_demo_send_event(exchange, &event);
    mock_bytes_dispose(&event);
    return is_sent;
}

/* Choices take turns, a piece each, as engines batch them. */
static bool send_choices(struct mock_demo_exchange *exchange,
                         struct mock_demo_answer *answer)
{
    bool is_any = true;

    while (is_any) {
        is_any = false;
        for (size_t i = 0; i < (size_t)answer->chat->choices; i++) {
            if (answer->choices[i].stage == MOCK_DEMO_STAGE_OVER) {
                continue;
            }
            if (!send_delta(exchange, answer, i)) {
                return false;
            }
            is_any = true;
        }
    }
    return true;
}

static void send_stream(struct mock_demo_exchange *exchange,
                        struct mock_demo_answer *answer)
{
    struct mock_bytes usage = {0};

    if (mock_demo_begin_stream(exchange) && send_choices(exchange, answer)) {
        put_head(&usage, answer, "chat.completion.chunk");
        put_tail(&usage, answer);
        if (mock_demo_send_event(exchange, &usage)) {
            mock_demo_end_stream(exchange);
        }
        mock_bytes_dispose(&usage);
    }
}

void mock_demo_answer_chat(struct mock_demo_exchange *exchange)
{
    const struct chutes__json_value body = {
        .type = CHUTES__JSON_OBJECT,
        .text = {exchange->request->body, exchange->request->body_len}};
    struct mock_demo_chat chat;
    struct mock_demo_answer answer = {.chat = &chat};
    const char *missing = mock_demo_read_chat(&body, &chat);

    if (missing != NULL) {
        mock_demo_send_missing(exchange, missing);
    } else {
        mock_demo_write_answer(&answer, exchange);
        if (chat.is_stream) {
            send_stream(exchange, &answer);
        } else {
            send_whole(exchange, &answer);
        }
        mock_demo_dispose_answer(&answer);
    }
    mock_demo_dispose_chat(&chat);
}
