/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "call.h"
#include "call_parts.h"

#define JSON "answer 200 application/json "
#define USER JSON "{\"user_id\":\"u\",\"username\":\"ada\",\"balance\":7}\n"
#define NEXT "request\n"
#define PLAN JSON "{\"subscription\":false}\n"
#define QUOTAS JSON "{\"*\":200}\n"
#define DISCOUNTS JSON "[]\n"
#define REFUSED \
    "answer 403 application/json {\"detail\":\"not for this key\"}\n"
#define ALL USER NEXT PLAN NEXT QUOTAS NEXT DISCOUNTS

static chutes_account_params at(const char *base_url)
{
    chutes_account_params params = chutes_account_params_default();

    params.base_url = base_url;
    return params;
}

/* Which parts are there, as letters: user, subscription, quotas, discounts. */
static void expect_parts(const chutes_account *it, const char *want)
{
    assert_int_equal(it->user.status == CHUTES_OK, want[0] == 'u');
    assert_int_equal(it->user.raw_json != NULL, want[0] == 'u');
    assert_int_equal(it->user.message[0] == '\0', want[0] == 'u');
    assert_int_equal(it->subscription.status == CHUTES_OK, want[1] == 's');
    assert_int_equal(it->quotas.status == CHUTES_OK, want[2] == 'q');
    assert_int_equal(it->quota_rule_count, want[2] == 'q' ? 1 : 0);
    assert_int_equal(it->discounts.status == CHUTES_OK, want[3] == 'd');
}

static const struct {
    const char *script;
    const char *parts;
    chutes_status status;
    const char *message;
} ROWS[] = {
    {"expect GET /v1/users/me\n"
     "expect-header Authorization: Bearer " CALL_KEY "\n" USER NEXT
     "expect GET /v1/users/me/subscription_usage\n" PLAN NEXT
     "expect GET /v1/users/me/quotas\n" QUOTAS NEXT
     "expect GET /v1/users/me/discounts\n" DISCOUNTS,
     "usqd", CHUTES_OK, ""},
    {REFUSED NEXT PLAN NEXT QUOTAS NEXT REFUSED, "-sq-", CHUTES_OK, ""},
    {USER NEXT REFUSED NEXT REFUSED NEXT REFUSED, "u---", CHUTES_OK, ""},
    /* An error shape with status 200, a wrong type, and a cut answer. */
    {JSON "{\"detail\":\"no\"}\n" NEXT PLAN NEXT QUOTAS NEXT DISCOUNTS, "-sqd",
     CHUTES_OK, ""},
    {USER NEXT PLAN NEXT JSON "[{\"chute_id\":7}]\n" NEXT DISCOUNTS, "us-d",
     CHUTES_OK, ""},
    {USER NEXT PLAN NEXT
     "status 200\nheader Content-Length: 99\nend-headers\nsend {\"*\"\n"
     "fin\nconnection\n" DISCOUNTS,
     "us-d", CHUTES_OK, ""},
    {REFUSED, NULL, CHUTES_ERR_AUTH, "not for this key"},
    {"fin\n", NULL, CHUTES_ERR_CONNECTION_LOST, ""},
};

static void any_part_is_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct call_pair pair = call_open(ROWS[i].script);
        chutes_account_params params = at(peer_url(pair.peer));
        chutes_account *it = NULL;
        chutes_error error;
        chutes_status status =
            chutes_account_get(pair.client, &params, &it, &error);

        if (status != ROWS[i].status || error.status != status ||
            strstr(error.message, ROWS[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(it != NULL, status == CHUTES_OK);
        if (it != NULL) {
            expect_parts(it, ROWS[i].parts);
        }
        chutes_account_free(it);
        call_close(pair);
    }
}

static void a_missing_part_says_why(void **state)
{
    struct call_pair pair = call_open(USER NEXT REFUSED NEXT QUOTAS NEXT PLAN);
    chutes_account_params params = at(peer_url(pair.peer));
    chutes_account *it = NULL;

    (void)state;
    assert_int_equal(chutes_account_get(pair.client, &params, &it, NULL),
                     CHUTES_OK);
    assert_int_equal(it->user.http_status, 200);
    assert_int_equal(it->subscription.status, CHUTES_ERR_AUTH);
    assert_int_equal(it->subscription.http_status, 403);
    assert_non_null(strstr(it->subscription.message, "not for this key"));
    assert_int_equal(it->discounts.status, CHUTES_ERR_PROTOCOL);
    assert_string_equal(it->discounts.message,
                        "[0].discount: missing, or not a number");
    chutes_account_free(it);
    call_close(pair);
}

/* Real parts have less than a kilobyte; the bound is 1 MiB each. */
static void a_part_that_is_too_large_is_the_only_one_missing(void **state)
{
    struct call_pair pair = call_open(
        USER NEXT "status 200\nheader Content-Length: 1048577\nend-headers\n"
                  "body 1048577\nfin\nconnection\n" QUOTAS NEXT DISCOUNTS);
    chutes_account_params params = at(peer_url(pair.peer));
    chutes_account *it = NULL;

    (void)state;
    assert_int_equal(chutes_account_get(pair.client, &params, &it, NULL),
                     CHUTES_OK);
    expect_parts(it, "u-qd");
    assert_int_equal(it->subscription.status, CHUTES_ERR_TOO_LARGE);
    assert_int_equal(it->subscription.http_status, 200);
    assert_string_equal(it->subscription.message,
                        "the answer exceeds its fixed limit (1048576)");
    chutes_account_free(it);
    call_close(pair);
}

static void count(const chutes_attempt *attempt, void *user_data)
{
    (void)attempt;
    (*(int *)user_data)++;
}

static void a_server_that_is_not_there_is_asked_once(void **state)
{
    chutes_client_options options = call_options_for("http://127.0.0.1:1/");
    chutes_account_params params = chutes_account_params_default();
    chutes_client *client;
    int attempts = 0;

    (void)state;
    options.on_attempt = count;
    options.attempt_user_data = &attempts;
    client = call_client(&options);
    params.base_url = "http://127.0.0.1:1/";
    assert_int_equal(chutes_account_get(client, &params, NULL, NULL),
                     CHUTES_ERR_CONNECT);
    assert_int_equal(attempts, 1);
    chutes_client_free(client);
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    struct call_pair pair = call_open(ALL);
    chutes_account_params params = at(peer_url(pair.peer));
    chutes_error error;

    (void)state;
    params.base_url = "ftp://a.example/";
    assert_int_equal(chutes_account_get(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url must begin"));
    params.base_url = "http://a.example/";
    assert_int_equal(chutes_account_get(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url is http"));
    assert_int_equal(chutes_account_get(NULL, &params, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_account_free(NULL);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* ---- as a call of several requests --------------------------------------- */

static chutes_status run(chutes_client *client, const char *base_url)
{
    chutes_account_params params = at(base_url);
    chutes_account *it = NULL;
    chutes_status status = chutes_account_get(client, &params, &it, NULL);

    assert_int_equal(it != NULL, status == CHUTES_OK);
    chutes_account_free(it);
    return status;
}

static void finish(chutes_status status, chutes_account *account,
                   const chutes_error *error, void *user_data)
{
    call_parts_done(user_data, status, account, error);
    chutes_account_free(account);
}

static chutes_status start(chutes_loop *loop, const char *base_url,
                           struct call_parts_end *end, chutes_call **call)
{
    chutes_account_params params = at(base_url);

    return chutes_account_get_start(loop, &params, finish, end, call, NULL);
}

static const struct call_parts PARTS = {
    .script = ALL NEXT USER,
    .mute = USER NEXT "stall\n",
    .run = run,
    .start = start,
};

static void it_runs_on_a_loop(void **state)
{
    (void)state;
    call_parts_expect_on_a_loop(&PARTS);
}

static void the_total_timeout_is_for_all_parts(void **state)
{
    (void)state;
    call_parts_expect_one_total_timeout(&PARTS);
}

static void without_memory_it_ends(void **state)
{
    (void)state;
    call_parts_expect_without_memory(&PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_part_is_enough),
        cmocka_unit_test(a_missing_part_says_why),
        cmocka_unit_test(a_part_that_is_too_large_is_the_only_one_missing),
        cmocka_unit_test(a_server_that_is_not_there_is_asked_once),
        cmocka_unit_test(the_total_timeout_is_for_all_parts),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(it_runs_on_a_loop),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
