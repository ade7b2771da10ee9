/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MEDIA_TYPE_H
#define CHUTES_CODEC_MEDIA_TYPE_H

#include <stdbool.h>

/* Returns true if the Content-Type names JSON. */
bool chutes__media_type_is_json(const char *content_type);

/* Returns true if the value of an Accept header includes this Content-Type. An
 * empty type and application/octet-stream say nothing about the content, so
 * they are always accepted. */
bool chutes__media_type_is_accepted(const char *accept,
                                    const char *content_type);

#endif
