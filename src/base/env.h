/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ENV_H
#define CHUTES_BASE_ENV_H

/* Returns a variable of the environment; NULL when it is unset or empty. In a
 * set-uid program, where the environment belongs to somebody else, it is always
 * NULL. */
const char *chutes__env_get(const char *name);

#endif
