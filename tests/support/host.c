/* SPDX-License-Identifier: MIT */
#include "host.h"

#include "base/clock.h"

#include "host_scene.h"
#include "test.h"

#include <pthread.h>
#include <sys/resource.h>

/* ---- starting and cancelling ---- */

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

/* The FIN arrives together with the answer. */
static void a_connection_that_was_closed_is_not_used_again(void **state)
{
    struct scene scene;

    scene_open(&scene, *state,
               "hold\n" SCENE_FIRST_WORD SCENE_LAST_WORD "fin\n");
    scene.calls[0].on_done = start_next;
    scene.calls[1].on_done = start_next;
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, third_is_done);
    for (int i = 0; i < 3; i++) {
        started_expect_whole(&scene.calls[i]);
        assert_int_equal(scene.calls[i].chat->info->attempts, 1);
    }
    assert_int_equal(peer_posts(scene.peer), 3);
    assert_int_equal(peer_accepts(scene.peer), 3);
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

static void *cancel_call(void *call)
{
    chutes_call_cancel(call);
    return NULL;
}

/* Cancels while the host sleeps and nothing else would wake it soon. The delays
 * are counted in ticks, not in milliseconds, because a busy machine delays the
 * ticks too. */
static bool cancel_elsewhere(struct scene *scene)
{
    enum { WAIT = 10, SOON = 30 };
    pthread_t thread;

    if (scene->step == 0 && scene->calls[0].events.count == 1) {
        scene->step = scene->ticks + WAIT;
    }
    if (scene->step != 0 && scene->ticks == scene->step) {
        assert_int_equal(
            pthread_create(&thread, NULL, cancel_call, scene->calls[0].handle),
            0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    assert_true(scene->step == 0 || scene->ticks < scene->step + SOON);
    return scene_first_is_done(scene);
}

static void another_thread_may_cancel_a_call(void **state)
{
    struct scene scene;

    scene_open(&scene, *state, SCENE_FIRST_WORD "stall\n");
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, cancel_elsewhere);
    started_expect_cancelled(&scene.calls[0]);
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

/* One call ends while two are held. */
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
    assert_in_range(elapsed_us, 150000, (150 + call_bound_ms(250)) * 1000);
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

/* The host sleeps in the kernel between its own ticks: our loop doesn't wake it
 * for nothing. */
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

/* ---- when the host's loop ends ---- */

static void a_host_ends_when_no_call_is_active(void **state)
{
    const struct host *host = *state;
    struct scene scene;

    scene_open(&scene, host, SCENE_FIRST_WORD "sleep 20\n" SCENE_LAST_WORD);
    host->run(scene.state, NULL, NULL); /* returns at once */
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
        cmocka_unit_test(scene_many_calls_at_once_get_their_own_answers),
        cmocka_unit_test(scene_a_flood_holds_nobody_up),
        cmocka_unit_test(scene_callbacks_longer_than_a_step_hold_nobody_up),
        cmocka_unit_test(a_call_that_a_timer_of_the_host_starts_gets_going),
        cmocka_unit_test(a_completion_may_start_the_next_call),
        cmocka_unit_test(a_connection_that_was_closed_is_not_used_again),
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

    /* The last two tests are not for every host. Hosts with forget() poll by
     * hand: they never end by themselves, and have no adapter that could
     * refuse. */
    count -= !host->ends_by_itself;
    count -= host->forget != NULL;
    call_clear_environment();
    /* libuv opens descriptors once per process and never closes them: open them
     * before the first test counts. */
    host->close(host->open());
    for (size_t i = 0; i < COUNT(tests); i++) {
        tests[i].initial_state = (void *)(uintptr_t)host;
    }
    return _cmocka_run_group_tests(host->name, tests, count, NULL, NULL);
}
