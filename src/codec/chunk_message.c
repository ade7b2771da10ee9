/* SPDX-License-Identifier: MIT */
/* Reads the `delta` or `message` of a choice. The same members are read from
 * both, under all of the names that servers use, and texts that repeat each
 * other count once. */
#include "codec/chunk_message.h"

#include "codec/fields.h"
#include "codec/value.h"

#include <string.h>

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
    MESSAGE_REASONING_TEXT,
    MESSAGE_TOOL_CALL,
    MESSAGE_CAMEL_CALLS,
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
    [MESSAGE_REASONING_TEXT] = CHUTES__FIELD("reasoning_text"),
    [MESSAGE_TOOL_CALL] = CHUTES__FIELD("tool_call"),
    [MESSAGE_CAMEL_CALLS] = CHUTES__FIELD("toolCalls"),
};

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
    struct chutes__json_value reasoning_text; /* Copilot */
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
    } else if (may_hold_text(&others->reasoning_text)) {
        choice->reasoning = others->reasoning_text;
    } else if (others->details.type == CHUTES__JSON_ARRAY) {
        choice->reasoning = others->details;
    }
}

static bool is_same(const struct chutes__json_value *left,
                    const struct chutes__json_value *right)
{
    return left->type != CHUTES__JSON_NONE && left->type == right->type &&
           left->text.len == right->text.len &&
           memcmp(left->text.data, right->text.data, left->text.len) == 0;
}

void chutes__chunk_choose_text(struct chutes__chunk_choice *choice,
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

void chutes__chunk_clear_message(struct chutes__chunk_choice *choice)
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

    if (chutes__value_is_truthy(calls)) {
        chutes__json_skip(reader); /* the same calls under another name */
        return;
    }
    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        chutes__json_read(reader, calls);
        return;
    }
    chutes__json_enter_array(reader);
    calls->type = CHUTES__JSON_ARRAY;
    calls->plain = false;
    calls->text.data = reader->at - 1;
    if (chutes__tool_delta_next(reader, &choice->call)) {
        choice->has_call = !choice->call.is_unknown;
        while (chutes__tool_delta_next(reader, &other)) {
            choice->has_call = false;
        }
    }
    calls->text.len = (size_t)(reader->at - calls->text.data);
}

static void clear_others(struct others *others)
{
    /* Clear only the types, for the reason given at chutes__fields_clear(). */
    others->text.type = CHUTES__JSON_NONE;
    others->reasoning.type = CHUTES__JSON_NONE;
    others->thinking.type = CHUTES__JSON_NONE;
    others->reasoning_text.type = CHUTES__JSON_NONE;
    others->details.type = CHUTES__JSON_NONE;
}

static void read_members(struct chutes__json_reader *reader,
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
        [MESSAGE_REASONING_TEXT] = &others.reasoning_text,
    };
    size_t field;

    clear_others(&others);
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case MESSAGE_TOOL_CALLS:
        case MESSAGE_TOOL_CALL:
        case MESSAGE_CAMEL_CALLS:
            read_calls(reader, choice);
            break;
        case MESSAGE_ROLE:
        case MESSAGE_FUNCTION_CALL:
        case MESSAGE_REASONING_DETAILS:
        case MESSAGE_AUDIO:
            chutes__json_read(reader, targets[field]);
            break;
        case MESSAGE_CONTENT:
        case MESSAGE_REASONING_CONTENT:
        case MESSAGE_REASONING:
        case MESSAGE_REFUSAL:
        case MESSAGE_THINKING:
        case MESSAGE_TEXT:
        case MESSAGE_REASONING_TEXT:
            chutes__json_read_text(reader, targets[field]); /* to compare */
            break;
        default:
            break;
        }
    }
    choose_reasoning(choice, &others);
    chutes__chunk_choose_text(choice, &others.text);
}

/* Reads a delta or message into the choice and replaces what an earlier one
 * set. A string counts as the content. Returns false after skipping a value
 * that is neither an object nor a string. */
static bool read_message(struct chutes__json_reader *reader,
                         struct chutes__chunk_choice *choice)
{
    enum chutes__json_type type = chutes__json_peek(reader);

    if (type != CHUTES__JSON_OBJECT && type != CHUTES__JSON_STRING) {
        chutes__json_skip(reader);
        return false;
    }
    chutes__chunk_clear_message(choice);
    if (type == CHUTES__JSON_STRING) {
        chutes__json_read_text(reader, &choice->content);
    } else {
        read_members(reader, choice);
    }
    return true;
}

bool chutes__chunk_has_call(const struct chutes__chunk_choice *choice)
{
    return chutes__value_is_truthy(&choice->tool_calls) ||
           chutes__value_is_truthy(&choice->function_call);
}

bool chutes__chunk_says_something(const struct chutes__chunk_choice *choice)
{
    return may_hold_text(&choice->content) ||
           may_hold_text(&choice->reasoning) ||
           may_hold_text(&choice->refusal) ||
           chutes__value_is_truthy(&choice->audio) ||
           chutes__chunk_has_call(choice);
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
    if (!chutes__chunk_says_something(choice)) {
        *choice = message;
    }
}

void chutes__chunk_read_delta(struct chutes__json_reader *reader,
                              struct chutes__chunk_choice *choice)
{
    if (choice->is_message) {
        read_second_delta(reader, choice);
    } else {
        choice->has_delta = read_message(reader, choice);
    }
}

/* The same in the other order: a message after a delta with text repeats it. */
void chutes__chunk_read_message(struct chutes__json_reader *reader,
                                struct chutes__chunk_choice *choice)
{
    if (choice->has_delta && chutes__chunk_says_something(choice)) {
        chutes__json_skip(reader);
    } else if (read_message(reader, choice)) {
        choice->is_message = true;
    }
}
