/* SPDX-License-Identifier: MIT */
/*
 * Adds the numbers and names of a chat or of a text completion to its span. The
 * texts are added by client/chat_content.c.
 */
#include "client/chat_trace.h"

#include <string.h>

#include "base/arena.h"
#include "base/count.h"
#include "client/chat_content.h"
#include "codec/fields.h"
#include "codec/usage.h"

struct double_field {
    const char *name;
    size_t offset;
};

struct integer_field {
    const char *name;
    size_t offset;
    size_t size;
};

#define DOUBLE(name)                                                \
    {                                                               \
        "gen_ai.request." #name, offsetof(chutes_chat_params, name) \
    }

static const struct double_field DOUBLES[] = {
    DOUBLE(temperature),
    DOUBLE(top_p),
    DOUBLE(frequency_penalty),
    DOUBLE(presence_penalty),
};

#define INTEGER(name, field)                                         \
    {                                                                \
        "gen_ai.request." name, offsetof(chutes_chat_params, field), \
            sizeof(((chutes_chat_params *)0)->field)                 \
    }

static const struct integer_field INTEGERS[] = {
    INTEGER("max_tokens", max_tokens),
    INTEGER("max_tokens", max_completion_tokens),
    INTEGER("top_k", top_k),
    INTEGER("seed", seed),
    INTEGER("choice.count", n),
};

static void set_numbers(struct chutes__span *span,
                        const chutes_chat_params *params)
{
    for (size_t i = 0; i < CHUTES__COUNT(DOUBLES); i++) {
        double number;

        memcpy(&number, (const char *)params + DOUBLES[i].offset,
               sizeof(number));
        if (number != CHUTES_UNSET) {
            chutes__span_set_double(span, DOUBLES[i].name, number);
        }
    }
    for (size_t i = 0; i < CHUTES__COUNT(INTEGERS); i++) {
        const char *field = (const char *)params + INTEGERS[i].offset;
        int64_t number;
        int small;

        if (INTEGERS[i].size == sizeof(number)) {
            memcpy(&number, field, sizeof(number));
        } else {
            memcpy(&small, field, sizeof(small));
            number = small;
        }
        if (number != CHUTES_UNSET) {
            chutes_span_set_int64(&span->shown, INTEGERS[i].name, number);
        }
    }
}

void chutes__chat_trace_request(struct chutes__span *span,
                                const chutes_chat_params *params)
{
    const char *format = params->response_format;

    if (span == NULL) {
        return;
    }
    chutes__span_set_bool(span, "gen_ai.request.stream",
                          params->on_event != NULL);
    set_numbers(span, params);
    if (params->stop != NULL && params->stop_count > 0) {
        chutes__span_set_texts(span, "gen_ai.request.stop_sequences",
                               params->stop, params->stop_count);
    }
    if (params->json_schema != NULL || format != NULL) {
        chutes_span_set_text(
            &span->shown, "gen_ai.output.type",
            format != NULL && strcmp(format, "text") == 0 ? "text" : "json");
    }
    if (span->tracer.include_content != 0) {
        chutes__chat_content_request(span, params);
    }
}

/* Reads a few members of an object. Returns false if it isn't one, or isn't
 * there. */
static bool read_members(const struct chutes__slice *names, size_t count,
                         struct chutes__slice object,
                         struct chutes__json_value *values)
{
    struct chutes__json_reader reader;

    if (object.len == 0) {
        return false;
    }
    chutes__json_init_lenient(&reader, object.data, object.len,
                              CHUTES__JSON_MAX_DEPTH);
    return chutes__fields_read(names, count, &reader, values);
}

/* Returns how many tokens the server added to its cache, or -1. Few servers
 * count them, each in a member of its own, so chutes_usage doesn't have them.
 * Streams have them in their last chunk. */
static int64_t find_cache_creation(struct chutes__slice answer)
{
    static const struct chutes__slice usage_name = CHUTES__FIELD("usage");
    static const struct chutes__slice names[] = {
        CHUTES__FIELD("cache_creation_input_tokens"), /* LiteLLM, Anthropic */
        CHUTES__FIELD("prompt_tokens_details")};
    static const struct chutes__slice details[] = {
        CHUTES__FIELD("cache_write_tokens"),    /* OpenAI */
        CHUTES__FIELD("created_cache_tokens")}; /* vLLM */
    struct chutes__json_value usage;
    struct chutes__json_value values[2];
    int64_t count;

    if (!read_members(&usage_name, 1, answer, &usage) ||
        !read_members(names, 2, usage.text, values)) {
        return -1;
    }
    count = chutes__usage_count(&values[0]);
    if (count >= 0 || !read_members(details, 2, values[1].text, values)) {
        return count;
    }
    count = chutes__usage_count(&values[0]);
    return count >= 0 ? count : chutes__usage_count(&values[1]);
}

void chutes__chat_trace_response(struct chutes__span *span,
                                 const void *response)
{
    const chutes_chat_response *chat = response;
    const char **reasons =
        chutes__arena_alloc(&span->arena, chat->choice_count, sizeof(*reasons));
    int64_t created = find_cache_creation(
        (struct chutes__slice){chat->raw_json, chat->raw_len});
    size_t count = 0;

    if (chat->id[0] != '\0') {
        chutes_span_set_text(&span->shown, "gen_ai.response.id", chat->id);
    }
    for (size_t i = 0; reasons != NULL && i < chat->choice_count; i++) {
        if (chat->choices[i]->finish_reason != NULL) {
            reasons[count++] = chat->choices[i]->finish_reason;
        }
    }
    if (count > 0) {
        chutes__span_set_texts(span, "gen_ai.response.finish_reasons", reasons,
                               count);
    }
    if (created >= 0) {
        chutes_span_set_int64(
            &span->shown, "gen_ai.usage.cache_creation.input_tokens", created);
    }
    if (span->tracer.include_content != 0) {
        chutes__chat_content_response(span, chat);
    }
}
