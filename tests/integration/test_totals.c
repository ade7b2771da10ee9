/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>

#include "call.h"

#define PRICES                                                           \
    "{\"data\":[{\"id\":\"m\",\"pricing\":{\"prompt\":1,\"completion\":" \
    "2}}]}"

static void run(chutes_client *client, enum call_kind kind, enum call_mode mode,
                chutes_status want)
{
    struct call call = {.kind = kind, .mode = mode};

    call_run(&call, client);
    assert_int_equal(call.status, want);
    call_dispose(&call);
}

static void set_prices(chutes_client *client)
{
    struct call call = {.kind = CALL_MODELS};
    chutes_error error;

    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(chutes_client_set_prices(client, call.models, &error),
                     CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    call_dispose(&call);
}

static bool is_cost(const chutes_totals *totals, double want)
{
    return fabs(totals->cost_usd - want) < 1e-12;
}

/* A chat, a stream, an embedding, a rerank, and what isn't paid for by
 * tokens. */
static void calls_of_each_kind_add_up(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json " PRICES "\n"
        "request\n"
        "answer 200 application/json {\"model\":\"m\",\"choices\":[{\"index\":"
        "0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"
        "\"total_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":4}}}"
        "\n"
        "request\n"
        "sse-head\n"
        "sse {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"a\"},\"finish_reason\":\"stop\"}]}\n"
        "sse {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,"
        "\"completion_tokens\":50,\"total_tokens\":150}}\n"
        "sse [DONE]\n"
        "chunk-end\n"
        "request\n"
        "answer 200 application/json {\"model\":\"m\",\"data\":[{\"index\":0,"
        "\"embedding\":[1]},{\"index\":1,\"embedding\":[2]}],\"usage\":{"
        "\"prompt_tokens\":1000,\"total_tokens\":1000}}\n"
        "request\n"
        "answer 200 application/json {\"results\":[{\"index\":0,"
        "\"relevance_score\":1},{\"index\":1,\"relevance_score\":0}],\"usage\":"
        "{\"total_tokens\":10000}}\n"
        "request\n"
        "answer 200 application/json {}\n"
        "request\n"
        "answer 400 application/json {\"error\":{\"message\":\"no\"}}\n");
    chutes_totals totals;

    (void)state;
    set_prices(pair.client);
    assert_int_equal(chutes_client_totals(pair.client).calls, 0);
    run(pair.client, CALL_CHAT, CALL_BLOCKING, CHUTES_OK);
    run(pair.client, CALL_STREAM, CALL_BLOCKING, CHUTES_OK);
    run(pair.client, CALL_EMBED, CALL_BLOCKING, CHUTES_OK);
    run(pair.client, CALL_RERANK, CALL_BLOCKING, CHUTES_OK);
    run(pair.client, CALL_INVOKE, CALL_BLOCKING, CHUTES_OK);
    run(pair.client, CALL_CHAT, CALL_BLOCKING, CHUTES_ERR_BAD_REQUEST);
    totals = chutes_client_totals(pair.client);
    assert_int_equal(totals.calls, 4);
    assert_int_equal(totals.prompt_tokens, 11110);
    assert_int_equal(totals.completion_tokens, 55);
    assert_int_equal(totals.cached_tokens, 4);
    assert_true(is_cost(&totals, (11110 + 2 * 55) / 1e6));
    assert_int_equal(totals.unmetered_calls, 0);
    assert_int_equal(totals.unpriced_calls, 0);
    call_close(pair);
}

/* Nobody knows what the stream costs, but it is counted. */
static void a_cut_stream_is_counted_without_a_cost(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json " PRICES "\n"
        "request\n"
        "sse-head\n"
        "sse {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"a\"}}]}\n"
        "fin\n");
    chutes_totals totals;

    (void)state;
    set_prices(pair.client);
    run(pair.client, CALL_STREAM, CALL_PULLED, CHUTES_ERR_TRUNCATED);
    totals = chutes_client_totals(pair.client);
    assert_int_equal(totals.calls, 1);
    assert_int_equal(totals.unmetered_calls, 1);
    assert_int_equal(totals.unpriced_calls, 1);
    assert_true(is_cost(&totals, 0));
    call_close(pair);
}

static void bad_arguments_are_refused(void **state)
{
    struct call_pair pair = call_open("stall\n");
    struct {
        chutes_totals totals;
        int64_t newer;
    } room = {.newer = 1};
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_client_set_prices(NULL, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_client_set_prices(pair.client, NULL, NULL),
                     CHUTES_OK);
    chutes_client_read_totals(pair.client, NULL, sizeof(chutes_totals));
    assert_int_equal(chutes_client_totals(NULL).calls, 0);
    /* A program with newer headers reads zeros. */
    room.totals.calls = 1;
    chutes_client_read_totals(pair.client, &room.totals, sizeof(room));
    assert_int_equal(room.totals.calls, 0);
    assert_int_equal(room.newer, 0);
    /* One with older headers has less room. */
    room.totals.prompt_tokens = 7;
    chutes_client_read_totals(pair.client, &room.totals, sizeof(int64_t));
    assert_int_equal(room.totals.prompt_tokens, 7);
    call_close(pair);
}

/* The requested name may be an alias without a price. */
static void a_rerank_is_priced_by_the_model_that_answered(void **state)
{
    struct call_pair pair = call_open(
        "answer 200 application/json {\"data\":[{\"id\":\"other\",\"pricing\":{"
        "\"prompt\":1,\"completion\":2}}]}\n"
        "request\n"
        "answer 200 application/json {\"model\":\"other\",\"results\":[{"
        "\"index\":0,\"relevance_score\":1},{\"index\":1,"
        "\"relevance_score\":0}],\"usage\":{\"prompt_tokens\":1000,"
        "\"total_tokens\":1000}}\n");

    (void)state;
    set_prices(pair.client);
    run(pair.client, CALL_RERANK, CALL_BLOCKING, CHUTES_OK);
    assert_true(chutes_client_totals(pair.client).cost_usd > 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_each_kind_add_up),
        cmocka_unit_test(a_rerank_is_priced_by_the_model_that_answered),
        cmocka_unit_test(a_cut_stream_is_counted_without_a_cost),
        cmocka_unit_test(bad_arguments_are_refused),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
