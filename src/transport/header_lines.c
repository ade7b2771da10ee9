/* SPDX-License-Identifier: MIT */
/*
 * The header lines of a request, in libcurl's format.
 */
#include "transport/header_lines.h"

#include "base/count.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

#include <string.h>

/* A compressed answer could expand without limit. Without an empty "Expect:",
 * libcurl waits up to a second for the server's "100 Continue" before it sends
 * a large body. */
static const char *const added_lines[] = {"Accept-Encoding: identity",
                                          "Expect:"};
enum { ADDED_COUNT = CHUTES__COUNT(added_lines) };

/* A larger block isn't kept. */
enum { MAX_SPARE = 4096 };

static const char *line_at(const char *const *lines, size_t count, size_t i)
{
    return i < count ? lines[i] : added_lines[i - count];
}

static bool reserve(struct chutes__header_lines *list, size_t size)
{
    if (list->size < size) {
        chutes__header_lines_dispose(list);
        list->first = chutes__mem_alloc(size);
        list->size = list->first != NULL ? size : 0;
    }
    return list->first != NULL;
}

chutes_status chutes__header_lines_init(struct chutes__header_lines *list,
                                        const char *const *lines, size_t count)
{
    size_t total = count + ADDED_COUNT;
    size_t size = total * sizeof(struct curl_slist);
    struct curl_slist *nodes;
    char *text;

    for (size_t i = 0; i < total; i++) {
        size += strlen(line_at(lines, count, i)) + 1;
    }
    if (!reserve(list, size)) {
        return CHUTES_ERR_NO_MEMORY;
    }
    nodes = list->first;
    /* The nodes come first, then the texts that they point to. */
    text = (char *)(nodes + total);
    for (size_t i = 0; i < total; i++) {
        const char *line = line_at(lines, count, i);
        size_t len = strlen(line) + 1;

        memcpy(text, line, len);
        nodes[i].data = text;
        nodes[i].next = i + 1 < total ? &nodes[i + 1] : NULL;
        text += len;
    }
    return CHUTES_OK;
}

void chutes__header_lines_retire(struct chutes__header_lines *list,
                                 struct chutes__header_lines *spare)
{
    if (list->first == NULL || spare->first != NULL || list->size > MAX_SPARE) {
        chutes__header_lines_dispose(list);
        return;
    }
    OPENSSL_cleanse(list->first, list->size);
    *spare = *list;
    *list = (struct chutes__header_lines){0};
}

void chutes__header_lines_dispose(struct chutes__header_lines *list)
{
    if (list->first != NULL) {
        OPENSSL_cleanse(list->first, list->size);
        chutes__mem_free(list->first);
    }
    *list = (struct chutes__header_lines){0};
}
