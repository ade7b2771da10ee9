/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "nowhere.h"

enum { CALLS = 20, MAX_LATE = 5 };

#define STREAM                                                            \
    "sse-head\n"                                                          \
    "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":" \
    "\"fine\"},\"finish_reason\":\"stop\"}]}\n"                           \
    "sse [DONE]\n"
#define ANSWER                                                             \
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{" \
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}],\"data\":[],"      \
    "\"results\":[{\"index\":0,\"score\":1},{\"index\":1,\"score\":1}]}\n"

/* ---- reuse --------------------------------------------------------------- */

/* How a server answers every call, and how many connections that many calls
 * then use. */
static const struct {
    const char *name;
    const char *script;
    enum call_kind kind;
    chutes_status status;
    int opened; /* connections, at most */
} REUSES[] = {
    {"whole answers", ANSWER, CALL_CHAT, CHUTES_OK, 1},
    {"models", ANSWER, CALL_MODELS, CHUTES_OK, 1},
    /* libchutes waits for the end of a stream, but not long: a busy machine may
     * sometimes be too slow. */
    {"streams", STREAM "chunk-end\n", CALL_STREAM, CHUTES_OK, MAX_LATE},
    {"streams that are ended a little late", STREAM "sleep 20\nchunk-end\n",
     CALL_STREAM, CHUTES_OK, MAX_LATE},
    {"streams that are never ended", STREAM "stall\n", CALL_STREAM, CHUTES_OK,
     CALLS},
    {"errors", "answer 429 application/json {\"detail\":\"slow down\"}\n",
     CALL_CHAT, CHUTES_ERR_RATE_LIMITED, 1},
    {"errors of a stream that was asked for",
     "answer 503 application/json {\"detail\":\"cold\"}\n", CALL_STREAM,
     CHUTES_ERR_CAPACITY, 1},
    {"redirects",
     "status 307\nheader Location: /x\n"
     "header Content-Length: 0\nend-headers\n",
     CALL_CHAT, CHUTES_ERR_REDIRECT, 1},
    {"the server closes after each",
     "status 200\nheader Connection: close\n"
     "header Content-Type: application/json\nend-headers\n"
     "send {\"choices\":[{\"index\":0,\"message\":{\"content\":\"fine\"},"
     "\"finish_reason\":\"stop\"}]}\nfin\n",
     CALL_CHAT, CHUTES_OK, CALLS},
    {"cut answers",
     "status 200\nheader Content-Length: 100\nend-headers\nsend {\nfin\n",
     CALL_CHAT, CHUTES_ERR_TRUNCATED, CALLS},
    {"errors amid a stream", "sse-head\nsse {\"error\":\"boom\"}\nstall\n",
     CALL_STREAM, CHUTES_ERR_STREAM, CALLS},
};

/* Makes the calls; returns how many say that they opened a connection. */
static int make_calls(size_t row, chutes_client *client)
{
    int opened = 0;

    for (int i = 0; i < CALLS; i++) {
        struct call call = {.kind = REUSES[row].kind};
        const chutes_response_info *info;

        call_run(&call, client);
        if (call.status != REUSES[row].status) {
            fail_msg("%s, call %d: %s: %s", REUSES[row].name, i,
                     chutes_status_name(call.status), call.error.message);
        }
        info = call_info(&call);
        if (info != NULL) {
            opened += !info->connection_reused;
            assert_int_equal(info->timing.connect_us == 0,
                             info->connection_reused);
        }
        call_dispose(&call);
    }
    return opened;
}

static void check_reuse(size_t row)
{
    struct peer *peer = peer_start(REUSES[row].script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    int opened = make_calls(row, client);

    assert_int_equal(peer_requests(peer), CALLS);
    if (REUSES[row].opened == CALLS) {
        assert_int_equal(peer_accepts(peer), CALLS);
    } else if (peer_accepts(peer) > REUSES[row].opened) {
        fail_msg("%s: %d connections", REUSES[row].name, peer_accepts(peer));
    }
    assert_true(opened <= peer_accepts(peer));
    chutes_client_free(client);
    assert_true(peer_await_closed(peer, call_bound_ms(1000)));
    peer_stop(peer);
}

static void connections_are_reused_when_the_answer_allows_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REUSES); i++) {
        check_reuse(i);
    }
}

static void calls_of_every_kind_share_a_connection(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
        "\"content\":\"fine\"},\"finish_reason\":\"stop\"}],\"results\":["
        "{\"index\":0,\"score\":1},{\"index\":1,\"score\":1}],\"data\":[{"
        "\"id\":"
        "\"m\",\"index\":0,\"embedding\":[1]},{\"id\":\"n\",\"index\":1,"
        "\"embedding\":[2]}]}\n");

    (void)state;
    for (int i = 0; i < 3 * CALL_KINDS; i++) {
        struct call call = {.kind = (enum call_kind)(i % CALL_KINDS)};

        call_run(&call, pair.client);
        if (call.status != CHUTES_OK) {
            fail_msg("%s", call.error.message);
        }
        call_dispose(&call);
    }
    assert_int_equal(peer_accepts(pair.peer), 1);
    call_close(pair);
}

/* ---- connections that end while idle ------------------------------------- */

/* The server answers once, then closes the connection: at once, or when the
 * second request has arrived. */
static const struct {
    const char *name;
    const char *script;
    bool may_notice; /* libcurl may notice in time and reconnect */
} STALE[] = {
    {"closed behind the first answer", ANSWER "fin\nconnection\n" ANSWER, true},
    {"reset behind the first answer", ANSWER "rst\nconnection\n" ANSWER, true},
    {"closed on the second request", ANSWER "request\nfin\nconnection\n" ANSWER,
     false},
    {"reset on the second request", ANSWER "request\nrst\nconnection\n" ANSWER,
     false},
};

static void run_stale(size_t row, enum call_kind kind)
{
    struct call_pair pair = call_open(STALE[row].script);
    struct call first = {.kind = kind};
    struct call second = {.kind = kind};
    int requests;

    call_run(&first, pair.client);
    assert_int_equal(first.status, CHUTES_OK);
    if (STALE[row].may_notice) {
        assert_true(peer_await_closed(pair.peer, call_bound_ms(1000)));
    }
    call_run(&second, pair.client);
    requests = peer_requests(pair.peer);
    if (STALE[row].may_notice && second.status == CHUTES_OK) {
        /* It was sent once, on a new connection. */
        assert_int_equal(call_info(&second)->connection_reused, 0);
        assert_int_equal(requests, 2);
        assert_int_equal(peer_accepts(pair.peer), 2);
    } else {
        if (second.status != CHUTES_ERR_CONNECTION_LOST) {
            fail_msg("%s: %s: %s", STALE[row].name,
                     chutes_status_name(second.status), second.error.message);
        }
        /* Nothing could be sent on a connection that had been reset. */
        if (second.error.outcome != CHUTES_OUTCOME_MAYBE_SENT &&
            !(STALE[row].may_notice &&
              second.error.outcome == CHUTES_OUTCOME_NOT_SENT)) {
            fail_msg("%s, %s: %d requests were seen, told: outcome %d: %s",
                     STALE[row].name, call_kind_name(kind), requests,
                     (int)second.error.outcome, second.error.message);
        }
        assert_int_equal(second.error.attempts, 1);
        assert_int_equal(peer_accepts(pair.peer), 1);
        assert_int_equal(requests, STALE[row].may_notice ? 1 : 2);
    }
    call_dispose(&first);
    call_dispose(&second);
    call_close(pair);
}

static void a_dead_connection_never_makes_two_requests_of_one(void **state)
{
    static const enum call_kind kinds[] = {CALL_CHAT, CALL_STREAM, CALL_MODELS};

    (void)state;
    for (size_t i = 0; i < COUNT(STALE); i++) {
        for (size_t k = 0; k < COUNT(kinds); k++) {
            run_stale(i, kinds[k]);
        }
    }
}

static void behind_a_lost_connection_the_client_works_on(void **state)
{
    struct call_pair pair =
        call_open(ANSWER "request\nrst\nconnection\n" ANSWER);
    const chutes_status statuses[] = {CHUTES_OK, CHUTES_ERR_CONNECTION_LOST,
                                      CHUTES_OK, CHUTES_OK};

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct call call = {.kind = CALL_CHAT};

        call_run(&call, pair.client);
        assert_int_equal(call.status, statuses[i]);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(pair.peer), 4);
    assert_int_equal(peer_accepts(pair.peer), 2);
    call_close(pair);
}

/* ---- no connection ------------------------------------------------------- */

static void expect_no_connection(const char *url, const char *part,
                                 enum call_kind kind)
{
    chutes_client_options options = call_options_for(url);
    struct call call = {.kind = kind};
    chutes_client *client = call_client(&options);

    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_CONNECT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(call.error.attempts, 1);
    assert_int_equal(call.error.http_status, 0);
    if (strstr(call.error.message, part) == NULL) {
        fail_msg("%s", call.error.message);
    }
    assert_null(call.chat);
    call_dispose(&call);
    chutes_client_free(client);
}

static void a_closed_port_is_told(void **state)
{
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   nowhere_closed_port());
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        expect_no_connection(url, "refused", (enum call_kind)kind);
    }
}

/* The name is longer than names may be, so no name server is asked. */
static void a_name_that_cannot_be_resolved_is_told(void **state)
{
    char url[128];

    (void)state;
    (void)snprintf(url, sizeof(url), "https://%070d.invalid/v1", 0);
    expect_no_connection(url, "cannot resolve 000", CALL_STREAM);
}

static void a_proxy_that_does_not_answer_is_told(void **state)
{
    struct peer *peer = peer_start(ANSWER, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;
    char proxy[96];

    (void)state;
    (void)snprintf(proxy, sizeof(proxy), "http://user:CANARY@127.0.0.1:%d",
                   nowhere_closed_port());
    options.proxy = proxy;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_CONNECT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(peer_accepts(peer), 0);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_proxy_gets_no_key_before_the_tunnel_stands(void **state)
{
    struct peer *proxy = peer_start("expect CONNECT llm.chutes.ai:443\n"
                                    "expect-no-header Authorization\n"
                                    "answer 403 text/plain no tunnels here\n",
                                    PEER_PLAIN);
    chutes_client_options options = call_options(proxy);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", peer_port(proxy));
    options.base_url = NULL;
    options.proxy = url;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_CONNECT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_null(strstr(peer_request_head(proxy, 1), "CANARY"));
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(proxy);
}

/* ---- redirects ----------------------------------------------------------- */

static void nothing_reaches_the_target_of_a_redirect(void **state)
{
    static const int statuses[] = {301, 302, 303, 307, 308};

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        for (int kind = 0; kind < CALL_KINDS; kind++) {
            struct peer *canary = peer_start(ANSWER, PEER_PLAIN);
            struct call call = {.kind = (enum call_kind)kind};
            chutes_client_options options;
            chutes_client *client;
            struct peer *peer;
            char script[256];

            (void)snprintf(script, sizeof(script),
                           "status %d\n"
                           "header Location: %schat/completions\n"
                           "header Content-Length: 0\n"
                           "end-headers\n",
                           statuses[i], peer_url(canary));
            peer = peer_start(script, PEER_PLAIN);
            options = call_options(peer);
            options.auth =
                kind % 2 == 0 ? CHUTES_AUTH_X_API_KEY : CHUTES_AUTH_BEARER;
            client = call_client(&options);
            call_run(&call, client);
            assert_int_equal(call.status, CHUTES_ERR_REDIRECT);
            assert_int_equal(call.error.http_status, statuses[i]);
            assert_int_equal(peer_requests(peer), 1);
            assert_int_equal(peer_accepts(canary), 0);
            assert_int_equal(peer_http_bytes(canary), 0);
            call_dispose(&call);
            chutes_client_free(client);
            peer_stop(peer);
            peer_stop(canary);
        }
    }
}

/* Misuses the client in a child of fork(). Returns 0, or which kind of call had
 * which wrong result. */
static int misuse_in_child(chutes_client *client)
{
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        if (call.status != CHUTES_ERR_MISUSE || call.error.attempts != 0 ||
            strstr(call.error.message, "fork()") == NULL) {
            return 1 + kind;
        }
        call_dispose(&call);
    }
    chutes_client_cancel_all(client);
    chutes_client_free(client);
    return 0;
}

/* A child must not free the connections, because the server would see them
 * closed. exec() replaces it, so that valgrind doesn't report them as leaks and
 * change the exit status. */
static _Noreturn void leave_child(int fault)
{
    if (fault == 0) {
        (void)execl("/bin/true", "true", (char *)NULL);
    }
    _exit(fault);
}

static void a_forked_process_leaves_the_connections_to_its_parent(void **s)
{
    struct peer *peer = peer_start(ANSWER, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    int status = -1;
    pid_t child;

    (void)s;
    options.ca_file = peer_ca_file();
    client = call_client(&options);
    for (int i = 0; i < 2; i++) {
        struct call call = {.kind = CALL_CHAT};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        call_dispose(&call);
        if (i == 0) {
            child = fork();
            if (child == 0) {
                leave_child(misuse_in_child(client));
            }
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
    }
    assert_int_equal(peer_accepts(peer), 1);
    assert_int_equal(peer_posts(peer), 2);
    chutes_client_free(client);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_reused_when_the_answer_allows_it),
        cmocka_unit_test(calls_of_every_kind_share_a_connection),
        cmocka_unit_test(a_dead_connection_never_makes_two_requests_of_one),
        cmocka_unit_test(behind_a_lost_connection_the_client_works_on),
        cmocka_unit_test(a_closed_port_is_told),
        cmocka_unit_test(a_name_that_cannot_be_resolved_is_told),
        cmocka_unit_test(a_proxy_that_does_not_answer_is_told),
        cmocka_unit_test(a_proxy_gets_no_key_before_the_tunnel_stands),
        cmocka_unit_test(nothing_reaches_the_target_of_a_redirect),
        cmocka_unit_test(a_forked_process_leaves_the_connections_to_its_parent),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
