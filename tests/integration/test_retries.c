/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "rows.h"
#include "virtual_time.h"

enum { LATE_MS = 250, CALLS = 1000, BUCKET = 500, COST = 5 };

#define ANSWER "answer-file 200 application/json scripts/client/any.txt\n"
#define BUSY "answer 503 application/json {\"detail\":\"busy\"}\n"

/* What on_attempt reported, in order. */
struct diary {
    chutes_attempt attempts[16];
    char models[16][16];
    atomic_int count;
    /* Called after each report. May be NULL. */
    void (*hook)(void *user_data);
    void *user_data;
};

static void write_diary(const chutes_attempt *attempt, void *user_data)
{
    struct diary *diary = user_data;
    int count = atomic_load(&diary->count);

    assert_true(count < (int)COUNT(diary->attempts));
    diary->attempts[count] = *attempt;
    (void)snprintf(diary->models[count], sizeof(diary->models[count]), "%s",
                   attempt->model);
    atomic_store(&diary->count, count + 1);
    if (diary->hook != NULL) {
        diary->hook(diary->user_data);
    }
}

/* A client with retries, and its peer. */
struct scene {
    struct peer *peer;
    chutes_client_options options;
    chutes_client *client;
    struct diary diary;
};

static void open_scene(struct scene *scene, const char *script,
                       chutes_retry_policy policy)
{
    memset(scene, 0, sizeof(*scene));
    scene->peer = peer_start(script, PEER_PLAIN);
    scene->options = call_options(scene->peer);
    scene->options.retry_policy = policy;
    scene->options.on_attempt = write_diary;
    scene->options.attempt_user_data = &scene->diary;
    scene->client = call_client(&scene->options);
}

static void close_scene(struct scene *scene)
{
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

/* ---- the wait ------------------------------------------------------------ */

static void run_backoff(uint64_t bits, const int64_t *waits, struct call *call)
{
    struct scene scene;

    open_scene(&scene, BUSY, CHUTES_RETRY_SAFE);
    chutes_client_free(scene.client);
    scene.options.max_attempts = 7;
    scene.client = call_client(&scene.options);
    virtual_time_start();
    virtual_time_set_random(bits);
    call_run(call, scene.client);
    virtual_time_stop();
    call_expect(call, CHUTES_ERR_CAPACITY, CHUTES_OUTCOME_ANSWERED, 7);
    assert_int_equal(scene.diary.count, 7);
    assert_int_equal(peer_requests(scene.peer), 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(scene.diary.attempts[i].number, i + 1);
        assert_int_equal(scene.diary.attempts[i].http_status, 503);
        assert_int_equal(scene.diary.attempts[i].wait_ms, waits[i]);
    }
    close_scene(&scene);
    call_dispose(call);
}

/* Full jitter: the wait is random, from 0 to a bound that doubles. */
static void waits_double_up_to_eight_seconds(void **state)
{
    /* 400 is below the first bound, and so below all others. */
    static const int64_t even[] = {400, 400, 400, 400, 400, 400, -1};
    /* 7999 modulo 501, 1001, 2001, 4001 and 8001. */
    static const int64_t odd[] = {484, 992, 1996, 3998, 7999, 7999, -1};
    static const int64_t none[] = {0, 0, 0, 0, 0, 0, -1};
    struct call call = {0};

    (void)state;
    do {
        run_backoff(400, even, &call);
        run_backoff(7999, odd, &call);
        run_backoff(0, none, &call);
    } while (call_next_way(&call));
}

/* Dates are relative to the current time, in whole seconds. */
static void a_date_in_the_future_is_waited_for(void **state)
{
    struct call call = {0};

    (void)state;
    do {
        time_t then = time(NULL) + 20;
        struct scene scene;
        struct tm parts;
        char date[64];
        char script[256];
        int64_t wait_ms;

        assert_non_null(gmtime_r(&then, &parts));
        (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        (void)snprintf(
            script, sizeof(script),
            "status 429\nheader Retry-After: %s\n"
            "header Content-Length: 0\nend-headers\nrequest\n" ANSWER,
            date);
        open_scene(&scene, script, CHUTES_RETRY_SAFE);
        virtual_time_start();
        call_run(&call, scene.client);
        virtual_time_stop();
        call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 2);
        wait_ms = scene.diary.attempts[0].wait_ms;
        assert_true(wait_ms > 17000 && wait_ms <= 20000);
        assert_true(call.elapsed_us >= wait_ms * 1000);
        call_dispose(&call);
        close_scene(&scene);
    } while (call_next_way(&call));
}

/* ---- after the first event ----------------------------------------------- */

/* Sends `events` text events, then `end`. */
static void cut_behind(int events, const char *end, enum call_mode mode)
{
    struct call call = {.kind = CALL_STREAM, .mode = mode};
    struct scene scene;
    char script[512];

    (void)snprintf(script, sizeof(script),
                   "sse-head\nrepeat %d\n"
                   "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                   "\"x\"}}]}\nend\n%s\nrequest\n" ANSWER "connection\n" ANSWER,
                   events, end);
    open_scene(&scene, script, CHUTES_RETRY_OPENAI);
    virtual_time_start();
    call_run(&call, scene.client);
    virtual_time_stop();
    assert_int_not_equal(call.status, CHUTES_OK);
    assert_int_equal(call.error.attempts, 1);
    assert_int_equal(call.events.count, events);
    assert_int_equal(scene.diary.count, 1);
    assert_int_equal(scene.diary.attempts[0].wait_ms, -1);
    call_dispose(&call);
    chutes_client_free(scene.client);
    assert_int_equal(peer_posts(scene.peer), 1);
    peer_stop(scene.peer);
}

static void nothing_is_tried_again_behind_any_event(void **state)
{
    static const char *const ends[] = {
        "fin", "sleep 5\nrst",
        "sse {\"error\":{\"message\":\"busy\",\"code\":503}}\nchunk-end"};

    (void)state;
    for (int events = 1; events <= 8; events++) {
        for (size_t i = 0; i < COUNT(ends); i++) {
            for (int mode = 0; mode < CALL_MODES; mode++) {
                cut_behind(events, ends[i], (enum call_mode)mode);
            }
        }
    }
}

/* ---- limits of retries --------------------------------------------------- */

static void an_outage_is_not_made_worse(void **state)
{
    struct scene scene;
    struct call call = {0};
    int requests;

    (void)state;
    open_scene(&scene, BUSY, CHUTES_RETRY_SAFE);
    chutes_client_free(scene.client);
    scene.options.on_attempt = NULL;
    scene.client = call_client(&scene.options);
    virtual_time_start();
    for (int i = 0; i < CALLS; i++) {
        call_run(&call, scene.client);
        assert_int_equal(call.status, CHUTES_ERR_CAPACITY);
        call_dispose(&call);
        (void)call_next_way(&call);
        call.kind = (enum call_kind)(call.kind % CALL_KINDS);
    }
    virtual_time_stop();
    requests = peer_requests(scene.peer);
    assert_int_equal(requests, CALLS + BUCKET / COST);
    close_scene(&scene);
}

/* ---- cancelling a wait --------------------------------------------------- */

#define LONG_WAIT                          \
    "status 429\nheader Retry-After: 50\n" \
    "header Content-Length: 0\nend-headers\nrequest\n" ANSWER

static void cancel_client(void *user_data)
{
    struct scene *scene = user_data;

    chutes_client_cancel_all(scene->client);
}

static void *cancel_from_thread(void *user_data)
{
    struct scene *scene = user_data;

    while (atomic_load(&scene->diary.count) == 0) {
        (void)sched_yield();
    }
    /* Time for the call to begin its wait. */
    usleep(20000);
    chutes_client_cancel_all(scene->client);
    return NULL;
}

static void expect_cancelled(struct scene *scene, struct call *call)
{
    call_expect(call, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_ANSWERED, 1);
    assert_true(call->elapsed_us < call_bound_ms(LATE_MS) * 1000LL);
    assert_int_equal(scene->diary.count, 1);
    assert_int_equal(scene->diary.attempts[0].wait_ms, 50000);
    assert_int_equal(peer_requests(scene->peer), 1);
    call_dispose(call);
    close_scene(scene);
}

static void the_callback_can_cancel_a_wait(void **state)
{
    struct call call = {0};

    (void)state;
    do {
        struct scene scene;

        open_scene(&scene, LONG_WAIT, CHUTES_RETRY_SAFE);
        scene.diary.hook = cancel_client;
        scene.diary.user_data = &scene;
        call_run(&call, scene.client);
        expect_cancelled(&scene, &call);
    } while (call_next_way(&call));
}

static void another_thread_can_cancel_a_wait(void **state)
{
    struct call call = {0};

    (void)state;
    do {
        struct scene scene;
        pthread_t thread;

        open_scene(&scene, LONG_WAIT, CHUTES_RETRY_SAFE);
        assert_int_equal(
            pthread_create(&thread, NULL, cancel_from_thread, &scene), 0);
        call_run(&call, scene.client);
        assert_int_equal(pthread_join(thread, NULL), 0);
        expect_cancelled(&scene, &call);
    } while (call_next_way(&call));
}

/* ---- other models -------------------------------------------------------- */

static void ask_others(enum call_kind kind, enum call_mode mode)
{
    static const char *const others[] = {"b", "c"};
    struct call call = {.kind = kind, .mode = mode};
    chutes_chat_params params = call_chat_params();
    struct scene scene;

    open_scene(
        &scene,
        "expect-body-contains \"\\\"model\\\":\\\"a\\\"\"\n" BUSY "request\n"
        "expect-body-contains \"\\\"model\\\":\\\"b\\\"\"\n" BUSY "request\n"
        "expect-body-contains \"\\\"model\\\":\\\"c\\\"\"\n" ANSWER,
        CHUTES_RETRY_NONE);
    params.model = "a";
    params.fallback_models = others;
    params.fallback_model_count = COUNT(others);
    virtual_time_start();
    call_run_chat(&call, scene.client, &params);
    virtual_time_stop();
    call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 3);
    assert_string_equal(call_info(&call)->model, "c");
    assert_int_equal(call_info(&call)->attempts, 3);
    assert_int_equal(scene.diary.count, 3);
    assert_string_equal(scene.diary.models[0], "a");
    assert_string_equal(scene.diary.models[1], "b");
    assert_string_equal(scene.diary.models[2], "c");
    call_dispose(&call);
    close_scene(&scene);
}

static void other_models_are_asked_where_one_is_full(void **state)
{
    (void)state;
    for (int kind = 0; kind <= CALL_STREAM; kind++) {
        for (int mode = 0; mode < CALL_MODES; mode++) {
            if (call_can_run((enum call_kind)kind, (enum call_mode)mode)) {
                ask_others((enum call_kind)kind, (enum call_mode)mode);
            }
        }
    }
}

int main(void)
{
    static const char *const files[] = {"retries.txt"};
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("F15: waits double up to eight seconds",
                   waits_double_up_to_eight_seconds),
        ROWS_FAULT("F8: a date in the future",
                   a_date_in_the_future_is_waited_for),
        ROWS_FAULT("H9: nothing is tried again behind any event",
                   nothing_is_tried_again_behind_any_event),
        ROWS_FAULT("F14: an outage is not made worse",
                   an_outage_is_not_made_worse),
        ROWS_FAULT("F8: cancelling a wait from the callback",
                   the_callback_can_cancel_a_wait),
        ROWS_FAULT("F8: cancelling a wait from another thread",
                   another_thread_can_cancel_a_wait),
        cmocka_unit_test(other_models_are_asked_where_one_is_full),
    };

    return rows_run("retries", files, COUNT(files), tests, COUNT(tests));
}
