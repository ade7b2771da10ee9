/* SPDX-License-Identifier: MIT */
#include "request_job.h"
#include "test.h"

#include <string.h>

#include "base/error.h"

/* It doesn't look like a key, so patterns don't find it. */
static const char KEY[] = "open-sesame-1234";

const struct fake_answer JOB_FINE = {200, "Content-Type: text/x", "fine"};
const struct fake_answer JOB_BUSY = {503, NULL, "{\"detail\":\"busy\"}"};
const struct fake_answer JOB_CROWD = {429, "retry-after-ms: 20", "{}"};

struct job_scene job_scene;

static chutes_status admit(void *ledger, const char *model, chutes_error *error)
{
    const struct job_scene *scene = ledger;

    assert_string_equal(model, "m");
    return scene->is_spent ? chutes__fail(error, CHUTES_ERR_QUOTA, "spent")
                           : CHUTES_OK;
}

void job_open_scene(int max_concurrent, double max_per_second)
{
    static char base_text[] = "https://a.example/v1/";
    struct chutes__config *config = &job_scene.config;

    memset(&job_scene, 0, sizeof(job_scene));
    fake_engine_open();
    assert_true(chutes__limiter_init(&job_scene.limiter, max_concurrent,
                                     max_per_second, false));
    assert_true(chutes__retry_budget_init(&job_scene.budget));
    assert_int_equal(chutes__secret_set(&config->key, KEY, strlen(KEY)),
                     CHUTES_OK);
    config->options.max_error_bytes = 1000;
    config->sends_auth = true;
    config->sends_accept = true;
    job_scene.base = (struct chutes__url){.text = base_text, .query = ""};
    chutes__request_queue_init(&job_scene.queue,
                               &(struct chutes__request_queue_options){
                                   fake_engine(), &job_scene.limiter,
                                   &job_scene.budget, &job_scene.config, admit,
                                   &job_scene});
}

void job_close_scene(void)
{
    assert_int_equal(chutes__request_queue_waiting(&job_scene.queue), 0);
    assert_int_equal(job_scene.limiter.active, 0);
    assert_int_equal(job_scene.queue.scratch.status, CHUTES_OK);
    assert_string_equal(job_scene.queue.scratch.message, "");
    fake_engine_close();
    chutes__secret_dispose(&job_scene.config.key);
    chutes__retry_budget_dispose(&job_scene.budget);
    chutes__limiter_dispose(&job_scene.limiter);
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
    .on_restart = on_restart,
    .on_data = on_data,
    .on_end = on_end,
    .on_done = on_done,
    .next_model = next_model,
    .judge_crowding = judge_crowding,
    .is_cancelled = is_cancelled,
};

void job_init(struct job *job)
{
    memset(job, 0, sizeof(*job));
    chutes__arena_init(&job->arena);
    chutes__buf_init(&job->body, 100);
    assert_int_equal(chutes__buf_append_str(&job->body, "{}"), CHUTES_OK);
    job->options = (struct chutes__request_options){
        .base = &job_scene.base,
        .path = "chat",
        .accept = "Accept: x",
        .body = &job->body,
        .model = "m",
        .rules.retry = {CHUTES_RETRY_SAFE, 3, 60000, false},
        .arena = &job->arena,
        .receiver = &RECEIVER,
        .ctx = job,
    };
}

void job_start(struct job *job)
{
    chutes_error error;

    chutes__error_clear(&error);
    assert_int_equal(chutes__request_start(&job->request, &job_scene.queue,
                                           &job->options, &error),
                     CHUTES_OK);
    assert_int_equal(job->dones, 0);
}

void job_begin(struct job *job)
{
    job_init(job);
    job_start(job);
}

void job_free(struct job *job)
{
    chutes__request_dispose(&job->request);
    chutes__buf_dispose(&job->body);
    chutes__arena_dispose(&job->arena);
}

void job_expect_end(struct job *job, chutes_status status, int attempts)
{
    assert_int_equal(job->dones, 1);
    assert_int_equal(job->status, status);
    assert_int_equal(job->error.attempts, status == CHUTES_OK ? 0 : attempts);
    assert_int_equal(job->request.attempts, attempts);
    job_free(job);
}
