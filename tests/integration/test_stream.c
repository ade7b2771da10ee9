/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "call.h"
#include "stream_script.h"

enum { SHORT_EVENTS = 5, CANCEL_MS = 250 };

/* ---- events and results
 * ---------------------------------------------------- */

/* Releases the server at the first event; it holds the rest back until then. */
static void release_first(struct call_events *events, void *user_data)
{
    if (events->count == 1) {
        peer_release(user_data, "first");
    }
}

static void check_choices(const chutes_chat_response *response)
{
    const chutes_chat_choice *first = response->choices[0];
    const chutes_chat_choice *second = response->choices[1];

    assert_int_equal(first->index, 0);
    assert_int_equal(first->finished, 1);
    assert_string_equal(first->role, "assistant");
    assert_string_equal(first->content, "Hello");
    assert_int_equal(first->content_len, 5);
    assert_string_equal(first->reasoning, "Hm.");
    assert_int_equal(first->reasoning_len, 3);
    assert_null(first->refusal);
    assert_string_equal(first->finish_reason, "tool_calls");
    assert_int_equal(first->tool_call_count, 2);
    assert_string_equal(first->tool_calls[0]->id, "call_a");
    assert_string_equal(first->tool_calls[0]->type, "function");
    assert_string_equal(first->tool_calls[0]->name, "get_time");
    assert_string_equal(first->tool_calls[0]->arguments, "{\"zone\":\"UTC\"}");
    assert_int_equal(first->tool_calls[0]->arguments_len, 14);
    assert_int_equal(first->tool_calls[1]->index, 1);
    assert_string_equal(first->tool_calls[1]->arguments, "{}");
    assert_int_equal(second->index, 1);
    assert_string_equal(second->content, "Hi");
    assert_string_equal(second->refusal, "No.");
    assert_int_equal(second->refusal_len, 3);
    assert_string_equal(second->stop_reason, "128009");
    assert_null(second->reasoning);
}

static void check_logprobs(const chutes_chat_choice *choice)
{
    const chutes_token_logprob *token = choice->logprobs[0];

    assert_int_equal(choice->logprob_count, 2);
    assert_string_equal(token->token, "Hel");
    assert_true(fabs(token->logprob + 0.5) < 1e-9);
    assert_int_equal(token->byte_count, 3);
    assert_memory_equal(token->bytes, "Hel", 3);
    assert_int_equal(token->top_count, 2);
    assert_string_equal(token->top[1]->token, "Hi");
    assert_null(token->top[1]->bytes);
    assert_true(isnan(choice->logprobs[1]->logprob));
    assert_int_equal(choice->logprobs[1]->top_count, 0);
}

static void check_info(const chutes_response_info *info)
{
    const chutes_timing *timing = &info->timing;

    assert_int_equal(info->http_status, 200);
    assert_int_equal(info->attempts, 1);
    assert_int_equal(info->connection_reused, 0);
    assert_string_equal(info->request_id,
                        "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
    assert_int_equal(info->quota_total, 200);
    assert_int_equal(info->quota_used, 13);
    assert_int_equal(info->quota_remaining, 187);
    assert_int_equal(info->rate_limit_user, 60);
    assert_true(info->rate_limit_chute == INT64_MAX);
    assert_int_equal(info->retry_after_ms, -1);
    assert_string_equal(chutes_response_header(info, "CONTENT-type"),
                        "text/event-stream; charset=utf-8");
    assert_true(timing->connect_us > 0);
    assert_true(timing->first_byte_us >= timing->connect_us);
    assert_true(timing->first_token_us >= timing->first_byte_us);
    assert_true(timing->total_us >= timing->first_token_us);
}

static void release_peer(struct call_events *events, void *peer)
{
    (void)events;
    peer_release(peer, "event");
}

/* Returns the reported speed of a stream with these events; `between` is what
 * happens between the tokens. */
static double speed_of(const char *between)
{
    static const char format[] =
        "status 200\n"
        "header Content-Type: text/event-stream\n"
        "header Transfer-Encoding: chunked\n"
        "end-headers\n"
        "chunk \"data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":"
        "{\\\"content\\\":\\\"a\\\"}}]}\\n\\n"
        "%s"
        "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":"
        "{\\\"content\\\":\\\"b\\\"},\\\"finish_reason\\\":\\\"stop\\\"}]}"
        "\\n\\n\"\n"
        "sleep 50\n" /* not part of the time of the tokens */
        "sse {\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
        "\"completion_tokens\":2,\"total_tokens\":3}}\n"
        "sse [DONE]\n"
        "chunk-end\n";
    struct call call = {.kind = CALL_STREAM};
    chutes_client_options options;
    chutes_client *client;
    struct peer *peer;
    char script[1024];
    double speed;

    (void)snprintf(script, sizeof(script), format, between);
    peer = peer_start(script, PEER_PLAIN);
    if (between[0] != '\0') {
        call.events.hook = release_peer;
        call.events.user_data = peer;
    }
    options = call_options(peer);
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(call.chat->usage->completion_tokens, 2);
    assert_true(call_info(&call)->timing.first_token_us > 0);
    speed = call_info(&call)->timing.tokens_per_second;
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
    return speed;
}

static void the_speed_is_that_of_the_tokens(void **state)
{
    double speed = speed_of("\"\nwait event\nsleep 250\nchunk \"");

    (void)state;
    /* A client that isn't scheduled for a while dates the second token by its
     * last look at the clock, so allow for most of the sleep. */
    assert_true(speed > 0 && speed < 101); /* two tokens in 20 ms or more */
}

static void a_burst_has_no_speed(void **state)
{
    (void)state;
    assert_true(speed_of("") == -1);
}

static void
events_arrive_in_order_while_the_server_holds_the_connection(void **state)
{
    struct peer *peer = peer_start_file("client/stream_full.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct call call = {.kind = CALL_STREAM,
                        .choices = 2,
                        .events = {.hook = release_first, .user_data = peer}};

    (void)state;
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_string_equal(call.events.text,
                        "reasoning 0 Hm.\n"
                        "content 0 Hel\n"
                        "usage 5 1 6\n"
                        "content 1 Hi\n"
                        "content 0 lo\n"
                        "tool 0 0 call_a get_time \n"
                        "tool 0 0 call_a get_time {\"zone\":\n"
                        "tool 0 0 call_a get_time \"UTC\"}\n"
                        "tool-done 0 0 call_a get_time {\"zone\":\"UTC\"}\n"
                        "tool 0 1 call_b now {}\n"
                        "tool-done 0 1 call_b now {}\n"
                        "finish 0 tool_calls\n"
                        "refusal 1 No.\n"
                        "finish 1 stop\n"
                        "usage 5 9 14\n");
    assert_int_equal(call.chat->complete, 1);
    assert_int_equal(call.chat->end, CHUTES_END_DONE);
    assert_string_equal(call.chat->id, "c1");
    assert_string_equal(call.chat->model, "org/model");
    assert_int_equal(call.chat->created, 1700000000);
    assert_int_equal(call.chat->choice_count, 2);
    assert_int_equal(call.chat->warning_count, 0);
    assert_int_equal(call.chat->usage->completion_tokens, 9);
    assert_int_equal(call.chat->usage->cached_tokens, 2);
    assert_int_equal(call.chat->usage->reasoning_tokens, 1);
    assert_string_equal(chutes_chat_response_text(call.chat), "Hello");
    check_choices(call.chat);
    check_logprobs(call.chat->choices[0]);
    check_info(call.chat->info);
    assert_int_equal(strlen(call.chat->raw_json), call.chat->raw_len);
    assert_non_null(strstr(call.chat->raw_json, "\"cached_tokens\":2"));
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static const char RESTARTED[] =
    "sse-head\n"
    "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
    "\"assistant\",\"content\":\"The answer is 4\"}}]}\n"
    "sse {\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
    "\"assistant\",\"content\":\"\"}}]}\n"
    "sse {\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
    "\"It is 42.\"}}]}\n"
    "sse {\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{},"
    "\"finish_reason\":\"stop\"}]}\n"
    "sse [DONE]\n"
    "chunk-end\n";

static void a_server_that_begins_anew_is_told(void **state)
{
    struct call_pair pair = call_open(RESTARTED);
    struct call call = {.kind = CALL_STREAM};

    (void)state;
    call_run(&call, pair.client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_string_equal(call.events.text, "content 0 The answer is 4\n"
                                          "restart\n"
                                          "content 0 It is 42.\n"
                                          "finish 0 stop\n");
    assert_string_equal(chutes_chat_response_text(call.chat), "It is 42.");
    assert_string_equal(call.chat->id, "b");
    assert_string_equal(call.chat->warnings[0], "stream_restarted");
    call_dispose(&call);
    call_close(pair);
}

static int check_raw(const chutes_chat_event *event, void *user_data)
{
    static const char want[] = "{\"id\":\"a\",\"odd\": [1 , 2],\"choices\":["
                               "{\"index\":0,\"delta\":{\"content\":\"x\"}}]}";
    int *count = user_data;

    assert_int_equal(event->raw_len, sizeof(want) - 1);
    assert_memory_equal(event->raw_json, want, event->raw_len);
    ++*count;
    return 0;
}

static void an_event_carries_its_chunk_and_results_may_be_null(void **state)
{
    struct peer *peer = peer_start(
        "sse-head\n"
        "sse {\"id\":\"a\",\"odd\": [1 , 2],\"choices\":[{\"index\":0,"
        "\"delta\":{\"content\":\"x\"}}]}\n"
        "sse [DONE]\n"
        "chunk-end\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = call_chat_params();
    chutes_client *client;
    int count = 0;

    (void)state;
    options.trust_done = 1;
    client = call_client(&options);
    params.on_event = check_raw;
    params.user_data = &count;
    assert_int_equal(chutes_chat(client, &params, NULL, NULL), CHUTES_OK);
    assert_int_equal(count, 1);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- stopping ------------------------------------------------------------ */

static void check_stopped(const struct call *call)
{
    assert_int_equal(call->status, CHUTES_ERR_CANCELLED);
    assert_int_equal(call->error.outcome, CHUTES_OUTCOME_ANSWERED);
    assert_int_equal(call->error.attempts, 1);
    assert_int_equal(call->error.http_status, 200);
    assert_non_null(call->chat);
    assert_int_equal(call->chat->complete, 0);
    assert_int_equal(call->chat->end, CHUTES_END_NONE);
    assert_string_equal(chutes_end_name(call->chat->end), "none");
}

static void stopping_at_any_event_closes_the_connection_at_once(void **state)
{
    (void)state;
    for (int stop_at = 1; stop_at <= SHORT_EVENTS; stop_at++) {
        struct peer *peer =
            peer_start_file("client/stream_short.txt", PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_client *client = call_client(&options);
        struct call call = {.kind = CALL_STREAM,
                            .events = {.stop_at = stop_at}};

        call_run(&call, client);
        assert_int_equal(call.events.count, stop_at);
        check_stopped(&call);
        assert_true(peer_await_closed(peer, call_bound_ms(CANCEL_MS)));
        assert_int_equal(peer_posts(peer), 1);
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void a_stopped_stream_keeps_what_was_told(void **state)
{
    struct peer *peer = peer_start_file("client/stream_short.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct call call = {.kind = CALL_STREAM, .events = {.stop_at = 4}};
    const chutes_chat_choice *choice;

    (void)state;
    call_run(&call, client);
    check_stopped(&call);
    assert_string_equal(call.events.text, "content 0 a\n"
                                          "reasoning 0 b\n"
                                          "tool 0 0 t f {}\n"
                                          "content 0 c\n");
    choice = call.chat->choices[0];
    assert_string_equal(choice->content, "ac");
    assert_string_equal(choice->reasoning, "b");
    assert_int_equal(choice->tool_call_count, 1);
    assert_int_equal(choice->finished, 0);
    assert_null(choice->finish_reason);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static int stop_with_minus_one(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return -1;
}

static void any_value_but_zero_stops(void **state)
{
    struct peer *peer = peer_start_file("client/stream_short.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_chat_params params = call_chat_params();
    chutes_chat_response *response = NULL;

    (void)state;
    params.on_event = stop_with_minus_one;
    assert_int_equal(chutes_chat(client, &params, &response, NULL),
                     CHUTES_ERR_CANCELLED);
    assert_string_equal(chutes_chat_response_text(response), "a");
    chutes_chat_response_free(response);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- cancelling from another thread -------------------------------------- */

struct canceller {
    chutes_client *client;
    struct peer *peer;
    int64_t cancelled_us;
};

/* Cancels when the request has arrived and, a moment later, the caller waits
 * again. */
static void *cancel_soon(void *argument)
{
    struct canceller *canceller = argument;

    (void)peer_await_requests(canceller->peer, 1, call_patience_ms(5000));
    usleep(50 * 1000);
    canceller->cancelled_us = chutes__clock_now_us();
    chutes_client_cancel_all(canceller->client);
    return NULL;
}

/* Returns the milliseconds from the cancel to the end of the call. */
static int run_and_cancel(struct call *call, struct canceller *canceller)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, canceller), 0);
    call_run(call, canceller->client);
    pthread_join(thread, NULL);
    return (int)((chutes__clock_now_us() - canceller->cancelled_us) / 1000);
}

/* The first request gets no answer, the second does. */
static const char SILENT_THEN_FINE[] = "stall\nconnection\n" STREAM("fine");

static const char TALKS_THEN_FINE[] =
    "sse-head\n" PIECE("half") "stall\nconnection\n" STREAM("fine");

static void expect_cancel(const char *script, enum call_kind kind,
                          const char *partial)
{
    struct call_pair pair = call_open(script);
    struct canceller canceller = {pair.client, pair.peer, 0};
    struct call call = {.kind = kind};
    struct call later = {.kind = CALL_STREAM};
    int took_ms = run_and_cancel(&call, &canceller);

    assert_int_equal(call.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(chutes_chat_response_text(call.chat), partial);
    assert_int_equal(call.chat != NULL, partial[0] != '\0');
    assert_true(peer_await_closed(pair.peer, call_bound_ms(CANCEL_MS)));
    call_run(&later, pair.client);
    assert_int_equal(later.status, CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(later.chat), "fine");
    assert_int_equal(peer_posts(pair.peer), kind == CALL_MODELS ? 1 : 2);
    call_dispose(&call);
    call_dispose(&later);
    call_close(pair);
    assert_true(took_ms <= call_bound_ms(CANCEL_MS));
}

static void cancelling_ends_the_wait_for_the_first_byte(void **state)
{
    (void)state;
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        expect_cancel(SILENT_THEN_FINE, (enum call_kind)kind, "");
    }
}

static void cancelling_ends_the_silence_of_a_stream(void **state)
{
    (void)state;
    expect_cancel(TALKS_THEN_FINE, CALL_STREAM, "half");
}

static void cancel_all(struct call_events *events, void *user_data)
{
    (void)events;
    chutes_client_cancel_all(user_data);
}

static void cancelling_from_the_callback_works_too(void **state)
{
    struct call_pair pair = call_open(TALKS_THEN_FINE);
    struct call call = {
        .kind = CALL_STREAM,
        .events = {.hook = cancel_all, .user_data = pair.client}};
    struct call later = {.kind = CALL_STREAM};

    (void)state;
    call_run(&call, pair.client);
    check_stopped(&call);
    assert_string_equal(chutes_chat_response_text(call.chat), "half");
    call_run(&later, pair.client);
    assert_int_equal(later.status, CHUTES_OK);
    call_dispose(&call);
    call_dispose(&later);
    call_close(pair);
}

static void cancelling_an_idle_client_harms_no_later_call(void **state)
{
    struct call_pair pair = call_open(strstr(TALKS_THEN_FINE, "connection"));

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct call call = {.kind = CALL_STREAM};

        chutes_client_cancel_all(pair.client);
        call_run(&call, pair.client);
        assert_int_equal(call.status, CHUTES_OK);
        chutes_client_cancel_all(pair.client);
        call_dispose(&call);
    }
    assert_int_equal(peer_posts(pair.peer), 3);
    chutes_client_cancel_all(NULL);
    call_close(pair);
}

/* The log line comes at the last moment at which the call is running. It is too
 * late to change the result. */
static void cancel_at_the_end(chutes_log_level level, const char *line,
                              void *user_data)
{
    chutes_client **client = user_data;

    (void)line;
    if (level == CHUTES_LOG_INFO) {
        chutes_client_cancel_all(*client);
    }
}

static void cancelling_too_late_harms_no_later_call(void **state)
{
    struct peer *peer =
        peer_start(strstr(TALKS_THEN_FINE, "connection"), PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = NULL;

    (void)state;
    options.on_log = cancel_at_the_end;
    options.log_user_data = &client;
    client = call_client(&options);
    for (int i = 0; i < 3; i++) {
        struct call call = {.kind = CALL_STREAM};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        call_dispose(&call);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- calls within calls -------------------------------------------------- */

static void call_again(struct call_events *events, void *user_data)
{
    struct call inner = {.kind = CALL_STREAM};

    if (events->count == 1) {
        call_run(&inner, user_data);
        assert_int_equal(inner.status, CHUTES_OK);
        call_dispose(&inner);
    }
}

static void a_callback_may_call_the_same_client(void **state)
{
    struct call_pair pair = call_open(strstr(TALKS_THEN_FINE, "connection"));
    struct call call = {
        .kind = CALL_STREAM,
        .events = {.hook = call_again, .user_data = pair.client}};

    (void)state;
    call_run(&call, pair.client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(peer_posts(pair.peer), 2);
    call_dispose(&call);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            events_arrive_in_order_while_the_server_holds_the_connection),
        cmocka_unit_test(the_speed_is_that_of_the_tokens),
        cmocka_unit_test(a_burst_has_no_speed),
        cmocka_unit_test(a_server_that_begins_anew_is_told),
        cmocka_unit_test(an_event_carries_its_chunk_and_results_may_be_null),
        cmocka_unit_test(stopping_at_any_event_closes_the_connection_at_once),
        cmocka_unit_test(a_stopped_stream_keeps_what_was_told),
        cmocka_unit_test(any_value_but_zero_stops),
        cmocka_unit_test(cancelling_ends_the_wait_for_the_first_byte),
        cmocka_unit_test(cancelling_ends_the_silence_of_a_stream),
        cmocka_unit_test(cancelling_from_the_callback_works_too),
        cmocka_unit_test(cancelling_an_idle_client_harms_no_later_call),
        cmocka_unit_test(cancelling_too_late_harms_no_later_call),
        cmocka_unit_test(a_callback_may_call_the_same_client),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
