/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_REDACT_H
#define CHUTES_BASE_REDACT_H

/* Replaces in place, by "[redacted]" or by as many asterisks where there is no
 * room for that: the value behind `authorization:`, `proxy-authorization:`,
 * `x-api-key:`, `cookie:`, `set-cookie:` (any case) up to the line's end;
 * `Bearer TOKEN`; the credentials of a URL (`//user:pass@`); and keys as
 * chutes__redact_keys(). `text` is NUL-terminated; the bytes that it
 * loses at its end become zero. */
void chutes__redact(char *text);

/* Only what starts like a Chutes key or token (cpk_, cak_, crt_, csc_) or
 * `sk-` and is longer than 8 characters. */
void chutes__redact_keys(char *text);

#endif
