/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define TEXT "answer 200 text/plain # Kokoro\n"
#define API                                                               \
    "answer 200 application/json {\"info\":{\"title\":\"k\"},\"paths\":{" \
    "\"/speak\":{\"post\":{}}}}\n"
#define NONE "answer 404 application/json {\"detail\":\"no such chute\"}\n"

static chutes_describe_params of(const struct peer *peer)
{
    chutes_describe_params params = chutes_describe_params_default();

    params.slug = "chutes-kokoro";
    params.base_url = peer_url(peer);
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
        chutes_describe_params params = of(pair.peer);
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
    chutes_describe_params params = of(pair.peer);
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

struct end {
    int dones;
    chutes_status status;
};

static void finish(chutes_status status, chutes_chute_description *description,
                   const chutes_error *error, void *user_data)
{
    struct end *end = user_data;

    assert_int_equal(error->status, status);
    assert_int_equal(description != NULL, status == CHUTES_OK);
    end->dones++;
    end->status = status;
    chutes_chute_description_free(description);
}

static void it_runs_on_a_loop(void **state)
{
    struct call_pair pair = call_open(TEXT "request\n" API);
    struct call_pair mute = call_open(TEXT "request\nstall\n");
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_describe_params params = of(pair.peer);
    struct end end = {0};
    chutes_call *call = NULL;

    (void)state;
    assert_int_equal(
        chutes_chute_describe_start(loop, &params, finish, &end, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(end.dones, 1);
    assert_int_equal(end.status, CHUTES_OK);
    params.base_url = peer_url(mute.peer);
    assert_int_equal(
        chutes_chute_describe_start(loop, &params, finish, &end, &call, NULL),
        CHUTES_OK);
    while (peer_requests(mute.peer) < 2) {
        assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    }
    chutes_call_cancel(call);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(end.dones, 2);
    assert_int_equal(end.status, CHUTES_ERR_CANCELLED);
    chutes_call_free(call);
    chutes_loop_free(loop);
    call_close(pair);
    call_close(mute);
}

static void without_memory_it_ends(void **state)
{
    struct call_pair pair = call_open(TEXT "request\n" API "request\n" TEXT);
    chutes_describe_params params = of(pair.peer);
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(chutes_chute_describe(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_chute_description *it = NULL;
        chutes_status status;

        alloc_fail_at(i);
        status = chutes_chute_describe(pair.client, &params, &it, NULL);
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
        assert_int_equal(it != NULL, status == CHUTES_OK);
        chutes_chute_description_free(it);
    }
    alloc_fail_off();
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_page_is_enough),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(it_runs_on_a_loop),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
