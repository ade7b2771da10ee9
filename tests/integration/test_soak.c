/* SPDX-License-Identifier: MIT */
/*
 * Hours of use in ten seconds (or the number given as argument): threads with
 * loops, blocking calls and iterators share one client. Everything that can go
 * wrong does, and calls are cancelled, paused and abandoned. Every call must
 * end exactly once, every attempt must be one POST, and nothing may be left
 * behind.
 */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#include "alloc_fail.h"
#include "call.h"
#include "soak_call.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLANG_SANITIZER
#endif
#endif

enum {
    LOOPS = 2,
    BLOCKING = 2,
    ITERATORS = 1,
    WORKERS = LOOPS + BLOCKING + ITERATORS,
    SLOTS = 16, /* concurrent calls of a loop */
    REMAKE_US = 700000,
    CANCEL_ALL_US = 900000
};

static int seconds = 10;

struct worker {
    struct soak_worker base; /* first, so that pointers can be cast */
    pthread_t thread;
    chutes_loop *loop;
    struct soak_call calls[SLOTS];
};

static bool goes_on(const struct worker *worker)
{
    return !atomic_load(&worker->base.soak->is_over) &&
           worker->base.fault[0] == '\0';
}

/* ---- on a loop ---- */

static void start(struct soak_call *call);

/* Starts the next call where one ended, unless all is over. */
static void follow(struct soak_call *call)
{
    struct worker *worker = (struct worker *)call->worker;

    pthread_mutex_lock(&call->lock);
    chutes_call_free(call->handle);
    call->handle = NULL;
    pthread_mutex_unlock(&call->lock);
    call->resume_us = 0;
    if (!worker->base.is_cancelling && goes_on(worker)) {
        start(call);
    }
}

static void on_chat_done(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    soak_judge_chat(user_data, status, response, error);
    follow(user_data);
}

static void on_embed_done(chutes_status status, chutes_embed_response *response,
                          const chutes_error *error, void *user_data)
{
    soak_judge_embed(user_data, status, response, error);
    follow(user_data);
}

static void start(struct soak_call *call)
{
    struct worker *worker = (struct worker *)call->worker;
    chutes_call_options clocks;
    chutes_message message;
    chutes_status status;
    chutes_error error;

    pthread_mutex_lock(&call->lock);
    soak_call_draw(&worker->base, call);
    if (call->kind->kind == SOAK_EMBED) {
        const chutes_embed_params params = soak_embed_params(call, &clocks);

        status = chutes_embed_start(worker->loop, &params, on_embed_done, call,
                                    &call->handle, &error);
    } else {
        const chutes_chat_params params =
            soak_chat_params(call, &message, &clocks);

        status = chutes_chat_start(worker->loop, &params, on_chat_done, call,
                                   &call->handle, &error);
    }
    pthread_mutex_unlock(&call->lock);
    worker->base.started++;
    if (status != CHUTES_OK) {
        soak_note_fault(&worker->base, call, "not started", status, &error);
    }
}

static bool start_all(struct worker *worker)
{
    chutes_error error;

    if (chutes_loop_new(worker->base.soak->client, &worker->loop, &error) !=
        CHUTES_OK) {
        (void)snprintf(worker->base.fault, sizeof(worker->base.fault),
                       "no loop: %s", error.message);
        return false;
    }
    for (int i = 0; i < SLOTS; i++) {
        worker->calls[i].worker = &worker->base;
        start(&worker->calls[i]);
    }
    return true;
}

static void resume_paused(struct worker *worker)
{
    int64_t now_us = chutes__clock_now_us();

    for (int i = 0; i < SLOTS; i++) {
        struct soak_call *call = &worker->calls[i];

        if (call->resume_us != 0 && call->resume_us <= now_us) {
            call->resume_us = 0;
            chutes_call_resume(call->handle);
        }
    }
}

/* Frees the loop while calls are running. */
static void free_loop(struct worker *worker)
{
    worker->base.is_cancelling = true;
    chutes_loop_free(worker->loop);
    worker->base.is_cancelling = false;
}

static void *work_loop(void *argument)
{
    struct worker *worker = argument;
    int64_t remake_us = chutes__clock_now_us() + REMAKE_US;

    if (!start_all(worker)) {
        return NULL;
    }
    while (chutes_loop_active(worker->loop) > 0) {
        if (chutes_loop_poll(worker->loop, 5) != CHUTES_OK) {
            (void)snprintf(worker->base.fault, sizeof(worker->base.fault),
                           "the loop failed");
        }
        resume_paused(worker);
        if (chutes__clock_now_us() > remake_us && goes_on(worker)) {
            remake_us += REMAKE_US;
            free_loop(worker);
            if (!start_all(worker)) {
                return NULL;
            }
        }
    }
    free_loop(worker);
    return NULL;
}

/* ---- one call after another ---- */

static void embed(struct worker *worker, struct soak_call *call)
{
    chutes_call_options clocks;
    const chutes_embed_params params = soak_embed_params(call, &clocks);
    chutes_embed_response *response = NULL;
    chutes_error error;
    chutes_status status =
        chutes_embed(worker->base.soak->client, &params, &response, &error);

    soak_judge_embed(call, status, response, &error);
}

static void chat(struct worker *worker, struct soak_call *call)
{
    chutes_call_options clocks;
    chutes_message message;
    const chutes_chat_params params = soak_chat_params(call, &message, &clocks);
    chutes_chat_response *response = NULL;
    chutes_error error;
    chutes_status status =
        chutes_chat(worker->base.soak->client, &params, &response, &error);

    soak_judge_chat(call, status, response, &error);
}

static void *work_blocking(void *argument)
{
    struct worker *worker = argument;
    struct soak_call *call = &worker->calls[0];

    while (goes_on(worker)) {
        soak_call_draw(&worker->base, call);
        worker->base.started++;
        if (call->kind->kind == SOAK_EMBED) {
            embed(worker, call);
        } else {
            chat(worker, call);
        }
    }
    return NULL;
}

/* Reads to the end, or to the event at which the plan acts. Returns false if
 * the stream is to be closed there. */
static bool pull(struct soak_call *call, chutes_chat_stream *stream,
                 chutes_status *status, chutes_error *error)
{
    const chutes_chat_event *event = NULL;

    for (;;) {
        *status = chutes_chat_stream_next(stream, &event, error);
        if (*status != CHUTES_OK || event == NULL) {
            return true;
        }
        if (event->type != CHUTES_CHAT_EVENT_CONTENT || ++call->events != 3) {
            continue;
        }
        if (call->plan == SOAK_PLAN_STOP) {
            return false;
        }
        if (call->plan == SOAK_PLAN_CANCEL) {
            atomic_store(&call->is_cancelled, true);
            chutes_chat_stream_cancel(stream);
        }
    }
}

static void iterate(struct worker *worker, struct soak_call *call)
{
    chutes_chat_stream *stream = NULL;
    chutes_call_options clocks;
    chutes_message message;
    chutes_chat_params params = soak_chat_params(call, &message, &clocks);
    chutes_status status;
    chutes_error error;

    params.on_event = NULL;
    status = chutes_chat_stream_open(worker->base.soak->client, &params,
                                     &stream, &error);
    if (status != CHUTES_OK) {
        soak_note_fault(&worker->base, call, "not opened", status, &error);
    } else if (pull(call, stream, &status, &error)) {
        soak_judge_chat(call, status, chutes_chat_stream_take_response(stream),
                        &error);
    } else {
        soak_judge_closed(call);
    }
    chutes_chat_stream_close(stream);
}

static void *work_iterator(void *argument)
{
    struct worker *worker = argument;
    struct soak_call *call = &worker->calls[0];

    while (goes_on(worker)) {
        soak_call_draw(&worker->base, call);
        if (call->kind->kind != SOAK_STREAM) {
            continue;
        }
        if (call->kind->max_attempts > 1) {
            call->plan = SOAK_PLAN_NONE; /* a closed one reports no attempts */
        }
        worker->base.started++;
        iterate(worker, call);
    }
    return NULL;
}

/* ---- the test ---- */

static void start_workers(struct worker *workers, struct soak *soak)
{
    for (int i = 0; i < WORKERS; i++) {
        void *(*work)(void *) = i < LOOPS              ? work_loop
                                : i < LOOPS + BLOCKING ? work_blocking
                                                       : work_iterator;

        workers[i].base.soak = soak;
        workers[i].base.seed = (unsigned)i + 1;
        for (int k = 0; k < SLOTS; k++) {
            pthread_mutex_init(&workers[i].calls[k].lock, NULL);
        }
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
}

static void cancel_one(struct worker *workers, unsigned *seed)
{
    struct soak_call *call =
        &workers[rand_r(seed) % LOOPS].calls[rand_r(seed) % SLOTS];

    pthread_mutex_lock(&call->lock);
    if (call->handle != NULL && call->plan == SOAK_PLAN_CANCEL_ELSEWHERE) {
        atomic_store(&call->is_cancelled, true);
        chutes_call_cancel(call->handle);
    }
    pthread_mutex_unlock(&call->lock);
}

static void disturb(struct soak *soak, struct worker *workers, int64_t until_us)
{
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 1000000};
    int64_t next_us = chutes__clock_now_us() + CANCEL_ALL_US;
    unsigned seed = 99;

    while (chutes__clock_now_us() < until_us) {
        cancel_one(workers, &seed);
        if (chutes__clock_now_us() >= next_us) {
            atomic_fetch_add(&soak->cancel_epoch, 1);
            chutes_client_cancel_all(soak->client);
            atomic_fetch_add(&soak->cancel_epoch, 1);
            next_us += CANCEL_ALL_US;
        }
        (void)nanosleep(&moment, NULL);
    }
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Sanitizers and valgrind hold freed memory back. */
static void check_growth(long warm_kib, long last_kib)
{
    print_message("  RSS: %ld KiB warm, %ld KiB in the end\n", warm_kib,
                  last_kib);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(CLANG_SANITIZER)
    if (call_patience_ms(1) == 1) {
        assert_true(last_kib <= warm_kib + warm_kib / 50 + 256);
    }
#endif
}

static void join_workers(struct worker *workers)
{
    long calls = 0;

    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (int i = 0; i < WORKERS; i++) {
        if (workers[i].base.fault[0] != '\0') {
            fail_msg("worker %d: %s", i, workers[i].base.fault);
        }
        assert_int_equal(workers[i].base.ended, workers[i].base.started);
        calls += workers[i].base.ended;
        for (int k = 0; k < SLOTS; k++) {
            pthread_mutex_destroy(&workers[i].calls[k].lock);
        }
    }
    print_message("%ld calls in %d seconds\n", calls, seconds);
}

/* A call that was cancelled early may or may not have been sent. */
static bool do_posts_agree(struct soak *soak, int number)
{
    long posts = soak_server_posts(soak->server, number);
    long sure = atomic_load(&soak->posts[number]);

    return posts >= sure &&
           posts <= sure + atomic_load(&soak->may_be_posts[number]);
}

static void check_posts(struct soak *soak)
{
    for (int i = 0; i < SOAK_CASE_COUNT; i++) {
        int64_t until_us = chutes__clock_now_us() + 5000000;

        /* The server may not have read the last requests yet. */
        while (!do_posts_agree(soak, i) && chutes__clock_now_us() < until_us) {
            usleep(1000);
        }
        print_message("  %-12s %8ld POSTs, %ld attempts, %ld of calls that "
                      "were cancelled early\n",
                      SOAK_CASES[i].model, soak_server_posts(soak->server, i),
                      atomic_load(&soak->posts[i]),
                      atomic_load(&soak->may_be_posts[i]));
        assert_true(do_posts_agree(soak, i));
        assert_true(soak_server_posts(soak->server, i) > 0);
    }
}

static void print_ends(struct soak *soak)
{
    for (int i = 0; i <= CHUTES_ERR_PENDING_TOOL; i++) {
        if (atomic_load(&soak->ends[i]) > 0) {
            print_message("  %-28s %8ld\n",
                          chutes_status_name((chutes_status)i),
                          atomic_load(&soak->ends[i]));
        }
    }
}

static void
whatever_goes_wrong_nothing_is_lost_counted_twice_or_left(void **state)
{
    static struct soak soak;
    static struct worker workers[WORKERS];
    chutes_client_options options = chutes_client_options_default();
    int64_t start_us = chutes__clock_now_us();
    int descriptors;
    long warm_kib;
    long last_kib;

    (void)state;
    assert_true(SOAK_CASE_COUNT <= SOAK_CASES_MAX);
    soak.server = soak_server_start();
    descriptors = call_count_descriptors();
    alloc_fail_count();
    options.base_url = soak_server_url(soak.server);
    options.proxy = "";
    soak.client = call_client(&options);
    start_workers(workers, &soak);
    disturb(&soak, workers, start_us + (int64_t)seconds * 300000);
    warm_kib = resident_kib();
    disturb(&soak, workers, start_us + (int64_t)seconds * 1000000);
    last_kib = resident_kib();
    atomic_store(&soak.is_over, true);
    join_workers(workers);
    chutes_client_free(soak.client);
    print_ends(&soak);
    check_posts(&soak);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    assert_int_equal(call_count_descriptors(), descriptors);
    check_growth(warm_kib, last_kib);
    soak_server_stop(soak.server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            whatever_goes_wrong_nothing_is_lost_counted_twice_or_left),
    };

    if (argc > 1) {
        seconds = (int)strtol(argv[1], NULL, 10);
    }
    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
