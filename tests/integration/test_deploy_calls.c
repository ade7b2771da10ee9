/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define JSON "answer 200 application/json "
#define CHUTE JSON "{\"chute_id\":\"c\",\"slug\":\"s\"}\n"

static chutes_deploy_params of(const struct peer *peer)
{
    chutes_deploy_params params = chutes_deploy_params_default();

    params.base_url = peer_url(peer);
    params.template_name = "vllm";
    params.model = "org/model";
    return params;
}

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
} ROWS[] = {
    {"expect POST /v1/chutes/vllm?accept_fee=true\n"
     "expect-header Authorization: Bearer " CALL_KEY "\n"
     "expect-header Content-Type: application/json\n"
     "expect-body {\"model\":\"org/model\",\"node_selector\":{}}\n" CHUTE,
     CHUTES_OK, ""},
    {"answer 403 application/json {\"detail\":\"Easy deployment is currently "
     "disabled!\"}\n",
     CHUTES_ERR_UNSUPPORTED,
     "Easy deployment is currently disabled! (Chutes has switched its "
     "templates off; code in an image can be deployed)"},
    {"answer 403 application/json {\"detail\":\"not a developer\"}\n",
     CHUTES_ERR_AUTH, "not a developer"},
    {"answer 402 application/json {\"detail\":\"DEPLOYMENT FEE NOTICE\"}\n",
     CHUTES_ERR_QUOTA, "DEPLOYMENT FEE NOTICE"},
    {"answer 409 application/json {\"detail\":\"name is taken\"}\n",
     CHUTES_ERR_BAD_REQUEST, "name is taken"},
    /* An error with a success status, a wrong type, cut off, too long. */
    {JSON "{\"detail\":\"no\"}\n", CHUTES_ERR_STREAM, "no"},
    {JSON "{\"chute_id\":7}\n", CHUTES_ERR_PROTOCOL, "chute_id: missing"},
    {JSON "{\"chute_id\":\n", CHUTES_ERR_TRUNCATED, "middle of its JSON"},
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
        chutes_deploy_params params = of(peer);
        chutes_deployment *chute = NULL;
        chutes_client *client;
        chutes_error error;
        chutes_status status;

        options.max_response_bytes = 1000;
        params.accept_fee = 1;
        client = call_client(&options);
        status = chutes_deploy(client, &params, &chute, &error);
        if (status != ROWS[i].status || error.status != status ||
            strstr(error.message, ROWS[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(chute != NULL, status == CHUTES_OK);
        if (chute != NULL) {
            assert_string_equal(chute->chute_id, "c");
            assert_string_equal(chute->slug, "s");
            assert_int_equal(chute->info->http_status, 200);
            assert_int_equal(chute->raw_len, strlen(chute->raw_json));
        }
        assert_int_equal(peer_requests(peer), 1);
        chutes_deployment_free(chute);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

/* The server may have made the chute before it failed. */
static void an_error_is_not_answered_by_a_second_request(void **state)
{
    static const char *const scripts[] = {
        "answer 500 application/json {\"detail\":\"Redis is gone\"}\n",
        "answer 409 application/json {\"detail\":\"name is taken\"}\n",
        "answer 503 application/json {\"detail\":\"busy\"}\n",
        ("status 500\nheader x-should-retry: true\n"
         "header Content-Length: 0\nend-headers\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct peer *peer = peer_start(scripts[i], PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_deploy_params params = of(peer);
        chutes_client *client;

        options.retry_policy = CHUTES_RETRY_SAFE;
        params.accept_fee = 1;
        client = call_client(&options);
        assert_int_not_equal(chutes_deploy(client, &params, NULL, NULL),
                             CHUTES_OK);
        assert_int_equal(peer_posts(peer), 1);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(CHUTE);
    chutes_deploy_params params = of(pair.peer);
    chutes_error error;

    (void)state;
    params.gpu_count = 9;
    assert_int_equal(chutes_deploy(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "gpu_count must be from 1 to 8");
    params = of(pair.peer);
    params.base_url = "http://a.example/";
    assert_int_equal(chutes_deploy(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url is http"));
    assert_int_equal(chutes_deploy(pair.client, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_deployment_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

static void finish(chutes_status status, chutes_deployment *chute,
                   const chutes_error *error, void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
    chutes_deployment_free(chute);
}

static void it_runs_on_a_loop(void **state)
{
    struct call_pair pair = call_open(CHUTE "request\nstall\n");
    chutes_loop *loop = loop_of_client(pair.client);
    chutes_deploy_params params = of(pair.peer);
    chutes_status end = CHUTES_ERR_INTERNAL;

    (void)state;
    assert_int_equal(
        chutes_deploy_start(loop, &params, finish, &end, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(end, CHUTES_OK);
    assert_int_equal(
        chutes_deploy_start(loop, &params, finish, &end, NULL, NULL),
        CHUTES_OK);
    chutes_client_cancel_all(pair.client);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(end, CHUTES_ERR_CANCELLED);
    chutes_loop_free(loop);
    call_close(pair);
}

static void without_memory_it_ends(void **state)
{
    struct call_pair pair = call_open(CHUTE);
    chutes_deploy_params params = of(pair.peer);
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(chutes_deploy(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_deployment *chute = NULL;
        chutes_status status;

        alloc_fail_at(i);
        status = chutes_deploy(pair.client, &params, &chute, NULL);
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
        assert_int_equal(chute != NULL, status == CHUTES_OK);
        chutes_deployment_free(chute);
    }
    alloc_fail_off();
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_status),
        cmocka_unit_test(an_error_is_not_answered_by_a_second_request),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(it_runs_on_a_loop),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
