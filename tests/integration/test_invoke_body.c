/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "call.h"
#include "invoke_case.h"
#include "scratch.h"

#define JSON_OK "answer 200 application/json {}\n"

enum { LARGE = 3000000, MEMORY = 300000 };

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch, "a.wav");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return scratch_close(&scratch);
}

/* The bytes of a body, which depend on their place. */
static unsigned char byte_at(size_t offset)
{
    return (unsigned char)('a' + offset * 7 % 26);
}

static void write_file(size_t len)
{
    FILE *file = fopen(scratch.path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < len; i++) {
        (void)putc(byte_at(i), file);
    }
    assert_int_equal(fclose(file), 0);
}

static void expect_body(const struct peer *peer, int n, size_t len)
{
    const char *body = peer_request_body(peer, n);
    char line[64];

    assert_int_equal(strlen(body), len);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)body[i] != byte_at(i)) {
            fail_msg("byte %zu differs", i);
        }
    }
    (void)snprintf(line, sizeof(line), "\r\nContent-Length: %zu\r\n", len);
    assert_non_null(strstr(peer_request_head(peer, n), line));
}

static chutes_invoke_params of_file(void)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    params.path = "transcribe";
    params.body_path = scratch.path;
    params.content_type = "audio/wav";
    return params;
}

static void a_file_is_sent_without_being_held_in_memory(void **state)
{
    static const size_t lengths[] = {0, 1, 70000, LARGE};

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct call_pair pair =
            call_open("expect POST /v1/transcribe\n"
                      "expect-header Content-Type: audio/wav\n" JSON_OK);
        chutes_invoke_params params = of_file();

        write_file(lengths[i]);
        alloc_fail_count();
        invoke_expect(pair.client, &params, CHUTES_OK, "");
        assert_true(alloc_fail_peak() < MEMORY);
        alloc_fail_off();
        expect_body(pair.peer, 1, lengths[i]);
        call_close(pair);
    }
}

static size_t supply(void *to, size_t size, uint64_t offset, void *user_data)
{
    unsigned char *bytes = to;
    size_t most = size < 1000 ? size : 1000; /* in small pieces */

    ++*(int *)user_data;
    for (size_t i = 0; i < most; i++) {
        bytes[i] = byte_at((size_t)offset + i);
    }
    return most;
}

static void a_callback_supplies_a_body(void **state)
{
    struct call_pair pair = call_open(
        "expect PUT /v1/x\n"
        "expect-header Content-Type: application/octet-stream\n" JSON_OK);
    chutes_invoke_params params = chutes_invoke_params_default();
    int calls = 0;

    (void)state;
    params.path = "x";
    params.method = "PUT";
    params.read_body = supply;
    params.read_user_data = &calls;
    params.body_len = 70000;
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_true(calls >= 70);
    expect_body(pair.peer, 1, 70000);
    call_close(pair);
}

/* What on_progress saw. */
struct steps {
    chutes_invoke_progress last;
    int calls;
    uint64_t most_sent;     /* more ends the call */
    uint64_t most_received; /* likewise */
};

static int note_progress(const chutes_invoke_progress *progress,
                         void *user_data)
{
    struct steps *steps = user_data;

    assert_true(progress->sent > steps->last.sent ||
                progress->received > steps->last.received);
    assert_int_equal(progress->to_send, 70000);
    steps->last = *progress;
    steps->calls++;
    return progress->sent > steps->most_sent ||
           progress->received > steps->most_received;
}

static void progress_is_reported_and_can_end_the_call(void **state)
{
    static const struct {
        uint64_t most_sent;
        uint64_t most_received;
        chutes_status status;
    } rows[] = {
        {70000, 2, CHUTES_OK},
        {9999, 2, CHUTES_ERR_CANCELLED},
        {70000, 1, CHUTES_ERR_CANCELLED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(JSON_OK);
        chutes_invoke_params params = chutes_invoke_params_default();
        struct steps steps = {.most_sent = rows[i].most_sent,
                              .most_received = rows[i].most_received};
        int calls = 0;

        params.path = "x";
        params.read_body = supply;
        params.read_user_data = &calls;
        params.body_len = 70000;
        params.on_progress = note_progress;
        params.user_data = &steps;
        invoke_expect(pair.client, &params, rows[i].status, "");
        if (rows[i].most_sent == 70000) {
            assert_true(steps.calls > 70);
            assert_int_equal(steps.last.sent, 70000);
            assert_int_equal(steps.last.received, 2);
            assert_int_equal(steps.last.to_receive, 2);
        } else {
            assert_in_range(steps.last.sent, 10000, 10999);
            assert_int_equal(steps.last.to_receive, -1);
        }
        call_close(pair);
    }
}

static void a_body_is_sent_again_in_a_retry(void **state)
{
    struct peer *peer = peer_start(
        "answer 503 text/plain cold\nrequest\n" JSON_OK, PEER_TLS_GOOD);
    chutes_client_options options = call_options(peer);
    chutes_invoke_params params = of_file();
    chutes_client *client;

    (void)state;
    options.ca_file = peer_ca_file();
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    write_file(70000);
    invoke_expect(client, &params, CHUTES_OK, "");
    assert_int_equal(peer_posts(peer), 2);
    expect_body(peer, 1, 70000);
    expect_body(peer, 2, 70000);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_dead_connection_is_replaced_before_a_byte_is_sent(void **state)
{
    struct call_pair pair = call_open(JSON_OK "fin\nconnection\n" JSON_OK);
    chutes_invoke_params params = of_file();

    (void)state;
    write_file(70000);
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_true(peer_await_closed(pair.peer, call_bound_ms(2000)));
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_int_equal(peer_accepts(pair.peer), 2);
    expect_body(pair.peer, 2, 70000);
    call_close(pair);
}

/* A handle of libcurl may serve one call after the other. */
static void a_call_takes_nothing_over_from_the_one_before(void **state)
{
    struct call_pair pair = call_open(
        "expect PUT /v1/transcribe\n" JSON_OK "request\n"
        "expect POST /v1/generate\n"
        "expect-header Content-Type: application/json\n"
        "expect-body-contains prompt\n" JSON_OK "request\n"
        "expect DELETE /v1/transcribe\nexpect-no-header Content-Type\n"
        "expect-body \"\"\n" JSON_OK "request\n"
        "expect GET /v1/transcribe\nexpect-body \"\"\n" JSON_OK);
    chutes_invoke_params upload = of_file();
    chutes_invoke_params json = call_invoke_params();

    (void)state;
    write_file(70000);
    upload.method = "PUT";
    invoke_expect(pair.client, &upload, CHUTES_OK, "");
    invoke_expect(pair.client, &json, CHUTES_OK, "");
    upload = of_file();
    upload.body_path = NULL;
    upload.content_type = NULL;
    upload.method = "DELETE";
    invoke_expect(pair.client, &upload, CHUTES_OK, "");
    upload.method = "GET";
    invoke_expect(pair.client, &upload, CHUTES_OK, "");
    assert_int_equal(peer_accepts(pair.peer), 1);
    call_close(pair);
}

static size_t supply_half(void *to, size_t size, uint64_t offset,
                          void *user_data)
{
    return offset < 35000 ? supply(to, size, offset, user_data) : 0;
}

static void a_callback_can_stop_the_request(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    chutes_invoke_params params = chutes_invoke_params_default();
    int calls = 0;

    (void)state;
    params.path = "x";
    params.read_body = supply_half;
    params.read_user_data = &calls;
    params.body_len = 70000;
    invoke_expect(pair.client, &params, CHUTES_ERR_CANCELLED, "");
    assert_int_equal(peer_posts(pair.peer), 0);
    call_close(pair);
}

static size_t claim_too_much(void *to, size_t size, uint64_t offset,
                             void *user_data)
{
    (void)to;
    (void)size;
    (void)offset;
    (void)user_data;
    return SIZE_MAX; /* more than there is room for */
}

static void bad_bodies_are_named_and_nothing_is_sent(void **state)
{
    struct peer *peer = peer_start(JSON_OK, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_invoke_params params = of_file();
    chutes_client *client;
    char fifo[128];

    (void)state;
    options.max_request_bytes = 9;
    client = call_client(&options);
    invoke_expect(client, &params, CHUTES_ERR_FILE, "body_path does not exist");
    params.body_path = scratch.folder;
    invoke_expect(client, &params, CHUTES_ERR_FILE, "not a regular file");
    (void)snprintf(fifo, sizeof(fifo), "%s/fifo", scratch.folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    params.body_path = fifo;
    invoke_expect(client, &params, CHUTES_ERR_FILE, "not a regular file");
    assert_int_equal(unlink(fifo), 0);
    write_file(10);
    params = of_file();
    invoke_expect(client, &params, CHUTES_ERR_TOO_LARGE, "max_request_bytes");
    params.json = "{}";
    invoke_expect(client, &params, CHUTES_ERR_INVALID_ARGUMENT, "exclude each");
    params = of_file();
    params.body_len = 1;
    invoke_expect(client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                  "body must not");
    params = of_file();
    params.method = "GET";
    invoke_expect(client, &params, CHUTES_ERR_INVALID_ARGUMENT, "GET excludes");
    assert_int_equal(peer_accepts(peer), 0);
    params = of_file();
    params.body_path = NULL;
    params.read_body = claim_too_much;
    params.body_len = 5;
    invoke_expect(client, &params, CHUTES_ERR_CANCELLED, "");
    assert_int_equal(peer_requests(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

static void an_early_answer_ends_the_upload(void **state)
{
    struct call_pair pair = call_open(
        "read-none\nread-head\n"
        "answer 413 application/json {\"detail\":\"too large\"}\ndrain\n");
    chutes_invoke_params params = of_file();

    (void)state;
    write_file(LARGE);
    invoke_expect(pair.client, &params, CHUTES_ERR_BAD_REQUEST, "too large");
    call_close(pair);
}

static void an_early_answer_may_be_a_whole_one(void **state)
{
    struct call_pair pair =
        call_open("read-none\nread-head\nanswer 200 audio/wav abc\ndrain\n");
    chutes_invoke_params params = of_file();

    (void)state;
    write_file(LARGE * 4);
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    call_close(pair);
}

#define BODY_TEST(function) \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BODY_TEST(a_file_is_sent_without_being_held_in_memory),
        BODY_TEST(a_callback_supplies_a_body),
        BODY_TEST(progress_is_reported_and_can_end_the_call),
        BODY_TEST(a_body_is_sent_again_in_a_retry),
        BODY_TEST(a_dead_connection_is_replaced_before_a_byte_is_sent),
        BODY_TEST(a_call_takes_nothing_over_from_the_one_before),
        BODY_TEST(a_callback_can_stop_the_request),
        BODY_TEST(bad_bodies_are_named_and_nothing_is_sent),
        BODY_TEST(an_early_answer_ends_the_upload),
        BODY_TEST(an_early_answer_may_be_a_whole_one),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
