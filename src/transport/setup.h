/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_SETUP_H
#define CHUTES_TRANSPORT_SETUP_H

#include <stdint.h>

#include <curl/curl.h>

#include "transport/transport.h"

/* Sets every option that isn't a callback. The first refusal is returned: a
 * transfer that lacks one of them must not be started. `headers` is not
 * copied. */
CURLcode chutes__setup_easy(CURL *easy, const struct chutes__attempt *attempt,
                            struct curl_slist *headers)
    __attribute__((warn_unused_result));

/* From now on there are connect_ms to connect in. The clock that fires is ours;
 * libcurl shares the time out among the addresses of a name. */
void chutes__setup_connect_timeout(CURL *easy, int64_t connect_ms,
                                   int64_t waited_us);

/* Whether HTTP/2 will be offered to the server. In clear it never is. */
bool chutes__setup_hopes_for_http2(const struct chutes__attempt *attempt);

/* Whether the caps of a multi handle are those of HTTP/2, where a few
 * connections carry everything. */
bool chutes__setup_caps_for_http2(const struct chutes__engine_options *options);

CURLMcode chutes__setup_multi(CURLM *multi,
                              const struct chutes__engine_options *options)
    __attribute__((warn_unused_result));

/* A server speaks HTTP/1.1 alone: as many connections as the options allow. */
void chutes__setup_lift_caps(CURLM *multi,
                             const struct chutes__engine_options *options);

#endif
