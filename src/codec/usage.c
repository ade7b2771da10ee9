/* SPDX-License-Identifier: MIT */
#include "codec/usage.h"

#include "codec/fields.h"

/* 2^53: from there on, servers that keep numbers as doubles can't count. */
#define COUNT_MAX INT64_C(9007199254740992)

/* In the order of vLLM and SGLang, which then is the fast one. */
enum usage_field {
    USAGE_PROMPT,
    USAGE_TOTAL,
    USAGE_COMPLETION,
    USAGE_PROMPT_DETAILS,
    USAGE_REASONING,
    USAGE_COMPLETION_DETAILS,
    USAGE_COUNT
};

static const struct chutes__slice usage_names[USAGE_COUNT] = {
    [USAGE_PROMPT] = CHUTES__FIELD("prompt_tokens"),
    [USAGE_COMPLETION] = CHUTES__FIELD("completion_tokens"),
    [USAGE_TOTAL] = CHUTES__FIELD("total_tokens"),
    [USAGE_REASONING] = CHUTES__FIELD("reasoning_tokens"),
    [USAGE_PROMPT_DETAILS] = CHUTES__FIELD("prompt_tokens_details"),
    [USAGE_COMPLETION_DETAILS] = CHUTES__FIELD("completion_tokens_details"),
};

static const struct chutes__slice prompt_names[] = {
    CHUTES__FIELD("cached_tokens"),
};

static const struct chutes__slice completion_names[] = {
    CHUTES__FIELD("reasoning_tokens"),
};

static const chutes_usage unknown = {-1, -1, -1, -1, -1};

int64_t chutes__usage_count(const struct chutes__json_value *value)
{
    int64_t count;

    if (!chutes__json_to_int64_lenient(value, &count) || count < 0 ||
        count > COUNT_MAX) {
        return -1;
    }
    return count;
}

static int64_t read_detail(struct chutes__json_reader *reader,
                           const struct chutes__slice *name)
{
    struct chutes__json_value value;

    chutes__fields_read(name, 1, reader, &value);
    return chutes__usage_count(&value);
}

bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage)
{
    struct chutes__fields fields = CHUTES__FIELDS(usage_names);
    struct chutes__json_value value;
    int64_t counts[USAGE_COUNT] = {-1, -1, -1, -1, -1, -1};
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        *usage = unknown;
        chutes__json_skip(reader);
        return false;
    }
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case USAGE_PROMPT_DETAILS:
            counts[field] = read_detail(reader, prompt_names);
            break;
        case USAGE_COMPLETION_DETAILS:
            counts[field] = read_detail(reader, completion_names);
            break;
        default:
            chutes__json_read(reader, &value);
            counts[field] = chutes__usage_count(&value);
            break;
        }
    }
    usage->prompt_tokens = counts[USAGE_PROMPT];
    usage->completion_tokens = counts[USAGE_COMPLETION];
    usage->total_tokens = counts[USAGE_TOTAL];
    usage->cached_tokens = counts[USAGE_PROMPT_DETAILS];
    usage->reasoning_tokens = counts[USAGE_COMPLETION_DETAILS];
    if (usage->reasoning_tokens < 0) {
        usage->reasoning_tokens = counts[USAGE_REASONING];
    }
    return fields.any;
}

bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage)
{
    struct chutes__json_reader reader;

    if (value->type != CHUTES__JSON_OBJECT) {
        *usage = unknown;
        return false;
    }
    chutes__json_init(&reader, value->text.data, value->text.len,
                      CHUTES__JSON_DEPTH_MAX);
    return chutes__usage_next(&reader, usage);
}
