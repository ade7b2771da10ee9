/* SPDX-License-Identifier: MIT */
/* Parses one choice of a chunk. The same members are read from `delta` and
 * `message`, under all of the names that servers use. */
#include "codec/chunk.h"

#include "base/array.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

#include <string.h>

enum choice_field {
    CHOICE_INDEX, /* in the order of most streams, for speed */
    CHOICE_DELTA,
    CHOICE_LOGPROBS,
    CHOICE_FINISH_REASON,
    CHOICE_STOP_REASON,
    CHOICE_MATCHED_STOP,
    CHOICE_MESSAGE,
    CHOICE_TEXT,
    CHOICE_USAGE,
    CHOICE_ERROR,
    CHOICE_COUNT
};

static const struct chutes__slice CHOICE_NAMES[CHOICE_COUNT] = {
    [CHOICE_INDEX] = CHUTES__FIELD("index"),
    [CHOICE_DELTA] = CHUTES__FIELD("delta"),
    [CHOICE_MESSAGE] = CHUTES__FIELD("message"),
    [CHOICE_TEXT] = CHUTES__FIELD("text"),
    [CHOICE_LOGPROBS] = CHUTES__FIELD("logprobs"),
    [CHOICE_FINISH_REASON] = CHUTES__FIELD("finish_reason"),
    [CHOICE_STOP_REASON] = CHUTES__FIELD("stop_reason"),
    [CHOICE_MATCHED_STOP] = CHUTES__FIELD("matched_stop"),
    [CHOICE_USAGE] = CHUTES__FIELD("usage"),
    [CHOICE_ERROR] = CHUTES__FIELD("error"),
};

enum message_field {
    MESSAGE_ROLE,
    MESSAGE_CONTENT,
    MESSAGE_REASONING_CONTENT,
    MESSAGE_REASONING,
    MESSAGE_REFUSAL,
    MESSAGE_TOOL_CALLS,
    MESSAGE_FUNCTION_CALL,
    MESSAGE_THINKING,
    MESSAGE_REASONING_DETAILS,
    MESSAGE_AUDIO,
    MESSAGE_TEXT, /* from servers that send no content */
    MESSAGE_COUNT
};

static const struct chutes__slice MESSAGE_NAMES[MESSAGE_COUNT] = {
    [MESSAGE_ROLE] = CHUTES__FIELD("role"),
    [MESSAGE_CONTENT] = CHUTES__FIELD("content"),
    [MESSAGE_REASONING_CONTENT] = CHUTES__FIELD("reasoning_content"),
    [MESSAGE_REASONING] = CHUTES__FIELD("reasoning"),
    [MESSAGE_REFUSAL] = CHUTES__FIELD("refusal"),
    [MESSAGE_TOOL_CALLS] = CHUTES__FIELD("tool_calls"),
    [MESSAGE_FUNCTION_CALL] = CHUTES__FIELD("function_call"),
    [MESSAGE_THINKING] = CHUTES__FIELD("thinking"),
    [MESSAGE_REASONING_DETAILS] = CHUTES__FIELD("reasoning_details"),
    [MESSAGE_AUDIO] = CHUTES__FIELD("audio"),
    [MESSAGE_TEXT] = CHUTES__FIELD("text"),
};

static const struct chutes__json_value ABSENT;

/* ---- delta and message --------------------------------------------------- */

/* Numbers and booleans count as text, so 0 and false do too, although they are
 * not truthy. */
static bool may_hold_text(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_FALSE ||
           chutes__value_is_truthy(value) || value->type == CHUTES__JSON_NUMBER;
}

/* Members that count only if the usual ones hold nothing. */
struct others {
    struct chutes__json_value text;
    struct chutes__json_value reasoning;
    struct chutes__json_value thinking;
    struct chutes__json_value details;
};

/* Only one member counts: some versions of vLLM send the same text as
 * reasoning_content and as reasoning. */
static void choose_reasoning(struct chutes__chunk_choice *choice,
                             const struct others *others)
{
    if (may_hold_text(&choice->reasoning)) {
        return;
    }
    choice->reasoning = others->reasoning;
    if (may_hold_text(&others->reasoning)) {
        return;
    }
    if (may_hold_text(&others->thinking)) {
        choice->reasoning = others->thinking;
    } else if (others->details.type == CHUTES__JSON_ARRAY) {
        choice->reasoning = others->details;
    }
}

static bool is_same(const struct chutes__json_value *left,
                    const struct chutes__json_value *right)
{
    return left->type == right->type && left->text.len == right->text.len &&
           memcmp(left->text.data, right->text.data, left->text.len) == 0;
}

/* A `text` counts if the content is empty, and if it repeats nothing else. */
static void choose_text(struct chutes__chunk_choice *choice,
                        const struct chutes__json_value *text)
{
    bool is_new = may_hold_text(text)
                      ? !is_same(text, &choice->reasoning) &&
                            !is_same(text, &choice->refusal)
                      : choice->content.type == CHUTES__JSON_NONE;

    choice->has_text = choice->has_text || text->type > CHUTES__JSON_NULL;
    if (is_new && !may_hold_text(&choice->content)) {
        choice->content = *text;
    }
}

static void forget_message(struct chutes__chunk_choice *choice)
{
    choice->role.type = CHUTES__JSON_NONE;
    choice->content.type = CHUTES__JSON_NONE;
    choice->has_text = false;
    choice->reasoning.type = CHUTES__JSON_NONE;
    choice->refusal.type = CHUTES__JSON_NONE;
    choice->audio.type = CHUTES__JSON_NONE;
    choice->tool_calls.type = CHUTES__JSON_NONE;
    choice->has_call = false;
    choice->function_call.type = CHUTES__JSON_NONE;
}

/* Most deltas hold one call, which is read at once instead of once more when it
 * is applied. */
static void read_calls(struct chutes__json_reader *reader,
                       struct chutes__chunk_choice *choice)
{
    struct chutes__json_value *calls = &choice->tool_calls;
    struct chutes__tool_delta other;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        chutes__json_read(reader, calls);
        return;
    }
    chutes__json_enter_array(reader);
    calls->type = CHUTES__JSON_ARRAY;
    calls->plain = false;
    calls->text.data = reader->at - 1;
    if (chutes__tool_delta_next(reader, &choice->call)) {
        choice->has_call = true;
        while (chutes__tool_delta_next(reader, &other)) {
            choice->has_call = false;
        }
    }
    calls->text.len = (size_t)(reader->at - calls->text.data);
}

/* Reads a delta or message into the choice and replaces what an earlier one
 * set. A string counts as the content. Returns false after skipping a value
 * that is neither an object nor a string. */
static bool read_message(struct chutes__json_reader *reader,
                         struct chutes__chunk_choice *choice)
{
    struct chutes__fields fields = CHUTES__FIELDS(MESSAGE_NAMES);
    struct others others;
    struct chutes__json_value *const targets[MESSAGE_COUNT] = {
        [MESSAGE_ROLE] = &choice->role,
        [MESSAGE_CONTENT] = &choice->content,
        [MESSAGE_REASONING_CONTENT] = &choice->reasoning,
        [MESSAGE_REASONING] = &others.reasoning,
        [MESSAGE_REFUSAL] = &choice->refusal,
        [MESSAGE_TOOL_CALLS] = &choice->tool_calls,
        [MESSAGE_FUNCTION_CALL] = &choice->function_call,
        [MESSAGE_THINKING] = &others.thinking,
        [MESSAGE_REASONING_DETAILS] = &others.details,
        [MESSAGE_AUDIO] = &choice->audio,
        [MESSAGE_TEXT] = &others.text,
    };
    size_t field;

    enum chutes__json_type type = chutes__json_peek(reader);

    if (type != CHUTES__JSON_OBJECT && type != CHUTES__JSON_STRING) {
        chutes__json_skip(reader);
        return false;
    }
    forget_message(choice);
    if (type == CHUTES__JSON_STRING) {
        chutes__json_read_text(reader, &choice->content);
        return true;
    }
    /* Clear only the types, for the reason given at chutes__fields_clear(). */
    others.text.type = CHUTES__JSON_NONE;
    others.reasoning.type = CHUTES__JSON_NONE;
    others.thinking.type = CHUTES__JSON_NONE;
    others.details.type = CHUTES__JSON_NONE;
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case MESSAGE_TOOL_CALLS:
            read_calls(reader, choice);
            break;
        case MESSAGE_ROLE:
        case MESSAGE_FUNCTION_CALL:
        case MESSAGE_REASONING_DETAILS:
        case MESSAGE_AUDIO:
            chutes__json_read(reader, targets[field]);
            break;
        default:
            /* All of the texts, as they are compared. */
            chutes__json_read_text(reader, targets[field]);
            break;
        }
    }
    choose_reasoning(choice, &others);
    choose_text(choice, &others.text);
    return true;
}

static bool has_call(const struct chutes__chunk_choice *choice)
{
    return chutes__value_is_truthy(&choice->tool_calls) ||
           chutes__value_is_truthy(&choice->function_call);
}

static bool says_something(const struct chutes__chunk_choice *choice)
{
    return may_hold_text(&choice->content) ||
           may_hold_text(&choice->reasoning) ||
           may_hold_text(&choice->refusal) ||
           chutes__value_is_truthy(&choice->audio) || has_call(choice);
}

/* Reads a `delta` that follows a `message`. Some servers send both; the message
 * then repeats the answer so far, so the delta counts unless it is empty. */
static void read_second_delta(struct chutes__json_reader *reader,
                              struct chutes__chunk_choice *choice)
{
    struct chutes__chunk_choice message = *choice;

    if (read_message(reader, choice)) {
        choice->has_delta = true;
        message.has_delta = true;
        choice->is_message = false;
    }
    if (!says_something(choice)) {
        *choice = message;
    }
}

static void read_delta(struct chutes__json_reader *reader,
                       struct chutes__chunk_choice *choice)
{
    if (choice->is_message) {
        read_second_delta(reader, choice);
    } else {
        choice->has_delta = read_message(reader, choice);
    }
}

/* The same in the other order: a message after a delta with text repeats it. */
static void read_whole_message(struct chutes__json_reader *reader,
                               struct chutes__chunk_choice *choice)
{
    if (choice->has_delta && says_something(choice)) {
        chutes__json_skip(reader);
    } else if (read_message(reader, choice)) {
        choice->is_message = true;
    }
}

/* ---- beginnings ---------------------------------------------------------- */

static void reset_choice(struct chutes__chunk_choice *choice)
{
    choice->index = 0;
    choice->has_index = false;
    choice->index_text.type = CHUTES__JSON_NONE;
    choice->is_message = false;
    choice->has_delta = false;
    forget_message(choice);
    choice->finish_reason.type = CHUTES__JSON_NONE;
    choice->stop_reason.type = CHUTES__JSON_NONE;
    choice->logprobs_content.type = CHUTES__JSON_NONE;
    choice->error.type = CHUTES__JSON_NONE;
}

chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
{
    if (!chutes__array_reserve(&chunk->choices, &chunk->choice_capacity,
                               chunk->choice_count + 1,
                               sizeof(*chunk->choices))) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *choice = &chunk->choices[chunk->choice_count++];
    reset_choice(*choice);
    return CHUTES_OK;
}

void chutes__chunk_read_usage(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader)
{
    struct chutes__json_value counts[CHUTES__USAGE_COUNTS];
    chutes_usage usage;
    bool is_odd;

    if (chutes__usage_next(reader, &usage, &is_odd, counts)) {
        chunk->has_usage = true;
        memcpy(chunk->usage_counts, counts, sizeof(counts));
        chunk->usage = usage;
        chunk->is_usage_odd = is_odd;
    }
}

/* ---- choices ------------------------------------------------------------- */

static void read_logprobs(struct chutes__json_reader *reader,
                          struct chutes__chunk_choice *choice)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("content")};
    struct chutes__json_value content;

    chutes__fields_read(names, 1, reader, &content);
    if (content.type == CHUTES__JSON_ARRAY) {
        choice->logprobs_content = content;
    }
}

/* Reads usage from where Moonshot sends it. That of the chunk has
 * precedence. */
static void read_usage(struct chutes__chunk *chunk,
                       struct chutes__json_reader *reader)
{
    if (chunk->has_usage) {
        chutes__json_skip(reader);
    } else {
        chutes__chunk_read_usage(chunk, reader);
    }
}

/* Reads the members of a choice. Those that are not stored in the choice yet
 * are returned in `values`. */
static void read_members(struct chutes__chunk *chunk,
                         struct chutes__json_reader *reader,
                         struct chutes__chunk_choice *choice,
                         struct chutes__json_value *values)
{
    struct chutes__fields fields = CHUTES__FIELDS(CHOICE_NAMES);
    size_t field;

    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case CHOICE_DELTA:
            read_delta(reader, choice);
            break;
        case CHOICE_MESSAGE:
            read_whole_message(reader, choice);
            break;
        case CHOICE_LOGPROBS:
            read_logprobs(reader, choice);
            break;
        case CHOICE_USAGE:
            read_usage(chunk, reader);
            break;
        case CHOICE_TEXT:
            chutes__json_read_text(reader, &values[field]);
            break;
        default:
            chutes__json_read(reader, &values[field]);
            break;
        }
    }
}

/* An index that is missing, -1 or of another type becomes 0. One that doesn't
 * fit becomes INT32_MAX, so that the limit for choices rejects it. */
void chutes__chunk_number_choice(struct chutes__chunk_choice *choice)
{
    const struct chutes__json_value *text = &choice->index_text;
    double number = 0;

    if (text->type == CHUTES__JSON_NUMBER && text->text.len == 1) {
        choice->has_index = true; /* nearly always: one digit */
        choice->index = text->text.data[0] - '0';
        return;
    }
    if (chutes__json_to_int64_lenient(text, &choice->index)) {
        choice->has_index = choice->index >= 0;
        choice->index = choice->index == -1 ? 0 : choice->index;
        return;
    }
    chutes__json_to_double(text, &number);
    choice->index = number >= (double)INT32_MAX ? INT32_MAX : 0;
}

static const struct chutes__json_value *
prefer_set(const struct chutes__json_value *first,
           const struct chutes__json_value *second)
{
    return first->type != CHUTES__JSON_NONE && first->type != CHUTES__JSON_NULL
               ? first
               : second;
}

static void keep_values(struct chutes__chunk_choice *choice,
                        const struct chutes__json_value *values)
{
    const struct chutes__json_value *stop =
        prefer_set(&values[CHOICE_STOP_REASON], &values[CHOICE_MATCHED_STOP]);

    if (values[CHOICE_INDEX].type == CHUTES__JSON_NUMBER ||
        values[CHOICE_INDEX].type == CHUTES__JSON_STRING) {
        choice->index_text = values[CHOICE_INDEX];
    }
    chutes__chunk_number_choice(choice);
    choice->finish_reason = values[CHOICE_FINISH_REASON];
    choice->stop_reason = stop->type == CHUTES__JSON_NULL ? ABSENT : *stop;
    if (values[CHOICE_ERROR].type >= CHUTES__JSON_STRING &&
        chutes__value_is_truthy(&values[CHOICE_ERROR])) {
        choice->error = values[CHOICE_ERROR];
    }
    /* The older completions API has only this. It may repeat a call. */
    if (values[CHOICE_TEXT].type == CHUTES__JSON_STRING && !has_call(choice)) {
        choose_text(choice, &values[CHOICE_TEXT]);
    }
}

chutes_status chutes__chunk_read_choice(struct chutes__chunk *chunk,
                                        struct chutes__json_reader *reader)
{
    struct chutes__json_value values[CHOICE_COUNT];
    struct chutes__chunk_choice *choice = NULL;
    const char *begin = reader->at;
    chutes_status status;

    if (chunk->choice_count == chunk->max_choices) {
        chunk->fault = "choices: more than the limit";
        chunk->fault_at = (size_t)(reader->at - reader->begin);
        return CHUTES_ERR_TOO_LARGE;
    }
    chutes__fields_clear(values, CHOICE_COUNT);
    status = chutes__chunk_add_choice(chunk, &choice);
    if (status != CHUTES_OK) {
        return status;
    }
    read_members(chunk, reader, choice, values);
    keep_values(choice, values);
    if (!says_something(choice) && !chunk->hides_text) {
        chunk->hides_text =
            chutes__chunk_carries_text(begin, (size_t)(reader->at - begin));
    }
    return CHUTES_OK;
}
