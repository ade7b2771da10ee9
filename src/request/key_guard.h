/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_KEY_GUARD_H
#define CHUTES_REQUEST_KEY_GUARD_H

#include <chutes/status.h>

/*
 * Some servers repeat the key that they were sent, and not every key looks like
 * one. Replaces the key in the text with "[redacted]", or with asterisks where
 * that doesn't fit, and zeroes the bytes by which the text becomes shorter.
 * Parts of the key that are long enough to disclose it are replaced too, as a
 * text may begin or end in the middle of it. A key of fewer than 8 characters
 * is ignored: it is no secret, and may be part of any word.
 */
void chutes__key_guard_text(char *text, const char *key);

/* Does the same for every text of an error. */
void chutes__key_guard_error(chutes_error *error, const char *key);

/*
 * Does the same for the query of a URL ("?a=b&c=d", or ""), which may hold a
 * key as well. Replaces each value whose parameter is named like a key, and
 * each value that is long enough to be one. Others, such as the version of an
 * API, are useful in a message.
 */
void chutes__key_guard_query_text(char *text, const char *query);
void chutes__key_guard_query_error(chutes_error *error, const char *query);

#endif
