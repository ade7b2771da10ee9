/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cpu_time.h"
#include "h2_peer.h"
#include "h2_rows.h"
#include "peer.h"

#define ANSWER                                              \
    "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"message\":" \
    "{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n"
#define PIECE \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n"
#define FINISH                                                                \
    "sse "                                                                    \
    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n" \
    "sse [DONE]\n"                                                            \
    "end-stream\n"

enum {
    HTTP2_CONNECTIONS_MAX = 16, /* of chutes_client_options */
    GOOD_VERSION = 0x080e00     /* libcurl 8.14 */
};

/* Calls on one loop. */
struct many {
    struct h2_peer *peer; /* for release_when_done() */
    chutes_loop *loop;
    chutes_call *first; /* the call to cancel */
    int events;
    int done;
    int ok;
    int lost;
    int cancelled;
    int too_large;
    int attempts;
};

static int count_event(const chutes_chat_event *event, void *user_data)
{
    struct many *many = user_data;

    (void)event;
    many->events++;
    return 0;
}

static void count_done(chutes_status status, chutes_chat_response *response,
                       const chutes_error *error, void *user_data)
{
    struct many *many = user_data;

    many->done++;
    many->ok += status == CHUTES_OK;
    many->lost += status == CHUTES_ERR_CONNECTION_LOST;
    many->too_large += status == CHUTES_ERR_TOO_LARGE;
    many->cancelled += status == CHUTES_ERR_CANCELLED;
    many->attempts +=
        status == CHUTES_OK ? response->info->attempts : error->attempts;
    chutes_chat_response_free(response);
}

static void start_call(struct many *many, chutes_call **call)
{
    chutes_chat_params params = call_chat_params();

    params.on_event = count_event;
    params.user_data = many;
    assert_int_equal(
        chutes_chat_start(many->loop, &params, count_done, many, call, NULL),
        CHUTES_OK);
}

static void start_many(struct many *many, chutes_client *client, int count)
{
    assert_int_equal(chutes_loop_new(client, &many->loop, NULL), CHUTES_OK);
    for (int i = 0; i < count; i++) {
        start_call(many, NULL);
    }
}

static void free_many(struct many *many)
{
    chutes_call_free(many->first);
    chutes_loop_free(many->loop);
}

static void many_streams_share_few_connections(void **state)
{
    enum { CALLS = 200, PIECES = 10 };
    struct h2_peer *peer = h2_peer_start("max-streams 100\n"
                                         "sse-head\n"
                                         "await-streams 200\n"
                                         "repeat 10\n" PIECE "end\n" FINISH);
    chutes_client_options options = h2_rows_options(peer);
    chutes_client *client = call_client(&options);
    struct many many = {0};
    struct h2_counts counts;

    (void)state;
    start_many(&many, client, CALLS);
    assert_int_equal(chutes_loop_run(many.loop), CHUTES_OK);
    free_many(&many);
    chutes_client_free(client);
    assert_true(h2_peer_await_closed(peer, call_bound_ms(2000)));
    counts = h2_peer_counts(peer);
    h2_peer_stop(peer);
    assert_int_equal(many.done, CALLS);
    assert_int_equal(many.ok, CALLS);
    assert_int_equal(many.events, CALLS * (PIECES + 1));
    assert_int_equal(many.attempts, CALLS);
    assert_int_equal(counts.posts, CALLS);
    assert_int_equal(counts.http1, 0);
    assert_in_range(counts.accepts, 2, HTTP2_CONNECTIONS_MAX);
}

/* Makes fifty calls at once to a server that allows one stream at a time per
 * connection. If is_known, a call before them lets libcurl learn that. */
static struct h2_counts call_fifty(chutes_retry_policy policy, bool is_known,
                                   struct many *many)
{
    enum { CALLS = 50 };
    struct h2_peer *peer =
        h2_peer_start("max-streams 1\nsse-head\n" PIECE FINISH);
    chutes_client_options options = h2_rows_options(peer);
    chutes_client *client;
    struct h2_counts counts;

    options.retry_policy = policy;
    options.max_attempts = 10;
    options.max_host_connections = is_known ? 1 : HTTP2_CONNECTIONS_MAX;
    client = call_client(&options);
    start_many(many, client, is_known ? 1 : CALLS);
    assert_int_equal(chutes_loop_run(many->loop), CHUTES_OK);
    for (int i = 0; is_known && i < CALLS; i++) {
        start_call(many, NULL);
    }
    assert_int_equal(chutes_loop_run(many->loop), CHUTES_OK);
    free_many(many);
    chutes_client_free(client);
    assert_true(h2_peer_await_closed(peer, call_bound_ms(2000)));
    counts = h2_peer_counts(peer);
    h2_peer_stop(peer);
    return counts;
}

static void one_stream_at_a_time_is_enough_for_fifty_calls(void **state)
{
    struct many many = {0};
    struct h2_counts counts = call_fifty(CHUTES_RETRY_SAFE, true, &many);

    (void)state;
    assert_int_equal(many.ok, 51);
    assert_int_equal(many.events, 51 * 2);
    assert_int_equal(many.attempts, 51);
    assert_int_equal(counts.posts, 51);
    assert_int_equal(counts.accepts, 1);
}

/* libcurl assumes that a server allows a hundred streams until it says
 * otherwise. If one is refused on a connection that was used before, older
 * versions only report that the connection was lost: a retry isn't safe. */
static void refused_streams_are_never_sent_twice(void **state)
{
    struct many many = {0};
    struct h2_counts counts = call_fifty(CHUTES_RETRY_SAFE, false, &many);

    (void)state;
    assert_int_equal(many.done, 50);
    assert_true(many.ok > 0);
    assert_int_equal(many.lost, 50 - many.ok);
    assert_int_equal(many.events, many.ok * 2);
    assert_int_equal(counts.posts, many.ok);
}

static void refused_streams_are_sent_again_on_demand(void **state)
{
    struct many many = {0};
    struct h2_counts counts = call_fifty(CHUTES_RETRY_OPENAI, false, &many);

    (void)state;
    assert_int_equal(many.ok, 50);
    assert_int_equal(many.events, 50 * 2);
    assert_int_equal(counts.posts, 50);
}

static int cancel_at_event(const chutes_chat_event *event, void *user_data)
{
    struct many *many = user_data;

    (void)event;
    many->events++;
    chutes_call_cancel(many->first);
    return 0;
}

static int stop_at_event(const chutes_chat_event *event, void *user_data)
{
    struct many *many = user_data;

    (void)event;
    many->events++;
    return 1;
}

static void run_alone(struct many *many, chutes_client *client,
                      chutes_chat_event_fn on_event)
{
    chutes_chat_params params = call_chat_params();

    *many = (struct many){0};
    params.on_event = on_event;
    params.user_data = many;
    assert_int_equal(chutes_loop_new(client, &many->loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_chat_start(many->loop, &params, count_done, many,
                                       &many->first, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_loop_run(many->loop), CHUTES_OK);
    assert_int_equal(many->done, 1);
    assert_int_equal(many->ok, 0);
    assert_int_equal(many->events, 1);
}

/* A server that isn't told would continue, and bill it. */
static void the_server_is_told_of_a_call_that_is_given_up(void **state)
{
    static const chutes_chat_event_fn ways[] = {cancel_at_event, stop_at_event,
                                                count_event};

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct h2_peer *peer = h2_peer_start("sse-head\n" PIECE "stall\n");
        chutes_client_options options = h2_rows_options(peer);
        chutes_client *client;
        struct many many;
        bool was_told;

        /* This timeout ends the third way. */
        options.idle_timeout_ms = call_patience_ms(300);
        client = call_client(&options);
        run_alone(&many, client, ways[i]);
        was_told = h2_peer_await_resets(peer, 1, call_bound_ms(250)) ||
                   h2_peer_counts(peer).open == 0;
        free_many(&many);
        chutes_client_free(client);
        h2_peer_stop(peer);
        assert_true(was_told);
    }
}

static void release_when_done(chutes_status status,
                              chutes_chat_response *response,
                              const chutes_error *error, void *user_data)
{
    struct many *many = user_data;

    count_done(status, response, error, many);
    h2_peer_release(many->peer);
}

/* The first call stalls until it is cancelled; then the second continues. */
static void a_cancelled_stream_leaves_the_others_alone(void **state)
{
    struct h2_peer *peer =
        h2_peer_start("sse-head\n"
                      "await-streams 2\n" PIECE "stall\n"
                      "request\n"
                      "sse-head\n"
                      "hold\n" PIECE "await-resets 1\n" FINISH);
    chutes_client_options options = h2_rows_options(peer);
    chutes_client *client;
    chutes_chat_params params = call_chat_params();
    struct many many = {.peer = peer};
    struct h2_counts counts;

    (void)state;
    options.max_host_connections = 1;
    client = call_client(&options);
    assert_int_equal(chutes_loop_new(client, &many.loop, NULL), CHUTES_OK);
    params.on_event = cancel_at_event;
    params.user_data = &many;
    assert_int_equal(chutes_chat_start(many.loop, &params, release_when_done,
                                       &many, &many.first, NULL),
                     CHUTES_OK);
    while (h2_peer_counts(peer).streams < 1) {
        assert_int_equal(chutes_loop_poll(many.loop, 10), CHUTES_OK);
    }
    params.on_event = count_event;
    assert_int_equal(
        chutes_chat_start(many.loop, &params, count_done, &many, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(many.loop), CHUTES_OK);
    counts = h2_peer_counts(peer);
    free_many(&many);
    chutes_client_free(client);
    h2_peer_stop(peer);
    assert_int_equal(counts.accepts, 1);
    assert_int_equal(counts.resets, 1);
    assert_int_equal(many.cancelled, 1);
    assert_int_equal(many.ok, 1);
    assert_int_equal(many.done, 2);
    assert_int_equal(many.events, 3);
}

/* Makes one successful call with this version; returns the peer's counts. */
static struct h2_counts count_with(chutes_http_version version)
{
    struct h2_peer *peer = h2_peer_start("answer 200 application/json " ANSWER);
    chutes_client_options options = h2_rows_options(peer);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;
    struct h2_counts counts;

    options.http_version = version;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    call_dispose(&call);
    chutes_client_free(client);
    counts = h2_peer_counts(peer);
    h2_peer_stop(peer);
    assert_int_equal(counts.accepts, 1);
    return counts;
}

static void the_version_is_as_the_options_say(void **state)
{
    bool is_old =
        curl_version_info(CURLVERSION_NOW)->version_num < GOOD_VERSION;

    (void)state;
    assert_int_equal(count_with(CHUTES_HTTP_2).http1, 0);
    assert_int_equal(count_with(CHUTES_HTTP_1_1).http1, 1);
    assert_int_equal(count_with(CHUTES_HTTP_AUTO).http1, is_old ? 1 : 0);
}

static int pause_at_first_event(const chutes_chat_event *event, void *user_data)
{
    struct many *many = user_data;

    (void)event;
    if (many->events++ == 0) {
        chutes_call_pause(many->first);
    }
    return 0;
}

/* These versions of libcurl can't hold the server back over HTTP/2, so the call
 * fails when too much has arrived. */
static void a_paused_stream_is_bounded(void **state)
{
    struct h2_peer *peer = h2_peer_start("sse-head\n" PIECE "sync\n"
                                         "repeat 300\n"
                                         "send \": \"\n"
                                         "body 10000\n"
                                         "send \"\\n\\n\"\n"
                                         "end\n" FINISH);
    chutes_client_options options = h2_rows_options(peer);
    chutes_client *client = call_client(&options);
    chutes_chat_params params = call_chat_params();
    struct many many = {0};

    (void)state;
    if (curl_version_info(CURLVERSION_NOW)->version_num >= GOOD_VERSION) {
        chutes_client_free(client);
        h2_peer_stop(peer);
        skip();
    }
    assert_int_equal(chutes_loop_new(client, &many.loop, NULL), CHUTES_OK);
    params.on_event = pause_at_first_event;
    params.user_data = &many;
    assert_int_equal(chutes_chat_start(many.loop, &params, count_done, &many,
                                       &many.first, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_loop_run(many.loop), CHUTES_OK);
    free_many(&many);
    chutes_client_free(client);
    h2_peer_stop(peer);
    assert_int_equal(many.done, 1);
    assert_int_equal(many.too_large, 1);
    assert_int_equal(many.events, 1);
}

/* Uploads five megabytes to a server that begins to read after a second. */
static void upload_late(enum peer_tls tls)
{
    enum { LEN = 5000000, MAX_MS = 300 };
    struct peer *peer =
        peer_start("read-none\n"
                   "handshake\n"
                   "sleep 1000\n"
                   "read-head\n"
                   "read 5000000\n"
                   "answer 200 application/json " ANSWER "drain\n",
                   tls);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_CHAT};
    char *prompt = malloc(LEN + 1);
    chutes_client *client;
    chutes_message message;
    int64_t started_us = cpu_time_us();

    assert_non_null(prompt);
    memset(prompt, 'p', LEN);
    prompt[LEN] = '\0';
    message = chutes_user(prompt);
    params.messages = &message;
    options.ca_file = tls == PEER_PLAIN ? NULL : peer_ca_file();
    client = call_client(&options);
    call_run_chat(&call, client, &params);
    free(prompt);
    assert_int_equal(call.status, CHUTES_OK);
    assert_true(call.elapsed_us >= 900000);
    assert_true(cpu_time_us() - started_us <
                (int64_t)call_patience_ms(MAX_MS) * 1000);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_large_upload_that_is_read_late_burns_no_cpu(void **state)
{
    (void)state;
    upload_late(PEER_PLAIN);
    upload_late(PEER_TLS_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_streams_share_few_connections),
        cmocka_unit_test(one_stream_at_a_time_is_enough_for_fifty_calls),
        cmocka_unit_test(refused_streams_are_never_sent_twice),
        cmocka_unit_test(refused_streams_are_sent_again_on_demand),
        cmocka_unit_test(the_server_is_told_of_a_call_that_is_given_up),
        cmocka_unit_test(a_cancelled_stream_leaves_the_others_alone),
        cmocka_unit_test(the_version_is_as_the_options_say),
        cmocka_unit_test(a_paused_stream_is_bounded),
        cmocka_unit_test(a_large_upload_that_is_read_late_burns_no_cpu),
    };

    return h2_rows_run("http2", "http2.txt", tests, COUNT(tests));
}
