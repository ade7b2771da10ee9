/* SPDX-License-Identifier: MIT */
#include "client/config.h"
#include "test.h"

#include <string.h>

#include "config_case.h"
#include "pki.h"

/* How servers are reached, and which certificates count. */

static int no_key_to_give(char *key, size_t capacity, void *user_data)
{
    (void)key;
    (void)capacity;
    (void)user_data;
    fail_msg("a key was asked for");
    return 1;
}

static void without_auth_no_key_is_needed_or_read(void **state)
{
    chutes_client_options options = chutes_client_options_default();
    struct chutes__config config;

    (void)state;
    options.auth = CHUTES_AUTH_NONE;
    options.base_url = "https://a/";
    config_make(&config, &options);
    assert_null(config.key.text);
    chutes__config_dispose(&config);
    /* Not even a key that couldn't be sent. */
    config_set("CHUTES_API_KEY", "line\nbreak");
    options.api_key = "two words";
    options.api_key_fn = no_key_to_give;
    config_make(&config, &options);
    assert_null(config.key.text);
    assert_null(config.options.api_key);
    assert_null(config.options.api_key_fn);
    chutes__config_dispose(&config);
}

static void http_through_a_proxy_is_as_safe_as_the_proxy(void **state)
{
    static const struct {
        const char *base;
        const char *embeddings;
        const char *proxy;
        int allow;
        bool fine;
    } rows[] = {
        {CONFIG_LOOPBACK, NULL, "http://10.0.0.7:8080", 0, false},
        {CONFIG_LOOPBACK, NULL, "10.0.0.7", 0, false},
        {CONFIG_LOOPBACK, NULL, "socks5h://proxy.example", 0, false},
        {CONFIG_LOOPBACK, NULL, "http://10.0.0.7:8080", 1, true},
        {CONFIG_LOOPBACK, NULL, "http://127.0.0.1:8080", 0, true},
        {CONFIG_LOOPBACK, NULL, "localhost:8080", 0, true},
        {CONFIG_LOOPBACK, NULL, "", 0, true},
        {"https://localhost/", NULL, "http://10.0.0.7:8080", 0, true},
        {"https://a/", NULL, "http://10.0.0.7:8080", 0, true},
        {"https://a/", CONFIG_LOOPBACK, "http://10.0.0.7:8080", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_client_options options = chutes_client_options_default();
        struct chutes__config config;

        options.api_key = "key";
        options.base_url = rows[i].base;
        options.embeddings_base_url = rows[i].embeddings;
        options.proxy = rows[i].proxy;
        options.allow_insecure_http = rows[i].allow;
        if (!rows[i].fine) {
            config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                                  "allow_insecure_http");
            continue;
        }
        config_make(&config, &options);
        assert_string_equal(config.options.proxy, rows[i].proxy);
        chutes__config_dispose(&config);
    }
}

static void a_proxy_of_an_unknown_scheme_is_refused(void **state)
{
    static const char *const unknown[] = {"ftp://10.0.0.7:1", "sock5://a",
                                          "://a", "httpx://127.0.0.1:1"};
    static const char *const known[] = {
        "HTTP://127.0.0.1:1", "https://127.0.0.1:1",   "socks4://127.0.0.1:1",
        "127.0.0.1:1",        "socks4a://127.0.0.1:1", "SOCKS5h://127.0.0.1:1"};
    chutes_client_options options = chutes_client_options_default();
    struct chutes__config config;

    (void)state;
    options.api_key = "key";
    options.base_url = CONFIG_LOOPBACK;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        options.proxy = unknown[i];
        config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                              "proxy has a scheme that is not supported");
    }
    for (size_t i = 0; i < COUNT(known); i++) {
        options.proxy = known[i];
        config_make(&config, &options);
        chutes__config_dispose(&config);
    }
}

static void what_goes_to_a_socket_stays_on_the_host(void **state)
{
    char path[200];
    chutes_client_options options = chutes_client_options_default();
    struct chutes__config config;

    (void)state;
    options.base_url = "http://llm/v1";
    options.unix_socket = "/run/llm.sock";
    config_make(&config, &options); /* without a key and over http */
    assert_string_equal(config.options.unix_socket, "/run/llm.sock");
    assert_true(config.options.unix_socket != options.unix_socket);
    chutes__config_dispose(&config);
    options.proxy = "";
    config_make(&config, &options);
    chutes__config_dispose(&config);
    options.proxy = "http://127.0.0.1:1";
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "proxy and unix_socket");
    options.proxy = NULL;
    options.unix_socket = "";
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT, "unix_socket");
    memset(path, 'x', sizeof(path));
    path[108] = '\0';
    options.unix_socket = path;
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "unix_socket must be a path of 1 to 107 bytes");
    path[107] = '\0';
    config_make(&config, &options);
    chutes__config_dispose(&config);
}

static void a_client_certificate_is_looked_at(void **state)
{
    chutes_client_options options = config_loopback_options();
    struct chutes__config config;

    (void)state;
    options.client_key = pki_key_file(PKI_GOOD);
    config_expect_refusal(&options, CHUTES_ERR_INVALID_ARGUMENT,
                          "client_key needs client_cert");
    options.client_cert = "/nonexistent.pem";
    config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                          "client_cert does not exist: /nonexistent.pem");
    options.client_cert = pki_certificate_file(PKI_GOOD);
    config_make(&config, &options);
    assert_string_equal(config.options.client_cert, options.client_cert);
    assert_string_equal(config.options.client_key, options.client_key);
    assert_true(config.options.client_cert != options.client_cert);
    chutes__config_dispose(&config);
    options.client_key = NULL;
    config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                          "client_cert holds no PEM private key");
}

/* "CA" stands for a file of certificates. */
static const struct {
    const char *ca_file;
    const char *bundle; /* from the environment */
    const char *file;
    const char *dir;
    const char *want_file;
    const char *want_dir;
    const char *complaint;
} TRUST[] = {
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {NULL, "", "", "", NULL, NULL, NULL},
    {NULL, "CA", NULL, NULL, "CA", NULL, NULL},
    {NULL, NULL, "CA", NULL, "CA", NULL, NULL},
    {NULL, NULL, NULL, "/etc", NULL, "/etc", NULL},
    {NULL, NULL, "CA", "/etc", "CA", "/etc", NULL},
    {NULL, "CA", "/none", "/none", "CA", NULL, NULL},
    {"CA", "/none", "/none", "/none", "CA", NULL, NULL},
    {NULL, "/none", "CA", "/etc", NULL, NULL,
     "CURL_CA_BUNDLE does not exist: /none"},
    {NULL, NULL, "/none", "/etc", NULL, NULL,
     "SSL_CERT_FILE does not exist: /none"},
    {NULL, NULL, "/dev/null", NULL, NULL, NULL,
     "SSL_CERT_FILE is not a regular file: /dev/null"},
    {NULL, NULL, "CA", "/none", NULL, NULL,
     "SSL_CERT_DIR is not a readable directory: /none"},
    {"/none", "CA", NULL, NULL, NULL, NULL, "ca_file does not exist: /none"},
};

static const char *certificates(const char *name)
{
    return name != NULL && strcmp(name, "CA") == 0 ? pki_ca_file() : name;
}

static void expect_text(const char *got, const char *want)
{
    if (want == NULL) {
        assert_null(got);
    } else {
        assert_non_null(got);
        assert_string_equal(got, want);
    }
}

static void certificates_come_from_where_curl_takes_them(void **state)
{
    for (size_t i = 0; i < COUNT(TRUST); i++) {
        chutes_client_options options = config_loopback_options();
        struct chutes__config config;

        config_clear_environment(state);
        options.ca_file = certificates(TRUST[i].ca_file);
        config_set("CURL_CA_BUNDLE", certificates(TRUST[i].bundle));
        config_set("SSL_CERT_FILE", certificates(TRUST[i].file));
        config_set("SSL_CERT_DIR", TRUST[i].dir);
        if (TRUST[i].complaint != NULL) {
            config_expect_refusal(&options, CHUTES_ERR_CONFIG,
                                  TRUST[i].complaint);
            continue;
        }
        config_make(&config, &options);
        config_clear_environment(state); /* it isn't read again */
        expect_text(config.options.ca_file, certificates(TRUST[i].want_file));
        expect_text(config.ca_dir, TRUST[i].want_dir);
        chutes__config_dispose(&config);
    }
}

#define UNIT(test) cmocka_unit_test_setup(test, config_clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(without_auth_no_key_is_needed_or_read),
        UNIT(http_through_a_proxy_is_as_safe_as_the_proxy),
        UNIT(a_proxy_of_an_unknown_scheme_is_refused),
        UNIT(what_goes_to_a_socket_stays_on_the_host),
        UNIT(a_client_certificate_is_looked_at),
        UNIT(certificates_come_from_where_curl_takes_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
