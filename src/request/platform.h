/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_PLATFORM_H
#define CHUTES_REQUEST_PLATFORM_H

#include <stdbool.h>

#include <chutes/client.h>

#include "base/slice.h"

/* Special cases for Chutes' own hosts. */

/* Is the URL's host chutes.ai or below it? */
bool chutes__platform_is_host(const char *url);

/* Chutes reads the key from `Authorization: Bearer` only, and answers other
 * requests as if they had none: with HTTP 429 and a body that is not JSON. Is
 * this such an answer? */
bool chutes__platform_ignored_key(const char *url, chutes_auth auth,
                                  int http_status, struct chutes__slice body);

#endif
