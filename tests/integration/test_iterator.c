/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "alloc_fail.h"
#include "call.h"
#include "calls_random.h"
#include "stream_script.h"

enum { SOON_MS = 250, PATIENCE_MS = 5000 };

#define FINE "sse-head\n" PIECE("fi") LAST("ne")
#define TALKS "sse-head\n" PIECE("half") "stall\n"

struct scene {
    struct peer *peer;
    chutes_client *client;
    chutes_chat_stream *stream;
    struct call_events events; /* the events that were read */
    chutes_error error;
};

static void open_stream(struct scene *scene)
{
    chutes_chat_params params = call_chat_params();

    memset(&scene->error, 0xAA, sizeof(scene->error));
    if (chutes_chat_stream_open(scene->client, &params, &scene->stream,
                                &scene->error) != CHUTES_OK) {
        fail_msg("no stream: %s", scene->error.message);
    }
    assert_int_equal(scene->error.status, CHUTES_OK);
}

static void open_scene(struct scene *scene, struct peer *peer)
{
    chutes_client_options options = call_options(peer);

    memset(scene, 0, sizeof(*scene));
    scene->peer = peer;
    scene->client = call_client(&options);
    open_stream(scene);
}

static void open_script(struct scene *scene, const char *script)
{
    open_scene(scene, peer_start(script, PEER_PLAIN));
}

static void close_scene(struct scene *scene)
{
    chutes_chat_stream_close(scene->stream);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
    free(scene->events.text);
}

/* Reads at most `most` events; 0: all. */
static chutes_status pull(struct scene *scene, int most)
{
    const chutes_chat_event *event = NULL;
    int count = 0;
    chutes_status status;

    do {
        memset(&scene->error, 0xAA, sizeof(scene->error));
        status = chutes_chat_stream_next(scene->stream, &event, &scene->error);
        assert_int_equal(scene->error.status, status);
        if (status != CHUTES_OK || event == NULL) {
            assert_null(event);
            return status;
        }
        (void)call_on_event(event, &scene->events);
        count++;
    } while (count != most);
    return CHUTES_OK;
}

static const char *pulled(const struct scene *scene)
{
    return scene->events.text != NULL ? scene->events.text : "";
}

/* ---- comparison with the callback ---------------------------------------- */

struct fixture {
    const char *file; /* NULL: the script */
    const char *script;
};

static const struct fixture FIXTURES[] = {
    {"client/stream_full.txt", NULL},
    {"client/stream_cut.txt", NULL},
    {"client/chat_full.txt", NULL},
    {"client/error.txt", NULL},
    {NULL, FINE},
    {NULL,
     "sse-head\n" PIECE(
         "The answer is 4") "sse "
                            "{\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":"
                            "{"
                            "\"role\":\"assistant\",\"content\":\"\"}}]}\n"
                            "sse "
                            "{\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":"
                            "{"
                            "\"content\":\"It is "
                            "42.\"},\"finish_reason\":\"stop\"}]}\n"
                            "sse [DONE]\nchunk-end\n"},
    {NULL, "sse-head\n" PIECE("a") "sse {\"error\":{\"message\":\"x\"}}\n"
                                   "chunk-end\n"},
    {NULL, "sse-head\n" PIECE("a") PIECE("b") "rst\n"},
    {NULL, "sse-head\n" PIECE("a") "sse {\"choices\":[\nstall\n"},
    {NULL, "answer 200 application/json {}\n"},
    {NULL, "fin\n"},
    {NULL, "sse-head\nsse [DONE]\nchunk-end\n"},
};

static struct peer *start_fixture(const struct fixture *fixture)
{
    struct peer *peer = fixture->file != NULL
                            ? peer_start_file(fixture->file, PEER_PLAIN)
                            : peer_start(fixture->script, PEER_PLAIN);

    if (fixture->file != NULL && strstr(fixture->file, "stream_full") != NULL) {
        peer_release(peer, "first");
    }
    return peer;
}

static void compare_responses(const chutes_chat_response *one,
                              const chutes_chat_response *other)
{
    assert_int_equal(one != NULL, other != NULL);
    if (one == NULL) {
        return;
    }
    assert_string_equal(chutes_chat_response_text(one),
                        chutes_chat_response_text(other));
    assert_int_equal(one->complete, other->complete);
    assert_int_equal(one->end, other->end);
    assert_int_equal(one->choice_count, other->choice_count);
    assert_int_equal(one->warning_count, other->warning_count);
    assert_int_equal(one->info->http_status, other->info->http_status);
    assert_string_equal(one->raw_json, other->raw_json);
}

static void compare(const struct fixture *fixture)
{
    struct peer *peer = start_fixture(fixture);
    struct call call = {.kind = CALL_STREAM};
    chutes_chat_response *response;
    chutes_status status;
    struct scene scene;

    open_scene(&scene, peer);
    call_run(&call, scene.client);
    status = pull(&scene, 0);
    assert_int_equal(status, call.status);
    assert_string_equal(scene.error.message, call.error.message);
    assert_int_equal(scene.error.outcome, call.error.outcome);
    assert_int_equal(scene.error.attempts, call.error.attempts);
    assert_string_equal(pulled(&scene),
                        call.events.text != NULL ? call.events.text : "");
    response = chutes_chat_stream_take_response(scene.stream);
    compare_responses(response, call.chat);
    chutes_chat_response_free(response);
    call_dispose(&call);
    close_scene(&scene);
}

static void pulling_tells_what_the_callback_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FIXTURES); i++) {
        compare(&FIXTURES[i]);
    }
}

static void pulling_tells_of_calls_what_the_callback_is_told(void **state)
{
    enum { ROUNDS = 40 };

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        uint64_t random = seed;
        char *lines = calls_random(&random, "sse ", "\n");
        char *script = NULL;
        size_t len;
        FILE *out = open_memstream(&script, &len);

        assert_non_null(out);
        (void)fprintf(out, "sse-head\n%schunk-end\n", lines);
        (void)fclose(out);
        compare(&(struct fixture){NULL, script});
        free(script);
        free(lines);
    }
}

/* ---- arguments ----------------------------------------------------------- */

static int no_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

static void what_is_wrong_is_refused(void **state)
{
    struct scene scene;
    chutes_chat_params good = call_chat_params();
    chutes_chat_params loud = good;
    chutes_chat_params sizeless = good;
    chutes_chat_params nameless = good;
    const struct {
        bool has_client;
        const chutes_chat_params *params;
        const char *field;
    } rows[] = {{false, &good, "client"},
                {true, NULL, "params"},
                {true, &loud, "on_event"},
                {true, &sizeless, "struct_size"},
                {true, &nameless, "model"}};

    (void)state;
    loud.on_event = no_event;
    sizeless.struct_size = 1;
    nameless.model = "";
    open_script(&scene, FINE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_client *client = rows[i].has_client ? scene.client : NULL;
        chutes_chat_stream *stream = (void *)&stream;

        assert_int_equal(chutes_chat_stream_open(client, rows[i].params,
                                                 &stream, &scene.error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        assert_null(stream);
        assert_non_null(strstr(scene.error.message, rows[i].field));
        assert_int_equal(
            chutes_chat_stream_open(client, rows[i].params, &stream, NULL),
            CHUTES_ERR_INVALID_ARGUMENT);
    }
    assert_int_equal(
        chutes_chat_stream_open(scene.client, &good, NULL, &scene.error),
        CHUTES_ERR_INVALID_ARGUMENT);
    close_scene(&scene);
}

static void functions_take_null(void **state)
{
    const chutes_chat_event *event = (void *)&event;
    struct scene scene;

    (void)state;
    open_script(&scene, FINE);
    assert_int_equal(chutes_chat_stream_next(NULL, &event, &scene.error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(event);
    assert_non_null(strstr(scene.error.message, "stream"));
    assert_int_equal(chutes_chat_stream_next(scene.stream, NULL, &scene.error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(scene.error.message, "event"));
    assert_null(chutes_chat_stream_take_response(NULL));
    chutes_chat_stream_cancel(NULL);
    chutes_chat_stream_close(NULL);
    /* None of this did any harm, and errors may be NULL. */
    do {
        assert_int_equal(chutes_chat_stream_next(scene.stream, &event, NULL),
                         CHUTES_OK);
    } while (event != NULL);
    close_scene(&scene);
}

static void parameters_may_be_gone_behind_the_opening(void **state)
{
    struct peer *peer =
        peer_start("expect-body-contains \"first words\"\n"
                   "expect-body-contains \"\\\"stream\\\":true\"\n" FINE,
                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct scene scene = {.peer = peer, .client = call_client(&options)};
    chutes_chat_params params = call_chat_params();
    char text[] = "first words";
    chutes_message message = chutes_user(text);

    (void)state;
    params.messages = &message;
    assert_int_equal(
        chutes_chat_stream_open(scene.client, &params, &scene.stream, NULL),
        CHUTES_OK);
    memset(text, 'x', sizeof(text) - 1);
    memset(&message, 0xAA, sizeof(message));
    memset(&params, 0xAA, sizeof(params));
    assert_int_equal(peer_accepts(peer), 0);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    assert_string_equal(pulled(&scene),
                        "content 0 fi\ncontent 0 ne\nfinish 0 stop\n");
    close_scene(&scene);
}

/* ---- the end ------------------------------------------------------------- */

static void a_stream_may_be_closed_at_any_time(void **state)
{
    (void)state;
    for (int most = -1; most <= 3; most++) {
        const char *script = most == 0 ? FINE : TALKS;
        struct scene scene;
        int64_t from_us;

        open_script(&scene, script);
        if (most >= 0) {
            assert_int_equal(pull(&scene, most == 0 ? 0 : 1), CHUTES_OK);
        }
        from_us = chutes__clock_now_us();
        chutes_chat_stream_close(scene.stream);
        scene.stream = NULL;
        assert_true(chutes__clock_now_us() - from_us <
                    call_bound_ms(SOON_MS) * 1000LL);
        assert_int_equal(peer_posts(scene.peer), most == -1 ? 0 : 1);
        if (most == 0) {
            struct call call = {.kind = CALL_STREAM};

            call_run(&call, scene.client);
            assert_int_equal(call.status, CHUTES_OK);
            assert_int_equal(peer_accepts(scene.peer), 1); /* reused */
            call_dispose(&call);
        } else {
            assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
        }
        close_scene(&scene);
    }
}

static void the_end_is_told_again_and_again(void **state)
{
    static const char *const scripts[] = {
        FINE, "sse-head\n" PIECE("half") "rst\n", "answer 401 text/plain no\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct scene scene;
        chutes_status status;
        chutes_error first;
        int count;

        open_script(&scene, scripts[i]);
        status = pull(&scene, 0);
        first = scene.error;
        count = scene.events.count;
        for (int again = 0; again < 3; again++) {
            assert_int_equal(pull(&scene, 0), status);
            assert_memory_equal(&first, &scene.error, sizeof(first));
        }
        assert_int_equal(scene.events.count, count);
        assert_int_equal(peer_posts(scene.peer), 1);
        close_scene(&scene);
    }
}

static void the_answer_is_there_once_the_end_was_told(void **state)
{
    struct scene scene;
    chutes_chat_response *response;

    (void)state;
    open_script(&scene, FINE);
    assert_null(chutes_chat_stream_take_response(scene.stream));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pull(&scene, 1), CHUTES_OK);
        assert_int_equal(scene.events.count, i + 1);
        assert_null(chutes_chat_stream_take_response(scene.stream));
    }
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    response = chutes_chat_stream_take_response(scene.stream);
    assert_non_null(response);
    assert_null(chutes_chat_stream_take_response(scene.stream));
    assert_int_equal(response->complete, 1);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    close_scene(&scene);
    /* The response belongs to the caller. */
    assert_string_equal(chutes_chat_response_text(response), "fine");
    chutes_chat_response_free(response);
}

static void a_failure_comes_behind_the_events_before_it(void **state)
{
    struct scene scene;
    chutes_chat_response *response;

    (void)state;
    open_script(&scene, "sse-head\n" PIECE("a") PIECE("b") "rst\n");
    assert_int_equal(pull(&scene, 0), CHUTES_ERR_TRUNCATED);
    assert_string_equal(pulled(&scene), "content 0 a\ncontent 0 b\n");
    response = chutes_chat_stream_take_response(scene.stream);
    assert_int_equal(response->complete, 0);
    assert_string_equal(chutes_chat_response_text(response), "ab");
    chutes_chat_response_free(response);
    close_scene(&scene);
    open_script(&scene, "answer 401 text/plain no\n");
    assert_int_equal(pull(&scene, 0), CHUTES_ERR_AUTH);
    assert_null(chutes_chat_stream_take_response(scene.stream));
    close_scene(&scene);
}

/* ---- cancelling ---------------------------------------------------------- */

static void *cancel_soon(void *stream)
{
    usleep(50 * 1000);
    chutes_chat_stream_cancel(stream);
    return NULL;
}

static void cancel_from_thread(const char *script, const char *partial)
{
    struct scene scene;
    pthread_t thread;
    int64_t from_us;
    int64_t took_us;
    chutes_chat_response *response;

    open_script(&scene, script);
    if (partial[0] != '\0') {
        assert_int_equal(pull(&scene, 1), CHUTES_OK);
    }
    from_us = chutes__clock_now_us();
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, scene.stream),
                     0);
    assert_int_equal(pull(&scene, 0), CHUTES_ERR_CANCELLED);
    took_us = chutes__clock_now_us() - from_us;
    pthread_join(thread, NULL);
    assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
    response = chutes_chat_stream_take_response(scene.stream);
    assert_string_equal(chutes_chat_response_text(response), partial);
    chutes_chat_response_free(response);
    close_scene(&scene);
    assert_true(took_us <= call_bound_ms(50 + SOON_MS) * 1000LL);
}

static void a_thread_cancels_a_stream(void **state)
{
    (void)state;
    cancel_from_thread(TALKS, "half");
    cancel_from_thread("stall\n", "");
}

static void a_stream_that_is_cancelled_before_is_never_sent(void **state)
{
    struct scene scene;

    (void)state;
    for (int by_all = 0; by_all < 2; by_all++) {
        open_script(&scene, FINE);
        if (by_all) {
            chutes_client_cancel_all(scene.client);
        } else {
            chutes_chat_stream_cancel(scene.stream);
        }
        assert_int_equal(pull(&scene, 0), CHUTES_ERR_CANCELLED);
        assert_int_equal(scene.error.outcome, CHUTES_OUTCOME_NOT_SENT);
        assert_int_equal(peer_accepts(scene.peer), 0);
        close_scene(&scene);
    }
}

static void cancelling_behind_the_end_changes_nothing(void **state)
{
    struct scene scene;

    (void)state;
    open_script(&scene, FINE);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    chutes_chat_stream_cancel(scene.stream);
    chutes_client_cancel_all(scene.client);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    chutes_chat_stream_close(scene.stream);
    /* The next call on the connection is not affected either. */
    open_stream(&scene);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    assert_int_equal(peer_accepts(scene.peer), 1);
    close_scene(&scene);
}

static void freeing_the_client_ends_its_streams(void **state)
{
    struct scene scene;

    (void)state;
    open_script(&scene, TALKS);
    assert_int_equal(pull(&scene, 1), CHUTES_OK);
    chutes_client_free(scene.client);
    scene.client = NULL;
    assert_int_equal(pull(&scene, 0), CHUTES_ERR_CANCELLED);
    close_scene(&scene);
}

/* ---- an iterator that nobody reads from ---------------------------------- */

/* Hundreds of megabytes, if they were read. */
#define FLOOD                                              \
    "sse-head\n" PIECE("first") "repeat 4000\n"            \
                                "send \"10015\\r\\n: \"\n" \
                                "body 65553 y\n"           \
                                "send \"\\n\\n\\r\\n\"\n"  \
                                "end\n" LAST("last")

static void nothing_is_read_while_nobody_asks(void **state)
{
    struct scene scene;
    long blocks;

    (void)state;
    open_script(&scene, FLOOD);
    assert_int_equal(pull(&scene, 1), CHUTES_OK);
    alloc_fail_count();
    usleep(100 * 1000);
    blocks = alloc_fail_calls();
    alloc_fail_off();
    assert_int_equal(blocks, 0);
    assert_string_equal(pulled(&scene), "content 0 first\n");
    /* The server is still blocked: it has neither closed nor reached the
     * end. */
    assert_false(peer_await_closed(scene.peer, 20));
    chutes_chat_stream_close(scene.stream);
    scene.stream = NULL;
    assert_true(peer_await_closed(scene.peer, call_bound_ms(SOON_MS)));
    close_scene(&scene);
}

/* ---- out of memory ------------------------------------------------------- */

struct run {
    chutes_status status;
    long calls;
};

static chutes_status pull_all(chutes_client *client, struct call_events *events)
{
    chutes_chat_params params = call_chat_params();
    chutes_chat_stream *stream = NULL;
    const chutes_chat_event *event = NULL;
    chutes_chat_response *response;
    chutes_error error;
    chutes_status status;

    params.n = 2;
    status = chutes_chat_stream_open(client, &params, &stream, &error);

    assert_int_equal(stream != NULL, status == CHUTES_OK);
    while (status == CHUTES_OK) {
        status = chutes_chat_stream_next(stream, &event, &error);
        if (event == NULL) {
            break;
        }
        (void)call_on_event(event, events);
    }
    assert_int_equal(error.status, status);
    response = chutes_chat_stream_take_response(stream);
    if (status == CHUTES_OK) {
        assert_string_equal(chutes_chat_response_text(response), "Hello");
    } else if (response != NULL) {
        assert_int_equal(response->complete, 0);
    }
    chutes_chat_response_free(response);
    chutes_chat_stream_close(stream);
    return status;
}

static struct run run_short_of_memory(struct peer *peer, void (*arm)(long),
                                      long nth, const char *want)
{
    chutes_client_options options = call_options(peer);
    struct call_events events = {0};
    chutes_client *client = NULL;
    struct run run;

    arm(nth);
    run.status = chutes_client_new(&options, &client, NULL);
    if (run.status == CHUTES_OK) {
        run.status = pull_all(client, &events);
    }
    chutes_client_free(client);
    run.calls = alloc_fail_calls();
    if (run.status == CHUTES_OK && want != NULL) {
        assert_string_equal(events.text, want);
    } else if (run.status != CHUTES_OK) {
        assert_int_equal(run.status, CHUTES_ERR_NO_MEMORY);
    }
    if (events.text != NULL && want != NULL) {
        assert_memory_equal(events.text, want, events.len);
    }
    alloc_fail_expect_none_lost(nth);
    free(events.text);
    return run;
}

static void a_stream_survives_the_failure_of_any_allocation(void **state)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    struct peer *peer = peer_start_file("client/stream_full.txt", PEER_PLAIN);
    struct call call = {.kind = CALL_STREAM, .choices = 2};
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct run run;

    (void)state;
    peer_release(peer, "first");
    call_run(&call, client);
    chutes_client_free(client);
    run = run_short_of_memory(peer, alloc_fail_none, 0, call.events.text);
    assert_int_equal(run.status, CHUTES_OK);
    assert_true(run.calls > 50);
    for (size_t mode = 0; mode < COUNT(modes); mode++) {
        for (long nth = 1; nth <= run.calls; nth++) {
            (void)run_short_of_memory(peer, modes[mode], nth, call.events.text);
        }
    }
    alloc_fail_off();
    call_dispose(&call);
    assert_true(peer_await_closed(peer, call_bound_ms(2000)));
    peer_stop(peer);
}

/* ---- several at once ----------------------------------------------------- */

static void streams_and_calls_interleave_on_one_thread(void **state)
{
    struct scene scene;
    struct scene other;

    (void)state;
    open_script(&scene, FINE);
    other = scene;
    other.events = (struct call_events){0};
    open_stream(&other);
    for (int i = 0; i < 4; i++) {
        struct call call = {.kind = CALL_STREAM};

        assert_int_equal(pull(&scene, 1), CHUTES_OK);
        call_run(&call, scene.client);
        assert_int_equal(call.status, CHUTES_OK);
        assert_int_equal(pull(&other, 1), CHUTES_OK);
        call_dispose(&call);
    }
    assert_string_equal(pulled(&scene), pulled(&other));
    assert_int_equal(scene.events.count, 3);
    assert_int_equal(peer_posts(scene.peer), 6);
    chutes_chat_stream_close(other.stream);
    free(other.events.text);
    close_scene(&scene);
}

/* Only one request may run at a time: a stream that nobody reads from must not
 * block those that wait after it. */
static void a_stream_takes_its_turn_when_it_is_pulled_from(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct scene scene = {.peer = peer};
    struct call call = {.kind = CALL_STREAM};

    (void)state;
    options.max_concurrent_requests = 1;
    options.total_timeout_ms = call_patience_ms(2000);
    scene.client = call_client(&options);
    open_stream(&scene);
    call_run(&call, scene.client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    call_dispose(&call);
    close_scene(&scene);
}

/* ---- memory -------------------------------------------------------------- */

enum { LONG_ARGUMENTS = 64 * 1024, MORE_PIECES = 400 };

#define CALL_PIECE(head, tail)                                            \
    "sse "                                                                \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" \
    "{" head "\"function\":{\"arguments\":\"" tail

/* Each piece of a tool call comes with the whole call so far, of which the
 * events of one read must not all have a copy. */
static void pieces_of_a_long_call_take_little_memory(void **state)
{
    static const char more[] = CALL_PIECE("\"index\":0,", "y\"}}]}}]}\n");
    const size_t size = LONG_ARGUMENTS + 2048;
    char *script = malloc(size);
    size_t most = 0;
    size_t before;
    const chutes_chat_event *event = NULL;
    struct scene scene;
    int len;

    (void)state;
    assert_non_null(script);
    len = snprintf(script, size, "sse-head\n%s%0*d%srepeat %d\n%send\n%s",
                   CALL_PIECE("\"index\":0,\"id\":\"c\",", ""), LONG_ARGUMENTS,
                   7, "\"}}]}}]}\n", MORE_PIECES, more, LAST(""));
    assert_true(len > 0 && (size_t)len < size);
    open_script(&scene, script);
    before = mallinfo2().uordblks;
    for (int i = 0; i <= MORE_PIECES; i++) {
        size_t held;

        assert_int_equal(
            chutes_chat_stream_next(scene.stream, &event, &scene.error),
            CHUTES_OK);
        assert_int_equal(event->type, CHUTES_CHAT_EVENT_TOOL_CALL_DELTA);
        assert_int_equal(event->tool_call->arguments_len, LONG_ARGUMENTS + i);
        held = mallinfo2().uordblks - before;
        most = held > most ? held : most;
    }
    assert_true(most < (size_t)2 << 20);
    assert_int_equal(pull(&scene, 0), CHUTES_OK);
    close_scene(&scene);
    free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulling_tells_what_the_callback_is_told),
        cmocka_unit_test(pulling_tells_of_calls_what_the_callback_is_told),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(functions_take_null),
        cmocka_unit_test(parameters_may_be_gone_behind_the_opening),
        cmocka_unit_test(a_stream_may_be_closed_at_any_time),
        cmocka_unit_test(the_end_is_told_again_and_again),
        cmocka_unit_test(the_answer_is_there_once_the_end_was_told),
        cmocka_unit_test(a_failure_comes_behind_the_events_before_it),
        cmocka_unit_test(a_thread_cancels_a_stream),
        cmocka_unit_test(a_stream_that_is_cancelled_before_is_never_sent),
        cmocka_unit_test(cancelling_behind_the_end_changes_nothing),
        cmocka_unit_test(freeing_the_client_ends_its_streams),
        cmocka_unit_test(nothing_is_read_while_nobody_asks),
        cmocka_unit_test(a_stream_survives_the_failure_of_any_allocation),
        cmocka_unit_test(streams_and_calls_interleave_on_one_thread),
        cmocka_unit_test(a_stream_takes_its_turn_when_it_is_pulled_from),
        cmocka_unit_test(pieces_of_a_long_call_take_little_memory),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
