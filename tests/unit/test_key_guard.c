/* SPDX-License-Identifier: MIT */
#include "request/key_guard.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *key;
    const char *text;
    const char *want;
} TEXTS[] = {
    {"hunter2-hunter2", "", ""},
    {"hunter2-hunter2", "nothing here", "nothing here"},
    {"hunter2-hunter2", "hunter2-hunter2", "[redacted]"},
    {"hunter2-hunter2", "bad key hunter2-hunter2.", "bad key [redacted]."},
    {"hunter2-hunter2", "hunter2-hunter2hunter2-hunter2,hunter2-hunter2",
     "[redacted][redacted],[redacted]"},
    {"hunter2-hunter2", "cut: hunter2-", "cut: ********"},
    {"hunter2-hunter2", "\"er2-hunter2\" cut", "\"[redacted]\" cut"},
    {"hunter2-hunter2", "hunter2 hunter", "hunter2 hunter"},
    {"hunter2-hunter2", "HUNTER2-HUNTER2", "HUNTER2-HUNTER2"},
    {"0123456789abcdefghijklmnopqrstuvwxyzABCDEF", "56789abcdefghij is few",
     "56789abcdefghij is few"},
    {"0123456789abcdefghijklmnopqrstuvwxyzABCDEF", "56789abcdefghijk is many",
     "[redacted] is many"},
    {"aaaaaaaaaaaaaaaa", "aaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaa",
     "******** [redacted]********"},
    {"12345678", "is 12345678 it", "is ******** it"},
    {"123456789", "is 123456789 it", "is ********* it"},
    {"1234567890", "is 1234567890 it", "is [redacted] it"},
    {"1234567", "is 1234567 it", "is 1234567 it"},
    {"", "no key", "no key"},
};

static const struct {
    const char *query;
    const char *text;
    const char *want;
} QUERIES[] = {
    {"", "no key", "no key"},
    {"?", "no key", "no key"},
    {"?api-version=2024-12-01-preview", "not 2024-12-01-preview",
     "not 2024-12-01-preview"},
    {"?v=1&k=0123456789abcdef0123&n=2", "?n=2&k=0123456789abcdef0123",
     "?n=2&k=[redacted]"},
    {"?a=0123456789abcdef0123&b=3210fedcba9876543210",
     "3210fedcba9876543210 0123456789abcdef0123", "[redacted] [redacted]"},
    {"?v=2024-01&Subscription-Key=hunter2-hunter2", "?Key=hunter2-hunter2",
     "?Key=[redacted]"},
    {"?sig=hunter2&key=", "hunter2 key", "hunter2 key"},
    {"?version=hunter2-hunter2", "hunter2-hunter2", "hunter2-hunter2"},
    {"?0123456789abcdef0123", "0123456789abcdef0123", "0123456789abcdef0123"},
};

static void long_values_of_a_query_are_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(QUERIES); i++) {
        char text[128] = "";
        chutes_error error = {0};

        (void)snprintf(text, sizeof(text), "%s", QUERIES[i].text);
        (void)snprintf(error.message, sizeof(error.message), "%s",
                       QUERIES[i].text);
        chutes__key_guard_query_text(text, QUERIES[i].query);
        chutes__key_guard_query_error(&error, QUERIES[i].query);
        assert_string_equal(text, QUERIES[i].want);
        assert_string_equal(error.message, QUERIES[i].want);
    }
}

static void the_end_of_a_huge_value_is_replaced(void **state)
{
    static const char end[] = "0123456789abcdef0123";
    char query[2048];
    char text[64] = "";

    (void)state;
    memset(query, 'x', sizeof(query));
    memcpy(query, "?k=", 3);
    memcpy(query + sizeof(query) - sizeof(end), end, sizeof(end));
    (void)snprintf(text, sizeof(text), "not %s!", end);
    chutes__key_guard_query_text(text, query);
    assert_string_equal(text, "not [redacted]!");
}

static void the_key_is_replaced_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        char text[128] = "";

        (void)snprintf(text, sizeof(text), "%s", TEXTS[i].text);
        chutes__key_guard_text(text, TEXTS[i].key);
        assert_string_equal(text, TEXTS[i].want);
        for (size_t k = strlen(text); k < sizeof(text); k++) {
            assert_int_equal(text[k], 0); /* no rest of the key is left */
        }
    }
}

static void every_text_of_an_error_is_guarded(void **state)
{
    chutes_error error;
    char *const texts[] = {error.code, error.type, error.param,
                           error.request_id, error.message};

    (void)state;
    memset(&error, 0, sizeof(error));
    for (size_t i = 0; i < COUNT(texts); i++) {
        memcpy(texts[i], "a hunter2-hunter2", sizeof("a hunter2-hunter2"));
    }
    chutes__key_guard_error(&error, "hunter2-hunter2");
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_string_equal(texts[i], "a [redacted]");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_replaced_wherever_it_stands),
        cmocka_unit_test(long_values_of_a_query_are_replaced),
        cmocka_unit_test(the_end_of_a_huge_value_is_replaced),
        cmocka_unit_test(every_text_of_an_error_is_guarded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
