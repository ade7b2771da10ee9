/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_CHAT_REQUEST_H
#define CHUTES_MOCK_DEMO_CHAT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "json/reader.h"

enum { MOCK_DEMO_CHOICES_MAX = 16 };

/* What the demo model wants to know of a request. Values borrow its body. */
struct mock_demo_chat {
    const char *model;
    bool is_stream;
    bool wants_reasoning;
    bool wants_json;
    int choices;
    int64_t max_tokens; /* 0: no limit */
    int64_t seed;
    size_t prompt_tokens;
    size_t images;
    struct mock_bytes prompt;      /* the last text of the user */
    struct mock_bytes tool_result; /* when tools spoke last */
    bool has_tool_result;
    struct chutes__json_value tool;   /* the function to call, or NONE */
    struct chutes__json_value schema; /* of the JSON wanted, or NONE */
};

/* `body` is a valid JSON object. Returns NULL, or the field that is missing. */
const char *mock_demo_read_chat(const struct chutes__json_value *body,
                                struct mock_demo_chat *chat);
void mock_demo_dispose_chat(struct mock_demo_chat *chat);

#endif
