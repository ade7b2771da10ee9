/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ENV_H
#define CHUTES_BASE_ENV_H

/* Returns an environment variable, or NULL if it is unset or empty. With glibc,
 * always returns NULL in a set-uid program, whose environment belongs to
 * another user. */
const char *chutes__env_get(const char *name);

#endif
