/* SPDX-License-Identifier: MIT */
#include "transport/url.h"

#include "base/mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct good_url {
    const char *text;
    const char *want;
    bool is_http;
    bool is_loopback;
};

/* Accepted without allow_insecure. */
static const struct good_url GOOD[] = {
    {"https://llm.chutes.ai/v1/", "https://llm.chutes.ai/v1/", false, false},
    {"https://llm.chutes.ai/v1", "https://llm.chutes.ai/v1/", false, false},
    {"https://llm.chutes.ai", "https://llm.chutes.ai/", false, false},
    {"https://llm.chutes.ai/", "https://llm.chutes.ai/", false, false},
    {"HTTPS://llm.chutes.ai/v1", "https://llm.chutes.ai/v1/", false, false},
    {"hTTps://host:8443/a/b/c", "https://host:8443/a/b/c/", false, false},
    {"https://host:443/v1", "https://host:443/v1/", false, false},
    {"https://host:1/", "https://host:1/", false, false},
    {"https://host:65535/", "https://host:65535/", false, false},
    {"https://host./v1", "https://host./v1/", false, false},
    {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", false,
     false},
    {"https://my_chute.internal/v1", "https://my_chute.internal/v1/", false,
     false},
    {"https://192.0.2.7/", "https://192.0.2.7/", false, false},
    {"https://[2001:db8::1]:8443/v1", "https://[2001:db8::1]:8443/v1/", false,
     false},
    {"https://host/a%20b/", "https://host/a%20b/", false, false},
    {"https://host/~user/;x=1,2/$'()*+!&=:@/",
     "https://host/~user/;x=1,2/$'()*+!&=:@/", false, false},
    {"https://localhost/", "https://localhost/", false, true},
    {"http://localhost", "http://localhost/", true, true},
    {"http://LocalHost:8000/v1", "http://LocalHost:8000/v1/", true, true},
    {"HTTP://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/", true, true},
    {"http://127.0.0.1", "http://127.0.0.1/", true, true},
    {"http://127.255.255.254:9/", "http://127.255.255.254:9/", true, true},
    /* libcurl expands numbers, so the host that is checked is the host that is
     * used. */
    {"http://127.1/", "http://127.0.0.1/", true, true},
    {"http://0x7f.0.0.1/", "http://127.0.0.1/", true, true},
    {"http://2130706433/", "http://127.0.0.1/", true, true},
    {"http://017700000001/", "http://127.0.0.1/", true, true},
    {"http://[::1]:8080/", "http://[::1]:8080/", true, true},
    {"http://[::ffff:127.0.0.1]/v1", "http://[::ffff:127.0.0.1]/v1/", true,
     true},
    {"http://[::ffff:127.9.9.9]:1", "http://[::ffff:127.9.9.9]:1/", true, true},
    /* libcurl resolves these names to loopback addresses by itself. With a dot
     * at the end it would query a server. */
    {"http://localhost./", "http://localhost/", true, true},
    {"http://LOCALHOST.:8080/v1", "http://LOCALHOST:8080/v1/", true, true},
    {"http://a.localhost/", "http://a.localhost/", true, true},
    {"http://a.b.LocalHost:1/", "http://a.b.LocalHost:1/", true, true},
    {"http://a.localhost./v1", "http://a.localhost/v1/", true, true},
    {"https://llm.localhost./", "https://llm.localhost/", false, true},
    {"http://127.0.0.1./", "http://127.0.0.1/", true, true},
    {"http://127.1.:8000/v1", "http://127.0.0.1:8000/v1/", true, true},
    {"http://0x7f.1./", "http://127.0.0.1/", true, true},
    {"https://10.0.0.7./v1", "https://10.0.0.7/v1/", false, false},
    {"https://llm.chutes.ai./v1", "https://llm.chutes.ai./v1/", false, false},
};

/* Accepted only with allow_insecure. */
static const char *const INSECURE[] = {
    "http://llm.chutes.ai/v1/",
    "http://example.com",
    "http://10.0.0.7:8000/v1",
    "http://vllm_server:8000/v1",
    "http://0.0.0.0:8000/",
    "http://128.0.0.1/",
    "http://126.255.255.255/",
    "http://notlocalhost/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://localhost.evil.com./",
    "http://[::2]/",
    "http://[::ffff:128.0.0.1]/",
    "http://[fe80::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://128.1./",
    "http://10.0.0.7.:8000/v1",
    "http://1270.0.0.1./",
    "http://127.0.0.1.example./",
    "http://a-localhost/",
    "http://localhost-/",
    "http://localhos/",
    "http://localhost.localdomain/",
    "http://0/",
    "http://1.127.0.0/",
};

struct bad_url {
    const char *text;
    const char *part; /* a part of the message */
};

static const struct bad_url BAD[] = {
    {"", "https://"},
    {"llm.chutes.ai", "https://"},
    {"llm.chutes.ai/v1/", "https://"},
    {"//llm.chutes.ai/v1/", "https://"},
    {"/v1/", "https://"},
    {"https", "https://"},
    {"https:", "https://"},
    {"https:/llm.chutes.ai/", "https://"},
    {"https:llm.chutes.ai", "https://"},
    {"httpsx://host/", "https://"},
    {"ftp://host/", "https://"},
    {"file:///etc/passwd", "https://"},
    {"ws://host/", "https://"},
    {"javascript://host/", "https://"},
    {"https://", "no host"},
    {"https:///", "no host"},
    {"https:///v1", "no host"},
    {"https://:443/", "no host"},
    {"https://user:SECRET@host/", "user name"},
    {"https://SECRET@host/", "user name"},
    {"https://llm.chutes.ai@evil.example/", "user name"},
    {"https://llm.chutes.ai:SECRET@evil.example/", "user name"},
    {"https://@host/", "user name"},
    {"https://:@host/", "user name"},
    {"https://host/?key=SECRET#x", "fragment"},
    {"https://host/?key=SECRET%", "%"},
    {"https://host/?key=SECRET\r\nX: y", "control"},
    {"https://host/?key=SECRET%0d%0aX", "control"},
    {"https://host/?key=SECRET x", "blank"},
    {"https://?key=SECRET", "no host"},
    {"http:?key=SECRET//host/", "https://"},
    {"https://.localhost/", "host"},
    {"https://localhost../", "host"},
    {"https://a..localhost/", "host"},
    {"https://host/v1#SECRET", "fragment"},
    {"https://host/#", "fragment"},
    {"https://host#@evil.example/", "fragment"},
    {"HTTPS:/\\host", "character"},
    {"https://host\\@evil.example/", "character"},
    {"https://host/\\..\\x", "character"},
    {" https://host/", "blank"},
    {"https://host/ ", "blank"},
    {"https://ho st/", "blank"},
    {"https://host/\t", "control"},
    {"https://host/\r\nX: y", "control"},
    {"https://host/\x7f", "control"},
    {"https://b\xc3\xbc"
     "cher.example/",
     "non-ASCII"},
    {"https://host/\xc3\xbc", "non-ASCII"},
    {"https://host\xe3\x80\x82"
     "evil/",
     "non-ASCII"},
    {"https://host/<x>", "character"},
    {"https://host/{x}", "character"},
    {"https://host/%00", "control"},
    {"https://host/%0d%0aX", "control"},
    {"https://host/%1F", "control"},
    {"https://host/%7f", "control"},
    {"https://host/%", "%"},
    {"https://host/%4", "%"},
    {"https://host/%zz", "%"},
    {"https://host%00.evil.example/", "%"},
    {"https://ho%73t/", "%"},
    {"https://[fe80::1%25eth0]/", "%"},
    {"https://[fe80::1%eth0]/", "%"},
    {"https://host:/", "port"},
    {"https://host:0/", "port"},
    {"https://host:65536/", "URL"},
    {"https://host:99999999999/", "URL"},
    {"https://host:-1/", "URL"},
    {"https://host:80x/", "URL"},
    {"https://host:8 0/", "blank"},
    {"https://[::1/", "URL"},
    {"https://[::g]/", "URL"},
    {"https://[]/", "URL"},
    {"https://::1/", "no host"},
    {"https://.host/", "host"},
    {"https://ho..st/", "host"},
    {"https://./", "host"},
    {"https://ho,st/", "host"},
    {"https://ho!st/", "host"},
    {"https://*.chutes.ai/", "host"},
};

static void good_urls_are_normalised(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        struct chutes__url url;
        chutes_error error;

        if (chutes__url_parse(GOOD[i].text, false, "base_url", &url, &error) !=
            CHUTES_OK) {
            fail_msg("%s: %s", GOOD[i].text, error.message);
        }
        assert_string_equal(url.text, GOOD[i].want);
        assert_int_equal(url.is_http, GOOD[i].is_http);
        assert_int_equal(url.is_loopback, GOOD[i].is_loopback);
        chutes__url_dispose(&url);
        assert_null(url.text);
    }
}

static void http_beyond_loopback_must_be_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(INSECURE); i++) {
        struct chutes__url url;
        chutes_error error;

        if (chutes__url_parse(INSECURE[i], false, "base_url", &url, &error) !=
            CHUTES_ERR_CONFIG) {
            fail_msg("%s was taken for a loopback host", INSECURE[i]);
        }
        assert_non_null(strstr(error.message, "allow_insecure_http"));
        assert_null(url.text);
        if (chutes__url_parse(INSECURE[i], true, "base_url", &url, &error) !=
            CHUTES_OK) {
            fail_msg("%s: %s", INSECURE[i], error.message);
        }
        assert_true(url.is_http);
        assert_false(url.is_loopback);
        chutes__url_dispose(&url);
    }
}

static void bad_urls_are_refused_without_quoting_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        struct chutes__url url;
        chutes_error error;

        if (chutes__url_parse(BAD[i].text, true, "embeddings_base_url", &url,
                              &error) != CHUTES_ERR_CONFIG) {
            fail_msg("%s was accepted", BAD[i].text);
        }
        assert_null(url.text);
        assert_memory_equal(error.message, "embeddings_base_url ", 20);
        assert_null(strstr(error.message, "SECRET"));
        if (strstr(error.message, BAD[i].part) == NULL) {
            fail_msg("%s: %s", BAD[i].text, error.message);
        }
    }
}

static void every_byte_is_fit_for_a_path_or_refused(void **state)
{
    static const char fit[] = "-._~!$&'()*+,;=:@/?";

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char text[32];
        struct chutes__url url;
        chutes_status status;
        bool is_fit = (byte >= '0' && byte <= '9') ||
                      ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
                      strchr(fit, byte) != NULL || byte == '[' || byte == ']';

        if (byte > 127) {
            is_fit = false;
        }
        (void)snprintf(text, sizeof(text), "https://host/a%cb", byte);
        status = chutes__url_parse(text, false, "base_url", &url, NULL);
        if ((status == CHUTES_OK) != is_fit) {
            fail_msg("byte 0x%02x gave %d", (unsigned)byte, (int)status);
        }
        chutes__url_dispose(&url);
    }
}

static void long_urls_are_refused(void **state)
{
    static char text[4096];
    struct chutes__url url;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://host/", 13);
    text[2048] = '\0';
    assert_int_equal(chutes__url_parse(text, false, "base_url", &url, NULL),
                     CHUTES_OK);
    chutes__url_dispose(&url);
    text[2048] = 'a';
    text[2049] = '\0';
    assert_int_equal(chutes__url_parse(text, false, "base_url", &url, NULL),
                     CHUTES_ERR_CONFIG);
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://", 8);
    text[8 + 254] = '\0';
    assert_int_equal(chutes__url_parse(text, false, "base_url", &url, NULL),
                     CHUTES_ERR_CONFIG);
}

static void paths_are_joined_to_the_base(void **state)
{
    struct chutes__url url;
    struct chutes__arena arena;

    (void)state;
    chutes__arena_init(&arena);
    assert_int_equal(
        chutes__url_parse("https://host/v1", false, "base_url", &url, NULL),
        CHUTES_OK);
    assert_string_equal(chutes__url_join(&arena, &url, "chat/completions", ""),
                        "https://host/v1/chat/completions");
    assert_string_equal(chutes__url_join(&arena, &url, "", ""),
                        "https://host/v1/");
    assert_string_equal(chutes__url_join(&arena, &url, "models", "?a=b"),
                        "https://host/v1/models?a=b");
    chutes__arena_dispose(&arena);
    chutes__url_dispose(&url);
}

static const struct {
    const char *text;
    const char *base;
    const char *query;
} QUERIES[] = {
    {"https://host/v1", "https://host/v1/", ""},
    {"https://host/v1?", "https://host/v1/", ""},
    {"https://host?", "https://host/", ""},
    {"https://host?a=b", "https://host/", "?a=b"},
    {"https://host/openai/deployments/d?api-version=2024-06-01",
     "https://host/openai/deployments/d/", "?api-version=2024-06-01"},
    {"https://host/v1/?a=b/c&d=e@f:g?h=%2f//", "https://host/v1/",
     "?a=b/c&d=e@f:g?h=%2f//"},
    {"http://localhost.:1?x", "http://localhost:1/", "?x"},
};

static void a_query_is_kept_apart_from_the_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(QUERIES); i++) {
        struct chutes__url url;
        chutes_error error;

        if (chutes__url_parse(QUERIES[i].text, false, "base_url", &url,
                              &error) != CHUTES_OK) {
            fail_msg("%s: %s", QUERIES[i].text, error.message);
        }
        assert_string_equal(url.text, QUERIES[i].base);
        assert_string_equal(url.query, QUERIES[i].query);
        chutes__url_dispose(&url);
    }
}

static void proxies_on_this_host_are_known(void **state)
{
    static const struct {
        const char *proxy;
        bool is_loopback;
    } rows[] = {
        {"127.0.0.1", true},
        {"127.0.0.1:8080", true},
        {"localhost:8080", true},
        {"http://user:pass@127.0.0.1:8080/", true},
        {"https://[::1]:8443", true},
        {"socks5h://localhost:1080", true},
        {"socks://127.8.8.8:1", true},
        {"HTTP://LocalHost", true},
        {"http://[::ffff:127.0.0.1]:1", true},
        {"http://10.0.0.7:8080", false},
        {"proxy.example:8080", false},
        {"localhost.example:8080", false},
        {"http://127.0.0.1@proxy.example:8080/", false},
        {"socks5h://proxy.example", false},
        {"localhost.", false},
        {"http://", false},
        {"", false},
        {"::", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (chutes__url_is_loopback_proxy(rows[i].proxy) !=
            rows[i].is_loopback) {
            fail_msg("%s", rows[i].proxy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_normalised),
        cmocka_unit_test(http_beyond_loopback_must_be_allowed),
        cmocka_unit_test(bad_urls_are_refused_without_quoting_them),
        cmocka_unit_test(every_byte_is_fit_for_a_path_or_refused),
        cmocka_unit_test(long_urls_are_refused),
        cmocka_unit_test(paths_are_joined_to_the_base),
        cmocka_unit_test(a_query_is_kept_apart_from_the_path),
        cmocka_unit_test(proxies_on_this_host_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
