/* SPDX-License-Identifier: MIT */
/*
 * Recognises Chutes' own hosts, and an answer that only they give.
 */
#include "request/platform.h"

#include <string.h>

#include "base/slice.h"
#include "json/reader.h"

static const char DOMAIN_NAME[] = "chutes.ai";

/* Returns the host of an absolute URL, without credentials, port and final dot;
 * empty when the URL is not absolute. */
static struct chutes__slice host_of(const char *url)
{
    const char *scheme_end = strstr(url, "://");
    struct chutes__slice host = {"", 0};
    const char *at;

    if (scheme_end == NULL) {
        return host;
    }
    host.data = scheme_end + 3;
    host.len = strcspn(host.data, "/?#\\");
    at = memchr(host.data, '@', host.len);
    if (at != NULL) {
        host.len -= (size_t)(at + 1 - host.data);
        host.data = at + 1;
    }
    at = memchr(host.data, ':', host.len);
    if (at != NULL) {
        host.len = (size_t)(at - host.data);
    }
    if (host.len > 0 && host.data[host.len - 1] == '.') {
        host.len--;
    }
    return host;
}

bool chutes__platform_is_host(const char *url)
{
    return chutes__slice_is_in_domain(host_of(url), DOMAIN_NAME);
}

bool chutes__platform_ignored_key(const char *url, chutes_auth auth,
                                  int http_status, struct chutes__slice body)
{
    return http_status == 429 && auth == CHUTES_AUTH_X_API_KEY &&
           chutes__platform_is_host(url) &&
           !chutes__json_is_valid_answer(body.data, body.len,
                                         CHUTES__JSON_MAX_DEPTH);
}
