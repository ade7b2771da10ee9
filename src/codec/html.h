/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_HTML_H
#define CHUTES_CODEC_HTML_H

#include <stdbool.h>

#include "base/slice.h"

/* Web pages in place of JSON, as proxies, edge servers and user interfaces send
 * them.
 */

/* `content_type` may be NULL. */
bool chutes__html_is(const char *content_type, struct chutes__slice body);

/* Returns the contents of <title>, trimmed; empty if there is none. */
struct chutes__slice chutes__html_title(struct chutes__slice html);

#endif
