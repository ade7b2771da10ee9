/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/score.h>

#include <string.h>

#include "base/arena.h"
#include "endpoint_case.h"

static const char *const texts[] = {"one", "two", "three"};
static const int64_t labels[] = {9642, 2152};

static chutes_score_params make_params(void)
{
    chutes_score_params params = chutes_score_params_default();

    params.query = "q";
    params.texts = texts;
    params.text_count = COUNT(texts);
    return params;
}

static chutes_score_params make_labelled(void)
{
    chutes_score_params params = make_params();

    params.label_token_ids = labels;
    params.label_token_count = COUNT(labels);
    return params;
}

static void dump(FILE *out, const void *of_score)
{
    const chutes_score_response *response = of_score;
    const double *score = response->scores;

    for (size_t i = 0; i < response->text_count; i++) {
        for (size_t j = 0; j < response->label_count; j++) {
            fprintf(out, "%s%g", j > 0 ? " " : "", *score++);
        }
        fputs("\n", out);
    }
    endpoint_dump_origin(out, response->model, response->usage);
}

static void expect_request(const chutes_score_params *params, const char *want)
{
    endpoint_expect_request(&chutes__score_endpoint, params, want);
}

static void sends_either_form(void **state)
{
    chutes_score_params params = make_params();

    (void)state;
    expect_request(&params,
                   "{\"text_1\":\"q\",\"text_2\":[\"one\",\"two\",\"three\"]}");
    params = make_labelled();
    params.model = "m";
    params.text_count = 1;
    params.apply_softmax = 1;
    params.item_first = 0;
    expect_request(&params,
                   "{\"model\":\"m\",\"query\":\"q\",\"items\":[\"one\"],"
                   "\"label_token_ids\":[9642,2152],\"apply_softmax\":true,"
                   "\"item_first\":false}");
}

static void names_the_field_that_is_wrong(void **state)
{
    static const char *const bad[] = {"one", ""};
    static const int64_t odd[] = {1, -2};
    chutes_score_params params = make_params();

    (void)state;
    params.query = "";
    expect_request(&params, "query must not be empty");
    params = make_params();
    params.text_count = 0;
    expect_request(&params, "texts must not be empty");
    params = make_params();
    params.texts = NULL;
    expect_request(&params, "texts must not be NULL");
    params.texts = bad;
    expect_request(&params, "texts[1] must not be empty");
    params = make_params();
    params.item_first = 1;
    expect_request(&params, "item_first needs label_token_ids");
    params = make_params();
    params.apply_softmax = 0;
    expect_request(&params, "apply_softmax needs label_token_ids");
    params = make_params();
    params.label_token_count = 1;
    expect_request(&params, "label_token_ids must not be NULL");
    params = make_labelled();
    params.label_token_count = 0;
    expect_request(&params, "label_token_ids must not be empty");
    params = make_labelled();
    params.label_token_ids = odd;
    expect_request(&params, "label_token_ids[1] must be 0 or more");
    params = make_labelled();
    params.apply_softmax = 3;
    expect_request(&params, "apply_softmax must be 0 or 1");
}

static void reads_what_servers_send(void **state)
{
    static const char *const vllm[] = {"vllm"};
    static const char *const sglang[] = {"sglang"};
    const chutes_score_params plain = make_params();
    const chutes_score_params labelled = make_labelled();
    const struct endpoint_case pairs = {
        .endpoint = &chutes__score_endpoint, .params = &plain, .dump = dump};
    const struct endpoint_case items = {
        .endpoint = &chutes__score_endpoint, .params = &labelled, .dump = dump};

    (void)state;
    endpoint_expect_fixtures(&pairs, "codec/score", vllm, COUNT(vllm));
    endpoint_expect_fixtures(&items, "codec/score", sglang, COUNT(sglang));
    endpoint_expect_answer(&pairs,
                           "{\"data\":[{\"index\":2,\"score\":3},{\"index\":0,"
                           "\"score\":1},{\"index\":1,\"score\":2}]}",
                           "1\n2\n3\n");
}

static void refuses_what_are_no_scores(void **state)
{
    static const struct {
        bool is_labelled;
        const char *json;
        const char *want;
    } rows[] = {
        {false, "{}", "data: missing, or not an array\n"},
        {false, "{\"scores\":[[1],[2],[3]]}",
         "data: missing, or not an array\n"},
        {false,
         "{\"data\":[{\"index\":0,\"score\":1},{\"index\":1,\"score\":1},"
         "{\"index\":2,\"score\":1}],\"error\":\"it broke\"}",
         "it broke\n"},
        {false, "{\"data\":[7]}", "data[0]: not an object\n"},
        {false, "{\"data\":[{\"score\":1}]}",
         "data[0].index: missing, or not an integer\n"},
        {false, "{\"data\":[{\"index\":0}]}",
         "data[0].score: missing, or not a finite number\n"},
        {false,
         "{\"data\":[{\"index\":0,\"score\":1},{\"index\":0,"
         "\"score\":1}]}",
         "data[1].index: 0 occurs twice\n"},
        {false,
         "{\"data\":[{\"index\":0,\"score\":1},{\"index\":1,"
         "\"score\":1}]}",
         "data: none of 2 entries is about texts[2]\n"},
        {false, "{\"data\":[{},{},{},{}]}",
         "data: 4 entries, but 3 texts were sent\n"},
        {true, "{\"data\":[]}", "scores: missing, or not an array of 3 rows\n"},
        {true, "{\"scores\":[[1,2],[1,2]]}",
         "scores: missing, or not an array of 3 rows\n"},
        {true, "{\"scores\":[[1,2],[1],[1,2]]}",
         "scores[1]: not an array of 2 finite numbers\n"},
        {true, "{\"scores\":[[1,2],[1,2],[1,null]]}",
         "scores[2]: not an array of 2 finite numbers\n"},
        {true, "{\"scores\":[[1,1e999],[1,2],[1,2]]}",
         "scores[0]: not an array of 2 finite numbers\n"},
        {true, "{\"scores\":[1,2,3]}",
         "scores[0]: not an array of 2 finite numbers\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const chutes_score_params params =
            rows[i].is_labelled ? make_labelled() : make_params();
        const struct endpoint_case tested = {.endpoint =
                                                 &chutes__score_endpoint,
                                             .params = &params,
                                             .dump = dump};

        endpoint_expect_answer(&tested, rows[i].json, rows[i].want);
    }
}

/* A short answer is refused before room is made for what was asked for. */
static void a_short_answer_takes_little_memory(void **state)
{
    static const char *const answers[] = {
        "{\"scores\":[[1],[2]]}",
        "{\"scores\":[[1,2]]}",
    };
    chutes_score_params params = make_labelled();
    struct chutes__arena arena;

    (void)state;
    params.text_count = 2;
    params.label_token_count = SIZE_MAX / 64; /* no room for so many */
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct chutes__endpoint_answer answer = {.text = answers[i],
                                                       .len =
                                                           strlen(answers[i]),
                                                       .max_depth = 10,
                                                       .params = &params,
                                                       .arena = &arena};
        chutes_score_response response = {0};
        chutes_error error = {0};

        chutes__arena_init(&arena);
        assert_int_equal(
            chutes__score_endpoint.decode(&answer, &response, &error),
            CHUTES_ERR_PROTOCOL);
        chutes__arena_dispose(&arena);
    }
}

static void survives_a_lack_of_memory(void **state)
{
    const chutes_score_params params = make_params();
    const struct endpoint_case tested = {
        .endpoint = &chutes__score_endpoint, .params = &params, .dump = dump};

    (void)state;
    endpoint_expect_no_memory(
        &tested, "{\"model\":\"m\",\"usage\":{\"total_tokens\":1},\"data\":["
                 "{\"index\":0,\"score\":1},{\"index\":1,\"score\":1},"
                 "{\"index\":2,\"score\":1}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_either_form),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(refuses_what_are_no_scores),
        cmocka_unit_test(a_short_answer_takes_little_memory),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
