/* SPDX-License-Identifier: MIT */
/* Reads token counts, in the forms of OpenAI, DeepSeek, Anthropic and the
 * Responses API. */
#include "codec/usage.h"

#include "codec/fields.h"

/* In the order in which vLLM and SGLang send the members, for speed. */
enum usage_field {
    USAGE_PROMPT,
    USAGE_TOTAL,
    USAGE_COMPLETION,
    USAGE_PROMPT_DETAILS,
    USAGE_REASONING,
    USAGE_COMPLETION_DETAILS,
    USAGE_CACHE_HIT, /* DeepSeek */
    USAGE_INPUT,     /* Responses API and Anthropic, to the end */
    USAGE_OUTPUT,
    USAGE_INPUT_DETAILS,
    USAGE_OUTPUT_DETAILS,
    USAGE_CACHE_READ,
    USAGE_COUNT
};

static const struct chutes__slice USAGE_NAMES[USAGE_COUNT] = {
    [USAGE_PROMPT] = CHUTES__FIELD("prompt_tokens"),
    [USAGE_COMPLETION] = CHUTES__FIELD("completion_tokens"),
    [USAGE_TOTAL] = CHUTES__FIELD("total_tokens"),
    [USAGE_REASONING] = CHUTES__FIELD("reasoning_tokens"),
    [USAGE_PROMPT_DETAILS] = CHUTES__FIELD("prompt_tokens_details"),
    [USAGE_COMPLETION_DETAILS] = CHUTES__FIELD("completion_tokens_details"),
    [USAGE_CACHE_HIT] = CHUTES__FIELD("prompt_cache_hit_tokens"),
    [USAGE_INPUT] = CHUTES__FIELD("input_tokens"),
    [USAGE_OUTPUT] = CHUTES__FIELD("output_tokens"),
    [USAGE_INPUT_DETAILS] = CHUTES__FIELD("input_tokens_details"),
    [USAGE_OUTPUT_DETAILS] = CHUTES__FIELD("output_tokens_details"),
    [USAGE_CACHE_READ] = CHUTES__FIELD("cache_read_input_tokens"),
};

static const struct chutes__slice PROMPT_NAMES[] = {
    CHUTES__FIELD("cached_tokens"),
};

static const struct chutes__slice COMPLETION_NAMES[] = {
    CHUTES__FIELD("reasoning_tokens"),
};

static const chutes_usage UNKNOWN = {-1, -1, -1, -1, -1};

int64_t chutes__usage_count(const struct chutes__json_value *value)
{
    int64_t count;

    if (!chutes__json_to_int64_lenient(value, &count) || count < 0) {
        return -1;
    }
    return count;
}

/* Returns true if the value is a number that is not written as an integer that
 * fits into int64_t. A negative number is not odd: it means unknown. */
static bool is_odd_count(const struct chutes__json_value *value, int64_t count)
{
    if (value->type != CHUTES__JSON_NUMBER) {
        return false;
    }
    if (count < 0) {
        return value->text.data[0] != '-';
    }
    for (size_t i = 0; i < value->text.len; i++) {
        if (!chutes__is_digit(value->text.data[i])) {
            return true;
        }
    }
    return false;
}

/* A count, and its text if it is a natural number. */
struct count {
    int64_t number;
    struct chutes__json_value text;
};

static struct count to_count(const struct chutes__json_value *value,
                             bool *is_odd)
{
    struct count count = {chutes__usage_count(value), {0}};
    bool is_this_odd = is_odd_count(value, count.number);

    if (value->type == CHUTES__JSON_NUMBER && count.number >= 0 &&
        !is_this_odd) {
        count.text = *value;
    }
    *is_odd = *is_odd || is_this_odd;
    return count;
}

static struct count read_count(struct chutes__json_reader *reader, bool *is_odd)
{
    const char *begin = reader->at;
    struct chutes__json_value value;
    struct count count;

    if (chutes__json_take_natural(reader, &count.number)) {
        count.text = (struct chutes__json_value){
            CHUTES__JSON_NUMBER, false, {begin, (size_t)(reader->at - begin)}};
        return count;
    }
    chutes__json_read(reader, &value);
    return to_count(&value, is_odd);
}

static struct count read_detail(struct chutes__json_reader *reader,
                                const struct chutes__slice *name, bool *is_odd)
{
    struct chutes__json_value value;

    chutes__fields_read(name, 1, reader, &value);
    return to_count(&value, is_odd);
}

/* The members that may hold each count of chutes_usage. The first one that is
 * known counts. Short lists repeat their last member. */
enum { MAX_SOURCES = 4 };
static const unsigned char SOURCES[CHUTES__USAGE_COUNTS][MAX_SOURCES] = {
    {USAGE_PROMPT, USAGE_INPUT, USAGE_INPUT, USAGE_INPUT},
    {USAGE_COMPLETION, USAGE_OUTPUT, USAGE_OUTPUT, USAGE_OUTPUT},
    {USAGE_TOTAL, USAGE_TOTAL, USAGE_TOTAL, USAGE_TOTAL},
    {USAGE_PROMPT_DETAILS, USAGE_CACHE_HIT, USAGE_INPUT_DETAILS,
     USAGE_CACHE_READ},
    {USAGE_COMPLETION_DETAILS, USAGE_REASONING, USAGE_OUTPUT_DETAILS,
     USAGE_OUTPUT_DETAILS},
};

static void store_counts(const struct count *counts, chutes_usage *usage,
                         struct chutes__json_value *texts)
{
    int64_t numbers[CHUTES__USAGE_COUNTS];

    for (size_t i = 0; i < CHUTES__USAGE_COUNTS; i++) {
        const struct count *count = &counts[SOURCES[i][0]];

        for (size_t k = 1; k < MAX_SOURCES && count->number < 0; k++) {
            count = &counts[SOURCES[i][k]];
        }
        numbers[i] = count->number;
        texts[i] = count->text;
    }
    *usage = chutes__usage_of(numbers);
}

bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage,
                        bool *is_odd, struct chutes__json_value *texts)
{
    struct chutes__fields fields = CHUTES__FIELDS(USAGE_NAMES);
    struct count counts[USAGE_COUNT];
    size_t field;

    *is_odd = false;
    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        *usage = UNKNOWN;
        chutes__json_skip(reader);
        return false;
    }
    for (field = 0; field < USAGE_COUNT; field++) {
        counts[field].number = -1;
        counts[field].text.type = CHUTES__JSON_NONE;
    }
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case USAGE_PROMPT_DETAILS:
        case USAGE_INPUT_DETAILS:
            counts[field] = read_detail(reader, PROMPT_NAMES, is_odd);
            break;
        case USAGE_COMPLETION_DETAILS:
        case USAGE_OUTPUT_DETAILS:
            counts[field] = read_detail(reader, COMPLETION_NAMES, is_odd);
            break;
        default:
            counts[field] = read_count(reader, is_odd);
            break;
        }
    }
    store_counts(counts, usage, texts);
    return fields.any;
}

bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage, bool *is_odd)
{
    struct chutes__json_value texts[CHUTES__USAGE_COUNTS];
    struct chutes__json_reader reader;

    if (value->type != CHUTES__JSON_OBJECT) {
        *usage = UNKNOWN;
        *is_odd = false;
        return false;
    }
    chutes__json_init_lenient(&reader, value->text.data, value->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    return chutes__usage_next(&reader, usage, is_odd, texts);
}
