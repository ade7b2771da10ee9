/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "pki.h"

/* The ways to reach a server: proxies, queries, Unix sockets, certificates of
 * either side, and no authorization. */

static const char FINE[] =
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n";

/* ---- proxies ------------------------------------------------------------- */

static const char *const PROXY_VARIABLES[] = {
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

static void set_proxies(const struct peer *proxy)
{
    for (size_t i = 0; i < COUNT(PROXY_VARIABLES); i++) {
        assert_int_equal(setenv(PROXY_VARIABLES[i], peer_url(proxy), 1), 0);
    }
}

static int clear_environment(void **state)
{
    static const char *const others[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE",
                                         "SSL_CERT_DIR", "CHUTES_API_KEY"};

    (void)state;
    for (size_t i = 0; i < COUNT(PROXY_VARIABLES); i++) {
        (void)unsetenv(PROXY_VARIABLES[i]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        (void)unsetenv(others[i]);
    }
    return 0;
}

/* Makes one chat call with these options, which must end like this. */
static void expect_chat(const chutes_client_options *options,
                        chutes_status status, const char *part)
{
    chutes_client *client = call_client(options);
    struct call call = {.kind = CALL_CHAT};

    call_run(&call, client);
    if (call.status != status || strstr(call.error.message, part) == NULL) {
        fail_msg("%s: %s; expected %s with \"%s\"",
                 chutes_status_name(call.status), call.error.message,
                 chutes_status_name(status), part);
    }
    call_dispose(&call);
    chutes_client_free(client);
}

static void
test_no_proxy_of_the_environment_stands_before_this_host(void **state)
{
    static const char *const hosts[] = {
        "127.0.0.1",  "127.1",       "localhost",      "LOCALHOST",
        "localhost.", "a.localhost", "b.a.LocalHost.", "[::ffff:127.0.0.1]"};
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    struct peer *proxy = peer_start(FINE, PEER_PLAIN);

    (void)state;
    set_proxies(proxy);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        chutes_client_options options = call_options(peer);
        char url[96];

        (void)snprintf(url, sizeof(url), "http://%s:%d/v1", hosts[i],
                       peer_port(peer));
        options.base_url = url;
        options.proxy = NULL;
        expect_chat(&options, CHUTES_OK, "");
        assert_int_equal(peer_posts(peer), i + 1);
    }
    assert_int_equal(peer_accepts(proxy), 0);
    peer_stop(peer);
    peer_stop(proxy);
}

/* Nobody listens there, so a call through it fails. */
#define NO_SOCKS "socks5://127.0.0.1:1/"

static const struct {
    const char *http_proxy; /* NULL: not set */
    const char *all_proxy;
    chutes_status status;
} TUNNELS[] = {
    {NULL, NO_SOCKS, CHUTES_ERR_CONNECT},
    {NULL, "SOCKS5H://localhost:1", CHUTES_ERR_CONNECT},
    {NO_SOCKS, NULL, CHUTES_ERR_CONNECT},
    {"http://127.0.0.1:1/", NO_SOCKS, CHUTES_OK}, /* the scheme's own wins */
    {NULL, "socks5://192.0.2.1:1/", CHUTES_OK},   /* on another host */
    {NULL, "127.0.0.1:1", CHUTES_OK},             /* HTTP */
};

static void a_tunnel_that_begins_on_this_host_counts(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);

    options.proxy = NULL;
    for (size_t i = 0; i < COUNT(TUNNELS); i++) {
        (void)clear_environment(state);
        if (TUNNELS[i].http_proxy != NULL) {
            (void)setenv("http_proxy", TUNNELS[i].http_proxy, 1);
        }
        if (TUNNELS[i].all_proxy != NULL) {
            (void)setenv("all_proxy", TUNNELS[i].all_proxy, 1);
        }
        expect_chat(&options, TUNNELS[i].status, "");
    }
    peer_stop(peer);
}

static void another_host_is_reached_through_it(void **state)
{
    struct peer *proxy = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options_for("http://other.invalid/v1");

    (void)state;
    set_proxies(proxy);
    options.proxy = NULL;
    options.allow_insecure_http = 1;
    expect_chat(&options, CHUTES_OK, "");
    assert_non_null(strstr(peer_request_head(proxy, 1),
                           "POST http://other.invalid/v1/chat/completions "));
    peer_stop(proxy);
}

static void a_proxy_that_is_asked_for_counts(void **state)
{
    struct peer *proxy = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options_for("http://127.0.0.1:9/v1");

    (void)state;
    options.proxy = peer_url(proxy);
    expect_chat(&options, CHUTES_OK, "");
    assert_non_null(strstr(peer_request_head(proxy, 1),
                           "POST http://127.0.0.1:9/v1/chat/completions "));
    peer_stop(proxy);
}

/* ---- queries ------------------------------------------------------------- */

static void
test_a_query_goes_with_every_request_and_into_no_message(void **state)
{
    static const char *const paths[CALL_KINDS] = {
        [CALL_CHAT] = "POST /openai/d/chat/completions",
        [CALL_STREAM] = "POST /openai/d/chat/completions",
        [CALL_EMBED] = "POST /openai/d/embeddings",
        [CALL_MODELS] = "GET /openai/d/models",
        [CALL_INVOKE] = "POST /openai/d/generate",
        [CALL_RERANK] = "POST /openai/d/rerank",
    };
    struct peer *peer =
        peer_start("answer 404 text/plain no such thing\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    char url[160];
    int leaks = call_leaks();

    (void)state;
    /* Some gateways want the key in the query. */
    (void)snprintf(url, sizeof(url),
                   "http://127.0.0.1:%d/openai/d?api-version=1&key=" CALL_KEY,
                   peer_port(peer));
    options.base_url = url;
    client = call_client(&options);
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};
        char want[160];

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_ERR_NOT_FOUND);
        assert_non_null(strstr(call.error.message, "/openai/d/"));
        assert_null(strstr(call.error.message, "api-version"));
        (void)snprintf(want, sizeof(want), "%s?api-version=1&key=" CALL_KEY " ",
                       paths[kind]);
        assert_non_null(strstr(peer_request_head(peer, kind + 1), want));
        call_dispose(&call);
    }
    assert_int_equal(call_leaks(), leaks);
    chutes_client_free(client);
    peer_stop(peer);
}

struct log {
    char text[8192];
};

static void keep_log(chutes_log_level level, const char *line, void *user_data)
{
    struct log *log = user_data;
    size_t len = strlen(log->text);

    (void)level;
    (void)snprintf(log->text + len, sizeof(log->text) - len, "%s\n", line);
}

#define QUERY_KEY "7f3a9c20e4b1485d92c6fa01d8735be9"

/* Gateways quote a path that they don't know, and redirects repeat it. */
static void a_key_in_a_query_is_not_repeated(void **state)
{
    struct peer *peer = peer_start(
        "status 404\n"
        "header Location: http://elsewhere/?subscription-key=" QUERY_KEY "\n"
        "header Content-Length: 64\n"
        "end-headers\n"
        "body 64 Cannot POST /v1/?subscription-key=" QUERY_KEY "\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    struct log log = {0};
    char url[160];

    (void)state;
    (void)snprintf(
        url, sizeof(url),
        "http://127.0.0.1:%d/v1?api-version=1&subscription-key=" QUERY_KEY,
        peer_port(peer));
    options.base_url = url;
    options.on_log = keep_log;
    options.log_user_data = &log;
    options.log_level = CHUTES_LOG_DEBUG;
    client = call_client(&options);
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_ERR_NOT_FOUND);
        assert_non_null(
            strstr(call.error.message, "Cannot POST /v1/?subscription-key="));
        assert_null(strstr(call.error.message, QUERY_KEY));
        call_dispose(&call);
    }
    assert_non_null(strstr(log.text, "http://elsewhere/?subscription-key="));
    assert_null(strstr(log.text, QUERY_KEY));
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- no key -------------------------------------------------------------- */

static void without_auth_no_key_is_sent(void **state)
{
    struct peer *peer = peer_start("expect-no-header Authorization\n"
                                   "expect-no-header X-API-Key\n"
                                   "answer 200 application/json {}\n",
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    (void)state;
    assert_int_equal(setenv("CHUTES_API_KEY", CALL_KEY, 1), 0);
    options.auth = CHUTES_AUTH_NONE;
    client = call_client(&options);
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        assert_null(strstr(peer_request_head(peer, kind + 1), CALL_KEY));
        call_dispose(&call);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- Unix sockets -------------------------------------------------------- */

static void a_socket_is_a_way_like_any_other(void **state)
{
    struct peer *proxy = peer_start(FINE, PEER_PLAIN);
    struct peer *peer;
    chutes_client_options options;
    chutes_client *client;
    char path[96];

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/chutes-%d.sock", (int)getpid());
    peer = peer_start_unix(FINE, path);
    options = call_options(peer);
    set_proxies(proxy);
    options.api_key = NULL; /* nobody else can see the socket */
    options.proxy = NULL;
    options.unix_socket = path;
    client = call_client(&options);
    for (int mode = 0; mode < 3; mode++) {
        struct call call = {.kind = CALL_CHAT};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        assert_int_equal(call_info(&call)->connection_reused, mode > 0);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(peer), 3);
    assert_int_equal(peer_accepts(peer), 1);
    assert_non_null(strstr(peer_request_head(peer, 1), "\r\nHost: peer\r\n"));
    assert_non_null(strstr(peer_request_head(peer, 1), "POST /v1/chat/"));
    assert_int_equal(peer_accepts(proxy), 0);
    chutes_client_free(client);
    peer_stop(peer);
    options.base_url = "http://peer/v1/"; /* the peer's URL was freed */
    expect_chat(&options, CHUTES_ERR_CONNECT, path);
    options.unix_socket = "/tmp/chutes-nowhere.sock";
    expect_chat(&options, CHUTES_ERR_CONNECT,
                "the socket /tmp/chutes-nowhere.sock does not exist");
    peer_stop(proxy);
}

/* ---- client certificates ------------------------------------------------- */

static void a_server_may_want_to_know_its_clients(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_MUTUAL);
    chutes_client_options options = call_options(peer);

    (void)state;
    options.ca_file = pki_ca_file();
    options.client_cert = pki_certificate_file(PKI_WRONG_PURPOSE);
    options.client_key = pki_key_file(PKI_WRONG_PURPOSE);
    expect_chat(&options, CHUTES_OK, "");
    assert_int_equal(peer_posts(peer), 1);
    peer_stop(peer);
}

static void without_a_certificate_that_is_said(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_MUTUAL);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    (void)state;
    options.ca_file = pki_ca_file();
    options.retry_policy = CHUTES_RETRY_OPENAI;
    client = call_client(&options);
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        call_expect(&call, CHUTES_ERR_TLS, CHUTES_OUTCOME_NOT_SENT, 1);
        if (strstr(call.error.message, "client certificate (client_cert)") ==
            NULL) {
            fail_msg("%s", call.error.message);
        }
        call_dispose(&call);
    }
    assert_int_equal(peer_requests(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_certificate_that_is_not_wanted_is_told(void **state)
{
    static const enum pki_leaf leaves[] = {PKI_SELF_SIGNED, PKI_EXPIRED,
                                           PKI_NO_INTERMEDIATE};
    struct peer *peer = peer_start(FINE, PEER_TLS_MUTUAL);

    (void)state;
    for (size_t i = 0; i < COUNT(leaves); i++) {
        chutes_client_options options = call_options(peer);

        options.ca_file = pki_ca_file();
        options.client_cert = pki_certificate_file(leaves[i]);
        options.client_key = pki_key_file(leaves[i]);
        expect_chat(&options, CHUTES_ERR_TLS, "no secure connection");
    }
    assert_int_equal(peer_requests(peer), 0);
    peer_stop(peer);
}

/* ---- certificates that the environment names ----------------------------- */

static unsigned long hash_of(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate;
    unsigned long hash;

    assert_non_null(file);
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_non_null(certificate);
    hash =
        X509_NAME_hash_ex(X509_get_subject_name(certificate), NULL, NULL, NULL);
    X509_free(certificate);
    assert_int_equal(fclose(file), 0);
    return hash;
}

static void the_environment_says_whom_to_trust(void **state)
{
    char directory[] = "/tmp/chutes-ca-XXXXXX";
    char link_name[64];
    char list[64];
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);

    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(link_name, sizeof(link_name), "%s/%08lx.0", directory,
                   hash_of(pki_ca_file()));
    (void)snprintf(list, sizeof(list), "/nonexistent:%s", directory);
    assert_int_equal(symlink(pki_ca_file(), link_name), 0);
    expect_chat(&options, CHUTES_ERR_TLS, "");
    assert_int_equal(setenv("SSL_CERT_FILE", pki_ca_file(), 1), 0);
    expect_chat(&options, CHUTES_OK, "");
    assert_int_equal(
        setenv("SSL_CERT_FILE", pki_certificate_file(PKI_SELF_SIGNED), 1), 0);
    expect_chat(&options, CHUTES_ERR_TLS, "");
    assert_int_equal(setenv("SSL_CERT_DIR", list, 1), 0);
    expect_chat(&options, CHUTES_OK, ""); /* from the directory */
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    expect_chat(&options, CHUTES_OK, "");
    assert_int_equal(
        setenv("CURL_CA_BUNDLE", pki_certificate_file(PKI_SELF_SIGNED), 1), 0);
    expect_chat(&options, CHUTES_ERR_TLS, ""); /* CURL_CA_BUNDLE wins */
    options.ca_file = pki_ca_file();
    expect_chat(&options, CHUTES_OK, ""); /* but ca_file wins */
    assert_int_equal(unlink(link_name), 0);
    assert_int_equal(rmdir(directory), 0);
    peer_stop(peer);
}

#define TEST(test) \
    cmocka_unit_test_setup_teardown(test, clear_environment, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_proxy_of_the_environment_stands_before_this_host),
        TEST(a_tunnel_that_begins_on_this_host_counts),
        TEST(another_host_is_reached_through_it),
        TEST(a_proxy_that_is_asked_for_counts),
        TEST(test_a_query_goes_with_every_request_and_into_no_message),
        TEST(a_key_in_a_query_is_not_repeated),
        TEST(without_auth_no_key_is_sent),
        TEST(a_socket_is_a_way_like_any_other),
        TEST(a_server_may_want_to_know_its_clients),
        TEST(without_a_certificate_that_is_said),
        TEST(a_certificate_that_is_not_wanted_is_told),
        TEST(the_environment_says_whom_to_trust),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
