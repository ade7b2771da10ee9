/* SPDX-License-Identifier: MIT */
/* Which chunks have a shape: those whose pieces of text and other values don't
 * decide how the rest is read. */
#include "codec/chunk_shape.h"

#include <stddef.h>
#include <string.h>

#define BIT(kind) (UINT32_C(1) << (kind))

/* Where each value is, in the chunk or in its choice. */
static const struct place {
    bool is_in_choice;
    bool is_in_call;
    unsigned short offset;
} PLACES[CHUTES__MARK_KINDS] = {
    [CHUTES__MARK_ID] = {false, false, offsetof(struct chutes__chunk, id)},
    [CHUTES__MARK_MODEL] = {false, false,
                            offsetof(struct chutes__chunk, model)},
    [CHUTES__MARK_CREATED] = {false, false,
                              offsetof(struct chutes__chunk, created)},
    [CHUTES__MARK_PADDING] = {false, false,
                              offsetof(struct chutes__chunk, padding)},
    [CHUTES__MARK_USAGE] = {false, false,
                            offsetof(struct chutes__chunk, usage_text)},
    [CHUTES__MARK_COUNTS] = {false, false,
                             offsetof(struct chutes__chunk, usage_counts[0])},
    [CHUTES__MARK_COUNTS +
        1] = {false, false, offsetof(struct chutes__chunk, usage_counts[1])},
    [CHUTES__MARK_COUNTS +
        2] = {false, false, offsetof(struct chutes__chunk, usage_counts[2])},
    [CHUTES__MARK_COUNTS +
        3] = {false, false, offsetof(struct chutes__chunk, usage_counts[3])},
    [CHUTES__MARK_COUNTS +
        4] = {false, false, offsetof(struct chutes__chunk, usage_counts[4])},
    [CHUTES__MARK_LOGPROBS] = {true, false,
                               offsetof(struct chutes__chunk_choice,
                                        logprobs_content)},
    [CHUTES__MARK_INDEX] = {true, false,
                            offsetof(struct chutes__chunk_choice, index_text)},
    [CHUTES__MARK_CONTENT] = {true, false,
                              offsetof(struct chutes__chunk_choice, content)},
    [CHUTES__MARK_REASONING] = {true, false,
                                offsetof(struct chutes__chunk_choice,
                                         reasoning)},
    [CHUTES__MARK_CALL_ID] = {true, true,
                              offsetof(struct chutes__chunk_choice, call.id)},
    [CHUTES__MARK_CALL_TYPE] = {true, true,
                                offsetof(struct chutes__chunk_choice,
                                         call.type)},
    [CHUTES__MARK_CALL_NAME] = {true, true,
                                offsetof(struct chutes__chunk_choice,
                                         call.name)},
    [CHUTES__MARK_ARGUMENTS] = {true, true,
                                offsetof(struct chutes__chunk_choice,
                                         call.arguments)},
};

static struct chutes__json_value *value_of(struct chutes__chunk *chunk,
                                           unsigned kind)
{
    const struct place *place = &PLACES[kind];
    char *owner = place->is_in_choice ? (void *)chunk->choices : (void *)chunk;

    return (struct chutes__json_value *)(void *)(owner + place->offset);
}

/* ---- which chunks have a shape ------------------------------------------- */

static bool is_nothing(const struct chutes__json_value *value)
{
    return value->type <= CHUTES__JSON_NULL;
}

static bool is_filled(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING && value->text.len > 0;
}

static bool is_text(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING || is_nothing(value);
}

/* Returns true if the choice has some text, or no text member at all. Whether a
 * text is empty decides which of several members counts, so reasoning that is
 * sent must not be. Whether it equals the `text` decides if that counts. */
static bool is_clear(const struct chutes__chunk_choice *choice)
{
    if (!is_nothing(&choice->reasoning)) {
        return is_filled(&choice->reasoning) && !choice->has_text;
    }
    return choice->has_call || is_filled(&choice->content) ||
           is_nothing(&choice->content);
}

/* Returns true if the choice's only call is one whose members all have marks.
 */
static bool is_plain_call(const struct chutes__tool_delta *call)
{
    return is_text(&call->arguments) && is_nothing(&call->extra);
}

/* Returns true if the choice has pieces of text and their logprobs, or nothing.
 * A role is excluded because it may mean that the server restarts the answer,
 * which must be detected. */
static bool is_plain(const struct chutes__chunk_choice *choice)
{
    return is_clear(choice) && choice->has_delta && !choice->is_message &&
           is_text(&choice->content) &&
           (choice->has_call ? is_plain_call(&choice->call)
                             : is_nothing(&choice->tool_calls)) &&
           is_nothing(&choice->role) && is_nothing(&choice->refusal) &&
           is_nothing(&choice->audio) && is_nothing(&choice->function_call) &&
           is_nothing(&choice->finish_reason) &&
           is_nothing(&choice->stop_reason) && is_nothing(&choice->error);
}

/* Returns true if usage was found only where it is marked: an empty `usage`
 * would make another place count. */
static bool has_plain_usage(const struct chutes__chunk *chunk)
{
    return chunk->has_usage == (chunk->usage_text.type == CHUTES__JSON_OBJECT);
}

static size_t count_digits(struct chutes__slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] > '0' && text.data[i] <= '9';
    }
    return count;
}

/* Returns true if nothing but its counts is likely to change in the usage: it
 * has no other digits than 0. */
static bool has_plain_counts(const struct chutes__chunk *chunk)
{
    const struct chutes__slice usage = chunk->usage_text.text;
    size_t digits = 0;

    if (chunk->usage_text.type == CHUTES__JSON_NONE) {
        return true;
    }
    for (size_t i = 0; i < CHUTES__USAGE_COUNTS; i++) {
        const struct chutes__json_value *count = &chunk->usage_counts[i];

        if (count->type == CHUTES__JSON_NONE) {
            continue;
        }
        /* If the usage is empty, that of the choice counts. */
        if (count->text.data < usage.data ||
            count->text.data >= usage.data + usage.len) {
            return false;
        }
        digits += count_digits(count->text);
    }
    return !chunk->is_usage_odd && digits == count_digits(usage);
}

static void note_usage(struct chutes__chunk_shape *shape,
                       const struct chutes__chunk *chunk)
{
    const chutes_usage *usage = &chunk->usage;

    shape->has_usage = chunk->has_usage;
    if (chunk->has_usage) {
        shape->counts[0] = usage->prompt_tokens;
        shape->counts[1] = usage->completion_tokens;
        shape->counts[2] = usage->total_tokens;
        shape->counts[3] = usage->cached_tokens;
        shape->counts[4] = usage->reasoning_tokens;
    }
}

/* Returns the kinds that are not marked: the usage as a whole, or its
 * counts. */
static uint32_t kinds_left_out(const struct chutes__chunk *chunk)
{
    const uint32_t counts = (BIT(CHUTES__USAGE_COUNTS) - 1)
                            << CHUTES__MARK_COUNTS;

    return has_plain_counts(chunk) ? BIT(CHUTES__MARK_USAGE) : counts;
}

/* Inserts a mark so that the marks stay in the order of the text. */
static void insert_mark(struct chutes__chunk_shape *shape,
                        struct chutes__chunk_mark mark)
{
    size_t i = shape->count;

    while (i > 0 && shape->marks[i - 1].at > mark.at) {
        shape->marks[i] = shape->marks[i - 1];
        i--;
    }
    shape->marks[i] = mark;
    shape->count++;
}

/* Marks the value. Returns false if that is impossible, because the value was
 * not written as the type that it counts as. */
static bool add_mark(struct chutes__chunk_shape *shape, unsigned kind,
                     const struct chutes__json_value *value, const char *text)
{
    if (value->type == CHUTES__JSON_STRING && value->text.data[-1] != '"') {
        return false;
    }
    insert_mark(shape, (struct chutes__chunk_mark){
                           (uint32_t)(value->text.data - text),
                           (uint32_t)value->text.len, (unsigned char)kind,
                           (unsigned char)value->type, value->plain, 0});
    shape->kinds |= BIT(kind);
    /* A text that is empty here is probably empty in each chunk, because the
     * text is in another member. */
    if (kind >= CHUTES__MARK_PADDING && value->text.len > 0) {
        shape->varying |= BIT(kind);
    }
    return true;
}

void chutes__chunk_shape_link(struct chutes__chunk_shape *shape)
{
    unsigned next = shape->count;

    for (unsigned i = shape->count; i > 0; i--) {
        struct chutes__chunk_mark *mark = &shape->marks[i - 1];

        mark->next = (unsigned char)next;
        if ((shape->varying & BIT(mark->kind)) != 0) {
            next = i - 1;
        }
    }
    shape->first = next;
}

void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              struct chutes__chunk *chunk,
                              struct chutes__slice text)
{
    const struct chutes__chunk_choice *choice = chunk->choices;
    uint32_t left_out;

    memset(shape, 0, sizeof(*shape));
    if (!chunk->is_object || chunk->is_error || chunk->choice_count != 1 ||
        text.len > UINT32_MAX || !is_plain(choice) || !has_plain_usage(chunk) ||
        chutes__chunk_has_line_end(text)) {
        return;
    }
    shape->has_call = choice->has_call;
    shape->has_call_index = choice->has_call && choice->call.has_index;
    shape->call_index = shape->has_call_index ? choice->call.index : 0;
    note_usage(shape, chunk);
    left_out = kinds_left_out(chunk);
    for (unsigned kind = 0; kind < CHUTES__MARK_KINDS; kind++) {
        const struct chutes__json_value *value = value_of(chunk, kind);

        if ((PLACES[kind].is_in_call && !choice->has_call) ||
            is_nothing(value) || (left_out & BIT(kind)) != 0) {
            continue;
        }
        if (!add_mark(shape, kind, value, text.data)) {
            shape->count = 0;
            return;
        }
    }
    shape->marks[shape->count] = (struct chutes__chunk_mark){
        .at = (uint32_t)text.len, .kind = CHUTES__MARK_KINDS};
    chutes__chunk_shape_link(shape);
}

enum chutes__mark_kind
chutes__chunk_shape_piece(const struct chutes__chunk_shape *shape)
{
    const uint32_t of_call = BIT(CHUTES__MARK_CALL_ID) |
                             BIT(CHUTES__MARK_CALL_TYPE) |
                             BIT(CHUTES__MARK_CALL_NAME);
    uint32_t pieces = shape->varying &
                      (BIT(CHUTES__MARK_ARGUMENTS) | BIT(CHUTES__MARK_CONTENT) |
                       BIT(CHUTES__MARK_REASONING));
    enum chutes__mark_kind kind = CHUTES__MARK_ARGUMENTS;

    while (kind < CHUTES__MARK_KINDS && pieces != BIT(kind)) {
        kind++;
    }
    return shape->has_call == (kind == CHUTES__MARK_ARGUMENTS) &&
                   (shape->kinds & of_call) == 0
               ? kind
               : CHUTES__MARK_KINDS;
}

/* ---- the chunk ----------------------------------------------------------- */

static void fill_choice(const struct chutes__chunk_shape *shape,
                        struct chutes__chunk_choice *choice)
{
    choice->has_delta = true;
    if (shape->has_call) {
        choice->has_call = true;
        choice->tool_calls =
            (struct chutes__json_value){.type = CHUTES__JSON_ARRAY};
        choice->call = (struct chutes__tool_delta){
            .has_index = shape->has_call_index, .index = shape->call_index};
    }
}

static void fill_values(const struct chutes__chunk_shape *shape,
                        const struct chutes__chunk_match *match,
                        const char *text, struct chutes__chunk *chunk)
{
    size_t shift = 0; /* from the model; modulo 2^64, as it may be negative */

    for (size_t i = 0; i < shape->count; i++) {
        const struct chutes__chunk_mark *mark = &shape->marks[i];
        struct chutes__json_value *value = value_of(chunk, mark->kind);

        if ((shape->varying & BIT(mark->kind)) != 0) {
            *value = match->values[mark->kind];
            shift = (size_t)(value->text.data - text) + value->text.len -
                    chutes__chunk_mark_end(mark);
        } else {
            *value = (struct chutes__json_value){
                (enum chutes__json_type)mark->type,
                mark->plain,
                {text + (mark->at + shift), mark->len}};
        }
    }
}

chutes_status chutes__chunk_shape_fill(const struct chutes__chunk_shape *shape,
                                       const struct chutes__chunk_match *match,
                                       const char *text,
                                       struct chutes__chunk *chunk)
{
    struct chutes__chunk_choice *choice;
    chutes_status status;

    chutes__chunk_reset(chunk);
    status = chutes__chunk_add_choice(chunk, &choice);
    if (status != CHUTES_OK) {
        return status;
    }
    fill_choice(shape, choice);
    fill_values(shape, match, text, chunk);
    chutes__chunk_number_choice(choice);
    chunk->is_object = true;
    chunk->has_choices = true;
    if (shape->has_usage) {
        chunk->has_usage = true;
        chunk->usage = match->usage;
        chunk->is_usage_odd = match->is_usage_odd;
    }
    return CHUTES_OK;
}
