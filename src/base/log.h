/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_LOG_H
#define CHUTES_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/client.h>

#include "base/redact.h"

/* Where lines go. Copied around by pointer; immutable once set up. */
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

/* One line, at most 1 KiB. Redacted by chutes__redact(), and control bytes are
 * escaped. */
void chutes__log_write(const struct chutes__log *log, chutes_log_level level,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
