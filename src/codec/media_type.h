/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MEDIA_TYPE_H
#define CHUTES_CODEC_MEDIA_TYPE_H

#include <stdbool.h>

/* Is this Content-Type JSON, by its name? */
bool chutes__media_type_is_json(const char *content_type);

/* Does the value of a header Accept, such as "image/png, audio" followed by
 * "/" and an asterisk, cover this Content-Type? An empty type and
 * application/octet-stream say nothing, and are always covered. */
bool chutes__media_type_is_accepted(const char *accept,
                                    const char *content_type);

#endif
