/* SPDX-License-Identifier: MIT */
/*
 * Properties of the libcurl, the TLS library and the process that we run in,
 * and the initialisation of libcurl.
 */
#include "transport/runtime.h"

#include "base/error.h"
#include "transport/libcurl.h"
#include "transport/transport.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

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

static void determine(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    (void)snprintf(runtime.versions, sizeof(runtime.versions), "libcurl/%s %s",
                   info->version,
                   info->ssl_version != NULL ? info->ssl_version : "no TLS");
    runtime.libcurl_version = info->version_num;
    runtime.times_the_queue = info->version_num >= CHUTES__LIBCURL_TIMES_QUEUE;
    runtime.can_pause_http2 = info->version_num >= CHUTES__LIBCURL_PAUSES_HTTP2;
    runtime.http_version =
        runtime.can_pause_http2 && (info->features & CURL_VERSION_HTTP2) != 0
            ? CURL_HTTP_VERSION_2TLS
            : CURL_HTTP_VERSION_1_1;
    /* Structs of an earlier age have no `cainfo`. */
    runtime.has_ca_file = info->age >= CURLVERSION_SEVENTH &&
                          info->cainfo != NULL &&
                          access(info->cainfo, R_OK) == 0;
    /* A fork such as LibreSSL, or another major version, doesn't count:
     * tls_look.c passes libcurl's SSL object to the functions that we are
     * linked with. */
    runtime.has_openssl =
        info->ssl_version != NULL &&
        strncmp(info->ssl_version, "OpenSSL/3.", strlen("OpenSSL/3.")) == 0;
    runtime.is_privileged = is_privileged();
}

const struct chutes__runtime *chutes__runtime_get(void)
{
    (void)pthread_once(&runtime_once, determine);
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

    if (info->version_num < CHUTES__LIBCURL_NEEDED) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s is too old: 7.87 or newer is needed",
                            info->version);
    }
    if ((info->features & CURL_VERSION_SSL) == 0) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s was built without TLS", info->version);
    }
    /* Without this feature, curl_global_init() must not run while another
     * thread of the application uses libcurl, which we can't know. */
    if ((info->features & CURL_VERSION_THREADSAFE) == 0) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "libcurl %s was built without thread safety",
                            info->version);
    }
    return CHUTES_OK;
}

/* Initialises libcurl once; after a failure for lack of memory, the next call
 * tries again. The matching cleanup is never called, as the application may use
 * libcurl as well. */
chutes_status chutes__transport_init(chutes_error *error)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool is_ready;
    chutes_status status;

    /* curl_version_info() writes to static memory. The next line makes the
     * first call of it, guarded by pthread_once(); all others are under the
     * mutex. */
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
