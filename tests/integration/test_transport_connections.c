/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "base/clock.h"
#include "transport/engine.h"
#include "transport/transfer.h"

#include "attempt.h"
#include "call.h"
#include "peer.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOON_MS call_bound_ms(250)

static void a_connection_is_used_again(void **state)
{
    struct attempt_pair pair = attempt_open("sse-head\nchunk hello\nchunk-end");
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 10; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_int_equal(attempt.result.reused, i > 0);
        assert_int_equal(attempt.result.connect_us == 0, i > 0);
        assert_true(attempt.result.first_byte_us > 0);
    }
    assert_int_equal(peer_accepts(pair.peer), 1);
    assert_int_equal(peer_posts(pair.peer), 10);
    attempt_close(pair);
}

/* The server answers the first request. When the second arrives on the same
 * connection, it ends the connection instead. */
static void a_dead_connection_costs_one_request_at_most(void **state)
{
    static const char *const ends[] = {"fin", "rst"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        char script[128];
        struct attempt_pair pair;
        struct attempt attempt;

        (void)snprintf(script, sizeof(script),
                       "answer 200 text/plain hello\nrequest\n%s\n"
                       "connection\nanswer 200 text/plain again",
                       ends[i]);
        pair = attempt_open(script);
        attempt_init(&attempt, peer_url(pair.peer));
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        attempt_init(&attempt, peer_url(pair.peer));
        attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONNECTION_LOST,
                       MAYBE_SENT);
        attempt_expect_message(&attempt, "lost before an answer came");
        assert_int_equal(attempt.result.reused, 1);
        assert_int_equal(peer_posts(pair.peer), 2);
        assert_int_equal(peer_accepts(pair.peer), 1);

        attempt_init(&attempt, peer_url(pair.peer));
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_string_equal(attempt.body, "again");
        assert_int_equal(attempt.result.reused, 0);
        assert_int_equal(peer_posts(pair.peer), 3);
        attempt_close(pair);
    }
}

/* The connection is found dead before anything is sent on it. */
static void a_connection_closed_while_idle_is_not_used(void **state)
{
    struct attempt_pair pair =
        attempt_open("answer 200 text/plain hello\nfin\n"
                     "connection\nanswer 200 text/plain again");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_true(peer_await_closed(pair.peer, 2000));
    attempt_init(&attempt, peer_url(pair.peer));
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_string_equal(attempt.body, "again");
    assert_int_equal(attempt.result.reused, 0);
    assert_int_equal(peer_posts(pair.peer), 2);
    attempt_close(pair);
}

/* SIGPIPE has its default action here, so it would end the test. */
static void a_reset_amid_the_upload_is_no_signal(void **state)
{
    static char body[5 << 20];
    struct attempt_pair pair =
        attempt_open("read-none\nread-head\nread 1000\nrst");
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 20; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.body = body;
        attempt.request.body_len = sizeof(body);
        attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CONNECTION_LOST,
                       MAYBE_SENT);
    }
    attempt_close(pair);
}

static void an_early_answer_to_an_upload_is_heard(void **state)
{
    static char body[5 << 20];
    struct attempt_pair pair =
        attempt_open("read-none\nread-head\nanswer 413 text/plain big\ndrain");
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 20; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.body = body;
        attempt.request.body_len = sizeof(body);
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_int_equal(attempt.result.http_status, 413);
        assert_string_equal(attempt.body, "big");
    }
    attempt_close(pair);
}

/* libcurl would continue to send, because there is no error to stop it. */
static void a_whole_answer_ends_an_upload_that_nobody_reads(void **state)
{
    static char body[5 << 20];
    struct attempt_pair pair = attempt_open(
        "read-none\nread-head\nanswer 200 text/plain fine\nwait end\nrst");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.body = body;
    attempt.request.body_len = sizeof(body);
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_int_equal(attempt.result.http_status, 200);
    assert_string_equal(attempt.body, "fine");
    assert_true(attempt.elapsed_us < SOON_MS * 1000);
    peer_release(pair.peer, "end");
    attempt_close(pair);
}

static chutes_status fail_at_once(struct attempt *attempt, int n)
{
    (void)attempt;
    (void)n;
    return CHUTES_ERR_STREAM;
}

static chutes_status cancel_in_callback(struct attempt *attempt, int n)
{
    (void)n;
    chutes__transfer_cancel(attempt->transfer);
    return CHUTES_OK;
}

static chutes_status cancel_and_fail(struct attempt *attempt, int n)
{
    (void)n;
    chutes__transfer_cancel(attempt->transfer);
    return CHUTES_ERR_STREAM;
}

static void a_callback_that_stops_closes_the_connection(void **state)
{
    static const struct {
        chutes_status (*on_body)(struct attempt *attempt, int n);
        chutes_status header_status;
        chutes_status head_status;
        chutes_status want;
    } cases[] = {
        {fail_at_once, CHUTES_OK, CHUTES_OK, CHUTES_ERR_STREAM},
        {cancel_in_callback, CHUTES_OK, CHUTES_OK, CHUTES_ERR_CANCELLED},
        {cancel_and_fail, CHUTES_OK, CHUTES_OK, CHUTES_ERR_CANCELLED},
        {NULL, CHUTES_ERR_TOO_LARGE, CHUTES_OK, CHUTES_ERR_TOO_LARGE},
        {NULL, CHUTES_OK, CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt_pair pair =
            attempt_open("sse-head\nrepeat forever\nchunk hello\nsleep 1\nend");
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt.on_body = cases[i].on_body;
        attempt.header_status = cases[i].header_status;
        attempt.head_status = cases[i].head_status;
        attempt_run_to(&attempt, pair.engine, cases[i].want, ANSWERED);
        assert_int_equal(attempt.bodies, cases[i].on_body != NULL);
        assert_int_equal(attempt.result.http_status, 200);
        assert_true(peer_await_closed(pair.peer, SOON_MS));
        attempt_close(pair);
    }
}

struct canceller {
    struct peer *peer;
    struct chutes__engine *engine;
    struct attempt *attempt;
    int64_t at_us;
};

static void *cancel(void *argument)
{
    struct canceller *canceller = argument;

    (void)peer_await_requests(canceller->peer, 1, 10000);
    usleep(20000);
    canceller->at_us = chutes__clock_now_us();
    attempt_cancel(canceller->attempt, canceller->engine);
    return NULL;
}

static void another_thread_cancels_at_once(void **state)
{
    static const char *const scripts[] = {
        "stall", "status 200\nheader A: b\nstall",
        "sse-head\nchunk hello\nstall",
        "sse-head\nrepeat forever\nchunk hello\nend"};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct attempt_pair pair = attempt_open(scripts[i]);
        struct attempt attempt;
        struct canceller canceller = {pair.peer, pair.engine, &attempt, 0};
        pthread_t thread;

        attempt_init(&attempt, peer_url(pair.peer));
        assert_int_equal(pthread_create(&thread, NULL, cancel, &canceller), 0);
        attempt_run(&attempt, pair.engine);
        assert_true(chutes__clock_now_us() - canceller.at_us < SOON_MS * 1000);
        assert_int_equal(pthread_join(thread, NULL), 0);
        attempt_expect(&attempt, CHUTES_ERR_CANCELLED,
                       attempt.result.http_status == 0 ? MAYBE_SENT : ANSWERED);
        assert_true(peer_await_closed(pair.peer, SOON_MS));
        attempt_close(pair);
    }
}

static void cancelling_ends_what_is_active_and_no_more(void **state)
{
    struct attempt_pair pair = attempt_open("stall");
    struct attempt attempts[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        attempt_init(&attempts[i], peer_url(pair.peer));
        attempt_start(&attempts[i], pair.engine);
    }
    assert_int_equal(chutes__engine_active(pair.engine), 3);
    /* It is cancelled before the first step, so nothing is ever sent. */
    chutes__transfer_cancel(attempts[0].transfer);
    chutes__transfer_cancel(attempts[0].transfer);
    assert_int_equal(attempts[0].dones, 0);
    attempt_finish(&attempts[0], pair.engine);
    attempt_expect(&attempts[0], CHUTES_ERR_CANCELLED, NOT_SENT);
    assert_int_equal(chutes__engine_active(pair.engine), 2);
    chutes__transfer_cancel(attempts[1].transfer);
    chutes__transfer_cancel(attempts[2].transfer);
    attempt_finish(&attempts[1], pair.engine);
    attempt_finish(&attempts[2], pair.engine);
    attempt_expect(&attempts[1], CHUTES_ERR_CANCELLED,
                   attempts[1].result.outcome);
    assert_int_equal(chutes__engine_active(pair.engine), 0);
    /* Later attempts are not affected. */
    attempt_init(&attempts[0], peer_url(pair.peer));
    attempts[0].request.clocks.first_byte_ms = 50;
    attempt_run_to(&attempts[0], pair.engine, CHUTES_ERR_TIMEOUT, MAYBE_SENT);
    attempt_close(pair);
}

static void no_descriptor_stays_behind(void **state)
{
    int before = call_count_descriptors();
    struct attempt_pair pair = attempt_open("sse-head\nchunk hello\nstall");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.on_body = fail_at_once;
    attempt_run(&attempt, pair.engine);
    attempt_close(pair);
    assert_int_equal(call_count_descriptors(), before);
}

/* ---- handles of libcurl ---- */

static const struct chutes__transfer *idle_of(struct chutes__engine *engine)
{
    const struct chutes__schedule *schedule = chutes__engine_schedule(engine);

    return schedule->idle_count == 0
               ? NULL
               : CHUTES__LIST_ENTRY(schedule->idle.next,
                                    struct chutes__transfer, link);
}

static void a_handle_serves_one_attempt_after_another(void **state)
{
    static const char *const bodies[] = {"{\"a\":1}", NULL, "{\"a\":\"\0\"}"};
    static const size_t lens[] = {7, 0, 9};
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    const struct chutes__transfer *first = NULL;
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 3; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.body = bodies[i];
        attempt.request.body_len = lens[i];
        attempt_start(&attempt, pair.engine);
        assert_null(idle_of(pair.engine));
        first = i == 0 ? attempt.transfer : first;
        assert_ptr_equal(attempt.transfer, first);
        attempt_finish(&attempt, pair.engine);
        attempt_expect(&attempt, CHUTES_OK, ANSWERED);
        assert_string_equal(attempt.body, "hello");
        assert_ptr_equal(idle_of(pair.engine), first);
        /* The key is gone. */
        assert_null(first->headers.first);
    }
    assert_non_null(strstr(peer_request_head(pair.peer, 1), "POST "));
    assert_non_null(strstr(peer_request_head(pair.peer, 2), "GET "));
    assert_null(strstr(peer_request_head(pair.peer, 2), "Content-Length"));
    assert_memory_equal(peer_request_body(pair.peer, 3), "{\"a\":\"\0\"}", 9);
    attempt_close(pair);
}

/* The URL is set only when it differs from that of the last attempt. */
static void a_handle_goes_where_each_attempt_wants(void **state)
{
    static const char *const paths[] = {"a", "a", "b", "a/b", "a"};
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");

    (void)state;
    for (int i = 0; i < (int)COUNT(paths); i++) {
        struct attempt attempt;
        char url[128];
        char line[64];

        (void)snprintf(url, sizeof(url), "%s%s", peer_url(pair.peer), paths[i]);
        (void)snprintf(line, sizeof(line), "/v1/%s HTTP/1.1\r\n", paths[i]);
        attempt_init(&attempt, url);
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_non_null(strstr(peer_request_head(pair.peer, i + 1), line));
    }
    assert_int_equal(chutes__engine_schedule(pair.engine)->idle_count, 1);
    attempt_close(pair);
}

static void a_handle_serves_its_route_only(void **state)
{
    static const char path[] = "/nonexistent";
    const struct chutes__route plain = {.proxy = "", .allow_http = true};
    struct chutes__route others[8];
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    const struct chutes__transfer *idle;
    struct attempt attempt;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        others[i] = plain;
    }
    others[0].ca_file = path;
    others[1].ca_dir = path;
    others[2].client_cert = path;
    others[3].client_key = path;
    others[4].proxy = "http://127.0.0.1:9";
    others[5].unix_socket = path;
    others[6].allow_http = false;
    others[7].http = CHUTES__HTTP_1_1;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.route = plain;
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    idle = idle_of(pair.engine);
    assert_non_null(idle);
    for (size_t i = 0; i < COUNT(others); i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.route = others[i];
        attempt_start(&attempt, pair.engine);
        assert_ptr_not_equal(attempt.transfer, idle);
        chutes__transfer_cancel(attempt.transfer);
        attempt_finish(&attempt, pair.engine);
    }
    assert_ptr_equal(idle_of(pair.engine), idle);
    attempt_close(pair);
}

/* What such a transfer has set, the next one must not inherit. */
static void a_handle_of_a_failed_attempt_is_not_used_again(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.head_status = CHUTES_ERR_PROTOCOL;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_PROTOCOL, ANSWERED);
    assert_null(idle_of(pair.engine));

    attempt_init(&attempt, peer_url(pair.peer));
    attempt_start(&attempt, pair.engine);
    chutes__transfer_cancel(attempt.transfer);
    attempt_finish(&attempt, pair.engine);
    assert_null(idle_of(pair.engine));
    attempt_close(pair);
}

static void few_idle_handles_are_kept(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    struct attempt attempts[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        attempt_init(&attempts[i], peer_url(pair.peer));
        attempt_start(&attempts[i], pair.engine);
    }
    for (int i = 0; i < 20; i++) {
        attempt_finish(&attempts[i], pair.engine);
        attempt_expect(&attempts[i], CHUTES_OK, ANSWERED);
    }
    assert_int_equal(chutes__engine_schedule(pair.engine)->idle_count, 8);
    attempt_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_used_again),
        cmocka_unit_test(a_dead_connection_costs_one_request_at_most),
        cmocka_unit_test(a_connection_closed_while_idle_is_not_used),
        cmocka_unit_test(a_reset_amid_the_upload_is_no_signal),
        cmocka_unit_test(an_early_answer_to_an_upload_is_heard),
        cmocka_unit_test(a_whole_answer_ends_an_upload_that_nobody_reads),
        cmocka_unit_test(a_callback_that_stops_closes_the_connection),
        cmocka_unit_test(another_thread_cancels_at_once),
        cmocka_unit_test(cancelling_ends_what_is_active_and_no_more),
        cmocka_unit_test(no_descriptor_stays_behind),
        cmocka_unit_test(a_handle_serves_one_attempt_after_another),
        cmocka_unit_test(a_handle_goes_where_each_attempt_wants),
        cmocka_unit_test(a_handle_serves_its_route_only),
        cmocka_unit_test(a_handle_of_a_failed_attempt_is_not_used_again),
        cmocka_unit_test(few_idle_handles_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
