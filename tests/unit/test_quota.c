/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "transport/quota.h"

enum { ONE = 1, OTHER = 2, HOST_MAX = 2, TOTAL_MAX = 3, LINKS = 5 };

static struct chutes__quota quota;
static struct chutes__link links[LINKS];

static int set_up(void **state)
{
    (void)state;
    chutes__quota_init(&quota, HOST_MAX, TOTAL_MAX);
    for (int i = 0; i < LINKS; i++) {
        chutes__list_init(&links[i]);
    }
    return 0;
}

static void a_host_and_all_have_their_room(void **state)
{
    (void)state;
    assert_true(chutes__quota_take(&quota, ONE));
    assert_true(chutes__quota_take(&quota, ONE));
    assert_false(chutes__quota_take(&quota, ONE));
    assert_true(chutes__quota_take(&quota, OTHER));
    assert_false(chutes__quota_take(&quota, OTHER));
    chutes__quota_give_back(&quota, ONE);
    assert_true(chutes__quota_take(&quota, OTHER));
    assert_null(chutes__quota_first(&quota));
}

static void first_come_is_first_served(void **state)
{
    (void)state;
    assert_true(chutes__quota_take(&quota, ONE));
    assert_true(chutes__quota_take(&quota, ONE));
    for (int i = 0; i < LINKS; i++) {
        chutes__quota_wait(&quota, ONE, &links[i]);
    }
    assert_null(chutes__quota_next(&quota));
    assert_int_equal(quota.waiting, LINKS);
    chutes__list_remove(&links[1]); /* stops waiting */
    chutes__quota_give_up(&quota);
    for (int i = 0; i < LINKS; i++) {
        chutes__quota_give_back(&quota, ONE);
        if (i != 1) {
            /* Nobody overtakes those that are waiting. */
            assert_false(chutes__quota_take(&quota, ONE));
            assert_ptr_equal(chutes__quota_next(&quota), &links[i]);
            assert_null(chutes__quota_next(&quota));
        } else {
            chutes__quota_take_anyway(&quota, ONE);
        }
    }
    assert_null(chutes__quota_first(&quota));
    assert_int_equal(quota.waiting, 0);
}

static void room_that_nobody_waits_for_is_no_news(void **state)
{
    (void)state;
    assert_true(chutes__quota_take(&quota, ONE));
    chutes__quota_give_back(&quota, ONE);
    assert_false(quota.has_changed);
}

static void who_waits_for_one_host_holds_up_no_other(void **state)
{
    (void)state;
    chutes__quota_take_anyway(&quota, ONE);
    chutes__quota_take_anyway(&quota, ONE);
    chutes__quota_wait(&quota, ONE, &links[0]);
    assert_ptr_equal(chutes__quota_first(&quota), &links[0]);
    assert_true(chutes__quota_take(&quota, OTHER));
    chutes__quota_wait(&quota, OTHER, &links[1]);
    chutes__quota_give_back(&quota, OTHER);
    assert_ptr_equal(chutes__quota_next(&quota), &links[1]);
    assert_null(chutes__quota_next(&quota));
}

static void hosts_that_share_the_total_take_turns(void **state)
{
    (void)state;
    for (int i = 0; i < TOTAL_MAX; i++) {
        chutes__quota_take_anyway(&quota, OTHER + 1);
    }
    for (int i = 0; i < LINKS; i++) {
        chutes__quota_wait(&quota, i == LINKS - 1 ? OTHER : ONE, &links[i]);
    }
    chutes__quota_give_back(&quota, OTHER + 1);
    assert_ptr_equal(chutes__quota_next(&quota), &links[0]);
    chutes__quota_give_back(&quota, ONE);
    assert_ptr_equal(chutes__quota_next(&quota), &links[LINKS - 1]);
    chutes__quota_give_back(&quota, OTHER);
    assert_ptr_equal(chutes__quota_next(&quota), &links[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_host_and_all_have_their_room, set_up),
        cmocka_unit_test_setup(first_come_is_first_served, set_up),
        cmocka_unit_test_setup(room_that_nobody_waits_for_is_no_news, set_up),
        cmocka_unit_test_setup(who_waits_for_one_host_holds_up_no_other,
                               set_up),
        cmocka_unit_test_setup(hosts_that_share_the_total_take_turns, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
