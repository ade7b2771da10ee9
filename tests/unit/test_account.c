/* SPDX-License-Identifier: MIT */
#include "codec/account.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/buf.h"
#include "base/error.h"
#include "fixture.h"

enum { USER, SUBSCRIPTION, QUOTAS, DISCOUNTS };

struct scene {
    struct chutes__arena arena;
    chutes_account account;
    chutes_error error;
};

static void begin(struct scene *scene)
{
    chutes__arena_init(&scene->arena);
    chutes__account_clear(&scene->account);
}

static chutes_status decode(struct scene *scene, size_t part, const char *text)
{
    chutes__error_clear(&scene->error);
    return chutes__decode_account(part, chutes__slice_of(text), 64,
                                  &scene->arena, &scene->account,
                                  &scene->error);
}

static void decode_file(struct scene *scene, size_t part, const char *name)
{
    char *text = fixture_read(name, NULL);

    assert_int_equal(decode(scene, part, text), CHUTES_OK);
    free(text);
}

static void all_parts_are_read(void **state)
{
    struct scene scene;
    const chutes_account *it = &scene.account;

    (void)state;
    begin(&scene);
    decode_file(&scene, USER, "codec/account/user.json");
    decode_file(&scene, SUBSCRIPTION, "codec/account/subscription.json");
    decode_file(&scene, QUOTAS, "codec/account/quotas.json");
    decode_file(&scene, DISCOUNTS, "codec/account/discounts.json");
    assert_string_equal(it->username, "ada");
    assert_string_equal(it->user_id, "0d4c1e5e-5f5c-5a6e-9d3c-7f3a0f8f4c11");
    assert_string_equal(it->payment_address, "5Pay");
    assert_int_equal(it->created_at, 1772366400);
    assert_true(it->has_balance == 1 && it->balance_usd == -1.25);
    assert_true(it->has_subscription == 1 && it->monthly_price_usd == 10);
    assert_true(it->four_hours.usage_usd == 0.5);
    assert_true(it->four_hours.cap_usd == 4.1667);
    assert_true(it->four_hours.remaining_usd == 3.6667);
    assert_int_equal(it->four_hours.reset_at, 4 * 3600);
    assert_true(it->month.usage_usd == 7 && it->month.cap_usd == 50);
    assert_int_equal(it->month.reset_at, 30 * 86400);
    assert_int_equal(it->quota_rule_count, 2);
    assert_string_equal(it->quota_rules[0]->chute_id, "*");
    assert_true(it->quota_rules[0]->value == 200);
    assert_string_equal(it->quota_rules[1]->chute_id, "c-1");
    assert_int_equal(it->discount_rule_count, 1);
    assert_true(it->discount_rules[0]->value == 0.25);
    chutes__arena_dispose(&scene.arena);
}

static void what_is_missing_has_its_default(void **state)
{
    struct scene scene;
    const chutes_account *it = &scene.account;

    (void)state;
    begin(&scene);
    assert_int_equal(decode(&scene, USER,
                            "{\"user_id\":\"u\",\"balance\":\"3\","
                            "\"created_at\":\"soon\",\"username\":7}"),
                     CHUTES_OK);
    assert_int_equal(decode(&scene, SUBSCRIPTION, "{\"subscription\":false}"),
                     CHUTES_OK);
    assert_int_equal(decode(&scene, QUOTAS, "{}"), CHUTES_OK);
    assert_int_equal(decode(&scene, DISCOUNTS, "[]"), CHUTES_OK);
    assert_string_equal(it->username, "");
    assert_string_equal(it->payment_address, "");
    assert_int_equal(it->has_balance, 0);
    assert_int_equal(it->created_at, -1);
    assert_int_equal(it->has_subscription, 0);
    assert_true(it->monthly_price_usd == -1 && it->month.cap_usd == -1);
    assert_int_equal(it->month.reset_at, -1);
    assert_int_equal(it->quota_rule_count + it->discount_rule_count, 0);
    assert_int_equal(decode(&scene, QUOTAS, "{\"*\":200,\"c\":1e3}"),
                     CHUTES_OK);
    assert_int_equal(it->quota_rule_count, 2);
    assert_string_equal(it->quota_rules[1]->chute_id, "c");
    assert_true(it->quota_rules[1]->value == 1000);
    assert_int_equal(decode(&scene, SUBSCRIPTION,
                            "{\"subscription\":true,\"four_hour\":7,"
                            "\"monthly\":{\"cap\":1e999,\"reset_at\":99}}"),
                     CHUTES_OK);
    assert_true(it->four_hours.usage_usd == -1 && it->month.cap_usd == -1);
    assert_int_equal(it->month.reset_at, 99);
    chutes__arena_dispose(&scene.arena);
}

static const struct {
    size_t part;
    const char *text;
    const char *message;
} BAD[] = {
    {USER, "{}", "user_id: missing, or not a string"},
    {USER, "[]", "user_id: missing, or not a string"},
    {USER, "{\"user_id\":7}", "user_id: missing, or not a string"},
    {SUBSCRIPTION, "{\"subscription\":\"yes\"}",
     "subscription: missing, or not true or false"},
    {SUBSCRIPTION, "null", "subscription: missing, or not true or false"},
    {QUOTAS, "7", "neither a list nor an object"},
    {QUOTAS, "[7]", "[0].chute_id: missing, or not a string"},
    {QUOTAS, "{\"*\":1,\"c\":null}", "[1].quota: missing, or not a number"},
    {DISCOUNTS, "[{\"chute_id\":\"*\",\"quota\":1}]",
     "[0].discount: missing, or not a number"},
    {DISCOUNTS, "{\"*\":1e999}", "[0].discount: missing, or not a number"},
};

static void a_wrong_type_is_named_and_nothing_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        struct scene scene;
        chutes_account before;

        begin(&scene);
        before = scene.account;
        assert_int_equal(decode(&scene, BAD[i].part, BAD[i].text),
                         CHUTES_ERR_PROTOCOL);
        assert_string_equal(scene.error.message, BAD[i].message);
        assert_memory_equal(&scene.account, &before, sizeof(before));
        chutes__arena_dispose(&scene.arena);
    }
}

static void rules_have_a_limit(void **state)
{
    struct scene scene;

    (void)state;
    for (size_t count = 1024; count <= 1025; count++) {
        struct chutes__buf text;

        chutes__buf_init(&text, SIZE_MAX);
        assert_int_equal(chutes__buf_append_str(&text, "{\"\":0"), CHUTES_OK);
        for (size_t i = 1; i < count; i++) {
            assert_int_equal(chutes__buf_append_str(&text, ",\"\":0"),
                             CHUTES_OK);
        }
        assert_int_equal(chutes__buf_append_str(&text, "}"), CHUTES_OK);
        begin(&scene);
        assert_int_equal(decode(&scene, QUOTAS, text.data),
                         count == 1024 ? CHUTES_OK : CHUTES_ERR_TOO_LARGE);
        chutes__arena_dispose(&scene.arena);
        chutes__buf_dispose(&text);
    }
    assert_string_equal(scene.error.message, "there are more than 1024 rules");
}

static void any_allocation_may_fail(void **state)
{
    static const char *const texts[] = {
        "{\"user_id\":\"u\",\"username\":\"n\",\"payment_address\":\"p\"}",
        "{\"subscription\":true}", "{\"*\":1}", "{\"*\":1}"};

    (void)state;
    for (size_t part = 0; part < COUNT(texts); part++) {
        chutes_status status = CHUTES_ERR_NO_MEMORY;

        for (long i = 1; status == CHUTES_ERR_NO_MEMORY; i++) {
            struct scene scene;

            begin(&scene);
            alloc_fail_at(i);
            status = decode(&scene, part, texts[part]);
            alloc_fail_off();
            assert_int_equal(status, scene.error.status);
            chutes__arena_dispose(&scene.arena);
        }
        assert_int_equal(status, CHUTES_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_are_read),
        cmocka_unit_test(what_is_missing_has_its_default),
        cmocka_unit_test(a_wrong_type_is_named_and_nothing_is_kept),
        cmocka_unit_test(rules_have_a_limit),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
