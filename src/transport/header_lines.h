/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_HEADER_LINES_H
#define CHUTES_TRANSPORT_HEADER_LINES_H

#include <stddef.h>

#include <chutes/status.h>

/* A curl_slist in one block of ours, which is wiped before it is freed because
 * one of the lines holds the key. libcurl doesn't wipe its own. */
struct chutes__header_lines {
    struct curl_slist *first;
    size_t size; /* bytes from `first` on */
};

/* Copies `lines` and adds those that every request needs. */
chutes_status chutes__header_lines_init(struct chutes__header_lines *list,
                                        const char *const *lines, size_t count)
    __attribute__((warn_unused_result));
void chutes__header_lines_dispose(struct chutes__header_lines *list);

#endif
