/* SPDX-License-Identifier: MIT */
/* Copies structs of any version from and to an application. */
#include "base/params.h"

#include <string.h>

#include "base/error.h"

/* No version of a struct is larger; a larger struct_size was never
 * initialized. */
enum { MAX_STRUCT = 1 << 16 };

chutes_status chutes__params_copy(void *own, size_t own_size, const void *given,
                                  size_t least, const char *name,
                                  chutes_error *error)
{
    size_t size;

    if (given == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL", name);
    }
    /* struct_size is the first member of each of these structs. */
    memcpy(&size, given, sizeof(size));
    if (size < least || size > MAX_STRUCT) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s.struct_size is wrong: start from "
                            "its _default() function",
                            name);
    }
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof(own_size));
    return CHUTES_OK;
}

void chutes__params_init(void *params, size_t size, const void *defaults,
                         size_t known)
{
    if (params == NULL || size < sizeof(size)) {
        return;
    }
    chutes__params_fill(params, size, defaults, known);
    memcpy(params, &size, sizeof(size)); /* struct_size, the first member */
}

void chutes__params_fill(void *given, size_t size, const void *own,
                         size_t own_size)
{
    memset(given, 0, size);
    memcpy(given, own, size < own_size ? size : own_size);
}
