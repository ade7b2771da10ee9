/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/rerank.h>

#include "endpoint_case.h"

static const char *const documents[] = {"one", "t\"wo", "three"};

static chutes_rerank_params make_params(void)
{
    chutes_rerank_params params = chutes_rerank_params_default();

    params.query = "q";
    params.documents = documents;
    params.document_count = COUNT(documents);
    return params;
}

static void expect_request(const chutes_rerank_params *params, const char *want)
{
    endpoint_expect_request(&chutes__rerank_endpoint, params, want);
}

static void dump(FILE *out, const void *of_rerank)
{
    const chutes_rerank_response *response = of_rerank;

    for (size_t i = 0; i < response->result_count; i++) {
        const chutes_rerank_result *result = response->results[i];

        fprintf(out, "%zu %g", result->index, result->score);
        if (result->document != NULL) {
            fprintf(out, " %s", result->document);
        }
        fputs("\n", out);
    }
    endpoint_dump_origin(out, response->model, response->usage);
}

/* ---- the request --------------------------------------------------------- */

static void sends_what_is_set(void **state)
{
    chutes_rerank_params params = make_params();

    (void)state;
    expect_request(&params, "{\"query\":\"q\","
                            "\"documents\":[\"one\",\"t\\\"wo\",\"three\"]}");
    params.model = "m";
    params.document_count = 1;
    params.top_n = 2;
    params.return_documents = 0;
    params.extra_json = "{\"instruct\":\"i\",\"query\":\"other\"}";
    expect_request(&params,
                   "{\"model\":\"m\",\"documents\":[\"one\"],\"top_n\":2,"
                   "\"return_documents\":false,\"instruct\":\"i\","
                   "\"query\":\"other\"}");
}

static void names_the_field_that_is_wrong(void **state)
{
    static const char *const bad[] = {"one", NULL, "\xFF"};
    chutes_rerank_params params = make_params();

    (void)state;
    params.query = NULL;
    expect_request(&params, "query must not be NULL");
    params.query = "";
    expect_request(&params, "query must not be empty");
    params = make_params();
    params.documents = NULL;
    expect_request(&params, "documents must not be NULL");
    params.documents = bad;
    expect_request(&params, "documents[1] must not be NULL");
    params.documents = bad + 2;
    params.document_count = 1;
    expect_request(&params, "documents[0] is not valid UTF-8");
    params = make_params();
    params.document_count = 0;
    expect_request(&params, "documents must not be empty");
    params = make_params();
    params.top_n = 0;
    expect_request(&params, "top_n must be 1 or more");
    params = make_params();
    params.return_documents = 2;
    expect_request(&params, "return_documents must be 0 or 1");
    params = make_params();
    params.model = "";
    expect_request(&params, "model must not be empty");
    params = make_params();
    params.extra_json = "[]";
    expect_request(&params, "extra_json is not a JSON object");
}

/* ---- the answer ---------------------------------------------------------- */

static void reads_what_servers_send(void **state)
{
    static const char *const names[] = {"vllm", "sglang", "cohere", "infinity",
                                        "voyage"};
    const chutes_rerank_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__rerank_endpoint, .params = &params, .dump = dump};

    (void)state;
    endpoint_expect_fixtures(&tested, "codec/rerank", names, COUNT(names));
}

static void returns_the_best(void **state)
{
    static const char all[] =
        "[{\"index\":0,\"score\":-1},{\"index\":2,\"score\":3},"
        "{\"index\":1,\"score\":3}]";
    chutes_rerank_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__rerank_endpoint, .params = &params, .dump = dump};

    (void)state;
    endpoint_expect_answer(&tested, all, "1 3\n2 3\n0 -1\n");
    params.top_n = 2;
    endpoint_expect_answer(&tested, all, "1 3\n2 3\n");
    endpoint_expect_answer(
        &tested, "[{\"index\":0,\"score\":1},{\"index\":2,\"score\":3}]",
        "2 3\n0 1\n");
    endpoint_expect_answer(&tested, "[{\"index\":0,\"score\":1}]",
                           "results: 1 entries, but 2 were wanted\n");
    params.top_n = 9;
    endpoint_expect_answer(&tested, all, "1 3\n2 3\n0 -1\n");
}

static void bears_members_of_other_types(void **state)
{
    const chutes_rerank_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__rerank_endpoint, .params = &params, .dump = dump};

    (void)state;
    endpoint_expect_answer(
        &tested,
        "{\"model\":7,\"usage\":[],\"results\":[{\"index\":0.0,\"score\":1,"
        "\"document\":null},{\"score\":2e0,\"index\":1,\"document\":[]},"
        "{\"index\":2,\"relevance_score\":0.5,\"score\":9,"
        "\"document\":{\"text\":null}}]}",
        "1 2\n0 1\n2 0.5\n");
}

static void refuses_what_is_no_ranking(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"{}", "results: missing, or not an array\n"},
        {"null", "results: missing, or not an array\n"},
        {"{\"results\":{}}", "results: missing, or not an array\n"},
        {"{\"results\":[{\"index\":0,\"score\":1},{\"index\":1,\"score\":1},"
         "{\"index\":2,\"score\":1}],\"error\":{\"message\":\"it broke\"}}",
         "it broke\n"},
        {"[]", "results: none of 0 entries is about documents[0]\n"},
        {"[1,2,3]", "results[0]: not an object\n"},
        {"[{\"score\":1},{},{}]",
         "results[0].index: missing, or not an integer\n"},
        {"[{\"index\":3,\"score\":1}]",
         "results[0].index: 3, but 3 documents were sent\n"},
        {"[{\"index\":-1,\"score\":1}]",
         "results[0].index: -1, but 3 documents were sent\n"},
        {"[{\"index\":0,\"score\":1},{\"index\":0,\"score\":1}]",
         "results[1].index: 0 occurs twice\n"},
        {"[{\"index\":0,\"score\":1},{\"index\":2,\"score\":1}]",
         "results: none of 2 entries is about documents[1]\n"},
        {"[{\"index\":0},{},{},{}]",
         "results: 4 entries, but 3 documents were sent\n"},
        {"[{\"index\":0}]",
         "results[0].relevance_score: missing, or not a finite number\n"},
        {"[{\"index\":0,\"score\":\"1\"}]",
         "results[0].relevance_score: missing, or not a finite number\n"},
        {"[{\"index\":0,\"score\":1e999}]",
         "results[0].relevance_score: missing, or not a finite number\n"},
        {"[{\"index\":0,\"score\":NaN}]",
         "results[0].relevance_score: missing, or not a finite number\n"},
        {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
         "the nesting of the answer exceeds max_json_depth (16)\n"},
    };
    const chutes_rerank_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__rerank_endpoint, .params = &params, .dump = dump};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        endpoint_expect_answer(&tested, rows[i].json, rows[i].want);
    }
}

static void survives_a_lack_of_memory(void **state)
{
    const chutes_rerank_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__rerank_endpoint, .params = &params, .dump = dump};

    (void)state;
    endpoint_expect_no_memory(
        &tested, "{\"model\":\"m\",\"usage\":{\"total_tokens\":1},\"results\":["
                 "{\"index\":0,\"score\":1,\"document\":\"one\"},"
                 "{\"index\":2,\"score\":1},{\"index\":1,\"score\":1}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_is_set),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(returns_the_best),
        cmocka_unit_test(bears_members_of_other_types),
        cmocka_unit_test(refuses_what_is_no_ranking),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
