/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_RUNTIME_H
#define CHUTES_TRANSPORT_RUNTIME_H

#include <stdbool.h>

#include "transport/transport.h"

/* Properties of libcurl, TLS and the process, determined once. */
struct chutes__runtime {
    char versions[128];
    unsigned libcurl_version; /* 0x075801 is 7.88.1 */
    long http_version;        /* a value of CURLOPT_HTTP_VERSION */
    /* libcurl's connect timeout includes the wait for a free connection. */
    bool times_the_queue;
    /* A stream can be paused without stalling its HTTP/2 connection. */
    bool can_pause_http2;
    /* The system's certificates are in one readable file, so that the directory
     * with the same certificates isn't needed. */
    bool has_ca_file;
    bool has_openssl; /* libcurl uses the TLS library that we link */
    /* A set-user-ID program or the like, whose environment is untrusted. */
    bool is_privileged;
};

/* May be called from any thread. */
const struct chutes__runtime *chutes__runtime_get(void);

/* Is HTTP/2 offered to https servers? */
bool chutes__runtime_offers_http2(enum chutes__http http);

#endif
