/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "mock/demo.h"

#include "call.h"
#include "loop_call.h"
#include "stream_script.h"

enum { SOON_MS = 250, PATIENCE_MS = 5000, MANY = 12, BLOCKED = 8 };

#define FINE "sse-head\n" PIECE("fi") LAST("ne")
#define TALKS "sse-head\n" PIECE("half") "stall\n"
#define BUSY                              \
    "status 503\nheader Retry-After: 5\n" \
    "header Content-Length: 0\nend-headers\n"

/* A server, its client, and a loop of that client. */
struct scene {
    struct peer *peer;
    chutes_client *client;
    chutes_loop *loop;
};

static struct scene open_scene(const char *script)
{
    struct scene scene = {.peer = peer_start(script, PEER_PLAIN)};
    chutes_client_options options = call_options(scene.peer);

    options.retry_policy = CHUTES_RETRY_SAFE;
    scene.client = call_client(&options);
    scene.loop = loop_of_client(scene.client);
    return scene;
}

/* Parts that the test has freed are NULL. */
static void close_scene(struct scene *scene)
{
    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

static int elapsed_ms(int64_t since_us)
{
    return (int)((chutes__clock_now_us() - since_us) / 1000);
}

/* ---- arguments ----------------------------------------------------------- */

static void never_done(chutes_status status, chutes_chat_response *response,
                       const chutes_error *error, void *user_data)
{
    (void)status;
    (void)error;
    chutes_chat_response_free(response);
    *(int *)user_data += 1;
}

static void never_embedded(chutes_status status,
                           chutes_embed_response *response,
                           const chutes_error *error, void *user_data)
{
    (void)status;
    (void)error;
    chutes_embed_response_free(response);
    *(int *)user_data += 1;
}

static void never_listed(chutes_status status, chutes_models_response *response,
                         const chutes_error *error, void *user_data)
{
    (void)status;
    (void)error;
    chutes_models_response_free(response);
    *(int *)user_data += 1;
}

static void check_refusal(chutes_status status, const chutes_call *call,
                          const chutes_error *error, const char *field)
{
    assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(error->status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(call);
    if (strstr(error->message, field) == NULL) {
        fail_msg("\"%s\" doesn't name %s", error->message, field);
    }
}

static void refuse_chats(chutes_loop *loop, int *done)
{
    chutes_chat_params good = call_chat_params();
    chutes_chat_params sizeless = good;
    chutes_chat_params nameless = good;
    chutes_chat_params rushed = good;
    chutes_call_options options = chutes_call_options_default();
    const struct {
        chutes_loop *loop;
        const chutes_chat_params *params;
        chutes_chat_done_fn on_done;
        const char *field;
    } rows[] = {{NULL, &good, never_done, "loop"},
                {loop, NULL, never_done, "params"},
                {loop, &good, NULL, "on_done"},
                {loop, &sizeless, never_done, "struct_size"},
                {loop, &nameless, never_done, "model"},
                {loop, &rushed, never_done, "total_timeout_ms"}};

    sizeless.struct_size = 1;
    nameless.model = NULL;
    options.total_timeout_ms = -7;
    rushed.call_options = &options;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_call *call = (void *)&call;
        chutes_error error;
        chutes_status status = chutes_chat_start(
            rows[i].loop, rows[i].params, rows[i].on_done, done, &call, &error);

        check_refusal(status, call, &error, rows[i].field);
        assert_int_equal(chutes_chat_start(rows[i].loop, rows[i].params,
                                           rows[i].on_done, done, NULL, NULL),
                         CHUTES_ERR_INVALID_ARGUMENT);
    }
}

static void refuse_others(chutes_loop *loop, int *done)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_models_params list = chutes_models_params_default();
    chutes_call *call = (void *)&call;
    chutes_error error;
    chutes_status status;

    status =
        chutes_embed_start(loop, NULL, never_embedded, done, &call, &error);
    check_refusal(status, call, &error, "params");
    status = chutes_embed_start(loop, &params, NULL, done, &call, &error);
    check_refusal(status, call, &error, "on_done");
    status =
        chutes_embed_start(loop, &params, never_embedded, done, &call, &error);
    check_refusal(status, call, &error, "model");
    status =
        chutes_models_list_start(NULL, NULL, never_listed, done, &call, &error);
    check_refusal(status, call, &error, "loop");
    status = chutes_models_list_start(loop, NULL, NULL, done, &call, &error);
    check_refusal(status, call, &error, "on_done");
    list.struct_size = 0;
    status = chutes_models_list_start(loop, &list, never_listed, done, &call,
                                      &error);
    check_refusal(status, call, &error, "struct_size");
}

static void what_is_wrong_is_refused_at_the_start(void **state)
{
    struct scene scene = open_scene(FINE);
    int done = 0;

    (void)state;
    refuse_chats(scene.loop, &done);
    refuse_others(scene.loop, &done);
    assert_int_equal(chutes_loop_active(scene.loop), 0);
    loop_poll_for(scene.loop, 20);
    assert_int_equal(done, 0);
    assert_int_equal(peer_accepts(scene.peer), 0);
    close_scene(&scene);
}

static void functions_take_null_where_there_is_nothing(void **state)
{
    struct scene scene = open_scene(FINE);
    chutes_loop *loop = scene.loop;
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_loop_new(NULL, &loop, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(loop);
    assert_non_null(strstr(error.message, "client"));
    assert_int_equal(chutes_loop_new(scene.client, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "loop"));
    assert_int_equal(chutes_loop_new(scene.client, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_loop_poll(NULL, 0), CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_loop_run(NULL), CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_loop_active(NULL), 0);
    assert_int_equal(chutes_loop_fd(NULL), -1);
    assert_int_equal(chutes_loop_attach(NULL, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_loop_wakeup(NULL);
    chutes_loop_on_ready(NULL, 0, CHUTES_LOOP_READABLE);
    chutes_loop_on_timer(NULL);
    chutes_loop_free(NULL);
    chutes_call_cancel(NULL);
    chutes_call_pause(NULL);
    chutes_call_resume(NULL);
    chutes_call_free(NULL);
    assert_int_equal(chutes_call_is_done(NULL), 1);
    close_scene(&scene);
}

static void *no_watch(int fd, int events, void *watch, void *user_data)
{
    (void)fd;
    (void)events;
    (void)watch;
    return user_data;
}

static void no_timer(int64_t timeout_ms, void *user_data)
{
    (void)timeout_ms;
    (void)user_data;
}

static void count_detached(void *user_data)
{
    *(int *)user_data += 1;
}

static void hooks_are_taken_once_and_whole(void **state)
{
    struct scene scene = open_scene(FINE);
    int detached = 0;
    chutes_loop_hooks good = chutes_loop_hooks_default();
    chutes_loop_hooks rows[4];
    chutes_error error;

    (void)state;
    good.watch = no_watch;
    good.timer = no_timer;
    good.detach = count_detached;
    good.user_data = &detached;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = good;
    }
    rows[0].struct_size = 0;
    rows[1].watch = NULL;
    rows[2].timer = NULL;
    rows[3].detach = NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(chutes_loop_attach(scene.loop, &rows[i], &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
    }
    assert_int_equal(chutes_loop_attach(scene.loop, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    rows[0] = good;
    rows[0].user_data = NULL; /* the hook fails without it */
    assert_int_equal(chutes_loop_attach(scene.loop, &rows[0], &error),
                     CHUTES_ERR_INTERNAL);
    assert_int_equal(detached, 0);
    assert_int_equal(chutes_loop_attach(scene.loop, &good, &error), CHUTES_OK);
    assert_int_equal(chutes_loop_attach(scene.loop, &good, &error),
                     CHUTES_ERR_MISUSE);
    assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_ERR_MISUSE);
    assert_int_equal(chutes_loop_fd(scene.loop), -1);
    chutes_loop_free(scene.loop);
    assert_int_equal(detached, 1);
    scene.loop = loop_of_client(scene.client);
    assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_OK);
    assert_int_equal(chutes_loop_attach(scene.loop, &good, &error),
                     CHUTES_ERR_MISUSE);
    close_scene(&scene);
    assert_int_equal(detached, 1);
}

/* ---- calls --------------------------------------------------------------- */

static struct mock_demo *start_demo(int delay_ms)
{
    const struct mock_demo_options options = {.delay_ms = delay_ms};
    const char *reason = "none";
    struct mock_demo *demo = mock_demo_start(&options, &reason);

    if (demo == NULL) {
        fail_msg("%s", reason);
    }
    return demo;
}

static chutes_client *client_of_demo(const struct mock_demo *demo)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = mock_demo_url(demo);
    options.proxy = "";
    return call_client(&options);
}

static void start_mixed(struct loop_call *calls, int count, chutes_loop *loop)
{
    for (int i = 0; i < count; i++) {
        calls[i] = (struct loop_call){
            .call = {.kind = (enum call_kind)(i % CALL_INVOKE)}};
        calls[i].model = calls[i].call.kind == CALL_EMBED
                             ? MOCK_DEMO_EMBEDDING_MODEL
                             : MOCK_DEMO_PARROT_MODEL;
        assert_int_equal(loop_call_start(&calls[i], loop), CHUTES_OK);
        assert_int_equal(chutes_loop_active(loop), i + 1);
    }
}

static void check_mixed(struct loop_call *calls, int count)
{
    for (int i = 0; i < count; i++) {
        struct call *call = &calls[i].call;

        loop_call_check(&calls[i], CHUTES_OK);
        assert_true(chutes_call_is_done(calls[i].handle));
        assert_true(calls[i].active_at_done < (size_t)count);
        assert_int_equal(call_info(call)->http_status, 200);
        if (call->chat != NULL) {
            assert_non_null(
                strstr(chutes_chat_response_text(call->chat), CALL_PROMPT));
        }
        if (call->embed != NULL) {
            assert_int_equal(call->embed->count, 2);
        }
        assert_int_equal(call->events.count > 0, call->kind == CALL_STREAM);
        loop_call_dispose(&calls[i]);
    }
}

static void calls_of_all_kinds_run_at_once(void **state)
{
    struct mock_demo *demo = start_demo(1);
    chutes_client *client = client_of_demo(demo);
    chutes_loop *loop = loop_of_client(client);
    struct loop_call calls[MANY];

    (void)state;
    for (int round = 0; round < 3; round++) {
        start_mixed(calls, MANY, loop);
        assert_int_equal(mock_demo_requests(demo), round * MANY);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        assert_int_equal(chutes_loop_active(loop), 0);
        check_mixed(calls, MANY);
    }
    assert_int_equal(mock_demo_requests(demo), 3 * MANY);
    chutes_loop_free(loop);
    chutes_client_free(client);
    mock_demo_stop(demo);
}

static void a_call_that_fails_at_once_is_told_by_the_loop(void **state)
{
    struct scene scene = open_scene(FINE);

    (void)state;
    peer_stop(scene.peer); /* nobody listens now */
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct loop_call call = {.call = {.kind = (enum call_kind)kind}};

        assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
        assert_int_equal(call.done, 0);
        chutes_call_cancel(call.handle);
        assert_int_equal(call.done, 0);
        assert_true(loop_call_await(&call, PATIENCE_MS));
        loop_call_check(&call, CHUTES_ERR_CANCELLED);
        loop_call_dispose(&call);
        assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
        assert_true(loop_call_await(&call, PATIENCE_MS));
        loop_call_check(&call, CHUTES_ERR_CONNECT);
        assert_int_equal(call.call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
        loop_call_dispose(&call);
    }
    chutes_loop_free(scene.loop);
    chutes_client_free(scene.client);
}

static void parameters_may_be_gone_when_a_call_has_started(void **state)
{
    struct scene scene = open_scene("expect-body-contains \"first words\"\n"
                                    "expect-body-contains \"model-a\"\n" FINE);
    struct loop_call call = {.call = {.kind = CALL_STREAM}};
    char text[] = "first words";
    char model[] = "model-a";
    chutes_message message = chutes_user(text);
    chutes_chat_params params = call_chat_params();

    (void)state;
    params.model = model;
    params.messages = &message;
    assert_int_equal(loop_call_start_chat(&call, scene.loop, &params),
                     CHUTES_OK);
    memset(text, 'x', sizeof(text) - 1);
    memset(model, 'x', sizeof(model) - 1);
    memset(&message, 0xAA, sizeof(message));
    assert_true(loop_call_await(&call, PATIENCE_MS));
    loop_call_check(&call, CHUTES_OK);
    assert_string_equal(call.call.chat->info->model, "model-a");
    loop_call_dispose(&call);
    close_scene(&scene);
}

static void count_done(chutes_status status, chutes_chat_response *response,
                       const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_OK);
    assert_non_null(error);
    assert_int_equal(error->status, CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(response), "fine");
    chutes_chat_response_free(response);
    *(int *)user_data += 1;
}

static void neither_handle_nor_error_are_needed(void **state)
{
    struct scene scene = open_scene(FINE);
    chutes_chat_params params = call_chat_params();
    int done = 0;

    (void)state;
    assert_int_equal(
        chutes_chat_start(scene.loop, &params, count_done, &done, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(done, 0);
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    assert_int_equal(done, 1);
    close_scene(&scene);
}

/* ---- waiting ------------------------------------------------------------- */

static void a_poll_waits_as_long_as_it_was_told(void **state)
{
    struct scene scene = open_scene(TALKS);
    struct loop_call call = {.call = {.kind = CALL_STREAM}};

    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        int64_t from_us = chutes__clock_now_us();

        if (busy) {
            assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
            assert_true(loop_call_await_events(&call, 1, PATIENCE_MS));
            loop_poll_for(scene.loop, 20);
            from_us = chutes__clock_now_us();
        }
        assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_OK);
        assert_true(elapsed_ms(from_us) < call_bound_ms(40));
        from_us = chutes__clock_now_us();
        assert_int_equal(chutes_loop_poll(scene.loop, 50), CHUTES_OK);
        assert_in_range(elapsed_ms(from_us), 49, call_bound_ms(50 + SOON_MS));
    }
    chutes_loop_free(scene.loop);
    scene.loop = NULL;
    loop_call_check(&call, CHUTES_ERR_CANCELLED);
    loop_call_dispose(&call);
    close_scene(&scene);
}

static void *wake_soon(void *loop)
{
    usleep(50 * 1000);
    chutes_loop_wakeup(loop);
    return NULL;
}

static chutes_loop *volatile loop_to_wake;

static void wake_by_signal(int number)
{
    (void)number;
    chutes_loop_wakeup(loop_to_wake);
}

static void check_woken(chutes_loop *loop, int64_t from_us)
{
    assert_int_equal(chutes_loop_poll(loop, -1), CHUTES_OK);
    assert_in_range(elapsed_ms(from_us), 40, call_bound_ms(50 + SOON_MS));
}

static void a_thread_wakes_a_poll_without_end(void **state)
{
    struct scene scene = open_scene(FINE);
    int64_t from_us = chutes__clock_now_us();
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, scene.loop), 0);
    check_woken(scene.loop, from_us);
    pthread_join(thread, NULL);
    close_scene(&scene);
}

static void a_signal_handler_wakes_a_poll_without_end(void **state)
{
    struct scene scene = open_scene(FINE);
    struct sigaction action = {.sa_handler = wake_by_signal,
                               .sa_flags = SA_RESTART};
    const struct itimerval soon = {.it_value = {0, 50 * 1000}};
    struct sigaction before;
    int64_t from_us = chutes__clock_now_us();

    (void)state;
    loop_to_wake = scene.loop;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    check_woken(scene.loop, from_us);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    close_scene(&scene);
}

static void a_wakeup_counts_for_the_next_poll_and_no_other(void **state)
{
    struct scene scene = open_scene(FINE);
    int64_t from_us;

    (void)state;
    for (int i = 0; i < 3; i++) {
        chutes_loop_wakeup(scene.loop);
        chutes_loop_wakeup(scene.loop);
        from_us = chutes__clock_now_us();
        assert_int_equal(chutes_loop_poll(scene.loop, -1), CHUTES_OK);
        assert_true(elapsed_ms(from_us) < call_bound_ms(SOON_MS));
        from_us = chutes__clock_now_us();
        assert_int_equal(chutes_loop_poll(scene.loop, 30), CHUTES_OK);
        assert_true(elapsed_ms(from_us) >= 29);
    }
    close_scene(&scene);
}

/* ---- from callbacks ------------------------------------------------------ */

/* Each completed call starts the next. */
struct chain {
    struct scene *scene;
    struct loop_call calls[4];
    size_t started;
};

static void start_link(struct loop_call *call, void *user_data);

static void start_in_event(struct call_events *events, void *user_data)
{
    struct chain *chain = user_data;

    if (events->count == 1) {
        start_link(NULL, chain);
    }
}

static void start_link(struct loop_call *call, void *user_data)
{
    struct chain *chain = user_data;
    struct loop_call *next;

    (void)call;
    if (chain->started == COUNT(chain->calls)) {
        return;
    }
    next = &chain->calls[chain->started++];
    next->on_done = start_link;
    next->user_data = chain;
    assert_int_equal(loop_call_start(next, chain->scene->loop), CHUTES_OK);
    assert_int_equal(next->done, 0);
}

static void callbacks_may_start_calls(void **state)
{
    struct scene scene = open_scene(FINE);
    struct chain chain = {.scene = &scene};

    (void)state;
    for (size_t i = 0; i < COUNT(chain.calls); i++) {
        chain.calls[i].call.kind = CALL_STREAM;
    }
    chain.calls[0].call.events.hook = start_in_event;
    chain.calls[0].call.events.user_data = &chain;
    start_link(NULL, &chain);
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(chain.calls); i++) {
        loop_call_check(&chain.calls[i], CHUTES_OK);
        loop_call_dispose(&chain.calls[i]);
    }
    assert_int_equal(peer_posts(scene.peer), COUNT(chain.calls));
    close_scene(&scene);
}

static void drive_again(struct call_events *events, void *user_data)
{
    chutes_loop *loop = user_data;

    (void)events;
    assert_int_equal(chutes_loop_poll(loop, 0), CHUTES_ERR_MISUSE);
    assert_int_equal(chutes_loop_run(loop), CHUTES_ERR_MISUSE);
}

static void drive_when_done(struct loop_call *call, void *user_data)
{
    drive_again(&call->call.events, user_data);
}

static void a_loop_is_not_driven_from_its_own_callbacks(void **state)
{
    struct scene scene = open_scene(FINE);
    struct loop_call call = {
        .call = {.kind = CALL_STREAM, .events = {.hook = drive_again}},
        .on_done = drive_when_done};

    (void)state;
    call.user_data = scene.loop;
    call.call.events.user_data = scene.loop;
    assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    loop_call_check(&call, CHUTES_OK);
    loop_call_dispose(&call);
    close_scene(&scene);
}

static void call_another_way(struct call_events *events, void *user_data)
{
    struct scene *scene = user_data;
    chutes_loop *other;
    struct loop_call inner = {.call = {.kind = CALL_STREAM}};
    struct call blocking = {.kind = CALL_STREAM};

    if (events->count != 1) {
        return;
    }
    other = loop_of_client(scene->client);
    call_run(&blocking, scene->client);
    assert_int_equal(blocking.status, CHUTES_OK);
    call_dispose(&blocking);
    assert_int_equal(loop_call_start(&inner, other), CHUTES_OK);
    assert_int_equal(chutes_loop_run(other), CHUTES_OK);
    loop_call_check(&inner, CHUTES_OK);
    loop_call_dispose(&inner);
    chutes_loop_free(other);
}

static void callbacks_may_block_and_drive_another_loop(void **state)
{
    struct scene scene = open_scene(FINE);
    struct loop_call call = {
        .call = {.kind = CALL_STREAM,
                 .events = {.hook = call_another_way, .user_data = &scene}}};

    (void)state;
    assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    loop_call_check(&call, CHUTES_OK);
    assert_int_equal(peer_posts(scene.peer), 3);
    loop_call_dispose(&call);
    close_scene(&scene);
}

/* ---- the end of a loop --------------------------------------------------- */

static void refuse_start(struct loop_call *call, void *user_data)
{
    struct loop_call late = {.call = {.kind = CALL_STREAM}};

    (void)user_data;
    assert_int_equal(loop_call_start(&late, call->loop), CHUTES_ERR_MISUSE);
    assert_non_null(strstr(late.call.error.message, "freed"));
    assert_int_equal(chutes_loop_poll(call->loop, 0), CHUTES_ERR_MISUSE);
    chutes_loop_free(call->loop); /* freeing it again has no effect */
    loop_call_dispose(&late);
}

/* The calls have not begun, are running, or wait for another attempt. */
static void freeing_a_loop_ends_its_calls_wherever_they_are(void **state)
{
    static const char *const scripts[] = {FINE, TALKS, BUSY};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct scene scene = open_scene(scripts[i]);
        struct loop_call call = {.call = {.kind = CALL_STREAM},
                                 .on_done = refuse_start};
        int64_t from_us;

        assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
        if (scripts[i] != scripts[0]) {
            (void)loop_call_await_events(&call, 1, 300);
            assert_int_equal(peer_posts(scene.peer), 1);
        }
        assert_int_equal(call.done, 0);
        from_us = chutes__clock_now_us();
        chutes_loop_free(scene.loop);
        assert_true(elapsed_ms(from_us) < call_bound_ms(SOON_MS));
        scene.loop = NULL;
        loop_call_check(&call, CHUTES_ERR_CANCELLED);
        assert_int_equal(call.active_at_done, 0);
        assert_string_equal(chutes_chat_response_text(call.call.chat),
                            i == 1 ? "half" : "");
        assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
        assert_int_equal(peer_posts(scene.peer), i == 0 ? 0 : 1);
        loop_call_dispose(&call);
        close_scene(&scene);
    }
}

static void free_in_event(struct call_events *events, void *user_data)
{
    if (events->count == 1) {
        chutes_loop_free(user_data);
        chutes_loop_free(user_data);
    }
}

static void free_when_done(struct loop_call *call, void *user_data)
{
    (void)user_data;
    chutes_loop_free(call->loop);
}

/* Like free_in_event, after a misuse. */
static void run_and_free_in_event(struct call_events *events, void *user_data)
{
    if (events->count == 1) {
        assert_int_equal(chutes_loop_run(user_data), CHUTES_ERR_MISUSE);
        chutes_loop_free(user_data);
    }
}

static void free_from(void (*in_event)(struct call_events *, void *),
                      void (*when_done)(struct loop_call *, void *),
                      bool is_run)
{
    struct scene scene = open_scene(FINE);
    struct loop_call first = {
        .call = {.kind = CALL_STREAM, .events = {.hook = in_event}},
        .on_done = when_done};
    struct loop_call second = {.call = {.kind = CALL_MODELS}};
    int polls = 0;

    first.call.events.user_data = scene.loop;
    assert_int_equal(loop_call_start(&first, scene.loop), CHUTES_OK);
    if (is_run) {
        assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    } else {
        while (first.done == 0) {
            assert_int_equal(chutes_loop_poll(scene.loop, PATIENCE_MS),
                             CHUTES_OK);
            assert_true(polls++ < 1000);
        }
    }
    assert_int_equal(first.done, 1);
    assert_int_equal(second.done, 0);
    assert_int_equal(first.events_behind_done, 0);
    loop_call_dispose(&first);
    scene.loop = NULL;
    close_scene(&scene);
}

static void a_loop_may_be_freed_from_its_callbacks(void **state)
{
    (void)state;
    for (int is_run = 0; is_run < 2; is_run++) {
        free_from(free_in_event, NULL, is_run);
        free_from(NULL, free_when_done, is_run);
        free_from(run_and_free_in_event, NULL, is_run);
    }
}

static void a_handle_outlives_its_call_and_its_loop(void **state)
{
    struct scene scene = open_scene(FINE);
    struct loop_call done = {.call = {.kind = CALL_STREAM}};
    struct loop_call active = {.call = {.kind = CALL_STREAM}};

    (void)state;
    assert_int_equal(loop_call_start(&done, scene.loop), CHUTES_OK);
    assert_int_equal(chutes_call_is_done(done.handle), 0);
    assert_int_equal(chutes_loop_run(scene.loop), CHUTES_OK);
    assert_int_equal(loop_call_start(&active, scene.loop), CHUTES_OK);
    chutes_loop_free(scene.loop);
    chutes_client_free(scene.client);
    loop_call_check(&done, CHUTES_OK);
    loop_call_check(&active, CHUTES_ERR_CANCELLED);
    for (int i = 0; i < 2; i++) {
        chutes_call *handle = i == 0 ? done.handle : active.handle;

        chutes_call_cancel(handle);
        chutes_call_pause(handle);
        chutes_call_resume(handle);
        assert_int_equal(chutes_call_is_done(handle), 1);
    }
    assert_string_equal(chutes_chat_response_text(done.call.chat), "fine");
    loop_call_dispose(&done);
    loop_call_dispose(&active);
    peer_stop(scene.peer);
}

static void giving_a_handle_up_leaves_the_call_alone(void **state)
{
    struct scene scene = open_scene(FINE);
    struct loop_call call = {.call = {.kind = CALL_STREAM}};

    (void)state;
    assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
    chutes_call_free(call.handle);
    call.handle = NULL;
    assert_true(loop_call_await(&call, PATIENCE_MS));
    loop_call_check(&call, CHUTES_OK);
    loop_call_dispose(&call);
    close_scene(&scene);
}

/* ---- the client ---------------------------------------------------------- */

static void a_client_may_be_freed_before_its_loop(void **state)
{
    struct scene scene = open_scene(TALKS);
    struct loop_call call = {.call = {.kind = CALL_STREAM}};
    struct loop_call late = {.call = {.kind = CALL_STREAM}};

    (void)state;
    assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
    assert_true(loop_call_await_events(&call, 1, PATIENCE_MS));
    chutes_client_free(scene.client);
    scene.client = NULL;
    assert_int_equal(call.done, 0);
    assert_int_equal(loop_call_start(&late, scene.loop), CHUTES_ERR_MISUSE);
    assert_non_null(strstr(late.call.error.message, "client"));
    assert_true(loop_call_await(&call, call_bound_ms(SOON_MS)));
    loop_call_check(&call, CHUTES_ERR_CANCELLED);
    assert_string_equal(chutes_chat_response_text(call.call.chat), "half");
    assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
    assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_OK);
    loop_call_dispose(&call);
    loop_call_dispose(&late);
    close_scene(&scene);
}

static void free_client_in_event(struct call_events *events, void *user_data)
{
    if (events->count == 1) {
        chutes_client_free(user_data);
    }
}

static void a_client_may_be_freed_from_callbacks(void **state)
{
    (void)state;
    for (int on_loop = 0; on_loop < 2; on_loop++) {
        struct scene scene = open_scene(TALKS);
        struct loop_call call = {
            .call = {.kind = CALL_STREAM,
                     .events = {.hook = free_client_in_event}}};

        call.call.events.user_data = scene.client;
        if (on_loop) {
            assert_int_equal(loop_call_start(&call, scene.loop), CHUTES_OK);
            assert_true(loop_call_await(&call, PATIENCE_MS));
            loop_call_check(&call, CHUTES_ERR_CANCELLED);
        } else {
            call_run(&call.call, scene.client);
            assert_int_equal(call.call.status, CHUTES_ERR_CANCELLED);
        }
        assert_string_equal(chutes_chat_response_text(call.call.chat), "half");
        loop_call_dispose(&call);
        scene.client = NULL;
        close_scene(&scene);
    }
}

struct blocked {
    pthread_t thread;
    chutes_client *client;
    struct call call;
};

static void *block(void *argument)
{
    struct blocked *blocked = argument;
    chutes_chat_params params = chutes_chat_params_default();
    chutes_message message = chutes_user(CALL_PROMPT);

    params.model = "m";
    params.messages = &message;
    params.message_count = 1;
    blocked->call.status = chutes_chat(
        blocked->client, &params, &blocked->call.chat, &blocked->call.error);
    return NULL;
}

static void freeing_a_client_ends_calls_of_other_threads(void **state)
{
    struct scene scene = open_scene("stall\n");
    struct blocked blocked[BLOCKED] = {0};
    int64_t from_us;

    (void)state;
    for (int i = 0; i < BLOCKED; i++) {
        blocked[i].client = scene.client;
        assert_int_equal(
            pthread_create(&blocked[i].thread, NULL, block, &blocked[i]), 0);
    }
    assert_true(peer_await_requests(scene.peer, BLOCKED,
                                    call_patience_ms(PATIENCE_MS)));
    from_us = chutes__clock_now_us();
    chutes_client_free(scene.client);
    scene.client = NULL;
    for (int i = 0; i < BLOCKED; i++) {
        pthread_join(blocked[i].thread, NULL);
        assert_int_equal(blocked[i].call.status, CHUTES_ERR_CANCELLED);
        assert_null(blocked[i].call.chat);
    }
    assert_true(elapsed_ms(from_us) < call_bound_ms(2 * SOON_MS));
    assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
    close_scene(&scene);
}

static void cancelling_all_hits_calls_on_loops_and_none_later(void **state)
{
    struct scene scene = open_scene(FINE);
    chutes_loop *other = loop_of_client(scene.client);
    struct loop_call hit[2] = {{.call = {.kind = CALL_STREAM}},
                               {.call = {.kind = CALL_STREAM}}};
    struct loop_call later[2] = {{.call = {.kind = CALL_STREAM}},
                                 {.call = {.kind = CALL_STREAM}}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        chutes_loop *loop = i == 0 ? scene.loop : other;

        assert_int_equal(loop_call_start(&hit[i], loop), CHUTES_OK);
    }
    chutes_client_cancel_all(scene.client);
    for (int i = 0; i < 2; i++) {
        chutes_loop *loop = i == 0 ? scene.loop : other;

        assert_int_equal(loop_call_start(&later[i], loop), CHUTES_OK);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        loop_call_check(&hit[i], CHUTES_ERR_CANCELLED);
        loop_call_check(&later[i], CHUTES_OK);
        loop_call_dispose(&hit[i]);
        loop_call_dispose(&later[i]);
    }
    assert_int_equal(peer_posts(scene.peer), 2);
    chutes_loop_free(other);
    close_scene(&scene);
}

/* ---- two loops ----------------------------------------------------------- */

struct driver {
    pthread_t thread;
    chutes_loop *loop;
    struct loop_call calls[MANY];
    atomic_int is_ready;
};

static void *drive(void *argument)
{
    struct driver *driver = argument;

    (void)chutes_loop_run(driver->loop);
    return NULL;
}

static void loops_of_one_client_run_on_threads_of_their_own(void **state)
{
    struct mock_demo *demo = start_demo(1);
    chutes_client *client = client_of_demo(demo);
    struct driver drivers[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        drivers[i].loop = loop_of_client(client);
        start_mixed(drivers[i].calls, MANY, drivers[i].loop);
        assert_int_equal(
            pthread_create(&drivers[i].thread, NULL, drive, &drivers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(drivers[i].thread, NULL);
        check_mixed(drivers[i].calls, MANY);
        chutes_loop_free(drivers[i].loop);
    }
    assert_int_equal(mock_demo_requests(demo), 2 * MANY);
    chutes_client_free(client);
    mock_demo_stop(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_refused_at_the_start),
        cmocka_unit_test(functions_take_null_where_there_is_nothing),
        cmocka_unit_test(hooks_are_taken_once_and_whole),
        cmocka_unit_test(calls_of_all_kinds_run_at_once),
        cmocka_unit_test(a_call_that_fails_at_once_is_told_by_the_loop),
        cmocka_unit_test(parameters_may_be_gone_when_a_call_has_started),
        cmocka_unit_test(neither_handle_nor_error_are_needed),
        cmocka_unit_test(a_poll_waits_as_long_as_it_was_told),
        cmocka_unit_test(a_thread_wakes_a_poll_without_end),
        cmocka_unit_test(a_signal_handler_wakes_a_poll_without_end),
        cmocka_unit_test(a_wakeup_counts_for_the_next_poll_and_no_other),
        cmocka_unit_test(callbacks_may_start_calls),
        cmocka_unit_test(a_loop_is_not_driven_from_its_own_callbacks),
        cmocka_unit_test(callbacks_may_block_and_drive_another_loop),
        cmocka_unit_test(freeing_a_loop_ends_its_calls_wherever_they_are),
        cmocka_unit_test(a_loop_may_be_freed_from_its_callbacks),
        cmocka_unit_test(a_handle_outlives_its_call_and_its_loop),
        cmocka_unit_test(giving_a_handle_up_leaves_the_call_alone),
        cmocka_unit_test(a_client_may_be_freed_before_its_loop),
        cmocka_unit_test(a_client_may_be_freed_from_callbacks),
        cmocka_unit_test(freeing_a_client_ends_calls_of_other_threads),
        cmocka_unit_test(cancelling_all_hits_calls_on_loops_and_none_later),
        cmocka_unit_test(loops_of_one_client_run_on_threads_of_their_own),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
