/* SPDX-License-Identifier: MIT */
/* Recognizes a chunk that differs from an earlier one only in its pieces of
 * text and in other values that don't decide how the rest is read. */
#include "codec/chunk_shape.h"

#include "codec/usage.h"
#include "json/block.h"

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

/* A line end among the blanks between the tokens. Of those, the data of an
 * event has some if it came in several lines. */
static bool has_line_end(struct chutes__slice text)
{
    return memchr(text.data, '\n', text.len) != NULL ||
           memchr(text.data, '\r', text.len) != NULL;
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
    shape->kinds |= BIT(kind);
    /* Text that is empty is probably so in each chunk, beside text elsewhere.
     */
    if (kind >= CHUTES__MARK_PADDING && value->text.len > 0) {
        shape->varying |= BIT(kind);
    }
    return true;
}

void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              struct chutes__chunk *chunk,
                              struct chutes__slice text)
{
    const struct chutes__chunk_choice *choice = chunk->choices;

    memset(shape, 0, sizeof(*shape));
    if (!chunk->is_object || chunk->is_error || chunk->choice_count != 1 ||
        text.len > UINT32_MAX || !is_plain(choice) || !has_plain_usage(chunk) ||
        has_line_end(text)) {
        return;
    }
    shape->has_call = choice->has_call;
    shape->has_call_index = choice->has_call && choice->call.has_index;
    shape->call_index = shape->has_call_index ? choice->call.index : 0;
    for (unsigned kind = 0; kind < CHUTES__MARK_KINDS; kind++) {
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

/* The model and the bytes, compared up to these offsets. */
struct comparison {
    const struct chutes__chunk_shape *shape;
    struct chutes__slice model;
    struct chutes__slice bytes;
    size_t model_at;
    size_t at;
    size_t max_depth;
};

/* Returns true if both go on alike up to this offset of the model. */
static bool is_alike(const struct comparison *both, size_t model_end)
{
    size_t len = model_end - both->model_at;

    return len <= both->bytes.len - both->at &&
           memcmp(both->model.data + both->model_at,
                  both->bytes.data + both->at, len) == 0;
}

static void pass(struct comparison *both, size_t model_end)
{
    both->at += model_end - both->model_at;
    both->model_at = model_end;
}

/* Where a mark ends, without the closing quote of a string. */
static size_t end_of(const struct chutes__chunk_mark *mark)
{
    return (size_t)mark->at + mark->len;
}

static bool read_usage(const struct comparison *both,
                       struct chutes__json_value *value,
                       struct chutes__chunk_match *match)
{
    const char *begin = both->bytes.data + both->at;
    struct chutes__json_reader reader;

    /* max_depth - 1, because usage is one level inside the chunk. */
    chutes__json_init_lenient(&reader, begin, both->bytes.len - both->at,
                              both->max_depth - 1);
    if (!chutes__usage_next(&reader, &match->usage, &match->is_usage_odd)) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_OBJECT, false, {begin, (size_t)(reader.at - begin)}};
    return reader.fault == NULL && !has_line_end(value->text);
}

/* Reads a string or a number. Most are short and plain. */
static bool read_scalar(const struct comparison *both, bool is_string,
                        struct chutes__json_value *value)
{
    const char *begin = both->bytes.data + both->at;
    const char *end = both->bytes.data + both->bytes.len;
    struct chutes__json_reader reader;
    int64_t number;

    value->text.data = begin;
    if (is_string) {
        value->type = CHUTES__JSON_STRING;
        value->plain = true;
        end = chutes__json_scan_ascii(begin, end);
    } else {
        value->type = CHUTES__JSON_NUMBER;
        value->plain = false;
        end = chutes__json_scan_short(begin, end, &number);
    }
    if (end != NULL) {
        value->text.len = (size_t)(end - begin);
        return true;
    }
    begin -= is_string; /* the quote */
    chutes__json_init_lenient(
        &reader, begin, (size_t)(both->bytes.data + both->bytes.len - begin),
        1);
    chutes__json_read(&reader, value);
    return reader.fault == NULL;
}

/* Returns true if a text that is empty changes what others mean. */
static bool must_be_filled(const struct chutes__chunk_shape *shape,
                           unsigned kind)
{
    return kind < CHUTES__MARK_PADDING || kind == CHUTES__MARK_REASONING ||
           (kind == CHUTES__MARK_CONTENT && !shape->has_call &&
            (shape->kinds & BIT(CHUTES__MARK_REASONING)) == 0);
}

/* Reads the value of a mark that varies. */
static bool read_value(struct comparison *both,
                       const struct chutes__chunk_mark *mark,
                       struct chutes__chunk_match *match)
{
    struct chutes__json_value *value = &match->values[mark->kind];

    if (mark->kind == CHUTES__MARK_USAGE
            ? !read_usage(both, value, match)
            : !read_scalar(both, mark->type == CHUTES__JSON_STRING, value)) {
        return false;
    }
    both->at += value->text.len;
    both->model_at = end_of(mark);
    return value->type == mark->type &&
           (value->text.len > 0 || !must_be_filled(both->shape, mark->kind));
}

/* Compares everything up to the next mark that varies, from mark `i` on, and
 * returns that mark. *varying gets another bit for a value that didn't vary
 * before. Returns NULL if the chunks differ elsewhere, too. */
static const struct chutes__chunk_mark *
reach_varying(struct comparison *both, const struct chutes__chunk_mark *mark,
              uint32_t *varying)
{
    const struct chutes__chunk_mark *end =
        both->shape->marks + both->shape->count;
    const struct chutes__chunk_mark *next = mark;

    while (next < end && (*varying & BIT(next->kind)) == 0) {
        next++;
    }
    if (is_alike(both, next < end ? next->at : both->model.len)) {
        pass(both, next < end ? next->at : both->model.len);
        return next;
    }
    /* With the byte behind a value, as a longer one may begin alike. */
    for (; mark < next && is_alike(both, end_of(mark) + 1); mark++) {
        pass(both, end_of(mark));
    }
    if (mark == next || !is_alike(both, mark->at)) {
        return NULL;
    }
    pass(both, mark->at);
    *varying |= BIT(mark->kind);
    return mark;
}

size_t chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                                 struct chutes__slice model,
                                 struct chutes__slice bytes, size_t max_depth,
                                 struct chutes__chunk_match *match)
{
    struct comparison both = {shape, model, bytes, 0, 0, max_depth};
    const struct chutes__chunk_mark *mark = shape->marks;
    const struct chutes__chunk_mark *end = shape->marks + shape->count;
    uint32_t varying = shape->varying;

    if (shape->count == 0 || max_depth < 2) {
        return 0;
    }
    while ((mark = reach_varying(&both, mark, &varying)) != end) {
        if (mark == NULL || !read_value(&both, mark, match)) {
            return 0;
        }
        mark++;
    }
    match->is_new = varying != shape->varying;
    shape->varying = varying;
    return both.at;
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
                    end_of(mark);
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
    if ((shape->kinds & BIT(CHUTES__MARK_USAGE)) != 0) {
        chunk->has_usage = true;
        chunk->usage = match->usage;
        chunk->is_usage_odd = match->is_usage_odd;
    }
    return CHUTES_OK;
}
