/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "call.h"
#include "peer.h"
#include "test.h"

#include <pthread.h>

#define SOON_MS call_bound_ms(250)

/* ---- a complete answer ---- */

static chutes_status complete(struct attempt *attempt, int n)
{
    assert_int_equal(n, 1);
    chutes__transfer_complete(attempt->transfer);
    return CHUTES_OK;
}

static void a_whole_answer_that_ends_keeps_the_connection(void **state)
{
    struct attempt_pair pair =
        attempt_open("sse-head\nchunk hello\nsleep 20\nchunk more\n"
                     "send \"0\\r\\nTrailer: x\\r\\n\\r\\n\"");
    struct attempt attempt;

    (void)state;
    for (int i = 0; i < 2; i++) {
        attempt_init(&attempt, peer_url(pair.peer));
        attempt.on_body = complete;
        attempt.request.clocks.idle_ms = 10;
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_string_equal(attempt.body, "hello");
        assert_int_equal(attempt.result.body_bytes, 5);
        assert_int_equal(attempt.result.reused, i);
    }
    assert_int_equal(peer_accepts(pair.peer), 1);
    attempt_close(pair);
}

static void a_whole_answer_is_not_waited_for(void **state)
{
    static const char *const scripts[] = {
        "sse-head\nchunk hello\nstall",
        "sse-head\nchunk hello\nrepeat forever\nchunk more\nend",
        ("sse-head\nchunk hello\nsend \"0\\r\\n\"\nrepeat forever\n"
         "header A: b\nend"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct attempt_pair pair = attempt_open(scripts[i]);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt.on_body = complete;
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_string_equal(attempt.body, "hello");
        if (i < 2) { /* the number of trailers is limited */
            assert_true(attempt.elapsed_us > 90000);
        }
        if (attempt.elapsed_us >= (100 + SOON_MS) * 1000) {
            fail_msg("%s: %lld us", scripts[i], (long long)attempt.elapsed_us);
        }
        assert_true(peer_await_closed(pair.peer, SOON_MS));
        attempt_close(pair);
    }
}

static void what_breaks_behind_a_whole_answer_is_no_failure(void **state)
{
    static const char *const scripts[] = {
        "sse-head\nchunk hello\nsleep 20\nrst",
        "sse-head\nchunk hello\nsleep 20\nfin",
        "sse-head\nchunk hello\nsleep 20\nsend \"xyz\\r\\n\"",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct attempt_pair pair = attempt_open(scripts[i]);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt.on_body = complete;
        attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
        assert_true(attempt.elapsed_us < SOON_MS * 1000);
        attempt_close(pair);
    }
}

static chutes_status complete_and_fail(struct attempt *attempt, int n)
{
    (void)n;
    chutes__transfer_complete(attempt->transfer);
    return CHUTES_ERR_STREAM;
}

static chutes_status complete_and_cancel(struct attempt *attempt, int n)
{
    (void)n;
    chutes__transfer_complete(attempt->transfer);
    chutes__transfer_cancel(attempt->transfer);
    return CHUTES_OK;
}

static void a_whole_answer_outlives_a_cancel_but_not_a_failure(void **state)
{
    struct attempt_pair pair = attempt_open("sse-head\nchunk hello\nstall");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.on_body = complete_and_fail;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_STREAM, ANSWERED);
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.on_body = complete_and_cancel;
    attempt.user_data = pair.engine;
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_true(attempt.elapsed_us < SOON_MS * 1000);
    attempt_close(pair);
}

/* ---- many at once ---- */

static void start_next(struct attempt *attempt)
{
    struct attempt *next = attempt + 1;

    if (attempt->user_data != NULL) {
        attempt_init(next, attempt->request.url);
        attempt_start(next, attempt->user_data);
    }
}

static chutes_status start_other(struct attempt *attempt, int n)
{
    if (n == 1) {
        start_next(attempt);
    }
    return CHUTES_OK;
}

static void callbacks_may_start_others(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    struct attempt attempts[4];

    (void)state;
    attempt_init(&attempts[0], peer_url(pair.peer));
    attempts[0].on_done = start_next;
    attempts[0].user_data = pair.engine;
    attempt_run(&attempts[0], pair.engine);
    assert_int_equal(chutes__engine_active(pair.engine), 1);
    attempt_finish(&attempts[1], pair.engine);
    attempt_expect(&attempts[1], CHUTES_OK, ANSWERED);

    attempt_init(&attempts[2], peer_url(pair.peer));
    attempts[2].on_body = start_other;
    attempts[2].user_data = pair.engine;
    attempt_run_to(&attempts[2], pair.engine, CHUTES_OK, ANSWERED);
    attempt_finish(&attempts[3], pair.engine);
    attempt_expect(&attempts[3], CHUTES_OK, ANSWERED);
    attempt_close(pair);
}

static void cancel_neighbour(struct attempt *attempt)
{
    struct attempt *neighbour = attempt->user_data;

    if (neighbour->dones == 0) {
        chutes__transfer_cancel(neighbour->transfer);
    }
}

static void callbacks_may_cancel_others(void **state)
{
    struct attempt_pair pair = attempt_open("answer 200 text/plain hello");
    struct attempt attempts[2];

    (void)state;
    for (int round = 0; round < 20; round++) {
        int cancelled = 0;

        for (int i = 0; i < 2; i++) {
            attempt_init(&attempts[i], peer_url(pair.peer));
            attempts[i].on_done = cancel_neighbour;
            attempts[i].user_data = &attempts[1 - i];
            attempt_start(&attempts[i], pair.engine);
        }
        for (int i = 0; i < 2; i++) {
            attempt_finish(&attempts[i], pair.engine);
            cancelled += attempts[i].result.status == CHUTES_ERR_CANCELLED;
        }
        /* One ended first, unless both ended in the same step. */
        assert_true(cancelled <= 1);
    }
    attempt_close(pair);
}

static void run_eight(const struct chutes__engine_options *options)
{
    struct peer *peer = peer_start(
        "status 200\nheader Content-Length: 2\nend-headers\nsleep 200\nsend ok",
        PEER_PLAIN);
    struct chutes__engine *engine;
    struct attempt attempts[8];

    assert_int_equal(chutes__engine_new(options, &engine), CHUTES_OK);
    for (int i = 0; i < 8; i++) {
        attempt_init(&attempts[i], peer_url(peer));
        attempts[i].request.clocks.connect_ms = 500;
        attempt_start(&attempts[i], engine);
    }
    for (int i = 0; i < 8; i++) {
        attempt_finish(&attempts[i], engine);
        attempt_expect(&attempts[i], CHUTES_OK, ANSWERED);
        assert_string_equal(attempts[i].body, "ok");
    }
    assert_int_equal(peer_accepts(peer), 2);
    assert_int_equal(peer_posts(peer), 8);
    chutes__engine_free(engine);
    peer_stop(peer);
}

static void connections_are_capped_and_waiting_is_no_timeout(void **state)
{
    const struct chutes__engine_options options[] = {
        {2, 256, CHUTES__HTTP_AUTO, NULL}, {64, 2, CHUTES__HTTP_AUTO, NULL}};

    (void)state;
    run_eight(&options[0]);
    run_eight(&options[1]);
}

/* The few connections that HTTP/2 needs would delay most streams of a server
 * that has only HTTP/1.1. */
static void a_server_without_http2_gets_all_connections(void **state)
{
    enum { COUNT = 20 };
    static const enum peer_tls kinds[] = {PEER_PLAIN, PEER_TLS_GOOD};
    static struct attempt attempts[COUNT];
    const struct chutes__engine_options options = {64, 256, CHUTES__HTTP_2,
                                                   NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        /* No request is answered before all have arrived. */
        struct peer *peer =
            peer_start("wait all\nanswer 200 text/plain hello", kinds[i]);
        struct chutes__engine *engine = NULL;

        assert_int_equal(chutes__engine_new(&options, &engine), CHUTES_OK);
        for (int n = 0; n < COUNT; n++) {
            attempt_init(&attempts[n], peer_url(peer));
            attempts[n].request.route.http = CHUTES__HTTP_2;
            attempts[n].request.route.ca_file = peer_ca_file();
            attempt_start(&attempts[n], engine);
        }
        while (peer_requests(peer) < COUNT) {
            assert_int_equal(chutes__engine_step(engine, 10), CHUTES_OK);
            assert_int_equal(chutes__engine_active(engine), COUNT);
        }
        peer_release(peer, "all");
        for (int n = 0; n < COUNT; n++) {
            attempt_finish(&attempts[n], engine);
            attempt_expect(&attempts[n], CHUTES_OK, ANSWERED);
        }
        assert_int_equal(peer_accepts(peer), COUNT);
        assert_int_equal(peer_posts(peer), COUNT);
        chutes__engine_free(engine);
        peer_stop(peer);
    }
}

static void *run_many(void *peer)
{
    struct chutes__engine *engine = attempt_engine();
    struct attempt attempts[8];

    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++) {
            attempt_init(&attempts[i], peer_url(peer));
            attempt_start(&attempts[i], engine);
        }
        for (int i = 0; i < 8; i++) {
            attempt_finish(&attempts[i], engine);
            attempt_expect(&attempts[i], CHUTES_OK, ANSWERED);
        }
    }
    chutes__engine_free(engine);
    return NULL;
}

static void engines_of_two_threads_are_independent(void **state)
{
    struct peer *peer =
        peer_start("sse-head\nchunk hello\nchunk-end", PEER_PLAIN);
    pthread_t threads[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, peer), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(peer_posts(peer), 80);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer_that_ends_keeps_the_connection),
        cmocka_unit_test(a_whole_answer_is_not_waited_for),
        cmocka_unit_test(what_breaks_behind_a_whole_answer_is_no_failure),
        cmocka_unit_test(a_whole_answer_outlives_a_cancel_but_not_a_failure),
        cmocka_unit_test(callbacks_may_start_others),
        cmocka_unit_test(callbacks_may_cancel_others),
        cmocka_unit_test(connections_are_capped_and_waiting_is_no_timeout),
        cmocka_unit_test(a_server_without_http2_gets_all_connections),
        cmocka_unit_test(engines_of_two_threads_are_independent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
