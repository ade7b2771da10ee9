/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_ERROR_H
#define CHUTES_CODEC_API_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "json/reader.h"

/*
 * Errors as servers tell them: OpenAI's object, a string, FastAPI's detail
 * (string, object, list), lists of errors, MiniMax's base_resp, engine JSON
 * nested in text, events, HTML, plain text, empty.
 */

/* Is this an object that chutes__value_tells_error() finds to be an error, or a
 * list that begins with one? */
bool chutes__api_error_is(const struct chutes__json_value *value);

/* Does this JSON text tell of an error, as chutes__api_error_is() says? Then
 * code, type, param, message, quota_reset and retry_after_ms of `error` are
 * filled; its status is left alone. `is_error_event`: the event's type said so,
 * so any body is one. */
bool chutes__api_error_read(const char *text, size_t len, bool is_error_event,
                            chutes_error *error);

/* Fills the same from JSON text, whatever it is; false: it has no message. */
bool chutes__api_error_walk(const char *text, size_t len, chutes_error *error);

/* Sets retry_after_ms to what the message says about it, or -1. */
void chutes__api_error_find_delay(chutes_error *error);

/* Fills the same from the body of an answer with a failure status, be it JSON,
 * events, HTML or text; always leaves a message. `content_type` may be NULL. */
void chutes__api_error_read_body(int http_status, const char *content_type,
                                 const char *body, size_t len,
                                 chutes_error *error);

/* The status for an HTTP status, refined by what chutes__api_error_read_body()
 * found: a 429 is rate limit, capacity or quota. Words of a quota don't count
 * when the error's retry_after_ms is at most max_wait_ms: then it opens again
 * soon. */
chutes_status chutes__api_error_status(int http_status,
                                       const chutes_error *error,
                                       int64_t max_wait_ms);

#endif
