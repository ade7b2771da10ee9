/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_PARAMS_H
#define CHUTES_CLIENT_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

#include "base/params.h"

/* An array in the application's options. If the application has newer headers,
 * its elements are longer than ours, so `size` is the step to the next one. */
struct chutes__params_array {
    const char *name; /* what messages call an element; "NAMEs" is the array */
    const void *items;
    size_t count;
    size_t size; /* bytes per item */
};

static inline const void *
chutes__params_array_at(const struct chutes__params_array *array, size_t index)
{
    return (const char *)array->items + index * array->size;
}

/* Checks an array whose elements have at least the size `least`. */
chutes_status
chutes__params_check_array(const struct chutes__params_array *array,
                           size_t least, chutes_error *error)
    __attribute__((warn_unused_result));

/* A struct with a struct_size must not end in padding: a newer library would
 * read an older caller's padding as a new member. */
#define CHUTES__ASSERT_NO_TAIL(type, last)                             \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == \
                       sizeof(type),                                   \
                   #type " must not end in padding")

/* Room for the parameters of any call. */
union chutes__params_room {
    size_t struct_size; /* the first member of all of them */
    int64_t numbers[128];
};

/* Does the same for the parameters of a call, which must also fit into that
 * room. */
#define CHUTES__ASSERT_PARAMS(type, last)                             \
    CHUTES__ASSERT_NO_TAIL(type, last);                               \
    _Static_assert(sizeof(type) <= sizeof(union chutes__params_room), \
                   #type " must fit into chutes__params_room")

#endif
