/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_URL_H
#define CHUTES_TRANSPORT_URL_H

#include <stdbool.h>

#include <chutes/status.h>

/* A base URL that was found good. */
struct chutes__url {
    char *text;        /* scheme, host and a path that ends in "/"; free with
                          chutes__mem_free() */
    const char *query; /* "?...", which every request gets; "": none. Behind
                          the NUL of `text`. It may hold a key: keep it out of
                          messages. */
    bool is_loopback;  /* localhost and names below it, 127.0.0.0/8 (also mapped
                          into IPv6) or ::1 */
    bool is_http;
};

/* Checks and normalises a base URL: https, or http on a loopback host or with
 * allow_insecure; a host; no credentials, fragment, blanks, control or
 * non-ASCII bytes; path kept, one trailing slash. CHUTES_ERR_CONFIG names
 * `field`; neither credentials nor the query are part of the message. */
chutes_status chutes__url_parse(const char *text, bool allow_insecure,
                                const char *field, struct chutes__url *url,
                                chutes_error *error);
void chutes__url_dispose(struct chutes__url *url);

/* base + path + query; free with chutes__mem_free(); NULL: out of memory.
 * `path` has no leading slash. */
char *chutes__url_join(const struct chutes__url *base, const char *path,
                       const char *query);

/* Is the proxy that libcurl would make of this text on a loopback host? */
bool chutes__url_is_loopback_proxy(const char *proxy);

#endif
