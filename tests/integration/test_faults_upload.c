/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "call.h"
#include "faulty_system.h"
#include "rows.h"

enum { LARGE = 5 << 20 };

#define JSON                                                         \
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"fine\"}," \
    "\"finish_reason\":\"stop\"}]}"
#define EVENT                                                         \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":" \
    "\"fine\"},\"finish_reason\":\"stop\"}]}"
#define JSON_HEAD                                         \
    "status 200\nheader Content-Type: application/json\n" \
    "header Transfer-Encoding: chunked\nend-headers\n"
#define ANSWER "answer-file 200 application/json scripts/client/any.txt\n"

/* Sends a large chat in every mode; `judge` checks each result. */
static void upload(const char *script, size_t len,
                   void (*judge)(const struct call *call,
                                 const struct peer *peer, size_t len))
{
    char *text = call_long_text(len);
    const chutes_message message = chutes_user(text);
    chutes_chat_params params = call_chat_params();

    params.messages = &message;
    for (int mode = 0; mode < CALL_MODES; mode++) {
        struct peer *peer = peer_start(script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_client *client = call_client(&options);
        struct call call = {.kind = CALL_STREAM, .mode = (enum call_mode)mode};

        call_run_chat(&call, client, &params);
        judge(&call, peer, len);
        assert_int_equal(peer_accepts(peer), 1);
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
    free(text);
}

/* A reset may destroy the answer that preceded it. The loss is reported
 * then. */
static void judge_refusal(const struct call *call, const struct peer *peer,
                          size_t len)
{
    (void)peer;
    (void)len;
    if (call->status == CHUTES_ERR_BAD_REQUEST) {
        call_expect(call, CHUTES_ERR_BAD_REQUEST, CHUTES_OUTCOME_ANSWERED, 1);
        assert_int_equal(call->error.http_status, 413);
    } else {
        call_expect(call, CHUTES_ERR_CONNECTION_LOST, CHUTES_OUTCOME_MAYBE_SENT,
                    1);
    }
}

static void an_early_413_with_a_reset_is_reported(void **state)
{
    (void)state;
    upload("read-none\nread-head\n"
           "answer 413 application/json {\"detail\":\"too large\"}\nrst\n",
           LARGE, judge_refusal);
}

static void judge_whole(const struct call *call, const struct peer *peer,
                        size_t len)
{
    call_expect(call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
    assert_int_equal(peer_posts(peer), 1);
    assert_true(strlen(peer_request_body(peer, 1)) > len);
}

static void writes_of_single_bytes_lose_nothing(void **state)
{
    (void)state;
    faulty_send_as(FAULTY_SEND_BYTES);
    upload(ANSWER, 20000, judge_whole);
    faulty_send_as(FAULTY_SEND_ALL);
}

static void interrupted_writes_lose_nothing(void **state)
{
    (void)state;
    faulty_send_as(FAULTY_SEND_INTERRUPTED);
    upload(ANSWER, 20000, judge_whole);
    faulty_send_as(FAULTY_SEND_ALL);
}

/* The server stops reading the request, sends its whole answer, and keeps the
 * connection open. */
static void judge_early(const struct call *call, const struct peer *peer,
                        size_t len)
{
    (void)peer;
    (void)len;
    call_expect(call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
    assert_true(call->elapsed_us < (int64_t)call_bound_ms(1000) * 1000);
}

/* From 8.0 on, libcurl may not finish after the last chunk until it has sent
 * the whole request. */
static bool hides_the_last_chunk(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
}

static void an_early_answer_of_a_deaf_server_is_reported(void **state)
{
    static const char *const answers[] = {
        "answer 200 application/json " JSON "\n",
        JSON_HEAD "chunk " JSON "\nchunk-end\n",
        JSON_HEAD "chunk " JSON "\nsleep 20\nchunk-end\n",
        "status 200\nheader Content-Type: application/json\n"
        "header Connection: close\nend-headers\nsend " JSON "\nhalf-close\n",
        "sse-head\nsse " EVENT "\nsse [DONE]\n",
        "sse-head\nsse " EVENT "\nsse [DONE]\nchunk-end\n",
        "sse-head\nsse " EVENT "\nchunk-end\n",
    };
    char script[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (strstr(answers[i], "chunk-end") != NULL && hides_the_last_chunk()) {
            continue;
        }
        (void)snprintf(script, sizeof(script),
                       "read-none\nread-head\n%sstall\n", answers[i]);
        upload(script, LARGE, judge_early);
    }
}

static void judge_lost(const struct call *call, const struct peer *peer,
                       size_t len)
{
    (void)peer;
    (void)len;
    call_expect(call, CHUTES_ERR_CONNECTION_LOST, CHUTES_OUTCOME_MAYBE_SENT, 1);
}

static void no_signal_comes_of_a_closed_connection(void **state)
{
    void (*before)(int) = signal(SIGPIPE, SIG_DFL);

    (void)state;
    upload("read-none\nread-head\nread 1000\nrst\n", LARGE, judge_lost);
    (void)signal(SIGPIPE, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("an answer told early, and no more read",
                   an_early_answer_of_a_deaf_server_is_reported),
        ROWS_FAULT("E2: too large, told early, and reset",
                   an_early_413_with_a_reset_is_reported),
        ROWS_FAULT("E6: writes of single bytes",
                   writes_of_single_bytes_lose_nothing),
        ROWS_FAULT("E7: writes that are interrupted",
                   interrupted_writes_lose_nothing),
        ROWS_FAULT("E9: no signal comes of a closed connection",
                   no_signal_comes_of_a_closed_connection),
    };

    return rows_run("faults_upload", NULL, 0, tests, COUNT(tests));
}
