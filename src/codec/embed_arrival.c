/* SPDX-License-Identifier: MIT */
/* Reads an answer with vectors while it arrives: complete items are read and
 * removed from the text. Anything that looks wrong stays in the text until the
 * end, when its error is reported. */
#include "codec/embed_answer.h"

#include <string.h>

#include "codec/embed_items.h"
#include "codec/fields.h"

/* Stands in for the items that were removed from the text. */
static const char STAND_IN[] = {'{', '}'};

/* Moves the reader past the opening bracket of the list or past the stand-in.
 * Returns false if the text doesn't reach that far yet, or is not a list of
 * vectors. */
static bool find_items(const struct chutes__matrix *matrix,
                       struct chutes__json_reader *reader)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("data")};
    struct chutes__fields fields = CHUTES__FIELDS(names);
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return false;
    }
    chutes__json_enter_object(reader);
    if (!chutes__fields_next(&fields, reader, &field)) {
        return false;
    }
    chutes__embed_items_enter(matrix, reader);
    return reader->fault == NULL;
}

/* Reads items up to the first that is incomplete or wrong. Returns the end of
 * the last item that was read. */
static const char *read_items(struct chutes__matrix *matrix,
                              struct chutes__json_reader *reader)
{
    const char *end = reader->at;

    while (matrix->filled < matrix->count &&
           chutes__json_next_element(reader) &&
           chutes__embed_items_next(matrix, reader) == CHUTES_OK) {
        end = reader->at;
    }
    return end;
}

/* Returns the length of the text up to its last closing brace, because no
 * complete item can follow it. Returns 0 if no brace has arrived since the last
 * search. */
static size_t find_closed(const struct chutes__embed_answer *answer,
                          const struct chutes__buf *text)
{
    const char *end = text->data + text->len;
    const char *at = text->data + answer->searched;
    size_t len = 0;

    while ((at = memchr(at, '}', (size_t)(end - at))) != NULL) {
        at++;
        len = (size_t)(at - text->data);
    }
    return len;
}

static void take_out(struct chutes__embed_answer *answer,
                     struct chutes__buf *text, size_t from, size_t to)
{
    size_t len = text->len;

    if (answer->matrix.removed == 0) {
        memcpy(text->data + from, STAND_IN, sizeof(STAND_IN));
        from += sizeof(STAND_IN);
    }
    chutes__buf_remove(text, from, to - from);
    answer->matrix.removed += len - text->len;
}

void chutes__embed_answer_consume(struct chutes__embed_answer *answer,
                                  struct chutes__buf *text)
{
    struct chutes__matrix *matrix = &answer->matrix;
    struct chutes__json_reader reader;
    chutes_error ignored; /* chutes__embed_answer_finish() reports it */
    size_t closed;
    size_t from;
    size_t to;

    if (text->len < answer->next_try) {
        return;
    }
    closed = find_closed(answer, text);
    answer->searched = text->len;
    if (closed == 0) {
        return;
    }
    matrix->error = &ignored;
    chutes__json_init_lenient(&reader, text->data, closed, answer->max_depth);
    if (find_items(matrix, &reader)) {
        from = (size_t)(reader.at - text->data);
        to = (size_t)(read_items(matrix, &reader) - text->data);
    } else {
        from = to = 0;
    }
    if (from == to) {
        /* If each try waits until the text has doubled, all tries together take
         * no more time than reading the text twice. */
        answer->next_try = text->len * 2;
        return;
    }
    take_out(answer, text, from, to);
    answer->searched = text->len;
    /* Each try reads the text before the items again, so wait for at least as
     * many new bytes. */
    answer->next_try =
        text->len + (from > answer->batch ? from : answer->batch);
}
