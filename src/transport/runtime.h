/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_RUNTIME_H
#define CHUTES_TRANSPORT_RUNTIME_H

#include <stdbool.h>

#include "transport/transport.h"

/* What the process runs with; found out once. */
struct chutes__runtime {
    char versions[128];
    long http_version; /* a value of CURLOPT_HTTP_VERSION */
    /* libcurl's connect clock counts the wait for a free connection. */
    bool times_the_queue;
    /* A stream of a connection can be stopped while others go on. */
    bool can_pause_http2;
    /* The system's certificates are in one file that can be read, so that its
     * directory of the same isn't needed. */
    bool has_ca_file;
    bool says_too_large; /* libcurl has CURLE_TOO_LARGE */
    bool has_openssl;    /* libcurl's TLS is the library that we link */
    bool is_privileged; /* set-user-id and the like: distrust the environment */
};

/* Any thread. */
const struct chutes__runtime *chutes__runtime_get(void);

/* Will HTTP/2 be offered to https servers? */
bool chutes__runtime_offers_http2(enum chutes__http http);

#endif
