/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "call.h"
#include "faulty_system.h"
#include "loop_call.h"
#include "nowhere.h"

enum { SOON_MS = 250, PATIENCE_MS = 5000, BURST = 200, CLOCK_MS = 200 };

#define TALKS                                                             \
    "sse-head\n"                                                          \
    "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":" \
    "\"half\"}}]}\n"                                                      \
    "stall\n"
#define BUSY                                                        \
    "status 503\nheader Retry-After: 5\nheader Content-Length: 0\n" \
    "header Connection: close\nend-headers\nfin\n"
#define FLOWS                                                             \
    "sse-head\n"                                                          \
    "repeat 30\n"                                                         \
    "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":" \
    "\"x\"}}]}\n"                                                         \
    "sleep 20\n"                                                          \
    "end\n"                                                               \
    "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},"           \
    "\"finish_reason\":\"stop\"}]}\n"                                     \
    "sse [DONE]\n"                                                        \
    "chunk-end\n"

/* ---- places to cancel a call --------------------------------------------- */

struct place {
    const char *name;
    const char *script;
    bool is_begun;   /* the loop is polled before the cancel */
    bool is_name;    /* the look-up of its host hangs */
    bool is_port;    /* its host doesn't answer */
    bool is_waiting; /* it waits for the only turn */
    bool is_paused;
    int posts;
    const char *text; /* received before the cancel */
    chutes_outcome outcome;
};

static const struct place PLACES[] = {
    {.name = "not begun", .script = TALKS, .outcome = CHUTES_OUTCOME_NOT_SENT},
    {.name = "looking up", .script = TALKS, .is_begun = true, .is_name = true},
    {.name = "connecting", .script = TALKS, .is_begun = true, .is_port = true},
    {.name = "waiting for the first byte",
     .script = "stall\n",
     .is_begun = true,
     .posts = 1,
     .outcome = CHUTES_OUTCOME_MAYBE_SENT},
    {.name = "amid a stream",
     .script = TALKS,
     .is_begun = true,
     .posts = 1,
     .text = "half",
     .outcome = CHUTES_OUTCOME_ANSWERED},
    {.name = "paused",
     .script = TALKS,
     .is_begun = true,
     .is_paused = true,
     .posts = 1,
     .text = "half",
     .outcome = CHUTES_OUTCOME_ANSWERED},
    {.name = "between attempts",
     .script = BUSY,
     .is_begun = true,
     .posts = 1,
     .outcome = CHUTES_OUTCOME_ANSWERED},
    {.name = "waiting for its turn",
     .script = TALKS,
     .is_begun = true,
     .is_waiting = true,
     .posts = 1},
};

struct scene {
    const struct place *place;
    struct peer *peer;
    struct nowhere_port port;
    chutes_client *client;
    chutes_loop *loop;
    struct loop_call first; /* which the call waits for, or runs beside */
    struct loop_call call;
    int64_t cancelled_us;
};

static void set_url(const struct scene *scene, chutes_client_options *options,
                    char url[64])
{
    if (scene->place->is_name) {
        options->base_url = "http://name.stall/v1";
        options->allow_insecure_http = 1;
    }
    if (scene->place->is_port) {
        (void)snprintf(url, 64, "http://127.0.0.1:%d/v1", scene->port.port);
        options->base_url = url;
    }
    if (scene->place->is_waiting) {
        options->max_concurrent_requests = 1;
    }
}

/* Brings the call to the place that the table names. */
static void go_to_place(struct scene *scene)
{
    const struct place *place = scene->place;

    if (place->is_waiting) {
        scene->first.call.kind = CALL_STREAM;
        assert_int_equal(loop_call_start(&scene->first, scene->loop),
                         CHUTES_OK);
        assert_true(loop_call_await_events(&scene->first, 1, PATIENCE_MS));
    }
    scene->call.call.kind = CALL_STREAM;
    assert_int_equal(loop_call_start(&scene->call, scene->loop), CHUTES_OK);
    if (place->text != NULL) {
        assert_true(loop_call_await_events(&scene->call, 1, PATIENCE_MS));
    } else if (place->is_begun) {
        /* There is no sign that it got there: wait a while. */
        loop_poll_for(scene->loop, call_patience_ms(60));
    }
    if (place->is_name) {
        faulty_await_lookup();
    }
    if (place->is_paused) {
        chutes_call_pause(scene->call.handle);
    }
    assert_int_equal(scene->call.done, 0);
}

static void open_scene(struct scene *scene, const struct place *place)
{
    chutes_client_options options;
    char url[64];

    memset(scene, 0, sizeof(*scene));
    scene->place = place;
    scene->peer = peer_start(place->script, PEER_PLAIN);
    if (place->is_port) {
        nowhere_open_port(&scene->port);
    }
    faulty_hang_lookups();
    options = call_options(scene->peer);
    options.retry_policy = CHUTES_RETRY_SAFE;
    set_url(scene, &options, url);
    scene->client = call_client(&options);
    scene->loop = loop_of_client(scene->client);
    go_to_place(scene);
}

static void close_scene(struct scene *scene)
{
    int64_t from_us = chutes__clock_now_us();

    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    /* This is quick even if a look-up still hangs. */
    assert_true(chutes__clock_now_us() - from_us <
                call_bound_ms(SOON_MS) * 1000LL);
    faulty_release_lookups();
    if (scene->place->is_port) {
        nowhere_close_port(&scene->port);
    }
    loop_call_dispose(&scene->first);
    loop_call_dispose(&scene->call);
    peer_stop(scene->peer);
}

/* ---- ways to cancel ------------------------------------------------------ */

struct way {
    const char *name;
    void (*cancel)(struct scene *scene);
    bool is_thread;
    bool is_all;
};

static void cancel_once(struct scene *scene)
{
    chutes_call_cancel(scene->call.handle);
}

static void cancel_twice(struct scene *scene)
{
    chutes_call_cancel(scene->call.handle);
    chutes_call_cancel(scene->call.handle);
}

static void cancel_all(struct scene *scene)
{
    chutes_client_cancel_all(scene->client);
}

static const struct way WAYS[] = {
    {"by itself", cancel_once, false, false},
    {"twice", cancel_twice, false, false},
    {"with all", cancel_all, false, true},
    {"by another thread", cancel_once, true, false},
    {"with all by another thread", cancel_all, true, true},
};

struct canceller {
    struct scene *scene;
    void (*cancel)(struct scene *scene);
};

static void *cancel_soon(void *argument)
{
    struct canceller *canceller = argument;

    usleep(30 * 1000); /* until the loop waits */
    canceller->scene->cancelled_us = chutes__clock_now_us();
    canceller->cancel(canceller->scene);
    return NULL;
}

static void run_to_end(struct scene *scene, const struct way *way)
{
    struct canceller canceller = {scene, way->cancel};
    pthread_t thread;

    if (way->is_thread) {
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &canceller),
                         0);
    } else {
        scene->cancelled_us = chutes__clock_now_us();
        way->cancel(scene);
        assert_int_equal(scene->call.done, 0);
    }
    assert_true(loop_call_await(&scene->call, call_patience_ms(PATIENCE_MS)));
    if (way->is_thread) {
        pthread_join(thread, NULL);
    }
}

static void check_end(struct scene *scene, const struct way *way)
{
    const struct place *place = scene->place;
    const struct call *call = &scene->call.call;

    loop_call_check(&scene->call, CHUTES_ERR_CANCELLED);
    assert_string_equal(chutes_chat_response_text(call->chat),
                        place->text != NULL ? place->text : "");
    assert_int_equal(call->chat != NULL, place->text != NULL);
    if (place->is_begun) {
        assert_int_equal(call->error.outcome, place->outcome);
        assert_int_equal(peer_posts(scene->peer), place->posts);
    } else {
        assert_int_equal(peer_accepts(scene->peer), 0);
    }
    if (place->is_waiting && !way->is_all) {
        assert_int_equal(scene->first.done, 0);
        chutes_call_cancel(scene->first.handle);
        assert_true(loop_call_await(&scene->first, call_bound_ms(SOON_MS)));
    }
    assert_true(peer_await_closed(scene->peer, call_bound_ms(SOON_MS)));
    assert_int_equal(chutes_loop_active(scene->loop), 0);
}

static void cancel_there(const struct place *place, const struct way *way)
{
    struct scene scene;
    int64_t took_us;

    open_scene(&scene, place);
    run_to_end(&scene, way);
    took_us = chutes__clock_now_us() - scene.cancelled_us;
    check_end(&scene, way);
    close_scene(&scene);
    if (took_us > call_bound_ms(SOON_MS) * 1000LL) {
        fail_msg("%s, %s: too late", place->name, way->name);
    }
}

static void a_call_is_cancelled_wherever_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PLACES); i++) {
        for (size_t k = 0; k < COUNT(WAYS); k++) {
            if (WAYS[k].is_thread && !PLACES[i].is_begun) {
                continue; /* it has begun by the time of the cancel */
            }
            cancel_there(&PLACES[i], &WAYS[k]);
        }
    }
}

static const struct place *place_of(const char *name)
{
    for (size_t i = 0; i < COUNT(PLACES); i++) {
        if (strcmp(PLACES[i].name, name) == 0) {
            return &PLACES[i];
        }
    }
    fail_msg("no place %s", name);
    return NULL;
}

/* A call is sent in the first step, and not before. */
static void what_was_never_sent_is_no_attempt(void **state)
{
    (void)state;
    for (int steps = 0; steps < 2; steps++) {
        const int64_t end_us = chutes__clock_now_us() + 5000000;
        struct scene scene;

        open_scene(&scene, place_of("not begun"));
        for (int i = 0; i < steps; i++) {
            assert_int_equal(chutes_loop_poll(scene.loop, 0), CHUTES_OK);
        }
        chutes_call_cancel(scene.call.handle);
        assert_true(loop_call_await(&scene.call, call_bound_ms(SOON_MS)));
        loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
        assert_int_equal(scene.call.call.error.attempts, steps);
        while (peer_accepts(scene.peer) < steps &&
               chutes__clock_now_us() < end_us) {
            usleep(1000);
        }
        assert_int_equal(peer_accepts(scene.peer), steps);
        close_scene(&scene);
    }
}

/* ---- from callbacks ------------------------------------------------------ */

/* Sends all events in one write, so that one read returns many of them. */
static char *burst_script(int count)
{
    static const char event[] =
        "data: {\\\"id\\\":\\\"a\\\",\\\"choices\\\":[{\\\"index\\\":0,"
        "\\\"delta\\\":{\\\"content\\\":\\\"x\\\"}}]}\\n\\n";
    size_t size = (size_t)count * sizeof(event) + 64;
    char *script = malloc(size);
    size_t len;

    assert_non_null(script);
    len = (size_t)snprintf(script, size, "sse-head\nchunk \"");
    for (int i = 0; i < count; i++) {
        memcpy(script + len, event, sizeof(event) - 1);
        len += sizeof(event) - 1;
    }
    (void)snprintf(script + len, size - len, "\"\nstall\n");
    return script;
}

struct stopper {
    chutes_call **handle;
    chutes_client *client;
    int at; /* the event that cancels */
    int sleep_ms;
};

static void stop_at_event(struct call_events *events, void *user_data)
{
    struct stopper *stopper = user_data;

    if (stopper->sleep_ms > 0) {
        usleep((useconds_t)stopper->sleep_ms * 1000);
    }
    if (events->count != stopper->at) {
        return;
    }
    if (stopper->client != NULL) {
        chutes_client_cancel_all(stopper->client);
    } else {
        chutes_call_cancel(*stopper->handle);
        chutes_call_cancel(*stopper->handle);
    }
}

static void no_event_comes_behind_a_cancel_from_the_callback(void **state)
{
    char *script = burst_script(BURST);

    (void)state;
    for (int by_all = 0; by_all < 2; by_all++) {
        struct call_pair pair = call_open(script);
        chutes_loop *loop = loop_of_client(pair.client);
        struct loop_call call = {.call = {.kind = CALL_STREAM}};
        struct stopper stopper = {&call.handle, by_all ? pair.client : NULL, 2,
                                  0};

        call.call.events.hook = stop_at_event;
        call.call.events.user_data = &stopper;
        assert_int_equal(loop_call_start(&call, loop), CHUTES_OK);
        assert_true(loop_call_await(&call, PATIENCE_MS));
        loop_call_check(&call, CHUTES_ERR_CANCELLED);
        assert_int_equal(call.call.events.count, 2);
        assert_string_equal(chutes_chat_response_text(call.call.chat), "xx");
        assert_true(peer_await_closed(pair.peer, call_bound_ms(SOON_MS)));
        loop_call_dispose(&call);
        chutes_loop_free(loop);
        call_close(pair);
    }
    free(script);
}

static void a_thread_cancels_amid_the_events_of_one_read(void **state)
{
    char *script = burst_script(BURST);
    const struct place place = {
        .name = "amid a read", .script = script, .is_begun = false};
    struct scene scene;
    struct canceller canceller = {&scene, cancel_once};
    struct stopper slow = {.at = -1, .sleep_ms = 20};
    pthread_t thread;

    (void)state;
    open_scene(&scene, &place);
    scene.call.call.events.hook = stop_at_event;
    scene.call.call.events.user_data = &slow;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &canceller), 0);
    assert_true(loop_call_await(&scene.call, call_patience_ms(PATIENCE_MS)));
    pthread_join(thread, NULL);
    loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
    assert_true(chutes__clock_now_us() - scene.cancelled_us <
                call_bound_ms(SOON_MS) * 1000LL);
    assert_in_range(scene.call.call.events.count, 0, BURST / 2);
    close_scene(&scene);
    free(script);
}

static void the_callback_of_another_call_cancels_it(void **state)
{
    struct scene scene;
    struct loop_call other = {.call = {.kind = CALL_STREAM}};
    struct stopper stopper = {.handle = &scene.call.handle, .at = 1};

    (void)state;
    open_scene(&scene, place_of("amid a stream"));
    other.call.events.hook = stop_at_event;
    other.call.events.user_data = &stopper;
    assert_int_equal(loop_call_start(&other, scene.loop), CHUTES_OK);
    assert_true(loop_call_await(&scene.call, PATIENCE_MS));
    loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
    assert_int_equal(other.done, 0);
    chutes_call_cancel(other.handle);
    assert_true(loop_call_await(&other, call_bound_ms(SOON_MS)));
    loop_call_check(&other, CHUTES_ERR_CANCELLED);
    loop_call_dispose(&other);
    close_scene(&scene);
}

static void cancel_when_done(struct loop_call *call, void *user_data)
{
    (void)user_data;
    chutes_call_cancel(call->handle);
}

static void cancelling_a_call_that_is_done_does_nothing(void **state)
{
    struct call_pair pair = call_open(FLOWS);
    chutes_loop *loop = loop_of_client(pair.client);
    struct loop_call calls[2] = {
        {.call = {.kind = CALL_STREAM}, .on_done = cancel_when_done},
        {.call = {.kind = CALL_STREAM}}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loop_call_start(&calls[i], loop), CHUTES_OK);
        assert_true(loop_call_await(&calls[i], PATIENCE_MS));
        chutes_call_cancel(calls[0].handle);
        loop_poll_for(loop, 10);
        loop_call_check(&calls[i], CHUTES_OK);
    }
    loop_call_dispose(&calls[0]);
    loop_call_dispose(&calls[1]);
    chutes_loop_free(loop);
    call_close(pair);
}

/* ---- a look-up that hangs ------------------------------------------------ */

/* Measures the longest time between two events. */
struct rhythm {
    int64_t last_us;
    int64_t longest_us;
};

static void keep_time(struct call_events *events, void *user_data)
{
    struct rhythm *rhythm = user_data;
    int64_t now_us = chutes__clock_now_us();

    (void)events;
    if (rhythm->last_us != 0 && now_us - rhythm->last_us > rhythm->longest_us) {
        rhythm->longest_us = now_us - rhythm->last_us;
    }
    rhythm->last_us = now_us;
}

static void other_calls_flow_while_a_name_is_looked_up(void **state)
{
    struct peer *peer = peer_start(FLOWS, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct rhythm rhythm = {0};
    struct loop_call stuck = {.call = {.kind = CALL_EMBED}};
    struct loop_call flows = {
        .call = {.kind = CALL_STREAM,
                 .events = {.hook = keep_time, .user_data = &rhythm}}};
    chutes_client *client;
    chutes_loop *loop;

    (void)state;
    faulty_hang_lookups();
    options.embeddings_base_url = "http://name.stall/v1";
    options.allow_insecure_http = 1;
    client = call_client(&options);
    loop = loop_of_client(client);
    assert_int_equal(loop_call_start(&stuck, loop), CHUTES_OK);
    assert_int_equal(loop_call_start(&flows, loop), CHUTES_OK);
    assert_true(loop_call_await(&flows, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&flows, CHUTES_OK);
    assert_int_equal(flows.call.events.count, 31);
    assert_int_equal(stuck.done, 0);
    faulty_await_lookup();
    faulty_release_lookups();
    assert_true(loop_call_await(&stuck, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&stuck, CHUTES_ERR_CONNECT);
    loop_call_dispose(&stuck);
    loop_call_dispose(&flows);
    chutes_loop_free(loop);
    chutes_client_free(client);
    peer_stop(peer);
    assert_true(rhythm.longest_us < call_bound_ms(SOON_MS) * 1000LL);
}

static void check_deadline(bool is_total, bool on_loop)
{
    chutes_client_options options = chutes_client_options_default();
    struct loop_call call = {.call = {.kind = CALL_STREAM}};
    chutes_client *client;
    chutes_loop *loop;
    int64_t from_us = chutes__clock_now_us();
    int took_ms;

    faulty_hang_lookups();
    options.base_url = "http://name.stall/v1";
    options.allow_insecure_http = 1;
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.max_attempts = 1;
    if (is_total) {
        options.total_timeout_ms = CLOCK_MS;
    } else {
        options.connect_timeout_ms = CLOCK_MS;
    }
    client = call_client(&options);
    loop = loop_of_client(client);
    if (on_loop) {
        assert_int_equal(loop_call_start(&call, loop), CHUTES_OK);
        assert_true(loop_call_await(&call, PATIENCE_MS));
    } else {
        call_run(&call.call, client);
    }
    chutes_loop_free(loop);
    chutes_client_free(client);
    took_ms = (int)((chutes__clock_now_us() - from_us) / 1000);
    assert_true(took_ms >= CLOCK_MS - 1);
    faulty_release_lookups();
    assert_int_equal(call.call.status, CHUTES_ERR_TIMEOUT);
    assert_int_equal(call.call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_non_null(
        strstr(call.call.error.message,
               is_total ? "total_timeout_ms" : "connect_timeout_ms"));
    assert_true(took_ms <= call_bound_ms(CLOCK_MS + SOON_MS));
    loop_call_dispose(&call);
}

static void clocks_run_while_a_name_is_looked_up(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        check_deadline(i % 2 == 0, i / 2 == 0);
    }
}

/* ---- waiting for a turn -------------------------------------------------- */

static void who_is_cancelled_in_the_queue_holds_nobody_up(void **state)
{
    struct scene scene;
    struct loop_call third = {.call = {.kind = CALL_STREAM}};

    (void)state;
    open_scene(&scene, place_of("waiting for its turn"));
    assert_int_equal(loop_call_start(&third, scene.loop), CHUTES_OK);
    chutes_call_cancel(scene.call.handle);
    assert_true(loop_call_await(&scene.call, call_bound_ms(SOON_MS)));
    assert_int_equal(third.done, 0);
    chutes_call_cancel(scene.first.handle);
    assert_true(loop_call_await_events(&third, 1, PATIENCE_MS));
    loop_call_check(&scene.first, CHUTES_ERR_CANCELLED);
    assert_int_equal(peer_posts(scene.peer), 2);
    chutes_call_cancel(third.handle);
    assert_true(loop_call_await(&third, call_bound_ms(SOON_MS)));
    loop_call_check(&third, CHUTES_ERR_CANCELLED);
    loop_call_dispose(&third);
    close_scene(&scene);
}

static void freeing_a_loop_ends_the_wait_for_a_turn(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, place_of("waiting for its turn"));
    chutes_loop_free(scene.loop);
    loop_call_check(&scene.first, CHUTES_ERR_CANCELLED);
    loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
    assert_int_equal(peer_posts(scene.peer), 1);
    scene.loop = NULL;
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_cancelled_wherever_it_is),
        cmocka_unit_test(what_was_never_sent_is_no_attempt),
        cmocka_unit_test(no_event_comes_behind_a_cancel_from_the_callback),
        cmocka_unit_test(a_thread_cancels_amid_the_events_of_one_read),
        cmocka_unit_test(the_callback_of_another_call_cancels_it),
        cmocka_unit_test(cancelling_a_call_that_is_done_does_nothing),
        cmocka_unit_test(other_calls_flow_while_a_name_is_looked_up),
        cmocka_unit_test(clocks_run_while_a_name_is_looked_up),
        cmocka_unit_test(who_is_cancelled_in_the_queue_holds_nobody_up),
        cmocka_unit_test(freeing_a_loop_ends_the_wait_for_a_turn),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
