/* SPDX-License-Identifier: MIT */
/* Reads an answer with vectors, if possible while it arrives: complete items
 * are read and removed from the text. Anything that looks wrong stays in the
 * text until the end, when its error is reported. */
#include "codec/embed_answer.h"

#include "base/error.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

#include <string.h>

/* Larger batches save little time and need more memory for each request in
 * flight. */
enum { BATCH_BYTES = 64 << 10 };

/* Stands in for the items that were removed from the text. */
static const char STAND_IN[] = {'{', '}'};

enum top_field { TOP_DATA, TOP_MODEL, TOP_USAGE, TOP_ERROR, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
    [TOP_ERROR] = CHUTES__FIELD("error"),
};

enum item_field { ITEM_INDEX, ITEM_EMBEDDING, ITEM_COUNT };

static const struct chutes__slice ITEM_NAMES[ITEM_COUNT] = {
    [ITEM_INDEX] = CHUTES__FIELD("index"),
    [ITEM_EMBEDDING] = CHUTES__FIELD("embedding"),
};

static chutes_status read_item(struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(ITEM_NAMES);
    struct chutes__json_value index = {0};
    chutes_status status = CHUTES_OK;
    bool has_embedding = false;
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return reader->fault != NULL
                   ? chutes__matrix_fault(matrix, reader)
                   : chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                  "data[%zu]: not an object", matrix->filled);
    }
    chutes__json_enter_object(reader);
    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        if (field == ITEM_INDEX) {
            chutes__json_read(reader, &index);
        } else {
            status = chutes__matrix_read_row(matrix, reader);
            has_embedding = true;
        }
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (reader->fault != NULL) {
        return chutes__matrix_fault(matrix, reader);
    }
    if (!has_embedding) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].embedding: missing", matrix->filled);
    }
    return chutes__matrix_place_row(matrix, &index);
}

/* Enters the array and skips the stand-in. */
static void enter_items(const struct chutes__matrix *matrix,
                        struct chutes__json_reader *reader)
{
    chutes__json_enter_array(reader);
    if (matrix->removed > 0 && chutes__json_next_element(reader)) {
        chutes__json_skip(reader);
    }
}

static chutes_status read_data(struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader)
{
    chutes_status status = CHUTES_OK;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        return reader->fault != NULL
                   ? chutes__matrix_fault(matrix, reader)
                   : chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                  "data: not an array");
    }
    enter_items(matrix, reader);
    while (status == CHUTES_OK && chutes__json_next_element(reader)) {
        if (matrix->filled == matrix->count) {
            return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                "data: more than %zu embeddings",
                                matrix->count);
        }
        status = read_item(matrix, reader);
    }
    return status;
}

/* Reads the rows into the matrix and the other members into `values`. */
static chutes_status read_members(struct chutes__matrix *matrix,
                                  struct chutes__json_reader *reader,
                                  struct chutes__json_value *values,
                                  bool *has_data)
{
    struct chutes__fields fields = CHUTES__FIELDS(TOP_NAMES);
    chutes_status status = CHUTES_OK;
    size_t field;

    chutes__json_enter_object(reader);
    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        if (field == TOP_DATA) {
            status = read_data(matrix, reader);
            *has_data = true;
        } else {
            chutes__json_read(reader, &values[field]);
        }
    }
    return status;
}

static chutes_status read_answer(struct chutes__matrix *matrix,
                                 struct chutes__json_reader *reader,
                                 struct chutes__json_value *values)
{
    chutes_status status = CHUTES_OK;
    bool has_data = false;

    if (chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
        status = read_members(matrix, reader, values, &has_data);
    } else {
        chutes__json_skip(reader);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__json_finish(reader)) {
        return chutes__matrix_fault(matrix, reader);
    }
    if (!has_data) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data: missing");
    }
    /* The caller reads the error. */
    if (chutes__value_is_error(&values[TOP_ERROR])) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "error: sent together with data");
    }
    if (matrix->filled < matrix->count) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data: %zu embeddings, expected %zu",
                            matrix->filled, matrix->count);
    }
    return chutes__matrix_finish(matrix);
}

static chutes_status keep_rest(const struct chutes__json_value *values,
                               struct chutes__arena *arena,
                               struct chutes__embed_told *told)
{
    bool is_odd; /* ignored, because embeddings have no warnings */

    told->model = "";
    if (values[TOP_MODEL].type == CHUTES__JSON_STRING) {
        told->model = chutes__json_dup_string(&values[TOP_MODEL], arena, NULL);
    }
    told->has_usage =
        chutes__usage_read(&values[TOP_USAGE], &told->usage, &is_odd);
    return told->model != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
}

chutes_status chutes__embed_answer_finish(struct chutes__embed_answer *answer,
                                          struct chutes__slice text,
                                          struct chutes__arena *arena,
                                          struct chutes__embed_told *told,
                                          chutes_error *error)
{
    struct chutes__json_value values[TOP_COUNT] = {{0}};
    struct chutes__json_reader reader;
    chutes_status status;

    answer->matrix.error = error;
    /* NaN in the usage is no reason to lose the vectors. In a vector, it is
     * refused as not finite. */
    chutes__json_init_lenient(&reader, text.data, text.len, answer->max_depth);
    status = read_answer(&answer->matrix, &reader, values);
    if (status != CHUTES_OK) {
        return status;
    }
    status = keep_rest(values, arena, told);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}

/* ---- while it arrives ---------------------------------------------------- */

/* Moves the reader past the opening bracket of the list or past the stand-in.
 * Returns false if the text doesn't reach that far yet, or is not a list of
 * vectors. */
static bool find_items(const struct chutes__matrix *matrix,
                       struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(TOP_NAMES);
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return false;
    }
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        if (field == TOP_DATA) {
            enter_items(matrix, reader);
            return reader->fault == NULL;
        }
        chutes__json_skip(reader);
    }
    return false;
}

/* Reads items up to the first that is incomplete or wrong. Returns the end of
 * the last item that was read. */
static const char *read_items(struct chutes__matrix *matrix,
                              struct chutes__json_reader *reader)
{
    const char *end = reader->at;

    while (matrix->filled < matrix->count &&
           chutes__json_next_element(reader) &&
           read_item(matrix, reader) == CHUTES_OK) {
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

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__embed_answer_init(struct chutes__embed_answer *answer,
                               struct chutes__embed_shape shape,
                               size_t max_depth)
{
    *answer = (struct chutes__embed_answer){
        .matrix = {.rows = shape.rows,
                   .first = shape.first,
                   .count = shape.count,
                   .wanted_dimension = shape.dimension},
        .max_depth = max_depth,
        .batch = BATCH_BYTES,
        .next_try = BATCH_BYTES};
}

void chutes__embed_answer_clear(struct chutes__embed_answer *answer)
{
    chutes__matrix_release(&answer->matrix);
    answer->matrix.removed = 0;
    answer->searched = 0;
    answer->next_try = answer->batch;
}
