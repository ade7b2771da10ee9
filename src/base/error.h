/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ERROR_H
#define CHUTES_BASE_ERROR_H

#include <stddef.h>

#include <chutes/status.h>

/* Resets to CHUTES_OK with everything unknown. NULL does nothing. */
void chutes__error_clear(chutes_error *error);

/* Sets status and message, and leaves the rest; returns status. The message is
 * escaped as chutes__error_copy() does. `error` may be NULL. */
chutes_status chutes__fail(chutes_error *error, chutes_status status,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets status with its standard sentence as message. */
chutes_status chutes__fail_status(chutes_error *error, chutes_status status);

/* Fails with CHUTES_ERR_TOO_LARGE: "`subject` exceeds `option` (`limit`)". The
 * command replaces the name of the option by its own word for it. */
chutes_status chutes__fail_limit(chutes_error *error, const char *subject,
                                 const char *option, size_t limit);

/* Copies text of any origin into a field of chutes_error: control bytes (C0,
 * DEL, C1) and line separators escaped as \xNN (\n, \r, \t by name), invalid
 * UTF-8 replaced, cut at a character boundary, and zero from the NUL to the
 * end of the field. What looks like a key is redacted: servers repeat the one
 * they were sent. */
void chutes__error_copy(char *field, size_t size, const char *text, size_t len);

#endif
