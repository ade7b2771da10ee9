/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "rows.h"

enum { LARGE = 5 << 20 };

/* Sends a chat with a message of `len` letters. */
static struct call send_large(chutes_client *client, size_t len)
{
    char *text = call_long_text(len);
    const chutes_message message = chutes_user(text);
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_CHAT};

    params.messages = &message;
    call_run_chat(&call, client, &params);
    free(text);
    return call;
}

static void a_large_request_arrives_whole(void **state)
{
    struct call_pair pair = call_open(
        "expect-no-header Expect\n"
        "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
        "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n");
    struct call call = send_large(pair.client, LARGE);

    (void)state;
    assert_int_equal(call.status, CHUTES_OK);
    assert_true(strlen(peer_request_body(pair.peer, 1)) > LARGE);
    call_dispose(&call);
    call_close(pair);
}

/* An early answer must not be lost because nobody reads the upload. */
static void an_early_answer_to_a_large_request_is_told(void **state)
{
    static const char *const ends[] = {
        "read-none\nread-head\n"
        "answer 413 application/json {\"detail\":\"too large\"}\nfin\n",
        "read-none\nread-head\n"
        "answer 413 application/json {\"detail\":\"too large\"}\ndrain\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct call_pair pair = call_open(ends[i]);
        struct call call = send_large(pair.client, LARGE);

        if (call.status != CHUTES_ERR_BAD_REQUEST) {
            fail_msg("%s", call.error.message);
        }
        assert_int_equal(call.error.http_status, 413);
        assert_int_equal(call.error.outcome, CHUTES_OUTCOME_ANSWERED);
        assert_string_equal(call.error.message, "too large");
        call_dispose(&call);
        call_close(pair);
    }
}

/* E3: the upload was cut off, but the server may have read all that was
 * sent. */
static void a_reset_amid_the_upload_is_told_truthfully(void **state)
{
    struct call_pair pair = call_open("read-none\n"
                                      "read-head\n"
                                      "read 1000\n"
                                      "rst\n");
    struct call call = send_large(pair.client, LARGE);

    (void)state;
    assert_int_equal(call.status, CHUTES_ERR_CONNECTION_LOST);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_MAYBE_SENT);
    assert_int_equal(call.error.attempts, 1);
    assert_int_equal(peer_accepts(pair.peer), 1);
    call_dispose(&call);
    call_close(pair);
}

/* E4: nothing of the upload is read, so the first-byte timeout ends the
 * call. */
static void an_upload_that_nobody_reads_ends(void **state)
{
    struct peer *peer = peer_start("on-accept stall\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    struct call call;

    (void)state;
    options.first_byte_timeout_ms = 300;
    client = call_client(&options);
    call = send_large(client, (size_t)4 * LARGE);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_MAYBE_SENT);
    assert_true(call.elapsed_us < call_bound_ms(2000) * 1000LL);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

int main(void)
{
    static const char *const files[] = {"limits.txt"};
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("E5: a large request arrives whole, without Expect",
                   a_large_request_arrives_whole),
        ROWS_FAULT("E1: an early answer to a large request is told",
                   an_early_answer_to_a_large_request_is_told),
        ROWS_FAULT("E3: a reset amid the upload is told truthfully",
                   a_reset_amid_the_upload_is_told_truthfully),
        ROWS_FAULT("E4: an upload that nobody reads ends",
                   an_upload_that_nobody_reads_ends),
    };

    return rows_run("limits", files, 1, tests, COUNT(tests));
}
