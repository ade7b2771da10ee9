/* SPDX-License-Identifier: MIT */
#include "request/platform.h"
#include "test.h"

#include <string.h>

static void the_hosts_of_chutes_are_known(void **state)
{
    static const struct {
        const char *url;
        bool is_host;
    } cases[] = {
        {"https://llm.chutes.ai/v1/", true},
        {"https://chutes.ai", true},
        {"https://LLM.Chutes.AI:443/v1/", true},
        {"https://llm.chutes.ai./v1/", true},
        {"https://user:x@llm.chutes.ai/v1/", true},
        {"https://chutes.ai.example/v1/", false},
        {"https://notchutes.ai/v1/", false},
        {"https://example.com/chutes.ai", false},
        {"https://example.com?x=://llm.chutes.ai", false},
        {"https://llm.chutes.ai@example.com/", false},
        {"http://127.0.0.1:8080/v1/", false},
        {"https://ai/", false},
        {"https:///", false},
        {"llm.chutes.ai", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (chutes__platform_is_host(cases[i].url) != cases[i].is_host) {
            fail_msg("%s", cases[i].url);
        }
    }
}

static void a_key_that_was_not_read_is_explained(void **state)
{
    static const struct {
        const char *url;
        chutes_auth auth;
        int http_status;
        const char *body;
        bool was_ignored;
    } cases[] = {
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 429, "", true},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 429, "<html>", true},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 429,
         "{\"detail\":", true},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 429, "{\"detail\":1}",
         false},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 429,
         "{\"detail\":NaN}", false},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_X_API_KEY, 503, "", false},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_BEARER, 429, "", false},
        {CHUTES_DEFAULT_BASE_URL, CHUTES_AUTH_NONE, 429, "", false},
        {"https://example.com/v1/", CHUTES_AUTH_X_API_KEY, 429, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__slice body = {cases[i].body, strlen(cases[i].body)};

        if (chutes__platform_ignored_key(cases[i].url, cases[i].auth,
                                         cases[i].http_status,
                                         body) != cases[i].was_ignored) {
            fail_msg("case %zu", i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hosts_of_chutes_are_known),
        cmocka_unit_test(a_key_that_was_not_read_is_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
