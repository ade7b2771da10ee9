/* SPDX-License-Identifier: MIT */
/* The parameters of a chat request that are one number, flag, text or JSON
 * object: a row of a table for each, with the range that servers accept. */
#include "base/count.h"
#include "codec/encoder.h"
#include "json/merge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define FIELD(name) #name, offsetof(chutes_chat_params, name)

struct double_rule {
    const char *name; /* names the field and the member */
    size_t offset;
    double min;
    double max;
    const char *reason;
};

enum integer_kind { KIND_INT64, KIND_INT, KIND_BOOL };

struct integer_rule {
    const char *name;
    size_t offset;
    enum integer_kind kind;
    int64_t min;
    int64_t max;
    const char *reason;
};

struct text_rule {
    const char *name;
    size_t offset;
    const char *other_name; /* sent too, for servers that read this one */
};

struct object_rule {
    const char *name;
    size_t offset;
};

/* A minimum of DBL_TRUE_MIN means "above 0". Maxima on which servers
 * differ, as for the temperature, are left to the server. */
static const struct double_rule DOUBLE_RULES[] = {
    {FIELD(temperature), 0, DBL_MAX, "must be 0 or more"},
    {FIELD(top_p), DBL_TRUE_MIN, 1, "must be above 0 and at most 1"},
    {FIELD(min_p), 0, 1, "must be 0 to 1"},
    {FIELD(frequency_penalty), -2, 2, "must be -2 to 2"},
    {FIELD(presence_penalty), -2, 2, "must be -2 to 2"},
    {FIELD(repetition_penalty), DBL_TRUE_MIN, DBL_MAX, "must be above 0"},
};

#define NATURAL(name) FIELD(name), KIND_INT64, 1, INT64_MAX, "must be 1 or more"
#define FLAG(name) FIELD(name), KIND_BOOL, 0, 1, ""

static const struct integer_rule INTEGER_RULES[] = {
    {NATURAL(max_tokens)},
    {NATURAL(max_completion_tokens)},
    {FIELD(seed), KIND_INT64, INT64_MIN, INT64_MAX, ""},
    {FIELD(top_k), KIND_INT64, -1, INT64_MAX, "must be 1 or more, or -1"},
    {FIELD(n), KIND_INT, 1, 128, "must be 1 to 128"},
    {FLAG(logprobs)},
    {FIELD(top_logprobs), KIND_INT, 0, 20, "must be 0 to 20"},
    {FLAG(parallel_tool_calls)},
    {FIELD(thinking_token_budget), KIND_INT64, -1, INT64_MAX,
     "must be 0 or more, or -1"},
    {FIELD(min_tokens), KIND_INT64, 0, INT64_MAX, "must be 0 or more"},
    {FIELD(priority), KIND_INT64, INT64_MIN, INT64_MAX, ""},
    {FLAG(include_reasoning)},
    {FLAG(store)},
    {FLAG(ignore_eos)},
    {FLAG(skip_special_tokens)},
    {FLAG(continue_final_message)},
    {FLAG(add_generation_prompt)},
    {FLAG(return_token_ids)},
    {FIELD(prompt_logprobs), KIND_INT, -1, INT32_MAX,
     "must be 0 or more, or -1"},
};

static const struct text_rule TEXT_RULES[] = {
    {FIELD(reasoning_effort), NULL}, {FIELD(verbosity), NULL},
    {FIELD(service_tier), NULL},     {FIELD(safety_identifier), NULL},
    {FIELD(prompt_cache_key), NULL}, {FIELD(request_id), "rid"},
    {FIELD(session_id), NULL},       {FIELD(cache_salt), NULL},
};

static const struct object_rule OBJECT_RULES[] = {
    {FIELD(prediction)},
    {FIELD(audio)},
    {FIELD(web_search_options)},
    {FIELD(metadata)},
};

static const void *find_field(const chutes_chat_params *params, size_t offset)
{
    return (const unsigned char *)params + offset;
}

static const char *read_text(const chutes_chat_params *params, size_t offset)
{
    const char *text;

    memcpy(&text, find_field(params, offset), sizeof(text));
    return text;
}

static void add_doubles(struct chutes__encoder *encoder,
                        const chutes_chat_params *params)
{
    for (size_t i = 0; i < CHUTES__COUNT(DOUBLE_RULES); i++) {
        const struct double_rule *rule = &DOUBLE_RULES[i];
        double number;

        memcpy(&number, find_field(params, rule->offset), sizeof(number));
        if (number == CHUTES_UNSET) {
            continue;
        }
        if (!isfinite(number)) {
            chutes__encoder_refuse(encoder, rule->name,
                                   "is not a finite number");
        } else if (number < rule->min || number > rule->max) {
            chutes__encoder_doubt(encoder, rule->name, rule->reason);
        }
        /* After a refusal, this adds nothing. */
        chutes__json_add_double(&encoder->writer, rule->name, number);
    }
}

static int64_t read_integer(const chutes_chat_params *params,
                            const struct integer_rule *rule)
{
    int64_t wide;
    int narrow;

    if (rule->kind == KIND_INT64) {
        memcpy(&wide, find_field(params, rule->offset), sizeof(wide));
        return wide;
    }
    memcpy(&narrow, find_field(params, rule->offset), sizeof(narrow));
    return narrow;
}

static void add_integer(struct chutes__encoder *encoder,
                        const struct integer_rule *rule, int64_t number)
{
    if (rule->kind == KIND_BOOL) {
        chutes__encoder_add_flag(encoder, rule->name, rule->name, (int)number);
        return;
    }
    if (number < rule->min || number > rule->max) {
        chutes__encoder_doubt(encoder, rule->name, rule->reason);
    }
    chutes__json_add_int(&encoder->writer, rule->name, number);
}

/* Refuses numbers that some server rejects although each is in its range. */
static void check_together(struct chutes__encoder *encoder,
                           const chutes_chat_params *params)
{
    int64_t most = params->max_completion_tokens != CHUTES_UNSET
                       ? params->max_completion_tokens
                       : params->max_tokens;

    if (params->top_k == 0) {
        /* 0 means "off" to some servers, and others refuse it. */
        chutes__encoder_doubt(encoder, "top_k", "must be 1 or more, or -1");
    }
    /* The checks below are vLLM's. */
    if (params->top_logprobs != CHUTES_UNSET && params->logprobs != 1) {
        chutes__encoder_doubt(encoder, "top_logprobs", "needs logprobs 1");
    }
    if (most != CHUTES_UNSET && params->min_tokens > most) {
        chutes__encoder_doubt(encoder, "min_tokens", "is above max_tokens");
    }
    if (params->continue_final_message == 1 &&
        params->add_generation_prompt == 1) {
        chutes__encoder_doubt(encoder, "continue_final_message",
                              "excludes add_generation_prompt");
    }
    if (params->prompt_logprobs != CHUTES_UNSET && params->on_event != NULL) {
        chutes__encoder_doubt(encoder, "prompt_logprobs", "excludes on_event");
    }
}

void chutes__encode_numbers(struct chutes__encoder *encoder,
                            const chutes_chat_params *params)
{
    add_doubles(encoder, params);
    for (size_t i = 0; i < CHUTES__COUNT(INTEGER_RULES); i++) {
        int64_t number = read_integer(params, &INTEGER_RULES[i]);

        if (number != CHUTES_UNSET) {
            add_integer(encoder, &INTEGER_RULES[i], number);
        }
    }
    check_together(encoder, params);
}

/* Checks what vLLM accepts. */
static void check_cache_salt(struct chutes__encoder *encoder, const char *salt)
{
    enum { MAX_SALT = 128 };

    if (strnlen(salt, MAX_SALT + 1) > MAX_SALT ||
        strpbrk(salt, "@/\\") != NULL) {
        chutes__encoder_doubt(encoder, "cache_salt",
                              "must be 1 to 128 bytes without @, / and \\");
    }
}

/* Adds the caller's chat_template_kwargs, and the names under which templates
 * know the switch for reasoning: Qwen and GLM use the first, DeepSeek and Kimi
 * the second. */
static void add_template_kwargs(struct chutes__encoder *encoder,
                                const chutes_chat_params *params)
{
    static const char field[] = "chat_template_kwargs";
    struct chutes__json_merge own;

    if (params->thinking == CHUTES_UNSET) {
        if (params->chat_template_kwargs != NULL) {
            chutes__json_add_raw(&encoder->writer, field,
                                 params->chat_template_kwargs,
                                 CHUTES__JSON_OBJECT, field);
        }
        return;
    }
    chutes__json_open_object(&encoder->writer, field);
    chutes__json_merge_begin(&encoder->writer, &own,
                             params->chat_template_kwargs);
    chutes__encoder_add_flag(encoder, "enable_thinking", "thinking",
                             params->thinking);
    chutes__encoder_add_flag(encoder, "thinking", "thinking", params->thinking);
    chutes__json_merge_end(&encoder->writer, &own, NULL, field);
    chutes__json_close_object(&encoder->writer);
}

static void add_text(struct chutes__encoder *encoder,
                     const struct text_rule *rule, const char *text)
{
    if (!chutes__encoder_require(encoder, text, rule->name)) {
        return;
    }
    chutes__encoder_add(encoder, rule->name, text);
    if (rule->other_name != NULL) {
        chutes__json_add_string(&encoder->writer, rule->other_name, text,
                                rule->name);
    }
}

void chutes__encode_texts(struct chutes__encoder *encoder,
                          const chutes_chat_params *params)
{
    chutes__encoder_add(encoder, "user", params->user); /* may be empty */
    for (size_t i = 0; i < CHUTES__COUNT(TEXT_RULES); i++) {
        const char *text = read_text(params, TEXT_RULES[i].offset);

        if (text != NULL) {
            add_text(encoder, &TEXT_RULES[i], text);
        }
    }
    if (params->cache_salt != NULL) {
        check_cache_salt(encoder, params->cache_salt);
    }
    add_template_kwargs(encoder, params);
    for (size_t i = 0; i < CHUTES__COUNT(OBJECT_RULES); i++) {
        const struct object_rule *rule = &OBJECT_RULES[i];
        const char *json = read_text(params, rule->offset);

        if (json != NULL) {
            chutes__json_add_raw(&encoder->writer, rule->name, json,
                                 CHUTES__JSON_OBJECT, rule->name);
        }
    }
}
