/* SPDX-License-Identifier: MIT */
/* POST /completions: the demo model continues each prompt, n times. The choices
 * of a stream come one after the other. */
#include "mock/demo_answer.h"

#include "mock/demo_internal.h"
#include "mock/demo_json.h"

enum { USUAL_TOKENS = 16 }; /* if the request has no max_tokens */

/* A request. The JSON values point into its body. */
struct completion {
    const char *model;
    struct chutes__json_value prompt; /* a text or an array */
    struct chutes__json_value stop;
    bool is_stream;
    bool wants_usage;
    bool echoes;
    bool wants_logprobs;
    int64_t max_tokens;
    int64_t seed;
    size_t each; /* choices of a prompt */
    size_t prompt_tokens;
    size_t completion_tokens;
};

/* Is it one prompt? An array of numbers is one, too: they are token ids. */
static bool is_single(const struct chutes__json_value *prompt)
{
    return prompt->type != CHUTES__JSON_ARRAY ||
           mock_demo_first(prompt).type == CHUTES__JSON_NUMBER;
}

static void put_head(struct mock_bytes *out, const struct completion *asked,
                     const struct mock_demo_exchange *exchange)
{
    (void)mock_bytes_appendf(out,
                             "{\"id\":\"cmpl-demo-%d\",\"object\":"
                             "\"text_completion\",\"created\":1764000000,"
                             "\"model\":\"%s\",\"choices\":[",
                             exchange->request->number, asked->model);
}

static void put_usage(struct mock_bytes *out, const struct completion *asked)
{
    (void)mock_bytes_appendf(out,
                             "],\"usage\":{\"prompt_tokens\":%zu,"
                             "\"completion_tokens\":%zu,\"total_tokens\":%zu}}",
                             asked->prompt_tokens, asked->completion_tokens,
                             asked->prompt_tokens + asked->completion_tokens);
}

/* Writes the older form of log probabilities, with the whole piece as one
 * token. */
static void put_logprobs(struct mock_bytes *out, const char *text, size_t len,
                         size_t offset)
{
    (void)mock_bytes_appendf(out, "{\"tokens\":[");
    mock_demo_put_string(out, text, len);
    (void)mock_bytes_appendf(out,
                             "],\"token_logprobs\":[-0.5],\"top_logprobs\":"
                             "[null],\"text_offset\":[%zu]}",
                             offset);
}

/* Puts one piece of a choice; `reason` is NULL unless it is the last one. */
static void put_choice(struct mock_bytes *out, const struct completion *asked,
                       size_t index, const char *text, size_t len,
                       size_t offset, const char *reason)
{
    (void)mock_bytes_appendf(out, "{\"index\":%zu,\"text\":", index);
    mock_demo_put_string(out, text, len);
    (void)mock_bytes_appendf(out, ",\"logprobs\":");
    if (asked->wants_logprobs && len > 0) {
        put_logprobs(out, text, len, offset);
    } else {
        (void)mock_bytes_appendf(out, "null");
    }
    (void)mock_bytes_appendf(
        out, ",\"finish_reason\":%s%s%s}", reason != NULL ? "\"" : "",
        reason != NULL ? reason : "null", reason != NULL ? "\"" : "");
}

/* Sends a choice word by word. False: the stream is over. */
static bool send_choice(struct mock_demo_exchange *exchange,
                        const struct completion *asked, size_t index,
                        const struct mock_bytes *text, const char *reason)
{
    bool is_sent = true;

    for (size_t at = 0, len; is_sent; at += len) {
        struct mock_bytes event = {0};

        len = mock_demo_measure_word(text->data + at);
        put_head(&event, asked, exchange);
        put_choice(&event, asked, index, text->data + at, len, at,
                   len == 0 ? reason : NULL);
        (void)mock_bytes_appendf(&event, "]}");
        is_sent = mock_demo_send_event(exchange, &event);
        mock_bytes_dispose(&event);
        if (len == 0) {
            break;
        }
    }
    return is_sent;
}

/* Continues one prompt. The choices are sent, or put into the body. False: the
 * stream is over. */
static bool answer_prompt(struct mock_demo_exchange *exchange,
                          struct completion *asked, size_t number,
                          const struct chutes__json_value *prompt,
                          struct mock_bytes *body)
{
    struct mock_demo_chat chat = {.model = asked->model,
                                  .choices = (int)asked->each,
                                  .max_tokens = asked->max_tokens,
                                  .seed = asked->seed,
                                  .stop = asked->stop};
    struct mock_demo_answer answer = {.chat = &chat};
    bool goes_on = true;

    (void)mock_bytes_append(&chat.prompt, "", 0);
    (void)mock_bytes_append(&chat.tool_result, "", 0);
    if (prompt->type == CHUTES__JSON_STRING) {
        mock_demo_put_decoded(&chat.prompt, prompt);
    }
    mock_demo_write_answer(&answer, exchange);
    asked->prompt_tokens += mock_demo_count_words(chat.prompt.data);
    for (size_t i = 0; i < asked->each && goes_on; i++) {
        const struct mock_demo_choice *choice = &answer.choices[i];
        size_t index = number * asked->each + i;
        struct mock_bytes text = {0};

        asked->completion_tokens += mock_demo_count_words(choice->content.data);
        (void)mock_bytes_appendf(&text, "%s%s",
                                 asked->echoes ? chat.prompt.data : "",
                                 choice->content.data);
        if (asked->is_stream) {
            goes_on = send_choice(exchange, asked, index, &text,
                                  choice->finish_reason);
        } else {
            (void)mock_bytes_append(body, ",", index > 0 ? 1 : 0);
            put_choice(body, asked, index, text.data, text.len, 0,
                       choice->finish_reason);
            mock_demo_flush_json(exchange, body);
        }
        mock_bytes_dispose(&text);
    }
    mock_demo_dispose_answer(&answer);
    mock_demo_dispose_chat(&chat);
    return goes_on;
}

static bool answer_prompts(struct mock_demo_exchange *exchange,
                           struct completion *asked, struct mock_bytes *body)
{
    struct chutes__json_reader reader;
    struct chutes__json_value prompt;
    bool goes_on = true;

    if (is_single(&asked->prompt)) {
        return answer_prompt(exchange, asked, 0, &asked->prompt, body);
    }
    mock_demo_open(&reader, &asked->prompt);
    (void)chutes__json_enter_array(&reader);
    for (size_t i = 0; goes_on && chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &prompt);
        goes_on = answer_prompt(exchange, asked, i, &prompt, body);
    }
    return goes_on;
}

static void send_stream(struct mock_demo_exchange *exchange,
                        struct completion *asked)
{
    struct mock_bytes event = {0};

    if (mock_demo_begin_stream(exchange) &&
        answer_prompts(exchange, asked, NULL)) {
        put_head(&event, asked, exchange);
        put_usage(&event, asked);
        if (!asked->wants_usage || mock_demo_send_event(exchange, &event)) {
            mock_demo_end_stream(exchange);
        }
    }
    mock_bytes_dispose(&event);
}

static void send_whole(struct mock_demo_exchange *exchange,
                       struct completion *asked)
{
    struct mock_bytes body = {0};

    put_head(&body, asked, exchange);
    (void)answer_prompts(exchange, asked, &body);
    put_usage(&body, asked);
    mock_demo_end_json(exchange, &body);
    mock_bytes_dispose(&body);
}

static struct completion read_request(const struct chutes__json_value *body)
{
    struct chutes__json_value options =
        mock_demo_member(body, "stream_options");
    struct completion asked = {
        .prompt = mock_demo_member(body, "prompt"),
        .stop = mock_demo_member(body, "stop"),
        .is_stream = mock_demo_is_true(body, "stream"),
        .wants_usage = mock_demo_is_true(&options, "include_usage"),
        .echoes = mock_demo_is_true(body, "echo"),
        .wants_logprobs = mock_demo_integer_of(body, "logprobs", -1) >= 0,
        .max_tokens = mock_demo_integer_of(body, "max_tokens", USUAL_TOKENS),
        .seed = mock_demo_integer_of(body, "seed", 0),
    };
    int64_t each = mock_demo_integer_of(body, "n", 1);

    asked.each = each >= 1 && each <= MOCK_DEMO_MAX_CHOICES ? (size_t)each : 0;
    return asked;
}

void mock_demo_answer_complete(struct mock_demo_exchange *exchange)
{
    const struct chutes__json_value body = mock_demo_body(exchange);
    struct chutes__json_value model = mock_demo_member(&body, "model");
    struct completion asked = read_request(&body);

    if (asked.prompt.type != CHUTES__JSON_STRING &&
        asked.prompt.type != CHUTES__JSON_ARRAY) {
        mock_demo_send_missing(exchange, "prompt");
    } else if (asked.each == 0) {
        mock_demo_send_detail(exchange, 400, "n must be 1 to 16");
    } else {
        asked.model = mock_demo_model(exchange, &model, MOCK_DEMO_CHAT_MODEL);
        if (asked.model != NULL && asked.is_stream) {
            send_stream(exchange, &asked);
        } else if (asked.model != NULL) {
            send_whole(exchange, &asked);
        }
    }
}
