/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_LOG_H
#define CHUTES_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/client.h>

#include "base/redact.h"

/* Where log lines go. Many objects point at it, so it must not change once it
 * is set up. */
struct chutes__log {
    chutes_log_fn fn; /* NULL: off */
    void *user_data;
    chutes_log_level level;
};

static inline bool chutes__log_enabled(const struct chutes__log *log,
                                       chutes_log_level level)
{
    return log->fn != NULL && level <= log->level;
}

/* Writes one line of at most 1 KiB, if the level is enabled. Secrets are
 * redacted by chutes__redact(), and control characters are escaped. */
void chutes__log_write(const struct chutes__log *log, chutes_log_level level,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
