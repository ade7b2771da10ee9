/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "fault_server.h"
#include "rows.h"
#include "virtual_time.h"

/*
 * Whatever a server does, the number of requests that it received is the number
 * of attempts reported, and the reports are true. CHUTES_TEST_SEED and
 * CHUTES_TEST_SCRIPTS choose other scripts, and how many.
 */

enum { SCRIPTS = 100000, SCRIPTS_OF_VALGRIND = 500, CALLS_OF_CLIENT = 4 };

static uint64_t seed;
static struct fault_server *server;

/* Counted over all calls, because a property that is never exercised always
 * holds. */
static struct {
    long attempts;
    long answers;
    long tried_again;
    long streams_cut;
} seen;

/* The current call. */
static struct {
    long number;
    const struct fault_script *script;
    chutes_retry_policy policy;
    int max_attempts;
    atomic_int attempts; /* attempts that ended */
    chutes_attempt last;
    int server_errors;
    int requests_at_event; /* requests at the first event; 0: no event */
} now;

static void complain(const struct call *call, const char *what)
{
    fail_msg("CHUTES_TEST_SEED=%" PRIu64 ", script %ld: %s, %s, policy %d: "
             "%s: %s, %d attempts, %d told, %d requests: %s",
             seed, now.number, call_kind_name(call->kind),
             call_mode_name(call->mode), (int)now.policy, what,
             chutes_status_name(call->status), call->error.attempts,
             now.attempts, fault_server_requests(server), call->error.message);
}

static bool is_safe_to_repeat(const chutes_attempt *attempt)
{
    switch (attempt->http_status) {
    case 0:
        return attempt->outcome == CHUTES_OUTCOME_NOT_SENT;
    case 408:
    case 409:
    case 429:
    case 503:
        return true;
    case 500:
        return now.server_errors == 1;
    default:
        return attempt->status == CHUTES_ERR_STREAM;
    }
}

/* Asserts that nothing is retried unless the policy allows it. */
static void watch_attempt(const chutes_attempt *attempt, void *user_data)
{
    (void)user_data;
    now.server_errors += attempt->http_status == 500 ? 1 : 0;
    assert_int_equal(attempt->number, now.attempts + 1);
    if (attempt->wait_ms >= 0) {
        assert_int_not_equal(now.policy, CHUTES_RETRY_NONE);
        assert_true(attempt->number < now.max_attempts);
        assert_int_equal(now.requests_at_event, 0);
        assert_true(now.policy != CHUTES_RETRY_SAFE ||
                    is_safe_to_repeat(attempt));
        assert_true(attempt->status != CHUTES_ERR_QUOTA &&
                    attempt->status != CHUTES_ERR_AUTH);
    }
    now.last = *attempt;
    atomic_fetch_add(&now.attempts, 1);
}

static void watch_event(struct call_events *events, void *user_data)
{
    (void)user_data;
    if (events->count == 1) {
        now.requests_at_event = fault_server_requests(server);
    }
}

/* Is the server silent in the current attempt, and not in an earlier one? */
static bool is_silent(void)
{
    return fault_server_silent_over(server) == atomic_load(&now.attempts) + 1;
}

static void judge(const struct call *call)
{
    int requests = fault_server_requests(server);
    int told = call->status != CHUTES_OK ? call->error.attempts
               : call_info(call) != NULL ? call_info(call)->attempts
                                         : -1;
    const struct fault_step *step =
        fault_script_step(now.script, requests > 0 ? requests : 1);

    if (told != now.attempts) {
        complain(call, "attempts that were told");
    }
    if (requests != now.attempts) {
        complain(call, "requests");
    }
    if (fault_server_posts(server) !=
        (call->kind == CALL_MODELS ? 0 : requests)) {
        complain(call, "posts");
    }
    if (now.last.wait_ms != -1 || now.last.status != call->status) {
        complain(call, "the last attempt");
    }
    if (call->status == CHUTES_OK && !fault_step_is_answer(step)) {
        complain(call, "an answer out of nothing");
    }
    if (now.requests_at_event != 0 && now.requests_at_event != requests) {
        complain(call, "a request behind an event");
    }
    if (call->chat != NULL &&
        call->chat->complete != (call->status == CHUTES_OK)) {
        complain(call, "complete");
    }
}

static chutes_client *make_client(uint64_t *state)
{
    chutes_client_options options = call_options_for(fault_server_url(server));

    now.policy = (chutes_retry_policy)(fault_random(state) % 3);
    now.max_attempts = 1 + (int)(fault_random(state) % 6);
    options.retry_policy = now.policy;
    options.max_attempts = now.max_attempts;
    options.on_attempt = watch_attempt;
    options.log_level = CHUTES_LOG_INFO;
    /* Long enough for a busy machine; virtual time skips them. */
    options.first_byte_timeout_ms = 20000;
    options.idle_timeout_ms = 10000;
    options.progress_timeout_ms =
        fault_random(state) % 2 == 0 ? 0 : options.idle_timeout_ms + 5000;
    options.total_timeout_ms = fault_random(state) % 2 == 0 ? 0 : 60000;
    return call_client(&options);
}

static void run_script(chutes_client *client, uint64_t *state)
{
    static const enum call_kind kinds[] = {
        CALL_CHAT,  CALL_STREAM, CALL_STREAM, CALL_STREAM,
        CALL_EMBED, CALL_MODELS, CALL_INVOKE, CALL_RERANK};
    struct fault_script script;
    struct call call = {.kind = kinds[fault_random(state) % COUNT(kinds)],
                        .mode =
                            (enum call_mode)(fault_random(state) % CALL_MODES),
                        .events = {.hook = watch_event}};

    if (!call_can_run(call.kind, call.mode)) {
        call.mode = CALL_BLOCKING;
    }
    fault_script_make(&script, state);
    fault_server_set_script(server, &script);
    now.script = &script;
    now.attempts = 0;
    now.server_errors = 0;
    now.requests_at_event = 0;
    call_run(&call, client);
    judge(&call);
    seen.attempts += now.attempts;
    seen.answers += call.status == CHUTES_OK ? 1 : 0;
    seen.tried_again += now.attempts > 1 ? 1 : 0;
    seen.streams_cut +=
        call.status != CHUTES_OK && now.requests_at_event > 0 ? 1 : 0;
    call_dispose(&call);
}

static long read_number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

static void requests_are_attempts_whatever_the_server_does(void **state)
{
    long count =
        read_number("CHUTES_TEST_SCRIPTS",
                    call_patience_ms(1) > 1 ? SCRIPTS_OF_VALGRIND : SCRIPTS);
    int descriptors = call_count_descriptors();
    int threads = call_count_threads();
    uint64_t random = seed;

    (void)state;
    server = fault_server_start();
    virtual_time_start();
    virtual_time_watch_silence(is_silent);
    virtual_time_skip_short_waits();
    now.number = 0;
    while (now.number < count) {
        chutes_client *client;

        alloc_fail_count();
        client = make_client(&random);
        for (int i = 0; i < CALLS_OF_CLIENT; i++) {
            now.number++;
            run_script(client, &random);
        }
        chutes_client_free(client);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_off();
    }
    virtual_time_stop();
    fault_server_stop(server);
    assert_true(call_count_descriptors() <= descriptors);
    call_await_threads(threads, call_bound_ms(2000));
    print_message("CHUTES_TEST_SEED=%" PRIu64
                  ": %ld scripts, %ld attempts, %ld "
                  "calls answered, %ld tried again, %ld cut behind an event\n",
                  seed, now.number, seen.attempts, seen.answers,
                  seen.tried_again, seen.streams_cut);
    assert_true(seen.answers > count / 10 && seen.tried_again > count / 10 &&
                seen.streams_cut > count / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("property: requests are attempts whatever the server does",
                   requests_are_attempts_whatever_the_server_does),
    };

    seed = (uint64_t)read_number("CHUTES_TEST_SEED", 20261122);
    return rows_run("property", NULL, 0, tests, COUNT(tests));
}
