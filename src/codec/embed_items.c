/* SPDX-License-Identifier: MIT */
/* Reads the items of an answer with vectors. */
#include "codec/embed_items.h"

#include "base/error.h"
#include "codec/fields.h"

enum item_field { ITEM_INDEX, ITEM_EMBEDDING, ITEM_COUNT };

static const struct chutes__slice ITEM_NAMES[ITEM_COUNT] = {
    [ITEM_INDEX] = CHUTES__FIELD("index"),
    [ITEM_EMBEDDING] = CHUTES__FIELD("embedding"),
};

chutes_status chutes__embed_items_next(struct chutes__matrix *matrix,
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

void chutes__embed_items_enter(const struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader)
{
    chutes__json_enter_array(reader);
    if (matrix->removed > 0 && chutes__json_next_element(reader)) {
        chutes__json_skip(reader);
    }
}
