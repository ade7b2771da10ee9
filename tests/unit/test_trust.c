/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "transport/trust.h"

enum { KIND = CHUTES__TRUST_EVENTS, MS = 1000 };

static struct chutes__trust trust;
static uint64_t origin;
static int64_t now_us;

static int set_up(void **state)
{
    (void)state;
    assert_true(chutes__trust_init(&trust));
    origin = chutes__trust_origin("https://a.example/v1/");
    now_us = 1000000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    chutes__trust_dispose(&trust);
    return 0;
}

static void expect(int64_t idle_ms, enum chutes__trust_advice advice)
{
    assert_int_equal(
        chutes__trust_ask(&trust, origin, KIND, idle_ms * MS, now_us), advice);
}

static void see(bool is_open, int64_t idle_ms)
{
    chutes__trust_saw(&trust, origin, KIND, is_open, idle_ms * MS, now_us);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
    (void)state;
    assert_int_equal(chutes__trust_origin("https://a.example/v1/x?y"), origin);
    assert_int_equal(chutes__trust_origin("https://a.example"), origin);
    assert_int_not_equal(chutes__trust_origin("http://a.example/v1/"), origin);
    assert_int_not_equal(chutes__trust_origin("https://a.example:1/"), origin);
    assert_int_not_equal(chutes__trust_origin("https://b.example/v1/"), origin);
    assert_int_not_equal(chutes__trust_origin(""), 0);
}

static void what_stays_open_is_used_at_once(void **state)
{
    (void)state;
    expect(0, CHUTES__TRUST_WAIT);
    expect(5, CHUTES__TRUST_USE);
    see(true, 4); /* too early to judge */
    expect(0, CHUTES__TRUST_WAIT);
    see(true, 5);
    expect(0, CHUTES__TRUST_USE);
    /* Only for this kind of connection. */
    assert_int_equal(chutes__trust_ask(&trust, origin, 0, 0, now_us),
                     CHUTES__TRUST_WAIT);
    /* A server may close an unused connection. */
    see(false, 60000);
    expect(0, CHUTES__TRUST_USE);
}

static void what_was_closed_is_suspect_for_longer_each_time(void **state)
{
    (void)state;
    for (int64_t s = 10; s <= 1280; s *= 2) {
        see(false, 6);
        expect(0, CHUTES__TRUST_AVOID);
        expect(199, CHUTES__TRUST_AVOID);
        expect(200, CHUTES__TRUST_USE);
        now_us += s * 1000 * MS - 1;
        expect(0, CHUTES__TRUST_AVOID);
        now_us += 1;
        expect(0, CHUTES__TRUST_WAIT);
    }
    see(true, 5);
    expect(0, CHUTES__TRUST_USE);
}

static void a_loss_has_it_seen_anew_and_for_longer(void **state)
{
    (void)state;
    see(true, 5);
    chutes__trust_lost(&trust, origin, KIND, 200 * MS, now_us); /* is normal */
    expect(0, CHUTES__TRUST_USE);
    chutes__trust_lost(&trust, origin, KIND, 199 * MS, now_us);
    expect(9, CHUTES__TRUST_WAIT);
    expect(10, CHUTES__TRUST_USE);
    for (int i = 0; i < 5; i++) {
        expect(0, CHUTES__TRUST_WAIT);
        see(true, 1000);
        chutes__trust_lost(&trust, origin, KIND, 0, now_us);
    }
    assert_int_equal(chutes__trust_settle_us(&trust, origin, KIND), 160 * MS);
    expect(0, CHUTES__TRUST_AVOID);
}

static void the_oldest_origin_makes_way(void **state)
{
    (void)state;
    see(true, 5);
    for (uint64_t i = 1; i < CHUTES__TRUST_ORIGINS; i++) {
        (void)chutes__trust_ask(&trust, origin + i, KIND, 0, now_us);
    }
    expect(0, CHUTES__TRUST_USE);
    (void)chutes__trust_ask(&trust, origin + 100, KIND, 0, now_us);
    expect(0, CHUTES__TRUST_WAIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_origin_is_scheme_host_and_port,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stays_open_is_used_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            what_was_closed_is_suspect_for_longer_each_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_loss_has_it_seen_anew_and_for_longer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_origin_makes_way, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
