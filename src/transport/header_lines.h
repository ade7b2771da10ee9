/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_HEADER_LINES_H
#define CHUTES_TRANSPORT_HEADER_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

/* A curl_slist in one block of ours, which is wiped before it is freed because
 * one of the lines holds the key. libcurl doesn't wipe its own. */
struct chutes__header_lines {
    struct curl_slist *first; /* NULL: none */
    size_t size;              /* bytes of the block, which starts there */
};

/* Copies `lines` and adds those that every request needs. `list` is zeroed or a
 * spare block, which is replaced if it is too small. */
chutes_status chutes__header_lines_init(struct chutes__header_lines *list,
                                        const char *const *lines, size_t count)
    __attribute__((warn_unused_result));
/* Wipes the block. Moves it into `spare`, from which a later list may be
 * initialised, or frees it if `spare` has one already. */
void chutes__header_lines_retire(struct chutes__header_lines *list,
                                 struct chutes__header_lines *spare);
void chutes__header_lines_dispose(struct chutes__header_lines *list);

#endif
