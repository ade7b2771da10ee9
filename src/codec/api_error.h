/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_ERROR_H
#define CHUTES_CODEC_API_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

/*
 * Errors as servers tell them: OpenAI's object, a string, FastAPI's detail
 * (string, object, list), engine JSON nested in text, HTML, plain text, empty.
 */

/* Does this JSON text tell of an error? It does with an `error` that is neither
 * null nor empty, with `object` "error", or with `detail` and no `choices`.
 * Then code, type, param, message and quota_reset of `error` are filled; its
 * status is left alone. `is_error_event`: the event's type said so, so any body
 * is one. */
bool chutes__api_error_read(const char *text, size_t len, bool is_error_event,
                            chutes_error *error);

/* Fills code, type, param, message and quota_reset from the body of an answer
 * with a failure status; always leaves a message. `content_type` may be NULL.
 */
void chutes__api_error_read_body(int http_status, const char *content_type,
                                 const char *body, size_t len,
                                 chutes_error *error);

/* The status for an HTTP status, refined by what chutes__api_error_read_body()
 * found: a 429 is rate limit, capacity or quota. */
chutes_status chutes__api_error_status(int http_status,
                                       const chutes_error *error);

#endif
