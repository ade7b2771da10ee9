/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "loop_call.h"
#include "stream_script.h"

enum { PATIENCE_MS = 10000 };

/* The rest of the stream is sent when the child has ended. */
#define HELD                                                             \
    "sse-head\n" PIECE("be") "wait go\n"                                 \
                             "sse "                                      \
                             "{\"id\":\"a\",\"choices\":[{\"index\":0,"  \
                             "\"delta\":{\"content\":"                   \
                             "\"hind\"},\"finish_reason\":\"stop\"}]}\n" \
                             "sse [DONE]\n"                              \
                             "chunk-end\n"

/* Everything that a process can have of a client when it forks. */
struct scene {
    struct peer *peer;
    chutes_client *client;
    chutes_loop *loop; /* with a running call */
    chutes_loop *idle; /* without calls */
    struct loop_call call;
    chutes_chat_stream *stream; /* in the middle of its answer */
};

static chutes_client *client_of(struct peer *peer, bool is_tls)
{
    chutes_client_options options = call_options(peer);

    if (is_tls) {
        options.ca_file = peer_ca_file();
    }
    return call_client(&options);
}

static void open_scene(struct scene *scene, bool is_tls)
{
    chutes_chat_params params = call_chat_params();
    const chutes_chat_event *event = NULL;

    memset(scene, 0, sizeof(*scene));
    scene->peer = peer_start(HELD, is_tls ? PEER_TLS_GOOD : PEER_PLAIN);
    scene->client = client_of(scene->peer, is_tls);
    scene->idle = loop_of_client(scene->client);
    scene->loop = loop_of_client(scene->client);
    scene->call.call.kind = CALL_STREAM;
    assert_int_equal(loop_call_start(&scene->call, scene->loop), CHUTES_OK);
    assert_true(
        loop_call_await_events(&scene->call, 1, call_patience_ms(PATIENCE_MS)));
    assert_int_equal(
        chutes_chat_stream_open(scene->client, &params, &scene->stream, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_chat_stream_next(scene->stream, &event, NULL),
                     CHUTES_OK);
    assert_string_equal(event->text, "be");
}

/* The parent's calls and streams finish undisturbed. */
static void finish_streams(struct scene *scene)
{
    const chutes_chat_event *event = NULL;
    chutes_chat_response *response;

    peer_release(scene->peer, "go");
    assert_true(loop_call_await(&scene->call, call_patience_ms(PATIENCE_MS)));
    loop_call_check(&scene->call, CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(scene->call.call.chat),
                        "behind");
    do {
        assert_int_equal(chutes_chat_stream_next(scene->stream, &event, NULL),
                         CHUTES_OK);
    } while (event != NULL);
    response = chutes_chat_stream_take_response(scene->stream);
    assert_string_equal(chutes_chat_response_text(response), "behind");
    chutes_chat_response_free(response);
}

static void close_scene(struct scene *scene)
{
    chutes_chat_stream_close(scene->stream);
    loop_call_dispose(&scene->call);
    chutes_loop_free(scene->loop);
    chutes_loop_free(scene->idle);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

/* ---- the child, where assertions can't be made --------------------------- */

/* The exit status is the number of the line that found a fault. */
#define EXPECT(holds)              \
    do {                           \
        if (!(holds)) {            \
            _exit(__LINE__ % 255); \
        }                          \
    } while (0)

static void expect_misuse(chutes_status status, const chutes_error *error)
{
    EXPECT(status == CHUTES_ERR_MISUSE);
    EXPECT(error->status == CHUTES_ERR_MISUSE);
    EXPECT(strstr(error->message, "fork") != NULL);
}

static _Noreturn void never_done(chutes_status status,
                                 chutes_chat_response *response,
                                 const chutes_error *error, void *user_data)
{
    (void)status;
    (void)response;
    (void)error;
    (void)user_data;
    _exit(254);
}

static void refuse_to_block(chutes_client *client)
{
    chutes_chat_params chat = call_chat_params();
    chutes_embed_params embed = chutes_embed_params_default();
    static const char *const input[] = {"x"};
    chutes_chat_response *answer = NULL;
    chutes_embed_response *vectors = NULL;
    chutes_models_response *models = NULL;
    chutes_chat_stream *stream = (void *)&stream;
    chutes_error error;

    embed.model = "m";
    embed.input = input;
    embed.input_count = 1;
    expect_misuse(chutes_chat(client, &chat, &answer, &error), &error);
    expect_misuse(chutes_embed(client, &embed, &vectors, &error), &error);
    expect_misuse(chutes_models_list(client, NULL, &models, &error), &error);
    expect_misuse(chutes_chat_stream_open(client, &chat, &stream, &error),
                  &error);
    EXPECT(stream == NULL);
}

static void refuse_loops(struct scene *scene)
{
    chutes_chat_params chat = call_chat_params();
    chutes_loop *loop = (void *)&loop;
    chutes_call *call = (void *)&call;
    chutes_loop_hooks hooks;
    chutes_error error;

    expect_misuse(chutes_loop_new(scene->client, &loop, &error), &error);
    EXPECT(loop == NULL);
    for (int i = 0; i < 2; i++) {
        loop = i == 0 ? scene->loop : scene->idle;
        EXPECT(chutes_loop_poll(loop, 0) == CHUTES_ERR_MISUSE);
        EXPECT(chutes_loop_run(loop) == CHUTES_ERR_MISUSE);
        expect_misuse(
            chutes_chat_start(loop, &chat, never_done, NULL, &call, &error),
            &error);
        EXPECT(call == NULL);
        EXPECT(chutes_loop_fd(loop) == -1);
        chutes_loop_wakeup(loop);
        chutes_loop_on_timer(loop);
        memset(&hooks, 0, sizeof(hooks));
        EXPECT(chutes_loop_attach(loop, &hooks, &error) != CHUTES_OK);
    }
}

static void refuse_the_stream(chutes_chat_stream *stream)
{
    const chutes_chat_event *event = (void *)&event;
    chutes_error error;

    expect_misuse(chutes_chat_stream_next(stream, &event, &error), &error);
    EXPECT(event == NULL);
    EXPECT(chutes_chat_stream_take_response(stream) == NULL);
    chutes_chat_stream_cancel(stream);
    expect_misuse(chutes_chat_stream_next(stream, &event, &error), &error);
}

static void meddle_with_the_call(chutes_call *call)
{
    chutes_call_pause(call);
    chutes_call_resume(call);
    chutes_call_cancel(call);
}

static void pause_the_call(struct scene *scene)
{
    chutes_call_pause(scene->call.handle);
}

static void refuse_all(struct scene *scene)
{
    refuse_to_block(scene->client);
    refuse_loops(scene);
    refuse_the_stream(scene->stream);
    meddle_with_the_call(scene->call.handle);
    chutes_client_cancel_all(scene->client);
}

static void free_all(struct scene *scene)
{
    chutes_chat_stream_close(scene->stream);
    chutes_loop_free(scene->loop);
    chutes_loop_free(scene->idle);
    chutes_client_free(scene->client);
    meddle_with_the_call(scene->call.handle);
    chutes_call_free(scene->call.handle);
}

/* Frees the client and the loops in the other order. */
static void free_client_first(struct scene *scene)
{
    chutes_client_free(scene->client);
    chutes_call_free(scene->call.handle);
    chutes_loop_free(scene->idle);
    chutes_loop_free(scene->loop);
    chutes_chat_stream_close(scene->stream);
}

static void call_by_own_client(struct scene *scene)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_chat_params params = call_chat_params();
    chutes_client *client = NULL;
    chutes_chat_response *response = NULL;
    bool is_tls = strncmp(peer_url(scene->peer), "https", 5) == 0;
    chutes_status status;

    free_all(scene);
    options.base_url = peer_url(scene->peer);
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.total_timeout_ms = call_patience_ms(PATIENCE_MS);
    options.ca_file = is_tls ? peer_ca_file() : NULL;
    EXPECT(chutes_client_new(&options, &client, NULL) == CHUTES_OK);
    params.on_event = call_on_event;
    params.user_data = &(struct call_events){.stop_at = 1};
    status = chutes_chat(client, &params, &response, NULL);
    EXPECT(status == CHUTES_ERR_CANCELLED);
    EXPECT(strcmp(chutes_chat_response_text(response), "be") == 0);
    chutes_chat_response_free(response);
    chutes_client_free(client);
}

static void do_nothing(struct scene *scene)
{
    (void)scene;
}

/* ---- the parent ---------------------------------------------------------- */

/* has_more: the rest of the answers has arrived before the fork. */
static void fork_and(void (*child)(struct scene *scene), bool is_tls,
                     bool has_more)
{
    struct scene scene;
    int status = 0;
    pid_t pid;

    open_scene(&scene, is_tls);
    if (has_more) {
        peer_release(scene.peer, "go");
        usleep(20 * 1000);
    }
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(&scene);
        /* exec() keeps leak checkers away: what the parent's threads held is
         * not a leak of the child. */
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(253);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0) {
        fail_msg("the child found something in line %d (modulo 255)",
                 WEXITSTATUS(status));
    }
    finish_streams(&scene);
    close_scene(&scene);
}

static void run_all(void (*child)(struct scene *scene))
{
    for (int i = 0; i < 4; i++) {
        fork_and(child, i % 2 == 1, i / 2 == 1);
    }
}

static void a_child_does_not_disturb_its_parent(void **state)
{
    (void)state;
    run_all(do_nothing);
    run_all(pause_the_call);
}

static void in_a_child_everything_is_refused(void **state)
{
    (void)state;
    run_all(refuse_all);
}

static void a_child_may_free_everything(void **state)
{
    (void)state;
    run_all(free_all);
    run_all(free_client_first);
}

static void a_child_makes_a_client_of_its_own(void **state)
{
    (void)state;
    run_all(call_by_own_client);
}

/* ---- a callback that forks ---- */

struct forker {
    struct peer *peer;
    pid_t parent;
    pid_t child; /* 0: none yet */
    int child_status;
};

/* The parent continues when the child has ended. */
static int fork_at_first_text(const chutes_chat_event *event, void *user_data)
{
    struct forker *forker = user_data;

    if (event->type != CHUTES_CHAT_EVENT_CONTENT || forker->child != 0) {
        return 0;
    }
    forker->child = fork();
    if (forker->child == 0) {
        (void)alarm(10);
        forker->child = -1; /* it forks no more */
        return 0;
    }
    (void)waitpid(forker->child, &forker->child_status, 0);
    peer_release(forker->peer, "go");
    return 0;
}

static void a_child_does_not_go_on_with_the_call_of_a_callback(void **state)
{
    struct forker forker = {.peer = peer_start(HELD, PEER_PLAIN),
                            .parent = getpid()};
    chutes_client *client = client_of(forker.peer, false);
    chutes_chat_params params = call_chat_params();
    chutes_chat_response *response = NULL;
    chutes_error error;
    chutes_status status;

    (void)state;
    params.on_event = fork_at_first_text;
    params.user_data = &forker;
    status = chutes_chat(client, &params, &response, &error);
    if (getpid() != forker.parent) {
        expect_misuse(status, &error);
        EXPECT(response == NULL);
        chutes_client_free(client);
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(253);
    }
    assert_int_equal(status, CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(response), "behind");
    assert_true(WIFEXITED(forker.child_status));
    assert_int_equal(WEXITSTATUS(forker.child_status), 0);
    chutes_chat_response_free(response);
    chutes_client_free(client);
    peer_stop(forker.peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_does_not_disturb_its_parent),
        cmocka_unit_test(in_a_child_everything_is_refused),
        cmocka_unit_test(a_child_may_free_everything),
        cmocka_unit_test(a_child_makes_a_client_of_its_own),
        cmocka_unit_test(a_child_does_not_go_on_with_the_call_of_a_callback),
    };

    call_clear_environment();
    /* Create the CA in the parent, so that the parent removes it at the end. */
    (void)peer_ca_file();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
