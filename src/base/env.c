/* SPDX-License-Identifier: MIT */
/* Reads environment variables, unless the environment can't be trusted. */
#include "base/env.h"

#include <stdlib.h>

const char *chutes__env_get(const char *name)
{
#ifdef __GLIBC__
    const char *value = secure_getenv(name);
#else
    const char *value = getenv(name);
#endif

    return value != NULL && value[0] != '\0' ? value : NULL;
}
