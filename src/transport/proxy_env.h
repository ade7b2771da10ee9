/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_PROXY_ENV_H
#define CHUTES_TRANSPORT_PROXY_ENV_H

#include <stdbool.h>

/* Returns the proxy that the environment names for http or https, whether or
 * not no_proxy excludes the host; NULL: none. Like libcurl, looks at the
 * variable of the scheme first, then at the one for all schemes. */
const char *chutes__proxy_env_get(bool is_http);

#endif
