/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FORM_H
#define CHUTES_CODEC_FORM_H

#include "codec/endpoint.h"

/* The parts of forms that several endpoints take. */

/* Allocates room for `count` parts, and for the members of an object that has
 * been checked. Returns false if memory runs out. */
bool chutes__form_open(struct chutes__endpoint_form *form, size_t count,
                       struct chutes__slice json, struct chutes__arena *arena);

/* Appends a field unless its text is NULL. */
void chutes__form_add(struct chutes__endpoint_form *form, const char *name,
                      const char *text);

/* Appends a field for each member of that object: a string as its text, and
 * anything else as JSON. Refuses strings with a NUL, which only the caller's
 * extra_json can have. */
chutes_status chutes__form_add_members(struct chutes__endpoint_form *form,
                                       struct chutes__slice json,
                                       struct chutes__arena *arena,
                                       chutes_error *error);

/* A file in memory or, if `bytes` is NULL, at a path. */
struct chutes__form_file {
    const char *name; /* the field's name */
    const void *bytes;
    size_t len;
    const char *path;
    const char *path_field; /* what messages call it */
    const char *filename;   /* NULL: the last component of the path, or: */
    const char *stem;       /* "audio" for "audio.wav" */
};

/* Appends a file. Returns false if memory runs out. */
bool chutes__form_add_file(struct chutes__endpoint_form *form,
                           const struct chutes__form_file *file,
                           struct chutes__arena *arena);

#endif
