/* SPDX-License-Identifier: MIT */
/* Writes what the demo model says: texts, JSON, tool arguments and log
 * probabilities, cut at the limits of the request. */
#include "mock/demo_answer.h"

#include "mock/demo_json.h"
#include "mock/demo_schema.h"
#include "mock/demo_text.h"

#include <string.h>
#include <time.h>

enum { MIN_WORDS = 28 };
enum { MIN_ASIDE_WORDS = 8 };
/* Bytes of a tool's result that the answer repeats. */
enum { MAX_QUOTE = 400 };

static const char LABEL[] =
    "I am the demo model, a small Markov chain and not an AI.";

size_t mock_demo_measure_word(const char *text)
{
    size_t blanks = strspn(text, " \n");

    return blanks + strcspn(text + blanks, " \n");
}

size_t mock_demo_count_words(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text += mock_demo_measure_word(text)) {
        count++;
    }
    return count;
}

/* Appends at most `max` bytes of a text, cut between two characters. */
static void put_start(struct mock_bytes *out, const struct mock_bytes *text,
                      size_t max)
{
    size_t len = text->len;

    if (len > max) {
        len = max;
        while ((text->data[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    (void)mock_bytes_append(out, text->data, len);
}

/* Every model but the parrot says first that it is not an AI. */
static void write_content(struct mock_demo_choice *choice,
                          const struct mock_demo_chat *chat, uint64_t seed)
{
    struct mock_bytes *out = &choice->content;

    if (strcmp(chat->model, MOCK_DEMO_PARROT_MODEL) == 0) {
        put_start(out, &chat->prompt, MOCK_DEMO_MAX_TEXT);
        choice->finish_reason = out->len < chat->prompt.len ? "length" : "stop";
        return;
    }
    (void)mock_bytes_appendf(out, "%s", LABEL);
    if (chat->images > 0) {
        (void)mock_bytes_appendf(out,
                                 " I was shown %zu picture%s and saw none.",
                                 chat->images, chat->images == 1 ? "" : "s");
    }
    if (chat->has_tool_result) {
        (void)mock_bytes_appendf(out, " The tool answered \"");
        put_start(out, &chat->tool_result, MAX_QUOTE);
        (void)mock_bytes_appendf(out, "\", so I can say:");
        mock_demo_write_text(out, chat->prompt.data, seed, MIN_ASIDE_WORDS);
        return;
    }
    mock_demo_write_text(out, chat->prompt.data, seed, MIN_WORDS);
}

static void write_json(struct mock_demo_choice *choice,
                       const struct mock_demo_chat *chat, uint64_t seed)
{
    struct mock_bytes text = {0};

    if (chat->schema.type == CHUTES__JSON_OBJECT) {
        mock_demo_put_example(&choice->content, &chat->schema,
                              chat->prompt.data);
        return;
    }
    mock_demo_write_text(&text, chat->prompt.data, seed, MIN_ASIDE_WORDS);
    (void)mock_bytes_appendf(&choice->content,
                             "{\"model\":\"%s\",\"answer\":", chat->model);
    mock_demo_put_string(&choice->content, text.data, text.len);
    (void)mock_bytes_append(&choice->content, "}", 1);
    mock_bytes_dispose(&text);
}

static void cut_content(struct mock_demo_choice *choice, size_t len)
{
    choice->content.len = len;
    choice->content.data[len] = '\0';
}

/* Cuts the content at the token limit. */
static void limit_tokens(struct mock_demo_choice *choice,
                         const struct mock_demo_chat *chat)
{
    int64_t left = MOCK_DEMO_MAX_TOKENS;
    size_t at = 0;

    if (chat->wants_logprobs) {
        /* With log probabilities, a token takes as much space as several
         * without. */
        left /= chat->top_logprobs + 1;
    }
    if (chat->max_tokens > 0 && chat->max_tokens < left) {
        left = chat->max_tokens;
    }
    while (left-- > 0 && at < choice->content.len) {
        at += mock_demo_measure_word(choice->content.data + at);
    }
    if (at < choice->content.len) {
        cut_content(choice, at);
        choice->finish_reason = "length";
        choice->stop_reason.len = 0;
    }
}

/* Cuts the content before the stop string, if it contains it. */
static void stop_at(struct mock_demo_choice *choice,
                    const struct chutes__json_value *stop)
{
    struct mock_bytes text = {0};
    const char *hit = NULL;

    if (stop->type == CHUTES__JSON_STRING) {
        mock_demo_put_decoded(&text, stop);
    }
    if (text.len > 0) {
        hit = memmem(choice->content.data, choice->content.len, text.data,
                     text.len);
    }
    if (hit == NULL) {
        mock_bytes_dispose(&text);
        return;
    }
    cut_content(choice, (size_t)(hit - choice->content.data));
    choice->finish_reason = "stop";
    mock_bytes_dispose(&choice->stop_reason);
    choice->stop_reason = text;
}

/* Cuts the content before the first stop string in it. Their order in the
 * request doesn't matter: each cut leaves less text for the others. */
static void stop_content(struct mock_demo_choice *choice,
                         const struct chutes__json_value *stop)
{
    struct chutes__json_reader reader;

    if (stop->type != CHUTES__JSON_ARRAY) {
        stop_at(choice, stop);
        return;
    }
    mock_demo_open(&reader, stop);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        struct chutes__json_value each;

        chutes__json_read(&reader, &each);
        stop_at(choice, &each);
    }
}

static void write_arguments(struct mock_bytes *out,
                            const struct chutes__json_value *tool,
                            const char *prompt)
{
    struct chutes__json_value parameters = mock_demo_member(tool, "parameters");

    if (parameters.type == CHUTES__JSON_NONE) {
        (void)mock_bytes_append(out, "{}", 2);
    } else {
        mock_demo_put_example(out, &parameters, prompt);
    }
}

static void write_choice(struct mock_demo_choice *choice,
                         const struct mock_demo_chat *chat, uint64_t seed)
{
    /* An empty text must not be NULL. */
    (void)mock_bytes_append(&choice->content, "", 0);
    (void)mock_bytes_append(&choice->reasoning, "", 0);
    choice->finish_reason = "stop";
    if (chat->wants_reasoning) {
        (void)mock_bytes_appendf(
            &choice->reasoning,
            "The question has %zu words. A chain of words needs no more than "
            "two of them to go on, so I pick a sentence and walk.",
            mock_demo_count_words(chat->prompt.data));
    }
    for (size_t i = 0; i < chat->tool_count; i++) {
        write_arguments(&choice->arguments[i], &chat->tools[i],
                        chat->prompt.data);
    }
    if (chat->tool_count > 0) {
        choice->finish_reason = "tool_calls";
        return;
    }
    if (chat->wants_json) {
        write_json(choice, chat, seed);
    } else {
        write_content(choice, chat, seed);
    }
    stop_content(choice, &chat->stop);
    limit_tokens(choice, chat);
}

void mock_demo_write_answer(struct mock_demo_answer *answer,
                            const struct mock_demo_exchange *exchange)
{
    const struct mock_demo_chat *chat = answer->chat;
    uint64_t seed = mock_demo_hash(exchange->demo->options.seed,
                                   chat->prompt.data, chat->prompt.len) +
                    (uint64_t)chat->seed;

    answer->has_choice_ids = exchange->demo->options.has_choice_ids;
    answer->created = (long long)time(NULL);
    /* Unlike the text, the id differs from request to request. */
    answer->id = mock_demo_hash((uint64_t)answer->created,
                                (const char *)&exchange->request->number,
                                sizeof(exchange->request->number));
    for (int i = 0; i < chat->choices; i++) {
        write_choice(&answer->choices[i], chat,
                     mock_demo_hash(seed, (const char *)&i, sizeof(i)));
        if (exchange->demo->options.no_finish) {
            answer->choices[i].finish_reason = NULL;
        }
    }
}

void mock_demo_dispose_answer(struct mock_demo_answer *answer)
{
    for (int i = 0; i < answer->chat->choices; i++) {
        struct mock_demo_choice *choice = &answer->choices[i];

        mock_bytes_dispose(&choice->reasoning);
        mock_bytes_dispose(&choice->content);
        mock_bytes_dispose(&choice->stop_reason);
        for (size_t k = 0; k < answer->chat->tool_count; k++) {
            mock_bytes_dispose(&choice->arguments[k]);
        }
    }
}

/* Writes log probabilities from -0.00 to -2.99; higher ranks get lower ones. */
static void put_token(struct mock_bytes *out, const char *token, size_t len,
                      int rank)
{
    unsigned hundredths =
        (unsigned)(mock_demo_hash((uint64_t)rank, token, len) % 300) +
        (unsigned)rank * 300;

    (void)mock_bytes_appendf(out, "{\"token\":");
    mock_demo_put_string(out, token, len);
    (void)mock_bytes_appendf(out, ",\"logprob\":-%u.%02u,\"bytes\":[",
                             hundredths / 100, hundredths % 100);
    for (size_t i = 0; i < len; i++) {
        (void)mock_bytes_appendf(out, "%s%u", i > 0 ? "," : "",
                                 (unsigned char)token[i]);
    }
    (void)mock_bytes_append(out, "]", 1);
}

void mock_demo_put_logprob(struct mock_bytes *out, const char *token,
                           size_t len, int top)
{
    static const char alternative[] = " demo";

    put_token(out, token, len, 0);
    (void)mock_bytes_appendf(out, ",\"top_logprobs\":[");
    for (int rank = 0; rank < top; rank++) {
        (void)mock_bytes_append(out, ",", rank > 0 ? 1 : 0);
        put_token(out, rank == 0 ? token : alternative,
                  rank == 0 ? len : sizeof(alternative) - 1, rank);
        (void)mock_bytes_append(out, "}", 1);
    }
    (void)mock_bytes_appendf(out, "]}");
}
