/* SPDX-License-Identifier: MIT */
#include "transport/setup.h"

#include "base/slice.h"
#include "transport/runtime.h"

#include <limits.h>
#include <string.h>

/* libcurl believes that a connection takes 100 streams until the server says
 * otherwise, and opens another for each 100 that are started before that. */
enum { HTTP2_HOST_CONNECTIONS = 16 };

struct long_option {
    CURLoption option;
    long value;
};

/* Defaults are stated where a change of them in a later libcurl would break a
 * promise. */
static const struct long_option FIXED[] = {
    /* The redirect's target would get the key. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    /* The proxy must not see the key. */
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION,
     (long)CURL_SSLVERSION_TLSv1_2 | (long)CURL_SSLVERSION_MAX_DEFAULT},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_NOSIGNAL, 1},
    /* Until the wait for a connection is over. 0 would be five minutes. */
    {CURLOPT_CONNECTTIMEOUT_MS, INT_MAX},
    /* Giving up a name lookup must not wait for its thread: give_up_lookups()
     * says the same to newer versions. */
    {CURLOPT_QUICK_EXIT, 1},
    /* Models think for minutes, and routers forget silent connections. */
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, 30},
    {CURLOPT_TCP_KEEPINTVL, 15},
    {CURLOPT_TCP_NODELAY, 1},
    /* Below the 60 s after which load balancers drop idle connections. */
    {CURLOPT_MAXAGE_CONN, 55},
    /* Certificates that were changed or revoked take effect. */
    {CURLOPT_MAXLIFETIME_CONN, 3600},
};

/* An easy handle and the first refusal. */
struct setup {
    CURL *easy;
    CURLcode code;
};

static void set_long(struct setup *setup, CURLoption option, long value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_off(struct setup *setup, CURLoption option, curl_off_t value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_string(struct setup *setup, CURLoption option,
                       const char *value)
{
    if (setup->code == CURLE_OK) {
        setup->code = curl_easy_setopt(setup->easy, option, value);
    }
}

static void set_body(struct setup *setup, const struct chutes__attempt *attempt)
{
    if (attempt->body == NULL) {
        set_long(setup, CURLOPT_HTTPGET, 1);
        return;
    }
    set_long(setup, CURLOPT_POST, 1);
    /* The size first: else libcurl would measure with strlen(). */
    set_off(setup, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)attempt->body_len);
    set_string(setup, CURLOPT_POSTFIELDS, attempt->body);
}

static void set_trust(struct setup *setup,
                      const struct chutes__attempt *attempt)
{
    if (attempt->ca_file != NULL) {
        set_string(setup, CURLOPT_CAINFO, attempt->ca_file);
        /* The system's certificates are not meant then. */
        set_string(setup, CURLOPT_CAPATH, attempt->ca_dir);
    } else if (attempt->ca_dir != NULL) {
        set_string(setup, CURLOPT_CAPATH, attempt->ca_dir);
    } else if (chutes__runtime_get()->has_ca_file) {
        /* libcurl only keeps certificates loaded when there is no directory of
         * them: 76 ms for each new connection, or 44. */
        set_string(setup, CURLOPT_CAPATH, NULL);
    }
}

static void set_identity(struct setup *setup,
                         const struct chutes__attempt *attempt)
{
    if (attempt->client_cert != NULL) {
        set_string(setup, CURLOPT_SSLCERT, attempt->client_cert);
        set_string(setup, CURLOPT_SSLKEY,
                   attempt->client_key != NULL ? attempt->client_key
                                               : attempt->client_cert);
        /* Without this the terminal would be asked, should the key have been
         * encrypted meanwhile. */
        set_string(setup, CURLOPT_KEYPASSWD, "");
    }
}

static void set_proxy(struct setup *setup,
                      const struct chutes__attempt *attempt)
{
    if (attempt->proxy != NULL) {
        set_string(setup, CURLOPT_PROXY, attempt->proxy);
    } else if (chutes__runtime_get()->is_privileged) {
        set_string(setup, CURLOPT_PROXY, "");
    }
}

void chutes__setup_connect_timeout(CURL *easy, int64_t connect_ms,
                                   int64_t waited_us)
{
    int64_t ms = connect_ms;

    if (chutes__runtime_get()->times_the_queue) {
        ms += waited_us / 1000;
    }
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                           ms < INT_MAX ? (long)ms : (long)INT_MAX);
}

static bool is_http2(enum chutes__http http)
{
    return http == CHUTES__HTTP_2 ||
           (http == CHUTES__HTTP_AUTO &&
            chutes__runtime_get()->http_version == CURL_HTTP_VERSION_2TLS);
}

bool chutes__setup_hopes_for_http2(const struct chutes__attempt *attempt)
{
    return is_http2(attempt->http) &&
           chutes__slice_starts_with_nocase(chutes__slice_of(attempt->url),
                                            "https:");
}

static void set_version(struct setup *setup,
                        const struct chutes__attempt *attempt)
{
    if (!chutes__setup_hopes_for_http2(attempt)) {
        set_long(setup, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        return;
    }
    set_long(setup, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    set_long(setup, CURLOPT_PIPEWAIT, 1);
}

CURLcode chutes__setup_easy(CURL *easy, const struct chutes__attempt *attempt,
                            struct curl_slist *headers)
{
    struct setup setup = {easy, CURLE_OK};
    const char *protocols = attempt->allow_http ? "http,https" : "https";

    for (size_t i = 0; i < sizeof(FIXED) / sizeof(FIXED[0]); i++) {
        set_long(&setup, FIXED[i].option, FIXED[i].value);
    }
    set_string(&setup, CURLOPT_PROTOCOLS_STR, protocols);
    set_string(&setup, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    set_string(&setup, CURLOPT_URL, attempt->url);
    set_version(&setup, attempt);
    set_trust(&setup, attempt);
    set_identity(&setup, attempt);
    set_proxy(&setup, attempt);
    if (attempt->unix_socket != NULL) {
        set_string(&setup, CURLOPT_UNIX_SOCKET_PATH, attempt->unix_socket);
    }
    set_body(&setup, attempt);
    if (setup.code == CURLE_OK) {
        setup.code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    }
    return setup.code;
}

/* CURLMOPT_QUICK_EXIT, which the headers that we were compiled with may not
 * know, nor the libcurl that we run with: since libcurl keeps the threads of
 * its resolver with the multi handle, freeing that handle waits for them unless
 * this is set. Before that the option of the same name of each easy handle does
 * it. */
static void give_up_lookups(CURLM *multi)
{
    (void)curl_multi_setopt(multi, (CURLMoption)(CURLOPTTYPE_LONG + 21), 1L);
}

bool chutes__setup_caps_for_http2(const struct chutes__engine_options *options)
{
    return is_http2(options->http) &&
           options->max_host_connections > HTTP2_HOST_CONNECTIONS;
}

void chutes__setup_lift_caps(CURLM *multi,
                             const struct chutes__engine_options *options)
{
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                            (long)options->max_host_connections);
}

CURLMcode chutes__setup_multi(CURLM *multi,
                              const struct chutes__engine_options *options)
{
    long host_connections = chutes__setup_caps_for_http2(options)
                                ? HTTP2_HOST_CONNECTIONS
                                : options->max_host_connections;
    const struct {
        CURLMoption option;
        long value;
    } longs[] = {
        {CURLMOPT_MAX_HOST_CONNECTIONS, host_connections},
        {CURLMOPT_MAX_TOTAL_CONNECTIONS, options->max_total_connections},
        {CURLMOPT_MAXCONNECTS, options->max_total_connections},
    };

    give_up_lookups(multi);
    for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
        CURLMcode code =
            curl_multi_setopt(multi, longs[i].option, longs[i].value);

        if (code != CURLM_OK) {
            return code;
        }
    }
    return CURLM_OK;
}
