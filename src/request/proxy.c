/* SPDX-License-Identifier: MIT */
/*
 * Chooses the proxy of a request. The environment may name one for the whole
 * machine, which must not see what is meant for this host only.
 */
#include "request/proxy.h"

#include <stddef.h>

#include "base/slice.h"
#include "transport/proxy_env.h"

bool chutes__proxy_is_local_socks(bool is_http)
{
    const char *proxy = chutes__proxy_env_get(is_http);

    return proxy != NULL &&
           chutes__slice_starts_with_nocase(chutes__slice_of(proxy), "socks") &&
           chutes__url_is_loopback_proxy(proxy);
}

/* A loopback host is reached without the proxy that the environment names: http
 * is allowed there because nobody else sees it. The exception is a SOCKS proxy
 * that is itself on this host, such as the end of the user's own tunnel. */
const char *chutes__proxy_choose(const chutes_client_options *options,
                                 const struct chutes__url *base)
{
    if (options->unix_socket != NULL ||
        (options->proxy == NULL && base->is_loopback &&
         !chutes__proxy_is_local_socks(base->is_http))) {
        return "";
    }
    return options->proxy;
}
