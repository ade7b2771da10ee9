/* SPDX-License-Identifier: MIT */
#include "transport/proxy_env.h"

#include <stdlib.h>

#include "test.h"

#define PROXY "http://proxy.test:3128"

static const char *const names[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                    "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};

static void clear_environment(void)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(unsetenv(names[i]), 0);
    }
}

static void each_variable_is_for_some_schemes(void **state)
{
    static const bool for_http[] = {true, false, false, false, true, true};
    static const bool for_https[] = {false, false, true, true, true, true};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        clear_environment();
        assert_int_equal(setenv(names[i], PROXY, 1), 0);
        assert_int_equal(chutes__proxy_env_get(true) != NULL, for_http[i]);
        assert_int_equal(chutes__proxy_env_get(false) != NULL, for_https[i]);
    }
    clear_environment();
    assert_null(chutes__proxy_env_get(true));
    assert_null(chutes__proxy_env_get(false));
}

static void the_variable_of_the_scheme_goes_first(void **state)
{
    (void)state;
    clear_environment();
    assert_int_equal(setenv("ALL_PROXY", "http://other.test", 1), 0);
    assert_int_equal(setenv("https_proxy", PROXY, 1), 0);
    assert_string_equal(chutes__proxy_env_get(false), PROXY);
    assert_string_equal(chutes__proxy_env_get(true), "http://other.test");
    clear_environment();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_variable_is_for_some_schemes),
        cmocka_unit_test(the_variable_of_the_scheme_goes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
