/* SPDX-License-Identifier: MIT */
#include "h2_rows.h"

#include "alloc_fail.h"
#include "call.h"
#include "cpu_time.h"
#include "fixture.h"
#include "h2_peer.h"
#include "pki.h"
#include "rows_tally.h"
#include "test.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GUARD_MS = 10000,
    CLOSE_MS = 2000, /* wait for the peer to see the last close */
    VALUE_SIZE = 256,
    MODES = 5
};

struct row {
    const char *name;
    char *header; /* the lines between the name and the script */
    const char *script;
};

struct mode {
    const char *name;
    enum call_kind kind;
    enum call_mode mode;
};

/* One call of one row, which is one test. */
struct scene {
    const struct row *row;
    const struct mode *mode;
    char name[VALUE_SIZE];
    char expected[2 * VALUE_SIZE]; /* the expectation, without its kinds */
    const char *file;
    struct call call;
    int64_t cpu_us;
    struct h2_counts counts;
};

static const struct mode MODE[MODES] = {
    {"chat", CALL_CHAT, CALL_BLOCKING},
    {"stream", CALL_STREAM, CALL_BLOCKING},
    {"chat on a loop", CALL_CHAT, CALL_ON_LOOP},
    {"stream on a loop", CALL_STREAM, CALL_ON_LOOP},
    {"stream by the iterator", CALL_STREAM, CALL_PULLED},
};

static atomic_int leaks;
static struct rows_tally *tally;
static int calls_made;
static int calls_passed;

static void watch_log(chutes_log_level level, const char *line, void *user_data)
{
    (void)level;
    (void)user_data;
    if (strstr(line, "CANARY") != NULL) {
        atomic_fetch_add(&leaks, 1);
    }
}

chutes_client_options h2_rows_options(const struct h2_peer *peer)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = h2_peer_url(peer);
    options.ca_file = pki_ca_file();
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.on_log = watch_log;
    options.log_level = CHUTES_LOG_DEBUG;
    options.connect_timeout_ms = call_patience_ms(GUARD_MS);
    options.first_byte_timeout_ms = call_patience_ms(GUARD_MS);
    options.idle_timeout_ms = call_patience_ms(GUARD_MS);
    options.retry_policy = CHUTES_RETRY_NONE;
    options.http_version = CHUTES_HTTP_2;
    return options;
}

/* ---- what a row says ---- */

/* Copies the value of KEY=VALUE in a line; returns false if there is none. */
static bool find_value(const char *line, const char *key, char *value)
{
    char word[64];
    const char *at;
    size_t len;

    (void)snprintf(word, sizeof(word), " %s=", key);
    at = strstr(line, word);
    if (at == NULL) {
        return false;
    }
    at += strlen(word);
    if (*at == '"') {
        at++;
        len = strcspn(at, "\"\n");
    } else {
        len = strcspn(at, " \n");
    }
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)len, at);
    return true;
}

/* Finds the line "KINDS: …" for this kind and copies what follows the colon. */
static void find_expectation(struct scene *scene)
{
    const char *kind = call_kind_name(scene->mode->kind);
    const char *line = scene->row->header;

    while (line != NULL && *line != '\0') {
        size_t kinds = strcspn(line, ":\n");
        const char *hit = strstr(line, kind);

        if (line[kinds] == ':' && hit != NULL && hit < line + kinds) {
            (void)snprintf(scene->expected, sizeof(scene->expected), "%.*s",
                           (int)strcspn(line + kinds + 1, "\n"),
                           line + kinds + 1);
            return;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    fail_msg("%s: nothing is expected of %s", scene->name, kind);
}

/* Copies the n-th word, from 0; empty if it is KEY=VALUE. */
static void find_word(const char *line, int n, char *word)
{
    do {
        size_t len;

        line += strspn(line, " ");
        len = strcspn(line, " ");
        (void)snprintf(word, VALUE_SIZE, "%.*s", (int)len, line);
        line += len;
    } while (n-- > 0);
    if (strchr(word, '=') != NULL) {
        word[0] = '\0';
    }
}

/* Copies the value of "with NAME=VALUE"; returns false if there is none. */
static bool find_option(const struct row *row, const char *name, char *value)
{
    char word[64];
    const char *at;

    (void)snprintf(word, sizeof(word), "with %s=", name);
    at = strstr(row->header, word);
    if (at == NULL) {
        return false;
    }
    at += strlen(word);
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)strcspn(at, "\n"), at);
    return true;
}

static void set_options(const struct row *row, chutes_client_options *options)
{
    const struct {
        const char *name;
        int64_t *clock;
    } clocks[] = {
        {"first_byte_timeout_ms", &options->first_byte_timeout_ms},
        {"idle_timeout_ms", &options->idle_timeout_ms},
        {"total_timeout_ms", &options->total_timeout_ms},
    };
    char value[VALUE_SIZE];

    for (size_t i = 0; i < COUNT(clocks); i++) {
        if (find_option(row, clocks[i].name, value)) {
            *clocks[i].clock = call_patience_ms((int)strtol(value, NULL, 10));
        }
    }
    if (find_option(row, "max_header_bytes", value)) {
        options->max_header_bytes = strtoul(value, NULL, 10);
    }
    if (find_option(row, "retry", value) && strcmp(value, "safe") == 0) {
        options->retry_policy = CHUTES_RETRY_SAFE;
    }
}

/* ---- the result ---- */

static void complain(const struct scene *scene, const char *what,
                     const char *got, const char *want)
{
    const chutes_error *error = &scene->call.error;
    const struct h2_counts *counts = &scene->counts;

    fail_msg("%s: %s is `%s`, expected `%s`\n  %s, outcome %d, HTTP %d, "
             "attempts %d: %s\n  connections %d, streams %d, POSTs %d, "
             "resets %d",
             scene->name, what, got, want,
             chutes_status_name(scene->call.status), (int)error->outcome,
             error->http_status, error->attempts, error->message,
             counts->accepts, counts->streams, counts->posts, counts->resets);
}

/* Fails the test unless `got` is one of the alternatives "A|B". */
static void expect_text(const struct scene *scene, const char *what,
                        const char *got, const char *list)
{
    size_t len = strlen(got);

    for (const char *at = list;; at++) {
        size_t part = strcspn(at, "|");

        if (part == len && strncmp(at, got, len) == 0) {
            return;
        }
        at += part;
        if (*at == '\0') {
            break;
        }
    }
    complain(scene, what, got, list);
}

static void expect_number(const struct scene *scene, const char *what, long got,
                          const char *otherwise)
{
    char want[VALUE_SIZE];
    char text[32];

    if (!find_value(scene->expected, what, want)) {
        (void)snprintf(want, sizeof(want), "%s", otherwise);
    }
    (void)snprintf(text, sizeof(text), "%ld", got);
    expect_text(scene, what, text, want);
}

static void check_error(const struct scene *scene)
{
    static const char *const outcomes[] = {"NOT_SENT", "MAYBE_SENT",
                                           "ANSWERED"};
    const chutes_error *error = &scene->call.error;
    bool is_answered = error->outcome == CHUTES_OUTCOME_ANSWERED;
    char want[VALUE_SIZE];

    find_word(scene->expected, 1, want);
    expect_text(scene, "outcome", outcomes[error->outcome], want);
    expect_number(scene, "http", error->http_status, is_answered ? "200" : "0");
    if (find_value(scene->expected, "message", want) &&
        strstr(error->message, want) == NULL) {
        complain(scene, "message", error->message, want);
    }
    if (error->message[0] == '\0' || strstr(error->message, "CANARY") != NULL) {
        complain(scene, "message", error->message, "something, not a secret");
    }
}

static void check_answer(const struct scene *scene)
{
    const chutes_chat_response *response = scene->call.chat;
    bool is_ok = scene->call.status == CHUTES_OK;
    char want[VALUE_SIZE];

    if (!find_value(scene->expected, "end", want)) {
        (void)snprintf(want, sizeof(want), is_ok ? "done" : "absent");
    }
    expect_text(scene, "end",
                response == NULL ? "absent" : chutes_end_name(response->end),
                want);
    if (response == NULL) {
        return;
    }
    if (!find_value(scene->expected, "text", want)) {
        want[0] = '\0';
    }
    expect_text(scene, "text", chutes_chat_response_text(response), want);
    if (response->complete != is_ok) {
        complain(scene, "the answer", "complete or not", "the other");
    }
}

/* Compares the attempts that the client reports with the server's counts. */
static void check_counts(const struct scene *scene)
{
    const struct call *call = &scene->call;
    int attempts = call->status == CHUTES_OK ? call_info(call)->attempts
                                             : call->error.attempts;
    char text[32];

    (void)snprintf(text, sizeof(text), "%d", attempts);
    expect_number(scene, "attempts", attempts, "1");
    expect_number(scene, "posts", scene->counts.posts, text);
    expect_number(scene, "streams", scene->counts.streams, text);
    if (scene->counts.accepts > attempts) {
        complain(scene, "connections", "more", text);
    }
    if (strstr(scene->expected, " resets=") != NULL) {
        expect_number(scene, "resets", scene->counts.resets, "");
    }
    /* Only code 13, HTTP_1_1_REQUIRED, makes libcurl fall back. */
    if (strstr(scene->row->script, "reset 13") == NULL &&
        scene->counts.http1 > 0) {
        complain(scene, "the version", "HTTP/1.1", "HTTP/2");
    }
}

static long read_ms(const struct scene *scene, const char *key, long otherwise)
{
    char value[VALUE_SIZE];

    return find_value(scene->expected, key, value) ? strtol(value, NULL, 10)
                                                   : otherwise;
}

static void check_time(const struct scene *scene)
{
    long elapsed_ms = (long)(scene->call.elapsed_us / 1000);
    long cpu_ms = (long)(scene->cpu_us / 1000);

    if (elapsed_ms < read_ms(scene, "min_ms", 0)) {
        complain(scene, "the time", "too short", "min_ms");
    }
    if (elapsed_ms > call_bound_ms((int)read_ms(scene, "max_ms", 5000))) {
        complain(scene, "the time", "too long", "max_ms");
    }
    if (cpu_ms > call_patience_ms((int)read_ms(scene, "max_cpu_ms", 600000))) {
        complain(scene, "the CPU time", "too long", "max_cpu_ms");
    }
}

/* ---- a call ---- */

static void make_call(struct scene *scene, chutes_client *client)
{
    chutes_chat_params params = call_chat_params();
    chutes_message message = params.messages[0];
    char value[VALUE_SIZE];
    char *prompt = NULL;
    int64_t cpu_us = cpu_time_us();

    if (find_option(scene->row, "prompt_bytes", value)) {
        size_t len = strtoul(value, NULL, 10);

        prompt = malloc(len + 1);
        assert_non_null(prompt);
        memset(prompt, 'p', len);
        prompt[len] = '\0';
        message = chutes_user(prompt);
        params.messages = &message;
    }
    scene->call.kind = scene->mode->kind;
    scene->call.mode = scene->mode->mode;
    call_run_chat(&scene->call, client, &params);
    scene->cpu_us = cpu_time_us() - cpu_us;
    free(prompt);
}

static void run_once(struct scene *scene)
{
    struct h2_peer *peer = h2_peer_start(scene->row->script);
    chutes_client_options options = h2_rows_options(peer);
    chutes_client *client;
    char status[VALUE_SIZE];
    bool was_closed;

    set_options(scene->row, &options);
    alloc_fail_count();
    client = call_client(&options);
    make_call(scene, client);
    chutes_client_free(client);
    was_closed = h2_peer_await_closed(peer, call_bound_ms(CLOSE_MS));
    scene->counts = h2_peer_counts(peer);
    h2_peer_stop(peer);
    find_word(scene->expected, 0, status);
    expect_text(scene, "status",
                chutes_status_name(scene->call.status) + strlen("CHUTES_"),
                status);
    if (scene->call.status != CHUTES_OK) {
        check_error(scene);
    }
    check_answer(scene);
    check_counts(scene);
    check_time(scene);
    assert_int_equal(leaks, 0);
    assert_true(was_closed);
    call_dispose(&scene->call);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void run_scene(void **state)
{
    struct scene *scene = *state;
    int descriptors;

    (void)pki_ca_file();
    calls_made++;
    if (scene->mode == MODE) {
        rows_tally_row(tally, scene->file, scene->row->name);
    }
    rows_tally_run(tally, scene->mode->mode, true);
    find_expectation(scene);
    descriptors = call_count_descriptors();
    run_once(scene);
    /* There can be fewer: an earlier row that failed may have left some
     * open. */
    assert_true(call_count_descriptors() <= descriptors);
    rows_tally_pass(tally);
    calls_passed++;
}

/* ---- the table ---- */

/* Divides a text into rows, in place; returns how many. */
static size_t read_rows(char *text, struct row *rows, size_t max)
{
    char *at = strstr(text, "\n=== ");
    size_t count = 0;

    while (at != NULL && count < max) {
        char *name = at + strlen("\n=== ");
        char *next = strstr(name, "\n=== ");
        char *script = strstr(name, "\n---\n");
        char *header = strchr(name, '\n');

        if (script == NULL || header == NULL ||
            (next != NULL && script > next)) {
            (void)fprintf(stderr, "%.60s: no `---` before a script\n", name);
            exit(2);
        }
        *header = '\0';
        *script = '\0';
        if (next != NULL) {
            *next = '\0';
        }
        rows[count++] = (struct row){name, header + 1, script + 5};
        at = next;
    }
    return count;
}

int h2_rows_run(const char *group, const char *file,
                const struct CMUnitTest *tests, size_t test_count)
{
    enum { ROWS_MAX = 256 };
    char path[VALUE_SIZE];
    char *text;
    struct row *rows = calloc(ROWS_MAX, sizeof(*rows));
    struct scene *scenes = calloc((size_t)ROWS_MAX * MODES, sizeof(*scenes));
    struct CMUnitTest *all =
        calloc(test_count + (size_t)ROWS_MAX * MODES, sizeof(*all));
    size_t row_count;
    size_t count = 0;
    int failures;

    call_clear_environment();
    (void)snprintf(path, sizeof(path), "scripts/http2/%s", file);
    text = fixture_read(path, NULL);
    if (rows == NULL || scenes == NULL || all == NULL) {
        abort();
    }
    row_count = read_rows(text, rows, ROWS_MAX);
    for (size_t i = 0; i < test_count; i++) {
        all[i] = tests[i];
    }
    for (size_t i = 0; i < row_count * MODES; i++) {
        struct scene *scene = &scenes[count++];

        scene->file = file;
        scene->row = &rows[i / MODES];
        scene->mode = &MODE[i % MODES];
        (void)snprintf(scene->name, sizeof(scene->name), "%s (%s)",
                       scene->row->name, scene->mode->name);
        all[test_count + i] = (struct CMUnitTest){.name = scene->name,
                                                  .test_func = run_scene,
                                                  .initial_state = scene};
    }
    tally = rows_tally_begin(group);
    failures =
        _cmocka_run_group_tests(group, all, test_count + count, NULL, NULL);
    rows_tally_end(tally);
    (void)printf("%s: %zu rows, %d modes, %d passed, %d failed\n", group,
                 row_count, MODES, calls_passed, calls_made - calls_passed);
    free(all);
    free(scenes);
    free(rows);
    free(text);
    return failures;
}
