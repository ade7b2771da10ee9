/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONFIG_H
#define CHUTES_CLIENT_CONFIG_H

#include "request/config.h"

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error);
void chutes__config_dispose(struct chutes__config *config);

/* Parts of chutes__config_init(). This one checks how servers are reached and
 * which certificates are trusted, and needs the URLs. */
chutes_status chutes__config_resolve_way(struct chutes__config *config,
                                         chutes_error *error);

/* Makes the header lines. */
chutes_status chutes__config_resolve_headers(struct chutes__config *config,
                                             chutes_error *error);

/* Checks the numbers, and sets `rules` and `http`. */
chutes_status chutes__config_resolve_numbers(struct chutes__config *config,
                                             chutes_error *error);

/* Fills `rules` with those that a call gives, which may be NULL, and else with
 * the client's. */
chutes_status chutes__config_rules(const struct chutes__config *config,
                                   const chutes_call_options *given,
                                   struct chutes__call_rules *rules,
                                   chutes_error *error);

#endif
