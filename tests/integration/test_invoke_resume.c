/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "loop_call.h"

/*
 * A download to a file whose connection was lost continues where it was cut
 * off, if the server allows it.
 */

#define ETAG "header ETag: \"a\"\n"
/* The first attempt: four of ten bytes. */
#define CUT(headers)                               \
    "expect GET /v1/files/1\n"                     \
    "expect-no-header Range\n"                     \
    "expect-no-header If-Range\n"                  \
    "status 200\nheader Content-Type: image/png\n" \
    "header Content-Length: 10\n" headers "end-headers\nsend 0123\nfin\n"
#define NEXT_IF(validator, from)             \
    "connection\nexpect GET /v1/files/1\n"   \
    "expect-header Range: bytes=" from "-\n" \
    "expect-header If-Range: " validator "\n"
#define NEXT(from) NEXT_IF("\"a\"", from)
#define CHANGED_AT "Sun, 06 Nov 1994 08:49:37 GMT"
#define CHANGED "header Last-Modified: " CHANGED_AT "\n"
#define DATE "header Date: Sun, 06 Nov 1994 08:49:38 GMT\n"
#define PART(range, len, text)                  \
    "status 206\nheader Content-Range: " range  \
    "\nheader Content-Type: image/png\nheader " \
    "Content-Length: " len "\nend-headers\nsend " text "\n"

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
    int attempts;
    const char *file; /* NULL: none may be left */
} ROWS[] = {
    {CUT(ETAG) NEXT("4") PART("bytes 4-9/10", "6", "456789"), CHUTES_OK, "", 2,
     "0123456789"},
    {CUT(ETAG) NEXT("4") PART("bytes 4-9/10", "6", "45") "rst\n" NEXT("6")
         PART("bytes 6-9/10", "4", "6789"),
     CHUTES_OK, "", 3, "0123456789"},
    {CUT(DATE CHANGED) NEXT_IF(CHANGED_AT, "4")
         PART("bytes 4-9/10", "6", "456789"),
     CHUTES_OK, "", 2, "0123456789"},
    /* The server has another file by now, or ignores ranges. */
    {CUT(ETAG) NEXT("4") "answer 200 image/png abcdefghijk\n", CHUTES_OK, "", 2,
     "abcdefghijk"},
    {CUT(ETAG) NEXT("4") "status 200\nheader Content-Type: image/png\n"
                         "header Content-Length: 3\nheader ETag: \"b\"\n"
                         "end-headers\nsend ab\nfin\n"
                         "connection\nexpect-header Range: bytes=2-\n"
                         "expect-header If-Range: \"b\"\n" PART("bytes 2-2/3",
                                                                "1", "c"),
     CHUTES_OK, "", 3, "abc"},
    /* It is busy in between. */
    {CUT(ETAG) NEXT("4") "answer 503 application/json {}\nfin\n" NEXT("4")
         PART("bytes 4-9/10", "6", "456789"),
     CHUTES_OK, "", 3, "0123456789"},
    /* It sends less than it says. */
    {CUT(ETAG) NEXT("4") PART("bytes 4-9/10", "3", "456") "fin\n" NEXT("7")
         PART("bytes 7-9/10", "3", "789"),
     CHUTES_OK, "", 3, "0123456789"},
    /* It sends more than it says. */
    {CUT(ETAG) NEXT("4") "status 206\nheader Content-Range: bytes 4-9/10\n"
                         "header Content-Type: image/png\n"
                         "header Content-Length: 7\nend-headers\n"
                         "send 456789a\n",
     CHUTES_ERR_PROTOCOL, "11 bytes of a file that has 10", 2, NULL},
    /* Parts that nobody asked for. */
    {CUT(ETAG) NEXT("4") PART("bytes 0-9/10", "10", "0123456789"),
     CHUTES_ERR_PROTOCOL, "Content-Range: bytes 0-9/10", 2, NULL},
    {CUT(ETAG) NEXT("4") PART("bytes 4-11/12", "8", "456789ab"),
     CHUTES_ERR_PROTOCOL, "the bytes from 4 to the end of 10", 2, NULL},
    {CUT(ETAG) NEXT("4") "status 206\nheader Content-Length: 6\nend-headers\n"
                         "send 456789\n",
     CHUTES_ERR_PROTOCOL, "Content-Range: missing", 2, NULL},
    {CUT(ETAG) NEXT("4") "answer 416 application/json {\"detail\":\"no\"}\n",
     CHUTES_ERR_BAD_REQUEST, "no", 2, NULL},
    {CUT(ETAG) NEXT("4") "answer 200 text/html <html>\n", CHUTES_ERR_PROTOCOL,
     "HTML", 2, NULL},
    /* Nothing says whether it would be the same file. */
    {CUT(""), CHUTES_ERR_TRUNCATED, "", 1, NULL},
    {CUT("header ETag: W/\"a\"\n"), CHUTES_ERR_TRUNCATED, "", 1, NULL},
    {CUT("header ETag: W/\"a\"\n" DATE CHANGED), CHUTES_ERR_TRUNCATED, "", 1,
     NULL},
    {CUT(CHANGED), CHUTES_ERR_TRUNCATED, "", 1, NULL},
    {CUT("header Date: " CHANGED_AT "\n" CHANGED), CHUTES_ERR_TRUNCATED, "", 1,
     NULL},
    /* The server sends the rest of another file. */
    {CUT(ETAG) NEXT("4") "status 206\nheader ETag: \"b\"\n"
                         "header Content-Range: bytes 4-9/10\n"
                         "header Content-Type: image/png\n"
                         "header Content-Length: 6\nend-headers\n"
                         "send uvwxyz\n",
     CHUTES_ERR_PROTOCOL, "the file has changed since its first 4 bytes", 2,
     NULL},
};

static char path[64];

static int set_up(void **state)
{
    int file;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/chutes-resume-XXXXXX");
    file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    return unlink(path);
}

static void expect_file(const char *want)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");

    assert_int_equal(file != NULL, want != NULL);
    if (file == NULL) {
        return;
    }
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(text, want);
    (void)unlink(path);
}

struct outcome {
    chutes_status status;
    chutes_error error;
    size_t received;
};

static void on_done(chutes_status status, chutes_invoke_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->status = status;
    outcome->error = *error;
    outcome->received = response != NULL ? response->received : 0;
    outcome->error.attempts =
        response != NULL ? response->info->attempts : error->attempts;
    chutes_invoke_response_free(response);
}

static chutes_invoke_params params_of(void)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    params.method = "GET";
    params.path = "files/1";
    params.output_path = path;
    params.resume = 1;
    return params;
}

static void run(chutes_client *client, const chutes_invoke_params *params,
                bool is_on_loop, struct outcome *outcome)
{
    chutes_invoke_response *response = NULL;
    chutes_error error;
    chutes_status status;
    chutes_loop *loop;

    if (!is_on_loop) {
        status = chutes_invoke(client, params, &response, &error);
        on_done(status, response, &error, outcome);
        return;
    }
    loop = loop_of_client(client);
    assert_int_equal(
        chutes_invoke_start(loop, params, on_done, outcome, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    chutes_loop_free(loop);
}

static void a_download_goes_on_where_it_was_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS) * 2; i++) {
        struct peer *peer = peer_start(ROWS[i / 2].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_invoke_params params = params_of();
        struct outcome outcome = {.status = CHUTES_OK};
        chutes_client *client;

        options.retry_policy = CHUTES_RETRY_SAFE;
        client = call_client(&options);
        run(client, &params, i % 2 != 0, &outcome);
        if (outcome.status != ROWS[i / 2].status ||
            outcome.error.attempts != ROWS[i / 2].attempts ||
            strstr(outcome.error.message, ROWS[i / 2].message) == NULL) {
            fail_msg("row %zu: %s, %d attempts: %s", i / 2,
                     chutes_status_name(outcome.status), outcome.error.attempts,
                     outcome.error.message);
        }
        assert_int_equal(outcome.received, ROWS[i / 2].file != NULL
                                               ? strlen(ROWS[i / 2].file)
                                               : 0);
        expect_file(ROWS[i / 2].file);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void without_resume_or_retries_it_is_cut(void **state)
{
    (void)state;
    for (int resume = 0; resume < 2; resume++) {
        struct peer *peer = peer_start(CUT(ETAG), PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_invoke_params params = params_of();
        struct outcome outcome = {.status = CHUTES_OK};
        chutes_client *client;

        options.retry_policy =
            resume != 0 ? CHUTES_RETRY_NONE : CHUTES_RETRY_SAFE;
        client = call_client(&options);
        params.resume = resume;
        run(client, &params, false, &outcome);
        assert_int_equal(outcome.status, CHUTES_ERR_TRUNCATED);
        assert_int_equal(outcome.error.attempts, 1);
        expect_file(NULL);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void only_a_download_to_a_file_can_be_resumed(void **state)
{
    struct call_pair pair = call_open("answer 200 image/png x\n");
    chutes_invoke_params params = params_of();
    chutes_error error;

    (void)state;
    params.method = NULL;
    assert_int_equal(chutes_invoke(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "resume needs output_path and the method GET");
    params.method = "GET";
    params.output_path = NULL;
    assert_int_equal(chutes_invoke(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_download_goes_on_where_it_was_cut),
        cmocka_unit_test(without_resume_or_retries_it_is_cut),
        cmocka_unit_test(only_a_download_to_a_file_can_be_resumed),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, set_up, NULL);
}
