/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "demo_ask.h"

#define ID "00000000-0000-4000-8000-00000000000"
#define OPERATION "/external/operations/" ID
#define START "/v1/external/text2video"
#define SHIP "{\"prompt\":\"a ship\"}"

/* A request, and what the answer has in its head or body. */
struct row {
    const char *method;
    const char *path;
    const char *headers;
    const char *body;
    int status;
    const char *want;
};

/* Sends the requests one after the other. */
static void check(const struct row *rows, size_t count)
{
    struct mock_demo *demo = start_plain();

    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];

        assert_int_equal(
            ask(demo, row->method, row->path, row->headers, row->body), 0);
        if (status() != row->status || strstr(got, row->want) == NULL) {
            fail_msg("row %zu, %s %s\n gave   %s\n wanted %d %s", i,
                     row->method, row->path, got, row->status, row->want);
        }
    }
    mock_demo_stop(demo);
}

static void an_operation_is_asked_for_until_it_is_over(void **state)
{
    static const struct row rows[] = {
        {"POST", START, "", "{}", 422, "prompt"},
        {"POST", START, "", SHIP, 202, "\r\nLocation: " OPERATION "1\r\n"},
        {"POST", START, "", SHIP, 202,
         "\"status\":\"pending\",\"status_url\":\"" OPERATION "2\""},
        {"GET", OPERATION "1/artifacts/0", "", "", 404, "artifact"},
        {"GET", OPERATION "1", "", "", 200,
         "\"status\":\"running\",\"status_url\":\"" OPERATION
         "1\",\"progress\":0.5,\"finished_at\":null"},
        {"GET", "/v1" OPERATION "1?a=1", "", "", 200,
         "\"status\":\"succeeded\""},
        {"GET", OPERATION "1", "", "", 200,
         "\"size_bytes\":32,\"expires_at\":\"2126-03-01T12:00:00\","
         "\"available\":true,\"url\":\"" OPERATION "1/artifacts/0\"}]}}"},
        {"GET", OPERATION "3", "", "", 404, "operation not found"},
        {"GET", "/external/operations/", "", "", 404, "Not Found"},
        {"GET", "/external/operations/1", "", "", 404, "not found"},
        {"GET", OPERATION "1/artifacts/1", "", "", 404, "Not Found"},
        {"HEAD", OPERATION "1", "", "", 404, "\r\nContent-Length: 22\r\n\r\n"},
        {"DELETE", OPERATION "1", "", "", 405, "Method"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void an_operation_is_cancelled_only_while_it_runs(void **state)
{
    static const struct row rows[] = {
        {"POST", START, "", SHIP, 202, "pending"},
        {"POST", OPERATION "1/cancel", "", "", 409, "running"},
        {"GET", OPERATION "1", "", "", 200, "running"},
        {"POST", OPERATION "1/cancel", "", "", 200, "\"status\":\"cancelled\""},
        {"POST", OPERATION "1/cancel", "", "", 409, "running"},
        {"GET", OPERATION "1", "", "", 200, "\"progress\":0.5"},
        {"GET", OPERATION "1", "", "", 200, "\"status\":\"cancelled\""},
        {"GET", OPERATION "1/artifacts/0", "", "", 404, "artifact"},
        {"POST", START, "", SHIP, 202, "pending"},
        {"GET", OPERATION "2", "", "", 200, "running"},
        {"GET", OPERATION "2", "", "", 200, "succeeded"},
        {"POST", OPERATION "2/cancel", "", "", 409, "running"},
        {"POST", OPERATION "2/stop", "", "", 404, "not found"},
        {"POST", OPERATION "3/cancel", "", "", 404, "not found"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void a_key_finds_what_was_started_with_it(void **state)
{
    static const struct row rows[] = {
        {"POST", START, "Idempotency-Key: a\r\n", SHIP, 202, OPERATION "1"},
        {"POST", START, "Idempotency-Key: a\r\n", SHIP, 202, OPERATION "1"},
        {"POST", START, "Idempotency-Key: a\r\n", "{\"prompt\":\"b\"}", 409,
         "Idempotency-Key"},
        {"POST", START, "Idempotency-Key: b\r\n", SHIP, 202, OPERATION "2"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void a_part_of_an_artifact_is_sent(void **state)
{
#define FILM OPERATION "1/artifacts/0"
    static const struct row rows[] = {
        {"POST", START, "", SHIP, 202, ""},
        {"GET", OPERATION "1", "", "", 200, "running"},
        {"GET", OPERATION "1", "", "", 200, "succeeded"},
        {"GET", FILM, "", "", 200, "\r\nContent-Length: 32\r\n"},
        {"GET", FILM, "", "", 200,
         "\r\nAccept-Ranges: bytes\r\nETag: \"demo\"\r\n"},
        {"HEAD", FILM, "", "", 200, "\r\nContent-Length: 32\r\n"},
        {"GET", FILM, "Range: bytes=4-7\r\n", "", 206,
         "\r\nContent-Range: bytes 4-7/32\r\n\r\nftyp"},
        {"GET", FILM, "Range: bytes=4-\r\n", "", 206,
         "\r\nContent-Range: bytes 4-31/32\r\n"},
        {"GET", FILM, "Range: bytes=0-0\r\n", "", 206, "bytes 0-0/32"},
        {"GET", FILM, "Range: bytes=30-99\r\n", "", 206, "bytes 30-31/32"},
        {"GET", FILM, "Range: bytes=-4\r\n", "", 206, "bytes 28-31/32"},
        {"GET", FILM, "Range: bytes=-99\r\n", "", 206, "bytes 0-31/32"},
        {"GET", FILM, "Range: bytes=32-\r\n", "", 416, "bytes */32"},
        {"GET", FILM, "Range: bytes=-0\r\n", "", 416, "bytes */32"},
        {"GET", FILM, "Range: pages=1-2\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=abc\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=-\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=4\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=7-4\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=4-7x\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=0-1,4-5\r\n", "", 200, ""},
        {"GET", FILM, "Range: bytes=4-7\r\nIf-Range: \"demo\"\r\n", "", 206,
         ""},
        {"GET", FILM, "Range: bytes=4-7\r\nIf-Range: \"other\"\r\n", "", 200,
         ""},
    };
#undef FILM

    (void)state;
    check(rows, COUNT(rows));
}

static void aliases_are_listed_set_and_deleted(void **state)
{
#define ALIASES "/model_aliases/"
    static const struct row rows[] = {
        {"GET", ALIASES, "", "", 200,
         "[{\"alias\":\"fast\",\"chute_ids\":[\"" ID "1\"]}]"},
        {"POST", ALIASES, "", "{\"alias\":\"my\",\"chute_ids\":[\"a\"]}", 201,
         "{\"alias\":\"my\",\"chute_ids\":[\"a\"]}"},
        {"POST", ALIASES, "", "{\"alias\":\"fast\",\"chute_ids\":[]}", 201,
         "{\"alias\":\"fast\",\"chute_ids\":[]}"},
        {"GET", ALIASES, "", "", 200,
         "[{\"alias\":\"fast\",\"chute_ids\":[]},{\"alias\":\"my\","
         "\"chute_ids\":[\"a\"]}]"},
        {"POST", CHAT, "", "{\"model\":\"my\"," HELLO "}", 200, ""},
        {"DELETE", ALIASES "my", "", "", 204, "\r\n\r\n"},
        {"POST", CHAT, "", "{\"model\":\"my\"," HELLO "}", 404, "my"},
        {"DELETE", ALIASES "my", "", "", 404, "alias not found"},
        {"DELETE", ALIASES, "", "", 405, ""},
        {"POST", ALIASES, "", "{\"chute_ids\":[]}", 422, "alias"},
        {"POST", ALIASES, "", "{\"alias\":\"a\"}", 422, "chute_ids"},
        {"POST", ALIASES, "", "{\"alias\":\"\",\"chute_ids\":[]}", 400, "128"},
    };
#undef ALIASES

    (void)state;
    check(rows, COUNT(rows));
}

static void the_chute_is_listed(void **state)
{
    static const struct row rows[] = {
        {"GET", "/chutes/?limit=1", "", "", 200,
         "\"items\":[{\"chute_id\":\"" ID "1\""},
        {"GET", "/v1/chutes/" ID "1", "", "", 200, "\"name\":\"demo/chute\""},
        {"GET", "/chutes/demo/chute", "", "", 200, "\"chute_id\":\"" ID "1\""},
        {"GET", "/chutes/demo/other", "", "", 404, "Not Found"},
        {"GET", "/chutes/code/" ID "1", "", "", 200, "import Chute"},
        {"GET", "/chutes/code/" ID "2", "", "", 404, "Not Found"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void a_chute_is_described_and_a_picture_is_changed(void **state)
{
    static const struct row rows[] = {
        {"GET", "/v1/demo-chute/llms.txt", "", "", 200, "# demo-chute"},
        {"GET", "/v1/demo-chute/openapi.json", "", "", 200,
         "\"usdPerHour\":0.5"},
        {"GET", "/v1/other/llms.txt", "", "", 404, "Not Found"},
        {"POST", "/v1/images/edits", "",
         "form-data; name=\"image\"; form-data; name=\"prompt\"", 200,
         "{\"created\":0,\"data\":[{\"b64_json\":\"iVBORw0K"},
        {"POST", "/v1/images/edits", "", "form-data; name=\"prompt\"", 422,
         "image"},
        {"POST", "/v1/images/edits", "", "form-data; name=\"image[]\"", 422,
         "prompt"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_asked_for_until_it_is_over),
        cmocka_unit_test(an_operation_is_cancelled_only_while_it_runs),
        cmocka_unit_test(a_key_finds_what_was_started_with_it),
        cmocka_unit_test(a_part_of_an_artifact_is_sent),
        cmocka_unit_test(aliases_are_listed_set_and_deleted),
        cmocka_unit_test(the_chute_is_listed),
        cmocka_unit_test(a_chute_is_described_and_a_picture_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
