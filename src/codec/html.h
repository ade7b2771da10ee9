/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_HTML_H
#define CHUTES_CODEC_HTML_H

#include <stdbool.h>

#include "base/slice.h"

/* Web pages that proxies, edge servers and user interfaces send in place of
 * JSON. */

/* Returns true if the body is a web page. `content_type` may be NULL. */
bool chutes__html_is(const char *content_type, struct chutes__slice body);

enum { CHUTES__MAX_HTML_TITLE = 256 };

/* Stores the trimmed contents of <title>, escaped for a message; "" if there is
 * none. */
void chutes__html_title(struct chutes__slice html,
                        char title[CHUTES__MAX_HTML_TITLE]);

#endif
