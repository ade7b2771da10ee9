/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "call.h"
#include "loop_call.h"
#include "nowhere.h"
#include "stream_script.h"

enum { LATE_MS = 250, PATIENCE_MS = 20000, OFF = 0 };

/* Each timeout of a call, and a server with which only this one fires. */
struct clock_case {
    const char *name;
    const char *script; /* NULL: the server can't be reached */
    int64_t connect_ms;
    int64_t first_byte_ms;
    int64_t idle_ms;
    int64_t progress_ms;
    int64_t total_ms;
    int after_ms;
    chutes_outcome outcome;
    const char *message;
};

static const struct clock_case CASES[] = {
    {"connect", NULL, 150, 50, 50, 50, 9000, 150, CHUTES_OUTCOME_NOT_SENT,
     "connect_timeout_ms"},
    {"first byte", "stall\n", 9000, 150, 50, 50, 9000, 150,
     CHUTES_OUTCOME_MAYBE_SENT, "first_byte_timeout_ms"},
    {"idle", "sse-head\n" PIECE("x") "sleep 100\n" PIECE("y") "stall\n", 9000,
     9000, 200, OFF, 9000, 300, CHUTES_OUTCOME_ANSWERED, "idle_timeout_ms"},
    {"progress",
     "sse-head\n" PIECE("x") "repeat 100\nchunk \": still here\\n\\n\"\n"
                             "sleep 20\nend\nstall\n",
     9000, 9000, 150, 250, 9000, 250, CHUTES_OUTCOME_ANSWERED,
     "progress_timeout_ms"},
    {"total", "sse-head\nrepeat 100\n" PIECE("x") "sleep 20\nend\nstall\n",
     9000, 9000, 150, 150, 300, 300, CHUTES_OUTCOME_ANSWERED,
     "total_timeout_ms"},
    {"total before the first byte", "stall\n", 9000, 9000, OFF, OFF, 200, 200,
     CHUTES_OUTCOME_MAYBE_SENT, "total_timeout_ms"},
};

struct scene {
    struct peer *peer;
    struct nowhere_port port;
    chutes_client *client;
    chutes_loop *loop;
};

/* The client's own timeouts are too long for these cases. */
static void open_scene(struct scene *scene, const char *script)
{
    chutes_client_options options;
    char url[64];

    memset(scene, 0, sizeof(*scene));
    scene->peer = peer_start(script != NULL ? script : "stall\n", PEER_PLAIN);
    options = call_options(scene->peer);
    options.retry_policy = CHUTES_RETRY_NONE;
    if (script == NULL) {
        nowhere_open_port(&scene->port);
        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                       scene->port.port);
        options.base_url = url;
    }
    scene->client = call_client(&options);
    scene->loop = loop_of_client(scene->client);
}

static void close_scene(struct scene *scene, const char *script)
{
    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
    if (script == NULL) {
        nowhere_close_port(&scene->port);
    }
}

static chutes_call_options clocks_of(const struct clock_case *row)
{
    chutes_call_options clocks = chutes_call_options_default();

    clocks.connect_timeout_ms = row->connect_ms;
    clocks.first_byte_timeout_ms = row->first_byte_ms;
    clocks.idle_timeout_ms = row->idle_ms;
    clocks.progress_timeout_ms = row->progress_ms;
    clocks.total_timeout_ms = row->total_ms;
    return clocks;
}

static void check_clock(const struct clock_case *row)
{
    chutes_call_options clocks = clocks_of(row);
    chutes_chat_params params = call_chat_params();
    struct loop_call call = {.call = {.kind = CALL_STREAM}};
    struct scene scene;
    int64_t from_us;
    int64_t took_us;

    open_scene(&scene, row->script);
    params.call_options = &clocks;
    from_us = chutes__clock_now_us();
    assert_int_equal(loop_call_start_chat(&call, scene.loop, &params),
                     CHUTES_OK);
    memset(&clocks, 0xAA, sizeof(clocks)); /* the start has copied them */
    assert_true(loop_call_await(&call, call_patience_ms(PATIENCE_MS)));
    took_us = chutes__clock_now_us() - from_us;
    loop_call_check(&call, CHUTES_ERR_TIMEOUT);
    if (strstr(call.call.error.message, row->message) == NULL) {
        fail_msg("%s: %s", row->name, call.call.error.message);
    }
    assert_int_equal(call.call.error.outcome, row->outcome);
    assert_true(took_us >= (row->after_ms - 5) * 1000);
    assert_true(peer_await_closed(scene.peer, call_bound_ms(LATE_MS)));
    if (took_us > call_bound_ms(row->after_ms + LATE_MS) * 1000LL) {
        fail_msg("%s: too late", row->name);
    }
    loop_call_dispose(&call);
    close_scene(&scene, row->script);
}

static void each_clock_of_a_call_fires_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        check_clock(&CASES[i]);
    }
}

static void note_time(struct loop_call *call, void *done_us)
{
    (void)call;
    *(int64_t *)done_us = chutes__clock_now_us();
}

/* Each call has its own timeouts, although they wait together. */
static void calls_with_other_clocks_wait_on_one_loop(void **state)
{
    static const int totals_ms[] = {300, 100, 400, 200};
    struct loop_call calls[COUNT(totals_ms)];
    int64_t done_us[COUNT(totals_ms)];
    struct scene scene;
    int64_t from_us;

    (void)state;
    open_scene(&scene, "stall\n");
    memset(calls, 0, sizeof(calls));
    from_us = chutes__clock_now_us();
    for (size_t i = 0; i < COUNT(calls); i++) {
        chutes_chat_params params = call_chat_params();
        chutes_call_options clocks = chutes_call_options_default();

        clocks.total_timeout_ms = totals_ms[i];
        params.call_options = &clocks;
        calls[i].call.kind = CALL_CHAT;
        calls[i].on_done = note_time;
        calls[i].user_data = &done_us[i];
        assert_int_equal(loop_call_start_chat(&calls[i], scene.loop, &params),
                         CHUTES_OK);
    }
    while (chutes_loop_active(scene.loop) > 0) {
        assert_int_equal(chutes_loop_poll(scene.loop, PATIENCE_MS), CHUTES_OK);
    }
    for (size_t i = 0; i < COUNT(calls); i++) {
        loop_call_check(&calls[i], CHUTES_ERR_TIMEOUT);
        assert_int_equal(calls[i].active_at_done, 4 - totals_ms[i] / 100);
        assert_in_range(done_us[i] - from_us, (totals_ms[i] - 5) * 1000,
                        call_bound_ms(totals_ms[i] + LATE_MS) * 1000LL);
        loop_call_dispose(&calls[i]);
    }
    close_scene(&scene, "");
}

static void sleep_long(struct call_events *events, void *user_data)
{
    (void)events;
    (void)user_data;
    usleep(300 * 1000);
}

static void a_slow_callback_is_not_the_silence_of_the_server(void **state)
{
    const char *script =
        "sse-head\n" PIECE("x") "sleep 50\n" PIECE("y") "sleep 500\n" LAST("z");
    chutes_call_options clocks = chutes_call_options_default();
    chutes_chat_params params = call_chat_params();
    struct loop_call call = {
        .call = {.kind = CALL_STREAM, .events = {.hook = sleep_long}}};
    struct scene scene;

    (void)state;
    clocks.idle_timeout_ms = call_patience_ms(200);
    clocks.progress_timeout_ms = call_patience_ms(200);
    params.call_options = &clocks;
    open_scene(&scene, script);
    assert_int_equal(loop_call_start_chat(&call, scene.loop, &params),
                     CHUTES_OK);
    assert_true(loop_call_await(&call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&call, CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(call.call.chat), "xyz");
    loop_call_dispose(&call);
    close_scene(&scene, script);
}

/* ---- concurrent failures ------------------------------------------------- */

struct failure {
    chutes_status status;
    int http_status;
    const char *message;
};

/* One connection for each call, in the order in which the calls begin. */
static const char FAILING[] =
    "wait go\nanswer 401 application/json {\"detail\":\"first wrong\"}\n"
    "connection\n"
    "wait go\nanswer 400 application/json {\"detail\":\"second wrong\"}\n"
    "connection\n"
    "sse-head\n" PIECE(
        "x") "wait go\nrst\n"
             "connection\n"
             "sse-head\n" PIECE(
                 "x") "wait go\n"
                      "sse {\"error\":{\"message\":\"fourth wrong\"}}\nstall\n"
                      "connection\n"
                      "wait go\nfin\n"
                      "connection\n"
                      "wait go\n"
                      "sse-head\n" LAST("fine");

static const struct failure FAILURES[] = {
    {CHUTES_ERR_AUTH, 401, "first wrong"},
    {CHUTES_ERR_BAD_REQUEST, 400, "second wrong"},
    {CHUTES_ERR_TRUNCATED, 200, ""},
    {CHUTES_ERR_STREAM, 200, "fourth wrong"},
    {CHUTES_ERR_CONNECTION_LOST, 0, ""},
    {CHUTES_OK, 0, ""},
};

static void check_failure(const struct loop_call *call,
                          const struct failure *failure)
{
    const chutes_error *error = &call->call.error;

    loop_call_check(call, failure->status);
    assert_int_equal(error->http_status, failure->http_status);
    if (strstr(error->message, failure->message) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", error->message, failure->message);
    }
    assert_int_equal(error->attempts, failure->status == CHUTES_OK ? 0 : 1);
    if (failure->status == CHUTES_OK) {
        assert_string_equal(error->message, "");
    }
}

static void failures_at_one_time_are_told_each_to_its_call(void **state)
{
    struct loop_call calls[COUNT(FAILURES)];
    struct scene scene;

    (void)state;
    memset(calls, 0, sizeof(calls));
    open_scene(&scene, FAILING);
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i].call.kind = CALL_STREAM;
        assert_int_equal(loop_call_start(&calls[i], scene.loop), CHUTES_OK);
        /* Wait, so that each call gets the connection meant for it. */
        while (peer_requests(scene.peer) <= (int)i) {
            loop_poll_for(scene.loop, 5);
        }
    }
    assert_int_equal(chutes_loop_active(scene.loop), COUNT(calls));
    peer_release(scene.peer, "go");
    usleep(50 * 1000); /* everything arrives in one step */
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(calls); i++) {
        check_failure(&calls[i], &FAILURES[i]);
        loop_call_dispose(&calls[i]);
    }
    close_scene(&scene, FAILING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_clock_of_a_call_fires_in_time),
        cmocka_unit_test(calls_with_other_clocks_wait_on_one_loop),
        cmocka_unit_test(a_slow_callback_is_not_the_silence_of_the_server),
        cmocka_unit_test(failures_at_one_time_are_told_each_to_its_call),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
