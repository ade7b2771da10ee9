/* SPDX-License-Identifier: MIT */
#include "rows.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "rows_judge.h"
#include "rows_table.h"
#include "rows_tally.h"
#include "virtual_time.h"

enum {
    CLOSE_MS = 2000, /* wait for the peer to see the last close */
    THREADS_MS = 2000
};

/* The base URL of rows with a proxy. */
static const char PROXIED_URL[] = "https://server.test/v1/";

/* Global, because cmocka passes a test only one argument. */
static const char *group_name;
static const char *const *file_names;
static struct rows_tally *tally;

static bool set_number(chutes_client_options *options, const char *name,
                       long long value)
{
    const struct {
        const char *name;
        int64_t *clock;
        size_t *size;
        int *count;
    } table[] = {
        {"connect_timeout_ms", &options->connect_timeout_ms, NULL, NULL},
        {"first_byte_timeout_ms", &options->first_byte_timeout_ms, NULL, NULL},
        {"idle_timeout_ms", &options->idle_timeout_ms, NULL, NULL},
        {"progress_timeout_ms", &options->progress_timeout_ms, NULL, NULL},
        {"total_timeout_ms", &options->total_timeout_ms, NULL, NULL},
        {"finish_grace_ms", &options->finish_grace_ms, NULL, NULL},
        {"max_retry_wait_ms", &options->max_retry_wait_ms, NULL, NULL},
        {"max_header_bytes", NULL, &options->max_header_bytes, NULL},
        {"max_response_bytes", NULL, &options->max_response_bytes, NULL},
        {"max_stream_bytes", NULL, &options->max_stream_bytes, NULL},
        {"max_line_bytes", NULL, &options->max_line_bytes, NULL},
        {"max_event_bytes", NULL, &options->max_event_bytes, NULL},
        {"max_error_bytes", NULL, &options->max_error_bytes, NULL},
        {"max_request_bytes", NULL, &options->max_request_bytes, NULL},
        {"max_json_depth", NULL, &options->max_json_depth, NULL},
        {"max_tool_calls", NULL, &options->max_tool_calls, NULL},
        {"max_choices", NULL, &options->max_choices, NULL},
        {"max_attempts", NULL, NULL, &options->max_attempts},
        {"trust_done", NULL, NULL, &options->trust_done},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        if (strcmp(table[i].name, name) != 0) {
            continue;
        }
        if (table[i].clock != NULL) {
            *table[i].clock = value;
        } else if (table[i].size != NULL) {
            *table[i].size = (size_t)value;
        } else {
            *table[i].count = (int)value;
        }
        return true;
    }
    return false;
}

static bool set_policy(chutes_client_options *options, const char *name)
{
    static const char *const names[] = {[CHUTES_RETRY_NONE] = "none",
                                        [CHUTES_RETRY_SAFE] = "safe",
                                        [CHUTES_RETRY_OPENAI] = "openai"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            options->retry_policy = (chutes_retry_policy)i;
            return true;
        }
    }
    return false;
}

/* Sets the option of a `with` line. */
static void set_option(chutes_client_options *options,
                       const struct rows_pair *pair)
{
    bool is_known;

    if (strcmp(pair->key, "n") == 0) {
        return; /* an option of the call, not of the client */
    }
    is_known =
        strcmp(pair->key, "retry_policy") == 0
            ? set_policy(options, pair->value)
            : set_number(options, pair->key, strtoll(pair->value, NULL, 10));

    if (!is_known) {
        fail_msg("unknown option %s=%s", pair->key, pair->value);
    }
}

/* One run: an expectation of a row in one mode. */
struct run {
    const struct rows_row *row;
    const struct rows_expectation *expectation;
    enum call_kind kind;
    enum call_mode mode;
    enum peer_tls tls;
};

static chutes_client *make_client(const struct run *run,
                                  const struct peer *peer,
                                  struct rows_attempts *attempts)
{
    chutes_client_options options = call_options(peer);

    options.ca_file = run->tls != PEER_PLAIN ? peer_ca_file() : NULL;
    options.on_attempt = rows_watch_attempt;
    options.attempt_user_data = attempts;
    if (run->row->is_proxy) {
        options.proxy = peer_url(peer);
        options.base_url = PROXIED_URL;
    }
    for (size_t i = 0; i < run->row->option_count; i++) {
        set_option(&options, &run->row->options[i]);
    }
    return call_client(&options);
}

static int choices_of(const struct rows_row *row)
{
    for (size_t i = 0; i < row->option_count; i++) {
        if (strcmp(row->options[i].key, "n") == 0) {
            return (int)strtol(row->options[i].value, NULL, 10);
        }
    }
    return 0;
}

/* The calls of a row with two must share a loop, which owns the connection. */
static chutes_loop *make_loop(const struct run *run, chutes_client *client)
{
    chutes_loop *loop = NULL;

    if (run->mode == CALL_ON_LOOP && run->row->is_second) {
        assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    }
    return loop;
}

static void run_first_call(const struct run *run, chutes_client *client,
                           chutes_loop *loop)
{
    struct call call = {.kind = run->kind, .mode = run->mode, .loop = loop};

    call_run(&call, client);
    if (call.status != CHUTES_OK) {
        fail_msg("%s: the call before: %s", run->row->name, call.error.message);
    }
    call_dispose(&call);
}

static void run_call(const struct run *run, struct peer *peer)
{
    struct call call = {
        .kind = run->kind, .mode = run->mode, .choices = choices_of(run->row)};
    struct rows_attempts attempts = {0};
    const struct rows_scene scene = {
        run->row, run->expectation,       &call,
        peer,     run->tls != PEER_PLAIN, &attempts};
    chutes_client *client;

    alloc_fail_count();
    client = make_client(run, peer, &attempts);
    call.loop = make_loop(run, client);
    if (run->row->is_second) {
        run_first_call(run, client, call.loop);
        attempts = (struct rows_attempts){0};
    }
    if (run->row->is_virtual) {
        virtual_time_start();
    }
    call_run(&call, client);
    virtual_time_stop();
    rows_judge_call(&scene);
    rows_judge_time(&scene);
    chutes_loop_free(call.loop);
    chutes_client_free(client);
    if (!peer_await_closed(peer, call_bound_ms(CLOSE_MS))) {
        rows_complain(&scene, "the connection", "open", "closed");
    }
    rows_judge_peer(&scene);
    call_dispose(&call);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void run_mode(const struct run *run)
{
    int descriptors = call_count_descriptors();
    int threads = call_count_threads();
    struct peer *peer = peer_start(run->row->script, run->tls);

    rows_tally_run(tally, run->mode, run->tls != PEER_PLAIN);
    run_call(run, peer);
    peer_stop(peer);
    /* There can be fewer: an earlier row that failed may have left some
     * open. */
    assert_true(call_count_descriptors() <= descriptors);
    call_await_threads(threads, call_bound_ms(THREADS_MS));
    rows_tally_pass(tally);
}

/* Runs in clear and with TLS, unless the row says which. */
static void run_kind(struct run run)
{
    for (int mode = 0; mode < CALL_MODES; mode++) {
        run.mode = (enum call_mode)mode;
        if (!call_can_run(run.kind, run.mode)) {
            continue;
        }
        run.tls = run.row->tls;
        run_mode(&run);
        if (!run.row->has_tls && !run.row->is_plain_only) {
            run.tls = PEER_TLS_GOOD;
            run_mode(&run);
        }
    }
}

static void run_row(void **state)
{
    const struct rows_row *row = *state;

    rows_tally_row(tally, file_names[row->file], strchr(row->name, ' ') + 1);
    (void)peer_ca_file();
    for (size_t i = 0; i < row->expectation_count; i++) {
        for (int kind = 0; kind < CALL_KINDS; kind++) {
            const struct rows_expectation *expectation = &row->expectations[i];

            if ((expectation->kinds & 1U << kind) != 0) {
                run_kind((struct run){.row = row,
                                      .expectation = expectation,
                                      .kind = (enum call_kind)kind});
            }
        }
    }
}

/* Runs a fault test written in C. It counts as one row and one blocking run. */
static void run_fault(void **state)
{
    const struct CMUnitTest *test = *state;
    void *nothing = NULL;

    rows_tally_row(tally, group_name, test->name);
    rows_tally_run(tally, CALL_BLOCKING, false);
    test->test_func(&nothing);
    rows_tally_pass(tally);
}

static struct CMUnitTest *gather_tests(const struct rows_table *table,
                                       const struct CMUnitTest *tests,
                                       size_t test_count)
{
    struct CMUnitTest *all = calloc(test_count + table->count, sizeof(*all));

    if (all == NULL) {
        abort();
    }
    for (size_t i = 0; i < test_count; i++) {
        all[i] = tests[i];
        if (strchr(tests[i].name, ':') != NULL) {
            all[i].test_func = run_fault;
            all[i].initial_state = (void *)(uintptr_t)&tests[i];
        }
    }
    for (size_t i = 0; i < table->count; i++) {
        all[test_count + i] = (struct CMUnitTest){
            .name = table->rows[i].name,
            .test_func = run_row,
            .initial_state = &table->rows[i],
        };
    }
    return all;
}

int rows_run(const char *group, const char *const *files, size_t file_count,
             const struct CMUnitTest *tests, size_t test_count)
{
    struct rows_table table = {0};
    struct CMUnitTest *all;
    int failures;

    group_name = group;
    file_names = files;
    tally = rows_tally_begin(group);
    call_clear_environment();
    for (size_t i = 0; i < file_count; i++) {
        rows_table_read(&table, (int)i, files[i]);
    }
    all = gather_tests(&table, tests, test_count);
    failures = _cmocka_run_group_tests(group, all, test_count + table.count,
                                       NULL, NULL);
    free(all);
    rows_table_free(&table);
    rows_tally_end(tally);
    return failures;
}
