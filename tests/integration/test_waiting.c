/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "call.h"

/* Calls that wait for a connection, or for their turn. */

static const char HELD[] =
    "wait go\n"
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n";

enum { MAX_CALLS = 200 };

static int done;
static int warnings;

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    (void)user_data;
    if (status != CHUTES_OK) {
        fail_msg("%s", error->message);
    }
    chutes_chat_response_free(response);
    done++;
}

static void count_warnings(chutes_log_level level, const char *line,
                           void *user_data)
{
    (void)user_data;
    if (level == CHUTES_LOG_WARN && strstr(line, "wait for a connection")) {
        warnings++;
    }
}

struct scene {
    struct peer *peer;
    chutes_client_options options;
    chutes_client *client;
    chutes_loop *loop;
};

static void open_scene(struct scene *scene)
{
    scene->peer = peer_start(HELD, PEER_PLAIN);
    scene->options = call_options(scene->peer);
    scene->options.on_log = count_warnings;
    done = 0;
    warnings = 0;
}

static void make_loop(struct scene *scene)
{
    scene->client = call_client(&scene->options);
    assert_int_equal(chutes_loop_new(scene->client, &scene->loop, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_loop_waiting(scene->loop), 0);
}

/* Starts calls and polls until the server has received this many requests. */
static void start(struct scene *scene, int calls, int requests)
{
    chutes_chat_params params = call_chat_params();

    for (int i = 0; i < calls; i++) {
        assert_int_equal(
            chutes_chat_start(scene->loop, &params, on_done, NULL, NULL, NULL),
            CHUTES_OK);
    }
    for (int i = 0; !peer_await_requests(scene->peer, requests, 0); i++) {
        assert_true(i < 100000);
        assert_int_equal(chutes_loop_poll(scene->loop, 10), CHUTES_OK);
    }
}

static void await_waiting(struct scene *scene, size_t count)
{
    for (int i = 0; i < 1000 && chutes_loop_waiting(scene->loop) != count;
         i++) {
        assert_int_equal(chutes_loop_poll(scene->loop, 1), CHUTES_OK);
    }
    assert_int_equal(chutes_loop_waiting(scene->loop), count);
}

static void close_scene(struct scene *scene)
{
    assert_int_equal(chutes_loop_run(scene->loop), CHUTES_OK);
    assert_int_equal(chutes_loop_waiting(scene->loop), 0);
    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

static void those_without_a_connection_are_counted_and_told(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.options.max_host_connections = 2;
    make_loop(&scene);
    start(&scene, 2, 2);
    assert_int_equal(chutes_loop_waiting(scene.loop), 0);
    assert_int_equal(warnings, 0);
    start(&scene, 3, 2);
    await_waiting(&scene, 3);
    assert_int_equal(warnings, 1);
    start(&scene, 4, 2); /* reported once per episode */
    await_waiting(&scene, 7);
    assert_int_equal(warnings, 1);
    peer_release(scene.peer, "go");
    close_scene(&scene);
    assert_int_equal(done, 9);
}

static void those_whose_turn_has_not_come_are_counted(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.options.max_concurrent_requests = 1;
    make_loop(&scene);
    start(&scene, 4, 1);
    await_waiting(&scene, 3);
    assert_int_equal(warnings, 0);
    peer_release(scene.peer, "go");
    close_scene(&scene);
    assert_int_equal(done, 4);
}

/* More than 64 calls, which used to be the default limit. */
static void by_default_many_are_under_way_at_once(void **state)
{
    chutes_client_options defaults = chutes_client_options_default();
    struct scene scene;

    (void)state;
    assert_true(defaults.max_host_connections >= 1000);
    assert_true(defaults.max_total_connections >= 1000);
    open_scene(&scene);
    make_loop(&scene);
    start(&scene, MAX_CALLS, MAX_CALLS);
    assert_int_equal(chutes_loop_waiting(scene.loop), 0);
    assert_int_equal(warnings, 0);
    peer_release(scene.peer, "go");
    close_scene(&scene);
    assert_int_equal(done, MAX_CALLS);
}

static void no_loop_has_nobody_waiting(void **state)
{
    (void)state;
    assert_int_equal(chutes_loop_waiting(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_without_a_connection_are_counted_and_told),
        cmocka_unit_test(those_whose_turn_has_not_come_are_counted),
        cmocka_unit_test(by_default_many_are_under_way_at_once),
        cmocka_unit_test(no_loop_has_nobody_waiting),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
