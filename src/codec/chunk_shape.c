/* SPDX-License-Identifier: MIT */
/* Recognizes a chunk that differs from the previous one only in its text and
 * usage. */
#include "codec/chunk_shape.h"

#include "codec/usage.h"

#include <string.h>

static bool is_nothing(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL;
}

/* Returns true if the choice has nothing but content. A role is excluded
 * because it may mean that the server restarts the answer, which must be
 * detected. */
static bool is_plain(const struct chutes__chunk_choice *choice)
{
    return choice->content.type == CHUTES__JSON_STRING &&
           choice->role.type == CHUTES__JSON_NONE &&
           is_nothing(&choice->reasoning) && is_nothing(&choice->refusal) &&
           is_nothing(&choice->tool_calls) &&
           is_nothing(&choice->function_call) && !choice->is_message &&
           is_nothing(&choice->finish_reason) &&
           is_nothing(&choice->stop_reason) && is_nothing(&choice->error) &&
           is_nothing(&choice->logprobs_content);
}

void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              const struct chutes__chunk *chunk,
                              struct chutes__slice text)
{
    const struct chutes__slice *content;

    *shape = (struct chutes__chunk_shape){0};
    /* Usage outside of the member `usage` would have to be searched for
     * again. */
    if (!chunk->is_object || chunk->is_error || chunk->choice_count != 1 ||
        !is_plain(&chunk->choices[0]) ||
        (chunk->has_usage && chunk->usage_text.data == NULL)) {
        return;
    }
    content = &chunk->choices[0].content.text;
    if (chunk->usage_text.data != NULL &&
        chunk->usage_text.data < content->data) {
        return; /* usage before the text is rare and not supported */
    }
    shape->content_at = (size_t)(content->data - text.data) - 1;
    shape->content_end = shape->content_at + content->len + 2;
    shape->len = text.len;
    shape->index = chunk->choices[0].index;
    shape->has_index = chunk->choices[0].has_index;
    if (chunk->usage_text.data != NULL) {
        shape->usage_at = (size_t)(chunk->usage_text.data - text.data);
        shape->usage_end = shape->usage_at + chunk->usage_text.len;
    }
}

/* Returns true if `len` bytes of the text equal those of the previous text. */
static bool is_alike(struct chutes__slice before, size_t before_at,
                     struct chutes__slice text, size_t at, size_t len)
{
    return len <= text.len - at &&
           memcmp(before.data + before_at, text.data + at, len) == 0;
}

/* Reads the string at an offset of the text. Returns the offset of its end, or
 * 0 if no valid string starts there. */
static size_t read_string(struct chutes__slice text, size_t at,
                          struct chutes__json_value *value)
{
    struct chutes__json_reader reader;

    chutes__json_init(&reader, text.data + at, text.len - at, 1);
    if (chutes__json_peek(&reader) != CHUTES__JSON_STRING) {
        return 0;
    }
    chutes__json_read(&reader, value);
    return reader.fault == NULL ? (size_t)(reader.at - text.data) : 0;
}

/* Does the same for usage. Returns 0 if it is no longer a valid object. */
static size_t reread_usage(struct chutes__slice text, size_t at,
                           size_t max_depth, struct chutes__chunk *chunk)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text.data + at, text.len - at,
                              max_depth);
    if (chutes__json_peek(&reader) != CHUTES__JSON_OBJECT) {
        return 0;
    }
    chutes__chunk_read_usage(chunk, &reader);
    return reader.fault == NULL ? (size_t)(reader.at - text.data) : 0;
}

/* Compares what follows the content. *fresh receives the offsets of usage in
 * this text. */
static bool match_rest(const struct chutes__chunk_shape *shape,
                       struct chutes__slice before, struct chutes__chunk *chunk,
                       struct chutes__slice text, size_t max_depth,
                       struct chutes__chunk_shape *fresh)
{
    size_t at = fresh->content_end;
    size_t before_at = shape->content_end;

    if (shape->usage_at != 0) {
        size_t len = shape->usage_at - before_at;

        if (!is_alike(before, before_at, text, at, len)) {
            return false;
        }
        fresh->usage_at = at + len;
        fresh->usage_end =
            reread_usage(text, fresh->usage_at, max_depth, chunk);
        at = fresh->usage_end;
        before_at = shape->usage_end;
    }
    return at != 0 && text.len - at == before.len - before_at &&
           is_alike(before, before_at, text, at, text.len - at);
}

bool chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                               struct chutes__slice before,
                               struct chutes__chunk *chunk,
                               struct chutes__slice text, size_t max_depth)
{
    struct chutes__chunk_shape fresh = {
        .len = text.len, .index = shape->index, .has_index = shape->has_index};
    struct chutes__json_value content;
    struct chutes__chunk_choice *choice;

    if (shape->content_at == 0 || before.len != shape->len ||
        text.len <= shape->content_at || max_depth < 2 ||
        !is_alike(before, 0, text, 0, shape->content_at)) {
        return false;
    }
    chutes__chunk_reset(chunk);
    /* max_depth - 1, because usage is one level inside the chunk. */
    fresh.content_end = read_string(text, shape->content_at, &content);
    if (fresh.content_end == 0 ||
        !match_rest(shape, before, chunk, text, max_depth - 1, &fresh) ||
        chutes__chunk_add_choice(chunk, &choice) != CHUTES_OK) {
        return false;
    }
    fresh.content_at = (size_t)(content.text.data - text.data) - 1;
    chunk->is_object = true;
    chunk->has_choices = true;
    choice->index = shape->index;
    choice->has_index = shape->has_index;
    choice->has_delta = true;
    choice->content = content;
    *shape = fresh;
    return true;
}
