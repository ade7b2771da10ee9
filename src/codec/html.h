/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_HTML_H
#define CHUTES_CODEC_HTML_H

#include <stdbool.h>

#include "base/slice.h"

/* Web pages that proxies, edge servers and user interfaces send in place of
 * JSON. */

/* Returns true if the body is a web page. `content_type` may be NULL. */
bool chutes__html_is(const char *content_type, struct chutes__slice body);

/* Returns the trimmed contents of <title>, or an empty slice if there is
 * none. */
struct chutes__slice chutes__html_title(struct chutes__slice html);

#endif
