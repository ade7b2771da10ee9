/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_REFERENCE_H
#define CHUTES_CODEC_REFERENCE_H

#include "base/arena.h"
#include "base/slice.h"

/* Returns the URL that a server means by a reference (RFC 3986) in its answer
 * to a request to `base`, such as "/files/1" or "../1". `base` is absolute and
 * has no query. A reference that is absolute or empty is copied. The result is
 * in the arena, or NULL if memory runs out. This doesn't check whether the URL
 * may be used. */
const char *chutes__reference_resolve(struct chutes__arena *arena,
                                      const char *base,
                                      struct chutes__slice reference);

#endif
