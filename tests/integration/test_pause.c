/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"
#include "stream_script.h"

enum { SOON_MS = 250, PATIENCE_MS = 20000, CLOCK_MS = 150 };

#define FINE "sse-head\n" PIECE("f") PIECE("i") PIECE("n") LAST("e")
#define FINE_TEXT \
    "content 0 f\ncontent 0 i\ncontent 0 n\ncontent 0 e\nfinish 0 stop\n"

struct scene {
    struct peer *peer;
    chutes_client *client;
    chutes_loop *loop;
    struct loop_call call;
};

static void open_scene(struct scene *scene, const char *script,
                       const chutes_call_options *clocks)
{
    chutes_client_options options;
    chutes_chat_params params = call_chat_params();

    memset(scene, 0, sizeof(*scene));
    scene->peer = peer_start(script, PEER_PLAIN);
    options = call_options(scene->peer);
    options.retry_policy = CHUTES_RETRY_SAFE;
    scene->client = call_client(&options);
    scene->loop = loop_of_client(scene->client);
    scene->call.call.kind = CALL_STREAM;
    params.call_options = clocks;
    assert_int_equal(loop_call_start_chat(&scene->call, scene->loop, &params),
                     CHUTES_OK);
}

static void close_scene(struct scene *scene)
{
    loop_call_dispose(&scene->call);
    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

static void check_fine(struct scene *scene)
{
    assert_true(loop_call_await(&scene->call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&scene->call, CHUTES_OK);
    assert_string_equal(scene->call.call.events.text, FINE_TEXT);
    assert_string_equal(chutes_chat_response_text(scene->call.call.chat),
                        "fine");
    assert_int_equal(peer_posts(scene->peer), 1);
}

/* ---- a server that sends as fast as it can ------------------------------- */

enum { PIECES = 20000, PIECE_LEN = 1000 };

struct flood {
    int listener;
    pthread_t thread;
    atomic_llong sent;
    atomic_bool is_over;
};

static bool send_all(struct flood *flood, int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        atomic_fetch_add(&flood->sent, sent);
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool send_piece(struct flood *flood, int fd, int number)
{
    char event[PIECE_LEN + 128];
    int len = snprintf(event, sizeof(event),
                       "data: {\"id\":\"a\",\"choices\":[{\"index\":0,"
                       "\"delta\":{\"content\":\"%0*d\"}}]}\n\n",
                       PIECE_LEN, number);

    return send_all(flood, fd, event, (size_t)len);
}

static void *pour(void *argument)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                               "Content-Type: text/event-stream\r\n\r\n";
    static const char end[] =
        "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},"
        "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    struct flood *flood = argument;
    int fd = accept(flood->listener, NULL, NULL);
    char request[4096];
    bool goes_on = fd >= 0 && recv(fd, request, sizeof(request), 0) > 0 &&
                   send_all(flood, fd, head, sizeof(head) - 1);

    for (int i = 0; i < PIECES && goes_on; i++) {
        goes_on = send_piece(flood, fd, i);
    }
    if (goes_on) {
        (void)send_all(flood, fd, end, sizeof(end) - 1);
    }
    atomic_store(&flood->is_over, true);
    (void)close(fd);
    return NULL;
}

static int open_flood(struct flood *flood)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int window = 64 << 10;

    atomic_init(&flood->sent, 0);
    atomic_init(&flood->is_over, false);
    flood->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(flood->listener >= 0);
    assert_int_equal(setsockopt(flood->listener, SOL_SOCKET, SO_SNDBUF, &window,
                                sizeof(window)),
                     0);
    assert_int_equal(bind(flood->listener, (struct sockaddr *)&address, len),
                     0);
    assert_int_equal(
        getsockname(flood->listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(flood->listener, 1), 0);
    assert_int_equal(pthread_create(&flood->thread, NULL, pour, flood), 0);
    return ntohs(address.sin_port);
}

static void close_flood(struct flood *flood)
{
    pthread_join(flood->thread, NULL);
    (void)close(flood->listener);
}

/* Counts the pieces of a stream and pauses at some of them. */
struct catcher {
    chutes_call *handle;
    int done;
    chutes_status status;
    int pieces;
    int pause_every; /* 0: never */
    bool is_wrong;
};

static int catch_piece(const chutes_chat_event *event, void *user_data)
{
    struct catcher *catcher = user_data;
    char want[PIECE_LEN + 1];

    if (event->type != CHUTES_CHAT_EVENT_CONTENT) {
        return 0;
    }
    (void)snprintf(want, sizeof(want), "%0*d", PIECE_LEN, catcher->pieces);
    catcher->is_wrong |=
        event->text_len != PIECE_LEN || strcmp(event->text, want) != 0;
    catcher->pieces++;
    if (catcher->pause_every != 0 &&
        catcher->pieces % catcher->pause_every == 0) {
        chutes_call_pause(catcher->handle);
    }
    return 0;
}

static void catch_end(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct catcher *catcher = user_data;

    if (status != CHUTES_OK) {
        print_error("%s\n", error->message);
    }
    catcher->done++;
    catcher->status = status;
    chutes_chat_response_free(response);
}

static chutes_client *client_of_port(int port)
{
    chutes_client_options options = chutes_client_options_default();
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", port);
    options.base_url = url;
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.idle_timeout_ms = call_patience_ms(PATIENCE_MS);
    return call_client(&options);
}

static void start_catcher(struct catcher *catcher, chutes_loop *loop)
{
    chutes_chat_params params = call_chat_params();

    params.on_event = catch_piece;
    params.user_data = catcher;
    assert_int_equal(chutes_chat_start(loop, &params, catch_end, catcher,
                                       &catcher->handle, NULL),
                     CHUTES_OK);
}

/* Asserts that the server can't send any more. */
static void check_held_back(struct flood *flood, chutes_loop *loop,
                            const struct catcher *catcher)
{
    int pieces = catcher->pieces;
    long long sent = -1;

    for (int i = 0; i < 100 && atomic_load(&flood->sent) != sent; i++) {
        sent = atomic_load(&flood->sent);
        loop_poll_for(loop, call_patience_ms(50));
    }
    assert_true(atomic_load(&flood->sent) == sent);
    assert_false(atomic_load(&flood->is_over));
    assert_int_equal(catcher->pieces, pieces);
    assert_int_equal(catcher->done, 0);
}

static void a_paused_call_holds_the_server_back(void **state)
{
    struct flood flood;
    chutes_client *client = client_of_port(open_flood(&flood));
    chutes_loop *loop = loop_of_client(client);
    struct catcher catcher = {0};

    (void)state;
    start_catcher(&catcher, loop);
    while (catcher.pieces < 100) {
        assert_int_equal(catcher.done, 0);
        assert_int_equal(chutes_loop_poll(loop, PATIENCE_MS), CHUTES_OK);
    }
    chutes_call_pause(catcher.handle);
    alloc_fail_count();
    check_held_back(&flood, loop, &catcher);
    assert_true(alloc_fail_calls() < 10);
    alloc_fail_off();
    chutes_call_resume(catcher.handle);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(catcher.status, CHUTES_OK);
    assert_int_equal(catcher.pieces, PIECES);
    assert_false(catcher.is_wrong);
    chutes_call_free(catcher.handle);
    chutes_loop_free(loop);
    chutes_client_free(client);
    close_flood(&flood);
}

static void pausing_over_and_over_loses_nothing(void **state)
{
    struct flood flood;
    chutes_client *client = client_of_port(open_flood(&flood));
    chutes_loop *loop = loop_of_client(client);
    struct catcher catcher = {.pause_every = 7};

    (void)state;
    start_catcher(&catcher, loop);
    while (catcher.done == 0) {
        int pieces = catcher.pieces;

        chutes_call_resume(catcher.handle);
        assert_int_equal(chutes_loop_poll(loop, PATIENCE_MS), CHUTES_OK);
        assert_true(catcher.pieces - pieces <= 7);
    }
    assert_int_equal(catcher.status, CHUTES_OK);
    assert_int_equal(catcher.pieces, PIECES);
    assert_false(catcher.is_wrong);
    chutes_call_free(catcher.handle);
    chutes_loop_free(loop);
    chutes_client_free(client);
    close_flood(&flood);
}

/* ---- when and from where ------------------------------------------------- */

static void pause_it(struct call_events *events, void *user_data)
{
    struct scene *scene = user_data;

    (void)events;
    chutes_call_pause(scene->call.handle);
    chutes_call_pause(scene->call.handle);
}

static void pause_and_resume(struct call_events *events, void *user_data)
{
    struct scene *scene = user_data;

    pause_it(events, user_data);
    chutes_call_resume(scene->call.handle);
    chutes_call_resume(scene->call.handle);
}

/* The same stream as one read per event, and as a single read. */
static const char *const SCRIPTS[] = {
    FINE,
    "send \"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
    "Connection: close\\r\\n\\r\\n"
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":"
    "\\\"f\\\"}}]}\\n\\n"
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":"
    "\\\"i\\\"}}]}\\n\\n"
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":"
    "\\\"n\\\"}}]}\\n\\n"
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":"
    "\\\"e\\\"},\\\"finish_reason\\\":\\\"stop\\\"}]}\\n\\n"
    "data: [DONE]\\n\\n\"\n"
    "fin\n"};

/* Two chunks and the broken size of a third one, in one read. */
static const char BROKEN[] =
    "send \"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
    "Transfer-Encoding: chunked\\r\\n\\r\\n"
    "39\\r\\ndata: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":"
    "{\\\"content\\\":\\\"f\\\"}}]}\\n\\n\\r\\n"
    "39\\r\\ndata: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":"
    "{\\\"content\\\":\\\"i\\\"}}]}\\n\\n\\r\\n"
    "no size\\r\\n\"\n"
    "fin\n";

/* Resumes a call that pauses at each event, after checking that it has had
 * exactly this many events. */
static void resume_behind(struct scene *scene, int event)
{
    assert_true(loop_call_await_events(&scene->call, event,
                                       call_patience_ms(PATIENCE_MS)));
    loop_poll_for(scene->loop, 30);
    assert_int_equal(scene->call.call.events.count, event);
    assert_int_equal(scene->call.done, 0);
    chutes_call_resume(scene->call.handle);
}

static void a_callback_pauses_behind_its_event(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene scene;

        open_scene(&scene, SCRIPTS[i], NULL);
        scene.call.call.events.hook = pause_it;
        scene.call.call.events.user_data = &scene;
        /* The last chunk has two events: it also ends the choice. */
        for (int event = 1; event <= 5; event++) {
            resume_behind(&scene, event);
        }
        check_fine(&scene);
        close_scene(&scene);
    }
}

/* libcurl discards what it holds for a paused transfer when the framing turns
 * out to be invalid, so we must not leave it there. */
static void a_pause_loses_nothing_before_a_broken_chunk(void **state)
{
    struct scene scene;
    const chutes_chat_response *response;

    (void)state;
    open_scene(&scene, BROKEN, NULL);
    scene.call.call.events.hook = pause_it;
    scene.call.call.events.user_data = &scene;
    for (int event = 1; event <= 2; event++) {
        resume_behind(&scene, event);
    }
    assert_true(loop_call_await(&scene.call, PATIENCE_MS));
    response = scene.call.call.chat;
    assert_int_equal(scene.call.call.status, CHUTES_ERR_PROTOCOL);
    assert_non_null(response);
    assert_string_equal(chutes_chat_response_text(response), "fi");
    close_scene(&scene);
}

static void a_callback_may_pause_and_resume(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene scene;

        open_scene(&scene, SCRIPTS[i], NULL);
        scene.call.call.events.hook = pause_and_resume;
        scene.call.call.events.user_data = &scene;
        check_fine(&scene);
        close_scene(&scene);
    }
}

static void a_call_may_be_paused_before_anything_came(void **state)
{
    (void)state;
    for (int is_sent = 0; is_sent < 2; is_sent++) {
        struct scene scene;

        open_scene(&scene, "wait go\n" FINE, NULL);
        if (is_sent) {
            loop_poll_for(scene.loop, 30);
        }
        chutes_call_pause(scene.call.handle);
        peer_release(scene.peer, "go");
        while (peer_posts(scene.peer) == 0) {
            loop_poll_for(scene.loop, 10);
        }
        loop_poll_for(scene.loop, 80);
        assert_int_equal(peer_posts(scene.peer), 1);
        assert_int_equal(scene.call.call.events.count, 0);
        assert_int_equal(scene.call.done, 0);
        chutes_call_resume(scene.call.handle);
        assert_int_equal(scene.call.call.events.count, 0);
        check_fine(&scene);
        close_scene(&scene);
    }
}

static void the_end_of_an_answer_waits_too(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene,
               "sse-head\n" PIECE("f") PIECE("i")
                   PIECE("n") "wait go\n" LAST("e") "fin\n",
               NULL);
    assert_true(loop_call_await_events(&scene.call, 3, PATIENCE_MS));
    chutes_call_pause(scene.call.handle);
    peer_release(scene.peer, "go");
    assert_false(loop_call_await(&scene.call, 100));
    assert_int_equal(scene.call.call.events.count, 3);
    chutes_call_resume(scene.call.handle);
    check_fine(&scene);
    close_scene(&scene);
}

static void a_pause_outlasts_an_attempt(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene,
               "status 503\nheader Retry-After: 0\nheader Content-Length: 0\n"
               "end-headers\nrequest\n" FINE,
               NULL);
    chutes_call_pause(scene.call.handle);
    assert_false(loop_call_await(&scene.call, 100));
    assert_int_equal(scene.call.call.events.count, 0);
    chutes_call_resume(scene.call.handle);
    assert_true(loop_call_await(&scene.call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&scene.call, CHUTES_OK);
    assert_string_equal(scene.call.call.events.text, FINE_TEXT);
    assert_int_equal(peer_posts(scene.peer), 2);
    close_scene(&scene);
}

static void one_pause_and_one_resume_count(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, FINE, NULL);
    chutes_call_resume(scene.call.handle);
    chutes_call_pause(scene.call.handle);
    chutes_call_pause(scene.call.handle);
    assert_false(loop_call_await(&scene.call, 50));
    chutes_call_resume(scene.call.handle);
    chutes_call_resume(scene.call.handle);
    check_fine(&scene);
    chutes_call_pause(scene.call.handle);
    chutes_call_resume(scene.call.handle);
    close_scene(&scene);
}

static void what_is_no_chat_call_is_not_paused(void **state)
{
    struct peer *peer = peer_start_file("client/models.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_loop *loop = loop_of_client(client);
    struct loop_call call = {.call = {.kind = CALL_MODELS}};

    (void)state;
    assert_int_equal(loop_call_start(&call, loop), CHUTES_OK);
    chutes_call_pause(call.handle);
    assert_true(loop_call_await(&call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&call, CHUTES_OK);
    loop_call_dispose(&call);
    chutes_loop_free(loop);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_loop_with_a_paused_call_may_be_freed(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, FINE, NULL);
    assert_true(loop_call_await_events(&scene.call, 1, PATIENCE_MS));
    chutes_call_pause(scene.call.handle);
    loop_poll_for(scene.loop, 20);
    chutes_loop_free(scene.loop);
    scene.loop = NULL;
    if (scene.call.call.status != CHUTES_OK) {
        loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
    }
    close_scene(&scene);
}

/* ---- timeouts ------------------------------------------------------------ */

static void the_server_is_not_silent_while_a_call_is_paused(void **state)
{
    chutes_call_options clocks = chutes_call_options_default();
    int timeout_ms = call_bound_ms(CLOCK_MS);

    (void)state;
    clocks.first_byte_timeout_ms = timeout_ms;
    clocks.idle_timeout_ms = timeout_ms;
    clocks.progress_timeout_ms = timeout_ms;
    for (int has_begun = 0; has_begun < 2; has_begun++) {
        struct scene scene;

        open_scene(&scene,
                   has_begun ? "sse-head\n" PIECE("f") "wait go\n" PIECE("i")
                                   PIECE("n") LAST("e")
                             : "wait go\n" FINE,
                   &clocks);
        if (has_begun) {
            assert_true(loop_call_await_events(&scene.call, 1, PATIENCE_MS));
        } else {
            loop_poll_for(scene.loop, 20);
        }
        chutes_call_pause(scene.call.handle);
        loop_poll_for(scene.loop, timeout_ms + timeout_ms / 2);
        assert_int_equal(scene.call.done, 0);
        chutes_call_resume(scene.call.handle);
        peer_release(scene.peer, "go");
        check_fine(&scene);
        close_scene(&scene);
    }
}

static void the_clocks_start_anew_with_the_resume(void **state)
{
    chutes_call_options clocks = chutes_call_options_default();
    int timeout_ms = call_bound_ms(CLOCK_MS);
    struct scene scene;
    int64_t from_us;

    (void)state;
    clocks.idle_timeout_ms = timeout_ms;
    open_scene(&scene, "sse-head\n" PIECE("f") "stall\n", &clocks);
    assert_true(loop_call_await_events(&scene.call, 1, PATIENCE_MS));
    chutes_call_pause(scene.call.handle);
    loop_poll_for(scene.loop, timeout_ms + timeout_ms / 2);
    chutes_call_resume(scene.call.handle);
    from_us = chutes__clock_now_us();
    assert_true(loop_call_await(&scene.call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&scene.call, CHUTES_ERR_TIMEOUT);
    assert_in_range((chutes__clock_now_us() - from_us) / 1000, timeout_ms - 2,
                    timeout_ms + call_bound_ms(SOON_MS));
    close_scene(&scene);
}

static void the_total_runs_on_while_a_call_is_paused(void **state)
{
    chutes_call_options clocks = chutes_call_options_default();
    int timeout_ms = call_bound_ms(2 * CLOCK_MS);
    struct scene scene;
    int64_t from_us = chutes__clock_now_us();

    (void)state;
    clocks.total_timeout_ms = timeout_ms;
    open_scene(&scene, "sse-head\n" PIECE("f") "stall\n", &clocks);
    assert_true(loop_call_await_events(&scene.call, 1, PATIENCE_MS));
    chutes_call_pause(scene.call.handle);
    assert_true(loop_call_await(&scene.call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&scene.call, CHUTES_ERR_TIMEOUT);
    assert_non_null(strstr(scene.call.call.error.message, "total_timeout_ms"));
    assert_string_equal(chutes_chat_response_text(scene.call.call.chat), "f");
    assert_in_range((chutes__clock_now_us() - from_us) / 1000, timeout_ms - 2,
                    timeout_ms + call_bound_ms(SOON_MS));
    assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paused_call_holds_the_server_back),
        cmocka_unit_test(pausing_over_and_over_loses_nothing),
        cmocka_unit_test(a_callback_pauses_behind_its_event),
        cmocka_unit_test(a_pause_loses_nothing_before_a_broken_chunk),
        cmocka_unit_test(a_callback_may_pause_and_resume),
        cmocka_unit_test(a_call_may_be_paused_before_anything_came),
        cmocka_unit_test(the_end_of_an_answer_waits_too),
        cmocka_unit_test(a_pause_outlasts_an_attempt),
        cmocka_unit_test(one_pause_and_one_resume_count),
        cmocka_unit_test(what_is_no_chat_call_is_not_paused),
        cmocka_unit_test(a_loop_with_a_paused_call_may_be_freed),
        cmocka_unit_test(the_server_is_not_silent_while_a_call_is_paused),
        cmocka_unit_test(the_clocks_start_anew_with_the_resume),
        cmocka_unit_test(the_total_runs_on_while_a_call_is_paused),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
