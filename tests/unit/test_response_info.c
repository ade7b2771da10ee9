/* SPDX-License-Identifier: MIT */
#include "request/response_info.h"
#include "test.h"

#include <string.h>

/* The headers of one answer and the info read from them. */
struct fixture {
    struct chutes__arena arena;
    struct chutes__header_list list;
};

static struct chutes__slice slice_of(const char *text)
{
    return (struct chutes__slice){text, strlen(text)};
}

static void add(struct fixture *fixture, const char *name, const char *value)
{
    assert_true(chutes__header_list_add(&fixture->list, &fixture->arena,
                                        slice_of(name), slice_of(value)));
}

static chutes_response_info describe(struct fixture *fixture)
{
    chutes_response_info info;

    memset(&info, 0, sizeof(info));
    assert_true(
        chutes__header_list_describe(&fixture->list, &fixture->arena, &info));
    return info;
}

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    chutes__arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    chutes__arena_dispose(&fixture->arena);
    return 0;
}

static void without_headers_everything_is_unknown(void **state)
{
    chutes_response_info info = describe(*state);

    assert_int_equal(info.header_count, 0);
    assert_non_null(info.headers);
    assert_string_equal(info.request_id, "");
    assert_int_equal(info.quota_total, -1);
    assert_int_equal(info.quota_used, -1);
    assert_int_equal(info.quota_remaining, -1);
    assert_int_equal(info.rate_limit_user, -1);
    assert_int_equal(info.rate_limit_chute, -1);
    assert_int_equal(info.retry_after_ms, -1);
}

static void what_chutes_sends_is_found_in_any_case(void **state)
{
    struct fixture *fixture = *state;
    chutes_response_info info;

    add(fixture, "server", "nginx");
    add(fixture, "x-chutes-invocationid",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
    add(fixture, "X-CHUTES-QUOTA-TOTAL", "200");
    add(fixture, "X-Chutes-Quota-Used", "13");
    add(fixture, "X-Chutes-Quota-Remaining", "187");
    add(fixture, "X-Chutes-RL-User", "60");
    add(fixture, "X-Chutes-RL-Chute", "inf");
    add(fixture, "Retry-After", "2");
    info = describe(fixture);
    assert_string_equal(info.request_id,
                        "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
    assert_int_equal(info.quota_total, 200);
    assert_int_equal(info.quota_used, 13);
    assert_int_equal(info.quota_remaining, 187);
    assert_int_equal(info.rate_limit_user, 60);
    assert_true(info.rate_limit_chute == INT64_MAX);
    assert_int_equal(info.retry_after_ms, 2000);
}

static const struct {
    const char *text;
    int64_t count;
} COUNTS[] = {
    {"0", 0},
    {"1", 1},
    {"007", 7},
    {"9223372036854775807", INT64_MAX},
    {"9223372036854775808", -1},
    {"99999999999999999999999", -1},
    {"inf", INT64_MAX},
    {"", -1},
    {"-1", -1},
    {"+1", -1},
    {"1.5", -1},
    {"1e3", -1},
    {"many", -1},
    {"12 of 60", -1},
};

static void a_count_is_digits_or_inf(void **state)
{
    for (size_t i = 0; i < COUNT(COUNTS); i++) {
        struct fixture *fixture = *state;
        chutes_response_info info;

        memset(&fixture->list, 0, sizeof(fixture->list));
        add(fixture, "X-Chutes-RL-User", COUNTS[i].text);
        info = describe(fixture);
        if (info.rate_limit_user != COUNTS[i].count) {
            fail_msg("\"%s\": %lld", COUNTS[i].text,
                     (long long)info.rate_limit_user);
        }
    }
}

static void headers_keep_their_order_and_their_doubles(void **state)
{
    struct fixture *fixture = *state;
    chutes_response_info info;

    add(fixture, "Via", "1.1 a");
    add(fixture, "Empty", "");
    add(fixture, "via", "1.1 b");
    info = describe(fixture);
    assert_int_equal(info.header_count, 3);
    assert_string_equal(info.headers[0]->name, "Via");
    assert_string_equal(info.headers[1]->value, "");
    assert_string_equal(info.headers[2]->value, "1.1 b");
    assert_string_equal(chutes_response_header(&info, "VIA"), "1.1 a");
    assert_string_equal(chutes_response_header(&info, "empty"), "");
    assert_null(chutes_response_header(&info, "absent"));
    assert_null(chutes_response_header(&info, ""));
    assert_null(chutes_response_header(&info, NULL));
    assert_null(chutes_response_header(NULL, "via"));
}

static void the_invocation_id_wins_over_x_request_id(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(chutes__header_list_request_id(&fixture->list), "");
    add(fixture, "x-request-id", "second best");
    assert_string_equal(chutes__header_list_request_id(&fixture->list),
                        "second best");
    add(fixture, "X-Chutes-InvocationID", "best");
    assert_string_equal(chutes__header_list_request_id(&fixture->list), "best");
}

static void gateways_name_the_request_too(void **state)
{
    /* The later header wins. */
    static const char *const names[] = {
        "x-correlation-id",
        "x-amzn-requestid",
        "apim-request-id",
        "request-id",
        "X-LiteLLM-Call-ID",
        "x-request-id",
        "llm_provider-x-chutes-invocationid",
        "X-Chutes-InvocationID",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        add(fixture, names[i], names[i]);
        assert_string_equal(chutes__header_list_request_id(&fixture->list),
                            names[i]);
    }
}

static void an_empty_id_is_none(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "X-Chutes-InvocationID", "");
    add(fixture, "x-litellm-call-id", "that");
    assert_string_equal(chutes__header_list_request_id(&fixture->list), "that");
}

static void a_date_counts_from_the_answers_own(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), -1);
    add(fixture, "Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 10000);
    assert_true(chutes__header_list_retry_after_is_date(&fixture->list));
    add(fixture, "retry-after-ms", "20");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 20);
    assert_false(chutes__header_list_retry_after_is_date(&fixture->list));
}

static void retry_after_ms_wins_when_it_says_something(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "Retry-After", "3");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 3000);
    add(fixture, "retry-after-ms", "250");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 250);
    memset(&fixture->list, 0, sizeof(fixture->list));
    add(fixture, "retry-after-ms", "soon");
    add(fixture, "retry-after", "4");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 4000);
}

static void litellm_names_the_header_of_its_server_differently(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "llm_provider-retry-after", "7");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 7000);
    assert_false(chutes__header_list_retry_after_is_date(&fixture->list));
    add(fixture, "retry-after", "3");
    assert_int_equal(chutes__header_list_retry_after_ms(&fixture->list), 3000);
}

static void bytes_are_copied(void **state)
{
    struct fixture *fixture = *state;
    char name[] = "Name";
    char value[] = "value";

    add(fixture, name, value);
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
    assert_string_equal(chutes__header_list_find(&fixture->list, "name"),
                        "value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_headers_everything_is_unknown,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_chutes_sends_is_found_in_any_case,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_count_is_digits_or_inf, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            headers_keep_their_order_and_their_doubles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_invocation_id_wins_over_x_request_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gateways_name_the_request_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_empty_id_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_date_counts_from_the_answers_own,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            retry_after_ms_wins_when_it_says_something, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            litellm_names_the_header_of_its_server_differently, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(bytes_are_copied, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
