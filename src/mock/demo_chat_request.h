/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_CHAT_REQUEST_H
#define CHUTES_MOCK_DEMO_CHAT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "json/reader.h"

enum {
    MOCK_DEMO_CHOICES_MAX = 16,
    MOCK_DEMO_TOOLS_MAX = 8,
    MOCK_DEMO_TOP_LOGPROBS_MAX = 20,
};

/* Why a request is refused. All zero: it isn't. */
struct mock_demo_refusal {
    const char *missing; /* a field */
    const char *detail;
};

/* What the demo model wants to know of a request. Values borrow its body. */
struct mock_demo_chat {
    const char *model; /* filled by whoever knows the models */
    struct chutes__json_value wanted_model;
    bool is_stream;
    bool wants_usage;       /* in a last chunk */
    bool wants_usage_often; /* in every chunk */
    bool wants_logprobs;
    bool wants_reasoning;
    bool wants_json;
    int choices;
    int top_logprobs;
    int64_t max_tokens; /* 0: no limit */
    int64_t seed;
    size_t prompt_tokens;
    size_t images;
    struct mock_bytes prompt;      /* the last text of the user */
    struct mock_bytes tool_result; /* when tools spoke last */
    bool has_tool_result;
    /* The functions to call: one, or with parallel_tool_calls all. */
    struct chutes__json_value tools[MOCK_DEMO_TOOLS_MAX];
    size_t tool_count;
    struct chutes__json_value stop; /* a string or an array of them, or NONE */
    struct chutes__json_value schema; /* of the JSON wanted, or NONE */
};

/* `body` is a valid JSON object. */
struct mock_demo_refusal
mock_demo_read_chat(const struct chutes__json_value *body,
                    struct mock_demo_chat *chat);
void mock_demo_dispose_chat(struct mock_demo_chat *chat);

#endif
