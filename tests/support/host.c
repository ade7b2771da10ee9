/* SPDX-License-Identifier: MIT */
#include "host.h"

#include "base/clock.h"

#include "host_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EMBEDDING "{\"data\":[{\"index\":0,\"embedding\":[1.5,-2]}]}"

/* ---- many at once ---- */

/* Connection i says "from i" and, once all of them have begun, " and i". */
static char *many_script(void)
{
    enum { SECTION = 512 };
    char *script = calloc(SCENE_STREAMS + 1, SECTION);
    size_t len = 0;

    assert_non_null(script);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        len += (size_t)snprintf(
            script + len, SECTION,
            "connection\nexpect POST /v1/chat/completions\nsse-head\n"
            "sse {\"choices\":[{\"index\":0,"
            "\"delta\":{\"content\":\"from %d\"}}]}\n"
            "wait rest\n"
            "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" and "
            "%d\"},\"finish_reason\":\"stop\"}]}\n"
            "sse [DONE]\nchunk-end\n",
            i, i);
    }
    (void)snprintf(script + len, SECTION,
                   "connection\nexpect POST /v1/embeddings\n"
                   "answer 200 application/json " EMBEDDING "\n");
    return script;
}

/* The streams first, as the script has it; the embeddings while they are held;
 * then the rest of the streams. */
static bool go_through_many(struct scene *scene)
{
    int begun = 0;

    for (int i = 0; i < SCENE_STREAMS; i++) {
        begun += scene->calls[i].events.count > 0;
    }
    if (scene->step == 0 && begun == SCENE_STREAMS) {
        for (int i = SCENE_STREAMS; i < SCENE_STREAMS + SCENE_EMBEDDINGS; i++) {
            started_embedding(&scene->calls[i]);
        }
        scene->step = 1;
    }
    if (scene->step == 1 && scene_dones(scene) == SCENE_EMBEDDINGS) {
        assert_int_equal(chutes_loop_active(scene->loop), SCENE_STREAMS);
        peer_release(scene->peer, "rest");
        scene->step = 2;
    }
    return scene_dones(scene) == SCENE_STREAMS + SCENE_EMBEDDINGS;
}

static void
many_streams_and_embeddings_at_once_get_their_own_answers(void **state)
{
    char *script = many_script();
    bool seen[SCENE_STREAMS] = {false};
    struct scene scene;

    scene_open(&scene, *state, script);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        started_stream(&scene.calls[i], NULL);
    }
    scene_run(&scene, go_through_many);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        char text[128];
        int n = -1;

        assert_int_equal(scene.calls[i].status, CHUTES_OK);
        assert_int_equal(
            sscanf(scene.calls[i].events.text, "content 0 from %d", &n), 1);
        assert_true(n >= 0 && n < SCENE_STREAMS && !seen[n]);
        seen[n] = true;
        (void)snprintf(text, sizeof(text),
                       "content 0 from %d\ncontent 0  and %d\nfinish 0 stop\n",
                       n, n);
        assert_string_equal(scene.calls[i].events.text, text);
    }
    for (int i = SCENE_STREAMS; i < SCENE_STREAMS + SCENE_EMBEDDINGS; i++) {
        assert_int_equal(scene.calls[i].status, CHUTES_OK);
        assert_true(scene.calls[i].embed->values[0] == 1.5F);
        assert_true(scene.calls[i].embed->values[1] == -2.0F);
    }
    scene_close(&scene);
    free(script);
}

/* ---- who starts and cancels ---- */

static bool start_then_wait(struct scene *scene)
{
    if (scene->ticks == 3) {
        assert_int_equal(peer_requests(scene->peer), 0);
        started_stream(&scene->calls[0], NULL);
    }
    return scene_first_is_done(scene);
}

static void a_call_that_a_timer_of_the_host_starts_gets_going(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_FIRST_WORD SCENE_LAST_WORD);
    scene_run(&scene, start_then_wait);
    started_expect_whole(&scene.calls[0]);
    scene_close(&scene);
}

static void start_next(struct started *started)
{
    started_stream(started + 1, NULL);
}

static bool third_is_done(struct scene *scene)
{
    return scene->calls[2].dones == 1;
}

static void a_completion_may_start_the_next_call(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_FIRST_WORD SCENE_LAST_WORD);
    scene.calls[0].on_done = start_next;
    scene.calls[1].on_done = start_next;
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, third_is_done);
    for (int i = 0; i < 3; i++) {
        started_expect_whole(&scene.calls[i]);
    }
    assert_int_equal(peer_accepts(scene.peer), 1);
    scene_close(&scene);
}

static bool cancel_when_begun(struct scene *scene)
{
    if (scene->step == 0 && scene->calls[0].events.count == 1) {
        chutes_call_cancel(scene->calls[0].handle);
        assert_int_equal(scene->calls[0].dones, 0);
        scene->step = 1;
    }
    return scene_first_is_done(scene);
}

static void a_timer_of_the_host_may_cancel_a_call(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_FIRST_WORD "stall\n");
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, cancel_when_begun);
    started_expect_cancelled(&scene.calls[0]);
    scene_close(&scene);
}

static void *cancel_when_asked(void *user_data)
{
    struct scene *scene = user_data;

    if (peer_await_requests(scene->peer, 1, call_patience_ms(5000))) {
        chutes_call_cancel(scene->calls[0].handle);
    }
    return NULL;
}

static void another_thread_may_cancel_a_call(void **state)
{
    struct scene scene;
    pthread_t thread;

    scene_open(&scene, *state, "stall\n");
    started_stream(&scene.calls[0], NULL);
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_asked, &scene),
                     0);
    scene_run(&scene, scene_first_is_done);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(scene.calls[0].status, CHUTES_ERR_CANCELLED);
    assert_null(scene.calls[0].chat);
    scene_close(&scene);
}

static void a_reset_connection_is_noticed(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, "read-none\nread 1\nrst\n");
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, scene_first_is_done);
    assert_int_equal(scene.calls[0].status, CHUTES_ERR_CONNECTION_LOST);
    scene_close(&scene);
}

/* ---- freeing the loop ---- */

static void free_loop_when_done(struct started *started)
{
    if (started->scene->loop != NULL) {
        scene_free_loop(started->scene);
    }
}

static void free_loop_at_event(struct call_events *events, void *user_data)
{
    (void)events;
    free_loop_when_done(user_data);
}

static bool all_three_are_done(struct scene *scene)
{
    return scene_dones(scene) == 3;
}

/* One ends while two are held. */
static void a_completion_may_free_the_loop(void **state)
{
    struct scene scene;

    scene_open(&scene, *state,
               "connection\n" SCENE_HELD "connection\n" SCENE_HELD
               "connection\n" SCENE_FIRST_WORD SCENE_LAST_WORD);
    for (int i = 0; i < 3; i++) {
        scene.calls[i].on_done = free_loop_when_done;
        started_stream(&scene.calls[i], NULL);
    }
    scene_run(&scene, all_three_are_done);
    assert_null(scene.loop);
    scene_close(&scene);
}

static void an_event_may_free_the_loop(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_HELD);
    for (int i = 0; i < 3; i++) {
        scene.calls[i].events.hook = free_loop_at_event;
        scene.calls[i].events.user_data = &scene.calls[i];
        started_stream(&scene.calls[i], NULL);
    }
    scene_run(&scene, all_three_are_done);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(scene.calls[i].status, CHUTES_ERR_CANCELLED);
    }
    scene_close(&scene);
}

static bool free_loop_when_begun(struct scene *scene)
{
    if (scene->loop != NULL && scene->calls[0].events.count == 1) {
        scene_free_loop(scene);
        started_expect_cancelled(
            &scene->calls[0]); /* before scene_free_loop() returned */
        return true;
    }
    return false;
}

static void a_timer_of_the_host_may_free_the_loop(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_HELD);
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, free_loop_when_begun);
    scene_close(&scene);
}

/* ---- time ---- */

static void clocks_run_in_the_time_of_the_host(void **state)
{
    chutes_call_options options = chutes_call_options_default();
    struct scene scene;
    int64_t elapsed_us;

    options.total_timeout_ms = 150;
    scene_open(&scene, *state, "stall\n");
    elapsed_us = -chutes__clock_now_us();
    started_stream(&scene.calls[0], &options);
    scene_run(&scene, scene_first_is_done);
    elapsed_us += chutes__clock_now_us();
    assert_int_equal(scene.calls[0].status, CHUTES_ERR_TIMEOUT);
    assert_in_range(elapsed_us, 150000, (150 + call_patience_ms(250)) * 1000);
    scene_close(&scene);
}

static void pause_call(struct call_events *events, void *user_data)
{
    struct started *started = user_data;

    if (events->count == 1) {
        chutes_call_pause(started->handle);
    }
}

static bool resume_later(struct scene *scene)
{
    struct started *started = &scene->calls[0];

    if (scene->step == 0 && started->events.count == 1) {
        peer_release(scene->peer, "rest");
        scene->step = scene->ticks;
    }
    if (scene->step != 0 && scene->ticks <= scene->step + 20) {
        assert_int_equal(started->events.count, 1);
    }
    if (scene->step != 0 && scene->ticks == scene->step + 20) {
        chutes_call_resume(started->handle);
    }
    return scene_first_is_done(scene);
}

static void a_paused_call_goes_on_when_the_host_says_so(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_HELD);
    scene.calls[0].events.hook = pause_call;
    scene.calls[0].events.user_data = &scene.calls[0];
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, resume_later);
    started_expect_whole(&scene.calls[0]);
    scene_close(&scene);
}

/* The host waits in the kernel between its own ticks: it isn't woken for
 * nothing. */
static bool see_that_it_sleeps(struct scene *scene)
{
    enum { TICKS = 50 };
    static long sleeps;
    static int polls;
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    if (scene->step == 0 && scene->calls[0].events.count == 1) {
        sleeps = usage.ru_nvcsw;
        polls = host_polls();
        scene->step = scene->ticks;
    }
    if (scene->step != 0 && scene->ticks == scene->step + TICKS) {
        assert_true(usage.ru_nvcsw - sleeps >= TICKS / 2);
        assert_true(host_polls() - polls <= 2);
        peer_release(scene->peer, "rest");
    }
    return scene_first_is_done(scene);
}

static void a_host_sleeps_while_nothing_comes(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_HELD);
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, see_that_it_sleeps);
    started_expect_whole(&scene.calls[0]);
    scene_close(&scene);
}

/* ---- the end of the host's own loop ---- */

static void a_host_ends_when_no_call_is_active(void **state)
{
    const struct host *host = *state;
    struct scene scene;

    scene_open(&scene, host, SCENE_FIRST_WORD "sleep 20\n" SCENE_LAST_WORD);
    host->run(scene.state, NULL, NULL); /* at once */
    for (int i = 0; i < 2; i++) {
        started_stream(&scene.calls[i], NULL);
        host->run(scene.state, NULL, NULL);
        started_expect_whole(&scene.calls[i]);
        assert_int_equal(chutes_loop_active(scene.loop), 0);
    }
    scene_close(&scene);
}

static void a_host_that_has_a_loop_refuses_another_way_to_drive_it(void **state)
{
    const struct host *host = *state;
    struct scene scene;

    scene_open(&scene, host, SCENE_FIRST_WORD SCENE_LAST_WORD);
    assert_int_equal(host->attach(scene.state, scene.loop, NULL),
                     CHUTES_ERR_MISUSE);
    assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_ERR_MISUSE);
    assert_int_equal(chutes_loop_fd(scene.loop), -1);
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, scene_first_is_done);
    started_expect_whole(&scene.calls[0]);
    scene_close(&scene);
}

int host_run_cases(const struct host *host)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(
            many_streams_and_embeddings_at_once_get_their_own_answers),
        cmocka_unit_test(a_call_that_a_timer_of_the_host_starts_gets_going),
        cmocka_unit_test(a_completion_may_start_the_next_call),
        cmocka_unit_test(a_timer_of_the_host_may_cancel_a_call),
        cmocka_unit_test(another_thread_may_cancel_a_call),
        cmocka_unit_test(a_reset_connection_is_noticed),
        cmocka_unit_test(a_completion_may_free_the_loop),
        cmocka_unit_test(an_event_may_free_the_loop),
        cmocka_unit_test(a_timer_of_the_host_may_free_the_loop),
        cmocka_unit_test(clocks_run_in_the_time_of_the_host),
        cmocka_unit_test(a_paused_call_goes_on_when_the_host_says_so),
        cmocka_unit_test(a_host_sleeps_while_nothing_comes),
        cmocka_unit_test(
            a_host_that_has_a_loop_refuses_another_way_to_drive_it),
        cmocka_unit_test(a_host_ends_when_no_call_is_active),
    };
    size_t count = COUNT(tests);

    count -= !host->ends_by_itself;
    count -= host->forget != NULL; /* by the descriptor, and so by polling */
    call_clear_environment();
    /* libuv opens, once for the process, what it never closes. */
    host->close(host->open());
    for (size_t i = 0; i < COUNT(tests); i++) {
        tests[i].initial_state = (void *)(uintptr_t)host;
    }
    return _cmocka_run_group_tests(host->name, tests, count, NULL, NULL);
}
