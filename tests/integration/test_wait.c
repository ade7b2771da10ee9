/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/clock.h"
#include "call.h"

/* Waits on a loop, which send nothing. */

struct scene {
    struct call_pair pair;
    chutes_loop *loop;
    chutes_call *call;
    int done;
    chutes_status status;
};

static void on_done(chutes_status status, const chutes_error *error,
                    void *user_data)
{
    struct scene *scene = user_data;

    assert_int_equal(status, error->status);
    assert_true(chutes_call_is_done(scene->call));
    scene->done++;
    scene->status = status;
}

static void open_scene(struct scene *scene, int64_t wait_ms)
{
    *scene = (struct scene){.pair = call_open("")};
    assert_int_equal(chutes_loop_new(scene->pair.client, &scene->loop, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_wait_start(scene->loop, wait_ms, on_done, scene,
                                       &scene->call, NULL),
                     CHUTES_OK);
    assert_int_equal(scene->done, 0);
    assert_int_equal(chutes_loop_active(scene->loop), 1);
}

static void close_scene(struct scene *scene, chutes_status status)
{
    assert_int_equal(scene->done, 1);
    assert_int_equal(scene->status, status);
    assert_int_equal(peer_requests(scene->pair.peer), 0);
    chutes_call_free(scene->call);
    chutes_loop_free(scene->loop);
    call_close(scene->pair);
}

static void a_wait_is_over_when_its_time_is(void **state)
{
    static const int waits_ms[] = {0, 1, 50};

    (void)state;
    for (size_t i = 0; i < COUNT(waits_ms); i++) {
        int64_t from_us = chutes__clock_now_us();
        struct scene scene;

        open_scene(&scene, waits_ms[i]);
        assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
        assert_true(chutes__clock_now_us() - from_us >= waits_ms[i] * 1000);
        close_scene(&scene, CHUTES_OK);
    }
}

static void a_wait_is_cancelled_like_any_call(void **state)
{
    enum { BY_HANDLE, BY_CLIENT, BY_LOOP, BY_FREE_CLIENT, WAYS };

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct scene scene;

        open_scene(&scene, way == BY_HANDLE ? 3600000 : -1);
        assert_int_equal(chutes_loop_poll(scene.loop, 5), CHUTES_OK);
        assert_int_equal(scene.done, 0);
        if (way == BY_HANDLE) {
            chutes_call_cancel(scene.call);
        } else if (way == BY_CLIENT) {
            chutes_client_cancel_all(scene.pair.client);
        } else if (way == BY_LOOP) {
            chutes_loop_free(scene.loop);
            scene.loop = NULL;
        } else {
            chutes_client_free(scene.pair.client);
            scene.pair.client = NULL;
        }
        if (scene.loop != NULL) {
            assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
        }
        close_scene(&scene, CHUTES_ERR_CANCELLED);
    }
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    struct call_pair pair = call_open("");
    chutes_loop *loop = NULL;
    chutes_call *call;
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_wait_start(NULL, 1, on_done, NULL, &call, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "loop must not be NULL");
    assert_int_equal(chutes_wait_start(loop, 1, NULL, NULL, &call, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "on_done must not be NULL");
    assert_int_equal(chutes_wait_start(loop, -2, on_done, NULL, &call, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "wait_ms must be -1 or more");
    assert_null(call);
    assert_int_equal(chutes_loop_active(loop), 0);
    chutes_loop_free(loop);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_is_over_when_its_time_is),
        cmocka_unit_test(a_wait_is_cancelled_like_any_call),
        cmocka_unit_test(what_is_wrong_is_refused_by_name),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
