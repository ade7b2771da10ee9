/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"

/* A scenario that is repeated, each time with another allocation that fails.
 * `script` is NULL if it only creates a client. */
struct scenario {
    const char *name;
    enum call_kind kind;
    const char *script;
    chutes_status status; /* if nothing fails */
};

static const struct scenario SCENARIOS[] = {
    {"a whole answer", CALL_CHAT, "client/chat_full.txt", CHUTES_OK},
    {"a stream", CALL_STREAM, "client/stream_full.txt", CHUTES_OK},
    {"a stream into a whole answer", CALL_CHAT, "client/stream_full.txt",
     CHUTES_OK},
    {"a whole answer into a stream", CALL_STREAM, "client/chat_full.txt",
     CHUTES_OK},
    {"vectors", CALL_EMBED, "client/vectors.txt", CHUTES_OK},
    {"models", CALL_MODELS, "client/models.txt", CHUTES_OK},
    {"any answer", CALL_INVOKE, "client/invoke_full.txt", CHUTES_OK},
    {"results", CALL_RERANK, "client/rerank.txt", CHUTES_OK},
    {"an error", CALL_CHAT, "client/error.txt", CHUTES_ERR_BAD_REQUEST},
    {"a cut stream", CALL_STREAM, "client/stream_cut.txt",
     CHUTES_ERR_TRUNCATED},
};

static void run_call(struct call *call, const chutes_client_options *options)
{
    chutes_client *client = NULL;

    call->status = chutes_client_new(options, &client, &call->error);
    if (call->status == CHUTES_OK) {
        call_run(call, client);
    } else {
        assert_null(client);
    }
    chutes_client_free(client);
}

static struct peer *start_peer(const struct scenario *scenario)
{
    struct peer *peer = peer_start_file(scenario->script, PEER_PLAIN);

    if (strstr(scenario->script, "stream_full") != NULL) {
        peer_release(peer, "first");
    }
    return peer;
}

/* A lack of memory must be reported, unless it did no harm. */
static void check_run(const struct scenario *scenario, const struct call *call,
                      long nth)
{
    bool is_told = call->status == CHUTES_ERR_NO_MEMORY;

    if (!is_told && call->status != scenario->status) {
        fail_msg("%s, allocation %ld: %s: %s", scenario->name, nth,
                 chutes_status_name(call->status), call->error.message);
    }
    if (is_told && call->error.status != CHUTES_ERR_NO_MEMORY) {
        fail_msg("%s, allocation %ld: the error is %s", scenario->name, nth,
                 chutes_status_name(call->error.status));
    }
    if (is_told && (call->embed != NULL || call->models != NULL ||
                    call->invoke != NULL || call->rerank != NULL ||
                    (call->chat != NULL && (call->kind != CALL_STREAM ||
                                            call->chat->complete != 0)))) {
        fail_msg("%s, allocation %ld: there is a result", scenario->name, nth);
    }
}

/* Returns the number of allocations. */
static long run_once(const struct scenario *scenario, struct peer *peer,
                     void (*arm)(long nth), long nth)
{
    chutes_client_options options = call_options(peer);
    const chutes_tracer tracer = chutes_tracer_default();
    int requests = peer_requests(peer);
    struct call call = {.kind = scenario->kind};
    long calls;

    options.tracer = &tracer;
    arm(nth);
    run_call(&call, &options);
    calls = alloc_fail_calls();
    check_run(scenario, &call, nth);
    if (alloc_fail_failures() == 0) {
        assert_int_equal(call.status, scenario->status);
    }
    assert_true(peer_requests(peer) - requests <= 1);
    call_dispose(&call);
    if (alloc_fail_live() != 0) {
        fail_msg("%s, allocation %ld: %ld blocks are lost", scenario->name, nth,
                 alloc_fail_live());
    }
    return calls;
}

static void run_scenario(const struct scenario *scenario)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    struct peer *peer = start_peer(scenario);
    int descriptors = call_count_descriptors();
    long total = run_once(scenario, peer, alloc_fail_none, 0);

    assert_true(total > 10);
    for (size_t mode = 0; mode < COUNT(modes); mode++) {
        for (long nth = 1; nth <= total; nth++) {
            (void)run_once(scenario, peer, modes[mode], nth);
        }
    }
    alloc_fail_off();
    assert_true(peer_await_closed(peer, call_bound_ms(2000)));
    call_await_descriptors(descriptors, call_bound_ms(2000));
    peer_stop(peer);
}

static void calls_survive_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SCENARIOS); i++) {
        run_scenario(&SCENARIOS[i]);
    }
}

/* Options with everything that a client copies. */
static chutes_client_options rich_options(void)
{
    static const chutes_header headers[] = {
        {"X-One", "1"}, {"X-Two", ""}, {"Accept", NULL}};
    chutes_client_options options = chutes_client_options_default();

    options.api_key = CALL_KEY;
    options.base_url = "https://llm.chutes.ai/v1";
    options.embeddings_base_url = "https://embed.chutes.ai/v1";
    options.user_agent = "test/1";
    options.proxy = "http://127.0.0.1:1";
    options.ca_file = peer_ca_file();
    options.headers = headers;
    options.header_count = COUNT(headers);
    return options;
}

static chutes_status make_and_free(const chutes_client_options *options)
{
    chutes_client *client = (void *)&client;
    chutes_error error;
    chutes_status status = chutes_client_new(options, &client, &error);

    assert_int_equal(client != NULL, status == CHUTES_OK);
    assert_int_equal(error.status, status);
    chutes_client_free(client);
    return status;
}

static void making_a_client_survives_it_too(void **state)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    chutes_client_options options = rich_options();
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(make_and_free(&options), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total > 5);
    for (size_t mode = 0; mode < COUNT(modes); mode++) {
        for (long nth = 1; nth <= total; nth++) {
            modes[mode](nth);
            if (make_and_free(&options) != CHUTES_ERR_NO_MEMORY) {
                fail_msg("allocation %ld was not missed", nth);
            }
            assert_int_equal(alloc_fail_live(), 0);
        }
    }
    alloc_fail_off();
}

/* A client that ran out of memory works normally afterwards. */
static void a_client_works_on_behind_it(void **state)
{
    struct peer *peer = peer_start_file("client/chat_full.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    long total;

    (void)state;
    alloc_fail_count();
    for (long nth = 0, failed = 1; failed > 0; nth++) {
        struct call call = {.kind = CALL_CHAT};
        struct call later = {.kind = CALL_CHAT};

        if (nth > 0) {
            alloc_fail_at(nth);
        }
        call_run(&call, client);
        failed = nth == 0 ? 1 : alloc_fail_failures();
        alloc_fail_off();
        assert_true(call.status == CHUTES_OK ||
                    call.status == CHUTES_ERR_NO_MEMORY);
        call_run(&later, client);
        assert_int_equal(later.status, CHUTES_OK);
        total = nth;
        call_dispose(&call);
        call_dispose(&later);
    }
    assert_true(total > 10);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_data_url_survives_it_too(void **state)
{
    chutes_error error;
    char *url;

    (void)state;
    alloc_fail_at(1);
    assert_int_equal(chutes_data_url("image/png", "abc", 3, &url, &error),
                     CHUTES_ERR_NO_MEMORY);
    assert_null(url);
    alloc_fail_off();
    assert_int_equal(chutes_data_url("image/png", "abc", 3, &url, &error),
                     CHUTES_OK);
    assert_string_equal(url, "data:image/png;base64,YWJj");
    chutes_string_free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_client_survives_it_too),
        cmocka_unit_test(calls_survive_the_failure_of_any_allocation),
        cmocka_unit_test(a_client_works_on_behind_it),
        cmocka_unit_test(a_data_url_survives_it_too),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
