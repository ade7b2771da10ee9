/* SPDX-License-Identifier: MIT */
/* Reads a whole answer with vectors, or what is left of it after its first
 * items were removed. */
#include "codec/embed_answer.h"

#include "base/error.h"
#include "codec/embed_items.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

/* Larger batches save little time and need more memory for each request in
 * flight. */
enum { BATCH_BYTES = 64 << 10 };

enum top_field { TOP_DATA, TOP_MODEL, TOP_USAGE, TOP_ERROR, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
    [TOP_ERROR] = CHUTES__FIELD("error"),
};

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
    chutes__embed_items_enter(matrix, reader);
    while (status == CHUTES_OK && chutes__json_next_element(reader)) {
        if (matrix->filled == matrix->count) {
            return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                "data: more than %zu embeddings",
                                matrix->count);
        }
        status = chutes__embed_items_next(matrix, reader);
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
                               struct chutes__embed_summary *summary)
{
    bool is_odd; /* ignored, because embeddings have no warnings */

    summary->model = "";
    if (values[TOP_MODEL].type == CHUTES__JSON_STRING) {
        summary->model =
            chutes__json_dup_string(&values[TOP_MODEL], arena, NULL);
    }
    summary->has_usage =
        chutes__usage_read(&values[TOP_USAGE], &summary->usage, &is_odd);
    return summary->model != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
}

chutes_status chutes__embed_answer_finish(struct chutes__embed_answer *answer,
                                          struct chutes__slice text,
                                          struct chutes__arena *arena,
                                          struct chutes__embed_summary *summary,
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
    status = keep_rest(values, arena, summary);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
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
