/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONFIG_H
#define CHUTES_CLIENT_CONFIG_H

#include <stddef.h>

#include <chutes/client.h>

#include "base/arena.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "request/retry.h"
#include "transport/transport.h"
#include "transport/url.h"

/* What a call goes by: its options over those of the client. */
struct chutes__call_rules {
    struct chutes__clocks clocks;
    struct chutes__retry_rules retry;
};

/* What a client was made with: options and environment, checked, resolved and
 * copied. Immutable afterwards, so threads share it without locks. */
struct chutes__config {
    chutes_client_options options; /* strings are in the arena; `headers`,
                                      `api_key` and URLs are NULL: below */
    struct chutes__arena arena;
    struct chutes__secret key;
    struct chutes__url base;
    struct chutes__url embeddings_base;
    const char *ca_dir;         /* beside ca_file; NULL: the system's */
    const char *user_agent;     /* header line; NULL: replaced or removed */
    const char *const *headers; /* further header lines */
    size_t header_count;
    bool sends_auth;   /* else replaced or removed by a header */
    bool sends_accept; /* likewise */
    enum chutes__http http;
    struct chutes__call_rules rules;
    struct chutes__log log;
};

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error);
void chutes__config_dispose(struct chutes__config *config);

/* A variable of the environment, unless it is empty. That of a set-uid program
 * belongs to somebody else, and has none. */
const char *chutes__config_env(const char *name);

/* Does the environment send such URLs through a SOCKS proxy on a loopback
 * host? Asked as libcurl does: by the scheme first, then for all of them. */
bool chutes__config_has_local_socks(bool is_http);

/* The part of chutes__config_init() that checks how servers are reached and
 * which certificates count, once the URLs are known. */
chutes_status chutes__config_resolve_way(struct chutes__config *config,
                                         chutes_error *error);

/* The part of chutes__config_init() that makes the header lines. */
chutes_status chutes__config_resolve_headers(struct chutes__config *config,
                                             chutes_error *error);

/* The part that checks the numbers, and sets the rules and http by them. */
chutes_status chutes__config_resolve_numbers(struct chutes__config *config,
                                             chutes_error *error);

/* The client's rules with those of a call, which may be NULL, over them. */
chutes_status chutes__config_rules(const struct chutes__config *config,
                                   const chutes_call_options *given,
                                   struct chutes__call_rules *rules,
                                   chutes_error *error);

#endif
