/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <string.h>

#include "call.h"

static bool is_near(double got, double want)
{
    return fabs(got - want) < 1e-9;
}

static void check_rich(const chutes_model *model)
{
    assert_string_equal(model->id, "Qwen/Qwen3-32B-TEE");
    assert_string_equal(model->owned_by, "sglang");
    assert_string_equal(model->root, "Qwen/Qwen3-32B-FP8");
    assert_string_equal(model->chute_id,
                        "ac059e33-eb27-541c-b9a9-24b214036475");
    assert_string_equal(model->quantization, "fp8");
    assert_int_equal(model->created, 1753000000);
    assert_int_equal(model->context_length, 40960);
    assert_int_equal(model->max_output_length, 40960);
    assert_true(is_near(model->input_price, 0.08));
    assert_true(is_near(model->output_price, 0.24));
    assert_true(is_near(model->cache_read_price, 0.04));
    assert_int_equal(model->confidential_compute, 1);
    assert_int_equal(model->input_modality_count, 2);
    assert_string_equal(model->input_modalities[1], "image");
    assert_int_equal(model->output_modality_count, 1);
    assert_int_equal(model->supported_feature_count, 4);
    assert_string_equal(model->supported_features[3], "reasoning");
    assert_int_equal(model->supported_sampling_parameter_count, 2);
    assert_int_equal(strlen(model->raw_json), model->raw_len);
    assert_memory_equal(model->raw_json, "{\"id\":\"Qwen/", 12);
    assert_string_equal(model->raw_json + model->raw_len - 3, "}]}");
}

static void check_plain(const chutes_model *model)
{
    assert_string_equal(model->id, "plain");
    assert_null(model->owned_by);
    assert_null(model->root);
    assert_null(model->chute_id);
    assert_null(model->quantization);
    assert_int_equal(model->created, -1);
    assert_int_equal(model->context_length, -1);
    assert_int_equal(model->max_output_length, -1);
    assert_true(is_near(model->input_price, -1));
    assert_true(is_near(model->cache_read_price, -1));
    assert_int_equal(model->confidential_compute, -1);
    assert_int_equal(model->input_modality_count, 0);
    assert_string_equal(model->raw_json, "{\"id\":\"plain\"}");
}

static void a_list_is_read_as_chutes_has_it(void **state)
{
    struct peer *peer = peer_start_file("client/models.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct call call = {.kind = CALL_MODELS};

    (void)state;
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(call.models->model_count, 3);
    assert_int_equal(peer_posts(peer), 0);
    assert_string_equal(peer_request_body(peer, 1), "");
    assert_int_equal(strlen(call.models->raw_json), call.models->raw_len);
    assert_int_equal(call.models->info->http_status, 200);
    chutes_client_free(client);
    peer_stop(peer);
    check_rich(call.models->models[0]);
    check_plain(call.models->models[1]);
    assert_true(is_near(call.models->models[2]->input_price, 0.5));
    assert_true(is_near(call.models->models[2]->output_price, 1.5));
    assert_int_equal(call.models->models[2]->context_length, 8192);
    assert_int_equal(call.models->models[2]->confidential_compute, 0);
    call_dispose(&call);
}

static void a_list_may_be_empty(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json {\"object\":\"list\",\"data\":[]}\n");
    struct call call = {.kind = CALL_MODELS};

    (void)state;
    call_run(&call, pair.client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(call.models->model_count, 0);
    call_dispose(&call);
    chutes_models_response_free(NULL);
    call_close(pair);
}

static void the_clocks_of_the_call_are_used(void **state)
{
    struct call_pair pair = call_open("stall\n");
    chutes_call_options call_options = chutes_call_options_default();
    chutes_models_params params = chutes_models_params_default();
    chutes_models_response *response = NULL;
    chutes_error error;

    (void)state;
    params.call_options = &call_options;
    call_options.first_byte_timeout_ms = 100;
    assert_int_equal(
        chutes_models_list(pair.client, &params, &response, &error),
        CHUTES_ERR_TIMEOUT);
    assert_non_null(strstr(error.message, "100 ms (first_byte_timeout_ms)"));
    assert_null(response);
    call_close(pair);
}

static void the_list_may_be_discarded(void **state)
{
    struct peer *peer = peer_start_file("client/models.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_models_list(client, NULL, NULL, &error), CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    assert_int_equal(peer_accepts(peer), 1);
    chutes_client_free(client);
    peer_stop(peer);
}

static void litellm_is_asked_for_what_its_models_lack(void **state)
{
    static const char script[] =
        "answer 200 application/json {\"data\":[{\"model_name\":\"a\","
        "\"model_info\":{\"input_cost_per_token\":2e-6}}]}\n";
    struct call_pair pair = call_open(script);
    chutes_models_params params = chutes_models_params_default();
    chutes_models_response *list = NULL;

    (void)state;
    params.litellm_info = 1;
    assert_int_equal(chutes_models_list(pair.client, &params, &list, NULL),
                     CHUTES_OK);
    assert_non_null(
        strstr(peer_request_head(pair.peer, 1), "GET /v1/model/info "));
    assert_true(is_near(list->models[0]->input_price, 2));
    chutes_models_response_free(list);
    call_close(pair);
}

static void a_route_names_its_models(void **state)
{
    static const char *const models[] = {"a/b", "c", "a,b", "", NULL};
    static const struct {
        const char *const *models;
        size_t count;
        const char *preference;
        const char *route; /* NULL: refused */
        const char *message;
    } rows[] = {
        {models, 1, NULL, "a/b", ""},
        {models, 2, NULL, "a/b,c", ""},
        {models, 2, "latency", "a/b,c:latency", ""},
        {models, 1, "throughput", "a/b:throughput", ""},
        {NULL, 1, NULL, NULL, "models must not be empty"},
        {models, 0, NULL, NULL, "models must not be empty"},
        {models, 3, NULL, NULL, "models[2] must be one model"},
        {models + 3, 1, NULL, NULL, "models[0] must be one model"},
        {models + 4, 1, NULL, NULL, "models[0] must be one model"},
        {models, 1, "price", NULL, "preference must be latency or throughput"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *route = (char *)(uintptr_t)1;
        chutes_error error;
        chutes_status status = chutes_model_route(
            rows[i].models, rows[i].count, rows[i].preference, &route, &error);

        assert_int_equal(status, rows[i].route != NULL
                                     ? CHUTES_OK
                                     : CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_string_equal(error.message, rows[i].message);
        if (route != NULL) {
            assert_string_equal(route, rows[i].route);
        }
        chutes_string_free(route);
    }
    assert_int_equal(chutes_model_route(models, 1, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_as_chutes_has_it),
        cmocka_unit_test(a_list_may_be_empty),
        cmocka_unit_test(the_clocks_of_the_call_are_used),
        cmocka_unit_test(the_list_may_be_discarded),
        cmocka_unit_test(litellm_is_asked_for_what_its_models_lack),
        cmocka_unit_test(a_route_names_its_models),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
