/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "call.h"
#include "call_parts.h"

#define TEXT "answer 200 text/plain # Kokoro\n"
#define API                                                               \
    "answer 200 application/json {\"info\":{\"title\":\"k\"},\"paths\":{" \
    "\"/speak\":{\"post\":{}}}}\n"
#define BOOM "answer 200 text/plain {\"error\":{\"message\":\"boom\"}}\n"
#define NONE "answer 404 application/json {\"detail\":\"no such chute\"}\n"

static chutes_chute_describe_params at(const char *base_url)
{
    chutes_chute_describe_params params =
        chutes_chute_describe_params_default();

    params.slug = "chutes-kokoro";
    params.base_url = base_url;
    return params;
}

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
    bool has_text;
    bool has_openapi;
} ROWS[] = {
    {"expect GET /v1/chutes-kokoro/llms.txt\n"
     "expect-no-header Authorization\n" TEXT "request\n"
     "expect GET /v1/chutes-kokoro/openapi.json\n"
     "expect-no-header Authorization\n" API,
     CHUTES_OK, "", true, true},
    {TEXT "request\n" NONE, CHUTES_OK, "", true, false},
    {NONE "request\n" API, CHUTES_OK, "", false, true},
    {TEXT "request\nanswer 200 application/json {\"paths\":\n", CHUTES_OK, "",
     true, false},
    {"answer 200 text/html <html>\nrequest\n" API, CHUTES_OK, "", false, true},
    {"status 200\nheader Content-Length: 0\nend-headers\nrequest\n" API,
     CHUTES_OK, "", false, true},
    /* Only the end of the connection marks the end of the text. */
    {"status 200\nend-headers\nsend # Kok\nfin\nconnection\n" API, CHUTES_OK,
     "", false, true},
    {"status 200\nheader Content-Length: 9\nend-headers\nsend # Kok\nfin\n"
     "connection\n" API,
     CHUTES_OK, "", false, true},
    {"status 200\nheader Content-Length: 1048577\nend-headers\n"
     "body 1048577\nfin\nconnection\n" API,
     CHUTES_OK, "", false, true},
    {BOOM "request\n" API, CHUTES_OK, "", false, true},
    {"answer 200 text/plain {\"error\": is described here\nrequest\n" NONE,
     CHUTES_OK, "", true, false},
    {BOOM, CHUTES_ERR_STREAM, "boom", false, false},
    {NONE, CHUTES_ERR_NOT_FOUND, "no such chute", false, false},
    {"answer 200 text/html <html>\n", CHUTES_ERR_PROTOCOL, "HTML", false,
     false},
    {"fin\n", CHUTES_ERR_CONNECTION_LOST, "", false, false},
};

static void either_page_is_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct call_pair pair = call_open(ROWS[i].script);
        chutes_chute_describe_params params = at(peer_url(pair.peer));
        chutes_chute_description *it = NULL;
        chutes_error error;
        chutes_status status =
            chutes_chute_describe(pair.client, &params, &it, &error);

        if (status != ROWS[i].status || error.status != status ||
            strstr(error.message, ROWS[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(it != NULL, status == CHUTES_OK);
        if (it != NULL) {
            assert_int_equal(it->text != NULL, ROWS[i].has_text);
            assert_int_equal(it->openapi != NULL, ROWS[i].has_openapi);
            assert_int_equal(it->endpoint_count, ROWS[i].has_openapi ? 1 : 0);
            assert_true(it->usd_per_hour == -1); /* not known */
        }
        chutes_chute_description_free(it);
        call_close(pair);
    }
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    static const struct {
        const char *slug;
        const char *base_url;
        const char *message;
    } bad[] = {
        {NULL, "https://a.example/", "slug must be"},
        {"a.b", "https://a.example/", "slug must be"},
        {"../a", "https://a.example/", "slug must be"},
        {"a", "ftp://a.example/", "base_url must begin"},
        {"a", "http://a.example/", "base_url is http"},
    };
    struct call_pair pair = call_open(TEXT);
    chutes_chute_describe_params params = at(peer_url(pair.peer));
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        params.slug = bad[i].slug;
        params.base_url = bad[i].base_url;
        assert_int_equal(
            chutes_chute_describe(pair.client, &params, NULL, &error),
            CHUTES_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, bad[i].message));
    }
    assert_int_equal(chutes_chute_describe(pair.client, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_chute_describe(NULL, &params, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_chute_description_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* ---- as a call of several requests --------------------------------------- */

static chutes_status run(chutes_client *client, const char *base_url)
{
    chutes_chute_describe_params params = at(base_url);
    chutes_chute_description *it = NULL;
    chutes_status status = chutes_chute_describe(client, &params, &it, NULL);

    assert_int_equal(it != NULL, status == CHUTES_OK);
    chutes_chute_description_free(it);
    return status;
}

static void finish(chutes_status status, chutes_chute_description *description,
                   const chutes_error *error, void *user_data)
{
    call_parts_done(user_data, status, description, error);
    chutes_chute_description_free(description);
}

static chutes_status start(chutes_loop *loop, const char *base_url,
                           struct call_parts_end *end, chutes_call **call)
{
    chutes_chute_describe_params params = at(base_url);

    return chutes_chute_describe_start(loop, &params, finish, end, call, NULL);
}

static const struct call_parts PARTS = {
    .script = TEXT "request\n" API "request\n" TEXT,
    .mute = TEXT "request\nstall\n",
    .run = run,
    .start = start,
};

static void it_runs_on_a_loop(void **state)
{
    (void)state;
    call_parts_expect_on_a_loop(&PARTS);
}

static void the_total_timeout_is_for_both_pages(void **state)
{
    (void)state;
    call_parts_expect_one_total_timeout(&PARTS);
}

static void without_memory_it_ends(void **state)
{
    (void)state;
    call_parts_expect_without_memory(&PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_page_is_enough),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(it_runs_on_a_loop),
        cmocka_unit_test(the_total_timeout_is_for_both_pages),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
