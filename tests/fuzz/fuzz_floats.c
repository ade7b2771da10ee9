/* SPDX-License-Identifier: MIT */
/*
 * Reading an array of numbers at once gives the same as reading its elements
 * one by one, and each number is what strtof() returns for it.
 */
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* strtof() needs a NUL, which the text lacks at its end. */
static float convert(struct chutes__slice number)
{
    char *text = malloc(number.len + 1);
    float converted;

    if (text == NULL) {
        abort();
    }
    memcpy(text, number.data, number.len);
    text[number.len] = '\0';
    converted = strtof(text, NULL);
    free(text);
    return converted;
}

/* Returns the number of leading elements that are numbers, and aborts if one
 * differs from `floats`. */
static size_t check_elements(struct chutes__json_reader *reader,
                             const float *floats, size_t count)
{
    struct chutes__json_value value;
    size_t i = 0;

    while (chutes__json_next_element(reader)) {
        chutes__json_read(reader, &value);
        if (value.type != CHUTES__JSON_NUMBER) {
            break;
        }
        if (i < count) {
            float want = convert(value.text);

            if (memcmp(&floats[i], &want, sizeof(want)) != 0) {
                abort();
            }
        }
        i++;
    }
    return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    float *floats = malloc((size + 1) * sizeof(*floats));
    struct chutes__json_reader at_once;
    struct chutes__json_reader one_by_one;
    size_t count = 0;
    bool is_read;

    if (floats == NULL) {
        abort();
    }
    chutes__json_init(&at_once, text, size, DEPTH);
    one_by_one = at_once;
    if (chutes__json_enter_array(&at_once) &&
        chutes__json_enter_array(&one_by_one)) {
        is_read = chutes__json_read_floats(&at_once, floats, size, &count);
        if (check_elements(&one_by_one, floats, count) != count ||
            is_read != (one_by_one.fault == NULL && one_by_one.depth == 0)) {
            abort();
        }
    }
    free(floats);
    return 0;
}
