/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call.h"
#include "faulty_system.h"
#include "nowhere.h"
#include "rows.h"
#include "virtual_time.h"

enum { LATE_MS = 250, CLOSE_MS = 2000 };

#define ANSWER "answer-file 200 application/json scripts/client/any.txt\n"

/* ---- helpers ------------------------------------------------------------- */

static chutes_client_options options_for(const char *url)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = url;
    options.api_key = CALL_KEY;
    options.allow_insecure_http = 1;
    options.proxy = "";
    options.retry_policy = CHUTES_RETRY_NONE;
    return options;
}

/* Asserts that nothing can be sent, without and with retries. Virtual time
 * skips the waits. */
static void expect_no_connection(chutes_client_options options)
{
    static const chutes_retry_policy policies[] = {CHUTES_RETRY_NONE,
                                                   CHUTES_RETRY_SAFE};

    for (size_t i = 0; i < COUNT(policies); i++) {
        struct call call = {0};
        chutes_client *client;

        options.retry_policy = policies[i];
        client = call_client(&options);
        do {
            virtual_time_start();
            call_run(&call, client);
            virtual_time_stop();
            call_expect(&call, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT,
                        i == 0 ? 1 : 3);
            call_dispose(&call);
        } while (call_next_way(&call));
        chutes_client_free(client);
    }
}

/* ---- A: name, connect, proxy --------------------------------------------- */

static void a_name_that_does_not_exist_is_reported(void **state)
{
    (void)state;
    expect_no_connection(options_for("http://server.none/v1/"));
}

static void a_lookup_that_hangs_ends_with_its_clock(void **state)
{
    chutes_client_options options = options_for("http://server.stall/v1/");
    struct call call = {0};
    chutes_client *client;

    (void)state;
    options.connect_timeout_ms = 150;
    client = call_client(&options);
    faulty_hang_lookups();
    do {
        call_run(&call, client);
        call_expect(&call, CHUTES_ERR_TIMEOUT, CHUTES_OUTCOME_NOT_SENT, 1);
        assert_true(call.elapsed_us >= 140000);
        assert_true(call.elapsed_us < call_bound_ms(150 + LATE_MS) * 1000LL);
        call_dispose(&call);
    } while (call_next_way(&call));
    chutes_client_free(client);
    faulty_release_lookups();
}

static void *cancel_when_looking_up(void *client)
{
    faulty_await_lookup();
    chutes_client_cancel_all(client);
    return NULL;
}

static void a_lookup_that_hangs_can_be_cancelled(void **state)
{
    chutes_client_options options = options_for("http://server.stall/v1/");
    chutes_client *client = call_client(&options);
    struct call call = {0};

    (void)state;
    do {
        pthread_t thread;

        faulty_hang_lookups();
        assert_int_equal(
            pthread_create(&thread, NULL, cancel_when_looking_up, client), 0);
        call_run(&call, client);
        assert_int_equal(pthread_join(thread, NULL), 0);
        call_expect(&call, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_NOT_SENT, 1);
        assert_true(call.elapsed_us < call_bound_ms(LATE_MS) * 1000LL);
        call_dispose(&call);
        faulty_release_lookups();
    } while (call_next_way(&call));
    chutes_client_free(client);
}

static void the_last_of_64_addresses_is_good(void **state)
{
    struct peer *peer = peer_start(ANSWER, PEER_PLAIN);
    chutes_client_options options;
    struct call call = {0};
    int count = 0;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://server.many:%d/v1/",
                   peer_port(peer));
    options = options_for(url);
    do {
        chutes_client *client = call_client(&options);

        call_run(&call, client);
        call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
        assert_int_equal(call_info(&call)->attempts, 1);
        assert_int_equal(peer_requests(peer), ++count);
        call_dispose(&call);
        chutes_client_free(client);
    } while (call_next_way(&call));
    peer_stop(peer);
}

static void a_closed_port_is_reported(void **state)
{
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   nowhere_closed_port());
    expect_no_connection(options_for(url));
}

/* Uses up all descriptors that are left; returns how many. */
static int exhaust_descriptors(int *taken, int cap)
{
    int count = 0;

    while (count < cap && (taken[count] = dup(STDERR_FILENO)) >= 0) {
        count++;
    }
    assert_true(count < cap);
    return count;
}

static void no_descriptor_is_left(void **state)
{
    struct peer *peer = peer_start(ANSWER, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct rlimit limit;
    struct rlimit small;
    struct call call = {0};
    int taken[256];

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    small = limit;
    small.rlim_cur = 200;
    do {
        chutes_client *client = call_client(&options);
        int descriptors = call_count_descriptors();
        int count;

        assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
        count = exhaust_descriptors(taken, (int)COUNT(taken));
        call_run(&call, client);
        while (count > 0) {
            close(taken[--count]);
        }
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_int_equal(call.status, CHUTES_ERR_CONNECT);
        assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
        assert_non_null(strstr(call.error.message, "too many open files"));
        assert_non_null(strstr(call.error.message, "EMFILE"));
        call_dispose(&call);
        assert_true(call_count_descriptors() <= descriptors + 4);
        chutes_client_free(client);
        assert_true(call_count_descriptors() <= descriptors);
    } while (call_next_way(&call));
    assert_int_equal(peer_accepts(peer), 0);
    peer_stop(peer);
}

/* A loop needs several descriptors, so making one can fail while some are left.
 * That must not be reported as a lack of memory. */
static void few_descriptors_are_left(void **state)
{
    enum { MAX_LEFT = 6 };
    char url[64];
    chutes_client_options options;
    struct rlimit limit;
    struct rlimit small;
    struct call call = {0};
    int taken[256];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   nowhere_closed_port());
    options = options_for(url);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    small = limit;
    small.rlim_cur = 200;
    do {
        for (int left = 1; left <= MAX_LEFT; left++) {
            chutes_client *client = call_client(&options);
            int count;

            assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
            count = exhaust_descriptors(taken, (int)COUNT(taken));
            for (int i = 0; i < left; i++) {
                close(taken[--count]);
            }
            call_run(&call, client);
            while (count > 0) {
                close(taken[--count]);
            }
            assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
            assert_int_equal(call.status, CHUTES_ERR_CONNECT);
            call_dispose(&call);
            chutes_client_free(client);
        }
    } while (call_next_way(&call));
}

/* The loop has its descriptors already. */
static void no_descriptor_is_left_for_a_connection(void **state)
{
    struct call_pair pair = call_open(ANSWER);
    struct call call = {.mode = CALL_ON_LOOP};
    struct rlimit limit;
    struct rlimit small;
    int taken[256];
    int count;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &call.loop, NULL), CHUTES_OK);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    small = limit;
    small.rlim_cur = 200;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
    count = exhaust_descriptors(taken, (int)COUNT(taken));
    call_run(&call, pair.client);
    while (count > 0) {
        close(taken[--count]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    call_expect(&call, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT, 1);
    assert_non_null(strstr(call.error.message, "EMFILE"));
    chutes_loop_free(call.loop);
    call_dispose(&call);
    call_close(pair);
}

static void a_failure_to_connect_is_reported(void **state)
{
    static const int errors[] = {ENETUNREACH, EACCES, ECONNREFUSED};

    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        faulty_fail_connects(errors[i]);
        expect_no_connection(options_for("http://127.0.0.1:9/v1/"));
        faulty_fail_connects(0);
    }
}

static void the_proxy_of_the_environment_is_dead(void **state)
{
    chutes_client_options options = options_for("https://server.test/v1/");
    char proxy[96];

    (void)state;
    (void)snprintf(proxy, sizeof(proxy), "http://user:CANARY@127.0.0.1:%d",
                   nowhere_closed_port());
    assert_int_equal(setenv("https_proxy", proxy, 1), 0);
    options.proxy = NULL;
    expect_no_connection(options);
    assert_int_equal(unsetenv("https_proxy"), 0);
}

/* Waits for `count` calls on the loop. */
static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    int *count = user_data;

    if (status != CHUTES_OK) {
        fail_msg("%s", error->message);
    }
    chutes_chat_response_free(response);
    ++*count;
}

static void six_connections_died_while_nobody_looked(void **state)
{
    struct call_pair pair = call_open(
        "wait all\n" ANSWER "fin\nconnection\nwait all\n" ANSWER
        "fin\nconnection\nwait all\n" ANSWER
        "fin\nconnection\nwait all\n" ANSWER
        "fin\nconnection\nwait all\n" ANSWER
        "fin\nconnection\nwait all\n" ANSWER "fin\nconnection\n" ANSWER);
    chutes_chat_params params = call_chat_params();
    chutes_loop *loop = NULL;
    int done = 0;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(
            chutes_chat_start(loop, &params, on_done, &done, NULL, NULL),
            CHUTES_OK);
    }
    while (peer_requests(pair.peer) < 6) {
        assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    }
    peer_release(pair.peer, "all");
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_true(peer_await_closed(pair.peer, call_bound_ms(CLOSE_MS)));
    assert_int_equal(
        chutes_chat_start(loop, &params, on_done, &done, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(done, 7);
    assert_int_equal(peer_posts(pair.peer), 7);
    assert_int_equal(peer_accepts(pair.peer), 7);
    chutes_loop_free(loop);
    call_close(pair);
}

/* ---- F, H ---------------------------------------------------------------- */

static void a_redirect_to_another_server_is_not_followed(void **state)
{
    struct peer *canary = peer_start(ANSWER, PEER_PLAIN);
    struct call call = {0};
    char script[256];

    (void)state;
    (void)snprintf(script, sizeof(script),
                   "status 307\nheader Location: %schat/completions\n"
                   "header Content-Length: 0\nend-headers\n",
                   peer_url(canary));
    do {
        struct peer *peer = peer_start(script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_client *client;

        options.auth = CHUTES_AUTH_X_API_KEY;
        client = call_client(&options);
        call_run(&call, client);
        call_expect(&call, CHUTES_ERR_REDIRECT, CHUTES_OUTCOME_ANSWERED, 1);
        assert_int_equal(peer_requests(peer), 1);
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    } while (call_next_way(&call));
    assert_int_equal(peer_http_bytes(canary), 0);
    peer_stop(canary);
}

#define WORD                                                                   \
    "sse "                                                                     \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}" \
    "\n"

static void stop_at(int event, enum call_mode mode, enum peer_tls tls)
{
    /* Two events arrive in one piece, then each alone. */
    struct peer *peer = peer_start(
        "sse-head\n"
        "chunk \"data: {\\\"choices\\\":[{\\\"index\\\":0,"
        "\\\"delta\\\":{\\\"content\\\":\\\"x\\\"}}]}\\n\\n"
        "data: {\\\"choices\\\":[{\\\"index\\\":0,"
        "\\\"delta\\\":{\\\"content\\\":\\\"y\\\"}}]}\\n\\n\"\n" WORD WORD WORD
            WORD WORD WORD "stall\n",
        tls);
    chutes_client_options options = call_options(peer);
    struct call call = {
        .kind = CALL_STREAM, .mode = mode, .events = {.stop_at = event}};
    chutes_client *client;

    options.ca_file = tls != PEER_PLAIN ? peer_ca_file() : NULL;
    client = call_client(&options);
    call_run(&call, client);
    call_expect(&call, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_ANSWERED, 1);
    assert_int_equal(call.events.count, event);
    assert_non_null(call.chat);
    assert_int_equal(call.chat->complete, 0);
    assert_true(peer_await_closed(peer, call_bound_ms(LATE_MS)));
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_callback_stops_at_any_event(void **state)
{
    (void)state;
    for (int event = 1; event <= 8; event++) {
        for (int mode = 0; mode < CALL_MODES; mode++) {
            stop_at(event, (enum call_mode)mode, PEER_PLAIN);
            stop_at(event, (enum call_mode)mode, PEER_TLS_GOOD);
        }
    }
}

int main(void)
{
    static const char *const files[] = {"proxies.txt"};
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("A1: no such name", a_name_that_does_not_exist_is_reported),
        ROWS_FAULT("A2: a lookup that hangs",
                   a_lookup_that_hangs_ends_with_its_clock),
        ROWS_FAULT("A3: cancelling a lookup that hangs",
                   a_lookup_that_hangs_can_be_cancelled),
        ROWS_FAULT("A5: a closed port", a_closed_port_is_reported),
        ROWS_FAULT("A8: no descriptor is left", no_descriptor_is_left),
        ROWS_FAULT("A8: few descriptors are left", few_descriptors_are_left),
        ROWS_FAULT("A8: no descriptor is left for a connection",
                   no_descriptor_is_left_for_a_connection),
        ROWS_FAULT("A9: connecting fails", a_failure_to_connect_is_reported),
        ROWS_FAULT("A10: the proxy of the environment is dead",
                   the_proxy_of_the_environment_is_dead),
        ROWS_FAULT("A12: six connections died while nobody looked",
                   six_connections_died_while_nobody_looked),
        ROWS_FAULT("F2: a redirect to another server",
                   a_redirect_to_another_server_is_not_followed),
        ROWS_FAULT("H19: a callback stops at any event",
                   a_callback_stops_at_any_event),
        ROWS_FAULT("A4: the last of 64 addresses is good",
                   the_last_of_64_addresses_is_good),
    };

    return rows_run("faults", files, COUNT(files), tests, COUNT(tests));
}
