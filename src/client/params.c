/* SPDX-License-Identifier: MIT */
/*
 * The argument checks that every start of a call needs.
 */
#include "client/params.h"

#include "base/error.h"

/* More than anybody needs, but small enough to reject a count that was never
 * initialized. */
enum { MAX_ITEMS = 1024 };

chutes_status
chutes__params_check_array(const struct chutes__params_array *array,
                           size_t least, chutes_error *error)
{
    const char *name = array->name;

    if (array->count > 0 && array->items == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%ss must not be NULL when %s_count is set", name,
                            name);
    }
    if (array->count > 0 && array->size < least) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s_size is wrong: start from its _default() "
                            "function",
                            name);
    }
    if (array->count > MAX_ITEMS) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s_count must be at most %d", name, MAX_ITEMS);
    }
    return CHUTES_OK;
}
