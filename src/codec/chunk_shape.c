/* SPDX-License-Identifier: MIT */
/* Recognizes a chunk that differs from an earlier one only in its pieces of
 * text and in other values that don't decide how the rest is read. */
#include "codec/chunk_shape.h"

#include <stddef.h>
#include <string.h>

/* The values that may differ. Those up to FIXED_KINDS seldom do. */
enum mark_kind {
    MARK_ID,
    MARK_MODEL,
    MARK_CREATED,
    MARK_INDEX,
    MARK_CALL_ID,
    MARK_CALL_TYPE,
    MARK_CALL_NAME,
    FIXED_KINDS,
    MARK_ARGUMENTS = FIXED_KINDS,
    MARK_CONTENT,
    MARK_REASONING,
    MARK_PADDING,
    MARK_USAGE,
    MARK_KINDS
};

_Static_assert((int)MARK_KINDS == (int)CHUTES__SHAPE_MARKS, "one of each kind");

/* Where each value is, in the chunk or in its choice. */
static const struct place {
    bool is_in_choice;
    bool is_in_call;
    unsigned short offset;
} PLACES[MARK_KINDS] = {
    [MARK_ID] = {false, false, offsetof(struct chutes__chunk, id)},
    [MARK_MODEL] = {false, false, offsetof(struct chutes__chunk, model)},
    [MARK_CREATED] = {false, false, offsetof(struct chutes__chunk, created)},
    [MARK_PADDING] = {false, false, offsetof(struct chutes__chunk, padding)},
    [MARK_USAGE] = {false, false, offsetof(struct chutes__chunk, usage_text)},
    [MARK_INDEX] = {true, false,
                    offsetof(struct chutes__chunk_choice, index_text)},
    [MARK_CONTENT] = {true, false,
                      offsetof(struct chutes__chunk_choice, content)},
    [MARK_REASONING] = {true, false,
                        offsetof(struct chutes__chunk_choice, reasoning)},
    [MARK_CALL_ID] = {true, true,
                      offsetof(struct chutes__chunk_choice, call.id)},
    [MARK_CALL_TYPE] = {true, true,
                        offsetof(struct chutes__chunk_choice, call.type)},
    [MARK_CALL_NAME] = {true, true,
                        offsetof(struct chutes__chunk_choice, call.name)},
    [MARK_ARGUMENTS] = {true, true,
                        offsetof(struct chutes__chunk_choice, call.arguments)},
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

/* Returns true if the choice has some text. Whether a text is empty decides
 * which of several members counts, so reasoning that is sent must not be. */
static bool says_something(const struct chutes__chunk_choice *choice)
{
    if (!is_nothing(&choice->reasoning)) {
        return is_filled(&choice->reasoning);
    }
    return choice->has_call || is_filled(&choice->content);
}

/* Returns true if the choice has pieces of text and nothing else. A role is
 * excluded because it may mean that the server restarts the answer, which must
 * be detected. */
static bool is_plain(const struct chutes__chunk_choice *choice)
{
    return says_something(choice) && choice->has_delta && !choice->is_message &&
           is_text(&choice->content) &&
           (choice->has_call ? is_text(&choice->call.arguments)
                             : is_nothing(&choice->tool_calls)) &&
           is_nothing(&choice->role) && is_nothing(&choice->refusal) &&
           is_nothing(&choice->function_call) &&
           is_nothing(&choice->finish_reason) &&
           is_nothing(&choice->stop_reason) && is_nothing(&choice->error) &&
           is_nothing(&choice->logprobs_content);
}

/* Returns true if usage was found only where it is marked: an empty `usage`
 * would make another place count. */
static bool has_plain_usage(const struct chutes__chunk *chunk)
{
    return chunk->has_usage == (chunk->usage_text.type == CHUTES__JSON_OBJECT);
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
                           (unsigned char)value->type, value->plain});
    return true;
}

void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              struct chutes__chunk *chunk,
                              struct chutes__slice text)
{
    const struct chutes__chunk_choice *choice = chunk->choices;

    shape->count = 0;
    if (!chunk->is_object || chunk->is_error || chunk->choice_count != 1 ||
        text.len > UINT32_MAX || !is_plain(choice) || !has_plain_usage(chunk)) {
        return;
    }
    shape->has_call = choice->has_call;
    shape->has_call_index = choice->has_call && choice->call.has_index;
    shape->call_index = shape->has_call_index ? choice->call.index : 0;
    for (unsigned kind = 0; kind < MARK_KINDS; kind++) {
        const struct chutes__json_value *value = value_of(chunk, kind);

        if ((PLACES[kind].is_in_call && !choice->has_call) ||
            is_nothing(value)) {
            continue;
        }
        if (!add_mark(shape, kind, value, text.data)) {
            shape->count = 0;
            return;
        }
    }
}

/* ---- chunks of a shape --------------------------------------------------- */

/* Two chunks, compared up to these offsets. */
struct comparison {
    struct chutes__slice before;
    struct chutes__slice text;
    size_t before_at;
    size_t at;
};

/* Returns true if both go on alike up to this offset of the earlier chunk. */
static bool is_alike(const struct comparison *both, size_t before_end)
{
    size_t len = before_end - both->before_at;

    return len <= both->text.len - both->at &&
           memcmp(both->before.data + both->before_at,
                  both->text.data + both->at, len) == 0;
}

/* Counts the marks from `first` on that seldom change. */
static size_t count_fixed(const struct chutes__chunk_shape *shape, size_t first)
{
    size_t i = first;

    while (i < shape->count && shape->marks[i].kind < FIXED_KINDS) {
        i++;
    }
    return i - first;
}

/* A mark's first and last bytes with the quotes of a string. */
static size_t first_of(const struct chutes__chunk_mark *mark)
{
    return mark->at - (mark->type == CHUTES__JSON_STRING);
}

static size_t end_of(const struct chutes__chunk_mark *mark)
{
    return (size_t)mark->at + mark->len + (mark->type == CHUTES__JSON_STRING);
}

/* Takes values that have not changed, without reading them. */
static void repeat_values(struct comparison *both,
                          struct chutes__chunk_mark *marks, size_t first,
                          size_t next, struct chutes__chunk *chunk)
{
    /* Modulo 2^32, because the text may have become shorter. */
    uint32_t shift = (uint32_t)(both->at - both->before_at);

    both->before_at = end_of(&marks[next - 1]);
    for (size_t i = first; i < next; i++) {
        struct chutes__chunk_mark *mark = &marks[i];

        mark->at += shift;
        *value_of(chunk, mark->kind) = (struct chutes__json_value){
            (enum chutes__json_type)mark->type,
            mark->plain,
            {both->text.data + mark->at, mark->len}};
    }
    both->at = end_of(&marks[next - 1]);
}

/* Reads a value that may have changed. `mark` becomes its mark in the new
 * chunk. */
static bool read_value(struct comparison *both, struct chutes__chunk_mark *mark,
                       struct chutes__chunk *chunk, size_t max_depth)
{
    struct chutes__json_value *value = value_of(chunk, mark->kind);
    struct chutes__json_reader reader;

    if (!is_alike(both, first_of(mark))) {
        return false;
    }
    both->at += first_of(mark) - both->before_at;
    both->before_at = end_of(mark);
    /* max_depth - 1, because usage is one level inside the chunk. */
    chutes__json_init_lenient(&reader, both->text.data + both->at,
                              both->text.len - both->at, max_depth - 1);
    if (mark->kind == MARK_USAGE) {
        chutes__chunk_read_own_usage(chunk, &reader);
    } else {
        chutes__json_read(&reader, value);
    }
    /* Some of those that seldom change count as absent if they are empty. */
    if (reader.fault != NULL || value->type != mark->type ||
        (mark->kind < FIXED_KINDS && value->text.len == 0)) {
        return false;
    }
    both->at = (size_t)(reader.at - both->text.data);
    mark->at = (uint32_t)(value->text.data - both->text.data);
    mark->len = (uint32_t)value->text.len;
    mark->plain = value->plain;
    return true;
}

/* Returns where the text between two marks ends. */
static size_t gap_end(const struct chutes__chunk_shape *shape,
                      const struct comparison *both, size_t next)
{
    return next < shape->count ? first_of(&shape->marks[next])
                               : both->before.len;
}

/* Compares the chunks and takes the values. `marks` are those of the earlier
 * chunk, and become those of the new one. */
static bool match_marks(const struct chutes__chunk_shape *shape,
                        struct comparison *both, struct chutes__chunk *chunk,
                        size_t max_depth, struct chutes__chunk_mark *marks)
{
    size_t i = 0;

    while (i < shape->count) {
        size_t next = i + count_fixed(shape, i);

        if (next > i && is_alike(both, gap_end(shape, both, next))) {
            repeat_values(both, marks, i, next, chunk);
            i = next;
            continue;
        }
        /* If the values are alike, the rest differs. */
        if ((next > i && is_alike(both, end_of(&marks[next - 1]) + 1)) ||
            !read_value(both, &marks[i], chunk, max_depth)) {
            return false;
        }
        i++;
    }
    return both->text.len - both->at == both->before.len - both->before_at &&
           is_alike(both, both->before.len);
}

static void begin_choice(const struct chutes__chunk_shape *shape,
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

bool chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                               struct chutes__slice before,
                               struct chutes__chunk *chunk,
                               struct chutes__slice text, size_t max_depth)
{
    struct comparison both = {before, text, 0, 0};
    struct chutes__chunk_mark marks[CHUTES__SHAPE_MARKS];
    struct chutes__chunk_choice *choice;

    if (shape->count == 0 || text.len > UINT32_MAX || max_depth < 2 ||
        !is_alike(&both, first_of(&shape->marks[0]))) {
        return false;
    }
    chutes__chunk_reset(chunk);
    if (chutes__chunk_add_choice(chunk, &choice) != CHUTES_OK) {
        return false;
    }
    begin_choice(shape, choice);
    memcpy(marks, shape->marks, sizeof(marks));
    if (!match_marks(shape, &both, chunk, max_depth, marks) ||
        !says_something(choice) || !has_plain_usage(chunk)) {
        return false;
    }
    chunk->is_object = true;
    chunk->has_choices = true;
    chutes__chunk_number_choice(choice);
    memcpy(shape->marks, marks, sizeof(marks));
    return true;
}
