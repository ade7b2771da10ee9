/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_CHAT_REQUEST_H
#define CHUTES_MOCK_DEMO_CHAT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "json/reader.h"

enum {
    MOCK_DEMO_MAX_CHOICES = 16,
    MOCK_DEMO_MAX_TOOLS = 8,
    MOCK_DEMO_MAX_TOP_LOGPROBS = 20,
};

/* Why a request is refused; all zero if it isn't. */
struct mock_demo_refusal {
    const char *missing; /* the field that is missing, or NULL */
    const char *detail;  /* what else is wrong, or NULL */
};

/* The parts of a request that the demo model uses. The JSON values point into
 * its body. */
struct mock_demo_chat {
    const char *model; /* left to the caller, who knows the models */
    struct chutes__json_value wanted_model;
    bool is_stream;
    bool wants_usage;       /* in an extra chunk at the end */
    bool wants_usage_often; /* in every chunk as well */
    bool wants_logprobs;
    bool wants_reasoning;
    bool wants_json;
    int choices;
    int top_logprobs;
    int64_t max_tokens; /* 0: no limit */
    int64_t seed;
    size_t prompt_tokens;
    size_t images;
    struct mock_bytes prompt;      /* the user's last message */
    struct mock_bytes tool_result; /* if tool results come last */
    bool has_tool_result;
    size_t tool_rounds; /* answers with calls since the user's last message */
    /* The functions to call: one, or all with parallel_tool_calls. */
    struct chutes__json_value tools[MOCK_DEMO_MAX_TOOLS];
    size_t tool_count;
    struct chutes__json_value stop; /* a string or an array of them, or NONE */
    struct chutes__json_value schema; /* for the JSON to answer, or NONE */
};

/* `body` must be a valid JSON object. Dispose of `chat` in any case. */
struct mock_demo_refusal
mock_demo_read_chat(const struct chutes__json_value *body,
                    struct mock_demo_chat *chat);
void mock_demo_dispose_chat(struct mock_demo_chat *chat);

#endif
