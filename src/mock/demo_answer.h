/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_ANSWER_H
#define CHUTES_MOCK_DEMO_ANSWER_H

#include <stddef.h>

#include "mock/bytes.h"
#include "mock/demo_chat_request.h"
#include "mock/demo_internal.h"

/* Bytes of tool arguments in one event. */
enum { MOCK_DEMO_ARGUMENTS_PIECE = 8 };

/* What a choice sends next, in this order. */
enum mock_demo_stage {
    MOCK_DEMO_STAGE_ROLE,
    MOCK_DEMO_STAGE_REASONING,
    MOCK_DEMO_STAGE_CONTENT,
    MOCK_DEMO_STAGE_TOOL,
    MOCK_DEMO_STAGE_ARGUMENTS,
    MOCK_DEMO_STAGE_FINISH,
    MOCK_DEMO_STAGE_OVER
};

struct mock_demo_choice {
    struct mock_bytes reasoning;
    struct mock_bytes content;
    struct mock_bytes arguments[MOCK_DEMO_MAX_TOOLS];
    const char *finish_reason;     /* NULL: none is sent */
    struct mock_bytes stop_reason; /* the stop string found, or empty */
    size_t tool;                   /* the call being sent */
    enum mock_demo_stage stage;
    size_t at; /* bytes of the stage's text that were sent */
};

/* The choices of an answer, and how much of them was sent. */
struct mock_demo_answer {
    const struct mock_demo_chat *chat;
    unsigned long long id;
    bool has_choice_ids;
    long long created;
    size_t completion_tokens;
    size_t reasoning_tokens;
    struct mock_demo_choice choices[MOCK_DEMO_MAX_CHOICES];
};

/* Fills everything but the token counts, which depend on what is sent. The text
 * is limited by MOCK_DEMO_MAX_TOKENS and MOCK_DEMO_MAX_TEXT. */
void mock_demo_write_answer(struct mock_demo_answer *answer,
                            const struct mock_demo_exchange *exchange);
void mock_demo_dispose_answer(struct mock_demo_answer *answer);

/* The tokens of this model are words. Returns the length of the next one,
 * including the blanks before it. */
size_t mock_demo_measure_word(const char *text);
size_t mock_demo_count_words(const char *text);

/* Appends one entry of `logprobs.content`. The numbers are invented, but always
 * the same for a token. */
void mock_demo_put_logprob(struct mock_bytes *out, const char *token,
                           size_t len, int top);

#endif
