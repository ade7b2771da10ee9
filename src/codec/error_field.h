/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ERROR_FIELD_H
#define CHUTES_CODEC_ERROR_FIELD_H

#include <stddef.h>

#include "json/reader.h"

/* Sets a field of chutes_error to the text, trimmed and escaped. Blank text
 * leaves the field unchanged, so a caller may try several members in turn, the
 * best one last. */
void chutes__error_field_set(char *field, size_t size, const char *text,
                             size_t len);

/* Does the same for a string or number; other values leave the field
 * unchanged. */
void chutes__error_field_set_value(char *field, size_t size,
                                   const struct chutes__json_value *value);

#endif
