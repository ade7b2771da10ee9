/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock/demo.h"

#include "call.h"

enum { THREADS = 8, CALLS = 50, CANCELS = 60, LOOP_CALLS = 4 };

/* Operations per thread in the test of everything at once. */
static int operations = 400;

/* One thread and its first fault. Assertions are made only on the thread of the
 * test. */
struct worker {
    chutes_client *client;
    pthread_t thread;
    int number;
    bool may_be_cancelled;
    unsigned seed;
    int done;
    int cancelled;
    char fault[2048]; /* the first fault; empty: none */
};

static void note_fault(struct worker *worker, const char *what,
                       chutes_status status, const chutes_error *error)
{
    if (worker->fault[0] == '\0') {
        (void)snprintf(worker->fault, sizeof(worker->fault),
                       "thread %d: %s: %s: %s", worker->number, what,
                       chutes_status_name(status), error->message);
    }
}

/* Returns true if the call succeeded and its result is to be checked. */
static bool judge(struct worker *worker, const char *what, chutes_status status,
                  const chutes_error *error)
{
    if (status == CHUTES_ERR_CANCELLED && worker->may_be_cancelled) {
        worker->cancelled++;
        return false;
    }
    if (status != CHUTES_OK) {
        note_fault(worker, what, status, error);
        return false;
    }
    worker->done++;
    return true;
}

/* The text of a stream, to be compared with its answer. */
struct text {
    char bytes[512];
    size_t len;
    pthread_t thread;
    bool is_elsewhere; /* the callback ran on another thread */
};

static int collect(const chutes_chat_event *event, void *user_data)
{
    struct text *text = user_data;

    text->is_elsewhere |= !pthread_equal(text->thread, pthread_self());
    if (event->type == CHUTES_CHAT_EVENT_CONTENT &&
        event->text_len < sizeof(text->bytes) - text->len) {
        memcpy(text->bytes + text->len, event->text, event->text_len);
        text->len += event->text_len;
        text->bytes[text->len] = '\0';
    }
    return 0;
}

/* The parrot repeats the prompt, so an answer on the wrong thread is
 * noticed. */
static void chat(struct worker *worker, int round, bool is_streamed)
{
    chutes_chat_params params = chutes_chat_params_default();
    struct text text = {.thread = pthread_self()};
    chutes_chat_response *response = NULL;
    chutes_message message;
    chutes_status status;
    chutes_error error;
    char prompt[64];

    (void)snprintf(prompt, sizeof(prompt), "thread %d says round %d",
                   worker->number, round);
    message = chutes_user(prompt);
    params.model = MOCK_DEMO_PARROT_MODEL;
    params.messages = &message;
    params.message_count = 1;
    params.on_event = is_streamed ? collect : NULL;
    params.user_data = &text;
    status = chutes_chat(worker->client, &params, &response, &error);
    if (judge(worker, "chat", status, &error) &&
        (strstr(chutes_chat_response_text(response), prompt) == NULL ||
         text.is_elsewhere ||
         (is_streamed &&
          strcmp(text.bytes, chutes_chat_response_text(response)) != 0))) {
        note_fault(worker, chutes_chat_response_text(response), status, &error);
    }
    chutes_chat_response_free(response);
}

static void embed(struct worker *worker, int round)
{
    const char *input[3] = {"the same", NULL, "the same"};
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_status status;
    chutes_error error;
    char other[32];

    (void)snprintf(other, sizeof(other), "word%d word%d", worker->number,
                   round);
    input[1] = other;
    params.model = MOCK_DEMO_EMBEDDING_MODEL;
    params.input = input;
    params.input_count = 3;
    params.encoding_format = round % 2 == 0 ? "base64" : "float";
    status = chutes_embed(worker->client, &params, &response, &error);
    if (judge(worker, "embed", status, &error)) {
        size_t size = response->dimension * sizeof(float);

        if (response->count != 3 ||
            memcmp(chutes_embedding_at(response, 0),
                   chutes_embedding_at(response, 2), size) != 0 ||
            memcmp(chutes_embedding_at(response, 0),
                   chutes_embedding_at(response, 1), size) == 0) {
            note_fault(worker, "vectors", status, &error);
        }
    }
    chutes_embed_response_free(response);
}

static void list_models(struct worker *worker)
{
    chutes_models_response *response = NULL;
    chutes_error error;
    chutes_status status =
        chutes_models_list(worker->client, NULL, &response, &error);

    if (judge(worker, "models", status, &error) && response->model_count == 0) {
        note_fault(worker, "no models", status, &error);
    }
    chutes_models_response_free(response);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (int round = 0; round < CALLS; round++) {
        switch ((round + worker->number) % CALL_KINDS) {
        case CALL_CHAT:
            chat(worker, round, false);
            break;
        case CALL_STREAM:
            chat(worker, round, true);
            break;
        case CALL_EMBED:
            embed(worker, round);
            break;
        default:
            list_models(worker);
            break;
        }
    }
    return NULL;
}

static struct mock_demo *start_demo(const struct mock_demo_options *options)
{
    const char *reason = "none";
    struct mock_demo *demo = mock_demo_start(options, &reason);

    if (demo == NULL) {
        fail_msg("%s", reason);
    }
    return demo;
}

static chutes_client *client_of(const struct mock_demo *demo)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = mock_demo_url(demo);
    options.proxy = "";
    return call_client(&options);
}

static void start_workers(struct worker *workers, chutes_client *client,
                          bool may_be_cancelled)
{
    memset(workers, 0, THREADS * sizeof(*workers));
    for (int i = 0; i < THREADS; i++) {
        workers[i].client = client;
        workers[i].number = i;
        workers[i].may_be_cancelled = may_be_cancelled;
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
}

/* Returns the number of calls that succeeded. */
static int join_workers(struct worker *workers)
{
    int done = 0;

    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        if (workers[i].fault[0] != '\0') {
            fail_msg("%s", workers[i].fault);
        }
        assert_int_equal(workers[i].done + workers[i].cancelled, CALLS);
        done += workers[i].done;
    }
    return done;
}

static void threads_share_a_client_and_get_each_its_own_answers(void **state)
{
    const struct mock_demo_options options = {0};
    struct mock_demo *demo = start_demo(&options);
    chutes_client *client = client_of(demo);
    struct worker workers[THREADS];

    (void)state;
    start_workers(workers, client, false);
    assert_int_equal(join_workers(workers), THREADS * CALLS);
    assert_int_equal(mock_demo_requests(demo), THREADS * CALLS);
    chutes_client_free(client);
    mock_demo_stop(demo);
}

static void cancelling_hits_what_runs_and_nothing_later(void **state)
{
    const struct mock_demo_options options = {.delay_ms = 1};
    struct mock_demo *demo = start_demo(&options);
    chutes_client *client = client_of(demo);
    struct worker workers[THREADS];

    (void)state;
    start_workers(workers, client, true);
    for (int i = 0; i < CANCELS; i++) {
        chutes_client_cancel_all(client);
        usleep(2000);
    }
    (void)join_workers(workers);
    /* Afterwards everything works again. */
    start_workers(workers, client, false);
    assert_int_equal(join_workers(workers), THREADS * CALLS);
    chutes_client_free(client);
    mock_demo_stop(demo);
}

static void *make_clients(void *argument)
{
    struct worker *worker = argument;

    for (int i = 0; i < CALLS; i++) {
        chutes_client_options options = chutes_client_options_default();
        chutes_client *client = NULL;
        chutes_error error;
        chutes_status status;

        options.api_key = "key";
        status = chutes_client_new(&options, &client, &error);
        (void)judge(worker, "client", status, &error);
        chutes_client_free(client);
    }
    return NULL;
}

static void clients_may_be_made_on_many_threads_at_once(void **state)
{
    struct worker workers[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        workers[i].number = i;
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, make_clients, &workers[i]),
            0);
    }
    assert_int_equal(join_workers(workers), THREADS * CALLS);
}

/* ---- a budget ------------------------------------------------------------ */

enum { BUDGET = 5000 };

/* Chats until the budget is used up, which all threads share. */
static void *spend(void *argument)
{
    struct worker *worker = argument;
    chutes_message message = chutes_user("what is left?");
    chutes_chat_params params = chutes_chat_params_default();
    chutes_status status = CHUTES_OK;
    chutes_error error;

    params.model = MOCK_DEMO_PARROT_MODEL;
    params.messages = &message;
    params.message_count = 1;
    while (status == CHUTES_OK) {
        struct text text = {.thread = pthread_self()};

        params.on_event = worker->done % 2 == 0 ? collect : NULL;
        params.user_data = &text;
        status = chutes_chat(worker->client, &params, NULL, &error);
        worker->done += status == CHUTES_OK;
    }
    if (status != CHUTES_ERR_QUOTA || error.attempts != 0) {
        note_fault(worker, "spend", status, &error);
    }
    return NULL;
}

/* Each thread may exceed it by the call that it was in. */
static void threads_share_a_budget(void **state)
{
    const struct mock_demo_options options = {0};
    struct mock_demo *demo = start_demo(&options);
    chutes_client *client = client_of(demo);
    chutes_budget budget = chutes_budget_default();
    struct worker workers[THREADS] = {0};
    chutes_totals totals;
    int64_t used;
    int done = 0;

    (void)state;
    budget.max_total_tokens = BUDGET;
    assert_int_equal(chutes_client_set_budget(client, &budget, NULL),
                     CHUTES_OK);
    for (int i = 0; i < THREADS; i++) {
        workers[i].client = client;
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, spend, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_string_equal(workers[i].fault, "");
        done += workers[i].done;
    }
    totals = chutes_client_totals(client);
    used = totals.prompt_tokens + totals.completion_tokens;
    assert_int_equal(totals.calls, done);
    assert_int_equal(mock_demo_requests(demo), done);
    assert_int_equal(totals.unmetered_calls, 0);
    assert_in_range(used, BUDGET, BUDGET + THREADS * (used / done + 1));
    chutes_client_free(client);
    mock_demo_stop(demo);
}

/* ---- everything at once -------------------------------------------------- */

static unsigned pick(struct worker *worker, unsigned below)
{
    worker->seed = worker->seed * 1664525u + 1013904223u;
    return (worker->seed >> 8) % below;
}

/* A call to the parrot, on a loop or with an iterator. */
struct said {
    struct worker *worker;
    char prompt[64];
    chutes_message message;
    chutes_chat_params params;
    struct text text;
    chutes_call *handle;
    int done;
};

static void prepare(struct said *said, struct worker *worker, int round)
{
    memset(said, 0, sizeof(*said));
    said->worker = worker;
    (void)snprintf(said->prompt, sizeof(said->prompt),
                   "thread %d says round %d", worker->number, round);
    said->message = chutes_user(said->prompt);
    said->params = chutes_chat_params_default();
    said->params.model = MOCK_DEMO_PARROT_MODEL;
    said->params.messages = &said->message;
    said->params.message_count = 1;
    said->text.thread = pthread_self();
}

static void check_said(struct said *said, chutes_status status,
                       chutes_chat_response *response,
                       const chutes_error *error)
{
    if (judge(said->worker, "said", status, error) &&
        (strstr(chutes_chat_response_text(response), said->prompt) == NULL ||
         said->text.is_elsewhere)) {
        note_fault(said->worker, "another's answer", status, error);
    }
    chutes_chat_response_free(response);
}

static void on_said(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct said *said = user_data;

    said->done++;
    said->text.is_elsewhere |=
        !pthread_equal(said->text.thread, pthread_self());
    check_said(said, status, response, error);
}

static void start_said(struct said *said, chutes_loop *loop, int round)
{
    chutes_error error;
    chutes_status status;

    if (round % 2 == 0) {
        said->params.on_event = collect;
        said->params.user_data = &said->text;
    }
    status = chutes_chat_start(loop, &said->params, on_said, said,
                               &said->handle, &error);
    if (status != CHUTES_OK) {
        note_fault(said->worker, "start", status, &error);
        said->done++;
    }
}

/* Makes some calls on a loop, one of which may be paused or cancelled. The loop
 * runs until they end, or is freed before. */
static void run_loop(struct worker *worker, int round)
{
    struct said said[LOOP_CALLS];
    bool allowed = worker->may_be_cancelled;
    chutes_loop *loop = NULL;
    chutes_error error;
    chutes_status status = chutes_loop_new(worker->client, &loop, &error);

    if (status != CHUTES_OK) {
        note_fault(worker, "loop", status, &error);
        return;
    }
    worker->may_be_cancelled = true;
    for (int i = 0; i < LOOP_CALLS; i++) {
        prepare(&said[i], worker, round + i);
        start_said(&said[i], loop, i);
    }
    if (pick(worker, 2) == 0) {
        chutes_call_pause(said[0].handle);
        (void)chutes_loop_poll(loop, 0);
        chutes_call_resume(said[0].handle);
    }
    if (pick(worker, 2) == 0) {
        chutes_call_cancel(said[1].handle);
    }
    if (pick(worker, 4) != 0) {
        (void)chutes_loop_run(loop);
    }
    chutes_loop_free(loop);
    for (int i = 0; i < LOOP_CALLS; i++) {
        if (said[i].done != 1 || !chutes_call_is_done(said[i].handle)) {
            note_fault(worker, "on_done", CHUTES_OK, &error);
        }
        chutes_call_free(said[i].handle);
    }
    worker->may_be_cancelled = allowed;
}

/* Reads a stream to its end, or closes it in the middle. */
static void iterate(struct worker *worker, int round)
{
    int most = pick(worker, 2) == 0 ? 3 : INT_MAX;
    const chutes_chat_event *event = NULL;
    chutes_chat_stream *stream = NULL;
    struct said said;
    chutes_error error;
    chutes_status status;

    prepare(&said, worker, round);
    status =
        chutes_chat_stream_open(worker->client, &said.params, &stream, &error);
    while (status == CHUTES_OK && most-- > 0) {
        status = chutes_chat_stream_next(stream, &event, &error);
        if (event == NULL) {
            check_said(&said, status, chutes_chat_stream_take_response(stream),
                       &error);
            break;
        }
        (void)collect(event, &said.text);
    }
    chutes_chat_stream_close(stream);
}

static void *do_anything(void *argument)
{
    struct worker *worker = argument;

    for (int round = 0; round < operations; round++) {
        switch (pick(worker, 12)) {
        case 0:
            embed(worker, round);
            break;
        case 1:
            list_models(worker);
            break;
        case 2:
            run_loop(worker, round);
            break;
        case 3:
        case 4:
            iterate(worker, round);
            break;
        case 5:
            if (pick(worker, 16) == 0) {
                chutes_client_cancel_all(worker->client);
                break;
            }
            chat(worker, round, true);
            break;
        case 6:
        case 7:
        case 8:
            chat(worker, round, true);
            break;
        default:
            chat(worker, round, false);
            break;
        }
    }
    return NULL;
}

/* A small limit makes the threads wait for each other's turns. */
static void run_anything(int max_concurrent)
{
    const struct mock_demo_options demo_options = {0};
    struct mock_demo *demo = start_demo(&demo_options);
    chutes_client_options options = chutes_client_options_default();
    struct worker workers[THREADS] = {0};
    chutes_client *client;
    int done = 0;

    options.base_url = mock_demo_url(demo);
    options.proxy = "";
    options.max_concurrent_requests = max_concurrent;
    client = call_client(&options);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.client = client,
                                     .number = i,
                                     .may_be_cancelled = true,
                                     .seed = (unsigned)i};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, do_anything, &workers[i]),
            0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
    }
    for (int i = 0; i < THREADS; i++) {
        if (workers[i].fault[0] != '\0') {
            fail_msg("%s", workers[i].fault);
        }
    }
    assert_true(done > THREADS * operations / 2);
    chutes_client_free(client);
    mock_demo_stop(demo);
}

static void threads_do_whatever_they_like_at_once(void **state)
{
    (void)state;
    run_anything(0);
}

static void threads_wait_for_each_others_turns(void **state)
{
    (void)state;
    run_anything(3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        /* This is first, so that threads race for what is done once per
         * process. */
        cmocka_unit_test(clients_may_be_made_on_many_threads_at_once),
        cmocka_unit_test(threads_share_a_client_and_get_each_its_own_answers),
        cmocka_unit_test(cancelling_hits_what_runs_and_nothing_later),
        cmocka_unit_test(threads_share_a_budget),
        cmocka_unit_test(threads_do_whatever_they_like_at_once),
        cmocka_unit_test(threads_wait_for_each_others_turns),
    };

    call_clear_environment();
    if (argc > 1) {
        operations = (int)strtol(argv[1], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
