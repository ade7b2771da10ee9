/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    scratch_open(&scratch, "a\"b.wav");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return scratch_close(&scratch);
}

static void write_file(const char *text, size_t count)
{
    FILE *file = fopen(scratch.path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(text, file);
    }
    assert_int_equal(fclose(file), 0);
}

static chutes_invoke_params of_parts(const chutes_invoke_part *parts,
                                     size_t count)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    params.path = "transcribe";
    params.parts = parts;
    params.part_count = count;
    return params;
}

/* Compares the body of request `n` with `want`, in which a '^' stands for the
 * boundary that its head names. */
static void expect_form(const struct peer *peer, int n, const char *want)
{
    static const char mark[] =
        "\r\nContent-Type: multipart/form-data; boundary=";
    const char *boundary = strstr(peer_request_head(peer, n), mark);
    const char *body = peer_request_body(peer, n);
    size_t len;

    assert_non_null(boundary);
    boundary += strlen(mark);
    len = strcspn(boundary, "\r");
    assert_true(len >= 32 && len <= 70); /* RFC 2046 */
    for (; *want != '\0'; want++) {
        if (*want == '^') {
            assert_memory_equal(body, boundary, len);
            body += len;
        } else {
            if (*body != *want) {
                fail_msg("%.40s is not %.40s", body, want);
            }
            body++;
        }
    }
    assert_string_equal(body, "");
}

/* Supplies letters, three at a time. */
static size_t supply(void *to, size_t size, uint64_t offset, void *user_data)
{
    static const char letters[] = "abcdefgh";
    size_t len = size < 3 ? size : 3;

    ++*(int *)user_data;
    memcpy(to, letters + offset, len);
    return len;
}

#define DISPOSITION "--^\r\nContent-Disposition: form-data; name="
#define WHOLE_FORM                                                     \
    DISPOSITION "\"model\"\r\n\r\nwhisper\r\n" DISPOSITION             \
                "\"empty\"\r\n\r\n\r\n" DISPOSITION                    \
                "\"file\"; filename=\"a%22b.wav\"\r\n"                 \
                "Content-Type: audio/wav\r\n\r\nRIFF\r\n" DISPOSITION  \
                "\"%22q%22\"; filename=\"b\xc3\xb6\"\r\n"              \
                "Content-Type: application/octet-stream\r\n\r\n"       \
                "--x\r\n" DISPOSITION                                  \
                "\"read\"\r\nContent-Type: text/plain\r\n\r\nabcdefgh" \
                "\r\n" DISPOSITION "\"bare\"\r\n\r\nRIFF\r\n--^--\r\n"

static void parts_are_written_in_order(void **state)
{
    struct peer *peer = peer_start("expect POST /v1/transcribe\nanswer 503 "
                                   "text/plain cold\nrequest\n" JSON_OK,
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    int calls = 0;
    const chutes_invoke_part parts[] = {
        {.name = "model", .text = "whisper"},
        {.name = "empty", .text = ""},
        {.name = "file", .path = scratch.path, .content_type = "audio/wav"},
        {.name = "\"q\"", .bytes = "--x", .len = 3, .filename = "b\xc3\xb6"},
        {.name = "read",
         .read = supply,
         .user_data = &calls,
         .len = 8,
         .content_type = "text/plain"},
        {.name = "bare", .path = scratch.path, .filename = ""},
    };
    chutes_invoke_params params = of_parts(parts, COUNT(parts));
    chutes_client *client;

    (void)state;
    write_file("RIFF", 1);
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    invoke_expect(client, &params, CHUTES_OK, "");
    assert_int_equal(peer_posts(peer), 2);
    assert_int_equal(calls, 6);
    expect_form(peer, 1, WHOLE_FORM);
    expect_form(peer, 2, WHOLE_FORM); /* a retry sends it again */
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_large_form_is_never_held_in_memory(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    char *bytes = call_long_text(LARGE);
    const chutes_invoke_part parts[] = {
        {.name = "a", .path = scratch.path},
        {.name = "b", .bytes = bytes, .len = LARGE},
    };
    chutes_invoke_params params = of_parts(parts, COUNT(parts));

    (void)state;
    write_file("0123456789", LARGE / 10);
    alloc_fail_count();
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    assert_true(alloc_fail_peak() < MEMORY);
    alloc_fail_off();
    assert_true(strlen(peer_request_body(pair.peer, 1)) > 2 * LARGE);
    free(bytes);
    call_close(pair);
}

static size_t refuse(void *to, size_t size, uint64_t offset, void *user_data)
{
    (void)user_data;
    memset(to, 'x', 1);
    return offset < 4 ? 1 : size + 1;
}

static void a_part_that_fails_ends_the_call(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    const chutes_invoke_part part = {.name = "a", .read = refuse, .len = 9};
    chutes_invoke_params params = of_parts(&part, 1);

    (void)state;
    invoke_expect(pair.client, &params, CHUTES_ERR_CANCELLED, "read callback");
    assert_int_equal(peer_requests(pair.peer), 0);
    call_close(pair);
}

static size_t shorten(void *to, size_t size, uint64_t offset, void *user_data)
{
    (void)offset;
    (void)user_data;
    assert_int_equal(truncate(scratch.path, 1), 0);
    memset(to, 'x', size);
    return size;
}

static void a_file_that_shrinks_is_named(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    const chutes_invoke_part parts[] = {
        {.name = "a", .read = shorten, .len = 1},
        {.name = "b", .path = scratch.path},
    };
    chutes_invoke_params params = of_parts(parts, COUNT(parts));

    (void)state;
    write_file("RIFF", 1);
    invoke_expect(pair.client, &params, CHUTES_ERR_FILE,
                  "parts[1].path became shorter");
    call_close(pair);
}

static const struct {
    const char *message;
    chutes_invoke_part part;
    chutes_status status;
} BAD[] = {
    {"parts[1].name must not", {.text = "a"}, CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].name must not",
     {.name = "", .text = "a"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].name is not",
     {.name = "a\r\nX: y", .text = "a"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].name is not",
     {.name = "\xff", .text = "a"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1] needs", {.name = "a"}, CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1] needs",
     {.name = "a", .text = "b", .path = "c"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].len needs",
     {.name = "a", .text = "b", .len = 1},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].filename is not",
     {.name = "a", .text = "b", .filename = "\n"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].content_type has",
     {.name = "a", .text = "b", .content_type = "x\ry"},
     CHUTES_ERR_INVALID_ARGUMENT},
    {"parts[1].path does not exist",
     {.name = "a", .path = "/nonexistent/a"},
     CHUTES_ERR_FILE},
    {"parts[1].path is not a regular file",
     {.name = "a", .path = "/"},
     CHUTES_ERR_FILE},
    {"max_request_bytes",
     {.name = "a", .bytes = "b", .len = SIZE_MAX},
     CHUTES_ERR_TOO_LARGE},
};

static void bad_parts_are_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    const chutes_invoke_params none = of_parts(NULL, 1);
    int descriptors = 0;

    (void)state;
    write_file("RIFF", 1);
    for (size_t i = 0; i < COUNT(BAD); i++) {
        chutes_invoke_part parts[2] = {{.name = "x", .path = scratch.path}};
        chutes_invoke_params params = of_parts(parts, 2);

        parts[1] = BAD[i].part;
        invoke_expect(pair.client, &params, BAD[i].status, BAD[i].message);
        if (i == 0) {
            descriptors = call_count_descriptors(); /* with the idle loop's */
        }
    }
    invoke_expect(pair.client, &none, CHUTES_ERR_INVALID_ARGUMENT,
                  "parts must not be NULL");
    assert_int_equal(peer_accepts(pair.peer), 0);
    assert_int_equal(call_count_descriptors(), descriptors);
    call_close(pair);
}

static void without_memory_nothing_leaks(void **state)
{
    struct call_pair pair = call_open(JSON_OK);
    const chutes_invoke_part parts[] = {
        {.name = "a", .text = "b"},
        {.name = "c", .path = scratch.path},
    };
    chutes_invoke_params params = of_parts(parts, COUNT(parts));
    long live;
    long total;

    (void)state;
    write_file("RIFF", 1);
    alloc_fail_count();
    invoke_expect(pair.client, &params, CHUTES_OK, "");
    live = alloc_fail_live();
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        if (chutes_invoke(pair.client, &params, NULL, NULL) != CHUTES_OK) {
            assert_true(alloc_fail_live() <= live);
        }
    }
    alloc_fail_off();
    call_close(pair);
}

#define PARTS_TEST(function) \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PARTS_TEST(parts_are_written_in_order),
        PARTS_TEST(a_large_form_is_never_held_in_memory),
        PARTS_TEST(a_part_that_fails_ends_the_call),
        PARTS_TEST(a_file_that_shrinks_is_named),
        PARTS_TEST(bad_parts_are_named_and_nothing_is_sent),
        PARTS_TEST(without_memory_nothing_leaks),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
