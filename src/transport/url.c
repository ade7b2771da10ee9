/* SPDX-License-Identifier: MIT */
/*
 * Checks and normalises base URLs, and joins them with paths.
 */
#include "transport/url.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/slice.h"
#include "transport/url_check.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* A name of 253 characters fills the 255 bytes that DNS allows (RFC 1035). */
enum { MAX_HOST = 253 };

/* Labels of letters, digits, hyphens and underscores, which private networks
 * use. The name may end in a dot. */
static bool is_host_name(const char *host)
{
    size_t len = strlen(host);
    size_t label = 0;

    if (len > MAX_HOST) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (host[i] == '.') {
            if (label == 0) {
                return false;
            }
            label = 0;
        } else if (chutes__is_letter(host[i]) || chutes__is_digit(host[i]) ||
                   host[i] == '-' || host[i] == '_') {
            label++;
        } else {
            return false;
        }
    }
    return len > 0;
}

/* Parses a host in brackets, such as "[::1]". Returns false if it isn't an IPv6
 * address. */
static bool parse_ipv6(const char *host, struct in6_addr *address)
{
    char bare[INET6_ADDRSTRLEN];
    size_t len = strlen(host);

    if (len < 3 || host[0] != '[' || host[len - 1] != ']' ||
        len - 2 >= sizeof(bare)) {
        return false;
    }
    memcpy(bare, host + 1, len - 2);
    bare[len - 2] = '\0';
    return inet_pton(AF_INET6, bare, address) == 1;
}

/* Is this "localhost" or a name below it (RFC 6761)? libcurl resolves them to
 * loopback addresses without a lookup, except when they end in a dot. */
static bool is_localhost(const char *host)
{
    return chutes__slice_is_in_domain(chutes__slice_of(host), "localhost");
}

static bool is_loopback_ipv6(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

static bool is_loopback(const char *host)
{
    struct in6_addr ipv6;
    struct in_addr ipv4;

    if (is_localhost(host)) {
        return true;
    }
    if (inet_pton(AF_INET, host, &ipv4) == 1) {
        return ntohl(ipv4.s_addr) >> 24 == 127;
    }
    return parse_ipv6(host, &ipv6) && is_loopback_ipv6(&ipv6);
}

/* The parts that libcurl makes of a URL; free with curl_free(). */
struct parts {
    CURLU *handle;
    char *host;
    char *port;
    char *text;
};

/* Sets the host and parses the whole URL again, as libcurl normalises numeric
 * hosts only then. */
static CURLUcode set_host(CURLU *handle, const char *host)
{
    char *text = NULL;
    CURLUcode code = curl_url_set(handle, CURLUPART_HOST, host, 0);

    if (code == CURLUE_OK) {
        code = curl_url_get(handle, CURLUPART_URL, &text, 0);
    }
    if (code == CURLUE_OK) {
        code = curl_url_set(handle, CURLUPART_URL, text, 0);
    }
    curl_free(text);
    return code;
}

static bool is_address_or_localhost(const char *host)
{
    struct in_addr ipv4;

    return is_localhost(host) || inet_pton(AF_INET, host, &ipv4) == 1;
}

/* Turns "localhost." into "localhost" and "127.1." into "127.0.0.1", as
 * browsers and newer versions of libcurl do; older ones would look such names
 * up. All other names keep their dot, which excludes search domains. */
static CURLUcode cut_final_dot(struct parts *parts)
{
    char *dot = parts->host + strlen(parts->host) - 1;
    CURLU *handle;
    char *host = NULL;
    CURLUcode code;

    if (*dot != '.') {
        return CURLUE_OK;
    }
    handle = curl_url_dup(parts->handle);
    if (handle == NULL) {
        return CURLUE_OUT_OF_MEMORY;
    }
    *dot = '\0';
    code = set_host(handle, parts->host);
    *dot = '.';
    if (code == CURLUE_OK) {
        code = curl_url_get(handle, CURLUPART_HOST, &host, 0);
    }
    if (code == CURLUE_OK && is_address_or_localhost(host)) {
        curl_free(parts->host);
        curl_url_cleanup(parts->handle);
        parts->handle = handle;
        parts->host = host;
        return CURLUE_OK;
    }
    curl_free(host);
    curl_url_cleanup(handle);
    return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

static CURLUcode split(const char *text, struct parts *parts)
{
    CURLUcode code;

    parts->handle = curl_url();
    if (parts->handle == NULL) {
        return CURLUE_OUT_OF_MEMORY;
    }
    code =
        curl_url_set(parts->handle, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code == CURLUE_OK) {
        code = curl_url_get(parts->handle, CURLUPART_HOST, &parts->host, 0);
    }
    if (code == CURLUE_OK) {
        code = cut_final_dot(parts);
    }
    if (code == CURLUE_OK) {
        code = curl_url_get(parts->handle, CURLUPART_PORT, &parts->port,
                            CURLU_DEFAULT_PORT);
    }
    if (code == CURLUE_OK) {
        code = curl_url_get(parts->handle, CURLUPART_URL, &parts->text, 0);
    }
    return code;
}

static void free_parts(struct parts *parts)
{
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->text);
    curl_url_cleanup(parts->handle);
}

static const char *check_host(const struct parts *parts, bool is_http,
                              bool allow_insecure)
{
    struct in6_addr ipv6;

    if (!is_host_name(parts->host) && !parse_ipv6(parts->host, &ipv6)) {
        return "has no valid host name or address";
    }
    if (strcmp(parts->port, "0") == 0) {
        return "has port 0";
    }
    if (is_http && !allow_insecure && !is_loopback(parts->host)) {
        return "is http, which is allowed for loopback hosts and with "
               "allow_insecure_http only: the key would be readable in transit";
    }
    return NULL;
}

static chutes_status store_parts(const struct parts *parts, const char *query,
                                 bool is_http, struct chutes__url *url,
                                 chutes_error *error)
{
    size_t len = strlen(parts->text);
    size_t query_len = strlen(query);
    /* There is room for a slash and two NULs. */
    char *text = chutes__mem_alloc(len + query_len + 3);
    char *end;

    if (text == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    memcpy(text, parts->text, len);
    end = text + len;
    if (end[-1] != '/') {
        *end++ = '/';
    }
    *end++ = '\0';
    memcpy(end, query, query_len + 1);
    url->text = text;
    url->query = end;
    url->is_http = is_http;
    url->is_loopback = is_loopback(parts->host);
    return CHUTES_OK;
}

/* `bare` is the URL without its query. */
static chutes_status parse_checked(const char *bare, const char *query,
                                   bool allow_insecure, const char *field,
                                   struct chutes__url *url, chutes_error *error)
{
    struct parts parts = {0};
    bool is_http =
        chutes__slice_starts_with_nocase(chutes__slice_of(bare), "http:");
    CURLUcode code = split(bare, &parts);
    const char *complaint;
    chutes_status status;

    if (code == CURLUE_OUT_OF_MEMORY) {
        status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    } else if (code != CURLUE_OK) {
        status =
            chutes__fail(error, CHUTES_ERR_CONFIG, "%s is not a valid URL: %s",
                         field, curl_url_strerror(code));
    } else {
        complaint = check_host(&parts, is_http, allow_insecure);
        status = complaint != NULL
                     ? chutes__fail(error, CHUTES_ERR_CONFIG, "%s %s", field,
                                    complaint)
                     : store_parts(&parts, query, is_http, url, error);
    }
    free_parts(&parts);
    return status;
}

chutes_status chutes__url_parse(const char *text, bool allow_insecure,
                                const char *field, struct chutes__url *url,
                                chutes_error *error)
{
    const char *complaint = chutes__url_check(text);
    char bare[CHUTES__MAX_URL + 1];
    size_t len;

    *url = (struct chutes__url){0};
    if (complaint != NULL) {
        return chutes__fail(error, CHUTES_ERR_CONFIG, "%s %s", field,
                            complaint);
    }
    len = strcspn(text, "?");
    /* The text fits: chutes__url_check() limits the length. */
    memcpy(bare, text, len);
    bare[len] = '\0';
    /* A "?" at the end is dropped. */
    text += len;
    return parse_checked(bare, text[0] != '\0' && text[1] != '\0' ? text : "",
                         allow_insecure, field, url, error);
}

void chutes__url_dispose(struct chutes__url *url)
{
    chutes__mem_free(url->text);
    *url = (struct chutes__url){0};
}

char *chutes__url_join(struct chutes__arena *arena,
                       const struct chutes__url *base, const char *path,
                       const char *query)
{
    size_t base_len = strlen(base->text);
    size_t path_len = strlen(path);
    size_t query_len = strlen(query);
    char *joined =
        chutes__arena_alloc(arena, 1, base_len + path_len + query_len + 1);

    if (joined == NULL) {
        return NULL;
    }
    memcpy(joined, base->text, base_len);
    memcpy(joined + base_len, path, path_len);
    memcpy(joined + base_len + path_len, query, query_len);
    joined[base_len + path_len + query_len] = '\0';
    return joined;
}

bool chutes__url_is_loopback_proxy(const char *proxy)
{
    CURLU *handle = curl_url();
    char *host = NULL;
    /* libcurl itself parses a proxy with these flags. */
    bool is_near =
        handle != NULL &&
        curl_url_set(handle, CURLUPART_URL, proxy,
                     CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        is_loopback(host);

    curl_free(host);
    curl_url_cleanup(handle);
    return is_near;
}
