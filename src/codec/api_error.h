/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_API_ERROR_H
#define CHUTES_CODEC_API_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "json/reader.h"

/*
 * The errors that servers send: OpenAI's object, a string, FastAPI's `detail`
 * (string, object, list), lists of errors, MiniMax's base_resp, an engine's
 * JSON nested in text, events, HTML, plain text, or nothing.
 */

/* Returns true if the value is an error object, as chutes__value_tells_error()
 * defines it, or a list that begins with one. */
bool chutes__api_error_is(const struct chutes__json_value *value);

/* Returns true if the JSON text is an error (chutes__api_error_is()), and fills
 * code, type, param, message, quota_reset and retry_after_ms of `error`, but
 * not its status. `is_error_event` means that the type of the event was
 * "error"; then any text is an error. */
bool chutes__api_error_read(const char *text, size_t len, bool is_error_event,
                            chutes_error *error);

/* Fills the same fields from any JSON text. Returns false if it has no
 * message. */
bool chutes__api_error_walk(const char *text, size_t len, chutes_error *error);

/* Sets retry_after_ms to the delay that the message names, or to -1 if it names
 * none. */
void chutes__api_error_find_delay(chutes_error *error);

/* Fills the same fields from the body of an answer with a failure status: JSON,
 * events, HTML or text. The message is never empty afterwards. `content_type`
 * may be NULL. */
void chutes__api_error_read_body(int http_status, const char *content_type,
                                 const char *body, size_t len,
                                 chutes_error *error);

/* Maps an HTTP status to a chutes_status, refined by what
 * chutes__api_error_read_body() found: a 429 may be a rate limit, a lack of
 * capacity or an exhausted quota. An exhausted quota whose retry_after_ms is at
 * most max_wait_ms counts as a rate limit, because waiting helps. */
chutes_status chutes__api_error_status(int http_status,
                                       const chutes_error *error,
                                       int64_t max_wait_ms);

#endif
