/* SPDX-License-Identifier: MIT */
#include "request/request.h"
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "request_job.h"

/* ---- one attempt --------------------------------------------------------- */

static void sends_what_it_was_given(void **state)
{
    static const char *const more[] = {"X-Own: 1"};
    struct job job;
    struct fake_attempt *attempt;

    (void)state;
    job_open_scene(0, 0);
    job_scene.config.user_agent = "User-Agent: u";
    job_scene.config.headers = more;
    job_scene.config.header_count = 1;
    job_begin(&job);
    fake_engine_step();
    attempt = fake_engine_attempt(0);
    assert_string_equal(attempt->url, "https://a.example/v1/chat");
    assert_string_equal(attempt->headers,
                        "Authorization: Bearer open-sesame-1234|Accept: x|"
                        "Content-Type: application/json|User-Agent: u|"
                        "X-Own: 1|");
    assert_true(attempt->is_post);
    assert_string_equal(attempt->body, "{}");
    fake_engine_answer(0, JOB_FINE);
    assert_string_equal(job.data, "fine");
    job_expect_end(&job, CHUTES_OK, 1);
    job_close_scene();
}

static void a_body_is_posted_unless_the_method_is_given(void **state)
{
    const struct chutes__body_source source = {.len = 1};
    const struct chutes__buf body = {.len = 1};
    const struct {
        struct chutes__request_options options;
        const char *method;
    } rows[] = {
        {{.method = NULL}, "GET"},
        {{.body = &body}, "POST"},
        {{.source = &source}, "POST"},
        {{.source = &source, .method = "PUT"}, "PUT"},
        {{.method = "DELETE"}, "DELETE"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct chutes__request request = {.options = rows[i].options};

        assert_string_equal(chutes__request_method(&request), rows[i].method);
    }
}

static void leaves_in_the_first_step(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(1, 0);
    job_begin(&job);
    assert_int_equal(fake_engine_started(), 0);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_answer(0, JOB_FINE);
    job_expect_end(&job, CHUTES_OK, 1);
    job_close_scene();
}

static int refuse_key(char *key, size_t size, void *user_data)
{
    (void)key;
    (void)size;
    (void)user_data;
    return 1;
}

static void without_a_key_nothing_is_started(void **state)
{
    struct job job;
    chutes_error error;

    (void)state;
    job_open_scene(0, 0);
    job_scene.config.options.api_key_fn = refuse_key;
    job_init(&job);
    chutes__error_clear(&error);
    assert_int_equal(chutes__request_start(&job.request, &job_scene.queue,
                                           &job.options, &error),
                     CHUTES_ERR_CONFIG);
    assert_int_equal(error.status, CHUTES_ERR_CONFIG);
    fake_engine_step();
    assert_int_equal(job.dones, 0);
    job_free(&job);
    job_close_scene();
}

static void a_failed_start_of_an_attempt_ends_it(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(1, 0);
    job_begin(&job);
    fake_engine_fail_starts(CHUTES_ERR_INTERNAL);
    fake_engine_step();
    assert_string_equal(job.error.message, "the start failed");
    job_expect_end(&job, CHUTES_ERR_INTERNAL, 0);
    job_close_scene();
}

static void count_span(chutes_span *span, void *user_data)
{
    (void)span;
    ++*(int *)user_data;
}

static void cancel_job(chutes_span *span, void *user_data)
{
    (void)span;
    ((struct job *)user_data)->is_cancelled = true;
}

/* Begins a job with the span of a call, whose tracer sees attempts only. */
static void begin_traced(struct job *job, const chutes_tracer *tracer)
{
    job_init(job);
    job->options.span = chutes__span_new(tracer, CHUTES_SPAN_CLIENT, NULL);
    assert_non_null(job->options.span);
    job_start(job);
}

static void end_traced(struct job *job, chutes_status status, int attempts)
{
    struct chutes__span *span = job->options.span;

    job_expect_end(job, status, attempts);
    span->tracer.end = NULL;
    chutes__span_close(span, status);
}

static void the_span_of_a_failed_start_ends(void **state)
{
    chutes_tracer tracer = chutes_tracer_default();
    struct job job;
    int ends = 0;

    (void)state;
    job_open_scene(1, 0);
    tracer.end = count_span;
    tracer.user_data = &ends;
    begin_traced(&job, &tracer);
    fake_engine_fail_starts(CHUTES_ERR_INTERNAL);
    fake_engine_step();
    assert_int_equal(ends, 1);
    end_traced(&job, CHUTES_ERR_INTERNAL, 0);
    job_close_scene();
}

static void a_tracer_may_cancel_what_begins(void **state)
{
    chutes_tracer tracer = chutes_tracer_default();
    struct job job;

    (void)state;
    job_open_scene(1, 0);
    tracer.begin = cancel_job;
    tracer.user_data = &job;
    begin_traced(&job, &tracer);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 0);
    assert_int_equal(job.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    end_traced(&job, CHUTES_ERR_CANCELLED, 0);
    job_close_scene();
}

static void a_pause_holds_for_the_attempt_that_follows(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    chutes__request_pause(&job.request);
    fake_engine_step();
    assert_true(fake_engine_attempt(0)->is_paused);
    chutes__request_resume(&job.request);
    assert_false(fake_engine_attempt(0)->is_paused);
    chutes__request_pause(&job.request);
    chutes__request_pull(&job.request);
    assert_false(fake_engine_attempt(0)->is_paused);
    fake_engine_answer(0, JOB_FINE);
    job_expect_end(&job, CHUTES_OK, 1);
    job_close_scene();
}

/* ---- the error ----------------------------------------------------------- */

static void each_request_has_an_error_of_its_own(void **state)
{
    static const struct fake_answer first = {200, NULL, "one"};
    static const struct fake_answer second = {200, NULL, "two"};
    struct job jobs[2];

    (void)state;
    job_open_scene(0, 0);
    for (size_t i = 0; i < 2; i++) {
        job_begin(&jobs[i]);
        jobs[i].data_status = CHUTES_ERR_PROTOCOL;
    }
    fake_engine_step();
    /* Both fail before either end is reported. */
    assert_int_equal(fake_engine_begin_answer(0, first), CHUTES_ERR_PROTOCOL);
    assert_int_equal(fake_engine_begin_answer(1, second), CHUTES_ERR_PROTOCOL);
    fake_engine_end(1, CHUTES_ERR_PROTOCOL, CHUTES_OUTCOME_ANSWERED, "");
    fake_engine_end(0, CHUTES_ERR_PROTOCOL, CHUTES_OUTCOME_ANSWERED, "");
    assert_string_equal(jobs[0].error.message, "data of one");
    assert_string_equal(jobs[1].error.message, "data of two");
    job_expect_end(&jobs[0], CHUTES_ERR_PROTOCOL, 1);
    job_expect_end(&jobs[1], CHUTES_ERR_PROTOCOL, 1);
    job_close_scene();
}

static void an_error_is_forgotten_by_the_next_attempt(void **state)
{
    static const struct fake_answer busy = {
        503, "x-request-id: r1",
        "{\"error\":{\"message\":\"b\",\"code\":\"c\"}}"};
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    fake_engine_answer(0, busy);
    fake_engine_pass(1);
    fake_engine_end(1, CHUTES_ERR_TLS, CHUTES_OUTCOME_MAYBE_SENT, "no trust");
    assert_string_equal(job.error.message, "no trust");
    assert_string_equal(job.error.code, "");
    assert_string_equal(job.error.request_id, "");
    assert_int_equal(job.error.http_status, 0);
    job_expect_end(&job, CHUTES_ERR_TLS, 2);
    job_close_scene();
}

static void the_key_is_never_in_the_error(void **state)
{
    static const struct fake_answer told = {
        400, NULL, "{\"detail\":\"bad key open-sesame-1234\"}"};
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    fake_engine_answer(0, told);
    assert_non_null(strstr(job.error.message, "bad key"));
    assert_null(strstr(job.error.message, "sesame"));
    job_expect_end(&job, CHUTES_ERR_BAD_REQUEST, 1);
    job_close_scene();
}

static void without_memory_for_its_error_it_ends(void **state)
{
    struct job job;

    (void)state;
    job_open_scene(0, 0);
    job_begin(&job);
    fake_engine_step();
    alloc_fail_at(1);
    fake_engine_end(0, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT, "gone");
    alloc_fail_off();
    job_expect_end(&job, CHUTES_ERR_NO_MEMORY, 1);
    job_close_scene();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_it_was_given),
        cmocka_unit_test(a_body_is_posted_unless_the_method_is_given),
        cmocka_unit_test(leaves_in_the_first_step),
        cmocka_unit_test(without_a_key_nothing_is_started),
        cmocka_unit_test(a_failed_start_of_an_attempt_ends_it),
        cmocka_unit_test(the_span_of_a_failed_start_ends),
        cmocka_unit_test(a_tracer_may_cancel_what_begins),
        cmocka_unit_test(a_pause_holds_for_the_attempt_that_follows),
        cmocka_unit_test(each_request_has_an_error_of_its_own),
        cmocka_unit_test(an_error_is_forgotten_by_the_next_attempt),
        cmocka_unit_test(the_key_is_never_in_the_error),
        cmocka_unit_test(without_memory_for_its_error_it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
