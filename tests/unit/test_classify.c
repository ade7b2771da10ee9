/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/classify.h>

#include "endpoint_case.h"

static const char *const input[] = {"one", "two"};

static chutes_classify_params make_params(void)
{
    chutes_classify_params params = chutes_classify_params_default();

    params.input = input;
    params.input_count = COUNT(input);
    return params;
}

static void dump(FILE *out, const void *of_classify)
{
    const chutes_classify_response *response = of_classify;

    for (size_t i = 0; i < response->result_count; i++) {
        const chutes_classify_result *result = response->results[i];

        fprintf(out, "%s %zu of", result->label, result->best);
        for (size_t j = 0; j < result->class_count; j++) {
            fprintf(out, " %g", result->probabilities[j]);
        }
        fputs("\n", out);
    }
    endpoint_dump_origin(out, response->model, response->usage);
}

static void sends_the_texts(void **state)
{
    static const char *const bad[] = {"one", NULL};
    chutes_classify_params params = make_params();

    (void)state;
    endpoint_expect_request(&chutes__classify_endpoint, &params,
                            "{\"input\":[\"one\",\"two\"]}");
    params.model = "m";
    params.extra_json = "{\"priority\":1}";
    endpoint_expect_request(
        &chutes__classify_endpoint, &params,
        "{\"model\":\"m\",\"input\":[\"one\",\"two\"],\"priority\":1}");
    params.input = bad;
    endpoint_expect_request(&chutes__classify_endpoint, &params,
                            "input[1] must not be NULL");
    params.input_count = 0;
    endpoint_expect_request(&chutes__classify_endpoint, &params,
                            "input must not be empty");
}

static void reads_what_servers_send(void **state)
{
    static const char *const names[] = {"vllm", "sglang"};
    const chutes_classify_params params = make_params();
    const struct endpoint_case tested = {.endpoint = &chutes__classify_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    endpoint_expect_fixtures(&tested, "codec/classify", names, COUNT(names));
}

static void refuses_what_are_no_classes(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"{}", "data: missing, or not an array\n"},
        {"{\"data\":[{\"index\":0,\"probs\":[1]},{\"index\":1,\"probs\":[1]}],"
         "\"error\":true}",
         "{\"data\":[{\"index\":0,\"probs\":[1]},{\"index\":1,\"probs\":[1]}],"
         "\"error\":true}\n"},
        {"{\"data\":[7]}", "data[0]: not an object\n"},
        {"{\"data\":[{\"index\":2}]}",
         "data[0].index: 2, but 2 inputs were sent\n"},
        {"{\"data\":[{\"index\":0,\"label\":\"a\"}]}",
         "data[0].probs: missing, or not an array of finite numbers\n"},
        {"{\"data\":[{\"index\":0,\"label\":\"a\",\"probs\":[]}]}",
         "data[0].probs: missing, or not an array of finite numbers\n"},
        {"{\"data\":[{\"index\":0,\"label\":\"a\",\"probs\":[1,\"0\"]}]}",
         "data[0].probs: missing, or not an array of finite numbers\n"},
        {"{\"data\":[{\"index\":1,\"label\":\"a\",\"probs\":[1]}]}",
         "data: none of 1 entries is about inputs[0]\n"},
    };
    const chutes_classify_params params = make_params();
    const struct endpoint_case tested = {.endpoint = &chutes__classify_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        endpoint_expect_answer(&tested, rows[i].json, rows[i].want);
    }
}

static void survives_a_lack_of_memory(void **state)
{
    const chutes_classify_params params = make_params();
    const struct endpoint_case tested = {.endpoint = &chutes__classify_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    endpoint_expect_no_memory(
        &tested, "{\"model\":\"m\",\"usage\":{\"total_tokens\":1},\"data\":["
                 "{\"index\":0,\"label\":\"a\",\"probs\":[1]},"
                 "{\"index\":1,\"label\":\"b\",\"probs\":[1]}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_the_texts),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(refuses_what_are_no_classes),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
