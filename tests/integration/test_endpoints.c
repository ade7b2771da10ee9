/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "call.h"

static void documents_are_ranked_as_vllm_has_it(void **state)
{
    struct peer *peer = peer_start_file("client/rerank.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct call call = {.kind = CALL_RERANK};
    const chutes_rerank_response *response;

    (void)state;
    call_run(&call, client);
    call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
    assert_string_equal(peer_request_body(peer, 1),
                        "{\"model\":\"m\",\"query\":\"" CALL_PROMPT
                        "\",\"documents\":[\"" CALL_PROMPT
                        " one\",\"" CALL_PROMPT " two\"]}");
    chutes_client_free(client);
    peer_stop(peer);
    response = call.rerank;
    assert_int_equal(response->result_count, 2);
    assert_int_equal(response->results[0]->index, 1);
    assert_true(response->results[0]->score == 0.75);
    assert_string_equal(response->results[0]->document, "two");
    assert_int_equal(response->results[1]->index, 0);
    assert_string_equal(response->model, "m");
    assert_int_equal(response->usage->total_tokens, 12);
    assert_int_equal(response->info->http_status, 200);
    assert_string_equal(response->info->model, "m");
    assert_int_equal(strlen(response->raw_json), response->raw_len);
    assert_memory_equal(response->raw_json, "{\"id\":\"rerank-1\"", 16);
    call_dispose(&call);
}

static void a_path_of_the_caller_is_used(void **state)
{
    struct call_pair pair =
        call_open("expect POST /v1/v2/rerank?a=1\n"
                  "answer 200 application/json [{\"index\":1,\"score\":2},"
                  "{\"index\":0,\"score\":1}]\n");
    chutes_rerank_params params = call_rerank_params();
    chutes_rerank_response *response = NULL;
    chutes_error error;

    (void)state;
    params.path = "/v2/rerank?a=1";
    assert_int_equal(chutes_rerank(pair.client, &params, &response, &error),
                     CHUTES_OK);
    assert_int_equal(response->results[0]->index, 1);
    assert_null(response->usage);
    chutes_rerank_response_free(response);
    call_close(pair);
}

/* Nothing is sent, and the field is named. */
static void what_is_wrong_is_found_before_anything_is_sent(void **state)
{
    struct call_pair pair = call_open("answer 200 application/json {}\n");
    chutes_call_options clocks = chutes_call_options_default();
    chutes_rerank_params params = call_rerank_params();
    chutes_rerank_response *response = NULL;
    const chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_rerank(NULL, &params, &response, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_rerank(pair.client, NULL, &response, &error), bad);
    assert_string_equal(error.message, "params must not be NULL");
    params.slug = "a.b";
    assert_int_equal(chutes_rerank(pair.client, &params, &response, &error),
                     bad);
    assert_memory_equal(error.message, "slug must be ", 13);
    params = call_rerank_params();
    params.document_count = 0;
    assert_int_equal(chutes_rerank(pair.client, &params, &response, NULL), bad);
    params = call_rerank_params();
    clocks.idle_timeout_ms = -1;
    params.call_options = &clocks;
    assert_int_equal(chutes_rerank(pair.client, &params, &response, &error),
                     bad);
    assert_non_null(strstr(error.message, "idle_timeout_ms"));
    params = call_rerank_params();
    params.struct_size = 0;
    assert_int_equal(chutes_rerank(pair.client, &params, &response, &error),
                     bad);
    assert_non_null(strstr(error.message, "params.struct_size"));
    assert_null(response);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

static void a_request_over_the_limit_is_not_sent(void **state)
{
    struct peer *peer =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_RERANK};
    chutes_client *client;

    (void)state;
    options.max_request_bytes = 50;
    client = call_client(&options);
    call_run(&call, client);
    call_expect(&call, CHUTES_ERR_TOO_LARGE, CHUTES_OUTCOME_NOT_SENT, 0);
    assert_non_null(strstr(call.error.message, "max_request_bytes"));
    assert_int_equal(peer_accepts(peer), 0);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void the_results_may_be_discarded(void **state)
{
    struct peer *peer = peer_start_file("client/rerank.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_rerank_params params = call_rerank_params();
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_rerank(client, &params, NULL, &error), CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    chutes_rerank_response_free(NULL);
    chutes_client_free(client);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_ranked_as_vllm_has_it),
        cmocka_unit_test(a_path_of_the_caller_is_used),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_is_sent),
        cmocka_unit_test(a_request_over_the_limit_is_not_sent),
        cmocka_unit_test(the_results_may_be_discarded),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
