/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define HEAD "sse-head\n"
#define STATE(text) "sse " text "\n"
#define COLD STATE("{\"status\":\"cold\",\"log\":\"waiting ...\"}")
#define HOT STATE("{\"status\":\"hot\",\"log\":\"1 instances\"}")
#define END "chunk-end\n"

static chutes_warmup_params of(const struct peer *peer)
{
    chutes_warmup_params params = chutes_warmup_params_default();

    params.base_url = peer_url(peer);
    params.chute = "a/chute-1";
    params.min_poll_ms = 1;
    params.max_poll_ms = 1;
    return params;
}

static int count(const chutes_warmup_state *state, void *user_data)
{
    int *counts = user_data;

    assert_string_equal(state->status, state->is_hot != 0 ? "hot" : "cold");
    counts[state->is_hot]++;
    return 0;
}

static const struct {
    const char *script;
    chutes_status status;
    const char *message;
    int cold;
    int requests;
} ROWS[] = {
    {"expect GET /v1/chutes/warmup/a/chute-1\n"
     "expect-header Authorization: Bearer " CALL_KEY "\n"
     "expect-header Accept: text/event-stream\n" HEAD COLD COLD HOT END,
     CHUTES_OK, "", 2, 1},
    /* The server need not close the stream. */
    {HEAD HOT "stall\n", CHUTES_OK, "", 0, 1},
    /* It ends before the chute is hot, or is cut off. */
    {HEAD COLD END "request\n" HEAD COLD HOT END, CHUTES_OK, "", 2, 2},
    {HEAD COLD "fin\nconnection\n" HEAD HOT END, CHUTES_OK, "", 1, 2},
    {"answer 402 application/json {\"detail\":\"no balance\"}\n",
     CHUTES_ERR_QUOTA, "no balance", 0, 1},
    {"answer 503 application/json {\"detail\":\"This chute is currently "
     "disabled.\"}\n",
     CHUTES_ERR_CAPACITY, "disabled", 0, 1},
    {"answer 404 application/json {\"detail\":\"no such chute\"}\n",
     CHUTES_ERR_NOT_FOUND, "no such chute", 0, 1},
    /* An error in the stream, a wrong type, no stream, and a line too long. */
    {HEAD COLD STATE("{\"detail\":\"gone\"}"), CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD COLD "chunk \"{\\\"error\\\":\\\"gone\\\"}\\n\"\n", CHUTES_ERR_STREAM,
     "gone", 1, 1},
    {HEAD COLD "chunk \"error: {\\n \\\"message\\\": \\\"gone\\\"\\n}\\n\"\n",
     CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD COLD "chunk \"error: gone\\n\"\n", CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD COLD "chunk \"{\\n \\\"status\\\": \\\"hot\\\"\\n}\\n\"\n", CHUTES_OK,
     "", 1, 1},
    /* What the stream ends with may lack its line end. */
    {HEAD COLD "chunk \"{\\\"error\\\":\\\"gone\\\"}\"\n" END,
     CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD COLD "chunk \"{\\\"error\\\":\\\"gone\\\"}\"\nfin\n",
     CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD COLD "chunk \"data: {\\\"detail\\\":\\\"gone\\\"}\"\n" END,
     CHUTES_ERR_STREAM, "gone", 1, 1},
    {HEAD "chunk \"data: {\\\"status\\\":\\\"hot\\\"}\"\n" END, CHUTES_OK, "",
     0, 1},
    {HEAD "chunk \"data: {\\\"status\\\":\\\"hot\\\"}\\n\"\n" END, CHUTES_OK,
     "", 0, 1},
    {"answer 200 application/json {\"status\":\"hot\"}\n", CHUTES_OK, "", 0, 1},
    {"answer 200 application/json {\"detail\":\"gone\"}\n", CHUTES_ERR_STREAM,
     "gone", 0, 1},
    /* A state that was cut off doesn't count, nor does an empty event. */
    {HEAD COLD "chunk \"data: {\\\"status\\\":\\\"ho\"\n" END
               "request\n" HEAD HOT END,
     CHUTES_OK, "", 1, 2},
    {HEAD COLD "chunk \"{\\\"error\\\":\\\"go\"\n" END "request\n" HEAD HOT END,
     CHUTES_OK, "", 1, 2},
    {HEAD "chunk \"data:\\n\\ndata: \\n\\n\"\n" HOT END, CHUTES_OK, "", 0, 1},
    {HEAD STATE("{\"status\":7}"), CHUTES_ERR_PROTOCOL, "status: missing", 0,
     1},
    {HEAD STATE("[DONE]"), CHUTES_ERR_PROTOCOL, "", 0, 1},
    {"answer 200 text/html <html>\n", CHUTES_ERR_PROTOCOL, "no state", 0, 1},
    {"status 200\nheader Content-Length: 2000\nend-headers\nbody 2000\n",
     CHUTES_ERR_TOO_LARGE, "max_line_bytes", 0, 1},
    {"fin\n", CHUTES_ERR_CONNECTION_LOST, "", 0, 1},
};

static void it_ends_when_the_chute_is_hot(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct peer *peer = peer_start(ROWS[i].script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_warmup_params params = of(peer);
        int counts[2] = {0, 0};
        chutes_client *client;
        chutes_error error;
        chutes_status status;

        options.max_line_bytes = 1000;
        client = call_client(&options);
        params.on_state = count;
        params.user_data = counts;
        status = chutes_warmup(client, &params, &error);
        if (status != ROWS[i].status || error.status != status ||
            strstr(error.message, ROWS[i].message) == NULL) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        assert_int_equal(counts[0], ROWS[i].cold);
        assert_int_equal(counts[1], status == CHUTES_OK ? 1 : 0);
        assert_int_equal(peer_requests(peer), ROWS[i].requests);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void the_wait_has_a_limit(void **state)
{
    static const char *const scripts[] = {HEAD COLD "stall\n", HEAD COLD END};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct peer *peer = peer_start(scripts[i], PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_warmup_params params = of(peer);
        chutes_client *client;
        chutes_error error;

        options.idle_timeout_ms = 0; /* nothing else ends the wait */
        options.progress_timeout_ms = 0;
        options.total_timeout_ms = 0;
        client = call_client(&options);
        params.wait_timeout_ms = call_bound_ms(50);
        params.min_poll_ms = 3600000;
        params.max_poll_ms = 3600000;
        assert_int_equal(chutes_warmup(client, &params, &error),
                         CHUTES_ERR_TIMEOUT);
        assert_non_null(strstr(error.message, "wait_timeout_ms"));
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static int stop(const chutes_warmup_state *state, void *user_data)
{
    (void)state;
    (void)user_data;
    return 1;
}

static void the_callback_may_stop_it(void **state)
{
    struct call_pair pair = call_open(HEAD COLD HOT END);
    chutes_warmup_params params = of(pair.peer);

    (void)state;
    params.on_state = stop;
    assert_int_equal(chutes_warmup(pair.client, &params, NULL),
                     CHUTES_ERR_CANCELLED);
    call_close(pair);
}

static void bad_input_is_named_and_nothing_is_sent(void **state)
{
    static const char *const chutes[] = {NULL,  "",     "/a", "a b",
                                         "a?b", "a%2e", "a\n"};
    struct call_pair pair = call_open(HEAD HOT END);
    chutes_warmup_params params = of(pair.peer);
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(chutes); i++) {
        params.chute = chutes[i];
        assert_int_equal(chutes_warmup(pair.client, &params, &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, "chute must be the ID"));
    }
    params.chute = "a/../b";
    assert_int_equal(chutes_warmup(pair.client, &params, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    params = of(pair.peer);
    params.min_poll_ms = 0;
    assert_int_equal(chutes_warmup(pair.client, &params, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "min_poll_ms"));
    params = of(pair.peer);
    params.base_url = "http://a.example/";
    assert_int_equal(chutes_warmup(pair.client, &params, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "base_url is http"));
    assert_int_equal(chutes_warmup(pair.client, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

static void finish(chutes_status status, const chutes_error *error,
                   void *user_data)
{
    assert_int_equal(error->status, status);
    *(chutes_status *)user_data = status;
}

static void it_is_cancelled_while_it_reads_and_while_it_waits(void **state)
{
    static const char *const scripts[] = {HEAD COLD "stall\n", HEAD COLD END};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct call_pair pair = call_open(scripts[i]);
        chutes_loop *loop = loop_of_client(pair.client);
        chutes_warmup_params params = of(pair.peer);
        chutes_status end = CHUTES_OK;
        int counts[2] = {0, 0};
        chutes_call *call = NULL;

        params.min_poll_ms = 3600000;
        params.max_poll_ms = 3600000;
        params.on_state = count;
        params.user_data = counts;
        assert_int_equal(
            chutes_warmup_start(loop, &params, finish, &end, &call, NULL),
            CHUTES_OK);
        while (counts[0] == 0) {
            assert_int_equal(chutes_loop_poll(loop, 10), CHUTES_OK);
        }
        for (int k = 0; k < 5; k++) {
            assert_int_equal(chutes_loop_poll(loop, 1), CHUTES_OK);
        }
        chutes_call_cancel(call);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        assert_int_equal(end, CHUTES_ERR_CANCELLED);
        chutes_call_free(call);
        chutes_loop_free(loop);
        call_close(pair);
    }
}

static void without_memory_it_ends(void **state)
{
    struct call_pair pair = call_open(HEAD COLD END "request\n" HEAD HOT END);
    chutes_warmup_params params = of(pair.peer);
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(chutes_warmup(pair.client, &params, NULL), CHUTES_OK);
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        chutes_status status;

        alloc_fail_at(i);
        status = chutes_warmup(pair.client, &params, NULL);
        assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
    }
    alloc_fail_off();
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_when_the_chute_is_hot),
        cmocka_unit_test(the_wait_has_a_limit),
        cmocka_unit_test(the_callback_may_stop_it),
        cmocka_unit_test(bad_input_is_named_and_nothing_is_sent),
        cmocka_unit_test(it_is_cancelled_while_it_reads_and_while_it_waits),
        cmocka_unit_test(without_memory_it_ends),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
