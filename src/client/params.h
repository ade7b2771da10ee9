/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_PARAMS_H
#define CHUTES_CLIENT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/loop.h>

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

/* What a call that blocks begins with: clears the error, and the result, a
 * pointer to a pointer that may be NULL. */
void chutes__params_clear(void *response, chutes_error *error);

/* The same for one that is started: the handle, whose place may be NULL. */
chutes_status chutes__params_check_start(const chutes_loop *loop,
                                         bool has_on_done, chutes_call **call,
                                         chutes_error *error);

/* Such a struct must end with its last member: what an older caller's compiler
 * left as padding would be read as a newer member. */
#define CHUTES__ASSERT_NO_TAIL(type, last)                             \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == \
                       sizeof(type),                                   \
                   #type " must not end in padding")

#endif
