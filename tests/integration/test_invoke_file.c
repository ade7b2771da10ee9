/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "invoke_case.h"
#include "loop_call.h"
#include "scratch.h"

#define PNG "status 200\nheader Content-Type: image/png\n"
#define WHOLE \
    PNG "header Content-Length: 5\nend-headers\nsend \"\\x89PN\\0G\"\n"

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch, "a.png");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return scratch_close(&scratch);
}

static int count_files(void)
{
    DIR *directory = opendir(scratch.folder);
    int count = 0;

    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        count += entry->d_name[0] == '.' && entry->d_name[1] != 'c' ? 0 : 1;
    }
    (void)closedir(directory);
    return count;
}

static void write_old(void)
{
    FILE *file = fopen(scratch.path, "w");

    assert_non_null(file);
    (void)fputs("old", file);
    (void)fclose(file);
}

static void expect_contents(const char *want, size_t len)
{
    char got[64];
    FILE *file = fopen(scratch.path, "r");

    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof(got), file), len);
    assert_memory_equal(got, want, len);
    (void)fclose(file);
}

static chutes_invoke_params to_file(const char *output_path)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    params.path = "generate";
    params.json = "{}";
    params.output_path = output_path;
    return params;
}

static void a_whole_answer_becomes_a_file(void **state)
{
    struct call_pair pair = call_open(WHOLE);
    chutes_invoke_params params = to_file(scratch.path);
    chutes_invoke_response *response = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chutes_invoke(pair.client, &params, &response, NULL),
                         CHUTES_OK);
        assert_int_equal(response->received, 5);
        assert_int_equal(response->body_len, 0);
        assert_string_equal(response->content_type, "image/png");
        chutes_invoke_response_free(response);
        expect_contents("\x89PN\0G", 5);
        assert_int_equal(count_files(), 1);
        write_old(); /* is replaced */
    }
    call_close(pair);
}

static void a_name_without_a_folder_is_in_the_current_one(void **state)
{
    struct call_pair pair = call_open(WHOLE);
    chutes_invoke_params params = to_file("a.png");
    char before[512];

    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(scratch.folder), 0);
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_int_equal(chdir(before), 0);
    expect_contents("\x89PN\0G", 5);
    call_close(pair);
}

static const struct {
    const char *script;
    const char *accept;
    chutes_status status;
    const char *message;
} FAILURES[] = {
    {PNG "header Content-Length: 9\nend-headers\nsend abc\nfin\n", NULL,
     CHUTES_ERR_TRUNCATED, ""},
    {PNG "header Transfer-Encoding: chunked\nend-headers\nchunk abc\nrst\n",
     NULL, CHUTES_ERR_TRUNCATED, ""},
    {PNG "end-headers\nsend abc\nfin\n", NULL, CHUTES_ERR_TRUNCATED, ""},
    {"answer 500 image/png abc\n", NULL, CHUTES_ERR_SERVER, "abc"},
    {"answer 200 text/html <html><title>Login</title>\n", NULL,
     CHUTES_ERR_PROTOCOL,
     "the server sent an HTML page instead of a file: \"Login\""},
    {"answer 200 application/json {\"detail\":\"no GPU\"}\n", "image/*",
     CHUTES_ERR_STREAM, "no GPU"},
    {"answer 200 audio/wav abc\n", "image/*", CHUTES_ERR_PROTOCOL, "audio/wav"},
    {PNG "header Content-Length: 99\nend-headers\nbody 99\n", NULL,
     CHUTES_ERR_TOO_LARGE, "max_stream_bytes"},
    /* What says that there is no file. */
    {"answer 202 application/json {\"status_url\":\"/operations/1\"}\n", NULL,
     CHUTES_ERR_PROTOCOL, "the server sent HTTP 202 instead of a file"},
    {"answer 200 application/json {\"error\":{\"message\":\"no GPU\"}}\n", NULL,
     CHUTES_ERR_STREAM, "no GPU"},
    {"answer 200 video/mp4 {\"error\":{\"message\":\"no GPU\"}}\n", NULL,
     CHUTES_ERR_STREAM, "no GPU"},
    {"answer 200 text/plain {\"detail\":\"no GPU\"}\n", NULL, CHUTES_ERR_STREAM,
     "no GPU"},
    {"status 200\nheader Content-Type: application/octet-stream\n"
     "header Transfer-Encoding: chunked\nend-headers\n"
     "chunk \"\\n\"\nchunk \"{\\\"error\\\":\"\n"
     "chunk \"\\\"no GPU\\\"}\"\nchunk-end\n",
     NULL, CHUTES_ERR_STREAM, "no GPU"},
    {PNG "header Transfer-Encoding: chunked\nend-headers\nchunk abc\n"
         "chunk {\"error\":\nchunk \" \\\"Unhandled exception during \"\n"
         "chunk \"response stream: x\\\"}\"\nchunk-end\n",
     NULL, CHUTES_ERR_STREAM, "response stream: x"},
    {"status 200\nheader Content-Length: 18\nend-headers\n"
     "send \"{\\\"detail\\\":\\\"busy\\\"} \"\n",
     NULL, CHUTES_ERR_STREAM, "busy"},
    {PNG "header Content-Length: 0\nend-headers\n", NULL, CHUTES_ERR_PROTOCOL,
     "the answer is empty"},
    {PNG "header Content-Length: 0\nend-headers\n", "image/*",
     CHUTES_ERR_PROTOCOL, "the answer is empty"},
    {"status 204\nend-headers\n", NULL, CHUTES_ERR_PROTOCOL,
     "the answer is empty"},
};

static void a_failure_leaves_nothing_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAILURES); i++) {
        struct peer *peer = peer_start(FAILURES[i].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_invoke_params params = to_file(scratch.path);
        chutes_client *client;

        options.max_stream_bytes = 98;
        client = call_client(&options);
        params.accept = FAILURES[i].accept;
        invoke_expect(client, &params, FAILURES[i].status, FAILURES[i].message);
        assert_int_equal(count_files(), 0);
        write_old();
        invoke_expect(client, &params, FAILURES[i].status, FAILURES[i].message);
        expect_contents("old", 3);
        assert_int_equal(count_files(), 1);
        assert_int_equal(unlink(scratch.path), 0);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void a_page_may_be_asked_for(void **state)
{
    struct call_pair pair = call_open("answer 200 text/html <p>\n");
    chutes_invoke_params params = to_file(scratch.path);

    (void)state;
    params.accept = "text/html";
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_int_equal(unlink(scratch.path), 0);
    params.accept = NULL;
    (void)snprintf(scratch.path, sizeof(scratch.path), "%s/a.HTML",
                   scratch.folder);
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    call_close(pair);
}

static void a_name_may_ask_for_any_json(void **state)
{
    static const char *const scripts[] = {
        "answer 202 application/json {\"id\":1}\n",
        "answer 200 application/json {\"detail\":\"no GPU\"}\n",
    };

    (void)state;
    (void)snprintf(scratch.path, sizeof(scratch.path), "%s/a.json",
                   scratch.folder);
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct call_pair pair = call_open(scripts[i]);
        chutes_invoke_params params = to_file(scratch.path);

        invoke_expect(pair.client, &params, CHUTES_OK, "");
        assert_int_equal(unlink(scratch.path), 0);
        call_close(pair);
    }
}

static void json_of_another_kind_becomes_a_file(void **state)
{
    struct call_pair pair =
        call_open("answer 200 application/json {\"a\":1}\n");
    chutes_invoke_params params = to_file(scratch.path);
    chutes_invoke_response *response = NULL;

    (void)state;
    assert_int_equal(chutes_invoke(pair.client, &params, &response, NULL),
                     CHUTES_OK);
    assert_int_equal(response->body_len, 0);
    chutes_invoke_response_free(response);
    expect_contents("{\"a\":1}", 7);
    call_close(pair);
}

/* A file that merely begins like a report, or is longer than one. */
static void a_file_that_looks_like_json_stays_whole(void **state)
{
    static const struct {
        const char *script;
        size_t len;
    } cases[] = {
        {"answer 200 text/plain {\"error\":1} {\"error\":1}\n", 23},
        {"answer 200 text/plain {\"error\":null}\n", 14},
        {"status 200\nheader Content-Type: text/plain\n"
         "header Content-Length: 500010\nend-headers\n"
         "send {\"error\":\"\nbody 500000\n",
         500010},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call_pair pair = call_open(cases[i].script);
        chutes_invoke_params params = to_file(scratch.path);
        struct stat file;

        invoke_expect(pair.client, &params, CHUTES_OK, "");
        assert_int_equal(stat(scratch.path, &file), 0);
        assert_int_equal(file.st_size, cases[i].len);
        call_close(pair);
    }
}

static void a_second_attempt_writes_the_file_anew(void **state)
{
    struct peer *peer =
        peer_start("answer 503 image/png cold\nrequest\n" WHOLE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_invoke_params params = to_file(scratch.path);
    chutes_client *client;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    invoke_expect(client, &params, CHUTES_OK, "");
    expect_contents("\x89PN\0G", 5);
    assert_int_equal(peer_posts(peer), 2);
    chutes_client_free(client);
    peer_stop(peer);
}

static int ignore(const void *bytes, size_t len, void *user_data)
{
    (void)bytes;
    (void)len;
    (void)user_data;
    return 0;
}

static void
a_file_that_cannot_be_made_is_named_and_nothing_is_sent(void **state)
{
    static const struct {
        const char *name;
        const char *message;
    } cases[] = {
        {"none/a.png", "no such folder"},
        {"a.png/b.png", "no such folder"},
        {"", "isn't a regular file"},
    };
    struct call_pair pair = call_open(WHOLE);
    chutes_invoke_params params;

    (void)state;
    write_old();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char bad[128];

        (void)snprintf(bad, sizeof(bad), "%s/%s", scratch.folder,
                       cases[i].name);
        params = to_file(bad);
        invoke_expect(pair.client, &params, CHUTES_ERR_FILE, cases[i].message);
    }
    params = to_file("/dev/null");
    invoke_expect(pair.client, &params, CHUTES_ERR_FILE,
                  "isn't a regular file");
    params = to_file("");
    invoke_expect(pair.client, &params, CHUTES_ERR_FILE, "output_path");
    params = to_file(scratch.path);
    params.on_data = ignore;
    invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT,
                  "output_path and on_data");
    params = to_file(scratch.path);
    params.json = "{";
    invoke_expect(pair.client, &params, CHUTES_ERR_INVALID_ARGUMENT, "json");
    expect_contents("old", 3);
    assert_int_equal(count_files(), 1);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

static void a_full_disk_is_told(void **state)
{
    struct call_pair pair =
        call_open(PNG "header Content-Length: 9\nend-headers\nbody 9\n");
    chutes_invoke_params params = to_file(scratch.path);
    struct rlimit limit;
    struct rlimit before;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    invoke_expect(pair.client, &params, CHUTES_ERR_FILE, "too large");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(count_files(), 0);
    call_close(pair);
}

static void on_done(chutes_status status, chutes_invoke_response *response,
                    const chutes_error *error, void *user_data)
{
    (void)error;
    chutes_invoke_response_free(response);
    *(chutes_status *)user_data = status;
}

static void cancelling_removes_what_was_written(void **state)
{
    struct call_pair pair = call_open(
        PNG "header Content-Length: 9\nend-headers\nsend abc\nstall\n");
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_invoke_params params = to_file(scratch.path);
    chutes_status status = CHUTES_OK;
    chutes_call *call = NULL;

    (void)state;
    assert_int_equal(
        chutes_invoke_start(loop, &params, on_done, &status, &call, NULL),
        CHUTES_OK);
    loop_poll_for(loop, 50);
    assert_int_equal(count_files(), 1);
    assert_int_equal(access(scratch.path, F_OK), -1);
    chutes_call_cancel(call);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(status, CHUTES_ERR_CANCELLED);
    assert_int_equal(count_files(), 0);
    chutes_call_free(call);
    chutes_loop_free(loop);
    call_close(pair);
}

#define FILE_TEST(function) \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_whole_answer_becomes_a_file),
        FILE_TEST(a_name_without_a_folder_is_in_the_current_one),
        FILE_TEST(a_failure_leaves_nothing_behind),
        FILE_TEST(a_page_may_be_asked_for),
        FILE_TEST(a_name_may_ask_for_any_json),
        FILE_TEST(json_of_another_kind_becomes_a_file),
        FILE_TEST(a_file_that_looks_like_json_stays_whole),
        FILE_TEST(a_second_attempt_writes_the_file_anew),
        FILE_TEST(a_file_that_cannot_be_made_is_named_and_nothing_is_sent),
        FILE_TEST(a_full_disk_is_told),
        FILE_TEST(cancelling_removes_what_was_written),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
