/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "call.h"
#include "meter.h"

enum { LATE_MS = 5000 };

/* One request, identified by its number. */
struct item {
    char text[24];
    const char *input[1];
    chutes_embed_params params;
    chutes_call *handle;
    chutes_status status;
    chutes_error error;
    int done; /* completions */
};

static void make_item(struct item *item, size_t number)
{
    memset(item, 0, sizeof(*item));
    (void)snprintf(item->text, sizeof(item->text), "%zu", number);
    item->input[0] = item->text;
    item->params = chutes_embed_params_default();
    item->params.model = "m";
    item->params.input = item->input;
    item->params.input_count = 1;
}

static void on_done(chutes_status status, chutes_embed_response *response,
                    const chutes_error *error, void *user_data)
{
    struct item *item = user_data;

    item->status = status;
    item->error = *error;
    item->done++;
    chutes_embed_response_free(response);
}

static void start(struct item *item, chutes_loop *loop)
{
    assert_int_equal(chutes_embed_start(loop, &item->params, on_done, item,
                                        &item->handle, &item->error),
                     CHUTES_OK);
    assert_int_equal(item->done, 0);
}

/* Runs on any thread, so it makes no assertions. */
static void run_blocking(struct item *item, chutes_client *client)
{
    chutes_embed_response *response = NULL;

    item->status = chutes_embed(client, &item->params, &response, &item->error);
    item->done++;
    chutes_embed_response_free(response);
}

static void check_item(struct item *item, chutes_status status)
{
    if (item->done != 1 || item->status != status) {
        fail_msg("%s: %d completions, %s: %s", item->text, item->done,
                 chutes_status_name(item->status), item->error.message);
    }
    chutes_call_free(item->handle);
    item->handle = NULL;
}

/* Asserts that the request never got its turn. */
static void check_unsent(struct item *item, chutes_status status)
{
    check_item(item, status);
    assert_int_equal(item->error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(item->error.attempts, 0);
    assert_int_equal(item->error.http_status, 0);
    if (status == CHUTES_ERR_TIMEOUT) {
        assert_non_null(strstr(item->error.message, "total_timeout_ms"));
    }
}

static chutes_loop *make_loop(chutes_client *client)
{
    chutes_loop *loop = NULL;

    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    return loop;
}

static void poll_until_done(chutes_loop *loop, const struct item *item)
{
    int64_t until_us =
        chutes__clock_now_us() + call_patience_ms(LATE_MS) * INT64_C(1000);

    while (item->done == 0) {
        assert_true(chutes__clock_now_us() < until_us);
        assert_int_equal(chutes_loop_poll(loop, 100), CHUTES_OK);
    }
}

static void poll_until_requests(chutes_loop *loop, struct meter *meter, int n)
{
    int64_t until_us =
        chutes__clock_now_us() + call_patience_ms(LATE_MS) * INT64_C(1000);

    while (meter_requests(meter) < n) {
        assert_true(chutes__clock_now_us() < until_us);
        assert_int_equal(chutes_loop_poll(loop, 5), CHUTES_OK);
    }
}

/* The server of a test, and a client of it. */
struct scene {
    struct meter *meter;
    chutes_client_options options;
    chutes_client *client;
};

static void open_scene(struct scene *scene, meter_fn decide, void *user_data)
{
    scene->meter = meter_start(decide, user_data);
    scene->options = meter_options(scene->meter);
    scene->options.retry_policy = CHUTES_RETRY_NONE;
    scene->client = NULL;
}

static void close_scene(struct scene *scene)
{
    chutes_client_free(scene->client);
    meter_stop(scene->meter);
}

/* ---- concurrency --------------------------------------------------------- */

enum { THREADS = 10, CALLS = 12 };

struct worker {
    pthread_t thread;
    chutes_client *client;
    struct item items[CALLS];
};

static void *run_calls(void *ctx)
{
    struct worker *worker = ctx;

    for (size_t i = 0; i < CALLS; i++) {
        run_blocking(&worker->items[i], worker->client);
    }
    return NULL;
}

/* The requests wait for each other, and then a moment longer, in case there is
 * one too many. */
static void gather(const struct meter_request *request,
                   struct meter_reply *reply, void *user_data)
{
    (void)request;
    reply->together = *(const int *)user_data;
    reply->delay_ms = 3;
}

static void run_threads(chutes_client *client)
{
    struct worker *workers = calloc(THREADS, sizeof(*workers));

    assert_non_null(workers);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i].client = client;
        for (size_t j = 0; j < CALLS; j++) {
            make_item(&workers[i].items[j], i * CALLS + j);
        }
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, run_calls, &workers[i]),
            0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        for (size_t j = 0; j < CALLS; j++) {
            check_item(&workers[i].items[j], CHUTES_OK);
        }
    }
    free(workers);
}

static void threads_never_have_more_under_way(void **state)
{
    int limits[] = {1, 3, THREADS};

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct scene scene;

        open_scene(&scene, gather, &limits[i]);
        scene.options.max_concurrent_requests = limits[i];
        scene.client = call_client(&scene.options);
        run_threads(scene.client);
        assert_int_equal(meter_most(scene.meter), limits[i]);
        assert_int_equal(meter_requests(scene.meter), THREADS * CALLS);
        close_scene(&scene);
    }
}

enum { MANY = 40 };

static void a_loop_never_has_more_under_way(void **state)
{
    int limits[] = {1, 4, MANY};

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct scene scene;
        struct item *items = calloc(MANY, sizeof(*items));
        chutes_loop *loop;

        open_scene(&scene, gather, &limits[i]);
        scene.options.max_concurrent_requests = limits[i];
        scene.client = call_client(&scene.options);
        loop = make_loop(scene.client);
        for (size_t j = 0; j < MANY; j++) {
            make_item(&items[j], j);
            start(&items[j], loop);
        }
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        for (size_t j = 0; j < MANY; j++) {
            check_item(&items[j], CHUTES_OK);
            assert_true(limits[i] > 1 ||
                        meter_first(scene.meter, (int)j + 1) == j);
        }
        assert_int_equal(meter_most(scene.meter), limits[i]);
        chutes_loop_free(loop);
        free(items);
        close_scene(&scene);
    }
}

static void fail_first(const struct meter_request *request,
                       struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    if (request->first == 1 && request->attempt == 1) {
        reply->status = 503;
        reply->headers = "retry-after-ms: 100\r\n";
    }
}

static void a_call_that_waits_to_try_again_takes_no_place(void **state)
{
    struct scene scene;
    struct item items[2];
    chutes_loop *loop;

    (void)state;
    open_scene(&scene, fail_first, NULL);
    scene.options.max_concurrent_requests = 1;
    scene.options.retry_policy = CHUTES_RETRY_SAFE;
    scene.client = call_client(&scene.options);
    loop = make_loop(scene.client);
    for (size_t i = 0; i < COUNT(items); i++) {
        make_item(&items[i], i + 1);
        start(&items[i], loop);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    check_item(&items[0], CHUTES_OK);
    check_item(&items[1], CHUTES_OK);
    assert_int_equal(meter_requests(scene.meter), 3);
    assert_int_equal(meter_first(scene.meter, 1), 1);
    assert_int_equal(meter_first(scene.meter, 2), 2);
    assert_int_equal(meter_first(scene.meter, 3), 1);
    chutes_loop_free(loop);
    close_scene(&scene);
}

/* ---- the rate ------------------------------------------------------------ */

enum { RATED = 10, SLOT_US = 20000 };

static void check_rate(struct meter *meter, int64_t started_us, int count)
{
    for (int i = 1; i <= count; i++) {
        int64_t after_us = meter_time_us(meter, i) - started_us;

        if (after_us < (i - 1) * SLOT_US) {
            fail_msg("request %d came after %lld us", i, (long long)after_us);
        }
    }
}

static void requests_of_a_loop_keep_their_distance(void **state)
{
    struct scene scene;
    struct item items[RATED];
    chutes_loop *loop;

    (void)state;
    open_scene(&scene, NULL, NULL);
    scene.options.max_requests_per_second = 1e6 / (double)SLOT_US;
    scene.client = call_client(&scene.options);
    loop = make_loop(scene.client);
    /* The second round follows a pause, which must not allow a burst. */
    for (int round = 0; round < 2; round++) {
        int64_t started_us = chutes__clock_now_us();

        meter_forget(scene.meter);
        for (size_t i = 0; i < RATED; i++) {
            make_item(&items[i], i);
            start(&items[i], loop);
        }
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_rate(scene.meter, started_us, RATED);
        assert_true(chutes__clock_now_us() - started_us <
                    call_patience_ms(LATE_MS) * 1000);
        for (size_t i = 0; i < RATED; i++) {
            check_item(&items[i], CHUTES_OK);
            assert_int_equal(meter_first(scene.meter, (int)i + 1), i);
        }
        (void)usleep(5 * SLOT_US);
    }
    chutes_loop_free(loop);
    close_scene(&scene);
}

static void requests_of_threads_keep_it_too(void **state)
{
    struct scene scene;
    struct worker workers[3];
    int64_t started_us = chutes__clock_now_us();
    const size_t calls = 4;

    (void)state;
    open_scene(&scene, NULL, NULL);
    scene.options.max_requests_per_second = 1e6 / (double)SLOT_US;
    scene.client = call_client(&scene.options);
    memset(workers, 0, sizeof(workers));
    for (size_t i = 0; i < COUNT(workers); i++) {
        workers[i].client = scene.client;
        for (size_t j = 0; j < CALLS; j++) {
            make_item(&workers[i].items[j], j);
            /* All later ones are refused before they take a turn. */
            workers[i].items[j].params.input_count = j < calls ? 1 : 0;
        }
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, run_calls, &workers[i]),
            0);
    }
    for (size_t i = 0; i < COUNT(workers); i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        for (size_t j = 0; j < CALLS; j++) {
            check_item(&workers[i].items[j],
                       j < calls ? CHUTES_OK : CHUTES_ERR_INVALID_ARGUMENT);
        }
    }
    assert_int_equal(meter_requests(scene.meter), COUNT(workers) * calls);
    check_rate(scene.meter, started_us, (int)(COUNT(workers) * calls));
    close_scene(&scene);
}

/* ---- the end of waiting calls -------------------------------------------- */

static void hold_first(const struct meter_request *request,
                       struct meter_reply *reply, void *user_data)
{
    (void)user_data;
    reply->is_held = request->first == 1;
}

/* Limits that make the second of three requests wait. */
static const struct {
    int concurrent;
    bool is_rated; /* at most four requests a second */
} WAITS[] = {{1, false}, {0, true}, {1, true}};

static void open_waiting(struct scene *scene, size_t way)
{
    open_scene(scene, hold_first, NULL);
    scene->options.max_concurrent_requests = WAITS[way].concurrent;
    if (WAITS[way].is_rated) {
        scene->options.max_requests_per_second = 1e3 / call_patience_ms(250);
    }
    scene->client = call_client(&scene->options);
}

static void a_call_is_cancelled_while_it_waits(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct item items[3];
        chutes_loop *loop;

        open_waiting(&scene, way);
        loop = make_loop(scene.client);
        for (size_t i = 0; i < 3; i++) {
            make_item(&items[i], i + 1);
            start(&items[i], loop);
        }
        poll_until_requests(loop, scene.meter, 1);
        chutes_call_cancel(items[1].handle);
        assert_int_equal(items[1].done, 0);
        poll_until_done(loop, &items[1]);
        check_unsent(&items[1], CHUTES_ERR_CANCELLED);
        assert_int_equal(items[0].done, 0);
        meter_release(scene.meter);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_item(&items[0], CHUTES_OK);
        check_item(&items[2], CHUTES_OK);
        assert_int_equal(meter_requests(scene.meter), 2);
        assert_int_equal(meter_first(scene.meter, 2), 3);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

static void a_call_is_cancelled_before_the_loop_ran_at_all(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct item items[3];
        chutes_loop *loop;

        open_waiting(&scene, way);
        meter_release(scene.meter);
        loop = make_loop(scene.client);
        for (size_t i = 0; i < 3; i++) {
            make_item(&items[i], i + 1);
            start(&items[i], loop);
        }
        chutes_call_cancel(items[0].handle); /* this one had its turn */
        chutes_call_cancel(items[1].handle);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_item(&items[0], CHUTES_ERR_CANCELLED);
        check_item(&items[1], CHUTES_ERR_CANCELLED);
        check_item(&items[2], CHUTES_OK);
        assert_int_equal(items[1].error.attempts, 0);
        assert_true(meter_requests(scene.meter) <= 2);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

static void the_total_timeout_runs_while_a_call_waits(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct item items[2];
        chutes_call_options limits = chutes_call_options_default();
        int64_t started_us;
        int64_t elapsed_us;
        chutes_loop *loop;

        open_waiting(&scene, way);
        limits.total_timeout_ms = 100;
        loop = make_loop(scene.client);
        make_item(&items[0], 1);
        start(&items[0], loop);
        poll_until_requests(loop, scene.meter, 1);
        make_item(&items[1], 2);
        items[1].params.call_options = &limits;
        started_us = chutes__clock_now_us();
        start(&items[1], loop);
        poll_until_done(loop, &items[1]);
        elapsed_us = chutes__clock_now_us() - started_us;
        check_unsent(&items[1], CHUTES_ERR_TIMEOUT);
        assert_true(elapsed_us >= 100000);
        assert_true(elapsed_us < 100000 + call_bound_ms(1000) * 1000);
        meter_release(scene.meter);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_item(&items[0], CHUTES_OK);
        assert_int_equal(meter_requests(scene.meter), 1);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

static void *run_one(void *ctx)
{
    struct worker *worker = ctx;

    run_blocking(&worker->items[0], worker->client);
    return NULL;
}

static void begin_first(struct worker *worker, struct scene *scene)
{
    memset(worker, 0, sizeof(*worker));
    worker->client = scene->client;
    make_item(&worker->items[0], 1);
    assert_int_equal(pthread_create(&worker->thread, NULL, run_one, worker), 0);
    assert_true(meter_await(scene->meter, 1, call_patience_ms(LATE_MS)));
}

static void end_first(struct worker *worker, struct scene *scene,
                      chutes_status status)
{
    if (status == CHUTES_OK) {
        meter_release(scene->meter);
    }
    assert_int_equal(pthread_join(worker->thread, NULL), 0);
    check_item(&worker->items[0], status);
}

static void a_blocking_call_waits_no_longer_than_its_timeout(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct worker first;
        struct item item;
        chutes_call_options limits = chutes_call_options_default();

        open_waiting(&scene, way);
        begin_first(&first, &scene);
        limits.total_timeout_ms = 50;
        make_item(&item, 2);
        item.params.call_options = &limits;
        run_blocking(&item, scene.client);
        check_unsent(&item, CHUTES_ERR_TIMEOUT);
        end_first(&first, &scene, CHUTES_OK);
        assert_int_equal(meter_requests(scene.meter), 1);
        close_scene(&scene);
    }
}

static void what_waits_on_a_loop_that_is_freed_is_cancelled(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct worker first;
        struct item items[4];
        chutes_loop *doomed;
        chutes_loop *loop;

        open_waiting(&scene, way);
        begin_first(&first, &scene);
        doomed = make_loop(scene.client);
        loop = make_loop(scene.client);
        for (size_t i = 0; i < 4; i++) {
            make_item(&items[i], i + 2);
            start(&items[i], i % 2 == 0 ? doomed : loop);
        }
        chutes_loop_free(doomed);
        check_unsent(&items[0], CHUTES_ERR_CANCELLED);
        check_unsent(&items[2], CHUTES_ERR_CANCELLED);
        meter_release(scene.meter);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_item(&items[1], CHUTES_OK);
        check_item(&items[3], CHUTES_OK);
        end_first(&first, &scene, CHUTES_OK);
        assert_int_equal(meter_requests(scene.meter), 3);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

static void cancelling_all_ends_what_waits_too(void **state)
{
    (void)state;
    for (size_t way = 0; way < COUNT(WAITS); way++) {
        struct scene scene;
        struct worker first;
        struct item items[2];
        chutes_loop *loop;

        open_waiting(&scene, way);
        begin_first(&first, &scene);
        loop = make_loop(scene.client);
        make_item(&items[0], 2);
        start(&items[0], loop);
        chutes_client_cancel_all(scene.client);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        check_unsent(&items[0], CHUTES_ERR_CANCELLED);
        end_first(&first, &scene, CHUTES_ERR_CANCELLED);
        make_item(&items[1], 3);
        run_blocking(&items[1], scene.client);
        check_item(&items[1], CHUTES_OK);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

/* A waiting call gets its turn from another loop while its own loop sleeps. */
static void a_loop_wakes_up_when_its_turn_comes(void **state)
{
    struct scene scene;
    struct worker first;
    struct item item;
    chutes_loop *loop;
    chutes_call_options limits = chutes_call_options_default();

    (void)state;
    open_scene(&scene, hold_first, NULL);
    scene.options.max_concurrent_requests = 1;
    scene.client = call_client(&scene.options);
    begin_first(&first, &scene);
    limits.total_timeout_ms = call_patience_ms(LATE_MS);
    loop = make_loop(scene.client);
    make_item(&item, 2);
    item.params.call_options = &limits;
    start(&item, loop);
    assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
    meter_release(scene.meter);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    check_item(&item, CHUTES_OK);
    end_first(&first, &scene, CHUTES_OK);
    chutes_loop_free(loop);
    close_scene(&scene);
}

/* ---- adaptation ---------------------------------------------------------- */

struct weather {
    atomic_bool is_stormy;
    atomic_int together;
};

static void throttle(const struct meter_request *request,
                     struct meter_reply *reply, void *user_data)
{
    struct weather *weather = user_data;

    (void)request;
    reply->together = atomic_load(&weather->together);
    reply->delay_ms = 5;
    reply->status = atomic_load(&weather->is_stormy) ? 429 : 0;
}

static void run_round(struct scene *scene, chutes_loop *loop, size_t count,
                      chutes_status status)
{
    struct item *items = calloc(count, sizeof(*items));

    assert_non_null(items);
    meter_forget(scene->meter);
    for (size_t i = 0; i < count; i++) {
        make_item(&items[i], i);
        start(&items[i], loop);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    for (size_t i = 0; i < count; i++) {
        check_item(&items[i], status);
    }
    free(items);
}

static void a_429_halves_and_success_grows(void **state)
{
    struct scene scene;
    struct weather weather;
    chutes_loop *loop;

    (void)state;
    atomic_init(&weather.is_stormy, true);
    atomic_init(&weather.together, 8);
    open_scene(&scene, throttle, &weather);
    scene.options.max_concurrent_requests = 8;
    scene.options.adaptive_concurrency = 1;
    scene.client = call_client(&scene.options);
    loop = make_loop(scene.client);
    run_round(&scene, loop, 8, CHUTES_ERR_RATE_LIMITED);
    assert_int_equal(meter_most(scene.meter), 8);
    /* Eight refusals halve the limit. */
    atomic_store(&weather.together, 4);
    run_round(&scene, loop, 8, CHUTES_ERR_RATE_LIMITED);
    assert_int_equal(meter_most(scene.meter), 4);
    atomic_store(&weather.together, 2);
    run_round(&scene, loop, 8, CHUTES_ERR_RATE_LIMITED);
    assert_int_equal(meter_most(scene.meter), 2);
    atomic_store(&weather.together, 1);
    run_round(&scene, loop, 3, CHUTES_ERR_RATE_LIMITED);
    assert_int_equal(meter_most(scene.meter), 1); /* but never to 0 */
    /* It recovers by one per round. */
    atomic_store(&weather.is_stormy, false);
    atomic_store(&weather.together, 0);
    run_round(&scene, loop, 1, CHUTES_OK);
    assert_int_equal(meter_most(scene.meter), 1);
    atomic_store(&weather.together, 2);
    run_round(&scene, loop, 2, CHUTES_OK);
    assert_int_equal(meter_most(scene.meter), 2);
    /* It recovers up to the configured limit. */
    atomic_store(&weather.together, 0);
    run_round(&scene, loop, 60, CHUTES_OK);
    atomic_store(&weather.together, 8);
    run_round(&scene, loop, 20, CHUTES_OK);
    assert_int_equal(meter_most(scene.meter), 8);
    chutes_loop_free(loop);
    close_scene(&scene);
}

static void without_being_asked_nothing_adapts(void **state)
{
    struct scene scene;
    struct weather weather;
    chutes_loop *loop;

    (void)state;
    atomic_init(&weather.is_stormy, true);
    atomic_init(&weather.together, 6);
    open_scene(&scene, throttle, &weather);
    scene.client = call_client(&scene.options);
    loop = make_loop(scene.client);
    for (int i = 0; i < 3; i++) {
        run_round(&scene, loop, 6, CHUTES_ERR_RATE_LIMITED);
        assert_int_equal(meter_most(scene.meter), 6);
    }
    chutes_loop_free(loop);
    close_scene(&scene);
}

/* ---- under stress -------------------------------------------------------- */

enum { STRESSED = 6, PLACES = 2, STRESS_MS = 1500 };

struct stress {
    pthread_t thread;
    chutes_client *client;
    bool has_loops;
    int calls;
    int odd; /* unexpected statuses */
    atomic_bool *is_over;
};

static unsigned pick(unsigned below)
{
    return (unsigned)(chutes__random_u64() % below);
}

static void judge(struct stress *stress, const struct item *item)
{
    stress->calls++;
    stress->odd += item->status != CHUTES_OK &&
                   item->status != CHUTES_ERR_CANCELLED &&
                   item->status != CHUTES_ERR_TIMEOUT &&
                   item->status != CHUTES_ERR_RATE_LIMITED;
}

static void stress_blocking(struct stress *stress)
{
    chutes_call_options limits = chutes_call_options_default();
    struct item item;

    make_item(&item, 1);
    if (pick(2) == 0) {
        limits.total_timeout_ms = 1 + pick(8);
    }
    item.params.call_options = &limits;
    run_blocking(&item, stress->client);
    judge(stress, &item);
}

/* Starts some calls, cancels some, and frees the loop at a random moment. */
static void stress_loop(struct stress *stress)
{
    struct item items[5];
    chutes_loop *loop = NULL;
    unsigned polls = pick(12);

    if (chutes_loop_new(stress->client, &loop, NULL) != CHUTES_OK) {
        stress->odd++;
        return;
    }
    for (size_t i = 0; i < COUNT(items); i++) {
        make_item(&items[i], 1);
        stress->odd +=
            chutes_embed_start(loop, &items[i].params, on_done, &items[i],
                               &items[i].handle, NULL) != CHUTES_OK;
    }
    for (unsigned i = 0; i < polls; i++) {
        chutes_call_cancel(items[pick(COUNT(items))].handle);
        (void)chutes_loop_poll(loop, (int)pick(4));
    }
    chutes_loop_free(loop);
    for (size_t i = 0; i < COUNT(items); i++) {
        judge(stress, &items[i]);
        stress->odd += items[i].done != 1;
        chutes_call_free(items[i].handle);
    }
}

static void *run_stress(void *ctx)
{
    struct stress *stress = ctx;

    while (!atomic_load(stress->is_over)) {
        if (stress->has_loops) {
            stress_loop(stress);
        } else {
            stress_blocking(stress);
        }
    }
    return NULL;
}

static void disturb(const struct meter_request *request,
                    struct meter_reply *reply, void *user_data)
{
    atomic_int *shared = user_data;
    int together = atomic_load(shared);

    reply->together = together;
    if (together == 0) {
        reply->delay_ms = request->number % 3;
        reply->status = request->number % 7 == 0 ? 429 : 0;
    }
}

static void no_place_is_lost_whatever_happens_to_those_that_wait(void **state)
{
    static const double rates[] = {0, 400};

    (void)state;
    for (size_t way = 0; way < COUNT(rates) * 2; way++) {
        struct scene scene;
        struct stress stressed[STRESSED];
        atomic_bool is_over;
        atomic_int together;
        chutes_loop *loop;

        atomic_init(&is_over, false);
        atomic_init(&together, 0);
        open_scene(&scene, disturb, &together);
        scene.options.max_concurrent_requests = PLACES;
        scene.options.max_requests_per_second = rates[way / 2];
        scene.options.adaptive_concurrency = (int)(way % 2);
        scene.client = call_client(&scene.options);
        memset(stressed, 0, sizeof(stressed));
        for (size_t i = 0; i < STRESSED; i++) {
            stressed[i].client = scene.client;
            stressed[i].has_loops = i % 2 == 0;
            stressed[i].is_over = &is_over;
            assert_int_equal(pthread_create(&stressed[i].thread, NULL,
                                            run_stress, &stressed[i]),
                             0);
        }
        for (int i = 0; i < STRESS_MS / 10; i++) {
            (void)usleep(10000);
            if (i % 20 == 0) {
                chutes_client_cancel_all(scene.client);
            }
        }
        atomic_store(&is_over, true);
        for (size_t i = 0; i < STRESSED; i++) {
            assert_int_equal(pthread_join(stressed[i].thread, NULL), 0);
            assert_int_equal(stressed[i].odd, 0);
            assert_true(stressed[i].calls > 0);
        }
        loop = make_loop(scene.client);
        /* From here on the server refuses nothing, because the threads leave
         * varying parts of the retry budget. Both places are free, but an
         * adaptive client may still use only one. */
        atomic_store(&together, way % 2 == 0 ? PLACES : 1);
        run_round(&scene, loop, 6, CHUTES_OK);
        chutes_loop_free(loop);
        close_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_never_have_more_under_way),
        cmocka_unit_test(a_loop_never_has_more_under_way),
        cmocka_unit_test(a_call_that_waits_to_try_again_takes_no_place),
        cmocka_unit_test(requests_of_a_loop_keep_their_distance),
        cmocka_unit_test(requests_of_threads_keep_it_too),
        cmocka_unit_test(a_call_is_cancelled_while_it_waits),
        cmocka_unit_test(a_call_is_cancelled_before_the_loop_ran_at_all),
        cmocka_unit_test(the_total_timeout_runs_while_a_call_waits),
        cmocka_unit_test(a_blocking_call_waits_no_longer_than_its_timeout),
        cmocka_unit_test(what_waits_on_a_loop_that_is_freed_is_cancelled),
        cmocka_unit_test(cancelling_all_ends_what_waits_too),
        cmocka_unit_test(a_loop_wakes_up_when_its_turn_comes),
        cmocka_unit_test(a_429_halves_and_success_grows),
        cmocka_unit_test(without_being_asked_nothing_adapts),
        cmocka_unit_test(no_place_is_lost_whatever_happens_to_those_that_wait),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
