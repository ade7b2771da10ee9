/* SPDX-License-Identifier: MIT */
#include "codec/html.h"

#include <string.h>

#include "codec/words.h"

bool chutes__html_is(const char *content_type, struct chutes__slice body)
{
    size_t head = body.len < 256 ? body.len : 256;

    if (content_type != NULL &&
        chutes__words_find(content_type, strlen(content_type), "text/html") !=
            NULL) {
        return true;
    }
    return chutes__words_find(body.data, head, "<!doctype html") != NULL ||
           chutes__words_find(body.data, head, "<html") != NULL;
}

struct chutes__slice chutes__html_title(struct chutes__slice html)
{
    const char *end = html.data + html.len;
    const char *begin = chutes__words_find(html.data, html.len, "<title");
    const char *close;

    if (begin != NULL) {
        begin = memchr(begin, '>', (size_t)(end - begin));
    }
    if (begin == NULL) {
        return (struct chutes__slice){"", 0};
    }
    begin++;
    close = chutes__words_find(begin, (size_t)(end - begin), "</title");
    if (close == NULL) {
        return (struct chutes__slice){"", 0};
    }
    return chutes__words_trim(begin, (size_t)(close - begin));
}
