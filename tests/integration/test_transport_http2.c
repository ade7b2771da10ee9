/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "base/clock.h"
#include "h2_peer.h"
#include "pki.h"
#include "test.h"
#include "transport/runtime.h"

enum { HOST_CONNECTIONS = 8, MANY = 40 };

static struct chutes__engine *open_engine(enum chutes__http http)
{
    const struct chutes__engine_options options = {64, 256, http, NULL};
    struct chutes__engine *engine = NULL;
    chutes_error error;

    assert_int_equal(chutes__transport_init(&error), CHUTES_OK);
    assert_int_equal(chutes__engine_new(&options, &engine), CHUTES_OK);
    return engine;
}

static void init(struct attempt *attempt, const struct h2_peer *peer,
                 enum chutes__http http)
{
    attempt_init(attempt, h2_peer_url(peer));
    attempt->request.route.ca_file = pki_ca_file();
    attempt->request.route.http = http;
}

static void many_share_a_few_connections(void **state)
{
    static const struct {
        enum chutes__http http;
        int most_accepts;
        bool is_http1;
    } cases[] = {{CHUTES__HTTP_2, HOST_CONNECTIONS, false},
                 {CHUTES__HTTP_1_1, MANY, true}};
    static struct attempt attempts[MANY];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* No request is answered before all have arrived. */
        struct h2_peer *peer =
            h2_peer_start("await-streams 40\nanswer 200 text/plain hello");
        struct chutes__engine *engine = open_engine(cases[i].http);
        struct h2_counts counts;

        for (int n = 0; n < MANY; n++) {
            init(&attempts[n], peer, cases[i].http);
            attempt_start(&attempts[n], engine);
        }
        for (int n = 0; n < MANY; n++) {
            attempt_finish(&attempts[n], engine);
            attempt_expect(&attempts[n], CHUTES_OK, ANSWERED);
            assert_string_equal(attempts[n].body, "hello");
        }
        counts = h2_peer_counts(peer);
        assert_int_equal(counts.posts, MANY);
        assert_in_range(counts.accepts, 1, cases[i].most_accepts);
        assert_int_equal(counts.http1, cases[i].is_http1 ? MANY : 0);
        chutes__engine_free(engine);
        h2_peer_stop(peer);
    }
}

/* libcurl by itself would send it again, up to five times. If the server's
 * SETTINGS arrive in the same read, libcurl doesn't report why there was no
 * answer. */
static void a_refused_stream_was_not_sent(void **state)
{
    struct h2_peer *peer = h2_peer_start("sync\nreset 7");
    struct chutes__engine *engine = open_engine(CHUTES__HTTP_2);
    struct attempt attempt;

    (void)state;
    init(&attempt, peer, CHUTES__HTTP_2);
    attempt_run_to(&attempt, engine, CHUTES_ERR_CONNECTION_LOST,
                   CHUTES_OUTCOME_NOT_SENT);
    attempt_expect_message(&attempt, "REFUSED_STREAM");
    assert_int_equal(h2_peer_counts(peer).posts, 1);
    assert_int_equal(h2_peer_counts(peer).accepts, 1);
    chutes__engine_free(engine);
    h2_peer_stop(peer);
}

static void check_left_out(const struct attempt *attempt)
{
    attempt_expect(attempt, CHUTES_ERR_CONNECTION_LOST,
                   CHUTES_OUTCOME_NOT_SENT);
    attempt_expect_message(attempt, "GOAWAY");
}

/* Only one of the four transfers reads the GOAWAY. */
static void a_goaway_concerns_all_streams_of_its_connection(void **state)
{
    enum { CALLS = 4 };
    struct h2_peer *peer = h2_peer_start("await-streams 4\n"
                                         "goaway 3 0\n"
                                         "sync\n"
                                         "answer 200 text/plain hello\n"
                                         "request\n"
                                         "await-streams 4\n"
                                         "answer 200 text/plain hello\n"
                                         "request\n"
                                         "stall\n");
    struct chutes__engine *engine = open_engine(CHUTES__HTTP_2);
    static struct attempt attempts[CALLS];
    int answered = 0;

    (void)state;
    for (int n = 0; n < CALLS; n++) {
        init(&attempts[n], peer, CHUTES__HTTP_2);
        attempt_start(&attempts[n], engine);
    }
    for (int n = 0; n < CALLS; n++) {
        attempt_finish(&attempts[n], engine);
        if (attempts[n].result.status == CHUTES_OK) {
            answered++;
        } else {
            check_left_out(&attempts[n]);
        }
    }
    assert_int_equal(answered, 2);
    assert_int_equal(h2_peer_counts(peer).streams, CALLS);
    assert_int_equal(h2_peer_counts(peer).accepts, 1);
    chutes__engine_free(engine);
    h2_peer_stop(peer);
}

/* Both requests are on stream 1, which one of the servers leaves out. */
static void a_goaway_concerns_no_other_connection(void **state)
{
    struct h2_peer *peers[2] = {
        h2_peer_start("sync\ngoaway 0 0"),
        h2_peer_start("sleep 300\nanswer 200 text/plain hello")};
    struct chutes__engine *engine = open_engine(CHUTES__HTTP_2);
    static struct attempt attempts[2];

    (void)state;
    for (int n = 1; n >= 0; n--) {
        init(&attempts[n], peers[n], CHUTES__HTTP_2);
        attempt_start(&attempts[n], engine);
    }
    attempt_finish(&attempts[0], engine);
    check_left_out(&attempts[0]);
    attempt_finish(&attempts[1], engine);
    attempt_expect(&attempts[1], CHUTES_OK, ANSWERED);
    chutes__engine_free(engine);
    h2_peer_stop(peers[0]);
    h2_peer_stop(peers[1]);
}

/* ---- pauses ---- */

struct sink {
    size_t received;
    bool is_paused;
};

static chutes_status pause_first(struct attempt *attempt, const char *bytes,
                                 size_t *len)
{
    struct sink *sink = attempt->user_data;

    (void)bytes;
    assert_false(sink->is_paused);
    if (sink->received == 0) {
        sink->is_paused = true;
        chutes__transfer_pause(attempt->transfer);
        *len = 1;
    }
    sink->received += *len;
    return CHUTES_OK;
}

static void run_paused(struct attempt *attempt, struct chutes__engine *engine,
                       int ms)
{
    int64_t until_us = chutes__clock_now_us() + (int64_t)ms * 1000;

    while (attempt->dones == 0 && chutes__clock_now_us() < until_us) {
        assert_int_equal(chutes__engine_step(engine, 10), CHUTES_OK);
    }
}

static void what_comes_in_a_pause_is_kept(void **state)
{
    struct h2_peer *peer =
        h2_peer_start("status 200\nend-headers\nbody 500000\nend-stream");
    struct chutes__engine *engine = open_engine(CHUTES__HTTP_2);
    struct sink sink = {0};
    struct attempt attempt;

    (void)state;
    init(&attempt, peer, CHUTES__HTTP_2);
    attempt.on_bytes = pause_first;
    attempt.user_data = &sink;
    attempt_start(&attempt, engine);
    run_paused(&attempt, engine, 200);
    assert_int_equal(attempt.dones, 0);
    assert_int_equal(sink.received, 1);
    sink.is_paused = false;
    chutes__transfer_resume(attempt.transfer);
    attempt_finish(&attempt, engine);
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    assert_int_equal(sink.received, 500000);
    chutes__engine_free(engine);
    h2_peer_stop(peer);
}

static void more_than_is_kept_ends_the_transfer(void **state)
{
    struct h2_peer *peer =
        h2_peer_start("status 200\nend-headers\nbody 3000000\nend-stream");
    struct chutes__engine *engine = open_engine(CHUTES__HTTP_2);
    struct sink sink = {0};
    struct attempt attempt;

    (void)state;
    init(&attempt, peer, CHUTES__HTTP_2);
    attempt.on_bytes = pause_first;
    attempt.user_data = &sink;
    attempt_start(&attempt, engine);
    if (chutes__runtime_get()->can_pause_http2) {
        run_paused(&attempt, engine, 200);
        assert_int_equal(attempt.dones, 0);
        sink.is_paused = false;
        chutes__transfer_resume(attempt.transfer);
        attempt_finish(&attempt, engine);
        attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    } else {
        attempt_finish(&attempt, engine);
        attempt_expect(&attempt, CHUTES_ERR_TOO_LARGE, ANSWERED);
        attempt_expect_message(
            &attempt, "more than 1 MiB was received while the call was paused");
        assert_int_equal(sink.received, 1);
    }
    chutes__engine_free(engine);
    h2_peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_share_a_few_connections),
        cmocka_unit_test(a_refused_stream_was_not_sent),
        cmocka_unit_test(a_goaway_concerns_all_streams_of_its_connection),
        cmocka_unit_test(a_goaway_concerns_no_other_connection),
        cmocka_unit_test(what_comes_in_a_pause_is_kept),
        cmocka_unit_test(more_than_is_kept_ends_the_transfer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
