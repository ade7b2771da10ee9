/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* An answer for a chat and for a list of models. */
#define CHAT                                                                \
    "answer 200 application/json {\"data\":[],\"model\":\"m\",\"choices\":" \
    "[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":"      \
    "\"stop\"}],\"usage\":{\"prompt_tokens\":60,\"completion_tokens\":40,"  \
    "\"total_tokens\":100}}\n"
#define STREAM                                                              \
    "sse-head\n"                                                            \
    "sse {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\"" \
    ":\"a\"},\"finish_reason\":\"stop\"}]}\n"
#define STREAM_END \
    "sse [DONE]\n" \
    "chunk-end\n"
#define STREAM_USAGE                                                    \
    "sse {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":" \
    "60,\"completion_tokens\":40,\"total_tokens\":100}}\n"

static const chutes_model MODEL = {
    .id = "m", .input_price = 1, .output_price = 2, .cache_read_price = -1};
static const chutes_model HALF = {
    .id = "half", .input_price = 1, .output_price = -1, .cache_read_price = -1};
static const chutes_model *const MODELS[] = {&MODEL, &HALF};
static const chutes_models_response LIST = {.models = MODELS,
                                            .model_count = COUNT(MODELS)};

static void allow(chutes_client *client, int64_t tokens, double cost,
                  int64_t unknown)
{
    chutes_budget budget = chutes_budget_default();
    chutes_error error;

    budget.max_total_tokens = tokens;
    budget.max_cost_usd = cost;
    budget.max_unknown_calls = unknown;
    assert_int_equal(chutes_client_set_budget(client, &budget, &error),
                     CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
}

/* Makes a call that must end with this status, and with a message that contains
 * this text. */
static void run(chutes_client *client, struct call call, chutes_status want,
                const char *message)
{
    call_run(&call, client);
    call_expect(&call, want, CHUTES_OUTCOME_NOT_SENT, 0);
    if (strstr(call.error.message, message) == NULL) {
        fail_msg("%s", call.error.message);
    }
    call_dispose(&call);
}

static void run_chat(chutes_client *client, chutes_status want,
                     const char *message)
{
    run(client, (struct call){.kind = CALL_CHAT}, want, message);
}

static void every_kind_that_costs_tokens_is_refused(void **state)
{
    struct call_pair pair = call_open(CHAT);
    struct call call = {0};

    (void)state;
    allow(pair.client, 100, CHUTES_UNSET, CHUTES_UNSET);
    run_chat(pair.client, CHUTES_OK, "");
    do {
        chutes_status want =
            call.kind == CALL_MODELS || call.kind == CALL_INVOKE
                ? CHUTES_OK
                : CHUTES_ERR_QUOTA;

        run(pair.client, call, want,
            want == CHUTES_OK ? ""
                              : "the client's budget is used up: 100 of 100 "
                                "tokens (max_total_tokens)");
    } while (call_next_way(&call));
    /* Chats and the two kinds that are free, blocking and on a loop. */
    assert_int_equal(peer_requests(pair.peer), 1 + 2 * 2);
    assert_int_equal(chutes_client_totals(pair.client).calls, 1);
    call_close(pair);
}

/* A long-lived client gets a new allowance by what it has used so far. */
static void a_new_budget_lets_calls_go_on(void **state)
{
    struct call_pair pair = call_open(CHAT);
    double cost;

    (void)state;
    assert_int_equal(chutes_client_set_prices(pair.client, &LIST, NULL),
                     CHUTES_OK);
    allow(pair.client, CHUTES_UNSET, 0.0002, CHUTES_UNSET);
    run_chat(pair.client, CHUTES_OK, "");
    run_chat(pair.client, CHUTES_OK, "");
    run_chat(pair.client, CHUTES_ERR_QUOTA,
             "the client's budget is used up: 0.00028 of 0.0002 USD "
             "(max_cost_usd)");
    cost = chutes_client_totals(pair.client).cost_usd;
    allow(pair.client, CHUTES_UNSET, cost + 0.0001, CHUTES_UNSET);
    run_chat(pair.client, CHUTES_OK, "");
    run_chat(pair.client, CHUTES_ERR_QUOTA, "max_cost_usd");
    assert_int_equal(chutes_client_set_budget(pair.client, NULL, NULL),
                     CHUTES_OK);
    run_chat(pair.client, CHUTES_OK, "");
    assert_int_equal(peer_requests(pair.peer), 4);
    call_close(pair);
}

static void a_cost_needs_both_prices_of_a_model(void **state)
{
    struct call_pair pair = call_open(CHAT);
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    allow(pair.client, CHUTES_UNSET, 1, CHUTES_UNSET);
    run_chat(pair.client, CHUTES_ERR_CONFIG,
             "max_cost_usd needs the prices of \"m\", which the client doesn't "
             "know");
    assert_int_equal(chutes_client_set_prices(pair.client, &LIST, NULL),
                     CHUTES_OK);
    run_chat(pair.client, CHUTES_OK, "");
    params.model = "half";
    call_run_chat(&call, pair.client, &params);
    call_expect(&call, CHUTES_ERR_CONFIG, CHUTES_OUTCOME_NOT_SENT, 0);
    call_dispose(&call);
    assert_int_equal(peer_requests(pair.peer), 1);
    call_close(pair);
}

/* The first model has no capacity, and the next one no price. */
static void a_fallback_model_needs_its_prices(void **state)
{
    static const char *const next[] = {"unheard-of"};
    struct call_pair pair = call_open(
        "answer 503 application/json {\"detail\":\"No instances available\"}"
        "\n");
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    params.fallback_models = next;
    params.fallback_model_count = 1;
    assert_int_equal(chutes_client_set_prices(pair.client, &LIST, NULL),
                     CHUTES_OK);
    allow(pair.client, CHUTES_UNSET, 1, CHUTES_UNSET);
    call_run_chat(&call, pair.client, &params);
    call_expect(&call, CHUTES_ERR_CONFIG, CHUTES_OUTCOME_ANSWERED, 1);
    assert_non_null(strstr(call.error.message, "\"unheard-of\""));
    assert_int_equal(peer_requests(pair.peer), 1);
    call_dispose(&call);
    call_close(pair);
}

static void spend_all(const chutes_attempt *attempt, void *user_data)
{
    (void)attempt;
    allow(*(chutes_client **)user_data, 0, CHUTES_UNSET, CHUTES_UNSET);
}

static void a_retry_is_refused_too(void **state)
{
    struct peer *peer = peer_start(
        "answer 503 application/json {\"detail\":\"busy\"}\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client = NULL;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    options.max_attempts = 3;
    options.on_attempt = spend_all;
    options.attempt_user_data = &client;
    client = call_client(&options);
    call_run(&call, client);
    call_expect(&call, CHUTES_ERR_QUOTA, CHUTES_OUTCOME_ANSWERED, 1);
    assert_int_equal(call.error.http_status, 503);
    assert_int_equal(peer_requests(peer), 1);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- calls that wait ----------------------------------------------------- */

struct ends {
    int count;
    int refused;
};

static void count_end(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct ends *ends = user_data;

    ends->count++;
    if (status == CHUTES_ERR_QUOTA) {
        ends->refused++;
        assert_int_equal(error->attempts, 0);
    }
    chutes_chat_response_free(response);
}

/* All calls are started before the first one is sent. */
static void calls_that_wait_for_their_turn_are_refused(void **state)
{
    enum { CALLS = 20 };
    struct peer *peer = peer_start(CHAT, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    const chutes_chat_params params = call_chat_params();
    struct ends ends = {0};
    chutes_client *client;
    chutes_loop *loop = NULL;

    (void)state;
    options.max_concurrent_requests = 2;
    client = call_client(&options);
    allow(client, 500, CHUTES_UNSET, CHUTES_UNSET);
    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(
            chutes_chat_start(loop, &params, count_end, &ends, NULL, NULL),
            CHUTES_OK);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(ends.count, CALLS);
    assert_in_range(peer_requests(peer), 5, 6);
    assert_int_equal(ends.count - ends.refused, peer_requests(peer));
    chutes_loop_free(loop);
    chutes_client_free(client);
    peer_stop(peer);
}

/* Another call uses up the budget while the first part is under way. */
static void later_parts_of_embeddings_are_refused(void **state)
{
    struct peer *peer = peer_start(
        "answer 200 application/json {\"data\":[{\"index\":0,\"embedding\":[1]"
        "}],\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_embed_params params = call_embed_params();
    chutes_embed_response *response = NULL;
    chutes_client *client = NULL;
    chutes_error error;

    (void)state;
    options.on_attempt = spend_all;
    options.attempt_user_data = &client;
    client = call_client(&options);
    params.max_batch_inputs = 1;
    params.max_parallel = 1;
    assert_int_equal(chutes_embed(client, &params, &response, &error),
                     CHUTES_ERR_QUOTA);
    assert_non_null(strstr(error.message, "request 2 of 2"));
    assert_int_equal(peer_requests(peer), 1);
    assert_int_equal(response->parts[0]->status, CHUTES_OK);
    assert_int_equal(response->parts[1]->status, CHUTES_ERR_QUOTA);
    chutes_embed_response_free(response);
    chutes_client_free(client);
    peer_stop(peer);
}

/* Expects a call of five parts to end after two, which use up the budget. */
static void expect_two_parts(chutes_client *client)
{
    static const char *const input[] = {"a", "b", "c", "d", "e"};
    chutes_embed_params params = call_embed_params();
    chutes_embed_response *response = NULL;
    chutes_error error;

    params.input = input;
    params.input_count = COUNT(input);
    params.max_batch_inputs = 1;
    params.max_parallel = 1;
    assert_int_equal(chutes_embed(client, &params, &response, &error),
                     CHUTES_ERR_QUOTA);
    assert_non_null(strstr(error.message, "request 3 of 5"));
    assert_int_equal(response->parts[1]->status, CHUTES_OK);
    chutes_embed_response_free(response);
}

static void embeddings_use_up_the_budget_themselves(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json {\"model\":\"m\",\"data\":[{\"index\":0,"
        "\"embedding\":[1]}],\"usage\":{\"prompt_tokens\":500000,"
        "\"total_tokens\":500000}}\n");
    chutes_totals totals;

    (void)state;
    assert_int_equal(chutes_client_set_prices(pair.client, &LIST, NULL),
                     CHUTES_OK);
    allow(pair.client, CHUTES_UNSET, 1, CHUTES_UNSET);
    expect_two_parts(pair.client);
    assert_int_equal(peer_requests(pair.peer), 2);
    allow(pair.client, 2000000, CHUTES_UNSET, CHUTES_UNSET);
    expect_two_parts(pair.client);
    assert_int_equal(peer_requests(pair.peer), 4);
    totals = chutes_client_totals(pair.client);
    assert_int_equal(totals.calls, 2);
    assert_int_equal(totals.prompt_tokens, 2000000);
    assert_true(fabs(totals.cost_usd - 2) < 1e-9);
    assert_int_equal(totals.unmetered_calls, 0);
    assert_int_equal(totals.unpriced_calls, 0);
    call_close(pair);
}

/* ---- streams ------------------------------------------------------------- */

static void run_stream(chutes_client *client, int include_usage,
                       chutes_status want)
{
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_STREAM};

    params.include_usage = include_usage;
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, want);
    call_dispose(&call);
}

static void a_stream_asks_for_its_usage(void **state)
{
    struct call_pair pair = call_open(
        "expect-body-lacks include_usage\n" STREAM STREAM_END "request\n"
        "expect-body-contains \"\\\"include_usage\\\":true\"\n" STREAM
            STREAM_USAGE STREAM_END "request\n"
        "expect-body-contains \"\\\"include_usage\\\":false\"\n" STREAM
            STREAM_END);

    (void)state;
    run_stream(pair.client, CHUTES_UNSET, CHUTES_OK);
    allow(pair.client, 101, CHUTES_UNSET, CHUTES_UNSET);
    run_stream(pair.client, CHUTES_UNSET, CHUTES_OK);
    run_stream(pair.client, 0, CHUTES_OK);
    assert_int_equal(chutes_client_totals(pair.client).unmetered_calls, 2);
    assert_int_equal(chutes_client_totals(pair.client).prompt_tokens, 60);
    call_close(pair);
}

static void a_completion_asks_for_its_usage(void **state)
{
    struct call_pair pair = call_open(
        "expect-body-contains \"\\\"include_usage\\\":true\"\n"
        "sse-head\n"
        "sse {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":"
        "\"stop\"}]}\n" STREAM_USAGE STREAM_END);
    chutes_complete_params params = chutes_complete_params_default();
    struct call_events events = {0};
    chutes_error error;

    (void)state;
    params.model = "m";
    params.prompt = "once";
    params.on_event = call_on_event;
    params.user_data = &events;
    allow(pair.client, 100, CHUTES_UNSET, CHUTES_UNSET);
    assert_int_equal(chutes_complete(pair.client, &params, NULL, &error),
                     CHUTES_OK);
    assert_int_equal(chutes_complete(pair.client, &params, NULL, &error),
                     CHUTES_ERR_QUOTA);
    free(events.text);
    call_close(pair);
}

/* Otherwise a program that cancels each stream would never reach its limit. */
static void calls_of_unknown_usage_have_a_limit(void **state)
{
    struct call_pair pair = call_open(STREAM STREAM_END);

    (void)state;
    allow(pair.client, 1, CHUTES_UNSET, 2);
    for (int i = 0; i < 3; i++) {
        run_stream(pair.client, CHUTES_UNSET, CHUTES_OK);
    }
    run_chat(pair.client, CHUTES_ERR_QUOTA,
             "the client's budget is used up: the usage of 3 of at most 2 "
             "calls is unknown (max_unknown_calls)");
    assert_int_equal(chutes_client_set_prices(pair.client, &LIST, NULL),
                     CHUTES_OK);
    allow(pair.client, 1, 1, 2);
    run_chat(pair.client, CHUTES_ERR_QUOTA,
             "the cost of 3 of at most 2 calls is unknown");
    allow(pair.client, 1, 1, 3);
    run_stream(pair.client, CHUTES_UNSET, CHUTES_OK);
    call_close(pair);
}

/* ---- bad arguments ------------------------------------------------------- */

static void bad_limits_are_refused_by_name(void **state)
{
    static const struct {
        int64_t tokens;
        double cost;
        int64_t unknown;
        const char *name;
    } rows[] = {
        {-1, CHUTES_UNSET, CHUTES_UNSET, "max_total_tokens"},
        {INT64_MIN, CHUTES_UNSET, CHUTES_UNSET, "max_total_tokens"},
        {CHUTES_UNSET, -0.01, CHUTES_UNSET, "max_cost_usd"},
        {CHUTES_UNSET, (double)NAN, CHUTES_UNSET, "max_cost_usd"},
        {CHUTES_UNSET, (double)INFINITY, CHUTES_UNSET, "max_cost_usd"},
        {CHUTES_UNSET, -(double)INFINITY, CHUTES_UNSET, "max_cost_usd"},
        {CHUTES_UNSET, CHUTES_UNSET, -1, "max_unknown_calls"},
    };
    struct call_pair pair = call_open(CHAT);
    chutes_budget budget = {0};
    chutes_error error;

    (void)state;
    allow(pair.client, 0, CHUTES_UNSET, CHUTES_UNSET);
    for (size_t i = 0; i < COUNT(rows); i++) {
        budget = chutes_budget_default();
        budget.max_total_tokens = rows[i].tokens;
        budget.max_cost_usd = rows[i].cost;
        budget.max_unknown_calls = rows[i].unknown;
        assert_int_equal(chutes_client_set_budget(pair.client, &budget, &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, rows[i].name));
        assert_non_null(strstr(error.message, "0 or more"));
    }
    budget = (chutes_budget){0};
    assert_int_equal(chutes_client_set_budget(pair.client, &budget, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "struct_size"));
    assert_int_equal(chutes_client_set_budget(NULL, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "client must not be NULL");
    /* The client still has the budget that it had. */
    run_chat(pair.client, CHUTES_ERR_QUOTA, "0 of 0 tokens");
    assert_int_equal(peer_requests(pair.peer), 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_that_costs_tokens_is_refused),
        cmocka_unit_test(a_new_budget_lets_calls_go_on),
        cmocka_unit_test(a_cost_needs_both_prices_of_a_model),
        cmocka_unit_test(a_fallback_model_needs_its_prices),
        cmocka_unit_test(a_retry_is_refused_too),
        cmocka_unit_test(calls_that_wait_for_their_turn_are_refused),
        cmocka_unit_test(later_parts_of_embeddings_are_refused),
        cmocka_unit_test(embeddings_use_up_the_budget_themselves),
        cmocka_unit_test(a_stream_asks_for_its_usage),
        cmocka_unit_test(a_completion_asks_for_its_usage),
        cmocka_unit_test(calls_of_unknown_usage_have_a_limit),
        cmocka_unit_test(bad_limits_are_refused_by_name),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
