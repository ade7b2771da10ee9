/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "pki.h"
#include "rows.h"

static const char FINE[] =
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n";

static void
a_certificate_of_a_foreign_authority_ends_it_before_http(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);

    (void)state;
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_ERR_TLS);
        assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
        assert_int_equal(call.error.http_status, 0);
        call_dispose(&call);
    }
    assert_int_equal(peer_http_bytes(peer), 0);
    assert_int_equal(peer_requests(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

static void clients_trust_each_for_itself(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_client *stranger = call_client(&options);
    chutes_client *friend;
    struct call first = {.kind = CALL_CHAT};
    struct call second = {.kind = CALL_CHAT};

    (void)state;
    options.ca_file = peer_ca_file();
    friend = call_client(&options);
    call_run(&first, friend);
    assert_int_equal(first.status, CHUTES_OK);
    call_run(&second, stranger);
    assert_int_equal(second.status, CHUTES_ERR_TLS);
    assert_int_equal(peer_posts(peer), 1);
    call_dispose(&first);
    call_dispose(&second);
    chutes_client_free(friend);
    chutes_client_free(stranger);
    peer_stop(peer);
}

/* Neither a connection nor a handle of libcurl that the one has left idle
 * serves the other, which would then trust what it must not. */
static void clients_with_different_ca_files_share_nothing(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_client *friend;
    chutes_client *stranger;

    (void)state;
    options.ca_file = peer_ca_file();
    friend = call_client(&options);
    options.ca_file = pki_certificate_file(PKI_SELF_SIGNED);
    stranger = call_client(&options);
    for (int i = 0; i < 6; i++) {
        struct call call = {.kind = CALL_CHAT};
        bool is_friend = i % 2 == 0;

        call_run(&call, is_friend ? friend : stranger);
        assert_int_equal(call.status, is_friend ? CHUTES_OK : CHUTES_ERR_TLS);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(peer), 3);
    assert_int_equal(peer_accepts(peer), 4); /* one of them the friend's */
    chutes_client_free(friend);
    chutes_client_free(stranger);
    peer_stop(peer);
}

static void connections_with_tls_are_reused_and_timed(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    (void)state;
    options.ca_file = peer_ca_file();
    client = call_client(&options);
    for (int i = 0; i < 3; i++) {
        struct call call = {.kind = CALL_CHAT};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        assert_int_equal(call_info(&call)->connection_reused, i > 0);
        assert_int_equal(call_info(&call)->timing.connect_us > 0, i == 0);
        call_dispose(&call);
    }
    assert_int_equal(peer_accepts(peer), 1);
    chutes_client_free(client);
    peer_stop(peer);
}

static void call_by(const char *scheme, struct peer *peer, struct call *call)
{
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    char url[64];

    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d/v1", scheme,
                   peer_port(peer));
    options.base_url = url;
    client = call_client(&options);
    call_run(call, client);
    chutes_client_free(client);
}

static void https_to_a_port_that_speaks_http_fails(void **state)
{
    struct peer *peer = peer_start("read-none\n"
                                   "answer 400 text/plain x\n",
                                   PEER_PLAIN);
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    call_by("https", peer, &call);
    assert_int_equal(call.status, CHUTES_ERR_TLS);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_non_null(strstr(call.error.message, "plain http"));
    assert_int_equal(peer_requests(peer), 0);
    call_dispose(&call);
    peer_stop(peer);
}

static void http_to_a_port_that_speaks_https_fails(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_TLS_GOOD);
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    call_by("http", peer, &call);
    assert_true(call.status == CHUTES_ERR_PROTOCOL ||
                call.status == CHUTES_ERR_CONNECTION_LOST);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_MAYBE_SENT);
    assert_int_equal(peer_requests(peer), 0);
    call_dispose(&call);
    peer_stop(peer);
}

/* ---- CA files ------------------------------------------------------------ */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_bad_ca(const char *path)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = (void *)&options;
    chutes_error error;

    options.api_key = CALL_KEY;
    options.ca_file = path;
    assert_int_equal(chutes_client_new(&options, &client, &error),
                     CHUTES_ERR_CONFIG);
    assert_null(client);
    assert_int_equal(error.status, CHUTES_ERR_CONFIG);
    assert_int_equal(error.outcome, CHUTES_OUTCOME_NOT_SENT);
    if (strstr(error.message, "ca_file") == NULL) {
        fail_msg("%s: %s", path, error.message);
    }
}

static void a_ca_file_that_is_missing_is_refused_at_once(void **state)
{
    (void)state;
    expect_bad_ca("/nowhere/at/all.pem");
}

static void a_ca_file_that_is_none_is_refused_at_once(void **state)
{
    char directory[] = "/tmp/chutes-ca-XXXXXX";
    char empty[64];
    char text[64];
    char fifo[64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(empty, sizeof(empty), "%s/empty", directory);
    (void)snprintf(text, sizeof(text), "%s/text", directory);
    (void)snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
    write_file(empty, "");
    write_file(text, "no certificate\n");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    expect_bad_ca("");
    expect_bad_ca(directory);
    expect_bad_ca(empty);
    expect_bad_ca(text);
    expect_bad_ca(fifo);
    (void)unlink(empty);
    (void)unlink(text);
    (void)unlink(fifo);
    (void)rmdir(directory);
}

int main(void)
{
    static const char *const files[] = {"tls.txt"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_certificate_of_a_foreign_authority_ends_it_before_http),
        ROWS_FAULT("J7: clients trust each for itself",
                   clients_trust_each_for_itself),
        cmocka_unit_test(clients_with_different_ca_files_share_nothing),
        cmocka_unit_test(connections_with_tls_are_reused_and_timed),
        ROWS_FAULT("B13: https to a port that speaks http",
                   https_to_a_port_that_speaks_http_fails),
        ROWS_FAULT("B14: http to a port that speaks https",
                   http_to_a_port_that_speaks_https_fails),
        ROWS_FAULT("B11: a CA file that is missing is refused at once",
                   a_ca_file_that_is_missing_is_refused_at_once),
        ROWS_FAULT("B12: a CA file that is none is refused at once",
                   a_ca_file_that_is_none_is_refused_at_once),
    };

    return rows_run("tls", files, 1, tests, COUNT(tests));
}
