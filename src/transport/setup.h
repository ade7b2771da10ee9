/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_SETUP_H
#define CHUTES_TRANSPORT_SETUP_H

#include <curl/curl.h>

#include "transport/transport.h"

/* Sets every option that isn't a callback. The first refusal is returned: a
 * transfer that lacks one of them must not be started. `headers` is not
 * copied. */
CURLcode chutes__setup_easy(CURL *easy, const struct chutes__request *request,
                            struct curl_slist *headers)
    __attribute__((warn_unused_result));

CURLMcode chutes__setup_multi(CURLM *multi,
                              const struct chutes__engine_options *options)
    __attribute__((warn_unused_result));

#endif
