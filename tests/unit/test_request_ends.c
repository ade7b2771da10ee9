/* SPDX-License-Identifier: MIT */
#include "request/request.h"
#include "test.h"

#include <string.h>

#include "request_job.h"

enum phase {
    STARTED, /* the engine wasn't stepped since */
    WAITING, /* waits for its turn */
    RUNNING,
    BACKING_OFF,
    STANDING_BACK,
    PHASES
};

/* Starts two jobs and brings the second into `phase`. If the second waits for
 * its turn, the first holds the only one. */
static void enter(enum phase phase, struct job jobs[2], int64_t total_ms)
{
    job_open_scene(phase == WAITING ? 1 : 0, 0);
    fake_engine_set_random(400);
    job_begin(&jobs[0]);
    fake_engine_step();
    job_init(&jobs[1]);
    jobs[1].options.rules.clocks.total_ms = total_ms;
    jobs[1].crowding =
        phase == STANDING_BACK ? CHUTES__CROWDING_WAIT : CHUTES__CROWDING_NONE;
    job_start(&jobs[1]);
    if (phase == STARTED) {
        return;
    }
    fake_engine_step();
    if (phase == BACKING_OFF) {
        fake_engine_answer(1, JOB_BUSY);
    } else if (phase == STANDING_BACK) {
        fake_engine_answer(1, (struct fake_answer){429, NULL, "{}"});
    }
    assert_int_equal(jobs[1].dones, 0);
}

static void leave(struct job jobs[2])
{
    fake_engine_answer(0, JOB_FINE);
    chutes__request_queue_run(&job_scene.queue);
    fake_engine_pass(10000);
    job_expect_end(&jobs[0], CHUTES_OK, 1);
    job_close_scene();
}

static void a_cancelled_request_ends_once_in_each_phase(void **state)
{
    static const int attempts[PHASES] = {0, 0, 1, 1, 1};
    static const int http_status[PHASES] = {0, 0, 0, 503, 429};

    (void)state;
    for (int phase = STARTED; phase < PHASES; phase++) {
        struct job jobs[2];

        enter((enum phase)phase, jobs, 0);
        chutes__request_cancel(&jobs[1].request);
        chutes__request_cancel(&jobs[1].request);
        assert_int_equal(jobs[1].dones, 0); /* not called from inside */
        fake_engine_step();
        assert_int_equal(jobs[1].dones, 1);
        chutes__request_cancel(&jobs[1].request); /* too late: ignored */
        fake_engine_step();
        assert_int_equal(jobs[1].error.http_status, http_status[phase]);
        assert_int_equal(fake_engine_started(), 1 + attempts[phase]);
        job_expect_end(&jobs[1], CHUTES_ERR_CANCELLED, attempts[phase]);
        leave(jobs);
    }
}

static void a_call_cancelled_in_the_same_step_is_not_sent(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    job.is_cancelled = true;
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 0);
    job_expect_end(&job, CHUTES_ERR_CANCELLED, 0);
    job_close_scene();
}

/* A cancelled request must not use a turn that it has been given. */
static void a_cancelled_request_takes_no_turn(void **state)
{
    struct job jobs[2];

    (void)state;
    enter(WAITING, jobs, 0);
    chutes__request_cancel(&jobs[1].request);
    fake_engine_answer(0, JOB_FINE);
    chutes__request_queue_run(&job_scene.queue);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    job_expect_end(&jobs[1], CHUTES_ERR_CANCELLED, 0);
    job_expect_end(&jobs[0], CHUTES_OK, 1);
    job_close_scene();
}

static void the_deadline_ends_a_request_in_each_phase(void **state)
{
    static const int attempts[PHASES] = {0, 0, 1, 1, 1};

    (void)state;
    for (int phase = STARTED; phase < PHASES; phase++) {
        struct job jobs[2];

        if (phase == RUNNING || phase == BACKING_OFF) {
            continue; /* see below */
        }
        enter((enum phase)phase, jobs, 500);
        if (phase != STARTED) {
            fake_engine_pass(499);
            assert_int_equal(jobs[1].dones, 0);
            fake_engine_pass(1);
        } else {
            /* The engine wasn't stepped meanwhile. */
            fake_engine_skip(500);
            fake_engine_step();
        }
        assert_non_null(strstr(jobs[1].error.message, "500 ms"));
        job_expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, attempts[phase]);
        leave(jobs);
    }
}

/* The transfer enforces the deadline by then. */
static void the_deadline_of_an_attempt_is_final(void **state)
{
    struct job jobs[2];

    (void)state;
    enter(RUNNING, jobs, 500);
    fake_engine_pass(500);
    assert_int_equal(jobs[1].dones, 0);
    fake_engine_end(1, CHUTES_ERR_TIMEOUT, CHUTES_OUTCOME_NOT_SENT, "total");
    assert_string_equal(jobs[1].error.message, "total");
    job_expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, 1);
    leave(jobs);
}

static void the_status_counts_if_the_deadline_ends_the_body(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    assert_int_equal(
        fake_engine_begin_answer(
            0, (struct fake_answer){401, NULL, "{\"detail\":\"bad key\"}"}),
        CHUTES_OK);
    assert_true(fake_engine_attempt(0)->expects_end);
    fake_engine_end(0, CHUTES_ERR_TIMEOUT, CHUTES_OUTCOME_ANSWERED, "total");
    assert_string_equal(job.error.message, "bad key");
    job_expect_end(&job, CHUTES_ERR_AUTH, 1);
    job_close_scene();
}

/* The wait would be 400 ms. */
static void no_wait_is_begun_that_the_deadline_would_end(void **state)
{
    static const struct {
        int64_t total_ms;
        bool waits;
    } rows[] = {{401, true}, {400, false}, {100, false}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct job jobs[2];

        enter(RUNNING, jobs, rows[i].total_ms);
        fake_engine_answer(1, JOB_BUSY);
        assert_int_equal(jobs[1].dones, !rows[i].waits);
        if (rows[i].waits) {
            fake_engine_pass(400);
            fake_engine_answer(2, JOB_FINE);
            job_expect_end(&jobs[1], CHUTES_OK, 2);
        } else {
            job_expect_end(&jobs[1], CHUTES_ERR_CAPACITY, 1);
        }
        leave(jobs);
    }
}

/* The engine is stepped too late for the retry. */
static void a_wait_that_lasted_too_long_is_a_timeout(void **state)
{
    struct job jobs[2];

    (void)state;
    enter(BACKING_OFF, jobs, 500);
    fake_engine_skip(500);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);
    assert_int_equal(jobs[1].error.http_status, 503);
    job_expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, 1);
    leave(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_request_ends_once_in_each_phase),
        cmocka_unit_test(a_call_cancelled_in_the_same_step_is_not_sent),
        cmocka_unit_test(a_cancelled_request_takes_no_turn),
        cmocka_unit_test(the_deadline_ends_a_request_in_each_phase),
        cmocka_unit_test(the_deadline_of_an_attempt_is_final),
        cmocka_unit_test(the_status_counts_if_the_deadline_ends_the_body),
        cmocka_unit_test(no_wait_is_begun_that_the_deadline_would_end),
        cmocka_unit_test(a_wait_that_lasted_too_long_is_a_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
