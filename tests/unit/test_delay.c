/* SPDX-License-Identifier: MIT */
#include "codec/delay.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define TEN_YEARS_MS ((int64_t)10 * 366 * 24 * 3600 * 1000)

struct delay_case {
    const char *text;
    int64_t ms;
};

/* Parses a copy of exactly its size, so that sanitizers see a read beyond
 * it. */
static void check(const struct delay_case *cases, size_t count,
                  int64_t (*find)(struct chutes__slice))
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(cases[i].text);
        char *exact = malloc(len + 1);
        int64_t ms;

        assert_non_null(exact);
        memcpy(exact, cases[i].text, len);
        ms = find((struct chutes__slice){exact, len});
        free(exact);
        if (ms != cases[i].ms) {
            fail_msg("\"%s\": %lld", cases[i].text, (long long)ms);
        }
    }
}

static void some_words_name_a_delay(void **state)
{
    static const struct delay_case cases[] = {
        {"", -1},
        {"slow down", -1},
        {"retry in", -1},
        {"retry in a moment", -1},
        {"Please try again later", -1},
        {"try again in a few minutes", -1},
        {"Please retry in 20s", 20000},
        {"Please retry in 43.912739812s.", 43913},
        {"Please try again in 20s. Visit https://x.example", 20000},
        {"Please try again in 6ms.", 6},
        {"Please try again in 1m30.5s.", 90500},
        {"Please try again in 7m12s", 432000},
        {"TRY AGAIN IN 2 HOURS", 7200000},
        {"retry after 30 seconds", 30000},
        {"Please retry after 1 second.", 1000},
        {"Retry after: 5", 5000},
        {"retry after 5.", 5000},
        {"Please wait 15 seconds", 15000},
        {"wait for about 2 min", 120000},
        {"try again in 1 minute and 30 seconds", 90000},
        {"Quota resets in 1h 5m", 3900000},
        {"available in 1 day", 86400000},
        {"try again in 2 weeks.", 2 * 7 * DAY_MS},
        {"try again in 1w", 7 * DAY_MS},
        {"try again in 1.5 weeks", 21 * DAY_MS / 2},
        {"try again in 1 month", 30 * DAY_MS},
        {"try again in 3 months", 90 * DAY_MS},
        {"try again in 2mo", 60 * DAY_MS},
        {"try again in 1 year", 365 * DAY_MS},
        {"retry after 20, please", 20000},
        {"(retry after 20)", 20000},
        {"<p>retry after 30</p>", 30000},
        {"Please wait for 30 more seconds", 30000},
        {"retry after 20\nor later", 20000},
        {"try again in 24-48 hours", -1},
        {"try again in 1,440 minutes", -1},
        {"try again in 3 business days", -1},
        {"try again in 1 billing cycle", -1},
        {"try again in 5 tokens", -1},
        {"try again after 00:00 UTC", -1},
        {"try again after 12:30 UTC", -1},
        {"try again after 5 PM", -1},
        {"try again after 1 January", -1},
        {"try again after 2026-12-01", -1},
        {"try again after 1/12", -1},
        {"try again after 20\xc2\xa0s", -1},
        {"try again in 99999999999999999999999999s", TEN_YEARS_MS},
        {"the server will retry in vain; try again in 2s", 2000},
    };

    (void)state;
    check(cases, COUNT(cases), chutes__delay_in_text);
}

static void some_members_name_a_delay(void **state)
{
    static const struct delay_case cases[] = {
        {"", -1},
        {"{}", -1},
        {"{\"retryDelay\"", -1},
        {"{\"retryDelay\":", -1},
        {"{\"retryDelay\":null}", -1},
        {"{\"retryDelay\":\"1s\"}", 1000},
        {"{\"retryDelay\" : \"0.25s\"}", 250},
        {"{\"e\":{\"d\":[{\"x\":1},{\"retryDelay\":\"59.5s\"}]}}", 59500},
        {"{\"retry_after\":20}", 20000},
        {"{\"retry_after\":\"20\"}", 20000},
        {"{\"retry_after\":1.5}", 1500},
        {"{\"retry_after_seconds\":3}", 3000},
        {"{\"retry_after_ms\":250}", 250},
        {"{\"retry_after\":-1}", -1},
        {"{\"retry_after\": 20 }", 20000},
        {"{\"retry_after\": 20,\n\"a\":1}", 20000},
        {"{\"retry_after\":\"2 weeks\"}", 14 * DAY_MS},
        {"{\"retry_after\":\"2026-12-01T00:00:00Z\"}", -1},
        {"{\"retry_after\":1e3}", -1},
    };

    (void)state;
    check(cases, COUNT(cases), chutes__delay_in_json);
}

/* Every possible start costs a search, so a long text is searched only at its
 * beginning. */
static void only_the_beginning_of_a_text_is_searched(void **state)
{
    enum { BEFORE = 16 * 1024 };
    static const char words[] = "retry in 5 s.";
    char text[BEFORE + sizeof(words)];
    const struct chutes__slice all = {text, sizeof(text) - 1};

    (void)state;
    memset(text, 'x', BEFORE);
    memcpy(text + BEFORE, words, sizeof(words));
    assert_int_equal(chutes__delay_in_text(all), -1);
    memcpy(text, words, sizeof(words) - 1);
    assert_int_equal(chutes__delay_in_text(all), 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_words_name_a_delay),
        cmocka_unit_test(some_members_name_a_delay),
        cmocka_unit_test(only_the_beginning_of_a_text_is_searched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
