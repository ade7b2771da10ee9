/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_DOCUMENT_H
#define CHUTES_TOOLKIT_DOCUMENT_H

#include "json/writer.h"

/* Adds a whole document to the writer. It is called twice, to measure and to
 * write, and must add the same both times. */
typedef void (*chutes__document_fn)(struct chutes__json_writer *writer,
                                    void *context);

/* Writes a document. *json receives the text, which the caller of the library
 * frees with chutes_string_free(), or NULL on failure. The error then says
 * what the writer recorded: "`field` `reason`". */
chutes_status chutes__document_write(chutes__document_fn add, void *context,
                                     char **json, chutes_error *error);

#endif
