/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_PLATFORM_H
#define CHUTES_REQUEST_PLATFORM_H

#include <stdbool.h>

#include <chutes/client.h>

#include "base/slice.h"

/* What holds at Chutes' own hosts and nowhere else. */

/* Is the URL's host chutes.ai or below it? */
bool chutes__platform_is_host(const char *url);

/* Chutes reads a key from `Authorization: Bearer` only, and answers other
 * requests as if they had none: with a 429 whose body is no JSON. */
bool chutes__platform_ignored_key(const char *url, chutes_auth auth,
                                  int http_status, struct chutes__slice body);

#endif
