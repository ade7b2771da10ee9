/* SPDX-License-Identifier: MIT */
#include "mock/demo_answer.h"

#include "mock/demo_json.h"
#include "mock/demo_schema.h"
#include "mock/demo_text.h"

#include <string.h>
#include <time.h>

enum { WORDS_MIN = 28 };
enum { WORDS_OF_ASIDE = 8 };
enum { QUOTE_MAX = 400 };

static const char LABEL[] =
    "I am the demo model, a small Markov chain and not an AI.";

/* ---- what it says ---------------------------------------------------------
 */

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

/* Appends what fits, cut between two characters. */
static void put_quote(struct mock_bytes *out, const struct mock_bytes *text)
{
    size_t len = text->len;

    if (len > QUOTE_MAX) {
        len = QUOTE_MAX;
        while ((text->data[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    (void)mock_bytes_append(out, text->data, len);
}

static void write_content(struct mock_demo_choice *choice,
                          const struct mock_demo_chat *chat, uint64_t seed)
{
    struct mock_bytes *out = &choice->content;

    if (strcmp(chat->model, MOCK_DEMO_PARROT_MODEL) == 0) {
        (void)mock_bytes_appendf(out, "%s", chat->prompt.data);
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
        put_quote(out, &chat->tool_result);
        (void)mock_bytes_appendf(out, "\", so I can say:");
        mock_demo_write_text(out, chat->prompt.data, seed, WORDS_OF_ASIDE);
        return;
    }
    mock_demo_write_text(out, chat->prompt.data, seed, WORDS_MIN);
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
    mock_demo_write_text(&text, chat->prompt.data, seed, WORDS_OF_ASIDE);
    (void)mock_bytes_appendf(&choice->content,
                             "{\"model\":\"%s\",\"answer\":", chat->model);
    mock_demo_put_string(&choice->content, text.data, text.len);
    (void)mock_bytes_append(&choice->content, "}", 1);
    mock_bytes_dispose(&text);
}

/* The tokens of this model are words. */
static void cut_content(struct mock_demo_choice *choice, int64_t max_tokens)
{
    size_t at = 0;

    if (max_tokens <= 0) {
        return;
    }
    while (max_tokens-- > 0) {
        at += mock_demo_measure_word(choice->content.data + at);
    }
    if (at < choice->content.len) {
        choice->content.len = at;
        choice->content.data[at] = '\0';
        choice->finish_reason = "length";
    }
}

static void write_choice(struct mock_demo_choice *choice,
                         const struct mock_demo_chat *chat, uint64_t seed)
{
    struct chutes__json_value parameters =
        mock_demo_member(&chat->tool, "parameters");

    /* Never NULL. */
    (void)mock_bytes_append(&choice->content, "", 0);
    (void)mock_bytes_append(&choice->reasoning, "", 0);
    (void)mock_bytes_append(&choice->arguments, "", 0);
    choice->finish_reason = "stop";
    if (chat->wants_reasoning) {
        (void)mock_bytes_appendf(
            &choice->reasoning,
            "The question has %zu words. A chain of words needs no more than "
            "two of them to go on, so I pick a sentence and walk.",
            mock_demo_count_words(chat->prompt.data));
    }
    if (chat->tool.type != CHUTES__JSON_NONE) {
        choice->finish_reason = "tool_calls";
        if (parameters.type == CHUTES__JSON_NONE) {
            (void)mock_bytes_append(&choice->arguments, "{}", 2);
        } else {
            mock_demo_put_example(&choice->arguments, &parameters,
                                  chat->prompt.data);
        }
        return;
    }
    if (chat->wants_json) {
        write_json(choice, chat, seed);
    } else {
        write_content(choice, chat, seed);
    }
    cut_content(choice, chat->max_tokens);
}

void mock_demo_write_answer(struct mock_demo_answer *answer,
                            const struct mock_demo_exchange *exchange)
{
    const struct mock_demo_chat *chat = answer->chat;
    uint64_t seed = mock_demo_hash(exchange->demo->options.seed,
                                   chat->prompt.data, chat->prompt.len) +
                    (uint64_t)chat->seed;

    answer->created = (long long)time(NULL);
    answer->id = mock_demo_hash((uint64_t)answer->created,
                                (const char *)&exchange->request->number,
                                sizeof(exchange->request->number));
    for (int i = 0; i < chat->choices; i++) {
        write_choice(&answer->choices[i], chat,
                     mock_demo_hash(seed, (const char *)&i, sizeof(i)));
    }
}

void mock_demo_dispose_answer(struct mock_demo_answer *answer)
{
    for (int i = 0; i < answer->chat->choices; i++) {
        mock_bytes_dispose(&answer->choices[i].reasoning);
        mock_bytes_dispose(&answer->choices[i].content);
        mock_bytes_dispose(&answer->choices[i].arguments);
    }
}
