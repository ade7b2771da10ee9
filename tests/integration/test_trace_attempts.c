/* SPDX-License-Identifier: MIT */
/* Each attempt of a call is a span below that of the call, however it ends. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"
#include "nowhere.h"
#include "stream_script.h"

enum { PATIENCE_MS = 5000, SPANS_MAX = 16 };

#define BUSY                     \
    "status 503\n"               \
    "header Retry-After: 0\n"    \
    "header Content-Length: 0\n" \
    "end-headers\n"              \
    "request\n"
#define VECTOR                                                              \
    "answer 200 application/json {\"data\":[{\"index\":0,\"embedding\":[1]" \
    "}]}\n"
#define WHOLE                                                              \
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{" \
    "\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n"

/* ---- what a tracer sees -------------------------------------------------- */

struct seen {
    char name[32];
    char span_id[20];
    char traceparent[64];
    const struct seen *call; /* NULL: this is one itself */
    char model[16];
    chutes_status status;
    int number; /* chutes.attempt; 0: it is a call */
    int resent;
    int http_status;
    bool has_wait;
    bool is_sampled;
    int ends;
    int64_t begin_ns;
    int64_t end_ns;
};

struct record {
    struct seen list[SPANS_MAX];
    size_t count;
    chutes_call **to_cancel; /* when an attempt begins */
};

static int find_number(const chutes_span *span, const char *name)
{
    const chutes_attribute *found = chutes_span_find(span, name);

    return found != NULL ? (int)found->integer : 0;
}

static void copy_text(const chutes_span *span, const char *name, char *to,
                      size_t size)
{
    const chutes_attribute *found = chutes_span_find(span, name);

    (void)snprintf(to, size, "%s", found != NULL ? found->text : "");
}

/* Returns the call, which must not have ended. */
static const struct seen *find_call(const struct record *record,
                                    const chutes_span *span)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct seen *each = &record->list[i];

        if (strcmp(each->span_id, span->parent_id) == 0) {
            assert_null(each->call);
            assert_int_equal(each->ends, 0);
            assert_memory_equal(span->traceparent, each->traceparent, 36);
            assert_int_equal(span->is_sampled, each->is_sampled);
            return each;
        }
    }
    fail_msg("an attempt without a call");
    return NULL;
}

static void on_begin(chutes_span *span, void *user_data)
{
    struct record *record = user_data;
    struct seen *seen = &record->list[record->count];

    assert_true(record->count < COUNT(record->list));
    assert_int_equal(span->kind, CHUTES_SPAN_CLIENT);
    (void)snprintf(seen->name, sizeof(seen->name), "%s", span->name);
    (void)snprintf(seen->span_id, sizeof(seen->span_id), "%s", span->span_id);
    (void)snprintf(seen->traceparent, sizeof(seen->traceparent), "%s",
                   span->traceparent);
    seen->is_sampled = span->is_sampled != 0;
    seen->begin_ns = span->begin_ns;
    seen->number = find_number(span, "chutes.attempt");
    if (seen->number != 0) {
        seen->call = find_call(record, span);
        if (record->to_cancel != NULL) {
            chutes_call_cancel(*record->to_cancel);
        }
    }
    record->count++;
    span->data = seen;
}

static void on_end(chutes_span *span, void *user_data)
{
    const struct record *record = user_data;
    struct seen *seen = span->data;

    seen->ends++;
    seen->end_ns = span->end_ns;
    seen->status = span->status;
    seen->resent = find_number(span, "http.request.resend_count");
    seen->http_status = find_number(span, "http.response.status_code");
    seen->has_wait = chutes_span_find(span, "chutes.retry_wait_ms") != NULL;
    copy_text(span, "gen_ai.request.model", seen->model, sizeof(seen->model));
    for (size_t i = 0; seen->number == 0 && i < record->count; i++) {
        const struct seen *each = &record->list[i];

        if (each->call == seen) {
            assert_int_equal(each->ends, 1);
            assert_true(each->begin_ns >= seen->begin_ns);
            assert_true(each->end_ns <= seen->end_ns);
        }
    }
}

/* Returns the n-th attempt, from 1; NULL if there are fewer. */
static const struct seen *attempt(const struct record *record, int n)
{
    for (size_t i = 0; i < record->count; i++) {
        if (record->list[i].number != 0 && --n == 0) {
            return &record->list[i];
        }
    }
    return NULL;
}

/* Asserts that one call had so many attempts, and that all spans have ended. */
static void expect_attempts(const struct record *record, int count)
{
    assert_int_equal(record->count, count + 1);
    for (size_t i = 0; i < record->count; i++) {
        assert_int_equal(record->list[i].ends, 1);
    }
    assert_int_equal(record->list[0].number, 0);
    assert_true(count == 0 || attempt(record, count) != NULL);
}

/* Does the n-th request carry the header of this span? */
static bool sent_header(const struct peer *peer, int n, const struct seen *seen)
{
    char line[80];

    (void)snprintf(line, sizeof(line), "traceparent: %.55s\r\n",
                   seen->traceparent);
    return strstr(peer_request_head(peer, n), line) != NULL;
}

/* ---- a traced client ----------------------------------------------------- */

struct scene {
    struct peer *peer;
    chutes_client *client;
    chutes_loop *loop;
    struct loop_call call;
    struct record record;
};

static chutes_client *make_client(chutes_client_options *options,
                                  struct record *record)
{
    chutes_tracer tracer = chutes_tracer_default();

    tracer.begin = on_begin;
    tracer.end = on_end;
    tracer.user_data = record;
    options->tracer = &tracer;
    options->retry_policy = CHUTES_RETRY_SAFE;
    return call_client(options);
}

static void open_scene(struct scene *scene, const char *script, int total_ms)
{
    chutes_client_options options;

    memset(scene, 0, sizeof(*scene));
    scene->peer = peer_start(script, PEER_PLAIN);
    options = call_options(scene->peer);
    options.total_timeout_ms = total_ms;
    scene->client = make_client(&options, &scene->record);
}

static void close_scene(struct scene *scene)
{
    loop_call_dispose(&scene->call);
    chutes_loop_free(scene->loop);
    chutes_client_free(scene->client);
    peer_stop(scene->peer);
}

static void start_on_loop(struct scene *scene, enum call_kind kind)
{
    scene->loop = loop_of_client(scene->client);
    scene->call.call.kind = kind;
    assert_int_equal(loop_call_start(&scene->call, scene->loop), CHUTES_OK);
}

/* ---- attempts that follow each other ------------------------------------- */

static void each_retry_is_a_span(void **state)
{
    struct call call = {.kind = CALL_CHAT};
    struct scene scene;

    (void)state;
    open_scene(&scene, BUSY BUSY WHOLE, 0);
    call_run(&call, scene.client);
    assert_int_equal(call.status, CHUTES_OK);
    expect_attempts(&scene.record, 3);
    for (int n = 1; n <= 3; n++) {
        const struct seen *seen = attempt(&scene.record, n);

        assert_string_equal(seen->name, "POST");
        assert_int_equal(seen->number, n);
        assert_int_equal(seen->resent, n - 1);
        assert_int_equal(seen->http_status, n < 3 ? 503 : 200);
        assert_int_equal(seen->status, n < 3 ? CHUTES_ERR_CAPACITY : CHUTES_OK);
        assert_int_equal(seen->has_wait, n < 3);
        assert_true(sent_header(scene.peer, n, seen));
    }
    call_dispose(&call);
    close_scene(&scene);
}

static void a_fallback_is_a_span_with_its_model(void **state)
{
    static const char *const models[] = {"spare"};
    chutes_chat_params params = call_chat_params();
    struct scene scene;

    (void)state;
    open_scene(&scene, BUSY WHOLE, 0);
    params.fallback_models = models;
    params.fallback_model_count = COUNT(models);
    assert_int_equal(chutes_chat(scene.client, &params, NULL, NULL), CHUTES_OK);
    expect_attempts(&scene.record, 2);
    assert_string_equal(attempt(&scene.record, 1)->model, "m");
    assert_true(attempt(&scene.record, 1)->has_wait);
    assert_string_equal(attempt(&scene.record, 2)->model, "spare");
    close_scene(&scene);
}

static void an_attempt_without_a_connection_is_a_span(void **state)
{
    struct record record = {.count = 0};
    chutes_client_options options;
    struct call call = {.kind = CALL_MODELS};
    chutes_client *client;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   nowhere_closed_port());
    options = call_options_for(url);
    options.max_attempts = 2;
    client = make_client(&options, &record);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_CONNECT);
    expect_attempts(&record, 2);
    for (int n = 1; n <= 2; n++) {
        assert_string_equal(attempt(&record, n)->name, "GET");
        assert_int_equal(attempt(&record, n)->status, CHUTES_ERR_CONNECT);
        assert_int_equal(attempt(&record, n)->http_status, 0);
    }
    call_dispose(&call);
    chutes_client_free(client);
}

static void a_trace_that_is_not_sampled_stays_so(void **state)
{
    chutes_chat_params params = call_chat_params();
    chutes_call_options options = chutes_call_options_default();
    struct scene scene;

    (void)state;
    open_scene(&scene, WHOLE, 0);
    options.traceparent =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    params.call_options = &options;
    assert_int_equal(chutes_chat(scene.client, &params, NULL, NULL), CHUTES_OK);
    expect_attempts(&scene.record, 1);
    assert_false(attempt(&scene.record, 1)->is_sampled);
    assert_string_equal(attempt(&scene.record, 1)->traceparent + 52, "-00");
    close_scene(&scene);
}

/* ---- attempts that end in the middle ------------------------------------- */

static void await_end(struct scene *scene)
{
    assert_true(loop_call_await(&scene->call, call_patience_ms(PATIENCE_MS)));
}

static void cancel(struct scene *scene)
{
    chutes_call_cancel(scene->call.handle);
    await_end(scene);
}

static void let_server_go_on(struct scene *scene)
{
    peer_release(scene->peer, "go");
    await_end(scene);
}

static void free_handle(struct scene *scene)
{
    chutes_call_free(scene->call.handle);
    scene->call.handle = NULL;
    peer_release(scene->peer, "go");
    for (int i = 0; i < PATIENCE_MS && scene->call.done == 0; i++) {
        assert_int_equal(chutes_loop_poll(scene->loop, 10), CHUTES_OK);
    }
    assert_int_equal(scene->call.done, 1);
}

static void free_loop(struct scene *scene)
{
    chutes_loop_free(scene->loop);
    scene->loop = NULL;
}

static void free_client(struct scene *scene)
{
    chutes_client_free(scene->client);
    scene->client = NULL;
    await_end(scene);
}

static void an_attempt_ends_in_the_middle(void **state)
{
    static const struct {
        const char *script;
        void (*act)(struct scene *scene);
        int total_ms;
        chutes_status status;
    } rows[] = {
        {"stall\n", cancel, 0, CHUTES_ERR_CANCELLED},
        {"sse-head\n" PIECE("half") "stall\n", cancel, 0, CHUTES_ERR_CANCELLED},
        {"stall\n", await_end, 1000, CHUTES_ERR_TIMEOUT},
        {"wait go\n" STREAM("fine"), free_handle, 0, CHUTES_OK},
        {"stall\n", free_loop, 0, CHUTES_ERR_CANCELLED},
        {"stall\n", free_client, 0, CHUTES_ERR_CANCELLED},
        {"wait go\nfin\n", let_server_go_on, 0, CHUTES_ERR_CONNECTION_LOST},
        {"sse-head\n" PIECE("half") "wait go\nfin\n", let_server_go_on, 0,
         CHUTES_ERR_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;

        open_scene(&scene, rows[i].script, call_patience_ms(rows[i].total_ms));
        start_on_loop(&scene, CALL_STREAM);
        while (!peer_await_requests(scene.peer, 1, 1)) {
            assert_int_equal(chutes_loop_poll(scene.loop, 10), CHUTES_OK);
        }
        assert_int_equal(scene.record.count, 2);
        assert_int_equal(attempt(&scene.record, 1)->ends, 0);
        rows[i].act(&scene);
        expect_attempts(&scene.record, 1);
        assert_int_equal(attempt(&scene.record, 1)->status, rows[i].status);
        assert_true(sent_header(scene.peer, 1, attempt(&scene.record, 1)));
        close_scene(&scene);
    }
}

static void an_iterator_that_is_closed_early_ends_its_attempt(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        chutes_chat_params params = call_chat_params();
        const chutes_chat_event *event = NULL;
        chutes_chat_stream *stream = NULL;
        struct scene scene;

        open_scene(&scene, "sse-head\n" PIECE("half") "stall\n", 0);
        assert_int_equal(
            chutes_chat_stream_open(scene.client, &params, &stream, NULL),
            CHUTES_OK);
        if (reads > 0) {
            assert_int_equal(chutes_chat_stream_next(stream, &event, NULL),
                             CHUTES_OK);
        }
        chutes_chat_stream_close(stream);
        expect_attempts(&scene.record, scene.record.count > 1 ? 1 : 0);
        assert_int_equal(scene.record.list[0].status, CHUTES_ERR_CANCELLED);
        assert_true(reads == 0 || scene.record.count == 2);
        close_scene(&scene);
    }
}

static void a_call_cancelled_as_its_attempt_begins_is_not_sent(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene, "stall\n", 0);
    scene.record.to_cancel = &scene.call.handle;
    start_on_loop(&scene, CALL_CHAT);
    await_end(&scene);
    loop_call_check(&scene.call, CHUTES_ERR_CANCELLED);
    expect_attempts(&scene.record, 1);
    assert_int_equal(attempt(&scene.record, 1)->status, CHUTES_ERR_CANCELLED);
    assert_int_equal(peer_requests(scene.peer), 0);
    close_scene(&scene);
}

/* ---- attempts at the same time ------------------------------------------- */

static chutes_embed_params embed_in_parts(void)
{
    static const char *const inputs[] = {"a", "b", "c", "d"};
    chutes_embed_params params = call_embed_params();

    params.input = inputs;
    params.input_count = COUNT(inputs);
    params.max_batch_inputs = 1;
    params.max_parallel = 3;
    return params;
}

static void parallel_parts_have_attempts_of_their_own(void **state)
{
    chutes_embed_params params = embed_in_parts();
    struct scene scene;

    (void)state;
    open_scene(&scene, VECTOR, 0);
    assert_int_equal(chutes_embed(scene.client, &params, NULL, NULL),
                     CHUTES_OK);
    expect_attempts(&scene.record, 4);
    for (int n = 1; n <= 4; n++) {
        int carriers = 0;

        assert_int_equal(attempt(&scene.record, n)->number, 1);
        for (int request = 1; request <= 4; request++) {
            carriers +=
                sent_header(scene.peer, request, attempt(&scene.record, n));
        }
        assert_int_equal(carriers, 1);
    }
    close_scene(&scene);
}

/* A part that fails ends the others. */
static void the_attempts_of_all_parts_end(void **state)
{
    chutes_embed_params params = embed_in_parts();
    struct scene scene;

    (void)state;
    open_scene(&scene, "answer 400 application/json {}\n", 0);
    assert_int_equal(chutes_embed(scene.client, &params, NULL, NULL),
                     CHUTES_ERR_BAD_REQUEST);
    assert_true(scene.record.count >= 2);
    expect_attempts(&scene.record, (int)scene.record.count - 1);
    close_scene(&scene);
}

enum { THREADS = 4, CALLS = 25 };

/* Spans that have begun and not ended, and those that have ended. */
struct tally {
    atomic_int open;
    atomic_int ended;
};

static void count_begin(chutes_span *span, void *user_data)
{
    struct tally *tally = user_data;

    (void)span;
    atomic_fetch_add(&tally->open, 1);
}

static void count_end(chutes_span *span, void *user_data)
{
    struct tally *tally = user_data;

    (void)span;
    atomic_fetch_sub(&tally->open, 1);
    atomic_fetch_add(&tally->ended, 1);
}

/* Returns NULL if all calls succeed. */
static void *make_calls(void *client)
{
    chutes_invoke_params params = call_invoke_params();
    void *failed = NULL;

    for (int i = 0; i < CALLS; i++) {
        if (chutes_invoke(client, &params, NULL, NULL) != CHUTES_OK) {
            failed = client;
        }
    }
    return failed;
}

static void threads_share_a_tracer(void **state)
{
    struct peer *peer =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_tracer tracer = chutes_tracer_default();
    pthread_t threads[THREADS];
    struct tally tally;
    chutes_client *client;

    (void)state;
    atomic_init(&tally.open, 0);
    atomic_init(&tally.ended, 0);
    tracer.begin = count_begin;
    tracer.end = count_end;
    tracer.user_data = &tally;
    options.tracer = &tracer;
    client = call_client(&options);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_calls, client),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(atomic_load(&tally.open), 0);
    assert_int_equal(atomic_load(&tally.ended), 2 * THREADS * CALLS);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- no memory ----------------------------------------------------------- */

/* Returns whether the request carried the header of the call, as its attempt
 * has no span. */
static bool check_header(const struct peer *peer, int request,
                         const struct record *record)
{
    if (record->count == 0) {
        assert_null(strstr(peer_request_head(peer, request), "traceparent"));
        return false;
    }
    assert_true(sent_header(peer, request, &record->list[record->count - 1]));
    return record->count == 1;
}

/* Whatever fails, each span ends, and the server belongs to the trace. */
static void a_lack_of_memory_loses_no_end(void **state)
{
    struct peer *peer = peer_start(WHOLE, PEER_PLAIN);
    int orphans = 0;
    long total = 1;

    (void)state;
    for (long nth = 0; nth <= total; nth++) {
        chutes_client_options options = call_options(peer);
        struct record record = {.count = 0};
        chutes_client *client = make_client(&options, &record);
        struct call call = {.kind = CALL_CHAT};
        int requests = peer_requests(peer);

        if (nth == 0) {
            alloc_fail_count();
        } else {
            alloc_fail_at(nth);
        }
        call_run(&call, client);
        total = nth == 0 ? alloc_fail_calls() : total;
        alloc_fail_off();
        for (size_t i = 0; i < record.count; i++) {
            assert_int_equal(record.list[i].ends, 1);
        }
        if (peer_requests(peer) > requests) {
            orphans += check_header(peer, requests + 1, &record);
        }
        call_dispose(&call);
        chutes_client_free(client);
    }
    assert_int_equal(orphans, 1);
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_retry_is_a_span),
        cmocka_unit_test(a_fallback_is_a_span_with_its_model),
        cmocka_unit_test(an_attempt_without_a_connection_is_a_span),
        cmocka_unit_test(a_trace_that_is_not_sampled_stays_so),
        cmocka_unit_test(an_attempt_ends_in_the_middle),
        cmocka_unit_test(an_iterator_that_is_closed_early_ends_its_attempt),
        cmocka_unit_test(a_call_cancelled_as_its_attempt_begins_is_not_sent),
        cmocka_unit_test(parallel_parts_have_attempts_of_their_own),
        cmocka_unit_test(the_attempts_of_all_parts_end),
        cmocka_unit_test(threads_share_a_tracer),
        cmocka_unit_test(a_lack_of_memory_loses_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
