/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "loop_call.h"

enum { PROMPTS = 2, EACH = 2 };

#define CHOICE(index, text, reason) \
    "{\"index\":" index ",\"text\":\"" text "\",\"finish_reason\":" reason "}"
#define CHUNK(index, text, reason) \
    "sse {\"choices\":[" CHOICE(index, text, reason) "]}\n"
#define STOP "\"stop\""
#define WHOLE(choices) \
    "answer 200 application/json {\"choices\":[" choices "]}\n"

/* What a call has reported and returned. */
struct outcome {
    char events[512];
    chutes_status status;
    chutes_error error;
    chutes_chat_response *response;
    int done;
};

static int note_event(const chutes_chat_event *event, void *user_data)
{
    struct outcome *outcome = user_data;
    size_t len = strlen(outcome->events);

    (void)snprintf(outcome->events + len, sizeof(outcome->events) - len,
                   "%d:%d%s%s ", (int)event->type, event->choice_index,
                   event->text,
                   event->finish_reason != NULL ? event->finish_reason : "");
    return 0;
}

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->status = status;
    outcome->response = response;
    outcome->error = *error;
    outcome->done++;
}

static chutes_complete_params params_of(size_t prompts)
{
    static const char *const texts[] = {CALL_PROMPT " one", CALL_PROMPT " two"};
    chutes_complete_params params = chutes_complete_params_default();

    params.model = "m";
    params.prompts = texts;
    params.prompt_count = prompts;
    return params;
}

static void run(chutes_client *client, const chutes_complete_params *params,
                struct outcome *outcome)
{
    outcome->status =
        chutes_complete(client, params, &outcome->response, &outcome->error);
    assert_int_equal(outcome->error.status, outcome->status);
}

static void run_on_loop(chutes_client *client,
                        const chutes_complete_params *params,
                        struct outcome *outcome)
{
    chutes_loop *loop = loop_of_client(client);

    assert_int_equal(
        chutes_complete_start(loop, params, on_done, outcome, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(outcome->done, 0);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(outcome->done, 1);
    chutes_loop_free(loop);
}

static void expect_texts(const struct outcome *outcome)
{
    static const char *const texts[] = {" a!", " b", " c", " d"};
    const chutes_chat_response *response = outcome->response;

    if (outcome->status != CHUTES_OK) {
        fail_msg("%s", outcome->error.message);
    }
    assert_int_equal(response->complete, 1);
    assert_int_equal(response->choice_count, PROMPTS * EACH);
    for (int i = 0; i < PROMPTS * EACH; i++) {
        assert_int_equal(response->choices[i]->index, i);
        assert_string_equal(response->choices[i]->content, texts[i]);
        assert_string_equal(response->choices[i]->finish_reason,
                            i == 2 ? "stop" : "length");
    }
    assert_int_equal(response->usage->total_tokens, 7);
    assert_string_equal(response->model, "m");
    assert_int_equal(response->info->attempts, 1);
    assert_int_equal(response->warning_count, 0);
}

static void read_dialect(const char *name, bool is_streamed, bool is_on_loop)
{
    struct peer *peer = peer_start_file(name, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_complete_params params = params_of(PROMPTS);
    struct outcome outcome = {.done = 0};
    int64_t offset = -1;
    int has_offset;

    params.n = EACH;
    params.on_event = is_streamed ? note_event : NULL;
    params.user_data = &outcome;
    (is_on_loop ? run_on_loop : run)(client, &params, &outcome);
    expect_texts(&outcome);
    assert_int_equal(outcome.events[0] != '\0', is_streamed);
    has_offset = chutes_json_get_int64(
        outcome.response->raw_json, outcome.response->raw_len,
        "choices[0].logprobs.text_offset[1]", &offset);
    assert_int_equal(has_offset, !is_streamed);
    assert_int_equal(offset, is_streamed ? -1 : 2);
    chutes_chat_response_free(outcome.response);
    chutes_client_free(client);
    peer_stop(peer);
}

static void each_dialect_is_read(void **state)
{
    (void)state;
    for (int is_on_loop = 0; is_on_loop < 2; is_on_loop++) {
        read_dialect("client/complete_vllm.txt", true, is_on_loop != 0);
        read_dialect("client/complete_sglang.txt", true, is_on_loop != 0);
        read_dialect("client/complete_llama.txt", true, is_on_loop != 0);
        read_dialect("client/complete_whole.txt", false, is_on_loop != 0);
    }
    assert_int_equal(call_leaks(), 0);
}

static void a_stream_tells_each_step(void **state)
{
    struct call_pair pair =
        call_open("sse-head\n" CHUNK("0", " a", "null") CHUNK("0", "!", STOP)
                      CHUNK("1", "b", STOP) "sse [DONE]\nchunk-end\n");
    chutes_complete_params params = params_of(PROMPTS);
    struct outcome outcome = {.done = 0};

    (void)state;
    params.on_event = note_event;
    params.user_data = &outcome;
    run(pair.client, &params, &outcome);
    assert_int_equal(outcome.status, CHUTES_OK);
    assert_string_equal(outcome.events, "1:0 a 1:0! 8:0stop 1:1b 8:1stop ");
    chutes_chat_response_free(outcome.response);
    call_close(pair);
}

/* The chunks differ in the kind of their text only. */
static void text_that_is_no_string_is_kept(void **state)
{
#define ODD(text, reason)                               \
    "sse {\"choices\":[{\"index\":0,\"text\":" text "," \
    "\"finish_reason\":" reason "}]}\n"
    struct call_pair pair = call_open(
        "sse-head\n" ODD("\"a\"", "null") ODD("7", "null") ODD("8", "null")
            ODD("true", "null") ODD("{\"b\":1}", "null") ODD("\"\"", STOP)
                ODD("null", STOP) "sse [DONE]\nchunk-end\n");
#undef ODD
    chutes_complete_params params = params_of(1);
    struct outcome outcome = {.done = 0};

    (void)state;
    params.on_event = note_event;
    params.user_data = &outcome;
    run(pair.client, &params, &outcome);
    assert_int_equal(outcome.status, CHUTES_OK);
    assert_string_equal(outcome.events,
                        "1:0a 1:07 1:08 1:0true 1:0{\"b\":1} 8:0stop ");
    assert_string_equal(outcome.response->choices[0]->content,
                        "a78true{\"b\":1}");
    chutes_chat_response_free(outcome.response);
    call_close(pair);
}

/* A model writes its reasoning into the text, and each choice has reasoning of
 * its own. */
static void reasoning_is_separated_from_the_text(void **state)
{
    static const char *const scripts[] = {
        WHOLE(CHOICE("0", "<think>Hm.</think>\\n\\nA",
                     STOP) "," CHOICE("1", "B", STOP)),
        "sse-head\n" CHUNK("0", "<thi", "null") CHUNK("1", "B", STOP)
            CHUNK("0", "nk>Hm.</think>\\n\\n", "null")
                CHUNK("0", "A", STOP) "sse [DONE]\nchunk-end\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct call_pair pair = call_open(scripts[i]);
        chutes_complete_params params = params_of(PROMPTS);
        struct outcome outcome = {.done = 0};

        params.reasoning_tags = CHUTES_REASONING_TAGS_PAIR;
        params.on_event = i == 1 ? note_event : NULL;
        params.user_data = &outcome;
        run(pair.client, &params, &outcome);
        if (outcome.status != CHUTES_OK) {
            fail_msg("%s", outcome.error.message);
        }
        assert_string_equal(outcome.response->choices[0]->content, "A");
        assert_string_equal(outcome.response->choices[0]->reasoning, "Hm.");
        assert_string_equal(outcome.response->choices[1]->content, "B");
        assert_null(outcome.response->choices[1]->reasoning);
        assert_string_equal(outcome.events,
                            i == 1 ? "1:1B 8:1stop 2:0Hm. 1:0A 8:0stop " : "");
        chutes_chat_response_free(outcome.response);
        call_close(pair);
    }
}

/* ---- what isn't whole ---------------------------------------------------- */

static const struct {
    const char *script;
    bool is_streamed;
    chutes_status status;
    const char *message;
    size_t choices; /* of the response; 0: there is none */
} ROWS[] = {
    /* A choice was cut off, is missing or has no end. */
    {"sse-head\n" CHUNK("0", "a", STOP) CHUNK("1", "b", "null") "fin\n", true,
     CHUTES_ERR_TRUNCATED, "", 2},
    {"sse-head\n" CHUNK("0", "a", STOP) CHUNK("1", "b", "null") "rst\n", true,
     CHUTES_ERR_TRUNCATED, "", 2},
    {"sse-head\n" CHUNK("0", "a", STOP) "chunk-end\n", true,
     CHUTES_ERR_TRUNCATED, "", 1},
    {"sse-head\n" CHUNK("0", "a", STOP) "sse [DONE]\nchunk-end\n", true,
     CHUTES_ERR_TRUNCATED, "not each of the 2 choices is finished", 1},
    {"sse-head\n" CHUNK("0", "a", STOP)
         CHUNK("1", "b", "null") "sse [DONE]\nchunk-end\n",
     true, CHUTES_ERR_TRUNCATED, "not each of the 2 choices is finished", 2},
    {"sse-head\nsse [DONE]\nchunk-end\n", true, CHUTES_ERR_TRUNCATED, "", 0},
    {WHOLE(CHOICE("0", "a", STOP)), false, CHUTES_ERR_TRUNCATED,
     "not each of the 2 choices is finished", 0},
    /* A choice that nobody asked for takes the place of one. */
    {"sse-head\n" CHUNK("0", "a", STOP)
         CHUNK("5", "b", STOP) "sse [DONE]\nchunk-end\n",
     true, CHUTES_ERR_TRUNCATED, "not each of the 2 choices is finished", 2},
    {WHOLE(CHOICE("0", "a", STOP) "," CHOICE("5", "b", STOP)), false,
     CHUTES_ERR_TRUNCATED, "not each of the 2 choices is finished", 0},
    {"status 200\nheader Content-Type: application/json\n"
     "header Content-Length: 99\nend-headers\nsend {\"choices\":[\nfin\n",
     false, CHUTES_ERR_TRUNCATED, "", 0},
    /* The other choices don't end without [DONE] either. */
    {"sse-head\n" CHUNK("0", "a", STOP) CHUNK("1", "b", STOP) "chunk-end\n",
     true, CHUTES_OK, "", 2},
    {WHOLE(CHOICE("0", "a", STOP) "," CHOICE("1", "b", STOP)), false, CHUTES_OK,
     "", 2},
    {WHOLE(CHOICE("0", "a", STOP) "," CHOICE("1", "b", STOP)), true, CHUTES_OK,
     "", 2},
    /* Errors in each shape. */
    {"sse-head\n" CHUNK("0", "a", "null") "sse {\"error\":{\"message\":\"out "
                                          "of memory\",\"code\":500}}\n"
                                          "sse [DONE]\nchunk-end\n",
     true, CHUTES_ERR_STREAM, "out of memory", 1},
    {"sse-head\n" CHUNK("0", "a", "null") CHUNK("0", "", "\"abort\"")
         CHUNK("1", "b", STOP) "sse [DONE]\nchunk-end\n",
     true, CHUTES_ERR_STREAM, "abort", 2},
    {"answer 400 application/json {\"object\":\"error\",\"message\":"
     "\"no suffix\",\"code\":400}\n",
     true, CHUTES_ERR_BAD_REQUEST, "no suffix", 0},
    {"answer 404 application/json {\"detail\":\"Not Found\"}\n", false,
     CHUTES_ERR_NOT_FOUND, "Not Found", 0},
    /* Other things than a completion. */
    {"answer 200 text/html <html>\n", true, CHUTES_ERR_PROTOCOL, "text/html",
     0},
    {"answer 200 application/json [{\"choices\":[]}]\n", false,
     CHUTES_ERR_PROTOCOL, "", 0},
    {"answer 200 application/json {\"choices\":[]}\n", false,
     CHUTES_ERR_PROTOCOL, "no choice", 0},
    {"sse-head\nsse {\"choices\":[{\"index\":200,\"text\":\"a\"}]}\n"
     "chunk-end\n",
     true, CHUTES_ERR_TOO_LARGE, "max_choices", 0},
    {"fin\n", true, CHUTES_ERR_CONNECTION_LOST, "", 0},
};

static void only_a_whole_answer_is_a_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS) * 2; i++) {
        struct call_pair pair = call_open(ROWS[i / 2].script);
        chutes_complete_params params = params_of(PROMPTS);
        struct outcome outcome = {.done = 0};
        size_t choices;

        params.on_event = ROWS[i / 2].is_streamed ? note_event : NULL;
        params.user_data = &outcome;
        (i % 2 != 0 ? run_on_loop : run)(pair.client, &params, &outcome);
        choices = outcome.response != NULL ? outcome.response->choice_count : 0;
        if (outcome.status != ROWS[i / 2].status ||
            choices != ROWS[i / 2].choices ||
            strstr(outcome.error.message, ROWS[i / 2].message) == NULL) {
            fail_msg("row %zu: %s, %zu choices: %s", i / 2,
                     chutes_status_name(outcome.status), choices,
                     outcome.error.message);
        }
        if (outcome.response != NULL) {
            assert_int_equal(outcome.response->complete,
                             outcome.status == CHUTES_OK);
        }
        chutes_chat_response_free(outcome.response);
        call_close(pair);
    }
    assert_int_equal(call_leaks(), 0);
}

static void trust_done_trusts_it(void **state)
{
    struct peer *peer = peer_start(
        "sse-head\n" CHUNK("0", "a", "null") "sse [DONE]\nchunk-end\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_complete_params params = params_of(1);
    struct outcome outcome = {.done = 0};
    chutes_client *client;

    (void)state;
    options.trust_done = 1;
    client = call_client(&options);
    params.on_event = note_event;
    params.user_data = &outcome;
    run(client, &params, &outcome);
    assert_int_equal(outcome.status, CHUTES_OK);
    chutes_chat_response_free(outcome.response);
    chutes_client_free(client);
    peer_stop(peer);
}

static void prompts_of_extra_json_are_answered_too(void **state)
{
    struct call_pair pair = call_open(WHOLE(CHOICE("0", "a", STOP)));
    chutes_complete_params params = params_of(1);
    struct outcome outcome = {.done = 0};

    (void)state;
    params.extra_json = "{\"prompt\":[\"a\",\"b\"]}";
    run(pair.client, &params, &outcome);
    assert_int_equal(outcome.status, CHUTES_ERR_TRUNCATED);
    chutes_chat_response_free(outcome.response);
    call_close(pair);
}

/* ---- bad input ----------------------------------------------------------- */

static void what_is_wrong_is_found_before_anything_is_sent(void **state)
{
    struct call_pair pair = call_open(WHOLE(CHOICE("0", "a", STOP)));
    chutes_complete_params params = params_of(PROMPTS);
    chutes_loop *loop = loop_of_client(pair.client);
    const chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;
    struct outcome outcome = {.done = 0};
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_complete(NULL, &params, NULL, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_complete(pair.client, NULL, NULL, &error), bad);
    assert_string_equal(error.message, "params must not be NULL");
    assert_int_equal(
        chutes_complete_start(loop, &params, NULL, NULL, NULL, &error), bad);
    assert_string_equal(error.message, "on_done must not be NULL");
    params.n = 65;
    assert_int_equal(chutes_complete(pair.client, &params, NULL, &error), bad);
    assert_string_equal(error.message, "2 prompts with 65 choices each are "
                                       "more than max_choices, 128");
    params = params_of(0);
    assert_int_equal(
        chutes_complete_start(loop, &params, on_done, &outcome, NULL, &error),
        bad);
    assert_string_equal(error.message, "prompts must not be empty");
    params.struct_size = 0;
    assert_int_equal(chutes_complete(pair.client, &params, NULL, NULL), bad);
    chutes_loop_free(loop);
    assert_int_equal(outcome.done, 0);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_dialect_is_read),
        cmocka_unit_test(a_stream_tells_each_step),
        cmocka_unit_test(text_that_is_no_string_is_kept),
        cmocka_unit_test(reasoning_is_separated_from_the_text),
        cmocka_unit_test(only_a_whole_answer_is_a_success),
        cmocka_unit_test(trust_done_trusts_it),
        cmocka_unit_test(prompts_of_extra_json_are_answered_too),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_is_sent),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
