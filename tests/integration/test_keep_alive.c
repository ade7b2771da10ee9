/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "call.h"
#include "crowd.h"
#include "stream_script.h"

/*
 * Servers that promise to keep a connection, but don't. No call may be lost and
 * none may be sent twice, and what a server sends without a request must not
 * become an answer.
 */

enum {
    ROUNDS = 8,
    STREAMS = 1000,
    GOOD_CALLS = 2000,
    TLS_CALLS = 30,
    AT_ONCE = 8
};

#define BODY(text)                                                \
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"" text \
    "\"},\"finish_reason\":\"stop\"}]}\n"
#define ANSWER "answer 200 application/json " BODY("fine")
#define UNASKED "answer 200 application/json " BODY("unasked")

/* What the server does together with its answer. The bytes are held and sent in
 * one piece, so the result doesn't depend on how busy the machine is. */
static const struct {
    const char *name;
    const char *script; /* after the answer */
} LIES[] = {
    {"closes", "fin\n"},
    {"closes without close_notify", "fin-without-close-notify\n"},
    {"closes its half", "half-close\ndrain\n"},
    {"answers what nobody asked", UNASKED "release\n"},
    {"says that it waited too long",
     "send \"HTTP/1.1 408 Request Timeout\\r\\nContent-Length: 0\\r\\n"
     "Connection: close\\r\\n\\r\\n\"\nfin\n"},
    {"sends a ticket, and what nobody asked", "ticket\n" UNASKED "release\n"},
    {"sends a new key, and closes", "key-update\nfin\n"},
    {"sends an empty line", "send \"\\r\\n\"\nrelease\n"},
};

static void expect_fine(const struct call *call, const char *name, int round)
{
    const chutes_response_info *info = call_info(call);

    if (call->status != CHUTES_OK) {
        fail_msg("%s, %s, %s, call %d: %s: %s", name,
                 call_kind_name(call->kind), call_mode_name(call->mode), round,
                 chutes_status_name(call->status), call->error.message);
    }
    assert_int_equal(info->attempts, 1);
    assert_string_equal(call->chat->choices[0]->content, "fine");
}

static void run_lie(size_t lie, struct call way, enum peer_tls tls)
{
    char script[1024];
    struct peer *peer;
    chutes_client_options options;
    chutes_client *client;
    chutes_loop *loop = NULL;

    (void)snprintf(script, sizeof(script), "hold\n%s%s",
                   way.kind == CALL_STREAM ? STREAM("fine") : ANSWER,
                   LIES[lie].script);
    peer = peer_start(script, tls);
    options = call_options(peer);
    options.retry_policy = CHUTES_RETRY_NONE;
    options.ca_file = tls == PEER_PLAIN ? NULL : peer_ca_file();
    client = call_client(&options);
    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    for (int i = 0; i < ROUNDS; i++) {
        struct call call = {.kind = way.kind, .mode = way.mode, .loop = loop};

        call_run(&call, client);
        expect_fine(&call, LIES[lie].name, i);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(peer), ROUNDS);
    chutes_loop_free(loop);
    chutes_client_free(client);
    peer_stop(peer);
}

static void no_call_is_lost_to_a_lie(void **state)
{
    static const enum call_kind kinds[] = {CALL_CHAT, CALL_STREAM};

    (void)state;
    for (size_t lie = 0; lie < COUNT(LIES); lie++) {
        for (int way = 0; way < 4 * CALL_MODES; way++) {
            struct call call = {.kind = kinds[way & 1],
                                .mode = (enum call_mode)(way / 4)};

            if (call_can_run(call.kind, call.mode)) {
                run_lie(lie, call, (way & 2) != 0 ? PEER_TLS_GOOD : PEER_PLAIN);
            }
        }
    }
}

/* ---- many calls ---------------------------------------------------------- */

static void run_in_turn(const char *script, enum call_kind kind, int count,
                        enum peer_tls tls, int accepts)
{
    struct peer *peer = peer_start(script, tls);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    options.retry_policy = CHUTES_RETRY_NONE;
    options.log_level = CHUTES_LOG_INFO;
    options.ca_file = tls == PEER_PLAIN ? NULL : peer_ca_file();
    client = call_client(&options);
    for (int i = 0; i < count; i++) {
        struct call call = {.kind = kind};

        call_run(&call, client);
        expect_fine(&call, "in turn", i);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(peer), count);
    if (accepts > 0) {
        assert_int_equal(peer_accepts(peer), accepts);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

static void no_stream_is_lost_to_a_server_that_closes_after_each(void **state)
{
    (void)state;
    run_in_turn("hold\n" STREAM("fine") "fin\n", CALL_STREAM, STREAMS,
                PEER_PLAIN, 0);
    run_in_turn("hold\n" STREAM("fine") "fin\n", CALL_STREAM, STREAMS / 10,
                PEER_TLS_GOOD, 0);
}

static void a_server_that_keeps_connections_gets_one(void **state)
{
    (void)state;
    run_in_turn(ANSWER, CALL_CHAT, GOOD_CALLS, PEER_PLAIN, 1);
    run_in_turn(STREAM("fine"), CALL_STREAM, GOOD_CALLS, PEER_PLAIN, 1);
}

/* From 8.0 on, libcurl drops an idle connection that has anything to read.
 * Returns the number of connections. */
static int accepts_with_tickets(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num < 0x080000 ? 1 : 0;
}

/* Messages of TLS 1.3 after an answer are not part of an answer. */
static void a_tls_server_that_keeps_connections_gets_one(void **state)
{
    static const char *const behind[] = {"ticket\n", "ticket\nticket\n",
                                         "key-update\n",
                                         "ticket\nkey-update\nkey-update\n"};
    char script[1024];

    (void)state;
    run_in_turn(ANSWER, CALL_CHAT, GOOD_CALLS / 10, PEER_TLS_GOOD, 1);
    for (size_t i = 0; i < COUNT(behind); i++) {
        (void)snprintf(script, sizeof(script), "hold\n" ANSWER "%srelease\n",
                       behind[i]);
        run_in_turn(script, CALL_CHAT, TLS_CALLS, PEER_TLS_GOOD,
                    accepts_with_tickets());
        (void)snprintf(script, sizeof(script),
                       "hold\n" STREAM("fine") "%srelease\n", behind[i]);
        run_in_turn(script, CALL_STREAM, TLS_CALLS, PEER_TLS_GOOD,
                    accepts_with_tickets());
    }
}

static int run_crowd(const char *script, int count, int host_connections)
{
    struct peer *peer = peer_start(script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    int accepts;

    options.retry_policy = CHUTES_RETRY_NONE;
    options.log_level = CHUTES_LOG_INFO;
    if (host_connections > 0) {
        options.max_host_connections = host_connections;
    }
    client = call_client(&options);
    crowd_run(client, "eight at a time", count, AT_ONCE);
    assert_int_equal(peer_posts(peer), count);
    accepts = peer_accepts(peer);
    chutes_client_free(client);
    peer_stop(peer);
    return accepts;
}

static void no_stream_of_eight_at_a_time_is_lost(void **state)
{
    (void)state;
    (void)run_crowd("hold\n" STREAM("fine") "fin\n", STREAMS, 0);
    assert_true(run_crowd(STREAM("fine"), STREAMS, 0) <= AT_ONCE);
    /* Here the calls queue for a connection. */
    (void)run_crowd("hold\n" STREAM("fine") "fin\n", STREAMS, 3);
    assert_true(run_crowd(STREAM("fine"), STREAMS, 3) <= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_call_is_lost_to_a_lie),
        cmocka_unit_test(no_stream_is_lost_to_a_server_that_closes_after_each),
        cmocka_unit_test(a_server_that_keeps_connections_gets_one),
        cmocka_unit_test(a_tls_server_that_keeps_connections_gets_one),
        cmocka_unit_test(no_stream_of_eight_at_a_time_is_lost),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
