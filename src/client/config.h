/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONFIG_H
#define CHUTES_CLIENT_CONFIG_H

#include "request/config.h"

chutes_status chutes__config_init(struct chutes__config *config,
                                  const chutes_client_options *options,
                                  chutes_error *error);
void chutes__config_dispose(struct chutes__config *config);

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
