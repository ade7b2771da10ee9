/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>

#include "call.h"
#include "crowd.h"
#include "stream_script.h"

/*
 * Servers that promise to keep a connection, but close it shortly after each
 * stream. The delays vary, so that the close may arrive while the next request
 * is sent. No call may be lost, and none may be sent twice.
 */

enum { STREAMS = 1000, TLS_STREAMS = 150, AT_ONCE = 8 };

static const struct {
    const char *name;
    const char *script; /* after the stream, in separate segments */
    enum peer_tls tls;
} CLOSERS[] = {
    {"at once", "fin\n", PEER_PLAIN},
    {"after 0.1 ms", "sleep-us 100\nfin\n", PEER_PLAIN},
    {"after 0.5 ms", "sleep-us 500\nfin\n", PEER_PLAIN},
    {"after 1 ms", "sleep-us 1000\nfin\n", PEER_PLAIN},
    {"after 2 ms", "sleep-us 2000\nfin\n", PEER_PLAIN},
    {"by a reset after 0.1 ms", "sleep-us 100\nrst\n", PEER_PLAIN},
    {"by a reset after 1 ms", "sleep-us 1000\nrst\n", PEER_PLAIN},
    {"with close_notify, at once", "fin\n", PEER_TLS_GOOD},
    {"with close_notify, after 0.5 ms", "sleep-us 500\nfin\n", PEER_TLS_GOOD},
    {"with close_notify, after 2 ms", "sleep-us 2000\nfin\n", PEER_TLS_GOOD},
};

static const chutes_retry_policy POLICIES[] = {CHUTES_RETRY_NONE,
                                               CHUTES_RETRY_SAFE};

static int count_of(size_t closer)
{
    return CLOSERS[closer].tls == PEER_PLAIN ? STREAMS : TLS_STREAMS;
}

static struct peer *start_closer(size_t closer, chutes_retry_policy policy,
                                 chutes_client **client)
{
    char script[1024];
    struct peer *peer;
    chutes_client_options options;

    (void)snprintf(script, sizeof(script), STREAM("fine") "%s",
                   CLOSERS[closer].script);
    peer = peer_start(script, CLOSERS[closer].tls);
    options = call_options(peer);
    options.retry_policy = policy;
    options.log_level = CHUTES_LOG_INFO;
    options.ca_file = CLOSERS[closer].tls == PEER_PLAIN ? NULL : peer_ca_file();
    *client = call_client(&options);
    return peer;
}

static void run_in_turn(size_t closer, chutes_retry_policy policy)
{
    chutes_client *client;
    struct peer *peer = start_closer(closer, policy, &client);

    for (int i = 0; i < count_of(closer); i++) {
        struct call call = {.kind = CALL_STREAM};

        call_run(&call, client);
        if (call.status != CHUTES_OK) {
            fail_msg("%s, call %d: %s: %s", CLOSERS[closer].name, i,
                     chutes_status_name(call.status), call.error.message);
        }
        assert_int_equal(call_info(&call)->attempts, 1);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(peer), count_of(closer));
    chutes_client_free(client);
    peer_stop(peer);
}

static void run_crowd(size_t closer, chutes_retry_policy policy)
{
    chutes_client *client;
    struct peer *peer = start_closer(closer, policy, &client);

    crowd_run(client, CLOSERS[closer].name, count_of(closer), AT_ONCE);
    assert_int_equal(peer_posts(peer), count_of(closer));
    chutes_client_free(client);
    peer_stop(peer);
}

static void run_all(void (*run)(size_t closer, chutes_retry_policy policy))
{
    if (call_patience_ms(1) > 1) {
        skip(); /* servers can't keep their times under valgrind */
    }
    for (size_t closer = 0; closer < COUNT(CLOSERS); closer++) {
        for (size_t policy = 0; policy < COUNT(POLICIES); policy++) {
            run(closer, POLICIES[policy]);
        }
    }
}

static void no_stream_in_turn_is_lost(void **state)
{
    (void)state;
    run_all(run_in_turn);
}

static void no_stream_of_eight_at_a_time_is_lost(void **state)
{
    (void)state;
    run_all(run_crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_stream_in_turn_is_lost),
        cmocka_unit_test(no_stream_of_eight_at_a_time_is_lost),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
