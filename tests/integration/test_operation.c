/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "call.h"
#include "loop_call.h"
#include "virtual_time.h"

/* How much later than planned a poll may be. */
enum { SLACK_MS = 40 };

#define OP(status) "{\"id\":\"op-1\",\"status\":\"" status "\"}"
#define ANSWER(status) "answer 200 application/json " OP(status) "\n"

static chutes_operation_params of_path(void)
{
    chutes_operation_params params = chutes_operation_params_default();

    params.path = "/operations/op-1?a=1";
    params.min_poll_ms = 1;
    params.max_poll_ms = 2;
    return params;
}

static void expect_error(chutes_status status, const chutes_error *error,
                         chutes_status want, const char *message)
{
    if (status != want || error->status != want ||
        strstr(error->message, message) == NULL) {
        fail_msg("%s: %s", chutes_status_name(status), error->message);
    }
}

static void wait_for(chutes_client *client,
                     const chutes_operation_params *params, chutes_status want,
                     const char *message)
{
    chutes_operation *operation = NULL;
    chutes_error error;
    chutes_status status =
        chutes_operation_wait(client, params, &operation, &error);

    expect_error(status, &error, want, message);
    if (operation != NULL) {
        assert_int_equal(operation->is_over, 1);
        assert_int_equal(operation->state == CHUTES_OPERATION_SUCCEEDED,
                         want == CHUTES_OK);
    } else {
        assert_int_not_equal(want, CHUTES_OK);
    }
    chutes_operation_free(operation);
}

/* ---- the URL ------------------------------------------------------------- */

static void the_url_is_found_in_an_answer(void **state)
{
    static const struct {
        const char *script;
        const char *want; /* NULL: none */
    } cases[] = {
        {"answer 202 application/json {\"status_url\":\"https://a/\\u0062\"}\n",
         "https://a/b"},
        {"answer 200 application/json {\"status_url\":\"https://a/b\"}\n",
         "https://a/b"},
        {"status 202\nheader Location: https://a/c\n"
         "header Content-Length: 0\nend-headers\n",
         "https://a/c"},
        {"status 200\nheader Location: https://a/c\n"
         "header Content-Length: 0\nend-headers\n",
         NULL},
        {"answer 202 application/json {\"status_url\":1}\n", NULL},
        {"answer 202 application/json {\"status_url\":\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call_pair pair = call_open(cases[i].script);
        chutes_invoke_params params = chutes_invoke_params_default();
        chutes_invoke_response *response = NULL;
        chutes_error error;
        char *url = NULL;

        params.path = "x";
        assert_int_equal(chutes_invoke(pair.client, &params, &response, &error),
                         CHUTES_OK);
        assert_int_equal(chutes_operation_url(response, &url, &error),
                         cases[i].want != NULL ? CHUTES_OK
                                               : CHUTES_ERR_PROTOCOL);
        if (cases[i].want != NULL) {
            assert_string_equal(url, cases[i].want);
        } else {
            assert_null(url);
        }
        chutes_string_free(url);
        url = (char *)(uintptr_t)1;
        expect_error(chutes_operation_url(NULL, &url, &error), &error,
                     CHUTES_ERR_INVALID_ARGUMENT, "response must not be NULL");
        assert_null(url);
        expect_error(chutes_operation_url(response, NULL, &error), &error,
                     CHUTES_ERR_INVALID_ARGUMENT, "url must not be NULL");
        assert_int_equal(chutes_operation_url(NULL, NULL, NULL),
                         CHUTES_ERR_INVALID_ARGUMENT);
        chutes_invoke_response_free(response);
        call_close(pair);
    }
}

/* A key goes to the same server, and not to the foreign host that a reference
 * may name. */
static void references_are_followed_on_the_same_host(void **state)
{
    struct call_pair pair = call_open(
        "expect POST /v1/generate?secret=1\n"
        "status 202\nheader Location: operations/7\n"
        "header Content-Length: 0\nend-headers\n"
        "request\nexpect GET /v1/operations/7\n"
        "expect-header Authorization: Bearer " CALL_KEY "\n"
        "answer 200 application/json {\"status\":\"succeeded\",\"status_url\":"
        "\"/v1/operations/7\",\"result\":{\"artifacts\":[{\"url\":"
        "\"../files/1?a=b\"},{\"url\":\"//other.example/x\"}]}}\n");
    chutes_invoke_params start = chutes_invoke_params_default();
    chutes_operation_params params = chutes_operation_params_default();
    chutes_invoke_response *response = NULL;
    chutes_operation *operation = NULL;
    chutes_error error;
    char *url = NULL;
    char want[128];

    (void)state;
    start.path = "generate?secret=1";
    assert_int_equal(chutes_invoke(pair.client, &start, &response, &error),
                     CHUTES_OK);
    (void)snprintf(want, sizeof(want), "%sgenerate", peer_url(pair.peer));
    assert_string_equal(response->url, want);
    assert_int_equal(chutes_operation_url(response, &url, &error), CHUTES_OK);
    (void)snprintf(want, sizeof(want), "%soperations/7", peer_url(pair.peer));
    assert_string_equal(url, want);
    params.url = url;
    assert_int_equal(
        chutes_operation_get(pair.client, &params, &operation, &error),
        CHUTES_OK);
    assert_string_equal(operation->url, want);
    (void)snprintf(want, sizeof(want), "%sfiles/1?a=b", peer_url(pair.peer));
    assert_string_equal(operation->artifacts[0]->url, want);
    assert_string_equal(operation->artifacts[1]->url, "http://other.example/x");
    chutes_operation_free(operation);
    chutes_string_free(url);
    chutes_invoke_response_free(response);
    call_close(pair);
}

/* ---- waiting ------------------------------------------------------------- */

/* Counts what on_status sees. */
struct seen {
    int count;
    int stop_at; /* 0: never */
    chutes_operation_state last;
    chutes_call *call; /* to be cancelled at stop_at; or NULL */
    int dones;
    chutes_status status;
    bool has_operation;
};

static int see(const chutes_operation *operation, void *user_data)
{
    struct seen *seen = user_data;

    seen->count++;
    seen->last = operation->state;
    if (seen->count != seen->stop_at) {
        return 0;
    }
    if (seen->call != NULL) {
        chutes_call_cancel(seen->call);
        return 0;
    }
    return 1;
}

static void a_wait_asks_until_it_is_over(void **state)
{
    struct call_pair pair = call_open(
        "expect GET /v1/operations/op-1?a=1\n"
        "expect-header Authorization: Bearer " CALL_KEY
        "\n" ANSWER("pending") "request\n" ANSWER(
            "thinking") "request\n" ANSWER("running") "request\n" ANSWER("succe"
                                                                         "ede"
                                                                         "d"));
    chutes_operation_params params = of_path();
    struct seen seen = {0};
    chutes_operation *operation = NULL;
    chutes_error error;

    (void)state;
    params.on_status = see;
    params.user_data = &seen;
    assert_int_equal(
        chutes_operation_wait(pair.client, &params, &operation, &error),
        CHUTES_OK);
    assert_int_equal(seen.count, 4);
    assert_int_equal(peer_requests(pair.peer), 4);
    assert_int_equal(peer_accepts(pair.peer), 1);
    assert_int_equal(operation->state, CHUTES_OPERATION_SUCCEEDED);
    assert_string_equal(operation->raw_json, OP("succeeded"));
    assert_int_equal(operation->info->http_status, 200);
    chutes_operation_free(operation);
    assert_int_equal(chutes_operation_wait(pair.client, &params, NULL, &error),
                     CHUTES_OK);
    call_close(pair);
}

/* When the answers to the polls came. */
struct times {
    int64_t at_us[8];
    size_t count;
};

static int note_time(const chutes_operation *operation, void *user_data)
{
    struct times *times = user_data;

    (void)operation;
    assert_true(times->count < COUNT(times->at_us));
    times->at_us[times->count++] = chutes__clock_now_us();
    return 0;
}

#define NEXT "request\n"
#define RUNNING_FOR(ms)                                          \
    "status 200\nheader Content-Type: application/json\n"        \
    "header retry-after-ms: " ms "\nheader Content-Length: 20\n" \
    "end-headers\nsend {\"status\":\"running\"}\n"

static void a_wait_grows_and_obeys_the_server(void **state)
{
    static const int64_t waits_ms[] = {1000, 1501, 2000, 2000, 7000, 1000};
    struct call_pair pair = call_open(
        ANSWER("pending") NEXT ANSWER("running") NEXT ANSWER("running")
            NEXT ANSWER("running") NEXT RUNNING_FOR("7000")
                NEXT RUNNING_FOR("1") NEXT ANSWER("succeeded"));
    chutes_operation_params params = of_path();
    struct times times = {.count = 0};

    (void)state;
    params.min_poll_ms = 1000;
    params.max_poll_ms = 2000;
    params.wait_timeout_ms = 0; /* no limit */
    params.on_status = note_time;
    params.user_data = &times;
    virtual_time_start();
    wait_for(pair.client, &params, CHUTES_OK, "");
    virtual_time_stop();
    assert_int_equal(times.count, COUNT(waits_ms) + 1);
    for (size_t i = 0; i < COUNT(waits_ms); i++) {
        int64_t waited_us = times.at_us[i + 1] - times.at_us[i];

        assert_in_range(waited_us, waits_ms[i] * 1000,
                        (waits_ms[i] + call_bound_ms(SLACK_MS)) * 1000);
    }
    call_close(pair);
}

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
} ENDS[] = {
    {"answer 200 application/json {\"status\":\"failed\",\"error\":{\"code\":"
     "\"no_gpu\",\"message\":\"no GPU left\"}}\n",
     CHUTES_ERR_STREAM, "the operation failed: no GPU left"},
    {ANSWER("cancelled"), CHUTES_ERR_STREAM, "was cancelled"},
    {ANSWER("expired"), CHUTES_ERR_STREAM, "has expired"},
    {"answer 200 application/json "
     "{\"status\":\"gone\",\"finished_at\":\"2026\"}\n",
     CHUTES_ERR_PROTOCOL, "gone, which is unknown"},
    {"answer 404 application/json {\"detail\":\"Operation not found.\"}\n",
     CHUTES_ERR_NOT_FOUND, "Operation not found."},
    {"answer 200 application/json {\"detail\":\"no database\"}\n",
     CHUTES_ERR_STREAM, "no database"},
    {"answer 200 application/json {}\n", CHUTES_ERR_PROTOCOL, "no status"},
    {"answer 200 application/json {\"status\":\n", CHUTES_ERR_TRUNCATED,
     "in the middle of its JSON"},
    {"answer 200 text/html <title>Down</title>\n", CHUTES_ERR_PROTOCOL, "Down"},
    {"status 200\nheader Content-Length: 90\nend-headers\nsend {\nfin\n",
     CHUTES_ERR_TRUNCATED, "lost during the answer"},
};

static void a_failed_operation_is_a_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        struct call_pair pair = call_open(ENDS[i].script);
        chutes_operation_params params = of_path();

        wait_for(pair.client, &params, ENDS[i].status, ENDS[i].message);
        call_close(pair);
    }
}

/* The codes are those of a request that is retried, but this one is not. */
static void a_failed_operation_is_asked_about_once(void **state)
{
    static const char *const codes[] = {"\"429\"", "\"503\"", "429"};

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        char script[200];
        struct call_pair pair;
        chutes_operation_params params = of_path();

        (void)snprintf(script, sizeof(script),
                       "answer 200 application/json {\"status\":\"failed\","
                       "\"error\":{\"code\":%s,\"message\":\"busy\"}}\n",
                       codes[i]);
        pair = call_open(script);
        wait_for(pair.client, &params, CHUTES_ERR_STREAM, "busy");
        assert_int_equal(peer_requests(pair.peer), 1);
        call_close(pair);
    }
}

/* A caller need not ask once more to learn why. */
static void a_failed_operation_is_returned(void **state)
{
    struct call_pair pair = call_open(ANSWER(
        "running") "request\n"
                   "answer 200 application/json "
                   "{\"status\":\"failed\",\"error\":{"
                   "\"code\":\"no_gpu\",\"message\":\"no GPU left\"}}\n"
                   "request\n"
                   "answer 500 application/json {\"detail\":\"down\"}\n");
    chutes_operation_params params = of_path();
    chutes_operation *operation = NULL;
    chutes_error error;

    (void)state;
    params.min_poll_ms = params.max_poll_ms = 1;
    assert_int_equal(
        chutes_operation_wait(pair.client, &params, &operation, &error),
        CHUTES_ERR_STREAM);
    assert_string_equal(error.code, "no_gpu");
    assert_int_equal(operation->state, CHUTES_OPERATION_FAILED);
    assert_string_equal(operation->error_message, "no GPU left");
    assert_non_null(strstr(operation->raw_json, "no_gpu"));
    assert_int_equal(operation->info->http_status, 200);
    chutes_operation_free(operation);
    assert_int_equal(peer_requests(pair.peer), 2);
    assert_int_equal(chutes_operation_wait(pair.client, &params, NULL, NULL),
                     CHUTES_ERR_SERVER);
    call_close(pair);
}

/* What an earlier poll brought is gone when a later one fails. */
static void an_operation_that_is_not_over_is_not_returned(void **state)
{
    struct call_pair pair = call_open(ANSWER(
        "running") "request\n"
                   "answer 404 application/json {\"detail\":\"gone\"}\n");
    chutes_operation_params params = of_path();
    chutes_operation *operation = NULL;

    (void)state;
    params.min_poll_ms = params.max_poll_ms = 1;
    assert_int_equal(
        chutes_operation_wait(pair.client, &params, &operation, NULL),
        CHUTES_ERR_NOT_FOUND);
    assert_null(operation);
    call_close(pair);
}

static void an_answer_over_the_limit_is_refused(void **state)
{
    struct peer *peer = peer_start(ANSWER("running"), PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_operation_params params = of_path();
    chutes_client *client;

    (void)state;
    options.max_response_bytes = 10;
    client = call_client(&options);
    wait_for(client, &params, CHUTES_ERR_TOO_LARGE, "max_response_bytes");
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_broken_request_is_made_again(void **state)
{
    struct peer *peer = peer_start(
        "fin\nconnection\n" ANSWER(
            "running") "request\n"
                       "answer 503 text/plain full\nrequest\n" ANSWER(
                           "succeeded"),
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_operation_params params = of_path();
    chutes_client *client;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    wait_for(client, &params, CHUTES_OK, "");
    assert_int_equal(peer_requests(peer), 4);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_wait_has_a_limit(void **state)
{
    struct call_pair pair = call_open(ANSWER("running"));
    struct call_pair mute = call_open("stall\n");
    chutes_operation_params params = of_path();
    int64_t begun_us = chutes__clock_now_us();

    (void)state;
    params.wait_timeout_ms = call_bound_ms(100);
    wait_for(pair.client, &params, CHUTES_ERR_TIMEOUT, "(wait_timeout_ms)");
    assert_true(peer_requests(pair.peer) > 1);
    /* The first clock of a silent server is a hundred times as long. */
    wait_for(mute.client, &params, CHUTES_ERR_TIMEOUT, "(wait_timeout_ms)");
    assert_true(chutes__clock_now_us() - begun_us <
                (int64_t)call_bound_ms(800) * 1000);
    params.min_poll_ms = params.max_poll_ms = 3600000;
    wait_for(pair.client, &params, CHUTES_ERR_TIMEOUT, "(wait_timeout_ms)");
    call_close(pair);
    call_close(mute);
}

static void a_callback_can_end_the_wait(void **state)
{
    struct call_pair pair = call_open(ANSWER("running"));
    chutes_operation_params params = of_path();
    struct seen seen = {.stop_at = 2};

    (void)state;
    params.on_status = see;
    params.user_data = &seen;
    wait_for(pair.client, &params, CHUTES_ERR_CANCELLED, "");
    assert_int_equal(seen.count, 2);
    call_close(pair);
}

/* ---- on a loop ----------------------------------------------------------- */

static void finish(chutes_status status, chutes_operation *operation,
                   const chutes_error *error, void *user_data)
{
    struct seen *seen = user_data;

    assert_int_equal(error->status, status);
    seen->dones++;
    seen->status = status;
    seen->has_operation = operation != NULL;
    chutes_operation_free(operation);
}

static void start(chutes_loop *loop, const chutes_operation_params *params,
                  struct seen *seen)
{
    assert_int_equal(chutes_operation_wait_start(loop, params, finish, seen,
                                                 &seen->call, NULL),
                     CHUTES_OK);
    assert_int_equal(seen->dones, 0);
}

static void many_waits_share_a_loop(void **state)
{
    struct call_pair pair =
        call_open(ANSWER("running") "request\n" ANSWER("succeeded"));
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_operation_params params = of_path();
    struct seen seen[3] = {{0}};

    (void)state;
    for (size_t i = 0; i < COUNT(seen); i++) {
        start(loop, &params, &seen[i]);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(seen); i++) {
        assert_int_equal(seen[i].dones, 1);
        assert_int_equal(seen[i].status, CHUTES_OK);
        assert_true(seen[i].has_operation);
        chutes_call_free(seen[i].call);
    }
    chutes_loop_free(loop);
    call_close(pair);
}

/* Cancels a wait in a callback, between two requests, and by freeing the
 * loop. */
static void a_wait_can_be_cancelled(void **state)
{
    struct call_pair pair = call_open(ANSWER("running"));
    chutes_operation_params params = of_path();

    (void)state;
    params.on_status = see;
    for (int way = 0; way < 3; way++) {
        chutes_loop *loop = loop_of_client(pair.client);
        struct seen seen = {.stop_at = way == 0 ? 1 : 0};

        params.user_data = &seen;
        params.max_poll_ms = params.min_poll_ms = 3600000;
        start(loop, &params, &seen);
        while (seen.count == 0) {
            assert_int_equal(chutes_loop_poll(loop, 1000), CHUTES_OK);
        }
        if (way == 1) {
            chutes_call_cancel(seen.call);
        }
        if (way < 2) {
            assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        }
        chutes_loop_free(loop);
        assert_int_equal(seen.dones, 1);
        assert_int_equal(seen.status, CHUTES_ERR_CANCELLED);
        chutes_call_free(seen.call);
    }
    call_close(pair);
}

/* ---- asking once, and cancelling ----------------------------------------- */

static void asking_once_reports_any_state(void **state)
{
    struct call_pair pair = call_open(ANSWER("failed"));
    chutes_operation_params params = of_path();
    chutes_operation *operation = NULL;

    (void)state;
    assert_int_equal(
        chutes_operation_get(pair.client, &params, &operation, NULL),
        CHUTES_OK);
    assert_int_equal(operation->state, CHUTES_OPERATION_FAILED);
    assert_int_equal(peer_requests(pair.peer), 1);
    chutes_operation_free(operation);
    call_close(pair);
}

static void an_operation_can_be_cancelled(void **state)
{
    struct peer *peer = peer_start(
        "expect POST /v1/operations/op-1/cancel?a=1\n"
        "answer 409 application/json {\"detail\":\"Cancellation is "
        "unavailable until submission completes.\"}\nrequest\n"
        "answer 202 application/json {\"id\":\"op-1\",\"status\":\"running\","
        "\"cancellation\":\"requested\"}\nrequest\n"
        "answer 409 application/json "
        "{\"detail\":\"Operation is already terminal.\"}\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_operation_params params = of_path();
    chutes_operation *operation = NULL;
    chutes_client *client;
    chutes_error error;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    assert_int_equal(
        chutes_operation_cancel(client, &params, &operation, &error),
        CHUTES_OK);
    assert_int_equal(operation->state, CHUTES_OPERATION_RUNNING);
    assert_int_equal(operation->info->attempts, 2);
    chutes_operation_free(operation);
    expect_error(chutes_operation_cancel(client, &params, &operation, &error),
                 &error, CHUTES_ERR_BAD_REQUEST, "already terminal");
    assert_int_equal(error.http_status, 409);
    chutes_client_free(client);
    peer_stop(peer);
}

/* A failed allocation ends the wait, or a retry makes good for it. */
static void without_memory_it_ends(void **state)
{
    struct call_pair pair =
        call_open(ANSWER("running") "request\n" ANSWER("succeeded"));
    chutes_operation_params params = of_path();
    long total;

    (void)state;
    wait_for(pair.client, &params, CHUTES_OK, "");
    alloc_fail_count();
    wait_for(pair.client, &params, CHUTES_OK, "");
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_operation *operation = NULL;
        chutes_error error;
        chutes_status status;

        alloc_fail_at(i);
        status =
            chutes_operation_wait(pair.client, &params, &operation, &error);
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
        assert_int_equal(operation != NULL, status == CHUTES_OK);
        chutes_operation_free(operation);
    }
    alloc_fail_off();
    call_close(pair);
}

/* ---- the key, and bad input ---------------------------------------------- */

static void the_key_stays_away_from_foreign_hosts(void **state)
{
    struct call_pair own = call_open(ANSWER("succeeded"));
    struct call_pair other = call_open(ANSWER("succeeded"));
    chutes_operation_params params = of_path();
    char url[96];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/op",
                   peer_port(other.peer));
    params.path = NULL;
    params.url = url;
    wait_for(own.client, &params, CHUTES_OK, "");
    assert_null(strstr(peer_request_head(other.peer, 1), CALL_KEY));
    params.send_key = 1;
    wait_for(own.client, &params, CHUTES_OK, "");
    assert_non_null(strstr(peer_request_head(other.peer, 2), CALL_KEY));
    assert_int_equal(peer_requests(own.peer), 0);
    call_close(own);
    call_close(other);
}

static const struct {
    const char *message;
    chutes_operation_params params;
} BAD[] = {
    {"path must not be NULL",
     {.wait_timeout_ms = 0, .min_poll_ms = 1, .max_poll_ms = 1}},
    {"url must begin with https",
     {.url = "/external/operations/a", .min_poll_ms = 1, .max_poll_ms = 1}},
    {"path must not contain a segment",
     {.path = "../a", .min_poll_ms = 1, .max_poll_ms = 1}},
    {"wait_timeout_ms must", {.path = "a", .wait_timeout_ms = -1}},
    {"min_poll_ms must", {.path = "a"}},
    {"min_poll_ms must", {.path = "a", .min_poll_ms = 3600001}},
    {"max_poll_ms must", {.path = "a", .min_poll_ms = 2, .max_poll_ms = 1}},
};

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(ANSWER("succeeded"));

    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        chutes_operation_params params = BAD[i].params;

        params.struct_size = sizeof(params);
        params.send_key = CHUTES_UNSET;
        wait_for(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                 BAD[i].message);
    }
    wait_for(pair.client, NULL, CHUTES_ERR_INVALID_ARGUMENT, "params");
    wait_for(NULL, &BAD[0].params, CHUTES_ERR_INVALID_ARGUMENT, "client");
    chutes_operation_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_url_is_found_in_an_answer),
        cmocka_unit_test(references_are_followed_on_the_same_host),
        cmocka_unit_test(a_wait_asks_until_it_is_over),
        cmocka_unit_test(a_wait_grows_and_obeys_the_server),
        cmocka_unit_test(a_failed_operation_is_a_failure),
        cmocka_unit_test(a_failed_operation_is_asked_about_once),
        cmocka_unit_test(a_failed_operation_is_returned),
        cmocka_unit_test(an_operation_that_is_not_over_is_not_returned),
        cmocka_unit_test(an_answer_over_the_limit_is_refused),
        cmocka_unit_test(a_broken_request_is_made_again),
        cmocka_unit_test(a_wait_has_a_limit),
        cmocka_unit_test(a_callback_can_end_the_wait),
        cmocka_unit_test(many_waits_share_a_loop),
        cmocka_unit_test(a_wait_can_be_cancelled),
        cmocka_unit_test(asking_once_reports_any_state),
        cmocka_unit_test(an_operation_can_be_cancelled),
        cmocka_unit_test(without_memory_it_ends),
        cmocka_unit_test(the_key_stays_away_from_foreign_hosts),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
