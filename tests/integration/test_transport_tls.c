/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "call.h"
#include "peer.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void init(struct attempt *attempt, const struct peer *peer)
{
    attempt_init(attempt, peer_url(peer));
    attempt->request.route.ca_file = peer_ca_file();
    attempt->request.route.allow_http = false;
}

static void a_trusted_server_is_spoken_to_and_its_connection_kept(void **state)
{
    struct attempt_pair pair =
        attempt_open_tls("sse-head\nchunk hello\nchunk-end", PEER_TLS_GOOD);
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 3; i++) {
        init(&attempt, pair.peer);
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_string_equal(attempt.body, "hello");
        assert_int_equal(attempt.result.reused, i > 0);
    }
    assert_int_equal(peer_accepts(pair.peer), 1);
    attempt_close(pair);
}

static void a_server_that_cannot_be_trusted_gets_nothing(void **state)
{
    static const struct {
        enum peer_tls tls;
        const char *message;
    } cases[] = {
        {PEER_TLS_SELF_SIGNED, "self-signed certificate"},
        {PEER_TLS_WRONG_HOST, "127.0.0.1"},
        {PEER_TLS_EXPIRED, "certificate has expired"},
        {PEER_TLS_NOT_YET_VALID, "certificate is not yet valid"},
        {PEER_TLS_WRONG_PURPOSE, "certificate purpose"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt_pair pair =
            attempt_open_tls("answer 200 text/plain hello", cases[i].tls);
        struct attempt attempt;

        init(&attempt, pair.peer);
        attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TLS, NOT_SENT);
        attempt_expect_message(&attempt, "no secure connection to 127.0.0.1");
        attempt_expect_message(&attempt, cases[i].message);
        assert_int_equal(attempt.result.connect_us, -1);
        assert_true(peer_http_bytes(pair.peer) == 0);
        attempt_close(pair);
    }
}

static void the_ca_file_replaces_what_the_system_trusts(void **state)
{
    struct attempt_pair pair =
        attempt_open_tls("answer 200 text/plain hello", PEER_TLS_GOOD);
    struct attempt attempt;

    (void)state;
    init(&attempt, pair.peer);
    attempt.request.route.ca_file = NULL;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TLS, NOT_SENT);
    assert_true(peer_http_bytes(pair.peer) == 0);
    init(&attempt, pair.peer);
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    /* A connection isn't shared by attempts that trust other certificates,
     * either. */
    init(&attempt, pair.peer);
    attempt.request.route.ca_file = NULL;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TLS, NOT_SENT);
    init(&attempt, pair.peer);
    attempt.request.route.ca_file = "/nonexistent/ca.pem";
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONFIG, NOT_SENT);
    attempt_close(pair);
}

static void handshakes_that_fail_send_nothing(void **state)
{
    static const struct {
        const char *script;
        const char *message;
    } cases[] = {
        {"on-accept fin", "no secure connection"},
        {"read-none\nsend-hex 15 03 03 00 02 02 28\nfin-without-close-notify",
         "no secure connection"},
        {"read-none\nanswer 400 text/plain oops", "speak plain http?"},
        {"read-none\nsend garbage-garbage-garbage\nfin-without-close-notify",
         "speak plain http?"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt_pair pair =
            attempt_open_tls(cases[i].script, PEER_TLS_GOOD);
        struct attempt attempt;

        init(&attempt, pair.peer);
        attempt_run(&attempt, pair.engine);
        if (attempt.result.status != CHUTES_ERR_TLS ||
            attempt.result.outcome != NOT_SENT ||
            strstr(attempt.result.message, cases[i].message) == NULL) {
            fail_msg("%s: %d, outcome %d: %s", cases[i].script,
                     (int)attempt.result.status, (int)attempt.result.outcome,
                     attempt.result.message);
        }
        attempt_close(pair);
    }
}

static void a_reset_on_accept_sends_nothing(void **state)
{
    struct attempt_pair pair = attempt_open_tls("on-accept rst", PEER_TLS_GOOD);
    struct attempt attempt;

    (void)state;
    init(&attempt, pair.peer);
    attempt_run(&attempt, pair.engine);
    /* The reset may arrive before connect() returns. */
    attempt_expect(&attempt,
                   attempt.result.status == CHUTES_ERR_CONNECT
                       ? CHUTES_ERR_CONNECT
                       : CHUTES_ERR_TLS,
                   NOT_SENT);
    attempt_close(pair);
}

static void https_to_a_plain_server_says_so(void **state)
{
    struct attempt_pair pair =
        attempt_open("read-none\nread 8\nanswer 400 text/plain no");
    struct attempt attempt;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/",
                   peer_port(pair.peer));
    attempt_init(&attempt, url);
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TLS, NOT_SENT);
    attempt_expect_message(&attempt, "does the server speak plain http?");
    attempt_close(pair);
}

static void cuts_are_told_on_tls_as_well(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
        chutes_outcome outcome;
    } cases[] = {
        {"fin", CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT},
        {"fin-without-close-notify", CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT},
        {"rst", CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT},
        {"status 200\nheader A: b\nfin", CHUTES_ERR_TRUNCATED, ANSWERED},
        {"sse-head\nchunk hello\nfin", CHUTES_ERR_TRUNCATED, ANSWERED},
        {"sse-head\nchunk hello\nfin-without-close-notify",
         CHUTES_ERR_TRUNCATED, ANSWERED},
        {"sse-head\nchunk hello\nsleep 50\nrst", CHUTES_ERR_TRUNCATED,
         ANSWERED},
        {"sse-head\nchunk hello\nsend-raw-hex 17 03 03 00 20\n"
         "send-raw 0123456789012345678901234567890123456789\nfin",
         CHUTES_ERR_TRUNCATED, ANSWERED},
        {"status 200\nend-headers\nsend hello\nfin", CHUTES_OK, ANSWERED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt_pair pair =
            attempt_open_tls(cases[i].script, PEER_TLS_GOOD);
        struct attempt attempt;

        init(&attempt, pair.peer);
        attempt_run(&attempt, pair.engine);
        if (attempt.result.status != cases[i].status ||
            attempt.result.outcome != cases[i].outcome) {
            fail_msg("%s: %d, outcome %d: %s", cases[i].script,
                     (int)attempt.result.status, (int)attempt.result.outcome,
                     attempt.result.message);
        }
        assert_int_equal(peer_posts(pair.peer), 1);
        attempt_close(pair);
    }
}

static void a_dead_tls_connection_costs_one_request_at_most(void **state)
{
    struct attempt_pair pair =
        attempt_open_tls("answer 200 text/plain hello\nrequest\nrst\n"
                         "connection\nanswer 200 text/plain again",
                         PEER_TLS_GOOD);
    struct attempt attempt;

    (void)state;
    init(&attempt, pair.peer);
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    init(&attempt, pair.peer);
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONNECTION_LOST,
                   MAYBE_SENT);
    assert_int_equal(peer_posts(pair.peer), 2);
    assert_int_equal(peer_accepts(pair.peer), 1);
    init(&attempt, pair.peer);
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    attempt_close(pair);
}

/* ---- proxies ---- */

static void a_proxy_never_sees_the_key(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
        const char *message;
    } cases[] = {
        {"expect CONNECT llm.example:443\nexpect-no-header Authorization\n"
         "expect-no-header Content-Type\n"
         "answer 407 text/plain no\nfin",
         CHUTES_ERR_CONFIG, " rejected the user name and password"},
        {"expect CONNECT llm.example:443\nanswer 502 text/plain no\nfin",
         CHUTES_ERR_CONNECT, "502"},
        {"expect CONNECT llm.example:443\nfin", CHUTES_ERR_CONNECT, ""},
        {"expect CONNECT llm.example:443\nstall", CHUTES_ERR_TIMEOUT,
         "connect_timeout_ms"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt_pair pair = attempt_open(cases[i].script);
        struct attempt attempt;
        char proxy[64];

        (void)snprintf(proxy, sizeof(proxy), "http://user:CANARY@127.0.0.1:%d",
                       peer_port(pair.peer));
        attempt_init(&attempt, "https://llm.example/v1/");
        attempt.request.route.proxy = proxy;
        attempt.request.clocks.connect_ms = call_patience_ms(500);
        attempt_run_to(&attempt, pair.engine, cases[i].status, NOT_SENT);
        attempt_expect_message(&attempt, cases[i].message);
        assert_int_equal(attempt.heads, 0);
        assert_int_equal(attempt.result.http_status, 0);
        attempt_close(pair);
    }
}

static void a_dead_proxy_is_named_without_its_password(void **state)
{
    static const struct {
        const char *proxy;
        const char *message;
    } cases[] = {
        {"http://user:CANARY@127.0.0.1:9", "127.0.0.1"},
        {"http://user:CANARY@nowhere.invalid:3128",
         "cannot resolve the proxy for llm.example"},
        {"user:CANARY@", "proxy"},
        {"nonsense://user:CANARY@x", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__engine *engine = attempt_engine();
        struct attempt attempt;

        attempt_init(&attempt, "https://llm.example/v1/");
        attempt.request.route.proxy = cases[i].proxy;
        attempt_run_to(&attempt, engine, CHUTES_ERR_CONNECT, NOT_SENT);
        attempt_expect_message(&attempt, cases[i].message);
        chutes__engine_free(engine);
    }
}

static void the_environment_names_the_proxy_unless_told_otherwise(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    struct peer *proxy =
        peer_start("answer 200 text/plain proxied", PEER_PLAIN);
    struct peer *other = peer_start("answer 200 text/plain direct", PEER_PLAIN);
    struct attempt attempt;

    (void)state;
    assert_int_equal(setenv("http_proxy", peer_url(proxy), 1), 0);
    assert_int_equal(unsetenv("no_proxy"), 0);
    assert_int_equal(unsetenv("NO_PROXY"), 0);
    attempt_init(&attempt, peer_url(other));
    attempt.request.route.proxy = NULL;
    attempt_run_to(&attempt, engine, CHUTES_OK, ANSWERED);
    assert_string_equal(attempt.body, "proxied");
    attempt_init(&attempt, peer_url(other));
    attempt_run_to(&attempt, engine, CHUTES_OK, ANSWERED);
    assert_string_equal(attempt.body, "direct");
    assert_int_equal(unsetenv("http_proxy"), 0);
    attempt_init(&attempt, peer_url(other));
    attempt.request.route.proxy = peer_url(proxy);
    attempt_run(&attempt, engine);
    assert_string_equal(attempt.body, "proxied");
    chutes__engine_free(engine);
    peer_stop(proxy);
    peer_stop(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trusted_server_is_spoken_to_and_its_connection_kept),
        cmocka_unit_test(a_server_that_cannot_be_trusted_gets_nothing),
        cmocka_unit_test(the_ca_file_replaces_what_the_system_trusts),
        cmocka_unit_test(handshakes_that_fail_send_nothing),
        cmocka_unit_test(a_reset_on_accept_sends_nothing),
        cmocka_unit_test(https_to_a_plain_server_says_so),
        cmocka_unit_test(cuts_are_told_on_tls_as_well),
        cmocka_unit_test(a_dead_tls_connection_costs_one_request_at_most),
        cmocka_unit_test(a_proxy_never_sees_the_key),
        cmocka_unit_test(a_dead_proxy_is_named_without_its_password),
        cmocka_unit_test(the_environment_names_the_proxy_unless_told_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
