/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_CONFIG_H
#define CHUTES_REQUEST_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/trace.h>

#include "base/arena.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "request/retry.h"
#include "transport/transport.h"
#include "transport/url.h"

/* Timeouts and retries of one call, from its own options or else from the
 * client's. */
struct chutes__call_rules {
    struct chutes__clocks clocks;
    struct chutes__retry_rules retry;
};

/* The configuration of a client: options and environment, checked and copied.
 * It is immutable once the client exists, so threads share it without locks. */
struct chutes__config {
    /* Strings are in the arena; `headers`, `api_key` and the URLs are NULL:
     * see below. */
    chutes_client_options options;
    struct chutes__arena arena;
    struct chutes__secret key;
    struct chutes__url base;
    struct chutes__url embeddings_base;
    const char *ca_dir; /* used in addition to ca_file; NULL: the system's */
    const char *user_agent;     /* header line; NULL: replaced or removed */
    const char *const *headers; /* further header lines */
    size_t header_count;
    bool sends_auth;   /* false: one of `headers` replaces or removes it */
    bool sends_accept; /* likewise */
    bool sends_trace;  /* likewise */
    enum chutes__http http;
    struct chutes__call_rules rules;
    struct chutes__log log;
    chutes_tracer tracer; /* options.tracer points here, or is NULL */
};

#endif
