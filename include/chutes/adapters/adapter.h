/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_ADAPTERS_ADAPTER_H
#define CHUTES_ADAPTERS_ADAPTER_H

/* Shared by the adapters; not for applications. */

#include <stdio.h>
#include <string.h>

#include <chutes/status.h>

static inline chutes_status chutes_adapter_fail(chutes_error *error,
                                                chutes_status status,
                                                const char *message)
{
    if (error != NULL) {
        memset(error, 0, sizeof(*error));
        error->status = status;
        error->retry_after_ms = -1;
        error->quota_reset = -1;
        (void)snprintf(error->message, sizeof(error->message), "%s", message);
    }
    return status;
}

#endif
