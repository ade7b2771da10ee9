/* SPDX-License-Identifier: MIT */
/* Calls of Chutes' management API that are one request. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define JSON "answer 200 application/json "
#define PAGE JSON "{\"items\":[{\"bucket\":\"b\",\"count\":7}],\"total\":1}\n"

static chutes_usage_params of(const struct peer *peer)
{
    chutes_usage_params params = chutes_usage_params_default();

    params.base_url = peer_url(peer);
    return params;
}

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
} ROWS[] = {
    {"expect GET /v1/users/me/usage?page=2&limit=5\n"
     "expect-header Authorization: Bearer " CALL_KEY "\n" PAGE,
     CHUTES_OK, ""},
    {"answer 401 application/json {\"detail\":\"Invalid token.\"}\n",
     CHUTES_ERR_AUTH, "Invalid token."},
    {"answer 422 application/json {\"detail\":[{\"loc\":[\"query\",\"page\"],"
     "\"msg\":\"too small\"}]}\n",
     CHUTES_ERR_BAD_REQUEST, "too small"},
    /* An error with a success status, a wrong type, HTML. */
    {JSON "{\"detail\":\"no usage\"}\n", CHUTES_ERR_STREAM, "no usage"},
    {JSON "{\"items\":7}\n", CHUTES_ERR_PROTOCOL, "items: missing"},
    {"answer 200 text/html <html><title>t</title>\n", CHUTES_ERR_PROTOCOL,
     "HTML"},
    {JSON "\n", CHUTES_ERR_PROTOCOL, "empty"},
    /* Cut off, and too long. */
    {JSON "{\"items\":[{\"buck\n", CHUTES_ERR_TRUNCATED, "middle of its JSON"},
    {"status 200\nheader Content-Length: 99\nend-headers\nsend {\"items\"\n"
     "fin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"status 200\nheader Content-Length: 2000\nend-headers\nbody 2000\n",
     CHUTES_ERR_TOO_LARGE, "max_response_bytes"},
    {"fin\n", CHUTES_ERR_CONNECTION_LOST, ""},
};

static void each_end_has_its_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct peer *peer = peer_start(ROWS[i].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_usage_params params = of(peer);
        chutes_usage_page *page = NULL;
        chutes_client *client;
        chutes_error error;
        chutes_status status;

        options.max_response_bytes = 1000;
        params.page = 2;
        params.limit = 5;
        client = call_client(&options);
        status = chutes_usage_list(client, &params, &page, &error);
        if (status != ROWS[i].status || error.status != status ||
            strstr(error.message, ROWS[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(page != NULL, status == CHUTES_OK);
        chutes_usage_page_free(page);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void the_result_has_all(void **state)
{
    struct call_pair pair =
        call_open("expect GET /v1/users/me/usage\n" PAGE "request\n"
                  "expect GET /v1/pricing\n" JSON
                  "{\"gpu_price_estimates\":{\"h100\":{\"usd\":{\"hour\":2}}}}"
                  "\nrequest\nexpect GET /v1/invocations/stats/llm\n" JSON
                  "[{\"chute_id\":\"c\",\"average_tps\":3}]\n");
    chutes_usage_params usage_params = of(pair.peer);
    chutes_pricing_params pricing_params = chutes_pricing_params_default();
    chutes_stats_params stats_params = chutes_stats_params_default();
    chutes_usage_page *page = NULL;
    chutes_pricing *pricing = NULL;
    chutes_stats *stats = NULL;

    (void)state;
    pricing_params.base_url = peer_url(pair.peer);
    stats_params.base_url = peer_url(pair.peer);
    assert_int_equal(chutes_usage_list(pair.client, &usage_params, &page, NULL),
                     CHUTES_OK);
    assert_int_equal(page->info->http_status, 200);
    assert_int_equal(page->raw_len, strlen(page->raw_json));
    assert_int_equal(page->buckets[0]->count, 7);
    assert_int_equal(page->total, 1);
    assert_int_equal(
        chutes_pricing_get(pair.client, &pricing_params, &pricing, NULL),
        CHUTES_OK);
    assert_string_equal(pricing->gpus[0]->name, "h100");
    assert_true(pricing->gpus[0]->usd_per_hour == 2);
    assert_int_equal(
        chutes_stats_list(pair.client, &stats_params, &stats, NULL), CHUTES_OK);
    assert_true(stats->stats[0]->tps == 3);
    chutes_usage_page_free(page);
    chutes_pricing_free(pricing);
    chutes_stats_free(stats);
    call_close(pair);
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(PAGE);
    chutes_usage_params params = of(pair.peer);
    chutes_error error;

    (void)state;
    params.base_url = "http://a.example/";
    assert_int_equal(chutes_usage_list(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url is http"));
    params = of(pair.peer);
    params.limit = 0;
    assert_int_equal(chutes_usage_list(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "limit must be 1 or more");
    assert_int_equal(chutes_usage_list(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_pricing_get(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_stats_list(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_usage_page_free(NULL);
    chutes_pricing_free(NULL);
    chutes_stats_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* The query of the base URL stays. */
static void a_base_url_may_have_a_query(void **state)
{
    struct call_pair pair =
        call_open("expect GET /v1/users/me/usage?a=1&limit=5\n" PAGE);
    chutes_usage_params params = of(pair.peer);
    char url[128];

    (void)state;
    (void)snprintf(url, sizeof(url), "%s?a=1", peer_url(pair.peer));
    params.base_url = url;
    params.limit = 5;
    assert_int_equal(chutes_usage_list(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    call_close(pair);
}

/* ---- on a loop ----------------------------------------------------------- */

static void finish_usage(chutes_status status, chutes_usage_page *page,
                         const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_usage_page_free(page);
}

static void finish_pricing(chutes_status status, chutes_pricing *pricing,
                           const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_pricing_free(pricing);
}

static void finish_stats(chutes_status status, chutes_stats *stats,
                         const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_stats_free(stats);
}

static void they_run_on_a_loop(void **state)
{
    struct call_pair pair = call_open("stall\n");
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_usage_params usage = of(pair.peer);
    chutes_pricing_params pricing = chutes_pricing_params_default();
    chutes_stats_params stats = chutes_stats_params_default();
    chutes_status ends[3] = {CHUTES_OK, CHUTES_OK, CHUTES_OK};

    (void)state;
    pricing.base_url = peer_url(pair.peer);
    stats.base_url = peer_url(pair.peer);
    assert_int_equal(chutes_usage_list_start(loop, &usage, finish_usage,
                                             &ends[0], NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_pricing_get_start(loop, &pricing, finish_pricing,
                                              &ends[1], NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_stats_list_start(loop, &stats, finish_stats,
                                             &ends[2], NULL, NULL),
                     CHUTES_OK);
    chutes_client_cancel_all(pair.client);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(ends); i++) {
        assert_int_equal(ends[i], CHUTES_ERR_CANCELLED);
    }
    chutes_loop_free(loop);
    call_close(pair);
}

static void without_memory_it_ends(void **state)
{
    struct call_pair pair = call_open(PAGE);
    chutes_usage_params params = of(pair.peer);
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(chutes_usage_list(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_usage_page *page = NULL;
        chutes_status status;

        alloc_fail_at(i);
        status = chutes_usage_list(pair.client, &params, &page, NULL);
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
        assert_int_equal(page != NULL, status == CHUTES_OK);
        chutes_usage_page_free(page);
    }
    alloc_fail_off();
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_status),
        cmocka_unit_test(the_result_has_all),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(a_base_url_may_have_a_query),
        cmocka_unit_test(they_run_on_a_loop),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
