/* SPDX-License-Identifier: MIT */
#include "request/request.h"
#include "test.h"

#include <string.h>

#include "request_job.h"

static void a_refused_request_is_tried_again_after_a_wait(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    fake_engine_set_random(100);
    job_begin(&job);
    fake_engine_step();
    fake_engine_answer(0, JOB_BUSY);
    assert_int_equal(job.dones, 0);
    assert_int_equal(job.restarts, 1);
    assert_int_equal(job_scene.limiter.active, 0); /* a wait holds no turn */
    fake_engine_pass(99);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(1, JOB_FINE);
    assert_string_equal(job.data, "fine");
    job_expect_end(&job, CHUTES_OK, 2);
    job_close_scene();
}

static void the_server_says_how_long_to_wait(void **state)
{
    static const struct fake_answer later = {503, "Retry-After: 7", NULL};
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    fake_engine_answer(0, later);
    fake_engine_pass(6999);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(1, JOB_FINE);
    job_expect_end(&job, CHUTES_OK, 2);
    job_close_scene();
}

static void attempts_end_with_the_rules(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fake_engine_started(), i + 1);
        fake_engine_answer(i, JOB_BUSY);
        fake_engine_pass(8000);
    }
    assert_int_equal(fake_engine_started(), 3);
    assert_non_null(strstr(job.error.message, "busy"));
    assert_int_equal(job.error.http_status, 503);
    job_expect_end(&job, CHUTES_ERR_CAPACITY, 3);
    job_close_scene();
}

static void an_empty_budget_allows_no_retry(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    while (chutes__retry_budget_take(&job_scene.budget,
                                     CHUTES_OUTCOME_ANSWERED) > 0) {
    }
    job_begin(&job);
    fake_engine_step();
    fake_engine_answer(0, JOB_BUSY);
    job_expect_end(&job, CHUTES_ERR_CAPACITY, 1);
    job_close_scene();
}

static void nothing_is_sent_again_behind_an_event(void **state)
{
    static const bool commits[] = {false, true};

    (void)state;
    for (size_t i = 0; i < COUNT(commits); i++) {
        struct job job;

        job_open_scene(0, 0);
        job_begin(&job);
        job.options.rules.retry.policy = CHUTES_RETRY_OPENAI;
        job.request.options.rules.retry.policy = CHUTES_RETRY_OPENAI;
        job.commits = commits[i];
        fake_engine_step();
        assert_int_equal(fake_engine_begin_answer(0, JOB_FINE), CHUTES_OK);
        fake_engine_end(0, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT, "");
        fake_engine_pass(0);
        if (commits[i]) {
            job_expect_end(&job, CHUTES_ERR_CONNECT, 1);
        } else {
            fake_engine_answer(1, JOB_FINE);
            job_expect_end(&job, CHUTES_OK, 2);
        }
        job_close_scene();
    }
}

static void another_model_is_asked_at_once(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(1, 0);
    job_begin(&job);
    job.next_model = "other";
    fake_engine_step();
    assert_string_equal(job.request.model, "m");
    fake_engine_answer(0, JOB_BUSY);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);
    assert_string_equal(job.request.model, "other");
    assert_int_equal(job.request.fallbacks, 1);
    fake_engine_answer(1, JOB_FINE);
    job_expect_end(&job, CHUTES_OK, 2);
    job_close_scene();
}

/* on_attempt may have cancelled the call, which the loop notices before its
 * next step. */
static void no_model_is_asked_before_the_next_step(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    job.next_model = "other";
    fake_engine_step();
    fake_engine_answer(0, JOB_BUSY);
    chutes__request_cancel(&job.request);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    job_expect_end(&job, CHUTES_ERR_CANCELLED, 1);
    job_close_scene();
}

static void one_that_stands_back_waits_to_be_called(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    job.crowding = CHUTES__CROWDING_WAIT;
    fake_engine_step();
    fake_engine_answer(0, JOB_CROWD);
    fake_engine_pass(3600000);
    assert_int_equal(fake_engine_started(), 1);
    chutes__request_call_up(&job.request);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);

    /* Calling it early has no effect. */
    fake_engine_answer(1, JOB_CROWD);
    chutes__request_call_up(&job.request);
    fake_engine_pass(19);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 3);

    /* Other failures are retried as usual. */
    fake_engine_answer(2, JOB_BUSY);
    fake_engine_pass(0);
    fake_engine_answer(3, JOB_FINE);
    assert_int_equal(job.request.stood_back, 2);
    job_expect_end(&job, CHUTES_OK, 4);
    job_close_scene();
}

static void a_rejected_one_ends_if_its_receiver_wants_no_more(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    job.crowding = CHUTES__CROWDING_END;
    fake_engine_step();
    fake_engine_answer(0, JOB_BUSY);
    fake_engine_pass(0);
    fake_engine_answer(1, JOB_CROWD);
    job_expect_end(&job, CHUTES_ERR_RATE_LIMITED, 2);
    job_close_scene();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_request_is_tried_again_after_a_wait),
        cmocka_unit_test(the_server_says_how_long_to_wait),
        cmocka_unit_test(attempts_end_with_the_rules),
        cmocka_unit_test(an_empty_budget_allows_no_retry),
        cmocka_unit_test(nothing_is_sent_again_behind_an_event),
        cmocka_unit_test(another_model_is_asked_at_once),
        cmocka_unit_test(no_model_is_asked_before_the_next_step),
        cmocka_unit_test(one_that_stands_back_waits_to_be_called),
        cmocka_unit_test(a_rejected_one_ends_if_its_receiver_wants_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
