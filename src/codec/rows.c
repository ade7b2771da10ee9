/* SPDX-License-Identifier: MIT */
/* Manages the places for the vectors of a call, and sorts the vectors. */
#include "codec/rows.h"

#include "base/mem.h"

/* The places may take up to four times as many bytes as were received. A number
 * has at least two bytes of text and takes four bytes of memory, so the places
 * at least double whenever they run out. */
enum { MEMORY_FACTOR = 4 };

void chutes__rows_init(struct chutes__rows *rows, size_t count)
{
    *rows = (struct chutes__rows){.count = count};
}

void chutes__rows_dispose(struct chutes__rows *rows)
{
    chutes__mem_free(rows->values);
    chutes__mem_free(rows->held);
    chutes__rows_init(rows, rows->count);
}

bool chutes__rows_join(struct chutes__rows *rows, size_t dimension)
{
    if (rows->matrices > 0 && dimension != rows->dimension) {
        return false;
    }
    rows->dimension = dimension;
    rows->matrices++;
    return true;
}

void chutes__rows_leave(struct chutes__rows *rows)
{
    /* The bytes count for the whole call, so they outlive the values. */
    size_t received = rows->received;

    rows->matrices--;
    if (rows->matrices == 0) {
        chutes__rows_dispose(rows);
        rows->received = received;
    }
}

/* ---- places -------------------------------------------------------------- */

/* Returns how many places the bytes received so far justify. */
static size_t choose_capacity(const struct chutes__rows *rows)
{
    size_t row_size = rows->dimension * sizeof(float);
    size_t capacity = rows->received / row_size;

    capacity = capacity < rows->count / MEMORY_FACTOR ? capacity * MEMORY_FACTOR
                                                      : rows->count;
    return capacity > rows->used ? capacity : rows->used + 1;
}

static bool resize(struct chutes__rows *rows, size_t capacity)
{
    size_t row_size = rows->dimension * sizeof(float);
    float *values;
    size_t *held;

    if (capacity > SIZE_MAX / row_size || capacity > SIZE_MAX / sizeof(*held)) {
        return false;
    }
    values = chutes__mem_realloc(rows->values, capacity * row_size);
    if (values == NULL) {
        return false;
    }
    rows->values = values;
    held = chutes__mem_realloc(rows->held, capacity * sizeof(*held));
    if (held == NULL) {
        /* `values` has grown already, which is harmless. */
        return false;
    }
    rows->held = held;
    for (size_t place = rows->capacity; place < capacity; place++) {
        held[place] = CHUTES__ROWS_NONE;
    }
    rows->capacity = capacity;
    return true;
}

/* Makes room for one more row. The memory grows in large steps, even before it
 * is full, so that most rows get their own places and need not be moved at the
 * end. */
static bool make_room(struct chutes__rows *rows, size_t row)
{
    bool is_full = rows->used == rows->capacity;
    bool is_large_step;
    size_t capacity;

    if (!is_full && row < rows->capacity) {
        return true;
    }
    capacity = choose_capacity(rows);
    is_large_step = capacity == rows->count || capacity / 2 >= rows->capacity;
    if (!is_full && !is_large_step) {
        return true;
    }
    return resize(rows, capacity) || !is_full;
}

bool chutes__rows_take(struct chutes__rows *rows, size_t row, size_t *place)
{
    if (!make_room(rows, row)) {
        return false;
    }
    *place = row;
    if (row >= rows->capacity || rows->held[row] != CHUTES__ROWS_NONE) {
        /* make_room() has left at least one free place, so this loop ends. */
        while (rows->held[rows->first_free] != CHUTES__ROWS_NONE) {
            rows->first_free++;
        }
        *place = rows->first_free;
    }
    rows->held[*place] = row;
    rows->used++;
    return true;
}

void chutes__rows_release(struct chutes__rows *rows, size_t place)
{
    rows->held[place] = CHUTES__ROWS_NONE;
    rows->used--;
    if (place < rows->first_free) {
        rows->first_free = place;
    }
}

/* ---- order --------------------------------------------------------------- */

static void swap_rows(float *first, float *second, size_t dimension)
{
    for (size_t i = 0; i < dimension; i++) {
        float value = first[i];

        first[i] = second[i];
        second[i] = value;
    }
}

void chutes__rows_arrange(struct chutes__rows *rows)
{
    for (size_t place = 0; place < rows->capacity; place++) {
        size_t row = rows->held[place];

        /* Each step moves one row to its final place, so this loop ends. */
        while (row != place && row != CHUTES__ROWS_NONE) {
            swap_rows(chutes__rows_at(rows, place), chutes__rows_at(rows, row),
                      rows->dimension);
            rows->held[place] = rows->held[row];
            rows->held[row] = row;
            row = rows->held[place];
        }
    }
}
