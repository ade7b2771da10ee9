/* SPDX-License-Identifier: MIT */
#include "request/request.h"
#include "test.h"

#include "request_job.h"

static void turns_are_given_in_order(void **state)
{
    struct job jobs[3];

    (void)state;
    job_open_scene(1, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        job_begin(&jobs[i]);
    }
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    assert_int_equal(chutes__request_queue_waiting(&job_scene.queue), 2);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        fake_engine_answer(i, JOB_FINE);
        job_expect_end(&jobs[i], CHUTES_OK, 1);
        assert_int_equal(fake_engine_was_rung(), i + 1 < COUNT(jobs));
        chutes__request_queue_run(&job_scene.queue);
        assert_int_equal(fake_engine_started(),
                         i + 1 < COUNT(jobs) ? i + 2 : COUNT(jobs));
    }
    job_close_scene();
}

static void one_run_gives_all_free_turns(void **state)
{
    struct job jobs[4];

    (void)state;
    job_open_scene(2, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        job_begin(&jobs[i]);
    }
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(0, JOB_FINE);
    fake_engine_answer(1, JOB_FINE);
    chutes__request_queue_run(&job_scene.queue);
    assert_int_equal(fake_engine_started(), 4);
    fake_engine_answer(2, JOB_FINE);
    fake_engine_answer(3, JOB_FINE);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        job_expect_end(&jobs[i], CHUTES_OK, 1);
    }
    job_close_scene();
}

static void a_rate_spreads_turns(void **state)
{
    struct job jobs[3];

    (void)state;
    job_open_scene(0, 10);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        job_begin(&jobs[i]);
    }
    fake_engine_pass(99);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    chutes__request_queue_run(&job_scene.queue);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_pass(100);
    assert_int_equal(fake_engine_started(), 3);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        fake_engine_answer(i, JOB_FINE);
        job_expect_end(&jobs[i], CHUTES_OK, 1);
    }
    job_close_scene();
}

/* One is under way, one waits for its turn, one isn't metered, and one starts
 * when the budget is spent. */
static void a_refused_request_takes_no_turn(void **state)
{
    struct job jobs[4];

    (void)state;
    job_open_scene(1, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        job_init(&jobs[i]);
        jobs[i].options.is_metered = i != 2;
    }
    job_start(&jobs[0]);
    job_start(&jobs[1]);
    job_start(&jobs[2]);
    fake_engine_step();
    job_scene.is_spent = true;
    job_start(&jobs[3]);
    fake_engine_step();
    job_expect_end(&jobs[3], CHUTES_ERR_QUOTA, 0);
    fake_engine_answer(0, JOB_FINE);
    chutes__request_queue_run(&job_scene.queue);
    job_expect_end(&jobs[0], CHUTES_OK, 1);
    job_expect_end(&jobs[1], CHUTES_ERR_QUOTA, 0);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(1, JOB_FINE);
    job_expect_end(&jobs[2], CHUTES_OK, 1);
    job_close_scene();
}

/* The engine may not have been stepped yet. */
static void before_a_step_it_has_no_place_in_the_queue(void **state)
{
    struct job jobs[2];

    (void)state;
    job_open_scene(1, 0);
    job_begin(&jobs[0]);
    assert_true(chutes__list_is_empty(&job_scene.limiter.queue));
    chutes__request_cancel(&jobs[0].request);
    job_begin(&jobs[1]);
    fake_engine_step();
    job_expect_end(&jobs[0], CHUTES_ERR_CANCELLED, 0);
    fake_engine_answer(0, JOB_FINE);
    job_expect_end(&jobs[1], CHUTES_OK, 1);
    job_close_scene();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_given_in_order),
        cmocka_unit_test(one_run_gives_all_free_turns),
        cmocka_unit_test(a_rate_spreads_turns),
        cmocka_unit_test(a_refused_request_takes_no_turn),
        cmocka_unit_test(before_a_step_it_has_no_place_in_the_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
