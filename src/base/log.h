/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_LOG_H
#define CHUTES_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/client.h>

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

/* Replaces in place, by "[redacted]" or by as many asterisks where there is no
 * room for that: the value behind `authorization:`, `proxy-authorization:`,
 * `x-api-key:`, `cookie:`, `set-cookie:` (any case) up to the line's end;
 * `Bearer TOKEN`; the credentials of a URL (`//user:pass@`); and keys as
 * chutes__redact_keys(). `text` is NUL-terminated. */
void chutes__redact(char *text);

/* Only what starts like a Chutes key or token (cpk_, cak_, crt_, csc_) or
 * `sk-` and is longer than 8 characters. */
void chutes__redact_keys(char *text);

#endif
