/* SPDX-License-Identifier: MIT */
/*
 * Finds the proxy that libcurl would use according to the environment.
 */
#include "transport/proxy_env.h"

#include <stddef.h>

#include "base/env.h"

const char *chutes__proxy_env_get(bool is_http)
{
    static const char *const names[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    const char *proxy = NULL;

    for (size_t i = 0; i < 5 && proxy == NULL; i++) {
        /* The first name is for http, the next two are for https, the others
         * for both. HTTP_PROXY doesn't count: CGI sets it from a request
         * header. */
        if (i >= 3 || is_http == (i == 0)) {
            proxy = chutes__env_get(names[i]);
        }
    }
    return proxy;
}
