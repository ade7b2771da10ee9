/* SPDX-License-Identifier: MIT */
/*
 * The part of the configuration that says how servers are reached:
 * certificates, proxies and sockets.
 */
#include "client/config.h"

#include <string.h>

#include <sys/un.h>

#include "base/count.h"
#include "base/env.h"
#include "base/error.h"
#include "transport/certificates.h"

/* ---- which certificates count -------------------------------------------- */

/* Uses the same variables as the curl command: CURL_CA_BUNDLE, or else
 * SSL_CERT_FILE and SSL_CERT_DIR together. */
static chutes_status resolve_trust(struct chutes__config *config,
                                   chutes_error *error)
{
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    chutes_client_options *options = &config->options;
    chutes_status status;

    if (options->ca_file != NULL) {
        return chutes__ca_file_check(options->ca_file, "ca_file", error);
    }
    for (size_t i = 0; i < 2 && options->ca_file == NULL; i++) {
        options->ca_file = chutes__env_get(names[i]);
        if (options->ca_file != NULL) {
            status = chutes__ca_file_check(options->ca_file, names[i], error);
            if (status != CHUTES_OK || i == 0) {
                return status;
            }
        }
    }
    config->ca_dir = chutes__env_get("SSL_CERT_DIR");
    return config->ca_dir != NULL
               ? chutes__ca_dir_check(config->ca_dir, "SSL_CERT_DIR", error)
               : CHUTES_OK;
}

static chutes_status check_identity(const chutes_client_options *options,
                                    chutes_error *error)
{
    if (options->client_cert != NULL) {
        return chutes__client_cert_check(options->client_cert,
                                         options->client_key, error);
    }
    return options->client_key == NULL
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                              "client_key needs client_cert");
}

/* ---- proxies and sockets ------------------------------------------------- */

/* Also returns true without a scheme, because libcurl then assumes http. */
static bool is_scheme_known(struct chutes__slice proxy)
{
    static const char *const known[] = {"http",    "https",  "socks4",
                                        "socks4a", "socks5", "socks5h"};
    const char *end = strstr(proxy.data, "://");

    if (end == NULL) {
        return true;
    }
    proxy.len = (size_t)(end - proxy.data);
    for (size_t i = 0; i < CHUTES__COUNT(known); i++) {
        if (chutes__slice_is_nocase(proxy, known[i])) {
            return true;
        }
    }
    return false;
}

static bool goes_in_clear(const struct chutes__config *config)
{
    return config->base.is_http || config->embeddings_base.is_http;
}

/* Even if the server is on a loopback host, the proxy, and anybody on the
 * network before it, could read what is sent. */
chutes_status chutes__config_check_clear(const chutes_client_options *options,
                                         bool is_http, chutes_error *error)
{
    if (!is_http || options->allow_insecure_http != 0 ||
        options->proxy == NULL || options->proxy[0] == '\0' ||
        chutes__url_is_loopback_proxy(options->proxy)) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_CONFIG,
                        "http through a proxy that is not on a loopback "
                        "host needs allow_insecure_http: the key would be "
                        "readable on the way");
}

chutes_status chutes__config_parse_url(const struct chutes__config *config,
                                       const char *text, const char *field,
                                       struct chutes__url *url,
                                       chutes_error *error)
{
    const chutes_client_options *options = &config->options;
    chutes_status status = chutes__url_parse(
        text, options->allow_insecure_http != 0 || options->unix_socket != NULL,
        field, url, error);

    if (status == CHUTES_OK) {
        status = chutes__config_check_clear(options, url->is_http, error);
    }
    if (status == CHUTES_ERR_CONFIG) {
        status = CHUTES_ERR_INVALID_ARGUMENT;
        error->status = status;
    }
    return status;
}

static chutes_status check_proxy(const struct chutes__config *config,
                                 chutes_error *error)
{
    const chutes_client_options *options = &config->options;

    if (options->proxy == NULL || options->proxy[0] == '\0') {
        return CHUTES_OK;
    }
    if (options->unix_socket != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "proxy and unix_socket exclude each other");
    }
    if (!is_scheme_known(chutes__slice_of(options->proxy))) {
        return chutes__fail(error, CHUTES_ERR_CONFIG,
                            "proxy has a scheme that is not supported; known "
                            "are http, https, socks4, socks4a, socks5 and "
                            "socks5h");
    }
    return chutes__config_check_clear(options, goes_in_clear(config), error);
}

static chutes_status check_socket(const char *path, chutes_error *error)
{
    const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (path == NULL || (path[0] != '\0' && strlen(path) <= most)) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "unix_socket must be a path of 1 to %zu bytes", most);
}

chutes_status chutes__config_resolve_way(struct chutes__config *config,
                                         chutes_error *error)
{
    chutes_status status = resolve_trust(config, error);

    if (status == CHUTES_OK) {
        status = check_identity(&config->options, error);
    }
    if (status == CHUTES_OK) {
        status = check_socket(config->options.unix_socket, error);
    }
    return status == CHUTES_OK ? check_proxy(config, error) : status;
}
