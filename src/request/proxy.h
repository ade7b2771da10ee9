/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_PROXY_H
#define CHUTES_REQUEST_PROXY_H

#include <stdbool.h>

#include <chutes/client.h>

#include "transport/url.h"

/* Returns the proxy for requests below `base`: a URL, "" for none, or NULL to
 * have libcurl look at the environment. */
const char *chutes__proxy_choose(const chutes_client_options *options,
                                 const struct chutes__url *base);

/* Does the environment send such URLs through a SOCKS proxy on a loopback
 * host? */
bool chutes__proxy_is_local_socks(bool is_http);

#endif
