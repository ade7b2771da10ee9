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
 * sent must not be. */
static bool is_clear(const struct chutes__chunk_choice *choice)
{
    if (!is_nothing(&choice->reasoning)) {
        return is_filled(&choice->reasoning);
    }
    return choice->has_call || is_filled(&choice->content) ||
           is_nothing(&choice->content);
}

/* Returns true if the choice has pieces of text and their logprobs, or nothing.
 * A role is excluded because it may mean that the server restarts the answer,
 * which must be detected. */
static bool is_plain(const struct chutes__chunk_choice *choice)
{
    return is_clear(choice) && choice->has_delta && !choice->is_message &&
           is_text(&choice->content) &&
           (choice->has_call ? is_text(&choice->call.arguments)
                             : is_nothing(&choice->tool_calls)) &&
           is_nothing(&choice->role) && is_nothing(&choice->refusal) &&
           is_nothing(&choice->function_call) &&
           is_nothing(&choice->finish_reason) &&
           is_nothing(&choice->stop_reason) && is_nothing(&choice->error);
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
                           (unsigned char)value->type, value->plain, 0});
    shape->kinds |= BIT(kind);
    /* Text that is empty is probably so in each chunk, beside text elsewhere.
     */
    if (kind >= CHUTES__MARK_PADDING && value->text.len > 0) {
        shape->varying |= BIT(kind);
    }
    return true;
}

/* Links each mark to the next one that varies. */
static void link_marks(struct chutes__chunk_shape *shape)
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
    shape->marks[shape->count] = (struct chutes__chunk_mark){
        .at = (uint32_t)text.len, .kind = CHUTES__MARK_KINDS};
    link_marks(shape);
}

/* ---- chunks of a shape --------------------------------------------------- */

/* The model and the bytes, compared up to here. */
struct comparison {
    const char *model;
    const char *model_at;
    const char *at;
    const char *end; /* of the bytes */
    size_t max_depth;
};

/* Returns true if both go on alike up to this offset of the model. */
static inline bool is_alike(const struct comparison *both, size_t model_end)
{
    size_t len = (size_t)(both->model + model_end - both->model_at);

    return len <= (size_t)(both->end - both->at) &&
           memcmp(both->model_at, both->at, len) == 0;
}

static inline void pass(struct comparison *both, size_t model_end)
{
    both->at += both->model + model_end - both->model_at;
    both->model_at = both->model + model_end;
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
    struct chutes__json_reader reader;

    /* max_depth - 1, because usage is one level inside the chunk. */
    chutes__json_init_lenient(&reader, both->at, (size_t)(both->end - both->at),
                              both->max_depth - 1);
    if (!chutes__usage_next(&reader, &match->usage, &match->is_usage_odd)) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_OBJECT, false, {both->at, (size_t)(reader.at - both->at)}};
    return reader.fault == NULL && !has_line_end(value->text);
}

/* Reads an array of logprobs, which is four levels inside the chunk. */
static bool read_logprobs(const struct comparison *both,
                          struct chutes__json_value *value,
                          struct chutes__chunk_match *match)
{
    enum { LEVELS = 4 };
    struct chutes__json_reader reader;

    if (match->logprobs == NULL || both->max_depth <= LEVELS ||
        both->at == both->end || *both->at != '[') {
        return false;
    }
    chutes__json_init_lenient(&reader, both->at, (size_t)(both->end - both->at),
                              both->max_depth - LEVELS);
    if (chutes__logprobs_next(match->logprobs, &reader) != CHUTES_OK) {
        return false;
    }
    *value = (struct chutes__json_value){
        CHUTES__JSON_ARRAY, false, {both->at, (size_t)(reader.at - both->at)}};
    return reader.fault == NULL && !has_line_end(value->text);
}

/* Reads a string with escapes or other characters than ASCII, or a number. */
static bool read_scalar(const struct comparison *both, bool is_string,
                        struct chutes__json_value *value)
{
    const char *begin = both->at - is_string; /* at the quote */
    struct chutes__json_reader reader;
    int64_t number;

    if (!is_string) {
        const char *end = chutes__json_scan_short(begin, both->end, &number);

        if (end != NULL) {
            *value = (struct chutes__json_value){
                CHUTES__JSON_NUMBER, false, {begin, (size_t)(end - begin)}};
            return true;
        }
    }
    chutes__json_init_lenient(&reader, begin, (size_t)(both->end - begin), 1);
    chutes__json_read(&reader, value);
    return reader.fault == NULL;
}

static bool read_other(const struct comparison *both,
                       const struct chutes__chunk_mark *mark,
                       struct chutes__chunk_match *match)
{
    struct chutes__json_value *value = &match->values[mark->kind];

    if (mark->kind == CHUTES__MARK_USAGE) {
        return read_usage(both, value, match);
    }
    if (mark->kind == CHUTES__MARK_LOGPROBS) {
        return read_logprobs(both, value, match);
    }
    return read_scalar(both, mark->type == CHUTES__JSON_STRING, value) &&
           value->type == mark->type;
}

/* Reads the value of a mark that varies. Most are short and plain strings. */
static inline bool read_value(struct comparison *both,
                              const struct chutes__chunk_mark *mark,
                              struct chutes__chunk_match *match)
{
    struct chutes__json_value *value = &match->values[mark->kind];
    const char *end = mark->type == CHUTES__JSON_STRING
                          ? chutes__json_scan_ascii(both->at, both->end)
                          : NULL;

    if (end != NULL) {
        value->type = CHUTES__JSON_STRING;
        value->plain = true;
        value->text.data = both->at;
        value->text.len = (size_t)(end - both->at);
    } else if (!read_other(both, mark, match)) {
        return false;
    }
    both->at += value->text.len;
    both->model_at = both->model + end_of(mark);
    return true;
}

/* Returns true if an empty value counts as absent or makes another count. */
static bool must_be_filled(const struct chutes__chunk_shape *shape,
                           unsigned kind)
{
    return kind < CHUTES__MARK_PADDING || kind == CHUTES__MARK_REASONING ||
           (kind == CHUTES__MARK_CONTENT && !shape->has_call &&
            (shape->kinds & BIT(CHUTES__MARK_REASONING)) == 0);
}

/* Passes what is alike before `next`, from `mark` on, and returns the mark of
 * the first value that differs, or NULL if more than that differs. */
static const struct chutes__chunk_mark *
find_new(struct comparison *both, const struct chutes__chunk_mark *mark,
         const struct chutes__chunk_mark *next)
{
    /* With the byte behind a value, as a longer one may begin alike. */
    for (; mark < next && is_alike(both, end_of(mark) + 1); mark++) {
        pass(both, end_of(mark));
    }
    if (mark == next || !is_alike(both, mark->at)) {
        return NULL;
    }
    pass(both, mark->at);
    return mark;
}

size_t chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                                 struct chutes__slice model,
                                 struct chutes__slice bytes, size_t max_depth,
                                 struct chutes__chunk_match *match)
{
    struct comparison both = {model.data, model.data, bytes.data,
                              bytes.data + bytes.len, max_depth};
    const struct chutes__chunk_mark *mark = shape->marks;
    const struct chutes__chunk_mark *next = mark + shape->first;
    uint32_t varying = shape->varying;

    if (shape->count == 0 || max_depth < 2) {
        return 0;
    }
    for (;; mark = next + 1, next = shape->marks + next->next) {
        if (is_alike(&both, next->at)) {
            pass(&both, next->at);
        } else {
            next = find_new(&both, mark, next);
            if (next == NULL) {
                return 0;
            }
            varying |= BIT(next->kind);
        }
        if (next->kind == CHUTES__MARK_KINDS) {
            break;
        }
        if (!read_value(&both, next, match) ||
            (match->values[next->kind].text.len == 0 &&
             must_be_filled(shape, next->kind))) {
            return 0;
        }
    }
    match->is_new = varying != shape->varying;
    if (match->is_new) {
        shape->varying = varying;
        link_marks(shape);
    }
    return (size_t)(both.at - bytes.data);
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
