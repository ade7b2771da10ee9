/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "invoke_case.h"
#include "loop_call.h"

#define JSON_OK "answer 200 application/json {\"ok\":true}\n"

/* ---- headers of the request ---------------------------------------------- */

static chutes_client *client_with_headers(const struct peer *peer)
{
    static const chutes_header ours[] = {
        {"X-Team", "red"}, {"X-Kept", "yes"}, {"X-Gone", "no"}};
    chutes_client_options options = call_options(peer);

    options.headers = ours;
    options.header_count = COUNT(ours);
    options.retry_policy = CHUTES_RETRY_SAFE;
    return call_client(&options);
}

static void headers_of_a_call_replace_the_clients(void **state)
{
    static const chutes_header headers[] = {{"Idempotency-Key", "k1"},
                                            {"x-team", "blue"},
                                            {"X-Gone", NULL},
                                            {"X-Empty", ""},
                                            {"user-agent", "mine"}};
    struct peer *peer =
        peer_start("answer 503 text/plain full\nrequest\n" JSON_OK, PEER_PLAIN);
    chutes_client *client = client_with_headers(peer);
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    params.headers = headers;
    params.header_count = COUNT(headers);
    invoke_expect(client, &params, CHUTES_OK, "");
    for (int n = 1; n <= 2; n++) {
        const char *head = peer_request_head(peer, n);

        assert_non_null(strstr(head, "\r\nIdempotency-Key: k1\r\n"));
        assert_non_null(strstr(head, "\r\nx-team: blue\r\n"));
        assert_non_null(strstr(head, "\r\nX-Kept: yes\r\n"));
        assert_non_null(strstr(head, "\r\nX-Empty:"));
        assert_non_null(strstr(head, "\r\nuser-agent: mine\r\n"));
        assert_null(strstr(head, "libchutes"));
        assert_null(strstr(head, "red"));
        assert_null(strstr(head, "X-Gone"));
    }
    /* The next call has none of them. */
    params.headers = NULL;
    params.header_count = 0;
    invoke_expect(client, &params, CHUTES_OK, "");
    assert_non_null(strstr(peer_request_head(peer, 3), "X-Team: red\r\n"));
    assert_null(strstr(peer_request_head(peer, 3), "Idempotency-Key"));
    chutes_client_free(client);
    peer_stop(peer);
}

static void headers_of_a_call_go_where_no_key_goes(void **state)
{
    static const chutes_header header = {"X-Team", "blue"};
    struct peer *peer = peer_start(JSON_OK, PEER_PLAIN);
    chutes_client *client = client_with_headers(peer);
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    params.send_key = 0;
    params.headers = &header;
    params.header_count = 1;
    invoke_expect(client, &params, CHUTES_OK, "");
    assert_non_null(strstr(peer_request_head(peer, 1), "X-Team: blue\r\n"));
    assert_null(strstr(peer_request_head(peer, 1), "X-Kept"));
    assert_null(strstr(peer_request_head(peer, 1), CALL_KEY));
    chutes_client_free(client);
    peer_stop(peer);
}

static void bad_headers_are_named_and_nothing_is_sent(void **state)
{
    static const struct {
        chutes_header header;
        const char *message;
    } bad[] = {
        {{NULL, "x"}, "headers[0].name is not a header name"},
        {{"", "x"}, "headers[0].name is not a header name"},
        {{"a b", "x"}, "headers[0].name is not a header name"},
        {{"a:", "x"}, "headers[0].name is not a header name"},
        {{"a\r\nb", "x"}, "headers[0].name is not a header name"},
        {{"a", "x\r\nb: c"}, "headers[0].value has bytes"},
        {{"a", "x\nb"}, "headers[0].value has bytes"},
        {{"a", "\xff"}, "headers[0].value has bytes"},
        {{"authorization", "x"}, "the library sets itself"},
        {{"Proxy-Authorization", "x"}, "the library sets itself"},
        {{"X-API-KEY", "x"}, "the library sets itself"},
        {{"Accept", "x"}, "the library sets itself"},
        {{"Content-Type", "x"}, "the library sets itself"},
        {{"Content-Length", "x"}, "the library sets itself"},
        {{"Transfer-Encoding", "x"}, "the library sets itself"},
        {{"Host", "x"}, "the library sets itself"},
        {{"Connection", NULL}, "the library sets itself"},
    };
    struct call_pair pair = call_open(JSON_OK);
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        params.headers = &bad[i].header;
        params.header_count = 1;
        invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                      bad[i].message);
    }
    params.headers = NULL;
    invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                  "headers must not be NULL");
    params.headers = &bad[0].header;
    params.header_count = 1025;
    invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                  "header_count must be at most 1024");
    params.header_size = 0;
    invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                  "header_size is wrong");
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* ---- the head of the answer ---------------------------------------------- */

/* What on_head and on_data saw. */
struct seen {
    int heads;
    size_t bytes_at_head; /* when on_head was called last */
    size_t bytes;
    int http_status;
    int64_t content_length;
    char content_type[64];
    int verdict;       /* of on_head */
    chutes_call *call; /* what on_head pauses or cancels */
    bool pauses;
    bool cancels;
    int dones;
    chutes_status status;
};

static int see_head(const chutes_invoke_head *head, void *user_data)
{
    struct seen *seen = user_data;

    seen->heads++;
    seen->bytes_at_head = seen->bytes;
    seen->http_status = head->http_status;
    seen->content_length = head->content_length;
    (void)snprintf(seen->content_type, sizeof(seen->content_type), "%s",
                   head->content_type);
    if (seen->pauses) {
        chutes_call_pause(seen->call);
    }
    if (seen->cancels) {
        chutes_call_cancel(seen->call);
    }
    return seen->verdict;
}

static int see_data(const void *bytes, size_t len, void *user_data)
{
    (void)bytes;
    ((struct seen *)user_data)->bytes += len;
    return 0;
}

static chutes_invoke_params watched(struct seen *seen)
{
    chutes_invoke_params params = call_invoke_params();

    params.accept = "*/*";
    params.on_head = see_head;
    params.on_data = see_data;
    params.user_data = seen;
    return params;
}

static void the_head_comes_before_the_bytes(void **state)
{
    static const struct {
        const char *script;
        int http_status;
        const char *content_type;
        int64_t content_length;
    } cases[] = {
        {"answer 200 audio/wav abc\n", 200, "audio/wav", 3},
        {"status 202\nheader Content-Length: 0\nend-headers\n", 202, "", 0},
        {"sse-head\nchunk abc\nchunk-end\n", 200,
         "text/event-stream; charset=utf-8", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call_pair pair = call_open(cases[i].script);
        struct seen seen = {0};
        chutes_invoke_params params = watched(&seen);

        invoke_expect(pair.client, &params, CHUTES_OK, "");
        assert_int_equal(seen.heads, 1);
        assert_int_equal(seen.bytes_at_head, 0);
        assert_int_equal(seen.http_status, cases[i].http_status);
        assert_string_equal(seen.content_type, cases[i].content_type);
        assert_int_equal(seen.content_length, cases[i].content_length);
        call_close(pair);
    }
}

static void a_head_can_end_the_call(void **state)
{
    struct call_pair pair = call_open("answer 200 audio/wav abc\n");
    struct seen seen = {.verdict = 1};
    chutes_invoke_params params = watched(&seen);

    (void)state;
    invoke_expect(pair.client, &params, CHUTES_ERR_CANCELLED, "");
    assert_int_equal(seen.bytes, 0);
    assert_int_equal(peer_requests(pair.peer), 1);
    call_close(pair);
}

static void no_head_is_shown_of_what_is_of_no_use(void **state)
{
    struct call_pair pair = call_open("answer 200 text/html <p>\nrequest\n"
                                      "answer 404 audio/wav abc\n");
    struct seen seen = {0};
    chutes_invoke_params params = watched(&seen);

    (void)state;
    params.accept = "audio/wav";
    invoke_expect(pair.client, &params, CHUTES_ERR_PROTOCOL, "HTML page");
    invoke_expect(pair.client, &params, CHUTES_ERR_NOT_FOUND, "");
    assert_int_equal(seen.heads, 0);
    call_close(pair);
}

/* The error in the first answer is one that is retried. */
static void each_attempt_shows_its_head(void **state)
{
    struct peer *peer =
        peer_start("answer 200 application/json "
                   "{\"error\":{\"message\":\"full\",\"code\":503}}\n"
                   "request\n" JSON_OK,
                   PEER_PLAIN);
    chutes_client *client = client_with_headers(peer);
    struct seen seen = {0};
    chutes_invoke_params params = watched(&seen);

    (void)state;
    params.accept = "application/json";
    params.on_data = NULL;
    invoke_expect(client, &params, CHUTES_OK, "");
    assert_int_equal(seen.heads, 2);
    assert_int_equal(seen.content_length, 11);
    chutes_client_free(client);
    peer_stop(peer);
}

static void finish(chutes_status status, chutes_invoke_response *response,
                   const chutes_error *error, void *user_data)
{
    struct seen *seen = user_data;

    (void)error;
    seen->dones++;
    seen->status = status;
    chutes_invoke_response_free(response);
}

static void start(struct seen *seen, chutes_loop *loop)
{
    chutes_invoke_params params = watched(seen);

    assert_int_equal(
        chutes_invoke_start(loop, &params, finish, seen, &seen->call, NULL),
        CHUTES_OK);
}

static void a_head_can_pause_the_call(void **state)
{
    struct call_pair pair = call_open("answer 200 audio/wav abc\n");
    chutes_loop *loop = loop_of_client(pair.client);
    struct seen seen = {.pauses = true};

    (void)state;
    start(&seen, loop);
    while (seen.heads == 0) {
        assert_int_equal(chutes_loop_poll(loop, 1000), CHUTES_OK);
    }
    loop_poll_for(loop, 50);
    assert_int_equal(seen.bytes, 0);
    assert_int_equal(seen.dones, 0);
    chutes_call_resume(seen.call);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(seen.status, CHUTES_OK);
    assert_int_equal(seen.bytes, 3);
    chutes_call_free(seen.call);
    chutes_loop_free(loop);
    call_close(pair);
}

static void a_call_cancelled_by_its_head_gets_no_byte(void **state)
{
    struct call_pair pair = call_open("answer 200 audio/wav abc\n");
    chutes_loop *loop = loop_of_client(pair.client);
    struct seen seen = {.cancels = true};

    (void)state;
    start(&seen, loop);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(seen.status, CHUTES_ERR_CANCELLED);
    assert_int_equal(seen.dones, 1);
    assert_int_equal(seen.bytes, 0);
    chutes_call_free(seen.call);
    chutes_loop_free(loop);
    call_close(pair);
}

/* A part must not be taken for the whole, unless the caller wants a part. */
static void a_part_that_was_not_asked_for_is_refused(void **state)
{
    static const chutes_header headers[] = {{"range", "bytes=0-1"}};
    struct call_pair pair = call_open("answer 206 application/json [1]\n");
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    invoke_expect(pair.client, &params, CHUTES_ERR_PROTOCOL,
                  "HTTP 206: only a part of the answer came");
    params.headers = headers;
    params.header_count = COUNT(headers);
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_a_call_replace_the_clients),
        cmocka_unit_test(headers_of_a_call_go_where_no_key_goes),
        cmocka_unit_test(bad_headers_are_named_and_nothing_is_sent),
        cmocka_unit_test(the_head_comes_before_the_bytes),
        cmocka_unit_test(a_head_can_end_the_call),
        cmocka_unit_test(no_head_is_shown_of_what_is_of_no_use),
        cmocka_unit_test(each_attempt_shows_its_head),
        cmocka_unit_test(a_head_can_pause_the_call),
        cmocka_unit_test(a_call_cancelled_by_its_head_gets_no_byte),
        cmocka_unit_test(a_part_that_was_not_asked_for_is_refused),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
