/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONFIG_H
#define CHUTES_CLIENT_CONFIG_H

#include "request/config.h"

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error);
void chutes__config_dispose(struct chutes__config *config);

/* The parts of chutes__config_init(). This one checks the certificates, the
 * proxy and the socket. It needs the URLs. */
chutes_status chutes__config_resolve_way(struct chutes__config *config,
                                         chutes_error *error);

/* CHUTES_ERR_CONFIG: http would go through the client's proxy, unprotected. */
chutes_status chutes__config_check_clear(const chutes_client_options *options,
                                         bool is_http, chutes_error *error);

/* Parses a URL of the caller's, to which the key may go. Fails with
 * CHUTES_ERR_INVALID_ARGUMENT and names `field`. */
chutes_status chutes__config_parse_url(const struct chutes__config *config,
                                       const char *text, const char *field,
                                       struct chutes__url *url,
                                       chutes_error *error);

/* Builds the header lines. */
chutes_status chutes__config_resolve_headers(struct chutes__config *config,
                                             chutes_error *error);

/* Checks the numbers, and sets `rules` and `http`. */
chutes_status chutes__config_resolve_numbers(struct chutes__config *config,
                                             chutes_error *error);

/* Fills `rules` from the options of a call, which may be NULL; those that are
 * unset are the client's. */
chutes_status chutes__config_rules(const struct chutes__config *config,
                                   const chutes_call_options *given,
                                   struct chutes__call_rules *rules,
                                   chutes_error *error);

#endif
