/* SPDX-License-Identifier: MIT */
#include "transport/transfer_outcome.h"

#include "alloc_fail.h"
#include "base/log.h"
#include "test.h"
#include "transport/libcurl.h"
#include "transport/runtime.h"

#include <string.h>

enum stage { UNSENT, SENT, ANSWERING };

struct outcome_case {
    CURLcode code;
    enum stage stage;
    const char *curl_message;
    chutes_status status;
    const char *message; /* a part of it; "": any message */
};

enum { CODE_TOO_LARGE = 100, CODE_OF_THE_FUTURE = 1234 };

#define HOST "llm.example port 8443"

static const struct outcome_case CASES[] = {
    {CURLE_COULDNT_RESOLVE_HOST, UNSENT, "Could not resolve host: llm.example",
     CHUTES_ERR_CONNECT, "cannot resolve llm.example"},
    {CURLE_COULDNT_RESOLVE_PROXY, UNSENT,
     "Unsupported proxy syntax in 'user:SECRET@x'", CHUTES_ERR_CONNECT,
     "cannot resolve the proxy for " HOST},
    {CURLE_COULDNT_CONNECT, UNSENT, "", CHUTES_ERR_CONNECT,
     "no connection to " HOST " (system error 0)"},
    {CURLE_COULDNT_CONNECT, UNSENT,
     "Failed to connect to proxy.example port 3128 after 3 ms: nothing",
     CHUTES_ERR_CONNECT,
     "no connection to proxy.example port 3128 (system error 0)"},
    {CURLE_COULDNT_CONNECT, UNSENT,
     "Unsupported proxy scheme for 'ftp://user:SECRET@x'", CHUTES_ERR_CONNECT,
     "the proxy for " HOST " has a scheme that is not supported"},
    {CURLE_PROXY, UNSENT, "SOCKS said no", CHUTES_ERR_CONNECT,
     "no connection to " HOST ": SOCKS said no"},
    {CURLE_RECV_ERROR, UNSENT, "CONNECT tunnel failed, response 407",
     CHUTES_ERR_CONNECT,
     "no connection to " HOST ": CONNECT tunnel failed, response 407"},
    {CURLE_OPERATION_TIMEDOUT, UNSENT, "Connection timed out",
     CHUTES_ERR_TIMEOUT,
     "no connection to " HOST " within 7000 ms (connect_timeout_ms)"},
    {CURLE_SSL_CONNECT_ERROR, UNSENT, "wrong version number", CHUTES_ERR_TLS,
     "no secure connection to " HOST
     ": wrong version number; does the server speak plain http?"},
    {CURLE_PEER_FAILED_VERIFICATION, UNSENT, "SSL certificate problem: x",
     CHUTES_ERR_TLS,
     "no secure connection to " HOST ": SSL certificate problem: x"},
    {CURLE_SSL_CERTPROBLEM, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_CIPHER, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_ISSUER_ERROR, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_INVALIDCERTSTATUS, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_CLIENTCERT, UNSENT, "", CHUTES_ERR_TLS, ""},
    {CURLE_SSL_CACERT_BADFILE, UNSENT, "error setting certificate file: /x",
     CHUTES_ERR_CONFIG,
     "no CA certificates (error setting certificate file: /x): install them "
     "(the package ca-certificates on Debian and Ubuntu) or set ca_file"},
    {CURLE_URL_MALFORMAT, UNSENT, "bad", CHUTES_ERR_CONFIG, "bad"},
    {CURLE_UNSUPPORTED_PROTOCOL, UNSENT, "", CHUTES_ERR_CONFIG, ""},
    {CURLE_OUT_OF_MEMORY, UNSENT, "", CHUTES_ERR_NO_MEMORY, "out of memory"},
    {CURLE_FAILED_INIT, UNSENT, "", CHUTES_ERR_INTERNAL, ""},
    {CURLE_UNKNOWN_OPTION, UNSENT, "", CHUTES_ERR_INTERNAL, ""},
    /* Bytes from a proxy may be the cause. */
    {CURLE_BAD_FUNCTION_ARGUMENT, UNSENT, "", CHUTES_ERR_CONNECT, ""},
    {(CURLcode)CODE_TOO_LARGE, UNSENT, "", CHUTES_ERR_TOO_LARGE, ""},
    {(CURLcode)CODE_OF_THE_FUTURE, UNSENT, "x", CHUTES_ERR_CONNECT,
     "no connection to " HOST ": x"},

    {CURLE_OK, SENT, "", CHUTES_ERR_CONNECTION_LOST,
     "the connection to " HOST
     " was lost before an answer came: closed by the server"},
    {CURLE_GOT_NOTHING, SENT, "Empty reply from server",
     CHUTES_ERR_CONNECTION_LOST,
     "the connection to " HOST
     " was lost before an answer came: Empty reply from server"},
    {CURLE_RECV_ERROR, SENT, "reset", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_SEND_ERROR, SENT, "broken pipe", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_HTTP2, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_HTTP2_STREAM, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_PARTIAL_FILE, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    /* The failure when libcurl wants to send the request again. */
    {CURLE_ABORTED_BY_CALLBACK, SENT, "operation aborted by pre-request",
     CHUTES_ERR_CONNECTION_LOST,
     "the connection to " HOST " was lost before an answer came"},
    {CURLE_COULDNT_CONNECT, SENT, "", CHUTES_ERR_CONNECTION_LOST,
     "the connection to " HOST " was lost before an answer came"},
    {CURLE_COULDNT_RESOLVE_HOST, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_OPERATION_TIMEDOUT, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_SSL_CONNECT_ERROR, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_PEER_FAILED_VERIFICATION, SENT, "", CHUTES_ERR_CONNECTION_LOST, ""},
    {CURLE_UNSUPPORTED_PROTOCOL, SENT, "Received HTTP/0.9 when not allowed",
     CHUTES_ERR_PROTOCOL,
     "the server answered with another protocol than HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, SENT, "", CHUTES_ERR_PROTOCOL, ""},
    {CURLE_BAD_FUNCTION_ARGUMENT, SENT, "", CHUTES_ERR_PROTOCOL, ""},
    {CURLE_FAILED_INIT, SENT, "", CHUTES_ERR_PROTOCOL, ""},
    {(CURLcode)CODE_TOO_LARGE, SENT, "", CHUTES_ERR_TOO_LARGE, ""},
    {(CURLcode)CODE_OF_THE_FUTURE, SENT, "news", CHUTES_ERR_PROTOCOL, "news"},

    {CURLE_OK, ANSWERING, "", CHUTES_ERR_TRUNCATED,
     "the connection to " HOST
     " was lost during the answer: closed by the server"},
    {CURLE_PARTIAL_FILE, ANSWERING, "transfer closed", CHUTES_ERR_TRUNCATED,
     "the connection to " HOST " was lost during the answer: transfer closed"},
    {CURLE_RECV_ERROR, ANSWERING, "reset", CHUTES_ERR_TRUNCATED, ""},
    {CURLE_HTTP2_STREAM, ANSWERING, "", CHUTES_ERR_TRUNCATED, ""},
    {CURLE_RECV_ERROR, ANSWERING,
     "Illegal or missing hexadecimal sequence in "
     "chunked-encoding",
     CHUTES_ERR_PROTOCOL, ""},
    {CURLE_RECV_ERROR, ANSWERING, "Too large response headers: 1 > 2",
     CHUTES_ERR_TOO_LARGE,
     "a header of the answer is longer than libcurl allows"},
    {CURLE_BAD_CONTENT_ENCODING, ANSWERING, "", CHUTES_ERR_PROTOCOL, ""},
    {CURLE_BAD_FUNCTION_ARGUMENT, ANSWERING, "", CHUTES_ERR_PROTOCOL,
     "a header of the answer is malformed"},
    {(CURLcode)CODE_OF_THE_FUTURE, ANSWERING, "news", CHUTES_ERR_PROTOCOL,
     "news"},
};

static void set_up(struct chutes__transfer *transfer,
                   struct chutes__schedule *schedule, enum stage stage)
{
    *schedule = (struct chutes__schedule){0};
    *transfer = (struct chutes__transfer){
        .schedule = schedule,
        .easy = curl_easy_init(),
        .url = "https://user:SECRET@llm.example:8443/v1/?SECRET"};
    assert_non_null(transfer->easy);
    transfer->watch.limits.connect_ms = 7000;
    if (stage != UNSENT) {
        transfer->watch.sent_us = 1;
        transfer->result.reused = true; /* so the handshake isn't the cause */
    }
    if (stage == ANSWERING) {
        transfer->head.state = CHUTES__HEAD_OPEN;
        transfer->head.status = 200;
        transfer->result.http_status = 200;
    }
}

static void failures_mean_what_the_stage_makes_of_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct outcome_case *want = &CASES[i];
        struct chutes__transfer transfer;
        struct chutes__schedule schedule;
        /* The handle of this test didn't really send anything. */
        chutes_outcome outcome = want->stage == ANSWERING
                                     ? CHUTES_OUTCOME_ANSWERED
                                     : CHUTES_OUTCOME_NOT_SENT;

        set_up(&transfer, &schedule, want->stage);
        memcpy(transfer.result.message, want->curl_message,
               strlen(want->curl_message) + 1);
        chutes__transfer_decide(&transfer, want->code);
        if (transfer.result.status != want->status ||
            transfer.result.outcome != outcome ||
            (want->message[0] != '\0' &&
             strcmp(transfer.result.message, want->message) != 0)) {
            fail_msg("%d at stage %d: %s, outcome %d: %s", (int)want->code,
                     (int)want->stage,
                     chutes_status_string(transfer.result.status),
                     (int)transfer.result.outcome, transfer.result.message);
        }
        assert_true(transfer.result.message[0] != '\0');
        assert_null(strstr(transfer.result.message, "SECRET"));
        curl_easy_cleanup(transfer.easy);
    }
}

/* A server that requires a certificate closes without reading the request, and
 * its alert is lost. Another attempt may receive it. */
static void a_new_connection_may_end_behind_the_handshake(void **state)
{
    static const struct {
        CURLcode code;
        const char *url;
        chutes_status status;
    } rows[] = {
        {CURLE_SEND_ERROR, "https://llm.example:8443/", CHUTES_ERR_TLS},
        {CURLE_RECV_ERROR, "HTTPS://llm.example:8443/", CHUTES_ERR_TLS},
        {CURLE_SEND_ERROR, "http://llm.example:8443/",
         CHUTES_ERR_CONNECTION_LOST},
        {CURLE_ABORTED_BY_CALLBACK, "https://llm.example:8443/",
         CHUTES_ERR_CONNECTION_LOST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__transfer transfer;
        struct chutes__schedule schedule;

        set_up(&transfer, &schedule, SENT);
        transfer.url = rows[i].url;
        transfer.result.reused = false;
        memcpy(transfer.result.message, "getpeername() failed", 21);
        chutes__transfer_decide(&transfer, rows[i].code);
        assert_int_equal(transfer.result.status, rows[i].status);
        assert_int_equal(transfer.result.outcome, CHUTES_OUTCOME_NOT_SENT);
        assert_false(transfer.result.is_lasting);
        if (rows[i].status == CHUTES_ERR_TLS) {
            assert_string_equal(
                transfer.result.message,
                "no secure connection to " HOST
                ": it ended after the handshake, when a server may ask for a "
                "client certificate (client_cert)");
        }
        curl_easy_cleanup(transfer.easy);
    }
}

static void every_code_of_libcurl_has_a_status(void **state)
{
    (void)state;
    for (int code = 0; code < CURL_LAST + 100; code++) {
        for (int stage = UNSENT; stage <= ANSWERING; stage++) {
            struct chutes__transfer transfer;
            struct chutes__schedule schedule;

            set_up(&transfer, &schedule, (enum stage)stage);
            chutes__transfer_decide(&transfer, (CURLcode)code);
            assert_int_not_equal(transfer.result.status, CHUTES_OK);
            if (stage != UNSENT) {
                assert_int_not_equal(transfer.result.status,
                                     CHUTES_ERR_INTERNAL);
            }
            assert_true(transfer.result.message[0] != '\0');
            curl_easy_cleanup(transfer.easy);
        }
    }
}

static bool has_own_code(void)
{
    return chutes__runtime_get()->libcurl_version >=
           CHUTES__LIBCURL_HAS_TOO_LARGE;
}

static void a_bad_trailer_takes_nothing_from_the_body(void **state)
{
    static const CURLcode codes[] = {CURLE_BAD_FUNCTION_ARGUMENT,
                                     CURLE_WEIRD_SERVER_REPLY};

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct chutes__transfer transfer;
        struct chutes__schedule schedule;

        set_up(&transfer, &schedule, ANSWERING);
        transfer.head.state = CHUTES__HEAD_WHOLE;
        chutes__transfer_decide(&transfer, codes[i]);
        assert_int_equal(transfer.result.status, CHUTES_OK);
        assert_string_equal(transfer.result.message, "");
        curl_easy_cleanup(transfer.easy);
    }
}

/* libcurl has one error code for both. */
static void a_line_without_end_is_told_from_want_of_memory(void **state)
{
    struct chutes__transfer transfer;
    struct chutes__schedule schedule;

    (void)state;
    set_up(&transfer, &schedule, ANSWERING);
    alloc_fail_from(1);
    chutes__transfer_decide(&transfer, CURLE_OUT_OF_MEMORY);
    alloc_fail_off();
    assert_int_equal(transfer.result.status, CHUTES_ERR_NO_MEMORY);
    chutes__transfer_decide(&transfer, CURLE_OUT_OF_MEMORY);
    assert_int_equal(transfer.result.status, has_own_code()
                                                 ? CHUTES_ERR_NO_MEMORY
                                                 : CHUTES_ERR_TOO_LARGE);
    transfer.head.state = CHUTES__HEAD_WHOLE;
    chutes__transfer_decide(&transfer, CURLE_OUT_OF_MEMORY);
    assert_int_equal(transfer.result.status, CHUTES_ERR_NO_MEMORY);
    curl_easy_cleanup(transfer.easy);
}

static void a_handshake_that_was_refused_will_be_again(void **state)
{
    static const struct {
        CURLcode code;
        enum stage stage;
        const char *curl_message;
        bool is_lasting;
    } cases[] = {
        {CURLE_PEER_FAILED_VERIFICATION, UNSENT, "SSL certificate problem",
         true},
        {CURLE_SSL_CERTPROBLEM, UNSENT, "", true},
        {CURLE_SSL_CACERT_BADFILE, UNSENT, "", true},
        {CURLE_URL_MALFORMAT, UNSENT, "", true},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "error:0A00010B:SSL routines::wrong version number", true},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "error:0A00042E:SSL routines::tlsv1 alert protocol version", true},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "gnutls_handshake() failed: A TLS fatal alert has been received.",
         true},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "OpenSSL SSL_connect: Connection reset by peer in connection to x:1",
         false},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x:1", false},
        {CURLE_SSL_CONNECT_ERROR, UNSENT,
         "error:0A000126:SSL routines::unexpected eof while reading", false},
        {CURLE_PEER_FAILED_VERIFICATION, SENT, "", false},
        {CURLE_COULDNT_CONNECT, UNSENT, "", false},
        {CURLE_COULDNT_RESOLVE_HOST, UNSENT, "", false},
        {CURLE_OPERATION_TIMEDOUT, UNSENT, "", false},
        {CURLE_RECV_ERROR, ANSWERING, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__transfer transfer;
        struct chutes__schedule schedule;

        set_up(&transfer, &schedule, cases[i].stage);
        memcpy(transfer.result.message, cases[i].curl_message,
               strlen(cases[i].curl_message) + 1);
        chutes__transfer_decide(&transfer, cases[i].code);
        if (transfer.result.is_lasting != cases[i].is_lasting) {
            fail_msg("%d: %s", (int)cases[i].code, transfer.result.message);
        }
        curl_easy_cleanup(transfer.easy);
    }
}

static void what_stopped_the_transfer_stands(void **state)
{
    struct chutes__transfer transfer;
    struct chutes__schedule schedule;

    (void)state;
    set_up(&transfer, &schedule, ANSWERING);
    transfer.stop = CHUTES_ERR_STREAM;
    chutes__transfer_decide(&transfer, CURLE_WRITE_ERROR);
    assert_int_equal(transfer.result.status, CHUTES_ERR_STREAM);
    assert_string_equal(transfer.result.message, "");
    transfer.stop = CHUTES_OK;
    transfer.watch.complete_us = 1;
    chutes__transfer_decide(&transfer, CURLE_PARTIAL_FILE);
    assert_int_equal(transfer.result.status, CHUTES_OK);
    assert_string_equal(transfer.result.message, "");
    curl_easy_cleanup(transfer.easy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_mean_what_the_stage_makes_of_them),
        cmocka_unit_test(a_new_connection_may_end_behind_the_handshake),
        cmocka_unit_test(every_code_of_libcurl_has_a_status),
        cmocka_unit_test(a_bad_trailer_takes_nothing_from_the_body),
        cmocka_unit_test(a_line_without_end_is_told_from_want_of_memory),
        cmocka_unit_test(a_handshake_that_was_refused_will_be_again),
        cmocka_unit_test(what_stopped_the_transfer_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
