/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "base/clock.h"

#include "raw.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char GET[] = "GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n";
static const char POST[] = "POST /v1/chat/completions HTTP/1.1\r\n"
                           "Content-Length: 15\r\n\r\n{\"stream\":true}";

/* ---- queries ------------------------------------------------------------- */

static void requests_are_recorded_and_counted(void **state)
{
    struct peer *peer = peer_start("answer 200 text/plain ok", PEER_PLAIN);
    int fd = raw_connect(peer_port(peer));
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   peer_port(peer));
    assert_string_equal(peer_url(peer), url);
    raw_send(fd, GET);
    raw_send(fd, POST);
    assert_true(peer_await_requests(peer, 2, 5000));
    assert_false(peer_await_requests(peer, 3, 1));
    assert_int_equal(peer_accepts(peer), 1);
    assert_int_equal(peer_requests(peer), 2);
    assert_int_equal(peer_posts(peer), 1);
    assert_int_equal(peer_http_bytes(peer), strlen(GET) + strlen(POST));
    assert_string_equal(peer_request_head(peer, 1), GET);
    assert_string_equal(peer_request_body(peer, 1), "");
    assert_string_equal(peer_request_body(peer, 2), "{\"stream\":true}");
    assert_null(peer_request_head(peer, 0));
    assert_null(peer_request_head(peer, 3));
    assert_null(peer_request_body(peer, 3));
    assert_false(peer_await_closed(peer, 1));
    close(fd);
    assert_true(peer_await_closed(peer, 5000));
    peer_stop(peer);
}

static void half_a_request_is_none(void **state)
{
    struct peer *peer = peer_start("answer 200 text/plain ok", PEER_PLAIN);
    int fd = raw_connect(peer_port(peer));

    (void)state;
    raw_send(fd, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcd");
    close(fd);
    assert_true(peer_await_closed(peer, 5000));
    assert_int_equal(peer_posts(peer), 0);
    assert_int_equal(peer_requests(peer), 0);
    peer_stop(peer);
}

static void a_script_stands_still_until_it_is_released(void **state)
{
    struct peer *peer = peer_start_file("chat/held.txt", PEER_PLAIN);
    int fd = raw_connect(peer_port(peer));
    char got[1024] = "";

    (void)state;
    raw_send(fd, POST);
    raw_receive_until(fd, got, sizeof(got), "Hello");
    assert_null(strstr(got, "world"));
    peer_release(peer, "rest");
    raw_receive_until(fd, got, sizeof(got), "[DONE]");
    close(fd);
    peer_stop(peer);
}

static void a_reused_connection_can_be_stale(void **state)
{
    struct peer *peer = peer_start_file("fault/stale.txt", PEER_PLAIN);
    char got[1024] = "";
    int fd = raw_connect(peer_port(peer));

    (void)state;
    raw_send(fd, POST);
    raw_receive_until(fd, got, sizeof(got), "one");
    raw_send(fd, POST);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    close(fd);
    assert_int_equal(peer_posts(peer), 2);
    assert_int_equal(peer_accepts(peer), 1);
    peer_stop(peer);
}

static void an_upload_can_be_answered_early(void **state)
{
    struct peer *peer = peer_start_file("fault/early_413.txt", PEER_PLAIN);
    int fd = raw_connect(peer_port(peer));
    char got[1024] = "";

    (void)state;
    raw_send(fd, "POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\nabc");
    assert_int_equal(raw_receive(fd, got, sizeof(got)), ECONNRESET);
    assert_non_null(strstr(got, "HTTP/1.1 413 "));
    close(fd);
    assert_int_equal(peer_posts(peer), 0);
    peer_stop(peer);
}

static void stopping_ends_what_a_script_waits_for(void **state)
{
    struct peer *peer = peer_start("stall", PEER_PLAIN);
    int fd = raw_connect(peer_port(peer));
    int64_t before;

    (void)state;
    raw_send(fd, GET);
    assert_true(peer_await_requests(peer, 1, 5000));
    before = chutes__clock_now_us();
    peer_stop(peer);
    assert_true(chutes__clock_now_us() - before < 1000000);
    close(fd);
    peer_stop(NULL);
}

/* ---- failing a test ------------------------------------------------------ */

static void start_a_wrong_script(void **state)
{
    (void)state;
    peer_stop(peer_start("dance", PEER_PLAIN));
}

static void start_a_missing_script(void **state)
{
    (void)state;
    peer_stop(peer_start_file("no/such.txt", PEER_PLAIN));
}

static void expect_what_never_comes(void **state)
{
    (void)state;
    peer_stop(peer_start("expect GET /", PEER_PLAIN));
}

static void expect_something_else(void **state)
{
    struct peer *peer = peer_start("expect GET /", PEER_PLAIN);
    char got[64];

    (void)state;
    (void)raw_exchange(peer_port(peer), POST, got, sizeof(got));
    peer_stop(peer);
}

static void release_what_nobody_waits_for(void **state)
{
    struct peer *peer = peer_start("wait one", PEER_PLAIN);

    (void)state;
    peer_release(peer, "two");
}

static void expect_what_comes(void **state)
{
    struct peer *peer = peer_start("expect POST /v1/chat/completions\n"
                                   "fin",
                                   PEER_PLAIN);
    char got[64];

    (void)state;
    (void)raw_exchange(peer_port(peer), POST, got, sizeof(got));
    peer_stop(peer);
}

static const struct {
    void (*run)(void **state);
    bool passes;
} TESTS[] = {
    {start_a_wrong_script, false},    {start_a_missing_script, false},
    {expect_what_never_comes, false}, {expect_something_else, false},
    {expect_what_comes, true},        {release_what_nobody_waits_for, false},
};

/* Runs a test in its own process and discards its output. The verdict comes
 * through a pipe, because memory checkers change the exit code of a test that
 * fails. */
static bool passes(void (*run)(void **state))
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(run)};
    char failures = 'x';
    int pipe_fds[2];
    pid_t child;

    assert_int_equal(pipe(pipe_fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) != NULL &&
            freopen("/dev/null", "w", stderr) != NULL) {
            failures = (char)cmocka_run_group_tests(tests, NULL, NULL);
        }
        (void)!write(pipe_fds[1], &failures, 1);
        _exit(0);
    }
    assert_int_equal(read(pipe_fds[0], &failures, 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_true(failures == 0 || failures == 1);
    return failures == 0;
}

static void a_test_fails_when_its_peer_was_disappointed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TESTS); i++) {
        assert_int_equal(passes(TESTS[i].run), TESTS[i].passes);
    }
}

/* ---- TLS ----------------------------------------------------------------- */

struct tls {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
};

/* Does the handshake succeed for `host`? */
static bool tls_connect(struct tls *tls, const struct peer *peer,
                        const char *host)
{
    tls->context = SSL_CTX_new(TLS_client_method());
    assert_non_null(tls->context);
    assert_int_equal(
        SSL_CTX_load_verify_locations(tls->context, peer_ca_file(), NULL), 1);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    tls->ssl = SSL_new(tls->context);
    assert_non_null(tls->ssl);
    if (strchr(host, '.') != NULL) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host);
    } else {
        SSL_set1_host(tls->ssl, host);
    }
    tls->fd = raw_connect(peer_port(peer));
    assert_int_equal(SSL_set_fd(tls->ssl, tls->fd), 1);
    return SSL_connect(tls->ssl) == 1;
}

static void tls_close(struct tls *tls)
{
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    close(tls->fd);
    ERR_clear_error();
}

/* Reads to the end, returns the error of the last SSL_read(), and counts the
 * records: a read never joins two. */
static int tls_receive(struct tls *tls, char *into, size_t size, int *records)
{
    size_t len = 0;
    size_t part = 0;
    int result;

    *records = 0;
    while (SSL_read_ex(tls->ssl, into + len, size - 1 - len, &part) == 1) {
        len += part;
        (*records)++;
    }
    into[len] = '\0';
    result = SSL_get_error(tls->ssl, 0);
    ERR_clear_error();
    return result;
}

static const struct {
    enum peer_tls kind;
    const char *host;
    long verdict;
} CERTIFICATES[] = {
    {PEER_TLS_GOOD, "127.0.0.1", X509_V_OK},
    {PEER_TLS_GOOD, "localhost", X509_V_OK},
    {PEER_TLS_SELF_SIGNED, "127.0.0.1", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {PEER_TLS_WRONG_HOST, "127.0.0.1", X509_V_ERR_IP_ADDRESS_MISMATCH},
    {PEER_TLS_WRONG_HOST, "localhost", X509_V_ERR_HOSTNAME_MISMATCH},
    {PEER_TLS_EXPIRED, "127.0.0.1", X509_V_ERR_CERT_HAS_EXPIRED},
    {PEER_TLS_NOT_YET_VALID, "127.0.0.1", X509_V_ERR_CERT_NOT_YET_VALID},
    {PEER_TLS_WRONG_PURPOSE, "127.0.0.1", X509_V_ERR_INVALID_PURPOSE},
};

static void each_certificate_is_good_or_bad_in_its_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CERTIFICATES); i++) {
        struct peer *peer =
            peer_start("answer 200 text/plain ok\nfin", CERTIFICATES[i].kind);
        struct tls tls;
        bool is_connected = tls_connect(&tls, peer, CERTIFICATES[i].host);

        assert_int_equal(SSL_get_verify_result(tls.ssl),
                         CERTIFICATES[i].verdict);
        assert_int_equal(is_connected, CERTIFICATES[i].verdict == X509_V_OK);
        tls_close(&tls);
        assert_true(peer_await_closed(peer, 5000));
        assert_int_equal(peer_http_bytes(peer), 0);
        peer_stop(peer);
    }
}

static const struct {
    const char *script;
    int end;
    int records;
    const char *want;
} TLS_ENDS[] = {
    {"send abc\nfin", SSL_ERROR_ZERO_RETURN, 1, "abc"},
    {"send abc\nfin-without-close-notify", SSL_ERROR_SSL, 1, "abc"},
    {"send abc\nrst", SSL_ERROR_SYSCALL, -1, NULL},
    {"split 1\nsend abc\nfin", SSL_ERROR_ZERO_RETURN, 3, "abc"},
    {"split 2\nsse x\nchunk-end\nfin", SSL_ERROR_ZERO_RETURN, 10,
     "9\r\ndata: x\n\n\r\n0\r\n\r\n"},
    {"send abc\nsend-raw-hex 17 03 03 00 03 41 42 43\nstall", SSL_ERROR_SSL, 1,
     "abc"},
};

static void tls_connections_end_as_scripted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TLS_ENDS); i++) {
        struct peer *peer = peer_start(TLS_ENDS[i].script, PEER_TLS_GOOD);
        struct tls tls;
        char got[256];
        int records;

        assert_true(tls_connect(&tls, peer, "localhost"));
        assert_int_equal(SSL_write(tls.ssl, GET, (int)strlen(GET)),
                         strlen(GET));
        if (tls_receive(&tls, got, sizeof(got), &records) != TLS_ENDS[i].end) {
            fail_msg("`%s`", TLS_ENDS[i].script);
        }
        if (TLS_ENDS[i].want != NULL) {
            assert_string_equal(got, TLS_ENDS[i].want);
            assert_int_equal(records, TLS_ENDS[i].records);
        }
        tls_close(&tls);
        assert_int_equal(peer_http_bytes(peer), strlen(GET));
        peer_stop(peer);
    }
}

static const char *const BROKEN_HANDSHAKES[] = {
    "tls/alert.txt",
    "tls/plain_text.txt",
};

static void handshakes_can_be_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BROKEN_HANDSHAKES); i++) {
        struct peer *peer =
            peer_start_file(BROKEN_HANDSHAKES[i], PEER_TLS_GOOD);
        struct tls tls;

        assert_false(tls_connect(&tls, peer, "localhost"));
        tls_close(&tls);
        assert_true(peer_await_closed(peer, 5000));
        assert_int_equal(peer_requests(peer), 0);
        peer_stop(peer);
    }
}

static void a_tls_upload_can_be_answered_early(void **state)
{
    struct peer *peer = peer_start("read-none\nread-head\n"
                                   "answer 413 text/plain big\nfin",
                                   PEER_TLS_GOOD);
    static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n";
    struct tls tls;
    char got[256];
    int records;

    (void)state;
    assert_true(tls_connect(&tls, peer, "localhost"));
    assert_int_equal(SSL_write(tls.ssl, head, (int)strlen(head)), strlen(head));
    assert_int_equal(tls_receive(&tls, got, sizeof(got), &records),
                     SSL_ERROR_ZERO_RETURN);
    assert_non_null(strstr(got, "413"));
    tls_close(&tls);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_recorded_and_counted),
        cmocka_unit_test(half_a_request_is_none),
        cmocka_unit_test(a_script_stands_still_until_it_is_released),
        cmocka_unit_test(a_reused_connection_can_be_stale),
        cmocka_unit_test(an_upload_can_be_answered_early),
        cmocka_unit_test(stopping_ends_what_a_script_waits_for),
        cmocka_unit_test(a_test_fails_when_its_peer_was_disappointed),
        cmocka_unit_test(each_certificate_is_good_or_bad_in_its_way),
        cmocka_unit_test(tls_connections_end_as_scripted),
        cmocka_unit_test(handshakes_can_be_broken),
        cmocka_unit_test(a_tls_upload_can_be_answered_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
