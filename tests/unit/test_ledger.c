/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <pthread.h>

#include "alloc_fail.h"

#include "client/ledger.h"
#include "client/price.h"

static const chutes_model CHEAP = {.id = "cheap",
                                   .input_price = 1,
                                   .output_price = 2,
                                   .cache_read_price = 0.5};
static const chutes_model DEAR = {.id = "dear",
                                  .input_price = 10,
                                  .output_price = 20,
                                  .cache_read_price = -1};
static const chutes_model CHEAP_AGAIN = {.id = "cheap",
                                         .input_price = 1000,
                                         .output_price = 1000,
                                         .cache_read_price = -1};
static const chutes_model UNPRICED = {.id = "unpriced",
                                      .input_price = -1,
                                      .output_price = -1,
                                      .cache_read_price = -1};
static const chutes_model *const MODELS[] = {&DEAR, &CHEAP, &UNPRICED,
                                             &CHEAP_AGAIN};
static const chutes_models_response LIST = {.models = MODELS,
                                            .model_count = COUNT(MODELS)};

static const chutes_usage MILLION = {1000000, 1000000, 2000000, -1, -1};

static struct chutes__ledger start(const chutes_models_response *models)
{
    struct chutes__ledger ledger;

    assert_true(chutes__ledger_init(&ledger));
    if (models != NULL) {
        chutes__ledger_set_prices(&ledger, chutes__prices_new(models));
    }
    return ledger;
}

static void add(struct chutes__ledger *ledger, const char *answered,
                const char *asked, const chutes_usage *usage)
{
    const struct chutes__use use = {answered, asked, usage};
    struct chutes__unknown unknown = {false, false};

    chutes__ledger_add(ledger, &use, &unknown);
    chutes__ledger_count_call(ledger, &unknown);
}

static void expect_cost(double got, double want)
{
    if (!(fabs(got - want) < 1e-9)) {
        fail_msg("%g, not %g", got, want);
    }
}

static void tokens_add_up_without_prices(void **state)
{
    static const chutes_usage usage = {10, 5, 15, 4, 2};
    struct chutes__ledger ledger = start(NULL);
    chutes_totals totals;

    (void)state;
    add(&ledger, "m", "m", &usage);
    add(&ledger, "", "", &usage);
    totals = chutes__ledger_read(&ledger);
    assert_int_equal(totals.calls, 2);
    assert_int_equal(totals.prompt_tokens, 20);
    assert_int_equal(totals.completion_tokens, 10);
    assert_int_equal(totals.cached_tokens, 8);
    assert_int_equal(totals.unmetered_calls, 0);
    assert_int_equal(totals.unpriced_calls, 2);
    expect_cost(totals.cost_usd, 0);
    chutes__ledger_dispose(&ledger);
}

/* The model that answered, the one that was requested, and the cost of a
 * million tokens of each kind; 0: unknown. */
static void the_price_is_that_of_the_model_that_answered(void **state)
{
    static const struct {
        const char *answered;
        const char *asked;
        double cost;
    } rows[] = {
        {"cheap", "dear", 3},      {"dear", "cheap", 30}, {"", "dear", 30},
        {"dear-2026", "dear", 30}, {"", "", 0},           {"chea", "cheap2", 0},
        {"unpriced", "dear", 0},   {"zzz", "aaa", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__ledger ledger = start(&LIST);
        chutes_totals totals;

        add(&ledger, rows[i].answered, rows[i].asked, &MILLION);
        totals = chutes__ledger_read(&ledger);
        expect_cost(totals.cost_usd, rows[i].cost);
        assert_int_equal(totals.unpriced_calls, rows[i].cost == 0);
        assert_int_equal(totals.unmetered_calls, 0);
        chutes__ledger_dispose(&ledger);
    }
}

/* A usage, what is counted of it, and whether that is all. */
static void a_count_that_is_missing_follows_from_the_total(void **state)
{
    static const struct {
        chutes_usage usage;
        int64_t prompt;
        int64_t completion;
        bool is_unmetered;
    } rows[] = {
        {{7, -1, 7, -1, -1}, 7, 0, false},  {{-1, -1, 7, -1, -1}, 7, 0, false},
        {{-1, 3, 7, -1, -1}, 4, 3, false},  {{3, -1, 7, -1, -1}, 3, 4, false},
        {{7, -1, -1, -1, -1}, 7, 0, true},  {{-1, 7, -1, -1, -1}, 0, 7, true},
        {{7, -1, 5, -1, -1}, 7, 0, true},   {{-1, 7, 5, -1, -1}, 0, 7, true},
        {{-1, -1, -1, -1, -1}, 0, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__ledger ledger = start(&LIST);
        chutes_totals totals;

        add(&ledger, "cheap", "", &rows[i].usage);
        totals = chutes__ledger_read(&ledger);
        if (totals.prompt_tokens != rows[i].prompt ||
            totals.completion_tokens != rows[i].completion ||
            totals.unmetered_calls != rows[i].is_unmetered ||
            totals.unpriced_calls != rows[i].is_unmetered) {
            fail_msg("row %zu", i);
        }
        chutes__ledger_dispose(&ledger);
    }
}

static void a_call_without_usage_is_counted(void **state)
{
    struct chutes__ledger ledger = start(&LIST);
    chutes_totals totals;

    (void)state;
    add(&ledger, "cheap", "cheap", NULL);
    totals = chutes__ledger_read(&ledger);
    assert_int_equal(totals.calls, 1);
    assert_int_equal(totals.unmetered_calls, 1);
    assert_int_equal(totals.unpriced_calls, 1);
    chutes__ledger_dispose(&ledger);
}

static void counts_do_not_overflow(void **state)
{
    static const chutes_usage huge = {INT64_MAX, INT64_MAX, 1, INT64_MAX, -1};
    struct chutes__ledger ledger = start(&LIST);
    chutes_totals totals;

    (void)state;
    add(&ledger, "cheap", "", &huge);
    add(&ledger, "cheap", "", &huge);
    totals = chutes__ledger_read(&ledger);
    assert_int_equal(totals.prompt_tokens, INT64_MAX);
    assert_int_equal(totals.completion_tokens, INT64_MAX);
    assert_int_equal(totals.cached_tokens, INT64_MAX);
    chutes__ledger_dispose(&ledger);
}

static void prices_are_replaced(void **state)
{
    static const chutes_models_response other = {.models = MODELS + 3,
                                                 .model_count = 1};
    static const chutes_models_response none = {.model_count = 0};
    struct chutes__ledger ledger = start(&LIST);

    (void)state;
    add(&ledger, "cheap", "", &MILLION);
    chutes__ledger_set_prices(&ledger, chutes__prices_new(&other));
    add(&ledger, "cheap", "dear", &MILLION);
    add(&ledger, "dear", "", &MILLION);
    chutes__ledger_set_prices(&ledger, chutes__prices_new(&none));
    add(&ledger, "cheap", "dear", &MILLION);
    chutes__ledger_set_prices(&ledger, NULL);
    add(&ledger, "cheap", "dear", &MILLION);
    expect_cost(chutes__ledger_read(&ledger).cost_usd, 3 + 2000);
    assert_int_equal(chutes__ledger_read(&ledger).unpriced_calls, 3);
    chutes__ledger_dispose(&ledger);
}

/* What was used before the limit is reached, and after. */
static void a_limit_is_reached_by_what_was_used(void **state)
{
    static const struct {
        chutes_budget budget;
        bool is_met; /* by the second million of "cheap" */
    } rows[] = {
        {{.max_total_tokens = 2000001,
          .max_cost_usd = CHUTES_UNSET,
          .max_unknown_calls = CHUTES_UNSET},
         true},
        {{.max_total_tokens = 4000001,
          .max_cost_usd = CHUTES_UNSET,
          .max_unknown_calls = CHUTES_UNSET},
         false},
        {{.max_total_tokens = CHUTES_UNSET,
          .max_cost_usd = 6,
          .max_unknown_calls = 0},
         true},
        {{.max_total_tokens = CHUTES_UNSET,
          .max_cost_usd = 6.01,
          .max_unknown_calls = 0},
         false},
        {{.max_total_tokens = CHUTES_UNSET,
          .max_cost_usd = CHUTES_UNSET,
          .max_unknown_calls = CHUTES_UNSET},
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__ledger ledger = start(&LIST);
        chutes_error error;

        chutes__ledger_set_budget(&ledger, &rows[i].budget);
        assert_int_equal(chutes__ledger_admit(&ledger, "cheap", &error),
                         CHUTES_OK);
        add(&ledger, "cheap", "", &MILLION);
        assert_int_equal(chutes__ledger_admit(&ledger, "cheap", &error),
                         CHUTES_OK);
        add(&ledger, "cheap", "", &MILLION);
        assert_int_equal(chutes__ledger_admit(&ledger, "cheap", &error),
                         rows[i].is_met ? CHUTES_ERR_QUOTA : CHUTES_OK);
        chutes__ledger_dispose(&ledger);
    }
}

/* Tokens are known without a price. */
static void a_call_without_a_price_is_unknown_to_a_cost_alone(void **state)
{
    chutes_budget budget = chutes_budget_default();
    struct chutes__ledger ledger = start(&LIST);
    chutes_error error;

    (void)state;
    add(&ledger, "unpriced", "", &MILLION);
    budget.max_unknown_calls = 0;
    budget.max_total_tokens = 3000000;
    chutes__ledger_set_budget(&ledger, &budget);
    assert_int_equal(chutes__ledger_admit(&ledger, "cheap", &error), CHUTES_OK);
    budget.max_cost_usd = 3;
    chutes__ledger_set_budget(&ledger, &budget);
    assert_int_equal(chutes__ledger_admit(&ledger, "cheap", &error),
                     CHUTES_ERR_QUOTA);
    chutes__ledger_dispose(&ledger);
}

static void huge_counts_reach_a_limit(void **state)
{
    static const chutes_usage huge = {INT64_MAX, INT64_MAX, -1, -1, -1};
    chutes_budget budget = chutes_budget_default();
    struct chutes__ledger ledger = start(NULL);
    chutes_error error;

    (void)state;
    budget.max_total_tokens = INT64_MAX;
    chutes__ledger_set_budget(&ledger, &budget);
    add(&ledger, "", "", &huge);
    assert_int_equal(chutes__ledger_admit(&ledger, "", &error),
                     CHUTES_ERR_QUOTA);
    chutes__ledger_dispose(&ledger);
}

static void prices_need_memory(void **state)
{
    (void)state;
    alloc_fail_at(1);
    assert_null(chutes__prices_new(&LIST));
    alloc_fail_off();
}

enum { THREADS = 4, ROUNDS = 2000 };

/* Asks, as calls do, and changes the budget, as the application does. */
static void ask(struct chutes__ledger *ledger, int round)
{
    chutes_budget budget = chutes_budget_default();
    chutes_error error;

    budget.max_total_tokens = round % 3 == 0 ? INT64_MAX : CHUTES_UNSET;
    budget.max_cost_usd = round % 2 == 0 ? 1e9 : CHUTES_UNSET;
    chutes__ledger_set_budget(ledger, &budget);
    if (chutes__ledger_admit(ledger, "cheap", &error) != CHUTES_OK) {
        add(ledger, "cheap", "", NULL); /* makes the test fail */
    }
}

static void *work(void *data)
{
    for (int i = 0; i < ROUNDS; i++) {
        add(data, "cheap", "", &MILLION);
        ask(data, i);
        if (i % 100 == 0) {
            chutes__ledger_set_prices(data, chutes__prices_new(&LIST));
        }
    }
    return NULL;
}

static void threads_may_share_a_ledger(void **state)
{
    struct chutes__ledger ledger = start(&LIST);
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &ledger), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(chutes__ledger_read(&ledger).calls, THREADS * ROUNDS);
    expect_cost(chutes__ledger_read(&ledger).cost_usd,
                3.0 * (double)(THREADS * ROUNDS));
    chutes__ledger_dispose(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_add_up_without_prices),
        cmocka_unit_test(the_price_is_that_of_the_model_that_answered),
        cmocka_unit_test(a_count_that_is_missing_follows_from_the_total),
        cmocka_unit_test(a_call_without_usage_is_counted),
        cmocka_unit_test(counts_do_not_overflow),
        cmocka_unit_test(prices_are_replaced),
        cmocka_unit_test(a_limit_is_reached_by_what_was_used),
        cmocka_unit_test(a_call_without_a_price_is_unknown_to_a_cost_alone),
        cmocka_unit_test(huge_counts_reach_a_limit),
        cmocka_unit_test(prices_need_memory),
        cmocka_unit_test(threads_may_share_a_ledger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
