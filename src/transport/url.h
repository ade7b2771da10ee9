/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_URL_H
#define CHUTES_TRANSPORT_URL_H

#include <stdbool.h>

#include <chutes/status.h>

#include "base/arena.h"

/* A valid base URL. */
struct chutes__url {
    char *text; /* scheme, host and a path that ends in "/" */
    /* "?...", to be appended to every request; "": none. Stored in the memory
     * of `text`. It may hold a key, so it must not appear in messages. */
    const char *query;
    /* localhost, a name below it, 127.0.0.0/8, also mapped to IPv6, or ::1. */
    bool is_loopback;
    bool is_http;
};

/* Checks and normalises a base URL: https, or http for a loopback host or with
 * allow_insecure; a host; no credentials, fragment, blanks, control or
 * non-ASCII bytes. The path stays as it is, with a slash at the end. The
 * message of CHUTES_ERR_CONFIG names `field`, and holds nothing of the URL. */
chutes_status chutes__url_parse(const char *text, bool allow_insecure,
                                const char *field, struct chutes__url *url,
                                chutes_error *error);
void chutes__url_dispose(struct chutes__url *url);

/* Returns base + path + query, in the arena; NULL: out of memory. `path` must
 * not begin with a slash. */
char *chutes__url_join(struct chutes__arena *arena,
                       const struct chutes__url *base, const char *path,
                       const char *query);

/* Is the proxy that libcurl would use for this text on a loopback host? */
bool chutes__url_is_loopback_proxy(const char *proxy);

#endif
