/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "codec/answer.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/matrix.h"
#include "codec/usage.h"

enum top_field { TOP_DATA, TOP_MODEL, TOP_USAGE, TOP_COUNT };

static const struct chutes__slice top_names[TOP_COUNT] = {
    [TOP_DATA] = CHUTES__FIELD("data"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
};

enum item_field { ITEM_INDEX, ITEM_EMBEDDING, ITEM_COUNT };

static const struct chutes__slice item_names[ITEM_COUNT] = {
    [ITEM_INDEX] = CHUTES__FIELD("index"),
    [ITEM_EMBEDDING] = CHUTES__FIELD("embedding"),
};

static chutes_status read_item(struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader)
{
    struct chutes__fields fields = CHUTES__FIELDS(item_names);
    struct chutes__json_value index = {0};
    chutes_status status = CHUTES_OK;
    bool has_embedding = false;
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return reader->fault != NULL
                   ? chutes__fault_report(reader, matrix->error)
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
        return chutes__fault_report(reader, matrix->error);
    }
    if (!has_embedding) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].embedding: missing", matrix->filled);
    }
    return chutes__matrix_place_row(matrix, &index);
}

static chutes_status read_data(struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader)
{
    chutes_status status = CHUTES_OK;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        return reader->fault != NULL
                   ? chutes__fault_report(reader, matrix->error)
                   : chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                  "data: not an array");
    }
    chutes__json_enter_array(reader);
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

/* What isn't in the matrix is noted in values. */
static chutes_status read_members(struct chutes__matrix *matrix,
                                  struct chutes__json_reader *reader,
                                  struct chutes__json_value *values,
                                  bool *has_data)
{
    struct chutes__fields fields = CHUTES__FIELDS(top_names);
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
        return chutes__fault_report(reader, matrix->error);
    }
    if (!has_data) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data: missing");
    }
    if (matrix->filled < matrix->count) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data: %zu embeddings, expected %zu",
                            matrix->filled, matrix->count);
    }
    return chutes__matrix_finish(matrix);
}

static chutes_status keep_rest(struct chutes__arena *arena,
                               const struct chutes__json_value *values,
                               chutes_embed_response *response)
{
    chutes_usage usage;
    chutes_usage *kept;
    bool is_odd; /* embeddings have no warnings */

    response->model = "";
    response->usage = NULL;
    if (values[TOP_MODEL].type == CHUTES__JSON_STRING) {
        response->model =
            chutes__json_dup_string(&values[TOP_MODEL], arena, NULL);
        if (response->model == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
    }
    if (chutes__usage_read(&values[TOP_USAGE], &usage, &is_odd)) {
        kept = chutes__arena_alloc(arena, 1, sizeof(*kept));
        if (kept == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        *kept = usage;
        response->usage = kept;
    }
    return CHUTES_OK;
}

chutes_status chutes__decode_embed(const char *text, size_t len,
                                   size_t max_depth,
                                   struct chutes__embed_shape wanted,
                                   struct chutes__arena *arena,
                                   chutes_embed_response *response,
                                   chutes_error *error)
{
    struct chutes__matrix matrix = {.count = wanted.count,
                                    .wanted_dimension = wanted.dimension,
                                    .answer_len = len,
                                    .arena = arena,
                                    .error = error};
    struct chutes__json_value values[TOP_COUNT] = {{0}};
    struct chutes__json_reader reader;
    chutes_status status;

    status = chutes__matrix_init(&matrix);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__json_init(&reader, text, len, max_depth);
    status = read_answer(&matrix, &reader, values);
    if (status != CHUTES_OK) {
        return status;
    }
    response->values = matrix.values;
    response->count = matrix.count;
    response->dimension = matrix.dimension;
    status = keep_rest(arena, values, response);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
