/* SPDX-License-Identifier: MIT */
/* Formats, redacts and escapes a line for the application's log function. */
#include "base/log.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line is redacted before it is cut to its size, so that it never ends with
 * half a secret. */
enum { LINE_SIZE = 1024, RAW_SIZE = 2048 };

/* Drops the last word, which the buffer may have cut: half a secret might not
 * be recognized. */
static void drop_last_word(char *text)
{
    char *blank = strrchr(text, ' ');

    if (blank != NULL) {
        *blank = '\0';
    }
}

void chutes__log_write(const struct chutes__log *log, chutes_log_level level,
                       const char *format, ...)
{
    char raw[RAW_SIZE];
    char line[LINE_SIZE];
    va_list args;
    int len;

    if (!chutes__log_enabled(log, level)) {
        return;
    }
    va_start(args, format);
    len = vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    if ((size_t)len >= sizeof(raw)) {
        drop_last_word(raw);
    }
    chutes__redact(raw);
    chutes__error_copy(line, sizeof(line), raw, strlen(raw));
    log->fn(level, line, log->user_data);
}
