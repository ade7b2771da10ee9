/* SPDX-License-Identifier: MIT */
/*
 * Puts the rows of an embeddings call in the order of its inputs.
 */
#include "client/embed_rows.h"

/* Returns the part that contains the input. */
static const struct chutes__embed_part *
find_part(const struct chutes__embed_call *call, size_t input)
{
    size_t first = 0;
    size_t last = call->result->response.part_count;

    while (last - first > 1) {
        size_t middle = first + (last - first) / 2;

        if (call->parts[middle].view->first <= input) {
            first = middle;
        } else {
            last = middle;
        }
    }
    return &call->parts[first];
}

/* If some parts failed, renumbers the rows of the others without gaps. */
static void close_gaps(struct chutes__embed_call *call)
{
    struct chutes__rows *rows = &call->rows;

    for (size_t place = 0; place < rows->capacity; place++) {
        size_t input = rows->held[place];

        if (input != CHUTES__ROWS_NONE) {
            const struct chutes__embed_part *part = find_part(call, input);

            rows->held[place] = part->row + (input - part->view->first);
        }
    }
}

/* Decides where in the result the rows of each part begin. */
static void number_rows(struct chutes__embed_call *call)
{
    size_t row = 0;

    for (size_t i = 0; i < call->result->response.part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        part->row = row;
        row += part->view->status == CHUTES_OK ? part->view->count : 0;
    }
}

void chutes__embed_arrange(struct chutes__embed_call *call)
{
    struct chutes__rows *rows = &call->rows;
    struct chutes__embed_result *result = call->result;
    chutes_embed_response *response = &result->response;
    bool is_whole = rows->used == rows->count;

    number_rows(call);
    if (!is_whole) {
        close_gaps(call);
    }
    chutes__rows_arrange(rows);
    result->values = rows->values;
    response->dimension = rows->dimension;
    /* Callers index the matrix by input, which works only without gaps. */
    response->values = is_whole ? result->values : NULL;
    rows->values = NULL;
    for (size_t i = 0; i < response->part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        if (part->view->status == CHUTES_OK) {
            part->view->values =
                result->values + part->row * response->dimension;
        }
    }
}
