/* SPDX-License-Identifier: MIT */
/* POST /chat/completions: turns the text that demo_answer.c wrote into one JSON
 * answer, or into the events of a stream. */
#include "mock/demo_answer.h"

#include "mock/demo_internal.h"
#include "mock/demo_json.h"

/* ---- members of both forms ---- */

static void put_head(struct mock_bytes *out,
                     const struct mock_demo_answer *answer, const char *object,
                     size_t choice)
{
    unsigned long long id = answer->id + (answer->has_choice_ids ? choice : 0);

    (void)mock_bytes_appendf(out,
                             "{\"id\":\"chatcmpl-demo-%016llx\",\"object\":"
                             "\"%s\",\"created\":%lld,\"model\":\"%s\","
                             "\"choices\":[",
                             id, object, answer->created, answer->chat->model);
}

static void put_usage(struct mock_bytes *out,
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

/* Writes a tool call up to its arguments. */
static void put_tool_head(struct mock_bytes *out,
                          const struct mock_demo_answer *answer, size_t index,
                          size_t tool)
{
    struct chutes__json_value name =
        mock_demo_member(&answer->chat->tools[tool], "name");
    struct mock_bytes text = {0};

    mock_demo_put_decoded(&text, &name);
    (void)mock_bytes_appendf(out,
                             "{\"index\":%zu,\"id\":\"call_%012llx_%zu_%zu\","
                             "\"type\":\"function\",\"function\":{\"name\":",
                             tool, answer->id >> 16, index, tool);
    mock_demo_put_string(out, text.data, text.len);
    (void)mock_bytes_appendf(out, ",\"arguments\":");
    mock_bytes_dispose(&text);
}

static void put_tools(struct mock_bytes *out,
                      const struct mock_demo_answer *answer, size_t index)
{
    const struct mock_demo_choice *choice = &answer->choices[index];

    (void)mock_bytes_appendf(out, ",\"tool_calls\":[");
    for (size_t i = 0; i < answer->chat->tool_count; i++) {
        (void)mock_bytes_append(out, ",", i > 0 ? 1 : 0);
        put_tool_head(out, answer, index, i);
        mock_demo_put_string(out, choice->arguments[i].data,
                             choice->arguments[i].len);
        (void)mock_bytes_appendf(out, "}}");
    }
    (void)mock_bytes_append(out, "]", 1);
}

static void put_logprobs(struct mock_demo_exchange *exchange,
                         struct mock_bytes *out,
                         const struct mock_demo_choice *choice, int top)
{
    const char *text = choice->content.data;

    (void)mock_bytes_appendf(out, "{\"content\":[");
    for (size_t at = 0, len; at < choice->content.len; at += len) {
        len = mock_demo_measure_word(text + at);
        (void)mock_bytes_append(out, ",", at > 0 ? 1 : 0);
        mock_demo_put_logprob(out, text + at, len, top);
        mock_demo_flush_json(exchange, out);
    }
    (void)mock_bytes_appendf(out, "]}");
}

static void put_finish(struct mock_bytes *out,
                       const struct mock_demo_choice *choice)
{
    (void)mock_bytes_appendf(out, ",\"finish_reason\":");
    if (choice->finish_reason == NULL) {
        (void)mock_bytes_appendf(out, "null");
    } else {
        (void)mock_bytes_appendf(out, "\"%s\"", choice->finish_reason);
    }
    if (choice->stop_reason.len > 0) {
        (void)mock_bytes_appendf(out, ",\"stop_reason\":");
        mock_demo_put_string(out, choice->stop_reason.data,
                             choice->stop_reason.len);
    }
    (void)mock_bytes_append(out, "}", 1);
}

static void put_message(struct mock_demo_exchange *exchange,
                        struct mock_bytes *out, struct mock_demo_answer *answer,
                        size_t index)
{
    const struct mock_demo_choice *choice = &answer->choices[index];

    (void)mock_bytes_appendf(out,
                             "{\"index\":%zu,\"message\":{\"role\":"
                             "\"assistant\",\"content\":",
                             index);
    if (answer->chat->tool_count == 0) {
        mock_demo_put_string(out, choice->content.data, choice->content.len);
    } else {
        (void)mock_bytes_appendf(out, "null");
    }
    if (choice->reasoning.len > 0) {
        (void)mock_bytes_appendf(out, ",\"reasoning_content\":");
        mock_demo_put_string(out, choice->reasoning.data,
                             choice->reasoning.len);
    }
    if (answer->chat->tool_count > 0) {
        put_tools(out, answer, index);
    }
    (void)mock_bytes_appendf(out, "},\"logprobs\":");
    if (answer->chat->wants_logprobs && choice->content.len > 0) {
        put_logprobs(exchange, out, choice, answer->chat->top_logprobs);
    } else {
        (void)mock_bytes_appendf(out, "null");
    }
    put_finish(out, choice);
    mock_demo_flush_json(exchange, out);
}

/* ---- one JSON answer ---- */

static void count_tokens(struct mock_demo_answer *answer,
                         const struct mock_demo_choice *choice)
{
    size_t reasoning = mock_demo_count_words(choice->reasoning.data);

    answer->reasoning_tokens += reasoning;
    answer->completion_tokens +=
        reasoning + mock_demo_count_words(choice->content.data);
    for (size_t i = 0; i < answer->chat->tool_count; i++) {
        answer->completion_tokens +=
            choice->arguments[i].len / MOCK_DEMO_ARGUMENTS_PIECE;
    }
}

static void send_whole(struct mock_demo_exchange *exchange,
                       struct mock_demo_answer *answer)
{
    struct mock_bytes body = {0};

    put_head(&body, answer, "chat.completion", 0);
    for (int i = 0; i < answer->chat->choices; i++) {
        (void)mock_bytes_append(&body, ",", i > 0 ? 1 : 0);
        put_message(exchange, &body, answer, (size_t)i);
        count_tokens(answer, &answer->choices[i]);
    }
    put_usage(&body, answer);
    mock_demo_end_json(exchange, &body);
    mock_bytes_dispose(&body);
}

/* ---- a stream ---- */

/* Writes the next `len` bytes of the stage's text as a string. Returns true if
 * they are the last. */
static bool put_piece(struct mock_bytes *out, struct mock_demo_choice *choice,
                      const struct mock_bytes *text, size_t len)
{
    mock_demo_put_string(out, text->data + choice->at, len);
    choice->at += len;
    if (choice->at < text->len) {
        return false;
    }
    choice->at = 0;
    return true;
}

static size_t measure_arguments(const struct mock_demo_choice *choice)
{
    const struct mock_bytes *text = &choice->arguments[choice->tool];
    size_t len = text->len - choice->at;

    if (len > MOCK_DEMO_ARGUMENTS_PIECE) {
        len = MOCK_DEMO_ARGUMENTS_PIECE;
        while ((text->data[choice->at + len] & 0xC0) == 0x80) {
            len++;
        }
    }
    return len;
}

static void skip_empty_stages(struct mock_demo_choice *choice, size_t tools)
{
    if (choice->stage == MOCK_DEMO_STAGE_REASONING &&
        choice->reasoning.len == 0) {
        choice->stage = MOCK_DEMO_STAGE_CONTENT;
    }
    if (choice->stage == MOCK_DEMO_STAGE_CONTENT && choice->content.len == 0) {
        choice->stage = MOCK_DEMO_STAGE_TOOL;
    }
    if (choice->stage == MOCK_DEMO_STAGE_TOOL && choice->tool == tools) {
        choice->stage = MOCK_DEMO_STAGE_FINISH;
    }
}

/* Writes the `tool_calls` of the next delta. */
static void put_tool_delta(struct mock_bytes *out,
                           struct mock_demo_answer *answer, size_t index)
{
    struct mock_demo_choice *choice = &answer->choices[index];

    (void)mock_bytes_appendf(out, "\"tool_calls\":[");
    if (choice->stage == MOCK_DEMO_STAGE_TOOL) {
        put_tool_head(out, answer, index, choice->tool);
        (void)mock_bytes_appendf(out, "\"\"}}]");
        choice->stage = MOCK_DEMO_STAGE_ARGUMENTS;
        return;
    }
    answer->completion_tokens++;
    (void)mock_bytes_appendf(
        out, "{\"index\":%zu,\"function\":{\"arguments\":", choice->tool);
    if (put_piece(out, choice, &choice->arguments[choice->tool],
                  measure_arguments(choice))) {
        choice->tool++;
        choice->stage = MOCK_DEMO_STAGE_TOOL;
    }
    (void)mock_bytes_appendf(out, "}}]");
}

/* Writes the content or the reasoning of the next delta. */
static void put_text_delta(struct mock_bytes *out,
                           struct mock_demo_answer *answer,
                           struct mock_demo_choice *choice)
{
    bool is_content = choice->stage == MOCK_DEMO_STAGE_CONTENT;
    const struct mock_bytes *text =
        is_content ? &choice->content : &choice->reasoning;

    answer->completion_tokens++;
    answer->reasoning_tokens += is_content ? 0 : 1;
    (void)mock_bytes_appendf(
        out, "\"%s\":", is_content ? "content" : "reasoning_content");
    if (put_piece(out, choice, text,
                  mock_demo_measure_word(text->data + choice->at))) {
        choice->stage++;
    }
}

/* Writes a choice with its next delta and the log probability of that token. */
static void put_delta(struct mock_bytes *out, struct mock_demo_answer *answer,
                      size_t index)
{
    struct mock_demo_choice *choice = &answer->choices[index];
    enum mock_demo_stage stage = choice->stage;
    /* This is read before put_text_delta() moves `at`. */
    const char *token = choice->content.data + choice->at;

    (void)mock_bytes_appendf(out, "{\"index\":%zu,\"delta\":{", index);
    if (stage == MOCK_DEMO_STAGE_ROLE) {
        (void)mock_bytes_appendf(out,
                                 "\"role\":\"assistant\",\"content\":\"\"");
        choice->stage++;
    } else if (stage == MOCK_DEMO_STAGE_REASONING ||
               stage == MOCK_DEMO_STAGE_CONTENT) {
        put_text_delta(out, answer, choice);
    } else if (stage != MOCK_DEMO_STAGE_FINISH) {
        put_tool_delta(out, answer, index);
    }
    (void)mock_bytes_appendf(out, "},\"logprobs\":");
    if (stage == MOCK_DEMO_STAGE_CONTENT && answer->chat->wants_logprobs) {
        (void)mock_bytes_appendf(out, "{\"content\":[");
        mock_demo_put_logprob(out, token, mock_demo_measure_word(token),
                              answer->chat->top_logprobs);
        (void)mock_bytes_appendf(out, "]}");
    } else {
        (void)mock_bytes_appendf(out, "null");
    }
    if (stage == MOCK_DEMO_STAGE_FINISH) {
        put_finish(out, choice);
        choice->stage = MOCK_DEMO_STAGE_OVER;
    } else {
        (void)mock_bytes_appendf(out, ",\"finish_reason\":null}");
    }
}

static bool send_delta(struct mock_demo_exchange *exchange,
                       struct mock_demo_answer *answer, size_t index)
{
    struct mock_bytes event = {0};
    bool is_sent;

    skip_empty_stages(&answer->choices[index], answer->chat->tool_count);
    put_head(&event, answer, "chat.completion.chunk", index);
    put_delta(&event, answer, index);
    if (answer->chat->wants_usage_often) {
        put_usage(&event, answer);
    } else {
        (void)mock_bytes_appendf(&event, "]}");
    }
    is_sent = mock_demo_send_event(exchange, &event);
    mock_bytes_dispose(&event);
    return is_sent;
}

/* The choices take turns, one delta each, as in an engine that batches them. */
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

static bool send_usage(struct mock_demo_exchange *exchange,
                       const struct mock_demo_answer *answer)
{
    struct mock_bytes event = {0};
    bool is_sent;

    put_head(&event, answer, "chat.completion.chunk", 0);
    put_usage(&event, answer);
    is_sent = mock_demo_send_event(exchange, &event);
    mock_bytes_dispose(&event);
    return is_sent;
}

static void send_stream(struct mock_demo_exchange *exchange,
                        struct mock_demo_answer *answer)
{
    if (mock_demo_begin_stream(exchange) && send_choices(exchange, answer) &&
        (!answer->chat->wants_usage || send_usage(exchange, answer))) {
        mock_demo_end_stream(exchange);
    }
}

static void answer_request(struct mock_demo_exchange *exchange,
                           const struct mock_demo_chat *chat)
{
    struct mock_demo_answer answer = {.chat = chat};

    mock_demo_write_answer(&answer, exchange);
    if (chat->is_stream) {
        send_stream(exchange, &answer);
    } else {
        send_whole(exchange, &answer);
    }
    mock_demo_dispose_answer(&answer);
}

void mock_demo_answer_chat(struct mock_demo_exchange *exchange)
{
    const struct chutes__json_value body = mock_demo_body(exchange);
    struct mock_demo_chat chat;
    struct mock_demo_refusal refusal = mock_demo_read_chat(&body, &chat);

    if (refusal.missing != NULL) {
        mock_demo_send_missing(exchange, refusal.missing);
    } else if (refusal.detail != NULL) {
        mock_demo_send_detail(exchange, 400, refusal.detail);
    } else {
        chat.model =
            mock_demo_model(exchange, &chat.wanted_model, MOCK_DEMO_CHAT_MODEL);
        if (chat.model != NULL) {
            answer_request(exchange, &chat);
        }
    }
    mock_demo_dispose_chat(&chat);
}
