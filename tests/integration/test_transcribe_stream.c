/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "call.h"

#define DELTA(text) \
    "sse {\"type\":\"transcript.text.delta\",\"delta\":\"" text "\"}\n"
#define DONE(text)                                                            \
    "sse {\"type\":\"transcript.text.done\",\"text\":\"" text "\",\"usage\":" \
    "{\"type\":\"tokens\",\"input_tokens\":14,\"output_tokens\":45,"          \
    "\"total_tokens\":59}}\n"
#define CHUNK(text, reason)                                                    \
    "sse {\"id\":\"trsc-1\",\"object\":\"transcription.chunk\",\"created\":1," \
    "\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"" text             \
    "\"},\"finish_reason\":" reason "}]}\n"
#define END "chunk-end\n"

/* What the events contained. */
struct heard {
    char text[256];
    int events;
    int stop_at;            /* the event at which to stop, from 1; 0: none */
    chutes_client *cancels; /* not NULL: cancelled by the first event */
    int dones;
};

static int hear(const chutes_transcript_event *event, void *user_data)
{
    struct heard *heard = user_data;
    size_t len = strlen(heard->text);

    assert_int_equal(heard->dones, 0);
    assert_true(event->text_len > 0);
    assert_int_equal(strlen(event->raw_json), event->raw_len);
    assert_int_equal(event->raw_json[0], '{');
    (void)snprintf(heard->text + len, sizeof(heard->text) - len, "%.*s|",
                   (int)event->text_len, event->text);
    heard->events++;
    chutes_client_cancel_all(heard->cancels);
    return heard->events == heard->stop_at;
}

static chutes_transcribe_params stream_params(struct heard *heard)
{
    chutes_transcribe_params params = call_transcribe_params();

    params.on_event = hear;
    params.user_data = heard;
    return params;
}

/* ---- success ------------------------------------------------------------- */

static void a_stream_as_openai_has_it(void **state)
{
    struct call_pair pair = call_open(
        "expect POST /v1/audio/transcriptions\n"
        "expect-body-contains \"name=\\\"stream\\\"\\r\\n\\r\\ntrue\\r\\n\"\n"
        "sse-head\n" DELTA("The ship") DELTA(" left.") DONE("The ship left.")
            END "request\n"
                "sse-head\n" DELTA("Again.") DONE("Again.") END);
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_transcript *transcript = NULL;
    chutes_error error;

    (void)state;
    assert_int_equal(
        chutes_transcribe(pair.client, &params, &transcript, &error),
        CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    assert_string_equal(heard.text, "The ship| left.|");
    assert_string_equal(transcript->text, "The ship left.");
    assert_int_equal(transcript->text_len, 14);
    assert_int_equal(transcript->complete, 1);
    assert_int_equal(transcript->usage->prompt_tokens, 14);
    assert_int_equal(transcript->usage->completion_tokens, 45);
    assert_string_equal(transcript->language, "");
    assert_null(transcript->segments);
    assert_non_null(strstr(transcript->raw, "transcript.text.done"));
    assert_int_equal(strlen(transcript->raw), transcript->raw_len);
    assert_true(transcript->info->timing.first_token_us >= 0);
    chutes_transcript_free(transcript);
    assert_int_equal(chutes_client_totals(pair.client).prompt_tokens, 14);
    /* The connection was not closed. */
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(peer_accepts(pair.peer), 1);
    call_close(pair);
}

static void a_stream_as_vllm_has_it(void **state)
{
    struct call_pair pair = call_open(
        "sse-head\n" CHUNK(" One.", "null") CHUNK("", "\"stop\"")
            CHUNK(" Two.", "null")
                CHUNK("", "\"stop\"") "sse "
                                      "{\"object\":\"transcription.chunk\","
                                      "\"choices\":[],\"usage\":{"
                                      "\"prompt_tokens\":3,\"completion_"
                                      "tokens\":4,\"total_tokens\":7}}\n"
                                      "sse [DONE]\n" END);
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_transcript *transcript = NULL;

    (void)state;
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_OK);
    assert_string_equal(heard.text, " One.| Two.|");
    assert_string_equal(transcript->text, " One. Two.");
    assert_int_equal(transcript->usage->total_tokens, 7);
    assert_non_null(strstr(transcript->raw, "\"total_tokens\":7"));
    chutes_transcript_free(transcript);
    call_close(pair);
}

/* OpenAI's whisper-1 ignores the parameter `stream`. */
static void a_server_that_does_not_stream_brings_one_event(void **state)
{
    struct call_pair pair =
        call_open("answer 200 application/json {\"text\":\"All of it.\"}\n");
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_transcript *transcript = NULL;

    (void)state;
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_OK);
    assert_string_equal(heard.text, "All of it.|");
    assert_int_equal(transcript->complete, 1);
    assert_string_equal(transcript->text, "All of it.");
    chutes_transcript_free(transcript);
    call_close(pair);
}

static void a_stream_is_retried_before_its_first_event(void **state)
{
    struct peer *peer = peer_start("answer 503 application/json {}\n"
                                   "request\n"
                                   "sse-head\n" DELTA("a") DONE("a") END,
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_client *client;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    options.max_attempts = 2;
    client = call_client(&options);
    assert_int_equal(chutes_transcribe(client, &params, NULL, NULL), CHUTES_OK);
    assert_string_equal(heard.text, "a|");
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- failures ------------------------------------------------------------ */

/* What the server sends, and what is left of it. */
static void a_cut_stream_is_no_success(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
        const char *text; /* NULL: there is no transcript */
        const char *message;
    } rows[] = {
        {"sse-head\n" DELTA("a") "fin\n", CHUTES_ERR_TRUNCATED, "a", ""},
        {"sse-head\n" DELTA("a") END, CHUTES_ERR_TRUNCATED, "a",
         "ended before its end was marked"},
        {"sse-head\n" CHUNK("a", "\"stop\"") END, CHUTES_ERR_TRUNCATED, "a",
         "ended before its end was marked"},
        {"sse-head\n" CHUNK("a", "null") "sse [DONE]\n" END,
         CHUTES_ERR_TRUNCATED, "a", "finish_reason"},
        {"sse-head\n" CHUNK("a", "\"length\"") "sse [DONE]\n" END,
         CHUTES_ERR_TRUNCATED, "a", "length"},
        {"sse-head\n" END, CHUTES_ERR_TRUNCATED, NULL, "after 0 bytes"},
        {"sse-head\n" CHUNK("a", "null") "sse {\"error\":{\"message\":\"no "
                                         "GPU\"}}\nsse [DONE]\n" END,
         CHUTES_ERR_STREAM, "a", "no GPU"},
        {"sse-head\n" CHUNK(
             "a", "null") "chunk {\"error\":\"Unhandled exception\"}\n" END,
         CHUTES_ERR_STREAM, "a", "Unhandled exception"},
        {"sse-head\n" DELTA("a") "chunk \"[]\\n[1]\\nDATA: []\\n\"\n" END,
         CHUTES_ERR_TRUNCATED, "a", ""},
        {"sse-head\n" DELTA("a") "chunk \"[DONE]\\n[\"\n" END,
         CHUTES_ERR_TRUNCATED, "a", ""},
        {"sse-head\n" DELTA("a") "sse garbage\n" END, CHUTES_ERR_PROTOCOL, "a",
         "not valid JSON"},
        {"sse-head\n" CHUNK("a", "null") "chunk {\"text\":\"b\"}\nchunk "
                                         "\"\\n\"\n" CHUNK(
                                             "", "\"stop\"") "sse "
                                                             "[DONE]\n" END,
         CHUTES_ERR_PROTOCOL, "a", "text in an unknown form"},
        {"sse-head\n" DELTA("a") "rst\n", CHUTES_ERR_TRUNCATED, "a", ""},
        {"answer 200 application/json {\"error\":{\"message\":\"no GPU\"}}\n",
         CHUTES_ERR_STREAM, NULL, "no GPU"},
        {"answer 400 application/json {\"error\":{\"message\":\"no\"}}\n",
         CHUTES_ERR_BAD_REQUEST, NULL, "no"},
        {"answer 200 application/json {\"text\":\"a\n", CHUTES_ERR_TRUNCATED,
         NULL, "middle of its JSON"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i].script);
        struct heard heard = {0};
        chutes_transcribe_params params = stream_params(&heard);
        chutes_transcript *transcript = NULL;
        chutes_error error;
        chutes_status status =
            chutes_transcribe(pair.client, &params, &transcript, &error);

        if (status != rows[i].status ||
            strstr(error.message, rows[i].message) == NULL ||
            (transcript != NULL) != (rows[i].text != NULL)) {
            fail_msg("row %zu: %s: %s", i, chutes_status_name(status),
                     error.message);
        }
        if (transcript != NULL) {
            assert_string_equal(transcript->text, rows[i].text);
            assert_int_equal(transcript->complete, 0);
            assert_int_equal(heard.events, 1);
        }
        chutes_transcript_free(transcript);
        call_close(pair);
    }
    assert_int_equal(call_leaks(), 0);
}

/* The body ends, or is cut, right after the last event. */
static void an_end_that_was_marked_is_enough(void **state)
{
    static const char *const rows[] = {
        "sse-head\n" DELTA("a") DONE("a") "fin\n",
        "sse-head\n" DELTA("a") "chunk \"[]\\n\"\n" DONE("a") END,
        "sse-head\n" DELTA(
            "a") "chunk \"[{\\\"text\\\":\\\"b\\\"}]\\n\"\n" DONE("a") END,
        "sse-head\n" CHUNK("a", "\"stop\"") "chunk \"data: [DONE]\"\n" END,
        "sse-head\n" DELTA(
            "a") "chunk \"data: {\\\"type\\\":\\\"transcript.text.done\\\","
                 "\\\"text\\\":\\\"a\\\"}\\n\"\nfin\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i]);
        struct heard heard = {0};
        chutes_transcribe_params params = stream_params(&heard);
        chutes_error error;

        if (chutes_transcribe(pair.client, &params, NULL, &error) !=
            CHUTES_OK) {
            fail_msg("row %zu: %s", i, error.message);
        }
        assert_string_equal(heard.text, "a|");
        call_close(pair);
    }
}

/* The text of an event whose blank line is missing is found only when the
 * connection has ended. */
static void the_last_event_needs_no_blank_line(void **state)
{
    struct call_pair pair =
        call_open("sse-head\n" DELTA("a") "chunk \"data: {\\\"type\\\":"
                                          "\\\"transcript.text.done\\\","
                                          "\\\"text\\\":\\\"ab\\\"}\\n\"\n"
                                          "fin\n");
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);

    (void)state;
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    assert_string_equal(heard.text, "a|b|");
    call_close(pair);
}

static void a_callback_may_stop_the_stream(void **state)
{
    static const char script[] =
        "sse-head\n" DELTA("a") DELTA("b") DELTA("c") DONE("abc") END;
    struct call_pair pair = call_open(script);
    struct heard heard = {.stop_at = 2};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_transcript *transcript = NULL;

    (void)state;
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_ERR_CANCELLED);
    assert_string_equal(transcript->text, "ab");
    assert_int_equal(transcript->complete, 0);
    chutes_transcript_free(transcript);
    heard = (struct heard){.cancels = pair.client};
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_ERR_CANCELLED);
    assert_string_equal(heard.text, "a|");
    chutes_transcript_free(transcript);
    call_close(pair);
    pair = call_open("answer 200 application/json {\"text\":\"All.\"}\n");
    heard = (struct heard){.stop_at = 1};
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_ERR_CANCELLED);
    assert_string_equal(transcript->text, "All.");
    assert_int_equal(transcript->complete, 0);
    chutes_transcript_free(transcript);
    call_close(pair);
}

/* The limits for an event also hold for the last one. */
static void limits_hold_for_the_end_of_a_stream(void **state)
{
    struct peer *peer =
        peer_start("sse-head\n" DELTA("ab") DONE("abcdefgh") END, PEER_PLAIN);
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);

    (void)state;
    for (int i = 0; i < 2; i++) {
        chutes_client_options options = call_options(peer);
        chutes_client *client;
        chutes_error error;

        if (i == 0) {
            options.max_stream_bytes = 6;
        } else {
            options.max_response_bytes = 60;
        }
        client = call_client(&options);
        assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                         CHUTES_ERR_TOO_LARGE);
        assert_non_null(strstr(error.message, i == 0 ? "max_stream_bytes"
                                                     : "max_response_bytes"));
        chutes_client_free(client);
    }
    peer_stop(peer);
}

static void limits_hold_for_streams(void **state)
{
    struct peer *peer =
        peer_start("sse-head\n" DELTA("abcd") DELTA("efgh") END, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_client *client;
    chutes_error error;

    (void)state;
    options.max_stream_bytes = 6;
    client = call_client(&options);
    assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_stream_bytes (6)"));
    assert_string_equal(heard.text, "abcd|");
    chutes_client_free(client);
    options.max_stream_bytes = 0;
    options.max_line_bytes = 20;
    client = call_client(&options);
    assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_line_bytes (20)"));
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_stream_that_stalls_times_out(void **state)
{
    struct call_pair pair = call_open("sse-head\n" DELTA("a") "stall\n");
    chutes_call_options clocks = chutes_call_options_default();
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_transcript *transcript = NULL;
    chutes_error error;

    (void)state;
    clocks.progress_timeout_ms = 200;
    params.call_options = &clocks;
    assert_int_equal(
        chutes_transcribe(pair.client, &params, &transcript, &error),
        CHUTES_ERR_TIMEOUT);
    assert_non_null(strstr(error.message, "progress_timeout_ms"));
    assert_string_equal(transcript->text, "a");
    chutes_transcript_free(transcript);
    call_close(pair);
}

static void what_cannot_be_streamed_is_refused(void **state)
{
    struct call_pair pair = call_open("stall\n");
    struct heard heard = {0};
    chutes_transcribe_params params = stream_params(&heard);
    chutes_error error;

    (void)state;
    params.format = CHUTES_TRANSCRIPT_SRT;
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "on_event needs CHUTES_TRANSCRIPT_JSON");
    params = stream_params(&heard);
    params.path = "transcribe";
    params.prompt = NULL;
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "on_event is only for audio/transcriptions");
    params = call_transcribe_params();
    params.extra_json = "{\"stream\":true}";
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "on_event must be set"));
    params = stream_params(&heard);
    params.struct_size = 8;
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* ---- on a loop ----------------------------------------------------------- */

static void on_transcript(chutes_status status, chutes_transcript *transcript,
                          const chutes_error *error, void *user_data)
{
    struct heard *heard = user_data;

    assert_int_equal(status, CHUTES_OK);
    assert_int_equal(error->status, CHUTES_OK);
    assert_string_equal(transcript->text, "ab");
    chutes_transcript_free(transcript);
    heard->dones++;
}

static void streams_run_on_a_loop(void **state)
{
    struct call_pair pair =
        call_open("sse-head\n" DELTA("a") DELTA("b") DONE("ab") END);
    struct heard heard[2] = {{.text = ""}, {.text = ""}};
    chutes_loop *loop = NULL;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    for (size_t i = 0; i < COUNT(heard); i++) {
        chutes_transcribe_params params = stream_params(&heard[i]);

        assert_int_equal(chutes_transcribe_start(loop, &params, on_transcript,
                                                 &heard[i], NULL, NULL),
                         CHUTES_OK);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    for (size_t i = 0; i < COUNT(heard); i++) {
        assert_string_equal(heard[i].text, "a|b|");
        assert_int_equal(heard[i].dones, 1);
    }
    chutes_loop_free(loop);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_as_openai_has_it),
        cmocka_unit_test(a_stream_as_vllm_has_it),
        cmocka_unit_test(a_server_that_does_not_stream_brings_one_event),
        cmocka_unit_test(a_stream_is_retried_before_its_first_event),
        cmocka_unit_test(a_cut_stream_is_no_success),
        cmocka_unit_test(an_end_that_was_marked_is_enough),
        cmocka_unit_test(the_last_event_needs_no_blank_line),
        cmocka_unit_test(a_callback_may_stop_the_stream),
        cmocka_unit_test(limits_hold_for_the_end_of_a_stream),
        cmocka_unit_test(limits_hold_for_streams),
        cmocka_unit_test(a_stream_that_stalls_times_out),
        cmocka_unit_test(what_cannot_be_streamed_is_refused),
        cmocka_unit_test(streams_run_on_a_loop),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
