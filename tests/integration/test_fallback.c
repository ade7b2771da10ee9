/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "alloc_fail.h"
#include "call.h"
#include "loop_call.h"

#define REQUEST "request\n"
#define FINE                                                               \
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{" \
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n"
#define FULL "answer 503 application/json {\"detail\":\"No instances\"}\n"
#define FULL_SOON                                                      \
    "status 503\nheader retry-after-ms: 2\nheader Content-Length: 2\n" \
    "end-headers\nsend {}\n"
#define BUSY                                                                  \
    "answer 429 application/json {\"detail\":\"Infrastructure is at maximum " \
    "capacity, try again later\"}\n"
#define LIMITED "answer 429 application/json {\"detail\":\"Rate limit\"}\n"
#define ANSWER(status, detail) \
    "answer " #status " application/json {\"detail\":\"" detail "\"}\n"

/* Attempts, one per line: number, model, status, HTTP status and wait. */
struct tale {
    char text[1024];
    chutes_client *cancelled; /* whose calls the first attempt cancels */
};

static void tell_attempt(const chutes_attempt *attempt, void *user_data)
{
    struct tale *tale = user_data;
    size_t len = strlen(tale->text);

    (void)snprintf(tale->text + len, sizeof(tale->text) - len,
                   "%d %s %s %d %s\n", attempt->number, attempt->model,
                   chutes_status_name(attempt->status), attempt->http_status,
                   attempt->wait_ms < 0    ? "last"
                   : attempt->wait_ms == 0 ? "at once"
                                           : "waits");
    chutes_client_cancel_all(tale->cancelled);
}

struct row {
    const char *name;
    chutes_retry_policy policy;
    const char *script;
    chutes_status status;
    const char *model;    /* the model that answered; NULL: none */
    const char *attempts; /* as on_attempt reports them */
};

/* All rows ask for "a", with the fallbacks "b" and "c". */
static const struct row ROWS[] = {
    {"nothing fails", CHUTES_RETRY_NONE, FINE, CHUTES_OK, "a",
     "1 a CHUTES_OK 200 last\n"},
    {"the first is full", CHUTES_RETRY_NONE, FULL REQUEST FINE, CHUTES_OK, "b",
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_OK 200 last\n"},
    {"two are full, in two ways", CHUTES_RETRY_NONE,
     FULL REQUEST BUSY REQUEST FINE, CHUTES_OK, "c",
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_ERR_CAPACITY 429 at once\n"
     "3 c CHUTES_OK 200 last\n"},
    {"HTTP 529", CHUTES_RETRY_NONE, ANSWER(529, "overloaded") REQUEST FINE,
     CHUTES_OK, "b",
     "1 a CHUTES_ERR_CAPACITY 529 at once\n"
     "2 b CHUTES_OK 200 last\n"},
    {"all are full", CHUTES_RETRY_NONE, FULL, CHUTES_ERR_CAPACITY, NULL,
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_ERR_CAPACITY 503 at once\n"
     "3 c CHUTES_ERR_CAPACITY 503 last\n"},
    {"the last is asked again", CHUTES_RETRY_SAFE,
     FULL REQUEST FULL REQUEST FULL_SOON REQUEST FULL_SOON REQUEST FINE,
     CHUTES_OK, "c",
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_ERR_CAPACITY 503 at once\n"
     "3 c CHUTES_ERR_CAPACITY 503 waits\n"
     "4 c CHUTES_ERR_CAPACITY 503 waits\n"
     "5 c CHUTES_OK 200 last\n"},
    {"and again, in vain", CHUTES_RETRY_SAFE,
     FULL REQUEST FULL REQUEST FULL_SOON, CHUTES_ERR_CAPACITY, NULL,
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_ERR_CAPACITY 503 at once\n"
     "3 c CHUTES_ERR_CAPACITY 503 waits\n"
     "4 c CHUTES_ERR_CAPACITY 503 waits\n"
     "5 c CHUTES_ERR_CAPACITY 503 last\n"},
    {"full behind another attempt", CHUTES_RETRY_SAFE,
     "status 500\nheader retry-after-ms: 2\nheader Content-Length: 0\n"
     "end-headers\n" REQUEST FULL REQUEST FINE,
     CHUTES_OK, "b",
     "1 a CHUTES_ERR_SERVER 500 waits\n"
     "2 a CHUTES_ERR_CAPACITY 503 at once\n"
     "3 b CHUTES_OK 200 last\n"},
    {"bad, with another model", CHUTES_RETRY_SAFE,
     FULL REQUEST ANSWER(400, "no such parameter"), CHUTES_ERR_BAD_REQUEST,
     NULL,
     "1 a CHUTES_ERR_CAPACITY 503 at once\n"
     "2 b CHUTES_ERR_BAD_REQUEST 400 last\n"},
    {"a rate limit", CHUTES_RETRY_NONE, LIMITED, CHUTES_ERR_RATE_LIMITED, NULL,
     "1 a CHUTES_ERR_RATE_LIMITED 429 last\n"},
    {"a quota", CHUTES_RETRY_SAFE, ANSWER(429, "insufficient_quota"),
     CHUTES_ERR_QUOTA, NULL, "1 a CHUTES_ERR_QUOTA 429 last\n"},
    {"no balance", CHUTES_RETRY_SAFE, ANSWER(402, "balance"), CHUTES_ERR_QUOTA,
     NULL, "1 a CHUTES_ERR_QUOTA 402 last\n"},
    {"a bad request", CHUTES_RETRY_SAFE, ANSWER(400, "bad"),
     CHUTES_ERR_BAD_REQUEST, NULL, "1 a CHUTES_ERR_BAD_REQUEST 400 last\n"},
    {"no such model", CHUTES_RETRY_SAFE, ANSWER(404, "model not found"),
     CHUTES_ERR_NOT_FOUND, NULL, "1 a CHUTES_ERR_NOT_FOUND 404 last\n"},
    {"a server error", CHUTES_RETRY_NONE, ANSWER(500, "bug"), CHUTES_ERR_SERVER,
     NULL, "1 a CHUTES_ERR_SERVER 500 last\n"},
    {"no answer", CHUTES_RETRY_SAFE, "fin\n", CHUTES_ERR_CONNECTION_LOST, NULL,
     "1 a CHUTES_ERR_CONNECTION_LOST 0 last\n"},
};

enum way { BLOCKING, STREAMED, ON_A_LOOP, WAYS };

static chutes_chat_params make_params(void)
{
    static const char *const models[] = {"b", "c"};
    chutes_chat_params params = call_chat_params();

    params.model = "a";
    params.fallback_models = models;
    params.fallback_model_count = COUNT(models);
    return params;
}

/* Asserts that the bodies differ only in the model. */
static void check_bodies(struct peer *peer, const char *tale)
{
    const char *first = peer_request_body(peer, 1);
    int n = 0;

    for (const char *line = tale; *line != '\0';
         line = strchr(line, '\n') + 1) {
        char want[32];
        const char *body;

        n++;
        body = peer_request_body(peer, n);
        assert_non_null(body);
        (void)snprintf(want, sizeof(want), "{\"model\":\"%c\",",
                       strchr(line, ' ')[1]);
        assert_int_equal(strncmp(body, want, strlen(want)), 0);
        assert_string_equal(body + strlen(want), first + strlen(want));
    }
    assert_int_equal(peer_posts(peer), n);
}

static void check_row(const struct row *row, const struct call *call,
                      const struct tale *tale, struct peer *peer)
{
    int attempts = call->error.attempts;

    if (call->status != row->status) {
        fail_msg("%s: %s: %s", row->name, chutes_status_name(call->status),
                 call->error.message);
    }
    if (strcmp(tale->text, row->attempts) != 0) {
        fail_msg("%s: %s", row->name, tale->text);
    }
    assert_int_equal(call->chat != NULL, row->model != NULL);
    if (row->model != NULL) {
        assert_string_equal(call->chat->info->model, row->model);
        assert_string_equal(chutes_chat_response_text(call->chat), "fine");
        attempts = call->chat->info->attempts;
    }
    assert_int_equal(attempts, peer_posts(peer));
    check_bodies(peer, tale->text);
}

static void run_row(const struct row *row, enum way way)
{
    struct peer *peer = peer_start(row->script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct loop_call call = {
        .call = {.kind = way == STREAMED ? CALL_STREAM : CALL_CHAT}};
    chutes_chat_params params = make_params();
    struct tale tale = {.text = ""};
    chutes_client *client;

    options.retry_policy = row->policy;
    options.on_attempt = tell_attempt;
    options.attempt_user_data = &tale;
    client = call_client(&options);
    if (way == ON_A_LOOP) {
        chutes_loop *loop = loop_of_client(client);

        params.model = "a";
        assert_int_equal(loop_call_start_chat(&call, loop, &params), CHUTES_OK);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        loop_call_check(&call, row->status);
        check_row(row, &call.call, &tale, peer);
        loop_call_dispose(&call);
        chutes_loop_free(loop);
    } else {
        call_run_chat(&call.call, client, &params);
        check_row(row, &call.call, &tale, peer);
        call_dispose(&call.call);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

static void models_are_asked_in_order_where_one_is_full(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS) * WAYS; i++) {
        run_row(&ROWS[i / WAYS], (enum way)(i % WAYS));
    }
}

/* ---- streams ------------------------------------------------------------- */

#define PIECE \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"fi\"}}]}\n"
#define NEWS "sse {\"error\":{\"message\":\"no capacity\",\"code\":503}}\n"

static void run_stream(const char *script, chutes_retry_policy policy,
                       chutes_status status, const char *attempts)
{
    struct peer *peer = peer_start(script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_STREAM};
    chutes_chat_params params = make_params();
    struct tale tale = {.text = ""};
    chutes_client *client;

    options.retry_policy = policy;
    options.on_attempt = tell_attempt;
    options.attempt_user_data = &tale;
    client = call_client(&options);
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, status);
    assert_string_equal(tale.text, attempts);
    if (call.chat != NULL) {
        assert_string_equal(call.chat->info->model, "a");
        assert_int_equal(call.chat->complete, 0);
    }
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void behind_an_event_no_other_model_is_asked(void **state)
{
    (void)state;
    run_stream("sse-head\n" PIECE NEWS, CHUTES_RETRY_OPENAI, CHUTES_ERR_STREAM,
               "1 a CHUTES_ERR_STREAM 200 last\n");
    run_stream("sse-head\n" PIECE "fin\n", CHUTES_RETRY_OPENAI,
               CHUTES_ERR_TRUNCATED, "1 a CHUTES_ERR_TRUNCATED 200 last\n");
    run_stream("sse-head\n" NEWS, CHUTES_RETRY_NONE, CHUTES_ERR_STREAM,
               "1 a CHUTES_ERR_STREAM 200 last\n");
}

/* ---- names --------------------------------------------------------------- */

static void any_name_is_put_in_its_place(void **state)
{
    static const struct {
        const char *model;
        const char *body;
    } rows[] = {
        {"a \"quoted\" \\ name", "{\"model\":\"a \\\"quoted\\\" \\\\ name\","},
        {"mod\xC3\xA8le/\xF0\x9F\x8C\x8A",
         "{\"model\":\"mod\xC3\xA8le/\xF0\x9F\x8C\x8A\","},
        {"line\n\x01", "{\"model\":\"line\\n\\u0001\","},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(FULL REQUEST FINE);
        chutes_chat_params params = make_params();
        struct call call = {.kind = CALL_CHAT};

        params.model = rows[(i + 1) % COUNT(rows)].model;
        params.fallback_models = &rows[i].model;
        params.fallback_model_count = 1;
        call_run_chat(&call, pair.client, &params);
        assert_int_equal(call.status, CHUTES_OK);
        assert_string_equal(call.chat->info->model, rows[i].model);
        assert_int_equal(strncmp(peer_request_body(pair.peer, 2), rows[i].body,
                                 strlen(rows[i].body)),
                         0);
        call_dispose(&call);
        call_close(pair);
    }
}

/* Keys of extra_json win, including the model, until a fallback replaces
 * that. */
static void the_model_of_extra_json_is_replaced_too(void **state)
{
    static const char *const extras[] = {
        "{\"model\":\"mine\",\"x\":{\"model\":\"y\"}}",
        "{\"x\":{\"model\":\"y\"},\"mod\\u0065l\":\"mi\\\"ne\"}"};
    static const char *const told[] = {
        "1 mine CHUTES_ERR_CAPACITY 503 at once\n2 b CHUTES_OK 200 last\n",
        "1 mi\"ne CHUTES_ERR_CAPACITY 503 at once\n2 b CHUTES_OK 200 last\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(extras); i++) {
        struct peer *peer = peer_start(FULL REQUEST FINE, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_chat_params params = make_params();
        struct call call = {.kind = CALL_CHAT};
        struct tale tale = {.text = ""};
        chutes_client *client;

        options.on_attempt = tell_attempt;
        options.attempt_user_data = &tale;
        client = call_client(&options);
        params.extra_json = extras[i];
        call_run_chat(&call, client, &params);
        assert_int_equal(call.status, CHUTES_OK);
        assert_string_equal(tale.text, told[i]);
        assert_non_null(strstr(peer_request_body(peer, 1), "\"model\":\"mi"));
        assert_null(strstr(peer_request_body(peer, 2), "\"model\":\"mi"));
        assert_non_null(strstr(peer_request_body(peer, 2), "\"model\":\"b\""));
        assert_non_null(
            strstr(peer_request_body(peer, 2), "\"x\":{\"model\":\"y\"}"));
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

/* ---- between two models -------------------------------------------------- */

static void a_call_is_cancelled_between_two_models(void **state)
{
    struct peer *peer = peer_start(FULL REQUEST FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = make_params();
    struct call call = {.kind = CALL_CHAT};
    struct tale tale = {.text = ""};
    chutes_client *client;

    (void)state;
    options.on_attempt = tell_attempt;
    options.attempt_user_data = &tale;
    client = call_client(&options);
    tale.cancelled = client;
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, CHUTES_ERR_CANCELLED);
    assert_int_equal(peer_posts(peer), 1);
    assert_int_equal(call.error.attempts, 1);
    assert_string_equal(tale.text, "1 a CHUTES_ERR_CAPACITY 503 at once\n");
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void the_total_timeout_covers_all_models(void **state)
{
    struct peer *peer =
        peer_start("sleep 60\n" FULL REQUEST "stall\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = make_params();
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;

    (void)state;
    options.total_timeout_ms = call_patience_ms(800);
    client = call_client(&options);
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_non_null(strstr(call.error.message, "total_timeout_ms"));
    assert_int_equal(call.error.attempts, 2);
    assert_int_equal(peer_posts(peer), 2);
    assert_true(call.elapsed_us <
                (options.total_timeout_ms + call_bound_ms(1000)) * 1000);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

/* The total timeout ends the body, so there is no time for another model. */
static void no_model_is_asked_without_time(void **state)
{
    struct peer *peer =
        peer_start("status 503\nend-headers\nsend {\nstall\n", PEER_PLAIN);
    struct tale tale = {.text = ""};
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = make_params();
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;

    (void)state;
    options.total_timeout_ms = 200;
    options.on_attempt = tell_attempt;
    options.attempt_user_data = &tale;
    client = call_client(&options);
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, CHUTES_ERR_CAPACITY);
    assert_int_equal(call.error.attempts, 1);
    assert_string_equal(tale.text, "1 a CHUTES_ERR_CAPACITY 503 last\n");
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- memory -------------------------------------------------------------- */

/* If memory is short for asking another model, the earlier failure is
 * reported. */
static long run_short_of_memory(struct peer *peer, void (*arm)(long nth),
                                long nth)
{
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = make_params();
    struct call call = {.kind = CALL_STREAM};
    chutes_client *client = NULL;
    long calls;

    options.retry_policy = CHUTES_RETRY_NONE;
    arm(nth);
    call.status = chutes_client_new(&options, &client, &call.error);
    if (call.status == CHUTES_OK) {
        call_run_chat(&call, client, &params);
    }
    chutes_client_free(client);
    calls = alloc_fail_calls();
    if (call.status != CHUTES_ERR_NO_MEMORY &&
        call.status != CHUTES_ERR_CAPACITY &&
        (call.status != CHUTES_OK || call.chat == NULL)) {
        fail_msg("allocation %ld: %s: %s", nth, chutes_status_name(call.status),
                 call.error.message);
    }
    assert_true(alloc_fail_failures() > 0 || call.status == CHUTES_OK);
    call_dispose(&call);
    alloc_fail_expect_none_lost(nth);
    return calls;
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    static const char script[] = FULL REQUEST BUSY REQUEST FINE;
    struct peer *peer = peer_start(script, PEER_PLAIN);
    long total = run_short_of_memory(peer, alloc_fail_none, 0);

    (void)state;
    peer_stop(peer);
    assert_true(total > 30);
    for (size_t mode = 0; mode < COUNT(modes); mode++) {
        for (long nth = 1; nth <= total; nth++) {
            peer = peer_start(script, PEER_PLAIN);
            (void)run_short_of_memory(peer, modes[mode], nth);
            peer_stop(peer);
        }
    }
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_asked_in_order_where_one_is_full),
        cmocka_unit_test(behind_an_event_no_other_model_is_asked),
        cmocka_unit_test(any_name_is_put_in_its_place),
        cmocka_unit_test(the_model_of_extra_json_is_replaced_too),
        cmocka_unit_test(a_call_is_cancelled_between_two_models),
        cmocka_unit_test(the_total_timeout_covers_all_models),
        cmocka_unit_test(no_model_is_asked_without_time),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
