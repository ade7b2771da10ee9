/* SPDX-License-Identifier: MIT */
/* Reads the scores of SGLang: for each text, a row with a score per label. */
#include "codec/score_rows.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"

static chutes_status fail_row(size_t row, size_t wanted, chutes_error *error)
{
    return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                        "scores[%zu]: not an array of %zu finite numbers", row,
                        wanted);
}

/* Returns true if each row has the requested length. */
static chutes_status check_rows(const struct chutes__json_value *value,
                                size_t count, size_t width, chutes_error *error)
{
    struct chutes__json_value row;
    struct chutes__json_reader reader;

    if (value->type != CHUTES__JSON_ARRAY ||
        chutes__elements_count(value->text) != count) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "scores: missing, or not an array of %zu rows",
                            count);
    }
    chutes__elements_open(&reader, value->text);
    for (size_t i = 0; chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &row);
        if (row.type != CHUTES__JSON_ARRAY ||
            chutes__elements_count(row.text) != width) {
            return fail_row(i, width, error);
        }
    }
    return CHUTES_OK;
}

/* Reads the numbers of a row. Returns false if one of them is not a number. */
static bool read_row(const struct chutes__json_value *value, double *scores)
{
    struct chutes__json_value number;
    struct chutes__json_reader reader;

    chutes__elements_open(&reader, value->text);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &number);
        if (!chutes__endpoint_to_number(&number, scores++)) {
            return false;
        }
    }
    return true;
}

chutes_status chutes__score_rows_read(const struct chutes__json_value *value,
                                      struct chutes__arena *arena, size_t count,
                                      size_t width, double **scores,
                                      chutes_error *error)
{
    struct chutes__json_value row;
    struct chutes__json_reader reader;
    chutes_status status = check_rows(value, count, width, error);

    if (status != CHUTES_OK) {
        return status;
    }
    *scores = chutes__arena_alloc(arena, count, width * sizeof(**scores));
    if (*scores == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(&reader, value->text);
    for (size_t i = 0; chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &row);
        if (!read_row(&row, *scores + i * width)) {
            return fail_row(i, width, error);
        }
    }
    return CHUTES_OK;
}
