/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_PARAMS_H
#define CHUTES_CLIENT_PARAMS_H

#include <stddef.h>

#include <chutes/client.h>

/*
 * Size-first structs of the caller, who may have been compiled against older or
 * newer headers. `own` holds this version's defaults; the part that the caller
 * knows is copied over them. CHUTES_ERR_INVALID_ARGUMENT when given is NULL or
 * its struct_size is below `least`, the size in the first release, which
 * catches `= {0}`.
 */
chutes_status chutes__params_copy(void *own, size_t own_size, const void *given,
                                  size_t least, const char *name,
                                  chutes_error *error);

/* What every call begins with: clears the error, and refuses a NULL client and
 * a NULL place for the result, whatever its type. */
chutes_status chutes__params_check(const chutes_client *client,
                                   const void *response, chutes_error *error);

/* Such a struct must end with its last member: what an older caller's compiler
 * left as padding would be read as a newer member. */
#define CHUTES__ASSERT_NO_TAIL(type, last)                             \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == \
                       sizeof(type),                                   \
                   #type " must not end in padding")

#endif
