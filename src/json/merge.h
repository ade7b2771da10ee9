/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_MERGE_H
#define CHUTES_JSON_MERGE_H

#include "json/writer.h"

/*
 * Merges the caller's object into one that is being written. The caller's
 * members are added unchanged. Members that are written under the same keys
 * are checked, but left out.
 *
 *     chutes__json_open_object(&writer, key);
 *     chutes__json_merge_begin(&writer, &merge, json);
 *     … add the members …
 *     chutes__json_merge_end(&writer, &merge, refused_key, field);
 *     chutes__json_close_object(&writer);
 */

/* Merges nothing if `json` is NULL. The end must follow even if the writer has
 * failed, to free memory. */
void chutes__json_merge_begin(struct chutes__json_writer *writer,
                              struct chutes__json_merge *merge,
                              const char *json);

/* Fails if the object is not valid or has a member `refused_key`, which may be
 * NULL. */
void chutes__json_merge_end(struct chutes__json_writer *writer,
                            struct chutes__json_merge *merge,
                            const char *refused_key, const char *field);

/* Returns the version of the cJSON library that is loaded. */
const char *chutes__json_backend_version(void);

#endif
