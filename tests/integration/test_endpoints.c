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
    assert_int_equal(error.status, CHUTES_OK);
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

/* ---- the other endpoints ------------------------------------------------- */

/* Servers answer these outside of "/v1". */
static void texts_become_tokens_and_texts_again(void **state)
{
    static const int64_t tokens[] = {5, 6};
    struct call_pair pair =
        call_open("expect POST /tokenize\n"
                  "answer 200 application/json {\"tokens\":[5,6]}\n"
                  "request\n"
                  "answer 200 application/json {\"prompt\":\"ab\"}\n");
    chutes_tokenize_params split = chutes_tokenize_params_default();
    chutes_detokenize_params join = chutes_detokenize_params_default();
    chutes_tokenize_response *parts = NULL;
    chutes_detokenize_response *whole = NULL;
    chutes_error error;

    (void)state;
    split.prompt = CALL_PROMPT;
    assert_int_equal(chutes_tokenize(pair.client, &split, &parts, &error),
                     CHUTES_OK);
    assert_int_equal(parts->token_count, 2);
    assert_int_equal(parts->tokens[1], 6);
    assert_string_equal(parts->raw_json, "{\"tokens\":[5,6]}");
    assert_string_equal(parts->info->model, "");
    join.tokens = tokens;
    join.token_count = COUNT(tokens);
    assert_int_equal(chutes_detokenize(pair.client, &join, &whole, &error),
                     CHUTES_OK);
    assert_string_equal(whole->text, "ab");
    assert_int_equal(whole->text_len, 2);
    assert_string_equal(peer_request_body(pair.peer, 2), "{\"tokens\":[5,6]}");
    assert_int_equal(
        strncmp(peer_request_head(pair.peer, 2), "POST /detokenize ", 17), 0);
    chutes_tokenize_response_free(parts);
    chutes_detokenize_response_free(whole);
    call_close(pair);
}

static void texts_are_scored_and_classified(void **state)
{
    static const char *const texts[] = {"a", "b"};
    struct call_pair pair = call_open(
        "expect POST /v1/score\n"
        "answer 200 application/json {\"data\":[{\"index\":1,\"score\":2},"
        "{\"index\":0,\"score\":1}]}\n"
        "request\n"
        "answer 200 application/json {\"data\":[{\"index\":0,\"label\":\"x\","
        "\"probs\":[1]},{\"index\":1,\"label\":\"y\",\"probs\":[0,1]}]}\n");
    chutes_score_params score = chutes_score_params_default();
    chutes_classify_params classify = chutes_classify_params_default();
    chutes_score_response *scores = NULL;
    chutes_classify_response *classes = NULL;
    chutes_error error;

    (void)state;
    score.query = CALL_PROMPT;
    score.texts = texts;
    score.text_count = COUNT(texts);
    assert_int_equal(chutes_score(pair.client, &score, &scores, &error),
                     CHUTES_OK);
    assert_true(scores->scores[0] == 1 && scores->scores[1] == 2);
    classify.input = texts;
    classify.input_count = COUNT(texts);
    assert_int_equal(chutes_classify(pair.client, &classify, &classes, &error),
                     CHUTES_OK);
    assert_string_equal(classes->results[1]->label, "y");
    assert_int_equal(classes->results[1]->best, 1);
    assert_int_equal(
        strncmp(peer_request_head(pair.peer, 2), "POST /classify ", 15), 0);
    chutes_score_response_free(scores);
    chutes_classify_response_free(classes);
    call_close(pair);
}

/* Counts the completions, and frees what they bring. */
#define DEFINE_DONE(name)                                             \
    static void on_##name(chutes_status status,                       \
                          chutes_##name##_response *response,         \
                          const chutes_error *error, void *user_data) \
    {                                                                 \
        assert_int_equal(status, CHUTES_ERR_NOT_FOUND);               \
        assert_int_equal(error->http_status, 404);                    \
        assert_null(response);                                        \
        (*(int *)user_data)++;                                        \
    }
DEFINE_DONE(rerank)
DEFINE_DONE(tokenize)
DEFINE_DONE(detokenize)
DEFINE_DONE(score)
DEFINE_DONE(classify)

static void every_endpoint_runs_on_a_loop(void **state)
{
    static const char *const texts[] = {"a"};
    static const int64_t tokens[] = {1};
    struct call_pair pair = call_open("answer 404 text/plain none\n");
    chutes_rerank_params rerank = call_rerank_params();
    chutes_tokenize_params tokenize = chutes_tokenize_params_default();
    chutes_detokenize_params detokenize = chutes_detokenize_params_default();
    chutes_score_params score = chutes_score_params_default();
    chutes_classify_params classify = chutes_classify_params_default();
    chutes_loop *loop = NULL;
    int dones = 0;

    (void)state;
    tokenize.prompt = "a";
    detokenize.tokens = tokens;
    detokenize.token_count = COUNT(tokens);
    score.query = "q";
    score.texts = classify.input = texts;
    score.text_count = classify.input_count = COUNT(texts);
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(
        chutes_rerank_start(loop, &rerank, on_rerank, &dones, NULL, NULL), 0);
    assert_int_equal(
        chutes_tokenize_start(loop, &tokenize, on_tokenize, &dones, NULL, NULL),
        0);
    assert_int_equal(chutes_detokenize_start(loop, &detokenize, on_detokenize,
                                             &dones, NULL, NULL),
                     0);
    assert_int_equal(
        chutes_score_start(loop, &score, on_score, &dones, NULL, NULL), 0);
    assert_int_equal(
        chutes_classify_start(loop, &classify, on_classify, &dones, NULL, NULL),
        0);
    assert_int_equal(
        chutes_classify_start(loop, &classify, NULL, &dones, NULL, NULL),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_loop_active(loop), 5);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(dones, 5);
    chutes_loop_free(loop);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_ranked_as_vllm_has_it),
        cmocka_unit_test(a_path_of_the_caller_is_used),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_is_sent),
        cmocka_unit_test(a_request_over_the_limit_is_not_sent),
        cmocka_unit_test(the_results_may_be_discarded),
        cmocka_unit_test(texts_become_tokens_and_texts_again),
        cmocka_unit_test(texts_are_scored_and_classified),
        cmocka_unit_test(every_endpoint_runs_on_a_loop),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
