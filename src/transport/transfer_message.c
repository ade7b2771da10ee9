/* SPDX-License-Identifier: MIT */
/*
 * The message of a failed transfer: libcurl's text, the name of the server or
 * proxy, and a hint if we know one, without secrets.
 */
#include "transport/transfer_message.h"

#include "base/error.h"
#include "base/log.h"
#include "base/slice.h"
#include "transport/proxy_env.h"
#include "transport/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The rest of the sentence must fit as well, in a message of 256 bytes. */
enum { PEER_SIZE = 160, STATUS_REDIRECT = 300 };

#define INSTALL_CERTIFICATES                                                \
    ": install them (the package ca-certificates on Debian and Ubuntu) or " \
    "set ca_file"

const struct chutes__libcurl_rule *
chutes__transfer_find_rule(const struct chutes__transfer *transfer,
                           CURLcode code)
{
    return chutes__libcurl_find_rule(chutes__runtime_get()->libcurl_version,
                                     code, transfer->result.message);
}

/* Are certificates given, instead of the system's? */
static bool has_own_ca(const struct chutes__transfer *transfer)
{
    return transfer->route.ca_file != NULL || transfer->route.ca_dir != NULL;
}

/* Writes "HOST port PORT", or "HOST" for a URL without a port. The rest of it
 * may be secret. The flags are those of CURLU. */
static bool name_host(const char *url, unsigned flags, char *name, size_t size)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    char *port = NULL;
    bool has_host =
        parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, flags) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, flags) == CURLUE_OK;
    bool has_port = has_host && curl_url_get(parts, CURLUPART_PORT, &port,
                                             flags) == CURLUE_OK;

    if (has_host) {
        (void)snprintf(name, size, "%s%s%s", host, has_port ? " port " : "",
                       has_port ? port : "");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return has_host;
}

static void name_server(const char *url, char *name, size_t size)
{
    if (!name_host(url, CURLU_DEFAULT_PORT, name, size)) {
        (void)snprintf(name, size, "the server");
    }
}

/* A name that can't be resolved has no port. */
static void cut_port(char *name)
{
    char *port = strstr(name, " port ");

    if (port != NULL) {
        *port = '\0';
    }
}

/* Writes "NAME:80" as "NAME port 80". */
static void spell_port(char *name, size_t size)
{
    char *colon = strrchr(name, ':');
    char port[16];

    if (colon != NULL && strstr(name, " port ") == NULL) {
        (void)snprintf(port, sizeof(port), "%s", colon + 1);
        (void)snprintf(colon, size - (size_t)(colon - name), " port %s", port);
    }
}

/* With a proxy it isn't the server that can't be reached. libcurl names the one
 * that it tried: "Failed to connect to NAME port 80 after 3 ms: ...", or, since
 * 8.20 or so, "... to NAME:80 over proxy PROXY after ..." */
static void name_peer(const struct chutes__transfer *transfer, char *name,
                      size_t size)
{
    static const char before[] = "Failed to connect to ";
    const char *text = transfer->result.message;
    const char *proxy = strstr(text, " over proxy ");
    const char *end = strstr(text, " after ");

    if (transfer->route.unix_socket != NULL) {
        (void)snprintf(name, size, "the socket %s",
                       transfer->route.unix_socket);
        return;
    }
    if (strncmp(text, before, sizeof(before) - 1) == 0 && end != NULL) {
        /* The word "proxy" becomes part of the name. */
        text = proxy != NULL ? proxy + strlen(" over ")
                             : text + sizeof(before) - 1;
        (void)snprintf(name, size, "%.*s", (int)(end - text), text);
        spell_port(name, size);
    } else {
        name_server(transfer->url, name, size);
    }
}

long chutes__transfer_refused_tunnel(const struct chutes__transfer *transfer)
{
    long status = 0;

    return transfer->watch.sent_us == 0 &&
                   curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE,
                                     &status) == CURLE_OK &&
                   status >= STATUS_REDIRECT
               ? status
               : 0;
}

static const char *detail_of(const struct chutes__transfer *transfer,
                             CURLcode code)
{
    if (transfer->result.message[0] != '\0') {
        return transfer->result.message;
    }
    return code == CURLE_OK ? "closed by the server" : curl_easy_strerror(code);
}

/* Was a connection made, and then found useless? Some versions of libcurl
 * report CURLE_COULDNT_CONNECT when a proxy refuses to tunnel. */
static bool is_reported_by_peer(const struct chutes__transfer *transfer,
                                CURLcode code)
{
    return code != CURLE_COULDNT_CONNECT ||
           strncmp(transfer->result.message, "CONNECT ", strlen("CONNECT ")) ==
               0;
}

static void describe_connect(const struct chutes__transfer *transfer,
                             CURLcode code, chutes_error *error)
{
    const struct chutes__libcurl_rule *rule =
        chutes__transfer_find_rule(transfer, code);
    char peer[PEER_SIZE];
    long system_error = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &system_error);
    name_peer(transfer, peer, sizeof(peer));
    if (code == CURLE_COULDNT_RESOLVE_HOST) {
        cut_port(peer);
    }
    if (rule->message[0] != NULL) {
        chutes__fail(error, CHUTES_ERR_CONNECT, "%s%s%s", rule->message[0],
                     peer, rule->message[1]);
    } else if (is_reported_by_peer(transfer, code)) {
        chutes__fail(error, CHUTES_ERR_CONNECT, "no connection to %s: %s", peer,
                     detail_of(transfer, code));
    } else if (system_error == ECONNREFUSED) {
        chutes__fail(error, CHUTES_ERR_CONNECT, "connection to %s refused",
                     peer);
    } else if (transfer->route.unix_socket != NULL && system_error == ENOENT) {
        chutes__fail(error, CHUTES_ERR_CONNECT, "%s does not exist", peer);
    } else {
        chutes__fail(error, CHUTES_ERR_CONNECT,
                     "no connection to %s (system error %ld)", peer,
                     system_error);
    }
}

static void describe_tls(const struct chutes__transfer *transfer, CURLcode code,
                         chutes_error *error)
{
    const char *detail = detail_of(transfer, code);
    const char *hint = "";
    char server[PEER_SIZE];

    if (strstr(detail, "wrong version number") != NULL) {
        hint = "; does the server speak plain http?";
    } else if (strstr(detail, "local issuer certificate") != NULL &&
               !has_own_ca(transfer) && !chutes__runtime_get()->has_ca_file) {
        hint = "; no CA certificates are installed" INSTALL_CERTIFICATES;
    } else if (strstr(detail, "alert certificate required") != NULL) {
        hint = "; the server asks for a client certificate (client_cert)";
    }
    name_server(transfer->url, server, sizeof(server));
    chutes__fail(error, CHUTES_ERR_TLS, "no secure connection to %s: %s%s",
                 server, detail, hint);
}

static void describe_broken(const struct chutes__transfer *transfer,
                            CURLcode code, chutes_error *error)
{
    const struct chutes__libcurl_rule *rule =
        chutes__transfer_find_rule(transfer, code);
    const char *when = transfer->result.status == CHUTES_ERR_TRUNCATED
                           ? "during the answer"
                           : "before an answer came";
    char server[PEER_SIZE];

    name_server(transfer->url, server, sizeof(server));
    if (rule->is_about_resending) {
        chutes__fail(error, transfer->result.status,
                     "the connection to %s was lost %s", server, when);
        return;
    }
    chutes__fail(error, transfer->result.status,
                 "the connection to %s was lost %s: %s", server, when,
                 detail_of(transfer, code));
}

static void describe_timeout(const struct chutes__transfer *transfer,
                             chutes_error *error)
{
    char peer[PEER_SIZE];

    name_server(transfer->url, peer, sizeof(peer));
    chutes__fail(error, CHUTES_ERR_TIMEOUT,
                 "no connection to %s within %lld ms (connect_timeout_ms)",
                 peer, (long long)transfer->watch.limits.connect_ms);
}

/* libcurl's message names the file that is missing on a system without
 * certificates. */
static void describe_no_trust(const struct chutes__transfer *transfer,
                              chutes_error *error)
{
    chutes__fail(error, CHUTES_ERR_CONFIG, "no CA certificates (%s)%s",
                 detail_of(transfer, CURLE_SSL_CACERT_BADFILE),
                 has_own_ca(transfer) ? "" : INSTALL_CERTIFICATES);
}

/* Returns the proxy of the transfer; NULL: there is none, or it isn't known. */
static const char *proxy_of(const struct chutes__transfer *transfer)
{
    return transfer->route.proxy != NULL
               ? transfer->route.proxy
               : chutes__proxy_env_get(chutes__slice_starts_with_nocase(
                     chutes__slice_of(transfer->url), "http:"));
}

static void describe_refused_tunnel(const struct chutes__transfer *transfer,
                                    chutes_error *error)
{
    chutes_status status = transfer->result.status;
    const char *url = proxy_of(transfer);
    char proxy[PEER_SIZE] = "";
    char server[PEER_SIZE];

    if (url != NULL) {
        (void)name_host(url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME,
                        proxy, sizeof(proxy));
    }
    if (status != CHUTES_ERR_CONFIG) {
        name_server(transfer->url, server, sizeof(server));
        chutes__fail(error, status,
                     "the proxy %s refused to connect to %s (HTTP %ld)", proxy,
                     server, chutes__transfer_refused_tunnel(transfer));
    } else if (url != NULL && strchr(url, '@') != NULL) {
        chutes__fail(error, status,
                     "the proxy %s rejected the user name and password in its "
                     "URL (HTTP 407)",
                     proxy);
    } else {
        chutes__fail(error, status,
                     "the proxy %s requires a user name and a password (HTTP "
                     "407); write them before its host, as in "
                     "USER:PASSWORD@HOST",
                     proxy);
    }
}

static void describe_config(const struct chutes__transfer *transfer,
                            CURLcode code, chutes_error *error)
{
    if (code == CURLE_SSL_CACERT_BADFILE) {
        describe_no_trust(transfer, error);
    } else if (chutes__transfer_refused_tunnel(transfer) != 0) {
        describe_refused_tunnel(transfer, error);
    } else {
        chutes__fail(error, CHUTES_ERR_CONFIG, "%s", detail_of(transfer, code));
    }
}

/* For some malformed answers libcurl's message doesn't say what is wrong. */
static const char *detail_of_answer(const struct chutes__transfer *transfer,
                                    CURLcode code)
{
    const struct chutes__libcurl_rule *rule =
        chutes__transfer_find_rule(transfer, code);

    return rule->complaint != NULL ? rule->complaint
                                   : detail_of(transfer, code);
}

static void describe(const struct chutes__transfer *transfer, CURLcode code,
                     chutes_error *error)
{
    const struct chutes__transfer_result *result = &transfer->result;

    switch (result->status) {
    case CHUTES_OK:
        break;
    case CHUTES_ERR_CONNECT:
        if (chutes__transfer_refused_tunnel(transfer) != 0) {
            describe_refused_tunnel(transfer, error);
        } else {
            describe_connect(transfer, code, error);
        }
        break;
    case CHUTES_ERR_TIMEOUT:
        describe_timeout(transfer, error);
        break;
    case CHUTES_ERR_TLS:
        describe_tls(transfer, code, error);
        break;
    case CHUTES_ERR_CONNECTION_LOST:
    case CHUTES_ERR_TRUNCATED:
        describe_broken(transfer, code, error);
        break;
    case CHUTES_ERR_NO_MEMORY:
        chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        break;
    case CHUTES_ERR_TOO_LARGE:
        chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                     "a header of the answer is longer than libcurl allows");
        break;
    case CHUTES_ERR_CONFIG:
        describe_config(transfer, code, error);
        break;
    case CHUTES_ERR_PROTOCOL:
        chutes__fail(error, CHUTES_ERR_PROTOCOL, "%s",
                     detail_of_answer(transfer, code));
        break;
    default:
        chutes__fail(error, result->status, "%s", detail_of(transfer, code));
        break;
    }
}

void chutes__transfer_describe(struct chutes__transfer *transfer, CURLcode code)
{
    struct chutes__transfer_result *result = &transfer->result;
    chutes_error error;

    chutes__error_clear(&error);
    describe(transfer, code, &error);
    /* libcurl's messages may quote a setting, or what a server sent. */
    chutes__redact(error.message);
    chutes__error_copy(result->message, sizeof(result->message), error.message,
                       strlen(error.message));
}
