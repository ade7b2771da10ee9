/* SPDX-License-Identifier: MIT */
/* Recognizes the web pages that proxies and gateways send when JSON was
 * requested. */
#include "codec/html.h"

#include "base/error.h"
#include "base/slice.h"

#include <string.h>

/* How many bytes of a body to search for the start of a page. */
enum { MAX_HEAD = 256 };

bool chutes__html_is(const char *content_type, struct chutes__slice body)
{
    const struct chutes__slice head = {
        body.data, body.len < MAX_HEAD ? body.len : MAX_HEAD};

    if (content_type != NULL &&
        chutes__slice_find_nocase(chutes__slice_of(content_type),
                                  "text/html") != NULL) {
        return true;
    }
    return chutes__slice_find_nocase(head, "<!doctype html") != NULL ||
           chutes__slice_find_nocase(head, "<html") != NULL;
}

static struct chutes__slice find_title(struct chutes__slice html)
{
    const char *end = html.data + html.len;
    const char *begin = chutes__slice_find_nocase(html, "<title");
    struct chutes__slice title;
    const char *close;

    if (begin != NULL) {
        begin = memchr(begin, '>', (size_t)(end - begin));
    }
    if (begin == NULL) {
        return (struct chutes__slice){"", 0};
    }
    title = (struct chutes__slice){begin + 1, (size_t)(end - begin - 1)};
    close = chutes__slice_find_nocase(title, "</title");
    if (close == NULL) {
        return (struct chutes__slice){"", 0};
    }
    title.len = (size_t)(close - title.data);
    return chutes__slice_trim_text(title);
}

void chutes__html_title(struct chutes__slice html,
                        char title[CHUTES__MAX_HTML_TITLE])
{
    struct chutes__slice found = find_title(html);

    chutes__error_copy(title, CHUTES__MAX_HTML_TITLE, found.data, found.len);
}
