/* SPDX-License-Identifier: MIT */
/* Reads the elements of an array that has been validated already. */
#include "codec/elements.h"

void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array)
{
    chutes__json_init_lenient(reader, array.data, array.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_array(reader);
}

size_t chutes__elements_count(struct chutes__slice array)
{
    struct chutes__json_reader reader;
    size_t count = 0;

    chutes__elements_open(&reader, array);
    while (chutes__json_next_element(&reader)) {
        chutes__json_skip(&reader);
        count++;
    }
    return count;
}
