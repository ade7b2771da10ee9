/* SPDX-License-Identifier: MIT */
#include "transport/runtime.h"

#include "base/error.h"
#include "transport/transport.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

enum {
    VERSION_NEEDED = 0x075700, /* 7.87.0: QUICK_EXIT, the CA cache */
    /* 8.6.0 or later: the clock that starts before a transfer queues for a
     * connection isn't started anew when it gets one. */
    VERSION_TIMES_QUEUE = 0x080600,
    VERSION_TOO_LARGE = 0x080600, /* 8.6.0: CURLE_TOO_LARGE */
    VERSION_HTTP2 = 0x080e00      /* 8.14.0: the last of the stalls was fixed */
};

static struct chutes__runtime runtime;
static pthread_once_t runtime_once = PTHREAD_ONCE_INIT;

static bool is_privileged(void)
{
#ifdef __linux__
    return getauxval(AT_SECURE) != 0;
#else
    return issetugid() != 0;
#endif
}

static void find_out(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    (void)snprintf(runtime.versions, sizeof(runtime.versions), "libcurl/%s %s",
                   info->version,
                   info->ssl_version != NULL ? info->ssl_version : "no TLS");
    runtime.times_the_queue = info->version_num >= VERSION_TIMES_QUEUE;
    runtime.can_pause_http2 = info->version_num >= VERSION_HTTP2;
    runtime.http_version =
        runtime.can_pause_http2 && (info->features & CURL_VERSION_HTTP2) != 0
            ? CURL_HTTP_VERSION_2TLS
            : CURL_HTTP_VERSION_1_1;
    runtime.has_ca_file = info->age >= CURLVERSION_SEVENTH &&
                          info->cainfo != NULL &&
                          access(info->cainfo, R_OK) == 0;
    runtime.says_too_large = info->version_num >= VERSION_TOO_LARGE;
    runtime.has_openssl =
        info->ssl_version != NULL &&
        strncmp(info->ssl_version, "OpenSSL/3.", strlen("OpenSSL/3.")) == 0;
    runtime.is_privileged = is_privileged();
}

const struct chutes__runtime *chutes__runtime_get(void)
{
    (void)pthread_once(&runtime_once, find_out);
    return &runtime;
}

bool chutes__runtime_offers_http2(enum chutes__http http)
{
    return http == CHUTES__HTTP_2 ||
           (http == CHUTES__HTTP_AUTO &&
            chutes__runtime_get()->http_version == CURL_HTTP_VERSION_2TLS);
}

const char *chutes__transport_versions(void)
{
    return chutes__runtime_get()->versions;
}

static chutes_status check_libcurl(chutes_error *error)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    if (info->version_num < VERSION_NEEDED) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s is too old: 7.87 or newer is needed",
                            info->version);
    }
    if ((info->features & CURL_VERSION_SSL) == 0) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s was built without TLS", info->version);
    }
    if ((info->features & CURL_VERSION_THREADSAFE) == 0) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s was built without thread safety",
                            info->version);
    }
    return CHUTES_OK;
}

/* Once is enough, but a failure for want of memory may be tried again. The
 * matching cleanup is never called: the host may use libcurl too. */
chutes_status chutes__transport_init(chutes_error *error)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool is_ready;
    chutes_status status;

    /* curl_version_info() writes static memory: one at a time. */
    (void)chutes__runtime_get();
    (void)pthread_mutex_lock(&mutex);
    status = check_libcurl(error);
    if (status == CHUTES_OK && !is_ready) {
        is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    }
    if (status == CHUTES_OK && !is_ready) {
        status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    (void)pthread_mutex_unlock(&mutex);
    return status;
}
