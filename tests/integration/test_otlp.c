/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "call.h"
#include "nowhere.h"
#include "scratch.h"

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static chutes_otlp *make(const chutes_otlp_params *params)
{
    chutes_otlp *otlp = NULL;
    chutes_error error;

    if (chutes_otlp_new(params, &otlp, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    return otlp;
}

static chutes_otlp *make_for(const struct peer *collector)
{
    chutes_otlp_params params = chutes_otlp_params_default();

    params.endpoint = peer_url(collector);
    params.service_name = "test";
    return make(&params);
}

/* A span without a call. */
static void span(const chutes_otlp *otlp)
{
    chutes_span_end(chutes_span_begin(chutes_otlp_tracer(otlp), "work", NULL),
                    CHUTES_OK);
}

static void expect_text(const char *json, const char *path, const char *want)
{
    char *text = chutes_json_get_string(json, strlen(json), path);

    assert_non_null(text);
    assert_string_equal(text, want);
    chutes_string_free(text);
}

/* Returns the value of an attribute of the first span, or of its event. */
static const char *find_value(const char *json, const char *list,
                              const char *name, size_t *len)
{
    chutes_json_iterator iterator;

    assert_int_equal(chutes_json_iterate(&iterator, json, strlen(json), list),
                     1);
    while (chutes_json_next(&iterator)) {
        char key[64];

        if (chutes_json_copy_string(iterator.value, iterator.value_len, "key",
                                    key, sizeof(key)) &&
            strcmp(key, name) == 0) {
            return chutes_json_find(iterator.value, iterator.value_len, "value",
                                    len);
        }
    }
    fail_msg("no attribute %s in %s", name, json);
    return NULL;
}

static void expect_attribute(const char *json, const char *list,
                             const char *name, const char *want)
{
    size_t len;
    const char *value = find_value(json, list, name, &len);

    assert_int_equal(len, strlen(want));
    assert_memory_equal(value, want, len);
}

#define SPAN "resourceSpans[0].scopeSpans[0].spans[0]"

/* ---- a file -------------------------------------------------------------- */

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

static chutes_otlp *make_file(const char *path)
{
    chutes_otlp_params params = chutes_otlp_params_default();

    params.path = path;
    params.service_name = "a \"test\"";
    return make(&params);
}

#define STREAM                                                                 \
    "sse-head\n"                                                               \
    "sse {\"id\":\"r1\",\"model\":\"m2\",\"choices\":[{\"index\":0,\"delta\":" \
    "{\"content\":\"" CALL_PROMPT "\"},\"finish_reason\":\"stop\"}]}\n"        \
    "sse [DONE]\n"                                                             \
    "chunk-end\n"

static void check_stream(const char *line)
{
    static const char attributes[] = SPAN ".attributes";
    int64_t kind = 0;

    assert_int_equal(chutes_json_check(line, strlen(line), NULL), CHUTES_OK);
    expect_text(line,
                "resourceSpans[0].resource.attributes[0].value.stringValue",
                "a \"test\"");
    expect_text(line, SPAN ".traceId", "0af7651916cd43dd8448eb211c80319c");
    expect_text(line, SPAN ".parentSpanId", "b7ad6b7169203331");
    expect_text(line, SPAN ".name", "chat m");
    assert_int_equal(
        chutes_json_get_int64(line, strlen(line), SPAN ".kind", &kind), 1);
    assert_int_equal(kind, CHUTES_SPAN_CLIENT);
    expect_attribute(line, attributes, "gen_ai.request.temperature",
                     "{\"doubleValue\":0.5}");
    expect_attribute(line, attributes, "gen_ai.request.stream",
                     "{\"boolValue\":true}");
    expect_attribute(line, attributes, "chutes.attempts",
                     "{\"intValue\":\"2\"}");
    expect_attribute(line, attributes, "gen_ai.response.finish_reasons",
                     "{\"arrayValue\":{\"values\":[{\"stringValue\":\"stop\"}"
                     "]}}");
    expect_text(line, SPAN ".events[0].name", "first_token");
    assert_null(chutes_json_find(line, strlen(line), SPAN ".status.code",
                                 &(size_t){0}));
    assert_false(call_tells_secret(line));
}

static void check_attempt(const char *line, const char *call,
                          const char *number)
{
    static const char attributes[] = SPAN ".attributes";
    char *id = chutes_json_get_string(call, strlen(call), SPAN ".spanId");

    assert_int_equal(chutes_json_check(line, strlen(line), NULL), CHUTES_OK);
    expect_text(line, SPAN ".name", "POST");
    expect_text(line, SPAN ".traceId", "0af7651916cd43dd8448eb211c80319c");
    expect_text(line, SPAN ".parentSpanId", id);
    expect_attribute(line, attributes, "chutes.attempt", number);
    assert_false(call_tells_secret(line));
    chutes_string_free(id);
}

/* Ends the text of a line, and returns the next one. */
static char *cut_line(char *line)
{
    char *end = strchr(line, '\n');

    assert_non_null(end);
    *end = '\0';
    return end + 1;
}

/* Spans are lines, in the order in which they ended. */
static void a_file_has_a_line_for_each_span(void **state)
{
    struct scratch scratch;
    struct peer *peer = peer_start("status 503\n"
                                   "header Content-Length: 0\n"
                                   "end-headers\n"
                                   "request\n" STREAM "request\n"
                                   "answer 400 application/json {}\n",
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = call_chat_params();
    chutes_call_options call_options = chutes_call_options_default();
    struct call call = {.kind = CALL_STREAM};
    chutes_client *client;
    chutes_otlp *otlp;
    char *lines[6]; /* the last one is empty */

    (void)state;
    scratch_open(&scratch, "trace.jsonl");
    otlp = make_file(scratch.path);
    options.tracer = chutes_otlp_tracer(otlp);
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    call_options.traceparent = PARENT;
    params.call_options = &call_options;
    params.temperature = 0.5;
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, CHUTES_OK);
    call_dispose(&call);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_BAD_REQUEST);
    call_dispose(&call);
    lines[0] = read_file(scratch.path);
    for (size_t i = 1; i < COUNT(lines); i++) {
        lines[i] = cut_line(lines[i - 1]);
    }
    check_attempt(lines[0], lines[2], "{\"intValue\":\"1\"}");
    expect_attribute(lines[0], SPAN ".attributes", "error.type",
                     "{\"stringValue\":\"CHUTES_ERR_CAPACITY\"}");
    check_attempt(lines[1], lines[2], "{\"intValue\":\"2\"}");
    check_stream(lines[2]);
    expect_text(lines[3], SPAN ".name", "POST");
    assert_non_null(strstr(lines[4], "\"status\":{\"code\":2}"));
    assert_false(call_tells_secret(lines[4]));
    assert_string_equal(lines[5], "");
    assert_int_equal(chutes_otlp_flush(otlp, 0), CHUTES_OK);
    assert_int_equal(chutes_otlp_dropped(otlp), 0);
    chutes_client_free(client);
    chutes_otlp_free(otlp);
    peer_stop(peer);
    assert_int_equal(scratch_close(&scratch), 0);
}

/* Lets files have no more bytes than this. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Checks that a line is JSON, and returns the next one. */
static char *check_line(char *line)
{
    char *end = strchr(line, '\n');

    assert_non_null(end);
    assert_int_equal(chutes_json_check(line, (size_t)(end - line), NULL),
                     CHUTES_OK);
    return end + 1;
}

/* Once there is room again, the next span has a line of its own. */
static void a_full_disk_drops_spans(void **state)
{
    enum { PART = 100 /* bytes of the first line */ };
    struct scratch scratch;
    chutes_otlp *otlp;
    char *text;

    (void)state;
    scratch_open(&scratch, "trace.jsonl");
    otlp = make_file(scratch.path);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(PART);
    span(otlp);
    span(otlp);
    limit_files(RLIM_INFINITY);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(chutes_otlp_dropped(otlp), 2);
    span(otlp);
    span(otlp);
    assert_int_equal(chutes_otlp_dropped(otlp), 2);
    text = read_file(scratch.path);
    assert_ptr_equal(strchr(text, '\n'), text + PART);
    text = check_line(text + PART + 1);
    text = check_line(text);
    assert_string_equal(text, "");
    chutes_otlp_free(otlp);
    assert_int_equal(scratch_close(&scratch), 0);
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    struct scratch scratch;
    chutes_otlp *otlp;
    chutes_span *made;

    (void)state;
    scratch_open(&scratch, "trace.jsonl");
    otlp = make_file(scratch.path);
    made = chutes_span_begin(chutes_otlp_tracer(otlp), "w\xFF", NULL);
    chutes_span_set_text(made, "t\xC0", "\xE2\x82");
    chutes_span_set_int64(made, "big", INT64_MIN);
    chutes_span_end(made, CHUTES_ERR_NOT_FOUND);
    expect_text(read_file(scratch.path), SPAN ".name", "w\xEF\xBF\xBD");
    expect_attribute(read_file(scratch.path), SPAN ".attributes", "big",
                     "{\"intValue\":\"-9223372036854775808\"}");
    chutes_otlp_free(otlp);
    assert_int_equal(scratch_close(&scratch), 0);
}

/* The trace of a program that doesn't want it stored. */
static void what_is_not_sampled_is_not_written(void **state)
{
    struct scratch scratch;
    chutes_otlp *otlp;

    (void)state;
    scratch_open(&scratch, "trace.jsonl");
    otlp = make_file(scratch.path);
    chutes_span_end(
        chutes_span_begin(
            chutes_otlp_tracer(otlp), "a",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        CHUTES_OK);
    assert_string_equal(read_file(scratch.path), "");
    assert_int_equal(chutes_otlp_dropped(otlp), 0);
    chutes_otlp_free(otlp);
    assert_int_equal(scratch_close(&scratch), 0);
}

/* ---- a collector --------------------------------------------------------- */

static void spans_are_posted_in_batches(void **state)
{
    struct peer *collector = peer_start("expect POST /v1/v1/traces\n"
                                        "expect-header X-Team: blue\n"
                                        "expect-no-header Authorization\n"
                                        "expect-no-header traceparent\n"
                                        "answer 200 application/json {}\n",
                                        PEER_PLAIN);
    const chutes_header header = {"X-Team", "blue"};
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_otlp *otlp;

    (void)state;
    params.endpoint = peer_url(collector);
    params.headers = &header;
    params.header_count = 1;
    otlp = make(&params);
    span(otlp);
    span(otlp);
    assert_int_equal(peer_requests(collector), 0);
    assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(5000)),
                     CHUTES_OK);
    expect_text(peer_request_body(collector, 1),
                "resourceSpans[0].scopeSpans[0].spans[1].name", "work");
    span(otlp);
    chutes_otlp_free(otlp); /* flushes */
    assert_int_equal(peer_requests(collector), 2);
    peer_stop(collector);
}

/* 512 spans are sent in callbacks alone. */
static void a_full_batch_is_sent_without_a_flush(void **state)
{
    struct peer *collector =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_otlp *otlp = make_for(collector);

    (void)state;
    for (int i = 0; i < 512; i++) {
        span(otlp);
    }
    for (int i = 0; i < 5000 && peer_requests(collector) == 0; i++) {
        chutes_span *idle =
            chutes_span_begin(chutes_otlp_tracer(otlp), "idle", NULL);

        (void)peer_await_requests(collector, 1, 1);
        chutes_span_end(idle, CHUTES_OK);
    }
    assert_true(peer_requests(collector) > 0);
    chutes_otlp_free(otlp);
    peer_stop(collector);
}

static void what_a_collector_refuses_is_counted(void **state)
{
    struct peer *collector =
        peer_start("answer 400 application/json {}\n", PEER_PLAIN);
    chutes_otlp *otlp = make_for(collector);

    (void)state;
    span(otlp);
    span(otlp);
    assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(5000)),
                     CHUTES_ERR_BAD_REQUEST);
    assert_int_equal(chutes_otlp_dropped(otlp), 2);
    chutes_otlp_free(otlp);
    peer_stop(collector);
}

/* A call neither fails nor waits for a collector that doesn't answer. */
static void a_collector_that_hangs_delays_nothing(void **state)
{
    struct peer *collector = peer_start("stall\n", PEER_PLAIN);
    struct peer *peer =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_INVOKE};
    chutes_otlp *otlp;
    chutes_client *client;

    (void)state;
    params.endpoint = peer_url(collector);
    params.max_queue_bytes = 4096;
    params.timeout_ms = call_patience_ms(2000);
    otlp = make(&params);
    options.tracer = chutes_otlp_tracer(otlp);
    client = call_client(&options);
    for (int i = 0; i < 20; i++) {
        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        call_dispose(&call);
    }
    assert_true(chutes_otlp_dropped(otlp) > 0); /* the queue is full */
    assert_int_equal(chutes_otlp_flush(otlp, 10), CHUTES_ERR_TIMEOUT);
    chutes_client_free(client);
    chutes_otlp_free(otlp);
    peer_stop(peer);
    peer_stop(collector);
}

/* While nobody drives the loop, nothing times out. */
static void a_batch_outlives_a_pause(void **state)
{
    struct peer *collector =
        peer_start("sleep 100\nanswer 200 application/json {}\n", PEER_PLAIN);
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_otlp *otlp;

    (void)state;
    params.endpoint = peer_url(collector);
    params.timeout_ms = 1000;
    otlp = make(&params);
    for (int i = 0; i < 512; i++) {
        span(otlp);
    }
    usleep(1200000);
    span(otlp);
    usleep(1200000);
    assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(5000)),
                     CHUTES_OK);
    assert_int_equal(chutes_otlp_dropped(otlp), 0);
    chutes_otlp_free(otlp);
    peer_stop(collector);
}

/* The time of a batch counts while a flush waits for it. */
static void a_batch_that_takes_too_long_is_dropped(void **state)
{
    struct peer *collector = peer_start("stall\n", PEER_PLAIN);
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_otlp *otlp;

    (void)state;
    params.endpoint = peer_url(collector);
    params.timeout_ms = 200;
    otlp = make(&params);
    span(otlp);
    assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(5000)),
                     CHUTES_ERR_TIMEOUT);
    assert_int_equal(chutes_otlp_dropped(otlp), 1);
    assert_int_equal(chutes_otlp_flush(otlp, 0), CHUTES_OK);
    chutes_otlp_free(otlp);
    peer_stop(collector);
}

static void *flush_long(void *otlp)
{
    (void)chutes_otlp_flush(otlp, call_patience_ms(2000));
    return NULL;
}

/* A flush waits for another flush no longer than its own timeout. */
static void a_flush_beside_a_flush_times_out(void **state)
{
    struct peer *collector = peer_start("stall\n", PEER_PLAIN);
    chutes_otlp *otlp = make_for(collector);
    pthread_t thread;
    int64_t begin_us;

    (void)state;
    span(otlp);
    assert_int_equal(pthread_create(&thread, NULL, flush_long, otlp), 0);
    assert_true(peer_await_requests(collector, 1, call_patience_ms(2000)));
    begin_us = chutes__clock_now_us();
    assert_int_equal(chutes_otlp_flush(otlp, 10), CHUTES_ERR_TIMEOUT);
    assert_true(chutes__clock_now_us() - begin_us < 1000000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    peer_stop(collector);
    chutes_otlp_free(otlp);
}

/* Returns the exit status of a child that uses a writer of its parent. */
static int use_in_child(chutes_otlp *otlp)
{
    (void)alarm(10);
    span(otlp);
    if (chutes_otlp_dropped(otlp) != 1) {
        return 1;
    }
    if (chutes_otlp_flush(otlp, 5000) != CHUTES_ERR_MISUSE) {
        return 2;
    }
    chutes_otlp_free(otlp);
    return 0;
}

/* Forks while another thread drives the loop. */
static void the_child_of_a_fork_sends_nothing(void **state)
{
    struct peer *collector = peer_start("stall\n", PEER_PLAIN);
    chutes_otlp *otlp = make_for(collector);
    pthread_t thread;
    pid_t child;
    int how = -1;

    (void)state;
    span(otlp);
    assert_int_equal(pthread_create(&thread, NULL, flush_long, otlp), 0);
    assert_true(peer_await_requests(collector, 1, call_patience_ms(2000)));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fault = use_in_child(otlp);

        /* exec() keeps leak checkers away: what the parent's threads held is
         * not a leak of the child. */
        if (fault == 0) {
            (void)execl("/bin/true", "true", (char *)NULL);
        }
        _exit(fault + 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    peer_stop(collector);
    chutes_otlp_free(otlp);
}

/* A batch of which nothing was sent waits again. */
static void nobody_listens(void **state)
{
    chutes_otlp_params params = chutes_otlp_params_default();
    chutes_otlp *otlp;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d",
                   nowhere_closed_port());
    params.endpoint = url;
    otlp = make(&params);
    for (int i = 0; i < 2; i++) {
        span(otlp);
        assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(10000)),
                         CHUTES_ERR_CONNECT);
        assert_int_equal(chutes_otlp_dropped(otlp), 0);
    }
    chutes_otlp_free(otlp);
}

enum { THREADS = 4, SPANS = 400 };

static void *make_spans(void *otlp)
{
    for (int i = 0; i < SPANS; i++) {
        span(otlp);
    }
    return NULL;
}

/* Each span reaches the collector once. */
static void threads_share_a_writer(void **state)
{
    struct peer *collector =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_otlp *otlp = make_for(collector);
    pthread_t threads[THREADS];
    size_t found = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_spans, otlp),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(chutes_otlp_flush(otlp, call_patience_ms(10000)),
                     CHUTES_OK);
    assert_int_equal(chutes_otlp_dropped(otlp), 0);
    for (int n = 1; n <= peer_requests(collector); n++) {
        const char *body = peer_request_body(collector, n);

        while ((body = strstr(body, "\"spanId\"")) != NULL) {
            body++;
            found++;
        }
    }
    assert_int_equal(found, THREADS * SPANS);
    chutes_otlp_free(otlp);
    peer_stop(collector);
}

/* ---- bad input, no memory ------------------------------------------------ */

static void expect_refusal(const chutes_otlp_params *params,
                           chutes_status status, const char *word)
{
    chutes_otlp *otlp = (void *)&otlp;
    chutes_error error;

    assert_int_equal(chutes_otlp_new(params, &otlp, &error), status);
    assert_null(otlp);
    if (strstr(error.message, word) == NULL) {
        fail_msg("no %s in: %s", word, error.message);
    }
}

static void bad_parameters_are_refused(void **state)
{
    const chutes_otlp_params none = {0};
    chutes_otlp_params params = chutes_otlp_params_default();

    (void)state;
    expect_refusal(NULL, CHUTES_ERR_INVALID_ARGUMENT, "params");
    expect_refusal(&none, CHUTES_ERR_INVALID_ARGUMENT, "params");
    expect_refusal(&params, CHUTES_ERR_INVALID_ARGUMENT, "endpoint");
    assert_int_equal(chutes_otlp_new(&params, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    params.endpoint = "http://collector:4318";
    expect_refusal(&params, CHUTES_ERR_CONFIG, "endpoint");
    params.endpoint = "http://127.0.0.1:4318";
    params.max_queue_bytes = 4095;
    expect_refusal(&params, CHUTES_ERR_INVALID_ARGUMENT, "max_queue_bytes");
    params.max_queue_bytes = 4096;
    params.timeout_ms = 0;
    expect_refusal(&params, CHUTES_ERR_INVALID_ARGUMENT, "timeout_ms");
    params.timeout_ms = 1;
    params.path = "trace.jsonl";
    expect_refusal(&params, CHUTES_ERR_INVALID_ARGUMENT, "path");
    params.endpoint = NULL;
    params.path = "/nowhere/trace.jsonl";
    expect_refusal(&params, CHUTES_ERR_FILE, "path");
    assert_int_equal(chutes_otlp_flush(NULL, 0), CHUTES_ERR_INVALID_ARGUMENT);
    chutes_otlp_free(NULL);
}

static void a_pipe_is_refused(void **state)
{
    chutes_otlp_params params = chutes_otlp_params_default();
    struct scratch scratch;
    int reader;

    (void)state;
    scratch_open(&scratch, "pipe");
    assert_int_equal(mkfifo(scratch.path, 0600), 0);
    reader = open(scratch.path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    params.path = scratch.path;
    expect_refusal(&params, CHUTES_ERR_FILE, "regular file");
    assert_int_equal(close(reader), 0);
    expect_refusal(&params, CHUTES_ERR_FILE, "path"); /* it doesn't wait */
    params.path = "/dev/null";
    expect_refusal(&params, CHUTES_ERR_FILE, "regular file");
    assert_int_equal(scratch_close(&scratch), 0);
}

/* A span is written or counted, whatever fails. */
static void a_lack_of_memory_drops_spans(void **state)
{
    struct peer *collector =
        peer_start("answer 200 application/json {}\n", PEER_PLAIN);
    chutes_otlp_params params = chutes_otlp_params_default();
    long total = 1;

    (void)state;
    params.endpoint = peer_url(collector);
    for (long nth = 0; nth <= total; nth++) {
        chutes_otlp *otlp;
        int requests = peer_requests(collector);

        if (nth == 0) {
            alloc_fail_count();
        } else {
            alloc_fail_at(nth);
        }
        if (chutes_otlp_new(&params, &otlp, NULL) == CHUTES_OK) {
            chutes_span *made =
                chutes_span_begin(chutes_otlp_tracer(otlp), "a", NULL);
            bool is_made = made != NULL;

            chutes_span_set_text(made, "b", "c");
            chutes_span_end(made, CHUTES_OK);
            for (int i = 0; i < 2; i++) { /* the second sends what came back */
                (void)chutes_otlp_flush(otlp, call_patience_ms(5000));
            }
            /* A span that was sent is counted as well if there is no memory for
             * the answer. */
            assert_true(peer_requests(collector) - requests +
                            chutes_otlp_dropped(otlp) >=
                        (is_made ? 1 : 0));
            chutes_otlp_free(otlp);
        }
        total = nth == 0 ? alloc_fail_calls() : total;
        alloc_fail_expect_none_lost(nth);
    }
    alloc_fail_off();
    peer_stop(collector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_a_line_for_each_span),
        cmocka_unit_test(a_full_disk_drops_spans),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(what_is_not_sampled_is_not_written),
        cmocka_unit_test(spans_are_posted_in_batches),
        cmocka_unit_test(a_full_batch_is_sent_without_a_flush),
        cmocka_unit_test(what_a_collector_refuses_is_counted),
        cmocka_unit_test(a_collector_that_hangs_delays_nothing),
        cmocka_unit_test(a_batch_outlives_a_pause),
        cmocka_unit_test(a_batch_that_takes_too_long_is_dropped),
        cmocka_unit_test(a_flush_beside_a_flush_times_out),
        cmocka_unit_test(the_child_of_a_fork_sends_nothing),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(threads_share_a_writer),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(a_pipe_is_refused),
        cmocka_unit_test(a_lack_of_memory_drops_spans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
