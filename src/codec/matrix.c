/* SPDX-License-Identifier: MIT */
/* Reads the vectors of one answer, from arrays of numbers or from base64. */
#include "codec/matrix.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/fault.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(float) == 4, "base64 carries IEEE 754 binary32");

chutes_status chutes__matrix_fault(const struct chutes__matrix *matrix,
                                   struct chutes__json_reader *reader)
{
    reader->fault_at += matrix->removed;
    return chutes__fault_report(reader, matrix->error);
}

/* ---- memory -------------------------------------------------------------- */

static void forget_rows(struct chutes__matrix *matrix)
{
    chutes__mem_free(matrix->told);
    matrix->told = NULL;
    matrix->dimension = 0;
    matrix->filled = 0;
    matrix->taken = 0;
}

void chutes__matrix_release(struct chutes__matrix *matrix)
{
    for (size_t i = 0; i < matrix->taken; i++) {
        chutes__rows_release(matrix->rows, matrix->told[i].place);
    }
    if (matrix->dimension > 0) {
        chutes__rows_leave(matrix->rows);
    }
    forget_rows(matrix);
}

/* Sets the dimension of all rows to that of the first. */
static chutes_status start_matrix(struct chutes__matrix *matrix,
                                  size_t dimension)
{
    if (dimension == 0) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[0].embedding: empty");
    }
    if (matrix->wanted_dimension != 0 &&
        dimension != matrix->wanted_dimension) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[0].embedding: dimension %zu, although %zu "
                            "was requested",
                            dimension, matrix->wanted_dimension);
    }
    if (matrix->told == NULL &&
        matrix->count < SIZE_MAX / sizeof(*matrix->told)) {
        matrix->told =
            chutes__mem_zalloc(matrix->count * sizeof(*matrix->told));
    }
    if (matrix->told == NULL) {
        return chutes__fail_status(matrix->error, CHUTES_ERR_NO_MEMORY);
    }
    if (!chutes__rows_join(matrix->rows, dimension)) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "the embeddings have dimension %zu, those of "
                            "another request %zu",
                            dimension, matrix->rows->dimension);
    }
    matrix->dimension = dimension;
    return CHUTES_OK;
}

/* Reserves a place for the next row, once the dimension is known. */
static chutes_status take_row(struct chutes__matrix *matrix)
{
    size_t i = matrix->filled;

    if (matrix->taken > i) {
        return CHUTES_OK; /* taken by a failed attempt to read this row */
    }
    if (!chutes__rows_take(matrix->rows, matrix->first + i,
                           &matrix->told[i].place)) {
        return chutes__fail_status(matrix->error, CHUTES_ERR_NO_MEMORY);
    }
    matrix->taken++;
    return CHUTES_OK;
}

/* Returns the place that take_row() has reserved. */
static float *next_row(const struct chutes__matrix *matrix)
{
    return chutes__rows_at(matrix->rows, matrix->told[matrix->filled].place);
}

/* ---- one row ------------------------------------------------------------- */

static chutes_status refuse_dimension(const struct chutes__matrix *matrix,
                                      size_t dimension)
{
    return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                        "data[%zu].embedding: dimension %zu, expected %zu",
                        matrix->filled, dimension, matrix->dimension);
}

static chutes_status refuse_nested(const struct chutes__matrix *matrix)
{
    return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                        "data[%zu].embedding: nested arrays (one vector for "
                        "each token) are not supported",
                        matrix->filled);
}

/* Some servers wrap the vector of a text in another array. Enters such an array
 * and returns true; otherwise leaves the reader where it is. */
static bool enter_wrapper(struct chutes__json_reader *reader)
{
    struct chutes__json_reader probe = *reader;

    chutes__json_enter_array(&probe);
    if (!chutes__json_next_element(&probe) ||
        chutes__json_peek(&probe) != CHUTES__JSON_ARRAY) {
        return false;
    }
    *reader = probe;
    return true;
}

/* Reads a whole array of numbers with a copy of the reader, to find its length
 * or to describe its fault. */
static chutes_status inspect_array(const struct chutes__matrix *matrix,
                                   struct chutes__json_reader reader,
                                   size_t *dimension)
{
    size_t i = 0;

    chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        enum chutes__json_type type = chutes__json_peek(&reader);

        if (type == CHUTES__JSON_ARRAY) {
            return refuse_nested(matrix);
        }
        if (type != CHUTES__JSON_NUMBER && type != CHUTES__JSON_NONE) {
            return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                "data[%zu].embedding[%zu]: not a number",
                                matrix->filled, i);
        }
        chutes__json_skip(&reader);
        i++;
    }
    *dimension = i;
    return reader.fault == NULL ? CHUTES_OK
                                : chutes__matrix_fault(matrix, &reader);
}

static chutes_status read_numbers(struct chutes__matrix *matrix,
                                  struct chutes__json_reader *reader)
{
    struct chutes__json_reader start = *reader;
    chutes_status status = CHUTES_OK;
    size_t dimension = 0;

    /* The first row is read twice, because the length of a row decides how
     * much room each of them needs. */
    if (matrix->dimension == 0) {
        status = inspect_array(matrix, start, &dimension);
        if (status == CHUTES_OK) {
            status = start_matrix(matrix, dimension);
        }
    }
    if (status == CHUTES_OK) {
        status = take_row(matrix);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__json_enter_array(reader);
    if (!chutes__json_read_floats(reader, next_row(matrix), matrix->dimension,
                                  &dimension)) {
        status = inspect_array(matrix, start, &dimension);
    }
    if (status == CHUTES_OK && dimension != matrix->dimension) {
        status = refuse_dimension(matrix, dimension);
    }
    return status;
}

static chutes_status read_array(struct chutes__matrix *matrix,
                                struct chutes__json_reader *reader)
{
    bool is_wrapped = enter_wrapper(reader);
    chutes_status status = read_numbers(matrix, reader);

    if (status == CHUTES_OK && is_wrapped &&
        chutes__json_next_element(reader)) {
        return refuse_nested(matrix);
    }
    return status;
}

/* Converts a decoded row from little-endian, the byte order inside base64. */
static void load_little_endian(float *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char bytes[4];
        uint32_t bits;

        memcpy(bytes, &row[i], sizeof(bytes));
        bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
               (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        memcpy(&row[i], &bits, sizeof(bits));
    }
}

static chutes_status refuse_base64(const struct chutes__matrix *matrix,
                                   const char *fault, size_t at)
{
    return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                        "data[%zu].embedding: not valid base64: %s, at byte "
                        "%zu",
                        matrix->filled, fault, at);
}

/* Decodes a row and sets *size to its size in bytes. With no room, only
 * measures it. */
static chutes_status decode_base64(const struct chutes__matrix *matrix,
                                   struct chutes__slice text, float *row,
                                   size_t room, size_t *size)
{
    size_t fault_at;
    const char *fault = chutes__base64_decode((unsigned char *)row, room, text,
                                              size, &fault_at);

    if (fault != NULL) {
        return refuse_base64(matrix, fault, fault_at);
    }
    if (*size % sizeof(float) != 0) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].embedding: base64 of %zu bytes, which "
                            "is not a multiple of 4",
                            matrix->filled, *size);
    }
    return CHUTES_OK;
}

static chutes_status read_digits(struct chutes__matrix *matrix,
                                 struct chutes__slice text)
{
    chutes_status status = CHUTES_OK;
    size_t size = 0;

    /* As in read_numbers(), the first row is read twice. */
    if (matrix->dimension == 0) {
        status = decode_base64(matrix, text, NULL, 0, &size);
        if (status == CHUTES_OK) {
            status = start_matrix(matrix, size / sizeof(float));
        }
    }
    if (status == CHUTES_OK) {
        status = take_row(matrix);
    }
    if (status == CHUTES_OK) {
        status = decode_base64(matrix, text, next_row(matrix),
                               matrix->dimension * sizeof(float), &size);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (size / sizeof(float) != matrix->dimension) {
        return refuse_dimension(matrix, size / sizeof(float));
    }
    load_little_endian(next_row(matrix), matrix->dimension);
    return CHUTES_OK;
}

static chutes_status read_base64(struct chutes__matrix *matrix,
                                 struct chutes__json_reader *reader)
{
    struct chutes__json_value value;
    struct chutes__buf decoded;
    chutes_status status;

    chutes__json_read(reader, &value);
    if (value.type != CHUTES__JSON_STRING) {
        return chutes__matrix_fault(matrix, reader);
    }
    if (value.plain) {
        return read_digits(matrix, value.text);
    }
    /* Some encoders escape every slash, so the text must be decoded first. */
    chutes__buf_init(&decoded, SIZE_MAX);
    status = chutes__json_append_string(&value, &decoded);
    if (status == CHUTES_OK) {
        status = read_digits(matrix, chutes__buf_slice(&decoded));
    } else {
        chutes__fail_status(matrix->error, status);
    }
    chutes__buf_dispose(&decoded);
    return status;
}

/* Adding 1 to the exponent carries into the sign bit only if all bits of the
 * exponent are set, which means infinity or NaN. */
static bool are_finite(const float *row, size_t count)
{
    const uint32_t exponent = 0x7F800000;
    const uint32_t one = 0x00800000;
    uint32_t sums = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t bits;

        memcpy(&bits, &row[i], sizeof(bits));
        sums |= (bits & exponent) + one;
    }
    return sums >> 31 == 0;
}

/* A single NaN makes every comparison with its vector meaningless, and an
 * application would hardly notice. */
static chutes_status check_finite(const struct chutes__matrix *matrix)
{
    const float *row = next_row(matrix);
    size_t i = 0;

    if (are_finite(row, matrix->dimension)) {
        return CHUTES_OK;
    }
    while (isfinite(row[i])) {
        i++;
    }
    return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                        "data[%zu].embedding[%zu]: not a finite number",
                        matrix->filled, i);
}

chutes_status chutes__matrix_read_row(struct chutes__matrix *matrix,
                                      struct chutes__json_reader *reader)
{
    chutes_status status;

    /* The type decides, not the format requested: SGLang ignores base64 and
     * sends numbers. */
    switch (chutes__json_peek(reader)) {
    case CHUTES__JSON_ARRAY:
        status = read_array(matrix, reader);
        break;
    case CHUTES__JSON_STRING:
        status = read_base64(matrix, reader);
        break;
    case CHUTES__JSON_NONE:
        return chutes__matrix_fault(matrix, reader);
    default:
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].embedding: neither an array nor base64",
                            matrix->filled);
    }
    return status == CHUTES_OK ? check_finite(matrix) : status;
}

chutes_status chutes__matrix_place_row(struct chutes__matrix *matrix,
                                       const struct chutes__json_value *index)
{
    int64_t told = (int64_t)matrix->filled;

    if (index->type != CHUTES__JSON_NONE && index->type != CHUTES__JSON_NULL &&
        !chutes__json_to_int64_lenient(index, &told)) {
        return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].index: not an integer", matrix->filled);
    }
    matrix->told[matrix->filled].index = told;
    matrix->filled++;
    return CHUTES_OK;
}

/* Returns the index of the first row, which is the smallest: some servers count
 * from 1, and some gateways pass on the indexes of a larger batch. A negative
 * index is wrong and yields 0, so that check_indexes() reports it. */
static int64_t find_first_index(const struct chutes__matrix *matrix)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < matrix->count; i++) {
        int64_t index = matrix->told[i].index;

        first = index < first ? index : first;
    }
    return first > 0 ? first : 0;
}

/* Checks that each index occurs exactly once. */
static chutes_status check_indexes(struct chutes__matrix *matrix, int64_t first)
{
    for (size_t i = 0; i < matrix->count; i++) {
        int64_t index = matrix->told[i].index;

        if (index < first || (uint64_t)(index - first) >= matrix->count) {
            return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                "data[%zu].index: %" PRId64
                                ", expected %" PRId64 " to %" PRIu64,
                                i, index, first,
                                (uint64_t)first + (matrix->count - 1));
        }
        if (matrix->told[index - first].is_there) {
            return chutes__fail(matrix->error, CHUTES_ERR_PROTOCOL,
                                "data[%zu].index: %" PRId64 " occurs twice", i,
                                index);
        }
        matrix->told[index - first].is_there = true;
    }
    return CHUTES_OK;
}

chutes_status chutes__matrix_finish(struct chutes__matrix *matrix)
{
    int64_t first = find_first_index(matrix);
    chutes_status status = check_indexes(matrix, first);

    if (status != CHUTES_OK) {
        return status;
    }
    for (size_t i = 0; i < matrix->count; i++) {
        matrix->rows->held[matrix->told[i].place] =
            matrix->first + (size_t)(matrix->told[i].index - first);
    }
    return CHUTES_OK;
}

void chutes__matrix_keep(struct chutes__matrix *matrix)
{
    forget_rows(matrix);
}
