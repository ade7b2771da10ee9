/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

#define MESSAGE(members, reason)                       \
    "answer 200 application/json "                     \
    "{\"choices\":[{\"index\":0,\"message\":{" members \
    "},\"finish_reason\":\"" reason "\"}]}\n"
#define ANSWER(text, reason) MESSAGE("\"content\":\"" text "\"", reason)

/* Adds a round in which the model calls a tool. */
static void add_round(chutes_conversation *talk, const char *id,
                      const char *result)
{
    const chutes_tool_call call = {.id = id, .name = "f"};
    const chutes_tool_call *const calls[] = {&call};
    const chutes_message calling = chutes_assistant_tool_calls(NULL, calls, 1);

    assert_int_equal(chutes_conversation_add(talk, &calling, NULL), CHUTES_OK);
    if (result != NULL) {
        assert_int_equal(chutes_conversation_add_tool_result(talk, id, result),
                         CHUTES_OK);
    }
}

/* A conversation of two exchanges, and a question. */
static chutes_conversation *make_talk(void)
{
    const chutes_message answer = chutes_assistant("Sunny.");
    chutes_conversation *talk = chutes_conversation_new("Be kind.");

    assert_int_equal(chutes_conversation_add_user(talk, "Rome?"), CHUTES_OK);
    add_round(talk, "a", "sun");
    assert_int_equal(chutes_conversation_add(talk, &answer, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "Oslo?"), CHUTES_OK);
    return talk;
}

static chutes_chat_params make_params(void)
{
    chutes_chat_params params = chutes_chat_params_default();

    params.model = "m";
    return params;
}

static void the_past_becomes_a_summary(void **state)
{
    struct call_pair pair = call_open(
        "expect-body-lacks Oslo\n"
        "expect-body-contains {\"role\":\"tool\",\"content\":\"sun\"\n" ANSWER(
            "Rome is sunny.", "stop"));
    chutes_conversation *talk = make_talk();
    chutes_chat_params params = make_params();
    const chutes_message *messages;
    size_t count;

    (void)state;
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, &params, NULL),
        CHUTES_OK);
    messages = chutes_conversation_messages(talk, &count);
    assert_int_equal(count, 4);
    assert_string_equal(messages[0].content, "Be kind.");
    assert_string_equal(messages[1].role, "user");
    assert_string_equal(messages[2].role, "assistant");
    assert_string_equal(messages[2].content, "Rome is sunny.");
    assert_string_equal(messages[3].content, "Oslo?");
    chutes_conversation_free(talk);
    call_close(pair);
}

/* A user message doesn't follow the results directly. */
#define ROUNDS_SEEN                                                        \
    "expect-body-contains {\"role\":\"user\",\"content\":\"Oslo?\"}\n"     \
    "expect-body-contains {\"role\":\"tool\",\"content\":\"snow\"\n"       \
    "expect-body-contains tool_call_id\":\"b\"},{\"role\":\"assistant\"\n" \
    "expect-body-lacks wind\n"

static void old_rounds_become_a_summary_too(void **state)
{
    struct call_pair pair =
        call_open(ROUNDS_SEEN ANSWER("Rome is sunny, Oslo has snow.", "stop"));
    chutes_conversation *talk = make_talk();
    chutes_chat_params params = make_params();
    const chutes_message *messages;
    size_t count;

    (void)state;
    add_round(talk, "b", "snow");
    add_round(talk, "c", "wind");
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, &params, NULL),
        CHUTES_OK);
    messages = chutes_conversation_messages(talk, &count);
    assert_int_equal(count, 6);
    assert_string_equal(messages[0].content, "Be kind.");
    assert_string_equal(messages[1].role, "user");
    assert_string_equal(messages[2].content, "Rome is sunny, Oslo has snow.");
    assert_string_equal(messages[3].content, "Oslo?");
    assert_string_equal(messages[4].tool_calls[0]->id, "c");
    assert_string_equal(messages[5].content, "wind");
    chutes_conversation_free(talk);
    call_close(pair);
}

#define STARTED                                                           \
    "[{\"role\":\"user\",\"content\":\"Rome?\"},{\"role\":\"assistant\"," \
    "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\"}}]}]"

/* Nobody knows what became of the call, so it isn't past yet. */
static void a_started_call_is_not_summarised(void **state)
{
    struct call_pair pair = call_open(
        "expect-body-lacks not executed\n" ANSWER("Rome was asked.", "stop"));
    chutes_conversation *talk = NULL;
    chutes_chat_params params = make_params();
    const chutes_message *messages;
    size_t count;

    (void)state;
    assert_int_equal(
        chutes_conversation_from_json(STARTED, strlen(STARTED), &talk, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "And?"), CHUTES_OK);
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, &params, NULL),
        CHUTES_OK);
    messages = chutes_conversation_messages(talk, &count);
    assert_int_equal(count, 5);
    assert_string_equal(messages[1].content, "Rome was asked.");
    assert_string_equal(messages[2].tool_calls[0]->id, "a");
    assert_true(chutes_conversation_is_pending(talk, 3));
    assert_string_equal(messages[4].content, "And?");
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "sun"),
                     CHUTES_OK);
    chutes_conversation_free(talk);
    call_close(pair);
}

/* ---- on a loop ----------------------------------------------------------- */

/* A status with which no call of this test ends. */
#define NOT_YET CHUTES_ERR_PENDING_TOOL

static void keep_status(chutes_status status, const chutes_error *error,
                        void *user_data)
{
    chutes_status *kept = user_data;

    assert_int_equal(status, error->status);
    assert_int_equal(*kept, NOT_YET);
    *kept = status;
}

/* Compacts on a loop of its own, and returns how it ended. */
static chutes_status compact_on_loop(struct call_pair *pair,
                                     chutes_conversation *talk, bool cancels)
{
    chutes_chat_params params = make_params();
    chutes_loop *loop = NULL;
    chutes_call *call = NULL;
    chutes_status status = NOT_YET;

    assert_int_equal(chutes_loop_new(pair->client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_compact_start(loop, talk, &params,
                                                       keep_status, &status,
                                                       &call, NULL),
                     CHUTES_OK);
    assert_int_equal(status, NOT_YET);
    if (cancels) {
        chutes_call_cancel(call);
    }
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    chutes_call_free(call);
    chutes_loop_free(loop);
    return status;
}

static void a_loop_compacts_too(void **state)
{
    struct call_pair pair = call_open(
        ANSWER("Rome is sunny.", "stop") "connection\n" ANSWER("", "stop"));
    chutes_conversation *talk = make_talk();

    (void)state;
    assert_int_equal(compact_on_loop(&pair, talk, true), CHUTES_ERR_CANCELLED);
    assert_int_equal(chutes_conversation_count(talk), 6);
    assert_int_equal(compact_on_loop(&pair, talk, false), CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 4);
    /* An empty summary replaces nothing. */
    assert_int_equal(compact_on_loop(&pair, talk, false), CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_conversation_count(talk), 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(chutes_conversation_remove(talk, 0), CHUTES_OK);
    }
    assert_int_equal(compact_on_loop(&pair, talk, false), CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 1);
    chutes_conversation_free(talk);
    call_close(pair);
}

static void what_is_missing_on_a_loop_is_named(void **state)
{
    struct call_pair pair = call_open("");
    chutes_conversation *talk = make_talk();
    chutes_chat_params params = make_params();
    chutes_loop *loop = NULL;
    chutes_status status = NOT_YET;
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_compact_start(
                         loop, talk, &params, NULL, NULL, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "on_done must not be NULL");
    assert_int_equal(chutes_conversation_compact_start(loop, NULL, &params,
                                                       keep_status, &status,
                                                       NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "talk must not be NULL");
    assert_int_equal(chutes_conversation_compact_start(
                         loop, talk, NULL, keep_status, &status, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_compact_start(NULL, talk, &params,
                                                       keep_status, &status,
                                                       NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(status, NOT_YET);
    chutes_loop_free(loop);
    chutes_conversation_free(talk);
    call_close(pair);
}

static void a_conversation_without_a_past_is_left_alone(void **state)
{
    struct call_pair pair = call_open(ANSWER("Nothing.", "stop"));
    chutes_conversation *talk = chutes_conversation_new("Be kind.");
    chutes_chat_params params = make_params();

    (void)state;
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, &params, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "Rome?"), CHUTES_OK);
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, &params, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 2);
    assert_int_equal(peer_requests(pair.peer), 0);
    chutes_conversation_free(talk);
    call_close(pair);
}

static void a_failure_changes_nothing(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
    } rows[] = {
        {ANSWER("Rome is", "length"), CHUTES_ERR_TOKEN_LIMIT},
        {ANSWER("Rome is", "MAX_TOKENS"), CHUTES_ERR_TOKEN_LIMIT},
        {ANSWER("Rome is", "content_filter"), CHUTES_ERR_FILTERED},
        {MESSAGE("\"content\":\"Well\",\"refusal\":\"No.\"", "stop"),
         CHUTES_ERR_REFUSED},
        {MESSAGE("\"content\":\"Let me see\",\"tool_calls\":[{\"index\":0,"
                 "\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":"
                 "\"f\",\"arguments\":\"{}\"}}]",
                 "tool_calls"),
         CHUTES_ERR_PROTOCOL},
        {ANSWER("", "stop"), CHUTES_ERR_PROTOCOL},
        {ANSWER("\\n\\n", "stop"), CHUTES_ERR_PROTOCOL},
        {"answer 400 application/json {\"detail\":\"no\"}\n",
         CHUTES_ERR_BAD_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i].script);
        chutes_conversation *talk = make_talk();
        chutes_chat_params params = make_params();
        chutes_error error;

        assert_int_equal(
            chutes_conversation_compact(pair.client, talk, &params, &error),
            rows[i].status);
        assert_int_equal(error.status, rows[i].status);
        assert_int_equal(chutes_conversation_count(talk), 6);
        chutes_conversation_free(talk);
        call_close(pair);
    }
}

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

/* The parameters of a program's own requests serve for a summary, too. */
static void what_is_not_for_a_summary_is_left_out(void **state)
{
    static const char *const allowed[] = {"f"};
    static const char *const words[] = {"\n\n"};
    static const int64_t tokens[] = {7};
    const chutes_tool tool = chutes_tool_of("f", NULL, NULL);
    struct call_pair pair =
        call_open("expect-body-lacks stream\n"
                  "expect-body-lacks continue_final_message\n"
                  "expect-body-lacks stop\n"
                  "expect-body-lacks tokens\n"
                  "expect-body-lacks token_ids\n"
                  "expect-body-lacks bad_words\n"
                  "expect-body-lacks ignore_eos\n"
                  "expect-body-contains {\"type\":\"function\"\n" ANSWER(
                      "Rome is sunny.", "stop"));
    chutes_conversation *talk = make_talk();
    chutes_chat_params params = make_params();
    chutes_error error;

    (void)state;
    params.on_event = ignore_event;
    params.include_usage = 1;
    params.continuous_usage_stats = 1;
    params.include_obfuscation = 0;
    params.continue_final_message = 1;
    params.add_generation_prompt = 0;
    params.n = 2;
    params.json_schema = "{}";
    params.tools = &tool;
    params.tool_count = 1;
    params.allowed_tools = allowed;
    params.allowed_tool_count = COUNT(allowed);
    params.stop = words;
    params.stop_count = COUNT(words);
    params.bad_words = words;
    params.bad_word_count = COUNT(words);
    params.stop_token_ids = tokens;
    params.stop_token_id_count = COUNT(tokens);
    params.allowed_token_ids = tokens;
    params.allowed_token_id_count = COUNT(tokens);
    params.min_tokens = 2;
    params.ignore_eos = 1;
    if (chutes_conversation_compact(pair.client, talk, &params, &error) !=
        CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(chutes_conversation_count(talk), 4);
    chutes_conversation_free(talk);
    call_close(pair);
}

static void a_program_of_older_headers_compacts(void **state)
{
    struct call_pair pair = call_open(ANSWER("Rome is sunny.", "stop"));
    chutes_conversation *talk = make_talk();
    chutes_chat_params params = make_params();
    chutes_chat_params *older =
        call_make_older(&params, offsetof(chutes_chat_params, accumulate));

    (void)state;
    assert_int_equal(
        chutes_conversation_compact(pair.client, talk, older, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 4);
    free(older);
    chutes_conversation_free(talk);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_past_becomes_a_summary),
        cmocka_unit_test(old_rounds_become_a_summary_too),
        cmocka_unit_test(a_started_call_is_not_summarised),
        cmocka_unit_test(a_loop_compacts_too),
        cmocka_unit_test(what_is_missing_on_a_loop_is_named),
        cmocka_unit_test(a_conversation_without_a_past_is_left_alone),
        cmocka_unit_test(a_failure_changes_nothing),
        cmocka_unit_test(what_is_not_for_a_summary_is_left_out),
        cmocka_unit_test(a_program_of_older_headers_compacts),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
