/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ERROR_H
#define CHUTES_BASE_ERROR_H

#include <stddef.h>

#include <chutes/status.h>

/* Resets the error to CHUTES_OK, with all other fields unknown. `error` may be
 * NULL. */
void chutes__error_clear(chutes_error *error);

/* Sets the status and the message, which chutes__error_copy() escapes, and
 * leaves the other fields unchanged. Returns `status`. `error` may be NULL,
 * here and in the next two functions. */
chutes_status chutes__fail(chutes_error *error, chutes_status status,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Does the same with the standard sentence of the status as the message. */
chutes_status chutes__fail_status(chutes_error *error, chutes_status status);

/* Fails with CHUTES_ERR_TOO_LARGE: "`subject` exceeds `option` (`limit`)". The
 * command-line tool replaces the name of the option with its own. */
chutes_status chutes__fail_limit(chutes_error *error, const char *subject,
                                 const char *option, size_t limit);

/* Copies untrusted text into a field of chutes_error. Control characters (C0,
 * DEL, C1) and line separators are escaped as \xNN (or \n, \r, \t), invalid
 * UTF-8 is replaced, and the text is cut at a character boundary. The rest of
 * the field is zeroed. Anything that looks like a key is redacted, because
 * servers repeat the key that they received. */
void chutes__error_copy(char *field, size_t size, const char *text, size_t len);

#endif
