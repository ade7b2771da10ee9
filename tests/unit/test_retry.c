/* SPDX-License-Identifier: MIT */
#include "request/retry.h"

#include "base/random.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* The names that the linker's --wrap makes. */
uint64_t __wrap_chutes__random_u64(void);
int __real_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes);

static uint64_t random_number;
static int random_calls;
static int mutex_error;

uint64_t __wrap_chutes__random_u64(void)
{
    random_calls++;
    return random_number;
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes)
{
    return mutex_error != 0 ? mutex_error
                            : __real_pthread_mutex_init(mutex, attributes);
}

/* ---- which failures are worth another attempt ---------------------------- */

/* The facts after the first of three attempts, without hints from the
 * server. */
static struct chutes__retry_facts
facts_of(chutes_status status, chutes_outcome outcome, int http_status)
{
    struct chutes__retry_facts facts = {
        .status = status,
        .outcome = outcome,
        .http_status = http_status,
        .code = "",
        .should_retry = NULL,
        .retry_after_ms = -1,
        .is_lasting = false,
        .attempts = 1,
        .server_errors = http_status == 500,
    };

    return facts;
}

static bool is_due(chutes_retry_policy policy,
                   const struct chutes__retry_facts *facts)
{
    const struct chutes__retry_rules rules = {policy, 3, 60000, false};

    return chutes__retry_is_due(&rules, facts);
}

/* How an attempt can end, and under which policies another follows. */
static const struct ending {
    chutes_status status;
    chutes_outcome outcome;
    int http_status;
    const char *code;
    bool safe;
    bool openai;
    bool when_told; /* by x-should-retry: true */
} ENDINGS[] = {
    /* Requests that never reached the server. */
    {CHUTES_ERR_CONNECT, NOT_SENT, 0, "", true, true, true},
    {CHUTES_ERR_TLS, NOT_SENT, 0, "", true, true, true},
    {CHUTES_ERR_TIMEOUT, NOT_SENT, 0, "", true, true, true},
    {CHUTES_ERR_CONNECTION_LOST, NOT_SENT, 0, "", true, true, true},
    /* Requests that may have been paid for. */
    {CHUTES_ERR_CONNECTION_LOST, MAYBE_SENT, 0, "", false, true, false},
    {CHUTES_ERR_TIMEOUT, MAYBE_SENT, 0, "", false, true, false},
    {CHUTES_ERR_TIMEOUT, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_TRUNCATED, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_TRUNCATED, MAYBE_SENT, 0, "", false, false, false},
    {CHUTES_ERR_TRUNCATED, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_CONNECTION_LOST, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_TLS, MAYBE_SENT, 0, "", false, false, false},
    /* Requests that the server refused. */
    {CHUTES_ERR_SERVER, ANSWERED, 408, "", true, true, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 409, "", true, true, true},
    {CHUTES_ERR_RATE_LIMITED, ANSWERED, 429, "", true, true, true},
    {CHUTES_ERR_CAPACITY, ANSWERED, 429, "infra_overload", true, true, true},
    {CHUTES_ERR_CAPACITY, ANSWERED, 503, "", true, true, true},
    {CHUTES_ERR_QUOTA, ANSWERED, 429, "insufficient_quota", false, false,
     false},
    {CHUTES_ERR_QUOTA, ANSWERED, 402, "", false, false, false},
    /* The body was late, the status was not. */
    {CHUTES_ERR_TIMEOUT, ANSWERED, 503, "", true, true, true},
    {CHUTES_ERR_TIMEOUT, ANSWERED, 400, "", false, false, true},
    /* Requests at which the server, or a gateway, failed. */
    {CHUTES_ERR_SERVER, ANSWERED, 500, "", true, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 501, "", false, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 502, "", false, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 504, "", false, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 520, "", false, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 526, "", false, true, true},
    {CHUTES_ERR_CAPACITY, ANSWERED, 529, "", false, true, true},
    {CHUTES_ERR_SERVER, ANSWERED, 599, "", false, true, true},
    /* Requests that would be refused again. */
    {CHUTES_ERR_AUTH, ANSWERED, 401, "", false, false, true},
    {CHUTES_ERR_AUTH, ANSWERED, 403, "", false, false, true},
    {CHUTES_ERR_NOT_FOUND, ANSWERED, 404, "", false, false, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 400, "", false, false, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 410, "", false, false, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 413, "", false, false, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 422, "", false, false, true},
    {CHUTES_ERR_BAD_REQUEST, ANSWERED, 426, "", false, false, true},
    {CHUTES_ERR_REDIRECT, ANSWERED, 301, "", false, false, false},
    {CHUTES_ERR_REDIRECT, ANSWERED, 307, "", false, false, false},
    /* Errors inside an answer. */
    {CHUTES_ERR_STREAM, ANSWERED, 200, "429", true, true, true},
    {CHUTES_ERR_STREAM, ANSWERED, 200, "503", true, true, true},
    {CHUTES_ERR_STREAM, ANSWERED, 200, "500", false, false, false},
    {CHUTES_ERR_STREAM, ANSWERED, 200, "4290", false, false, false},
    {CHUTES_ERR_STREAM, ANSWERED, 200, "42", false, false, false},
    {CHUTES_ERR_STREAM, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_RATE_LIMITED, ANSWERED, 200, "429", false, false, false},
    /* Failures on this side, and those that no attempt can fix, whatever was
     * answered. */
    {CHUTES_ERR_INVALID_ARGUMENT, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_CONFIG, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_NO_MEMORY, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_NO_MEMORY, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_CANCELLED, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_CANCELLED, MAYBE_SENT, 0, "", false, false, false},
    {CHUTES_ERR_CANCELLED, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_PROTOCOL, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_PROTOCOL, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_PROTOCOL, MAYBE_SENT, 0, "", false, false, false},
    {CHUTES_ERR_TOO_LARGE, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_TOO_LARGE, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_UNSUPPORTED, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_MISUSE, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_INTERNAL, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_INTERNAL, ANSWERED, 500, "", false, false, false},
    {CHUTES_ERR_FILE, NOT_SENT, 0, "", false, false, false},
    {CHUTES_ERR_FILE, ANSWERED, 503, "", false, false, false},
    {CHUTES_ERR_MEDIA, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_REFUSED, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_FILTERED, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_TOKEN_LIMIT, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_MISMATCH, ANSWERED, 200, "", false, false, false},
    {CHUTES_ERR_PENDING_TOOL, NOT_SENT, 0, "", false, false, false},
    {CHUTES_OK, ANSWERED, 200, "", false, false, false},
    {(chutes_status)99, NOT_SENT, 0, "", false, false, false},
    {(chutes_status)99, ANSWERED, 503, "", false, false, false},
};

static struct chutes__retry_facts facts_of_ending(const struct ending *ending)
{
    struct chutes__retry_facts facts =
        facts_of(ending->status, ending->outcome, ending->http_status);

    facts.code = ending->code;
    return facts;
}

static void check(const struct ending *ending, const char *policy, bool is,
                  bool should)
{
    if (is != should) {
        fail_msg("%s, outcome %d, HTTP %d, code \"%s\", %s: %s",
                 chutes_status_name(ending->status), (int)ending->outcome,
                 ending->http_status, ending->code, policy,
                 is ? "retried" : "not retried");
    }
}

static void each_ending_is_judged_by_the_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        const struct ending *ending = &ENDINGS[i];
        struct chutes__retry_facts facts = facts_of_ending(ending);

        check(ending, "none", is_due(CHUTES_RETRY_NONE, &facts), false);
        check(ending, "safe", is_due(CHUTES_RETRY_SAFE, &facts), ending->safe);
        check(ending, "openai", is_due(CHUTES_RETRY_OPENAI, &facts),
              ending->openai);
    }
}

static void the_table_has_every_status(void **state)
{
    static const chutes_status statuses[] = {
#define STATUS(name, value, sentence) CHUTES_##name,
        CHUTES_STATUS_MAP(STATUS)
#undef STATUS
    };

    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        size_t at = 0;

        while (at < COUNT(ENDINGS) && ENDINGS[at].status != statuses[i]) {
            at++;
        }
        if (at == COUNT(ENDINGS)) {
            fail_msg("%s is missing", chutes_status_name(statuses[i]));
        }
    }
}

static void the_server_can_ask_not_to_be_asked_again(void **state)
{
    static const char *const words[] = {"false", "False", "FALSE"};

    (void)state;
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        for (size_t j = 0; j < COUNT(words); j++) {
            struct chutes__retry_facts facts = facts_of_ending(&ENDINGS[i]);

            facts.should_retry = words[j];
            check(&ENDINGS[i], "safe, told not to",
                  is_due(CHUTES_RETRY_SAFE, &facts), false);
            check(&ENDINGS[i], "openai, told not to",
                  is_due(CHUTES_RETRY_OPENAI, &facts), false);
        }
    }
}

static void the_server_can_ask_to_be_asked_again(void **state)
{
    static const char *const words[] = {"true", "True"};

    (void)state;
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        for (size_t j = 0; j < COUNT(words); j++) {
            const struct ending *ending = &ENDINGS[i];
            struct chutes__retry_facts facts = facts_of_ending(ending);

            facts.should_retry = words[j];
            check(ending, "none, told to", is_due(CHUTES_RETRY_NONE, &facts),
                  false);
            check(ending, "safe, told to", is_due(CHUTES_RETRY_SAFE, &facts),
                  ending->when_told);
            check(ending, "openai, told to",
                  is_due(CHUTES_RETRY_OPENAI, &facts),
                  ending->when_told || ending->openai);
        }
    }
}

static void other_words_of_the_server_change_nothing(void **state)
{
    static const char *const words[] = {"", "yes", "no", "0", "1", "truely"};

    (void)state;
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        for (size_t j = 0; j < COUNT(words); j++) {
            struct chutes__retry_facts facts = facts_of_ending(&ENDINGS[i]);

            facts.should_retry = words[j];
            check(&ENDINGS[i], words[j], is_due(CHUTES_RETRY_SAFE, &facts),
                  ENDINGS[i].safe);
        }
    }
}

static void what_lasts_is_not_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        struct chutes__retry_facts facts = facts_of_ending(&ENDINGS[i]);

        facts.is_lasting = true;
        facts.should_retry = "true";
        check(&ENDINGS[i], "openai, lasting",
              is_due(CHUTES_RETRY_OPENAI, &facts), false);
    }
}

static void attempts_are_counted_out(void **state)
{
    static const chutes_retry_policy policies[] = {CHUTES_RETRY_SAFE,
                                                   CHUTES_RETRY_OPENAI};
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_CAPACITY, ANSWERED, 503);

    (void)state;
    facts.should_retry = "true";
    for (size_t i = 0; i < COUNT(policies); i++) {
        for (int most = 1; most <= 10; most++) {
            const struct chutes__retry_rules rules = {policies[i], most, 60000,
                                                      false};
            int attempts = 0;

            do {
                facts.attempts = ++attempts;
            } while (chutes__retry_is_due(&rules, &facts));
            assert_int_equal(attempts, most);
        }
    }
    facts.attempts = 4; /* above the limit, as with fallback models */
    assert_false(is_due(CHUTES_RETRY_SAFE, &facts));
}

static void http_500_is_tried_again_once_where_it_may_have_cost(void **state)
{
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_SERVER, ANSWERED, 500);

    (void)state;
    assert_true(is_due(CHUTES_RETRY_SAFE, &facts));
    facts.attempts = 2;
    assert_true(is_due(CHUTES_RETRY_SAFE, &facts)); /* say, after a 503 */
    facts.server_errors = 2;
    assert_false(is_due(CHUTES_RETRY_SAFE, &facts));
    assert_true(is_due(CHUTES_RETRY_OPENAI, &facts));
    facts.should_retry = "true";
    assert_true(is_due(CHUTES_RETRY_SAFE, &facts));
    /* Failures of another kind are not affected. */
    facts = facts_of(CHUTES_ERR_CAPACITY, ANSWERED, 503);
    facts.server_errors = 2;
    assert_true(is_due(CHUTES_RETRY_SAFE, &facts));
}

static void a_wait_that_is_too_long_is_not_waited(void **state)
{
    static const struct {
        int64_t retry_after_ms;
        int64_t max_wait_ms;
        bool want;
    } cases[] = {
        {-1, 60000, true},
        {0, 60000, true},
        {500, 60000, true},
        {7000, 60000, true},
        {60000, 60000, true},
        {60001, 60000, false},
        {INT64_MAX, 60000, false},
        {1, 0, false},
        {0, 0, true},
        {-1, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct chutes__retry_rules rules = {CHUTES_RETRY_OPENAI, 3,
                                                  cases[i].max_wait_ms, false};
        struct chutes__retry_facts facts =
            facts_of(CHUTES_ERR_RATE_LIMITED, ANSWERED, 429);

        facts.retry_after_ms = cases[i].retry_after_ms;
        facts.should_retry = i % 2 == 0 ? "true" : NULL;
        if (chutes__retry_is_due(&rules, &facts) != cases[i].want) {
            fail_msg("case %zu: %lld of %lld ms", i,
                     (long long)cases[i].retry_after_ms,
                     (long long)cases[i].max_wait_ms);
        }
    }
}

/* ---- the wait ------------------------------------------------------------ */

static const struct {
    int attempts;
    int64_t longest_ms;
} WAITS[] = {
    {1, 500},  {2, 1000},  {3, 2000},   {4, 4000},         {5, 8000}, {6, 8000},
    {9, 8000}, {10, 8000}, {100, 8000}, {INT32_MAX, 8000}, {0, 500},
};

static void
waits_double_up_to_a_bound_and_are_spread_over_all_of_it(void **state)
{
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_CAPACITY, ANSWERED, 503);

    (void)state;
    for (size_t i = 0; i < COUNT(WAITS); i++) {
        uint64_t longest = (uint64_t)WAITS[i].longest_ms;

        facts.attempts = WAITS[i].attempts;
        for (uint64_t number = 0; number <= longest; number += 50) {
            random_number = number;
            assert_int_equal(chutes__retry_wait_ms(&facts), number);
        }
        random_number = longest;
        assert_int_equal(chutes__retry_wait_ms(&facts), longest);
        random_number = longest + 1;
        assert_int_equal(chutes__retry_wait_ms(&facts), 0);
        random_number = UINT64_MAX;
        assert_in_range(chutes__retry_wait_ms(&facts), 0, longest);
    }
}

static void what_the_server_asks_for_is_waited_to_the_millisecond(void **state)
{
    static const int64_t asked[] = {1, 500, 7000, 60000, INT64_MAX};
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_RATE_LIMITED, ANSWERED, 429);

    (void)state;
    random_number = 123;
    random_calls = 0;
    for (size_t i = 0; i < COUNT(asked); i++) {
        facts.retry_after_ms = asked[i];
        assert_true(chutes__retry_wait_ms(&facts) == asked[i]);
    }
    assert_int_equal(random_calls, 0);
    facts.retry_after_ms = 0; /* never at once, as all other clients would */
    assert_int_equal(chutes__retry_wait_ms(&facts), 123);
    facts.retry_after_ms = -1;
    assert_int_equal(chutes__retry_wait_ms(&facts), 123);
    assert_int_equal(random_calls, 2);
}

static void a_date_never_shortens_the_wait(void **state)
{
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_RATE_LIMITED, ANSWERED, 429);

    (void)state;
    facts.attempts = 5; /* the bound is 8 s */
    facts.is_date = true;
    facts.retry_after_ms = 1000;
    random_number = 5000;
    assert_int_equal(chutes__retry_wait_ms(&facts), 5000);
    random_number = 123;
    assert_int_equal(chutes__retry_wait_ms(&facts), 1000);
    facts.retry_after_ms = 0;
    assert_int_equal(chutes__retry_wait_ms(&facts), 123);
    facts.retry_after_ms = -1;
    assert_int_equal(chutes__retry_wait_ms(&facts), 123);
}

/* ---- the budget ---------------------------------------------------------- */

static void
retries_cost_by_their_outcome_until_the_bucket_is_empty(void **state)
{
    static const struct {
        chutes_outcome outcome;
        int cost;
        int retries;
    } cases[] = {{NOT_SENT, 10, 50}, {MAYBE_SENT, 5, 100}, {ANSWERED, 5, 100}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__retry_budget budget;

        assert_true(chutes__retry_budget_init(&budget));
        for (int j = 0; j < cases[i].retries; j++) {
            assert_int_equal(
                chutes__retry_budget_take(&budget, cases[i].outcome),
                cases[i].cost);
        }
        assert_int_equal(chutes__retry_budget_take(&budget, cases[i].outcome),
                         0);
        chutes__retry_budget_dispose(&budget);
    }
}

static void a_bucket_with_too_little_keeps_it(void **state)
{
    struct chutes__retry_budget budget;

    (void)state;
    assert_true(chutes__retry_budget_init(&budget));
    budget.tokens = 9;
    assert_int_equal(chutes__retry_budget_take(&budget, NOT_SENT), 0);
    assert_int_equal(budget.tokens, 9);
    assert_int_equal(chutes__retry_budget_take(&budget, ANSWERED), 5);
    assert_int_equal(budget.tokens, 4);
    assert_int_equal(chutes__retry_budget_take(&budget, ANSWERED), 0);
    chutes__retry_budget_give(&budget, 0);
    assert_int_equal(budget.tokens, 5);
    assert_int_equal(chutes__retry_budget_take(&budget, ANSWERED), 5);
    assert_int_equal(budget.tokens, 0);
    chutes__retry_budget_dispose(&budget);
}

static void successes_give_back_up_to_the_brim(void **state)
{
    struct chutes__retry_budget budget;

    (void)state;
    assert_true(chutes__retry_budget_init(&budget));
    assert_int_equal(budget.tokens, 500);
    chutes__retry_budget_give(&budget, 0);
    assert_int_equal(budget.tokens, 500);
    assert_int_equal(chutes__retry_budget_take(&budget, NOT_SENT), 10);
    chutes__retry_budget_give(&budget, 10);
    assert_int_equal(budget.tokens, 500);
    assert_int_equal(chutes__retry_budget_take(&budget, ANSWERED), 5);
    chutes__retry_budget_give(&budget, 0);
    assert_int_equal(budget.tokens, 496);
    chutes__retry_budget_give(&budget, 10);
    assert_int_equal(budget.tokens, 500);
    chutes__retry_budget_dispose(&budget);
}

static void a_write_is_repeated_only_if_it_was_not_sent(void **state)
{
    struct chutes__retry_rules rules = {CHUTES_RETRY_SAFE, 3, 60000, true};
    struct chutes__retry_facts facts =
        facts_of(CHUTES_ERR_CONNECT, NOT_SENT, 0);

    (void)state;
    assert_true(chutes__retry_is_due(&rules, &facts));
    facts = facts_of(CHUTES_ERR_CAPACITY, ANSWERED, 503);
    facts.should_retry = "true";
    assert_false(chutes__retry_is_due(&rules, &facts));
    rules.policy = CHUTES_RETRY_OPENAI;
    assert_true(chutes__retry_is_due(&rules, &facts));
}

/* A thousand calls get 503 at every attempt. */
static void an_outage_is_not_made_worse(void **state)
{
    struct chutes__retry_budget budget;
    const struct chutes__retry_rules rules = {CHUTES_RETRY_SAFE, 3, 60000,
                                              false};
    int requests = 0;

    (void)state;
    assert_true(chutes__retry_budget_init(&budget));
    for (int call = 0; call < 1000; call++) {
        struct chutes__retry_facts facts =
            facts_of(CHUTES_ERR_CAPACITY, ANSWERED, 503);

        requests++;
        while (chutes__retry_is_due(&rules, &facts) &&
               chutes__retry_budget_take(&budget, ANSWERED) > 0) {
            facts.attempts++;
            requests++;
        }
    }
    assert_int_equal(requests, 1100);
    chutes__retry_budget_dispose(&budget);
}

enum { THREADS = 8, ROUNDS = 50000 };

static void *take_and_give(void *ctx)
{
    struct chutes__retry_budget *budget = ctx;

    for (int i = 0; i < ROUNDS; i++) {
        int cost =
            chutes__retry_budget_take(budget, i % 2 == 0 ? NOT_SENT : ANSWERED);

        if (cost > 0) {
            chutes__retry_budget_give(budget, cost);
        }
    }
    return NULL;
}

static void threads_lose_no_tokens(void **state)
{
    struct chutes__retry_budget budget;
    pthread_t threads[THREADS];

    (void)state;
    assert_true(chutes__retry_budget_init(&budget));
    budget.tokens = 40; /* so that some are refused */
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, take_and_give, &budget), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(budget.tokens, 40);
    chutes__retry_budget_dispose(&budget);
}

static void a_mutex_that_cannot_be_made_is_told(void **state)
{
    struct chutes__retry_budget budget;

    (void)state;
    mutex_error = 12;
    assert_false(chutes__retry_budget_init(&budget));
    mutex_error = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ending_is_judged_by_the_policy),
        cmocka_unit_test(the_table_has_every_status),
        cmocka_unit_test(the_server_can_ask_not_to_be_asked_again),
        cmocka_unit_test(the_server_can_ask_to_be_asked_again),
        cmocka_unit_test(other_words_of_the_server_change_nothing),
        cmocka_unit_test(what_lasts_is_not_tried_again),
        cmocka_unit_test(attempts_are_counted_out),
        cmocka_unit_test(http_500_is_tried_again_once_where_it_may_have_cost),
        cmocka_unit_test(a_wait_that_is_too_long_is_not_waited),
        cmocka_unit_test(
            waits_double_up_to_a_bound_and_are_spread_over_all_of_it),
        cmocka_unit_test(what_the_server_asks_for_is_waited_to_the_millisecond),
        cmocka_unit_test(a_date_never_shortens_the_wait),
        cmocka_unit_test(
            retries_cost_by_their_outcome_until_the_bucket_is_empty),
        cmocka_unit_test(a_bucket_with_too_little_keeps_it),
        cmocka_unit_test(successes_give_back_up_to_the_brim),
        cmocka_unit_test(a_write_is_repeated_only_if_it_was_not_sent),
        cmocka_unit_test(an_outage_is_not_made_worse),
        cmocka_unit_test(threads_lose_no_tokens),
        cmocka_unit_test(a_mutex_that_cannot_be_made_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
