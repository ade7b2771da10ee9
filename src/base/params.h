/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_PARAMS_H
#define CHUTES_BASE_PARAMS_H

#include <stddef.h>

#include <chutes/status.h>

/*
 * Copies the caller's struct over the defaults in `own`. The caller may have
 * been compiled with older or newer headers, so only the bytes that both know
 * are copied, according to the struct_size at the beginning. The struct_size of
 * `own` becomes `own_size`. CHUTES_ERR_INVALID_ARGUMENT: `given` is NULL, or
 * its struct_size is below `least`, the size in the first release. The latter
 * catches `= {0}`.
 */
chutes_status chutes__params_copy(void *own, size_t own_size, const void *given,
                                  size_t least, const char *name,
                                  chutes_error *error);

/*
 * Does what the exported ..._init() functions do: fills the caller's struct
 * with the defaults, as chutes__params_fill() does, and sets its struct_size to
 * `size`, which identifies the version of the caller's headers. When
 * chutes_header, chutes_message, chutes_tool or chutes_logit_bias grows, the
 * struct that holds its element size must grow too, and a caller that passes
 * the old size must still get the old element size.
 */
void chutes__params_init(void *params, size_t size, const void *defaults,
                         size_t known);

/*
 * Fills the caller's struct, whose size in the caller's headers is `size`, with
 * those members of `own` that both versions have. All other members become 0.
 */
void chutes__params_fill(void *given, size_t size, const void *own,
                         size_t own_size);

#endif
