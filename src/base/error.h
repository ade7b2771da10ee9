/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ERROR_H
#define CHUTES_BASE_ERROR_H

#include <stddef.h>

#include <chutes/status.h>

/* Resets to CHUTES_OK with everything unknown. `error` may be NULL. */
void chutes__error_clear(chutes_error *error);

/* Sets status and message, leaves the other fields unchanged, and returns
 * `status`. The message is escaped by chutes__error_copy(). `error` may be NULL
 * here and in the next two. */
chutes_status chutes__fail(chutes_error *error, chutes_status status,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the standard sentence of the status as message. */
chutes_status chutes__fail_status(chutes_error *error, chutes_status status);

/* Fails with CHUTES_ERR_TOO_LARGE: "`subject` exceeds `option` (`limit`)". The
 * command replaces the name of the option by its own word for it. */
chutes_status chutes__fail_limit(chutes_error *error, const char *subject,
                                 const char *option, size_t limit);

/* Copies text of any origin into a field of chutes_error. Control characters
 * (C0, DEL, C1) and line separators are escaped as \xNN (or \n, \r, \t),
 * invalid UTF-8 is replaced, and the text is cut at a character boundary. The
 * rest of the field is zeroed. Whatever looks like a key is redacted, because
 * servers repeat the key that they were sent. */
void chutes__error_copy(char *field, size_t size, const char *text, size_t len);

#endif
