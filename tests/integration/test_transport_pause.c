/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "attempt.h"
#include "base/clock.h"
#include "call.h"
#include "peer.h"
#include "test.h"
#include "transport/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MB ((size_t)1 << 20)

/* The most that we may store of a paused answer: one piece from libcurl, and a
 * NUL. */
enum { MAX_KEPT = (16 << 10) + 1, WINDOW = 16 << 10 };

/* Returns pseudo-random numbers that are the same in every run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* ---- a server that sends as much as it can, on the thread of the test ---- */

static char byte_at(size_t at)
{
    return (char)('!' + (at * 7 + at / 4093) % 90);
}

struct source {
    int listener;
    int fd; /* -1: none yet */
    char url[64];
    char head[128];
    size_t head_sent;
    size_t total; /* bytes to send */
    size_t sent;
};

/* The head announces `promised` bytes; `total` of them are sent. */
static void open_source(struct source *source, size_t promised, size_t total)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int window = WINDOW;

    *source = (struct source){.fd = -1, .total = total};
    source->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(source->listener >= 0);
    assert_int_equal(setsockopt(source->listener, SOL_SOCKET, SO_SNDBUF,
                                &window, sizeof(window)),
                     0);
    assert_int_equal(
        bind(source->listener, (struct sockaddr *)&address, sizeof(address)),
        0);
    assert_int_equal(listen(source->listener, 1), 0);
    assert_int_equal(
        getsockname(source->listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(source->url, sizeof(source->url), "http://127.0.0.1:%d/",
                   ntohs(address.sin_port));
    (void)snprintf(source->head, sizeof(source->head),
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", promised);
}

static void close_source(struct source *source)
{
    (void)close(source->listener);
    if (source->fd != -1) {
        (void)close(source->fd);
    }
}

/* The request is small, so it arrives in one piece. */
static bool has_request(struct source *source)
{
    char request[4096];

    if (source->fd == -1) {
        source->fd = accept4(source->listener, NULL, NULL, SOCK_NONBLOCK);
        return false;
    }
    return source->head_sent > 0 ||
           recv(source->fd, request, sizeof(request), 0) > 0;
}

static void send_head(struct source *source)
{
    size_t len = strlen(source->head);

    if (source->head_sent < len) {
        assert_int_equal(send(source->fd, source->head, len, MSG_NOSIGNAL),
                         (ssize_t)len);
        source->head_sent = len;
    }
}

/* Returns false if the window is closed or everything was sent. */
static bool send_some(struct source *source)
{
    char bytes[4096];
    size_t len = source->total - source->sent;
    ssize_t sent;

    if (len > sizeof(bytes)) {
        len = sizeof(bytes);
    }
    for (size_t i = 0; i < len; i++) {
        bytes[i] = byte_at(source->sent + i);
    }
    sent = len > 0 ? send(source->fd, bytes, len, MSG_NOSIGNAL) : 0;
    if (sent <= 0) {
        return false;
    }
    source->sent += (size_t)sent;
    return true;
}

/* Sends what the window allows, in portions, so that the other side gets its
 * turn. */
static void pump(struct source *source)
{
    if (!has_request(source)) {
        return;
    }
    send_head(source);
    for (int i = 0; i < 16 && send_some(source); i++) {
    }
}

/* ---- what the sink sees ---- */

struct sink {
    struct chutes__engine *engine;
    size_t received;
    uint32_t seed;   /* 0: never pauses by itself */
    size_t pause_at; /* pauses after this many bytes; 0: doesn't */
    bool is_paused;
    bool takes_nothing; /* consumes nothing of the piece at which it pauses */
    size_t most_kept;
};

static void pause_it(struct attempt *attempt)
{
    struct sink *sink = attempt->user_data;

    chutes__transfer_pause(attempt->transfer);
    sink->is_paused = true;
}

static void resume_it(struct attempt *attempt)
{
    struct sink *sink = attempt->user_data;

    sink->is_paused = false;
    chutes__transfer_resume(attempt->transfer);
}

static bool wants_pause(const struct sink *sink, uint32_t random, size_t len)
{
    return (sink->seed != 0 && random % 8 == 0) ||
           (sink->pause_at != 0 && sink->received + len >= sink->pause_at);
}

static chutes_status take_bytes(struct attempt *attempt, const char *bytes,
                                size_t *len)
{
    struct sink *sink = attempt->user_data;
    uint32_t random = sink->seed != 0 ? next_random(&sink->seed) : 0;

    assert_false(sink->is_paused);
    if (wants_pause(sink, random, *len)) {
        sink->pause_at = 0;
        pause_it(attempt);
        *len = sink->takes_nothing ? 0 : random / 8 % (*len + 1);
    }
    for (size_t i = 0; i < *len; i++) {
        if (bytes[i] != byte_at(sink->received + i)) {
            fail_msg("wrong byte at %zu", sink->received + i);
        }
    }
    sink->received += *len;
    return CHUTES_OK;
}

static void start(struct attempt *attempt, struct sink *sink, const char *url)
{
    attempt_init(attempt, url);
    attempt->on_bytes = take_bytes;
    attempt->user_data = sink;
    attempt_start(attempt, sink->engine);
}

static void note_kept(struct attempt *attempt)
{
    struct sink *sink = attempt->user_data;

    if (attempt->dones == 0 && attempt->transfer->held.cap > sink->most_kept) {
        sink->most_kept = attempt->transfer->held.cap;
    }
}

static void step(struct attempt *attempt, struct source *source)
{
    const struct sink *sink = attempt->user_data;

    pump(source);
    assert_int_equal(chutes__engine_step(sink->engine, 0), CHUTES_OK);
    note_kept(attempt);
}

static void step_for(struct attempt *attempt, struct source *source, int ms)
{
    int64_t until_us = chutes__clock_now_us() + (int64_t)ms * 1000;

    while (attempt->dones == 0 && chutes__clock_now_us() < until_us) {
        step(attempt, source);
    }
}

static void run_to_the_end(struct attempt *attempt, struct source *source)
{
    step_for(attempt, source, call_patience_ms(20000));
    assert_int_equal(attempt->dones, 1);
}

/* Steps until on_body has paused the attempt. */
static void run_to_pause(struct attempt *attempt, struct source *source)
{
    const struct sink *sink = attempt->user_data;

    while (!sink->is_paused) {
        assert_int_equal(attempt->dones, 0);
        step(attempt, source);
    }
}

/* ---- tests ---- */

static void run_with_pauses(struct chutes__engine *engine, uint32_t seed)
{
    struct sink sink = {.engine = engine, .seed = seed};
    struct source source;
    struct attempt attempt;
    uint32_t random_seed = seed + 1000;

    open_source(&source, 2 * MB, 2 * MB);
    start(&attempt, &sink, source.url);
    while (attempt.dones == 0) {
        uint32_t random = next_random(&random_seed) % 16;

        step(&attempt, &source);
        if (sink.is_paused && random < 8) {
            resume_it(&attempt);
        } else if (!sink.is_paused && random == 0 && attempt.dones == 0) {
            pause_it(&attempt);
        }
        if (sink.is_paused) {
            assert_int_equal(attempt.dones, 0);
        }
    }
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    assert_int_equal(sink.received, 2 * MB);
    assert_int_equal(attempt.result.body_bytes, 2 * MB);
    assert_in_range(sink.most_kept, 1, MAX_KEPT);
    close_source(&source);
}

static void no_byte_is_lost_or_told_twice(void **state)
{
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++) {
        run_with_pauses(engine, seed);
    }
    chutes__engine_free(engine);
}

static void the_server_finds_the_window_closed(void **state)
{
    struct sink sink = {.engine = attempt_engine(), .pause_at = 64 << 10};
    struct source source;
    struct attempt attempt;
    size_t sent;

    (void)state;
    open_source(&source, 64 * MB, 64 * MB);
    start(&attempt, &sink, source.url);
    run_to_pause(&attempt, &source);
    step_for(&attempt, &source, 100);
    sent = source.sent;
    assert_true(sent < 32 * MB);
    step_for(&attempt, &source, 100);
    assert_int_equal(source.sent, sent);
    assert_in_range(sink.most_kept, 0, MAX_KEPT);
    resume_it(&attempt);
    run_to_the_end(&attempt, &source);
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    assert_int_equal(sink.received, 64 * MB);
    close_source(&source);
    chutes__engine_free(sink.engine);
}

static void a_paused_transfer_costs_no_turns(void **state)
{
    struct sink sink = {.engine = attempt_engine(), .pause_at = 64 << 10};
    struct source source;
    struct attempt attempt;
    int64_t start_us;

    (void)state;
    open_source(&source, MB, 256 << 10);
    start(&attempt, &sink, source.url);
    run_to_pause(&attempt, &source);
    step_for(&attempt, &source, 50);
    (void)shutdown(source.fd, SHUT_WR);
    start_us = chutes__clock_now_us();
    assert_int_equal(chutes__engine_step(sink.engine, 100), CHUTES_OK);
    assert_true(chutes__clock_now_us() - start_us >= 99000);
    chutes__transfer_cancel(attempt.transfer);
    run_to_the_end(&attempt, &source);
    close_source(&source);
    chutes__engine_free(sink.engine);
}

enum ending { BY_LENGTH, BY_FIN, BY_RST };

static void end_source(struct source *source, enum ending ending)
{
    const struct linger hard = {.l_onoff = 1};

    if (ending == BY_RST) {
        (void)setsockopt(source->fd, SOL_SOCKET, SO_LINGER, &hard,
                         sizeof(hard));
    }
    if (ending != BY_LENGTH) {
        (void)close(source->fd);
        source->fd = -1;
    }
}

static void an_end_waits_for_what_was_kept(void **state)
{
    static const struct {
        enum ending ending;
        size_t promised;
        bool takes_nothing;
        chutes_status want;
    } cases[] = {
        {BY_LENGTH, 10000, true, CHUTES_OK},
        {BY_LENGTH, 10000, false, CHUTES_OK},
        {BY_FIN, 10000, true, CHUTES_OK},
        {BY_FIN, 10000, false, CHUTES_OK},
        {BY_FIN, 20000, true, CHUTES_ERR_TRUNCATED},
        {BY_FIN, 20000, false, CHUTES_ERR_TRUNCATED},
        {BY_RST, 20000, true, CHUTES_ERR_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sink sink = {.engine = attempt_engine(),
                            .seed = 5,
                            .pause_at = 1,
                            .takes_nothing = cases[i].takes_nothing};
        struct source source;
        struct attempt attempt;

        open_source(&source, cases[i].promised, 10000);
        start(&attempt, &sink, source.url);
        run_to_pause(&attempt, &source);
        sink.seed = 0;
        assert_int_equal(source.sent, 10000);
        end_source(&source, cases[i].ending);
        step_for(&attempt, &source, 30);
        assert_int_equal(attempt.dones, 0);
        resume_it(&attempt);
        assert_int_equal(attempt.dones, 0);
        run_to_the_end(&attempt, &source);
        attempt_expect(&attempt, cases[i].want, ANSWERED);
        assert_int_equal(sink.received, 10000);
        close_source(&source);
        chutes__engine_free(sink.engine);
    }
}

static void the_server_s_clocks_stand_still(void **state)
{
    struct sink sink = {.engine = attempt_engine(), .pause_at = 1};
    struct source source;
    struct attempt attempt;
    int64_t resumed_us;

    (void)state;
    open_source(&source, MB, 1000);
    attempt_init(&attempt, source.url);
    attempt.on_bytes = take_bytes;
    attempt.user_data = &sink;
    attempt.request.clocks =
        (struct chutes__clocks){9000, 9000, 60, 80, 9000, 0};
    attempt_start(&attempt, sink.engine);
    run_to_pause(&attempt, &source);
    step_for(&attempt, &source, 200);
    assert_int_equal(attempt.dones, 0);
    resumed_us = chutes__clock_now_us();
    resume_it(&attempt);
    run_to_the_end(&attempt, &source);
    attempt_expect(&attempt, CHUTES_ERR_TIMEOUT, ANSWERED);
    attempt_expect_message(&attempt, "idle_timeout_ms");
    assert_in_range(chutes__clock_now_us() - resumed_us, 59000,
                    call_bound_ms(250) * 1000);
    close_source(&source);
    chutes__engine_free(sink.engine);
}

static void the_total_runs_on(void **state)
{
    struct sink sink = {.engine = attempt_engine(), .pause_at = 1};

    (void)state;
    /* First with more bytes to come, then with only the end held back. */
    for (int i = 0; i < 2; i++) {
        struct source source;
        struct attempt attempt;

        sink = (struct sink){.engine = sink.engine, .pause_at = 1};
        open_source(&source, i == 0 ? MB : 1000, 1000);
        attempt_init(&attempt, source.url);
        attempt.on_bytes = take_bytes;
        attempt.user_data = &sink;
        attempt.request.clocks.total_ms = 100;
        attempt_start(&attempt, sink.engine);
        run_to_pause(&attempt, &source);
        run_to_the_end(&attempt, &source);
        attempt_expect(&attempt, CHUTES_ERR_TIMEOUT, ANSWERED);
        attempt_expect_message(&attempt, "total_timeout_ms");
        assert_in_range(attempt.elapsed_us, 99000, call_bound_ms(350) * 1000);
        close_source(&source);
    }
    chutes__engine_free(sink.engine);
}

static void a_cancel_ends_a_pause_at_once(void **state)
{
    static const size_t promised[] = {MB, 1000};
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    for (size_t i = 0; i < COUNT(promised); i++) {
        struct sink sink = {.engine = engine, .pause_at = 1};
        struct source source;
        struct attempt attempt;
        char byte;

        open_source(&source, promised[i], 1000);
        start(&attempt, &sink, source.url);
        run_to_pause(&attempt, &source);
        step_for(&attempt, &source, 20);
        chutes__transfer_cancel(attempt.transfer);
        assert_int_equal(attempt.dones, 0);
        assert_int_equal(chutes__engine_step(engine, -1), CHUTES_OK);
        attempt_expect(&attempt, CHUTES_ERR_CANCELLED, ANSWERED);
        if (promised[i] == MB) {
            /* Closing with unread bytes resets the connection. */
            assert_true(recv(source.fd, &byte, 1, 0) <= 0);
        }
        close_source(&source);
    }
    chutes__engine_free(engine);
}

static chutes_status complete_and_pause(struct attempt *attempt,
                                        const char *bytes, size_t *len)
{
    (void)bytes;
    (void)len;
    pause_it(attempt);
    chutes__transfer_complete(attempt->transfer);
    return CHUTES_OK;
}

static void the_end_of_a_whole_answer_waits_too(void **state)
{
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        struct sink sink = {.engine = engine};
        struct source source;
        struct attempt attempt;

        open_source(&source, MB, 1000);
        attempt_init(&attempt, source.url);
        attempt.on_bytes = complete_and_pause;
        attempt.user_data = &sink;
        attempt_start(&attempt, engine);
        run_to_pause(&attempt, &source);
        step_for(&attempt, &source, 200);
        assert_int_equal(attempt.dones, 0);
        if (is_cancelled) {
            chutes__transfer_cancel(attempt.transfer);
        } else {
            resume_it(&attempt);
        }
        assert_int_equal(chutes__engine_step(engine, -1), CHUTES_OK);
        attempt_expect(&attempt, CHUTES_OK, ANSWERED);
        close_source(&source);
    }
    chutes__engine_free(engine);
}

static void a_pause_before_the_answer_holds_its_body(void **state)
{
    struct sink sink = {.engine = attempt_engine()};
    struct source source;
    struct attempt attempt;

    (void)state;
    open_source(&source, MB, MB);
    start(&attempt, &sink, source.url);
    pause_it(&attempt);
    step_for(&attempt, &source, 50);
    assert_int_equal(attempt.heads, 1);
    assert_int_equal(attempt.bodies, 0);
    resume_it(&attempt);
    pause_it(&attempt);
    step_for(&attempt, &source, 20);
    assert_int_equal(attempt.bodies, 0);
    resume_it(&attempt);
    run_to_the_end(&attempt, &source);
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    assert_int_equal(sink.received, MB);
    close_source(&source);
    chutes__engine_free(sink.engine);
}

static void others_flow_past_a_paused_one(void **state)
{
    struct sink paused = {.engine = attempt_engine(), .pause_at = 1};
    struct sink flowing = {.engine = paused.engine};
    struct source sources[2];
    struct attempt attempts[2];

    (void)state;
    open_source(&sources[0], MB, MB);
    open_source(&sources[1], MB, MB);
    start(&attempts[0], &paused, sources[0].url);
    run_to_pause(&attempts[0], &sources[0]);
    start(&attempts[1], &flowing, sources[1].url);
    run_to_the_end(&attempts[1], &sources[1]);
    assert_int_equal(flowing.received, MB);
    assert_int_equal(attempts[0].dones, 0);
    resume_it(&attempts[0]);
    run_to_the_end(&attempts[0], &sources[0]);
    assert_int_equal(paused.received, MB);
    close_source(&sources[0]);
    close_source(&sources[1]);
    chutes__engine_free(paused.engine);
}

static chutes_status resume_other(struct attempt *attempt, const char *bytes,
                                  size_t *len)
{
    (void)bytes;
    (void)len;
    resume_it(attempt->user_data);
    return CHUTES_OK;
}

/* The next step delivers what was stored, followed by what has arrived
 * since. */
static void resumed_by_another_it_keeps_its_order(void **state)
{
    struct sink sink = {
        .engine = attempt_engine(), .pause_at = 1, .takes_nothing = true};
    struct source sources[2];
    struct attempt attempts[2];

    (void)state;
    open_source(&sources[0], 2000, 1000);
    open_source(&sources[1], 1, 0);
    start(&attempts[0], &sink, sources[0].url);
    attempt_init(&attempts[1], sources[1].url);
    attempts[1].on_bytes = resume_other;
    attempts[1].user_data = &attempts[0];
    attempt_start(&attempts[1], sink.engine);
    while (!sink.is_paused || attempts[1].heads == 0) {
        pump(&sources[1]);
        step(&attempts[0], &sources[0]);
    }
    step_for(&attempts[0], &sources[0], 10);
    /* Both sockets become readable before the step, in this order. */
    sources[1].total = 1;
    pump(&sources[1]);
    sources[0].total = 2000;
    pump(&sources[0]);
    assert_int_equal(chutes__engine_step(sink.engine, 0), CHUTES_OK);
    assert_false(sink.is_paused);
    assert_int_equal(sink.received, 0);
    run_to_the_end(&attempts[0], &sources[0]);
    attempt_expect(&attempts[0], CHUTES_OK, ANSWERED);
    assert_int_equal(sink.received, 2000);
    assert_int_equal(attempts[1].dones, 1);
    close_source(&sources[0]);
    close_source(&sources[1]);
    chutes__engine_free(sink.engine);
}

/* Half of a TLS record stays in libcurl, where no poller sees it. */
static chutes_status pause_often(struct attempt *attempt, const char *bytes,
                                 size_t *len)
{
    struct sink *sink = attempt->user_data;

    (void)bytes;
    assert_false(sink->is_paused);
    pause_it(attempt);
    *len = *len / 2 + 1;
    sink->received += *len;
    return CHUTES_OK;
}

static void pauses_work_behind_tls(void **state)
{
    static const char *const scripts[] = {
        "status 200\nheader Content-Length: 200000\nend-headers\nbody 200000",
        "sse-head\nrepeat 50\nchunk 0123456789012345678901234567890123456789\n"
        "end\nchunk-end"};
    static const size_t totals[] = {200000, 2000};
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct peer *peer = peer_start(scripts[i], PEER_TLS_GOOD);
        struct sink sink = {.engine = engine};
        struct attempt attempt;

        attempt_init(&attempt, peer_url(peer));
        attempt.request.route.ca_file = peer_ca_file();
        attempt.on_bytes = pause_often;
        attempt.user_data = &sink;
        attempt_start(&attempt, engine);
        while (attempt.dones == 0) {
            assert_int_equal(chutes__engine_step(engine, 5000), CHUTES_OK);
            if (sink.is_paused) {
                resume_it(&attempt);
            }
        }
        attempt_expect(&attempt, CHUTES_OK, ANSWERED);
        assert_int_equal(sink.received, totals[i]);
        peer_stop(peer);
    }
    chutes__engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_is_lost_or_told_twice),
        cmocka_unit_test(the_server_finds_the_window_closed),
        cmocka_unit_test(a_paused_transfer_costs_no_turns),
        cmocka_unit_test(an_end_waits_for_what_was_kept),
        cmocka_unit_test(the_server_s_clocks_stand_still),
        cmocka_unit_test(the_total_runs_on),
        cmocka_unit_test(a_cancel_ends_a_pause_at_once),
        cmocka_unit_test(the_end_of_a_whole_answer_waits_too),
        cmocka_unit_test(a_pause_before_the_answer_holds_its_body),
        cmocka_unit_test(others_flow_past_a_paused_one),
        cmocka_unit_test(resumed_by_another_it_keeps_its_order),
        cmocka_unit_test(pauses_work_behind_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
