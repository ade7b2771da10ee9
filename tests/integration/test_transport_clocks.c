/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "base/clock.h"

#include "attempt.h"
#include "call.h"
#include "peer.h"
#include "test.h"
#include "transport/engine.h"
#include "transport/reuse.h"
#include "transport/schedule.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LATE_MS call_bound_ms(250)

/* ---- a name server that doesn't answer ---- */

/* libcurl's threads call this getaddrinfo(): look-ups of names that end in
 * ".stall" hang until the test releases them. */
static pthread_mutex_t lookup_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lookup_changed = PTHREAD_COND_INITIALIZER;
static int lookups_running;
static bool lookups_hang;

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result)
{
    int (*original)(const char *, const char *, const struct addrinfo *,
                    struct addrinfo **);
    const char *suffix = node == NULL ? NULL : strrchr(node, '.');

    if (suffix == NULL || strcmp(suffix, ".stall") != 0) {
        *(void **)&original = dlsym(RTLD_NEXT, "getaddrinfo");
        return original(node, service, hints, result);
    }
    pthread_mutex_lock(&lookup_lock);
    lookups_running++;
    pthread_cond_broadcast(&lookup_changed);
    while (lookups_hang) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    lookups_running--;
    pthread_cond_broadcast(&lookup_changed);
    pthread_mutex_unlock(&lookup_lock);
    return EAI_NONAME;
}

static void hang_lookups(void)
{
    pthread_mutex_lock(&lookup_lock);
    lookups_hang = true;
    pthread_mutex_unlock(&lookup_lock);
}

static void await_lookup(void)
{
    pthread_mutex_lock(&lookup_lock);
    while (lookups_running == 0) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    pthread_mutex_unlock(&lookup_lock);
}

static void release_lookups(void)
{
    pthread_mutex_lock(&lookup_lock);
    lookups_hang = false;
    pthread_cond_broadcast(&lookup_changed);
    while (lookups_running > 0) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    pthread_mutex_unlock(&lookup_lock);
}

/* ---- timeouts ---- */

struct clock_case {
    const char *name;
    const char *script;
    struct chutes__clocks clocks;
    int after_ms; /* when it fires, from the start */
    chutes_outcome outcome;
    const char *message;
};

/* connect, first byte, idle, progress, total */
static const struct clock_case CASES[] = {
    {"stall after the request",
     "stall",
     {9000, 150, 50, 50, 9000, 0},
     150,
     MAYBE_SENT,
     "no byte of the answer came within 150 ms (first_byte_timeout_ms)"},
    {"interim answers are bytes",
     "status 100\nend-headers\nsleep 100\nstall",
     {9000, 150, 200, 0, 9000, 0},
     200,
     MAYBE_SENT,
     "no byte of the answer came for 200 ms (idle_timeout_ms)"},
    {"a status line in drips",
     "send \"HTTP/1.1 200 \"\nrepeat 100\nsend x\nsleep 20\nend",
     {9000, 150, 50, 0, 9000, 0},
     150,
     MAYBE_SENT,
     "first_byte_timeout_ms"},
    {"stall in the headers",
     "status 200\nheader A: b\nstall",
     {9000, 9000, 150, 0, 9000, 0},
     150,
     ANSWERED,
     "no byte of the answer came for 150 ms (idle_timeout_ms)"},
    {"stall behind the headers",
     "sse-head\nstall",
     {9000, 9000, 150, 0, 9000, 0},
     150,
     ANSWERED,
     "idle_timeout_ms"},
    {"stall in the body",
     "sse-head\nchunk hello\nsleep 100\nchunk hello\nstall",
     {9000, 9000, 150, 0, 9000, 0},
     250,
     ANSWERED,
     "idle_timeout_ms"},
    {"no events",
     "sse-head\nrepeat forever\nchunk :\nsleep 20\nend",
     {9000, 9000, 9000, 150, 9000, 0},
     150,
     ANSWERED,
     "no event of the stream came for 150 ms (progress_timeout_ms)"},
    {"the whole takes too long",
     "sse-head\nrepeat forever\nchunk e\nsleep 20\nend",
     {9000, 9000, 9000, 200, 300, 0},
     300,
     ANSWERED,
     "the call took longer than 300 ms (total_timeout_ms)"},
    {"the total counts before the answer",
     "stall",
     {9000, 9000, 9000, 0, 150, 0},
     150,
     MAYBE_SENT,
     "total_timeout_ms"},
    {"a flood is no excuse",
     "sse-head\nrepeat forever\nchunk x\nend",
     {9000, 9000, 9000, 0, 150, 0},
     150,
     ANSWERED,
     "total_timeout_ms"},
    {"a flood without events is none either",
     "sse-head\nrepeat forever\nchunk :\nend",
     {9000, 9000, 9000, 150, 9000, 0},
     150,
     ANSWERED,
     "progress_timeout_ms"},
    {"a server that doesn't read",
     "on-accept stall",
     {9000, 150, 9000, 0, 9000, 0},
     150,
     MAYBE_SENT,
     "first_byte_timeout_ms"},
};

static chutes_status count_events(struct attempt *attempt, int n)
{
    (void)n;
    if (attempt->body[0] == 'e') {
        chutes__transfer_progress(attempt->transfer);
    }
    return CHUTES_OK;
}

static void each_clock_fires_in_time_and_says_its_name(void **state)
{
    static char upload[8 << 20];

    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct clock_case *want = &CASES[i];
        struct attempt_pair pair = attempt_open(want->script);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(pair.peer));
        attempt.request.clocks = want->clocks;
        attempt.on_body = count_events;
        if (strstr(want->script, "on-accept") != NULL) {
            attempt.request.body = upload;
            attempt.request.body_len = sizeof(upload);
        }
        attempt_run(&attempt, pair.engine);
        if (attempt.result.status != CHUTES_ERR_TIMEOUT ||
            attempt.result.outcome != want->outcome ||
            strstr(attempt.result.message, want->message) == NULL ||
            attempt.elapsed_us < want->after_ms * 1000 ||
            attempt.elapsed_us > (want->after_ms + LATE_MS) * 1000) {
            fail_msg("%s: %d, outcome %d, after %lld us: %s", want->name,
                     (int)attempt.result.status, (int)attempt.result.outcome,
                     (long long)attempt.elapsed_us, attempt.result.message);
        }
        /* A close can't be noticed behind an upload that nobody reads. */
        assert_true(attempt.request.body == upload ||
                    peer_await_closed(pair.peer, LATE_MS));
        chutes__engine_free(pair.engine);
        peer_stop(pair.peer);
    }
}

static chutes_status dawdle(struct attempt *attempt, int n)
{
    (void)attempt;
    (void)n;
    usleep(5000);
    return CHUTES_OK;
}

static chutes_status cancel_and_dawdle(struct attempt *attempt, int n)
{
    if (n == 1) {
        attempt_cancel(attempt, attempt->user_data);
    }
    return dawdle(attempt, n);
}

/* A single read delivers thousands of pieces. */
static void slow_callbacks_dont_hold_up_the_end(void **state)
{
    struct attempt_pair pair =
        attempt_open("sse-head\nrepeat forever\nchunk x\nend");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.clocks.total_ms = 150;
    attempt.on_body = dawdle;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_TIMEOUT, ANSWERED);
    assert_true(attempt.elapsed_us < (150 + LATE_MS) * 1000);
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.on_body = cancel_and_dawdle;
    attempt.user_data = pair.engine;
    attempt_run_to(&attempt, pair.engine, CHUTES_ERR_CANCELLED, ANSWERED);
    assert_int_equal(attempt.bodies, 1);
    attempt_close(pair);
}

static void clocks_that_are_off_never_fire(void **state)
{
    struct attempt_pair pair =
        attempt_open("sleep 50\nsse-head\nsleep 50\nchunk hello\n"
                     "sleep 50\nchunk-end");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.clocks = (struct chutes__clocks){9000, 0, 0, 0, 0, 0};
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    attempt_close(pair);
}

static chutes_status block(struct attempt *attempt, int n)
{
    (void)n;
    chutes__transfer_progress(attempt->transfer);
    usleep(300000);
    return CHUTES_OK;
}

/* The server is silent for 50 ms more than the callback takes. Only these 50 ms
 * may count. */
static void
a_callback_that_blocks_is_not_the_silence_of_the_server(void **state)
{
    struct attempt_pair pair =
        attempt_open("sse-head\nchunk hello\nsleep 350\n"
                     "chunk hello\nsleep 350\nchunk-end");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.clocks.idle_ms = 200;
    attempt.request.clocks.progress_ms = 200;
    attempt.on_body = block;
    attempt_run_to(&attempt, pair.engine, CHUTES_OK, ANSWERED);
    assert_string_equal(attempt.body, "hellohello");
    attempt_close(pair);
}

/* Bytes that arrived while nobody stepped the engine arrived in time. */
static void a_caller_that_comes_late_finds_what_has_arrived(void **state)
{
    struct attempt_pair pair =
        attempt_open("sse-head\nchunk hello\nsleep 100\nchunk hello\n"
                     "wait end\nchunk-end");
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.clocks.idle_ms = 200;
    attempt_start(&attempt, pair.engine);
    while (attempt.bodies == 0) {
        assert_int_equal(chutes__engine_step(pair.engine, -1), CHUTES_OK);
    }
    usleep(300000);
    assert_int_equal(chutes__engine_step(pair.engine, 0), CHUTES_OK);
    assert_int_equal(attempt.dones, 0);
    assert_string_equal(attempt.body, "hellohello");
    peer_release(pair.peer, "end");
    attempt_finish(&attempt, pair.engine);
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    attempt_close(pair);
}

/* ---- another transfer keeps the thread busy ---- */

struct busy_case {
    const char *name;
    const char *script; /* `late` comes during the callback of the other one */
    int clocks[4];      /* first byte, idle, progress, finish; 0: 9000 */
    bool is_finished;   /* the finish clock runs from the first byte on */
};

static const struct busy_case BUSY_CASES[] = {
    {"first byte", "wait late\nsse-head\nchunk hello\nchunk-end", {600}, false},
    {"idle",
     "sse-head\nchunk he\nwait late\nchunk llo\nchunk-end",
     {0, 600},
     false},
    {"progress",
     "sse-head\nchunk he\nwait late\nchunk llo\nchunk-end",
     {0, 0, 600},
     false},
    {"finish",
     "sse-head\nchunk he\nwait late\nchunk llo\nchunk-end",
     {0, 0, 0, 600},
     true},
};

static chutes_status note_event(struct attempt *attempt, int n)
{
    const struct busy_case *its = attempt->user_data;

    (void)n;
    chutes__transfer_progress(attempt->transfer);
    if (its->is_finished) {
        chutes__transfer_expect_end(attempt->transfer);
    }
    return CHUTES_OK;
}

static chutes_status release_and_block(struct attempt *attempt, int n)
{
    (void)n;
    peer_release(attempt->user_data, "late");
    usleep(700000);
    return CHUTES_OK;
}

static void step_until_sent(struct chutes__engine *engine,
                            const struct peer *peer)
{
    while (peer_requests(peer) == 0) {
        assert_int_equal(chutes__engine_step(engine, 10), CHUTES_OK);
    }
}

/* libcurl sets a timer of 200 ms when it connects, and looks at the sockets
 * when it comes. It must be over, as it hides when we look. */
static void outlast_connecting(struct chutes__engine *engine)
{
    int64_t end_us = chutes__clock_now_us() + 250000;

    while (chutes__clock_now_us() < end_us) {
        assert_int_equal(chutes__engine_step(engine, 10), CHUTES_OK);
    }
}

static int clock_ms(const struct busy_case *its, int clock)
{
    return its->clocks[clock] != 0 ? its->clocks[clock] : 9000;
}

static void run_busy_case(const struct busy_case *its)
{
    struct peer *slow =
        peer_start("wait begin\nsse-head\nchunk x\nchunk-end", PEER_PLAIN);
    struct attempt_pair pair = attempt_open(its->script);
    struct attempt blocking;
    struct attempt attempt;

    attempt_init(&blocking, peer_url(slow));
    blocking.on_body = release_and_block;
    blocking.user_data = pair.peer;
    attempt_start(&blocking, pair.engine);
    step_until_sent(pair.engine, slow);
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.request.clocks = (struct chutes__clocks){
        9000, clock_ms(its, 0), clock_ms(its, 1), clock_ms(its, 2),
        9000, clock_ms(its, 3)};
    attempt.on_body = note_event;
    attempt.user_data = (void *)(uintptr_t)its;
    attempt_start(&attempt, pair.engine);
    step_until_sent(pair.engine, pair.peer);
    while (its->clocks[0] == 0 && attempt.bodies == 0) {
        assert_int_equal(chutes__engine_step(pair.engine, -1), CHUTES_OK);
    }
    outlast_connecting(pair.engine);
    peer_release(slow, "begin");
    attempt_finish(&blocking, pair.engine);
    attempt_finish(&attempt, pair.engine);
    if (attempt.result.status != CHUTES_OK) {
        fail_msg("%s: %s", its->name, attempt.result.message);
    }
    assert_string_equal(attempt.body, "hello");
    attempt_close(pair);
    peer_stop(slow);
}

static void
what_arrives_during_a_callback_of_another_transfer_is_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BUSY_CASES); i++) {
        run_busy_case(&BUSY_CASES[i]);
    }
}

static void a_step_returns_in_time_or_when_woken(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    int64_t start_us = chutes__clock_now_us();

    (void)state;
    assert_int_equal(chutes__engine_step(engine, 100), CHUTES_OK);
    assert_true(chutes__clock_now_us() - start_us >= 99000);
    start_us = chutes__clock_now_us();
    chutes__waker_ring(chutes__engine_waker(engine));
    assert_int_equal(chutes__engine_step(engine, -1), CHUTES_OK);
    assert_true(chutes__waker_take(chutes__engine_waker(engine)));
    assert_int_equal(chutes__engine_step(engine, 0), CHUTES_OK);
    assert_true(chutes__clock_now_us() - start_us < LATE_MS * 1000);
    chutes__engine_free(engine);
}

/* ---- connecting ---- */

static void connecting_has_a_limit_in_every_phase(void **state)
{
    static const struct {
        const char *script;
        enum peer_tls tls;
    } cases[] = {
        {"on-accept stall", PEER_TLS_GOOD}, /* stuck in the handshake */
        {NULL, PEER_PLAIN},                 /* stuck in the look-up */
    };

    (void)state;
    hang_lookups();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__engine *engine = attempt_engine();
        struct peer *peer = cases[i].script == NULL
                                ? NULL
                                : peer_start(cases[i].script, cases[i].tls);
        struct attempt attempt;

        attempt_init(&attempt,
                     peer == NULL ? "http://name.stall/" : peer_url(peer));
        attempt.request.clocks =
            (struct chutes__clocks){200, 9000, 9000, 9000, 9000, 0};
        /* libcurl can't be interrupted while it loads all the system's
         * certificates, which takes seconds under valgrind. */
        attempt.request.route.ca_file = peer_ca_file();
        attempt_run_to(&attempt, engine, CHUTES_ERR_TIMEOUT, NOT_SENT);
        attempt_expect_message(&attempt, " within 200 ms (connect_timeout_ms)");
        attempt_expect_message(&attempt, peer == NULL
                                             ? "no connection to name.stall"
                                             : "no connection to 127.0.0.1");
        assert_int_equal(attempt.result.connect_us, -1);
        assert_in_range(attempt.elapsed_us, 199000, (200 + LATE_MS) * 1000);
        chutes__engine_free(engine);
        if (peer != NULL) {
            assert_true(peer_await_closed(peer, LATE_MS));
            peer_stop(peer);
        }
    }
    release_lookups();
}

static void *cancel_lookup(void *argument)
{
    struct attempt *attempt = argument;

    await_lookup();
    attempt_cancel(attempt, attempt->user_data);
    return NULL;
}

static void a_lookup_that_hangs_delays_nobody(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    struct peer *peer = peer_start("answer 200 text/plain hello", PEER_PLAIN);
    const int total_ms = call_patience_ms(100);
    struct attempt hanging;
    struct attempt cancelled;
    struct attempt other;
    pthread_t thread;
    int64_t start_us;

    (void)state;
    hang_lookups();
    /* The total timeout fires while another transfer is running. */
    attempt_init(&hanging, "http://one.stall/");
    hanging.request.clocks.total_ms = total_ms;
    attempt_start(&hanging, engine);
    attempt_init(&other, peer_url(peer));
    attempt_run_to(&other, engine, CHUTES_OK, ANSWERED);
    assert_int_equal(hanging.dones, 0);
    attempt_finish(&hanging, engine);
    attempt_expect(&hanging, CHUTES_ERR_TIMEOUT, NOT_SENT);
    attempt_expect_message(&hanging, "total_timeout_ms");
    assert_true(hanging.elapsed_us < (total_ms + LATE_MS) * 1000);
    /* Another thread cancels. */
    attempt_init(&cancelled, "http://two.stall/");
    cancelled.user_data = engine;
    assert_int_equal(pthread_create(&thread, NULL, cancel_lookup, &cancelled),
                     0);
    attempt_run_to(&cancelled, engine, CHUTES_ERR_CANCELLED, NOT_SENT);
    assert_true(cancelled.elapsed_us < LATE_MS * 1000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* The engine is freed. */
    start_us = chutes__clock_now_us();
    chutes__engine_free(engine);
    assert_true(chutes__clock_now_us() - start_us < LATE_MS * 1000);
    release_lookups();
    peer_stop(peer);
}

static void expect_end(struct attempt *attempt)
{
    chutes__transfer_expect_end(attempt->transfer);
}

/* libcurl refuses the body, so the head is delivered while the transfer ends. A
 * clock that its sink starts must not fire later, when the transfer is gone. */
static void an_ended_transfer_has_no_clock(void **state)
{
    struct attempt_pair pair =
        attempt_open("status 403\nheader Transfer-Encoding: gzip, chunked\n"
                     "end-headers\nchunk hello\nchunk-end\nfin");
    const struct chutes__schedule *schedule =
        chutes__engine_schedule(pair.engine);
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(pair.peer));
    attempt.on_head = expect_end;
    attempt_run(&attempt, pair.engine);
    assert_int_equal(attempt.http_status, 403);
    for (size_t i = 0; i < schedule->timers.count; i++) {
        assert_ptr_equal(schedule->timers.heap[i], &schedule->reuse->timer);
    }
    attempt_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_clock_fires_in_time_and_says_its_name),
        cmocka_unit_test(slow_callbacks_dont_hold_up_the_end),
        cmocka_unit_test(clocks_that_are_off_never_fire),
        cmocka_unit_test(
            a_callback_that_blocks_is_not_the_silence_of_the_server),
        cmocka_unit_test(a_caller_that_comes_late_finds_what_has_arrived),
        cmocka_unit_test(
            what_arrives_during_a_callback_of_another_transfer_is_in_time),
        cmocka_unit_test(a_step_returns_in_time_or_when_woken),
        cmocka_unit_test(connecting_has_a_limit_in_every_phase),
        cmocka_unit_test(a_lookup_that_hangs_delays_nobody),
        cmocka_unit_test(an_ended_transfer_has_no_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
