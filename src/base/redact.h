/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_REDACT_H
#define CHUTES_BASE_REDACT_H

/* Replaces secrets in place, with "[redacted]" or, if they are shorter than
 * that, with asterisks:
 * - the values of authorization, proxy-authorization, x-api-key, cookie and
 *   set-cookie headers (in any case), up to the end of the line
 * - bearer tokens (`Bearer TOKEN`)
 * - the credentials of a URL (`//user:pass@`)
 * - keys, as chutes__redact_keys() does
 * `text` is NUL-terminated; bytes that are no longer used become zero. */
void chutes__redact(char *text);

/* Redacts only keys: words of more than 8 characters that start like a Chutes
 * key or token (cpk_, cak_, crt_, csc_) or with `sk-`. */
void chutes__redact_keys(char *text);

#endif
