/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONFIG_H
#define CHUTES_CLIENT_CONFIG_H

#include "request/config.h"

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error);
void chutes__config_dispose(struct chutes__config *config);

/* The parts of chutes__config_init(). This one checks the certificates, the
 * proxy and the socket, after the URLs have been parsed. */
chutes_status chutes__config_resolve_way(struct chutes__config *config,
                                         chutes_error *error);

/* Fails with CHUTES_ERR_CONFIG if plain http would be sent through the client's
 * proxy, where others could read it. */
chutes_status chutes__config_check_clear(const chutes_client_options *options,
                                         bool is_http, chutes_error *error);

/* Parses a URL that the caller passed in, to which the key may be sent. Fails
 * with CHUTES_ERR_INVALID_ARGUMENT and names `field`. */
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

/* Fills `rules` from the options of a call, which may be NULL. Options that are
 * unset have the client's values. */
chutes_status chutes__config_rules(const struct chutes__config *config,
                                   const chutes_call_options *given,
                                   struct chutes__call_rules *rules,
                                   chutes_error *error);

#endif
