/* SPDX-License-Identifier: MIT */
#include "request/request.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "fake_engine.h"
#include "test.h"

/* It doesn't look like a key, so patterns don't find it. */
static const char KEY[] = "open-sesame-1234";

static const struct fake_answer FINE = {200, "Content-Type: text/x", "fine"};
static const struct fake_answer BUSY = {503, NULL, "{\"detail\":\"busy\"}"};
static const struct fake_answer CROWD = {429, "retry-after-ms: 20", "{}"};

/* ---- the scene ----------------------------------------------------------- */

static struct {
    struct chutes__limiter limiter;
    struct chutes__retry_budget budget;
    struct chutes__config config;
    struct chutes__request_queue queue;
    struct chutes__url base;
} scene;

/* A request, its receiver, and the results. */
struct job {
    struct chutes__request request;
    struct chutes__request_options options;
    struct chutes__arena arena;
    struct chutes__buf body;
    chutes_status data_status; /* what on_data returns */
    bool commits;              /* on_data commits the request */
    const char *next_model;    /* the fallback model, used once */
    enum chutes__crowding crowding;
    bool is_cancelled; /* cancelled, but the request wasn't called yet */
    char data[64];     /* received by the last attempt */
    int restarts;
    int dones;
    chutes_status status;
    chutes_error error;
};

static void open_scene(int max_concurrent, double max_per_second)
{
    static char base_text[] = "https://a.example/v1/";
    struct chutes__config *config = &scene.config;

    memset(&scene, 0, sizeof(scene));
    fake_engine_open();
    assert_true(chutes__limiter_init(&scene.limiter, max_concurrent,
                                     max_per_second, false));
    assert_true(chutes__retry_budget_init(&scene.budget));
    assert_int_equal(chutes__secret_set(&config->key, KEY, strlen(KEY)),
                     CHUTES_OK);
    config->options.max_error_bytes = 1000;
    config->sends_auth = true;
    config->sends_accept = true;
    scene.base = (struct chutes__url){.text = base_text, .query = ""};
    chutes__request_queue_init(
        &scene.queue,
        &(struct chutes__request_queue_options){fake_engine(), &scene.limiter,
                                                &scene.budget, &scene.config});
}

static void close_scene(void)
{
    assert_int_equal(chutes__request_queue_waiting(&scene.queue), 0);
    assert_int_equal(scene.limiter.active, 0);
    assert_int_equal(scene.queue.scratch.status, CHUTES_OK);
    assert_string_equal(scene.queue.scratch.message, "");
    fake_engine_close();
    chutes__secret_dispose(&scene.config.key);
    chutes__retry_budget_dispose(&scene.budget);
    chutes__limiter_dispose(&scene.limiter);
}

static void on_restart(void *ctx)
{
    struct job *job = ctx;

    job->restarts++;
    job->data[0] = '\0';
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct job *job = ctx;

    assert_true(*len < sizeof(job->data));
    memcpy(job->data, bytes, *len);
    job->data[*len] = '\0';
    if (job->commits) {
        chutes__request_commit(&job->request);
    }
    return job->data_status == CHUTES_OK
               ? CHUTES_OK
               : chutes__fail(chutes__request_error(&job->request),
                              job->data_status, "data of %s", job->data);
}

static chutes_status on_end(void *ctx, chutes_status status)
{
    (void)ctx;
    return status;
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct job *job = ctx;

    job->dones++;
    job->status = status;
    job->error = *error;
    assert_int_equal(error->status, status);
}

static const char *next_model(void *ctx)
{
    struct job *job = ctx;
    const char *model = job->next_model;

    job->next_model = NULL;
    return model;
}

static enum chutes__crowding judge_crowding(void *ctx)
{
    return ((struct job *)ctx)->crowding;
}

static bool is_cancelled(void *ctx)
{
    return ((struct job *)ctx)->is_cancelled;
}

static const struct chutes__receiver RECEIVER = {
    on_restart, NULL,       on_data,        on_end,
    on_done,    next_model, judge_crowding, is_cancelled};

/* Three attempts, waits of up to a minute, and no timeouts. */
static void init_job(struct job *job)
{
    memset(job, 0, sizeof(*job));
    chutes__arena_init(&job->arena);
    chutes__buf_init(&job->body, 100);
    assert_int_equal(chutes__buf_append_str(&job->body, "{}"), CHUTES_OK);
    job->options = (struct chutes__request_options){
        .base = &scene.base,
        .path = "chat",
        .accept = "Accept: x",
        .body = &job->body,
        .model = "m",
        .rules.retry = {CHUTES_RETRY_SAFE, 3, 60000},
        .arena = &job->arena,
        .receiver = &RECEIVER,
        .ctx = job,
    };
}

static void start_job(struct job *job)
{
    chutes_error error;

    chutes__error_clear(&error);
    assert_int_equal(chutes__request_start(&job->request, &scene.queue,
                                           &job->options, &error),
                     CHUTES_OK);
    assert_int_equal(job->dones, 0);
}

static void begin_job(struct job *job)
{
    init_job(job);
    start_job(job);
}

static void free_job(struct job *job)
{
    chutes__request_dispose(&job->request);
    chutes__buf_dispose(&job->body);
    chutes__arena_dispose(&job->arena);
}

/* Asserts that the job ended once, with this status and number of attempts.
 * Frees it. */
static void expect_end(struct job *job, chutes_status status, int attempts)
{
    assert_int_equal(job->dones, 1);
    assert_int_equal(job->status, status);
    assert_int_equal(job->error.attempts, status == CHUTES_OK ? 0 : attempts);
    assert_int_equal(job->request.attempts, attempts);
    free_job(job);
}

/* ---- one attempt --------------------------------------------------------- */

static void sends_what_it_was_given(void **state)
{
    static const char *const more[] = {"X-Own: 1"};
    struct job job;
    struct fake_attempt *attempt;

    (void)state;
    open_scene(0, 0);
    scene.config.user_agent = "User-Agent: u";
    scene.config.headers = more;
    scene.config.header_count = 1;
    begin_job(&job);
    fake_engine_step();
    attempt = fake_engine_attempt(0);
    assert_string_equal(attempt->url, "https://a.example/v1/chat");
    assert_string_equal(attempt->headers,
                        "Authorization: Bearer open-sesame-1234|Accept: x|"
                        "Content-Type: application/json|User-Agent: u|"
                        "X-Own: 1|");
    assert_true(attempt->is_post);
    assert_string_equal(attempt->body, "{}");
    fake_engine_answer(0, FINE);
    assert_string_equal(job.data, "fine");
    expect_end(&job, CHUTES_OK, 1);
    close_scene();
}

static void leaves_in_the_first_step(void **state)
{
    struct job job;

    (void)state;
    open_scene(1, 0);
    begin_job(&job);
    assert_int_equal(fake_engine_started(), 0);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_answer(0, FINE);
    expect_end(&job, CHUTES_OK, 1);
    close_scene();
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
    open_scene(0, 0);
    scene.config.options.api_key_fn = refuse_key;
    init_job(&job);
    chutes__error_clear(&error);
    assert_int_equal(
        chutes__request_start(&job.request, &scene.queue, &job.options, &error),
        CHUTES_ERR_CONFIG);
    assert_int_equal(error.status, CHUTES_ERR_CONFIG);
    fake_engine_step();
    assert_int_equal(job.dones, 0);
    free_job(&job);
    close_scene();
}

static void a_failed_start_of_an_attempt_ends_it(void **state)
{
    struct job job;

    (void)state;
    open_scene(1, 0);
    begin_job(&job);
    fake_engine_fail_starts(CHUTES_ERR_INTERNAL);
    fake_engine_step();
    assert_string_equal(job.error.message, "the start failed");
    expect_end(&job, CHUTES_ERR_INTERNAL, 0);
    close_scene();
}

static void a_pause_holds_for_the_attempt_that_follows(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    chutes__request_pause(&job.request);
    fake_engine_step();
    assert_true(fake_engine_attempt(0)->is_paused);
    chutes__request_resume(&job.request);
    assert_false(fake_engine_attempt(0)->is_paused);
    chutes__request_pause(&job.request);
    chutes__request_pull(&job.request);
    assert_false(fake_engine_attempt(0)->is_paused);
    fake_engine_answer(0, FINE);
    expect_end(&job, CHUTES_OK, 1);
    close_scene();
}

/* ---- the error ----------------------------------------------------------- */

static void each_request_has_an_error_of_its_own(void **state)
{
    static const struct fake_answer first = {200, NULL, "one"};
    static const struct fake_answer second = {200, NULL, "two"};
    struct job jobs[2];

    (void)state;
    open_scene(0, 0);
    for (size_t i = 0; i < 2; i++) {
        begin_job(&jobs[i]);
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
    expect_end(&jobs[0], CHUTES_ERR_PROTOCOL, 1);
    expect_end(&jobs[1], CHUTES_ERR_PROTOCOL, 1);
    close_scene();
}

static void an_error_is_forgotten_by_the_next_attempt(void **state)
{
    static const struct fake_answer busy = {
        503, "x-request-id: r1",
        "{\"error\":{\"message\":\"b\",\"code\":\"c\"}}"};
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    fake_engine_step();
    fake_engine_answer(0, busy);
    fake_engine_pass(1);
    fake_engine_end(1, CHUTES_ERR_TLS, CHUTES_OUTCOME_MAYBE_SENT, "no trust");
    assert_string_equal(job.error.message, "no trust");
    assert_string_equal(job.error.code, "");
    assert_string_equal(job.error.request_id, "");
    assert_int_equal(job.error.http_status, 0);
    expect_end(&job, CHUTES_ERR_TLS, 2);
    close_scene();
}

static void the_key_is_never_in_the_error(void **state)
{
    static const struct fake_answer told = {
        400, NULL, "{\"detail\":\"bad key open-sesame-1234\"}"};
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    fake_engine_step();
    fake_engine_answer(0, told);
    assert_non_null(strstr(job.error.message, "bad key"));
    assert_null(strstr(job.error.message, "sesame"));
    expect_end(&job, CHUTES_ERR_BAD_REQUEST, 1);
    close_scene();
}

static void without_memory_for_its_error_it_ends(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    fake_engine_step();
    alloc_fail_at(1);
    fake_engine_end(0, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT, "gone");
    alloc_fail_off();
    expect_end(&job, CHUTES_ERR_NO_MEMORY, 1);
    close_scene();
}

/* ---- retries ------------------------------------------------------------- */

static void a_refused_request_is_tried_again_after_a_wait(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    fake_engine_set_random(100);
    begin_job(&job);
    fake_engine_step();
    fake_engine_answer(0, BUSY);
    assert_int_equal(job.dones, 0);
    assert_int_equal(job.restarts, 1);
    assert_int_equal(scene.limiter.active, 0); /* a wait holds no turn */
    fake_engine_pass(99);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(1, FINE);
    assert_string_equal(job.data, "fine");
    expect_end(&job, CHUTES_OK, 2);
    close_scene();
}

static void the_server_says_how_long_to_wait(void **state)
{
    static const struct fake_answer later = {503, "Retry-After: 7", NULL};
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    fake_engine_step();
    fake_engine_answer(0, later);
    fake_engine_pass(6999);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(1, FINE);
    expect_end(&job, CHUTES_OK, 2);
    close_scene();
}

static void attempts_end_with_the_rules(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    fake_engine_step();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fake_engine_started(), i + 1);
        fake_engine_answer(i, BUSY);
        fake_engine_pass(8000);
    }
    assert_int_equal(fake_engine_started(), 3);
    assert_non_null(strstr(job.error.message, "busy"));
    assert_int_equal(job.error.http_status, 503);
    expect_end(&job, CHUTES_ERR_CAPACITY, 3);
    close_scene();
}

static void an_empty_budget_allows_no_retry(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    while (chutes__retry_budget_take(&scene.budget, CHUTES_OUTCOME_ANSWERED) >
           0) {
    }
    begin_job(&job);
    fake_engine_step();
    fake_engine_answer(0, BUSY);
    expect_end(&job, CHUTES_ERR_CAPACITY, 1);
    close_scene();
}

static void nothing_is_sent_again_behind_an_event(void **state)
{
    static const bool commits[] = {false, true};

    (void)state;
    for (size_t i = 0; i < COUNT(commits); i++) {
        struct job job;

        open_scene(0, 0);
        begin_job(&job);
        job.options.rules.retry.policy = CHUTES_RETRY_OPENAI;
        job.request.options.rules.retry.policy = CHUTES_RETRY_OPENAI;
        job.commits = commits[i];
        fake_engine_step();
        assert_int_equal(fake_engine_begin_answer(0, FINE), CHUTES_OK);
        fake_engine_end(0, CHUTES_ERR_CONNECT, CHUTES_OUTCOME_NOT_SENT, "");
        fake_engine_pass(0);
        if (commits[i]) {
            expect_end(&job, CHUTES_ERR_CONNECT, 1);
        } else {
            fake_engine_answer(1, FINE);
            expect_end(&job, CHUTES_OK, 2);
        }
        close_scene();
    }
}

static void another_model_is_asked_at_once(void **state)
{
    struct job job;

    (void)state;
    open_scene(1, 0);
    begin_job(&job);
    job.next_model = "other";
    fake_engine_step();
    assert_string_equal(job.request.model, "m");
    fake_engine_answer(0, BUSY);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);
    assert_string_equal(job.request.model, "other");
    assert_int_equal(job.request.fallbacks, 1);
    fake_engine_answer(1, FINE);
    expect_end(&job, CHUTES_OK, 2);
    close_scene();
}

/* on_attempt may have cancelled the call, which the loop notices before its
 * next step. */
static void no_model_is_asked_before_the_next_step(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    job.next_model = "other";
    fake_engine_step();
    fake_engine_answer(0, BUSY);
    chutes__request_cancel(&job.request);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    expect_end(&job, CHUTES_ERR_CANCELLED, 1);
    close_scene();
}

static void one_that_stands_back_waits_to_be_called(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    job.crowding = CHUTES__CROWDING_WAIT;
    fake_engine_step();
    fake_engine_answer(0, CROWD);
    fake_engine_pass(3600000);
    assert_int_equal(fake_engine_started(), 1);
    chutes__request_call_up(&job.request);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);

    /* Calling it early has no effect. */
    fake_engine_answer(1, CROWD);
    chutes__request_call_up(&job.request);
    fake_engine_pass(19);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_pass(1);
    assert_int_equal(fake_engine_started(), 3);

    /* Other failures are retried as usual. */
    fake_engine_answer(2, BUSY);
    fake_engine_pass(0);
    fake_engine_answer(3, FINE);
    assert_int_equal(job.request.stood_back, 2);
    expect_end(&job, CHUTES_OK, 4);
    close_scene();
}

static void a_rejected_one_ends_if_its_receiver_wants_no_more(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    job.crowding = CHUTES__CROWDING_END;
    fake_engine_step();
    fake_engine_answer(0, BUSY);
    fake_engine_pass(0);
    fake_engine_answer(1, CROWD);
    expect_end(&job, CHUTES_ERR_RATE_LIMITED, 2);
    close_scene();
}

/* ---- turns --------------------------------------------------------------- */

static void turns_are_given_in_order(void **state)
{
    struct job jobs[3];

    (void)state;
    open_scene(1, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        begin_job(&jobs[i]);
    }
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    assert_int_equal(chutes__request_queue_waiting(&scene.queue), 2);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        fake_engine_answer(i, FINE);
        expect_end(&jobs[i], CHUTES_OK, 1);
        assert_int_equal(fake_engine_was_rung(), i + 1 < COUNT(jobs));
        chutes__request_queue_run(&scene.queue);
        assert_int_equal(fake_engine_started(),
                         i + 1 < COUNT(jobs) ? i + 2 : COUNT(jobs));
    }
    close_scene();
}

static void one_run_gives_all_free_turns(void **state)
{
    struct job jobs[4];

    (void)state;
    open_scene(2, 0);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        begin_job(&jobs[i]);
    }
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_answer(0, FINE);
    fake_engine_answer(1, FINE);
    chutes__request_queue_run(&scene.queue);
    assert_int_equal(fake_engine_started(), 4);
    fake_engine_answer(2, FINE);
    fake_engine_answer(3, FINE);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        expect_end(&jobs[i], CHUTES_OK, 1);
    }
    close_scene();
}

static void a_rate_spreads_turns(void **state)
{
    struct job jobs[3];

    (void)state;
    open_scene(0, 10);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        begin_job(&jobs[i]);
    }
    fake_engine_pass(99);
    assert_int_equal(fake_engine_started(), 1);
    fake_engine_pass(1);
    chutes__request_queue_run(&scene.queue);
    assert_int_equal(fake_engine_started(), 2);
    fake_engine_pass(100);
    assert_int_equal(fake_engine_started(), 3);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        fake_engine_answer(i, FINE);
        expect_end(&jobs[i], CHUTES_OK, 1);
    }
    close_scene();
}

/* The engine may not have been stepped yet. */
static void before_a_step_it_has_no_place_in_the_queue(void **state)
{
    struct job jobs[2];

    (void)state;
    open_scene(1, 0);
    begin_job(&jobs[0]);
    assert_true(chutes__list_is_empty(&scene.limiter.queue));
    chutes__request_cancel(&jobs[0].request);
    begin_job(&jobs[1]);
    fake_engine_step();
    expect_end(&jobs[0], CHUTES_ERR_CANCELLED, 0);
    fake_engine_answer(0, FINE);
    expect_end(&jobs[1], CHUTES_OK, 1);
    close_scene();
}

/* ---- ending in each phase ------------------------------------------------ */

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
    open_scene(phase == WAITING ? 1 : 0, 0);
    fake_engine_set_random(400);
    begin_job(&jobs[0]);
    fake_engine_step();
    init_job(&jobs[1]);
    jobs[1].options.rules.clocks.total_ms = total_ms;
    jobs[1].crowding =
        phase == STANDING_BACK ? CHUTES__CROWDING_WAIT : CHUTES__CROWDING_NONE;
    start_job(&jobs[1]);
    if (phase == STARTED) {
        return;
    }
    fake_engine_step();
    if (phase == BACKING_OFF) {
        fake_engine_answer(1, BUSY);
    } else if (phase == STANDING_BACK) {
        fake_engine_answer(1, (struct fake_answer){429, NULL, "{}"});
    }
    assert_int_equal(jobs[1].dones, 0);
}

static void leave(struct job jobs[2])
{
    fake_engine_answer(0, FINE);
    chutes__request_queue_run(&scene.queue);
    fake_engine_pass(10000);
    expect_end(&jobs[0], CHUTES_OK, 1);
    close_scene();
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
        expect_end(&jobs[1], CHUTES_ERR_CANCELLED, attempts[phase]);
        leave(jobs);
    }
}

static void a_call_cancelled_in_the_same_step_is_not_sent(void **state)
{
    struct job job;

    (void)state;
    open_scene(0, 0);
    begin_job(&job);
    job.is_cancelled = true;
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 0);
    expect_end(&job, CHUTES_ERR_CANCELLED, 0);
    close_scene();
}

/* A cancelled request must not use a turn that it has been given. */
static void a_cancelled_request_takes_no_turn(void **state)
{
    struct job jobs[2];

    (void)state;
    enter(WAITING, jobs, 0);
    chutes__request_cancel(&jobs[1].request);
    fake_engine_answer(0, FINE);
    chutes__request_queue_run(&scene.queue);
    fake_engine_step();
    assert_int_equal(fake_engine_started(), 1);
    expect_end(&jobs[1], CHUTES_ERR_CANCELLED, 0);
    expect_end(&jobs[0], CHUTES_OK, 1);
    close_scene();
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
        expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, attempts[phase]);
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
    expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, 1);
    leave(jobs);
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
        fake_engine_answer(1, BUSY);
        assert_int_equal(jobs[1].dones, !rows[i].waits);
        if (rows[i].waits) {
            fake_engine_pass(400);
            fake_engine_answer(2, FINE);
            expect_end(&jobs[1], CHUTES_OK, 2);
        } else {
            expect_end(&jobs[1], CHUTES_ERR_CAPACITY, 1);
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
    expect_end(&jobs[1], CHUTES_ERR_TIMEOUT, 1);
    leave(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_it_was_given),
        cmocka_unit_test(leaves_in_the_first_step),
        cmocka_unit_test(without_a_key_nothing_is_started),
        cmocka_unit_test(a_failed_start_of_an_attempt_ends_it),
        cmocka_unit_test(a_pause_holds_for_the_attempt_that_follows),
        cmocka_unit_test(each_request_has_an_error_of_its_own),
        cmocka_unit_test(an_error_is_forgotten_by_the_next_attempt),
        cmocka_unit_test(the_key_is_never_in_the_error),
        cmocka_unit_test(without_memory_for_its_error_it_ends),
        cmocka_unit_test(a_refused_request_is_tried_again_after_a_wait),
        cmocka_unit_test(the_server_says_how_long_to_wait),
        cmocka_unit_test(attempts_end_with_the_rules),
        cmocka_unit_test(an_empty_budget_allows_no_retry),
        cmocka_unit_test(nothing_is_sent_again_behind_an_event),
        cmocka_unit_test(another_model_is_asked_at_once),
        cmocka_unit_test(no_model_is_asked_before_the_next_step),
        cmocka_unit_test(one_that_stands_back_waits_to_be_called),
        cmocka_unit_test(a_rejected_one_ends_if_its_receiver_wants_no_more),
        cmocka_unit_test(turns_are_given_in_order),
        cmocka_unit_test(one_run_gives_all_free_turns),
        cmocka_unit_test(a_rate_spreads_turns),
        cmocka_unit_test(before_a_step_it_has_no_place_in_the_queue),
        cmocka_unit_test(a_cancelled_request_ends_once_in_each_phase),
        cmocka_unit_test(a_call_cancelled_in_the_same_step_is_not_sent),
        cmocka_unit_test(a_cancelled_request_takes_no_turn),
        cmocka_unit_test(the_deadline_ends_a_request_in_each_phase),
        cmocka_unit_test(the_deadline_of_an_attempt_is_final),
        cmocka_unit_test(no_wait_is_begun_that_the_deadline_would_end),
        cmocka_unit_test(a_wait_that_lasted_too_long_is_a_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
