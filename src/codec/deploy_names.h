/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_DEPLOY_NAMES_H
#define CHUTES_CODEC_DEPLOY_NAMES_H

#include <stdbool.h>

/* Return true for what Chutes' API accepts as the name of a chute, as that of a
 * file ("chute.py"), as a reference into the file ("chute:chute") and as the
 * commit of a model's revision. */
bool chutes__deploy_is_name(const char *text);
bool chutes__deploy_is_filename(const char *text);
bool chutes__deploy_is_reference(const char *text);
bool chutes__deploy_is_commit(const char *text);

#endif
