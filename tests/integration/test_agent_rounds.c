/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/*
 * An agent whose model writes invalid tool calls. Each answer goes back to the
 * server as history, round after round, unchanged and with its ids.
 */

enum { MAX_DELTAS = 4, MAX_CALLS = 2 };

struct round {
    const char *message;            /* of an answer that isn't streamed */
    const char *deltas[MAX_DELTAS]; /* the same in a stream */
    const char *history;            /* its tool_calls in later requests */
};

#define CALLS(list) "{\"content\":null,\"tool_calls\":[" list "]}"
#define FUNCTION(name, text) \
    "\"function\":{\"name\":\"" name "\",\"arguments\":" text "}"
#define SENT(id, name, text) \
    "{\"id\":\"" id "\",\"type\":\"function\"," FUNCTION(name, text) "}"

static const struct round ROUNDS[] = {
    /* Half of an object, and no id. */
    {CALLS("{" FUNCTION("f", "\"{\\\"city\\\":\\\"Par\"") "}"),
     {CALLS("{\"index\":0," FUNCTION("f", "\"\"") "}"),
      CALLS("{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\"}}"),
      CALLS("{\"index\":0,\"function\":{\"arguments\":\"\\\"Par\"}}")},
     "[" SENT("call_0_0", "f", "\"{\\\"city\\\":\\\"Par\"") "]"},
    /* One id for two calls. */
    {CALLS("{\"id\":\"x\"," FUNCTION(
         "f", "\"{\\\"a\\\":1}\"") "},{\"id\":\"x\"," FUNCTION("g", "\"[2]"
                                                                    "\"") "}"),
     {CALLS(
          "{\"index\":0,\"id\":\"x\"," FUNCTION("f", "\"{\\\"a\\\":1}\"") "}"),
      CALLS("{\"index\":1,\"id\":\"x\"," FUNCTION("g", "\"[2]\"") "}")},
     "[" SENT("x", "f", "\"{\\\"a\\\":1}\"") "," SENT("x", "g", "\"[2]\"") "]"},
    /* The id of an earlier round, and empty arguments. */
    {CALLS("{\"id\":\"x\"," FUNCTION("f", "\"\"") "}"),
     {CALLS("{\"index\":0,\"id\":\"x\"," FUNCTION("f", "\"\"") "}")},
     "[" SENT("x", "f", "\"{}\"") "]"},
    /* Python, a control character and half of a surrogate pair. */
    {CALLS("{\"id\":null," FUNCTION("f", "\"{'a': None,\\u0001\\ud83d}\"") "}"),
     {CALLS("{\"index\":0,\"id\":null," FUNCTION("f",
                                                 "\"{'a': None,\\u0001\"") "}"),
      CALLS("{\"index\":0,\"function\":{\"arguments\":\"\\ud83d\"}}"),
      CALLS("{\"index\":0,\"function\":{\"arguments\":\"}\"}}")},
     "[" SENT("call_0_0", "f", "\"{'a': None,\\u0001\xef\xbf\xbd}\"") "]"},
    /* Two calls, neither with an id, one without a name. */
    {CALLS("{\"id\":\"\"," FUNCTION("", "\"null\"") "},{" FUNCTION(
         "g", "\"}{\"") "}"),
     {CALLS("{\"index\":0,\"id\":\"\"," FUNCTION("", "\"null\"") "}"),
      CALLS("{\"index\":1," FUNCTION("g", "\"}{\"") "}")},
     "[" SENT("call_0_0", "", "\"null\"") "," SENT("call_0_1", "g",
                                                   "\"}{\"") "]"},
    /* Arguments that are not a string. */
    {CALLS("{\"id\":\"y\"," FUNCTION("f", "{\"a\":[1]}") "}"),
     {CALLS("{\"index\":0,\"id\":\"y\"," FUNCTION("f", "{\"a\":[1]}") "}")},
     "[" SENT("y", "f", "\"{\\\"a\\\":[1]}\"") "]"},
    /* The older form, from before there were tool calls. */
    {"{\"content\":null,\"function_call\":{\"name\":\"f\",\"arguments\":"
     "\"city=Paris\"}}",
     {"{\"function_call\":{\"name\":\"f\",\"arguments\":\"city=\"}}",
      "{\"function_call\":{\"arguments\":\"Paris\"}}"},
     "[" SENT("call_0_0", "f", "\"city=Paris\"") "]"},
};

enum { ROUND_COUNT = COUNT(ROUNDS) };

/* ---- the model ----------------------------------------------------------- */

static void write_answer(FILE *script, const struct round *round,
                         enum call_kind kind)
{
    if (kind == CALL_CHAT) {
        (void)fprintf(script,
                      "answer 200 application/json {\"choices\":[{\"index\":0,"
                      "\"message\":%s,\"finish_reason\":\"tool_calls\"}]}\n",
                      round->message);
        return;
    }
    (void)fputs("sse-head\n", script);
    for (size_t i = 0; i < MAX_DELTAS && round->deltas[i] != NULL; i++) {
        (void)fprintf(script,
                      "sse {\"choices\":[{\"index\":0,\"delta\":%s}]}\n",
                      round->deltas[i]);
    }
    (void)fputs("sse {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                "\"tool_calls\"}]}\nsse [DONE]\nchunk-end\n",
                script);
}

/* Expects each request to contain the calls of all earlier rounds. */
static char *write_script(enum call_kind kind)
{
    char *text = NULL;
    size_t len;
    FILE *script = open_memstream(&text, &len);

    assert_non_null(script);
    for (size_t i = 0; i < ROUND_COUNT; i++) {
        (void)fputs(i == 0 ? "" : "request\n", script);
        for (size_t before = 0; before < i; before++) {
            (void)fprintf(script, "expect-body-contains %s\n",
                          ROUNDS[before].history);
        }
        write_answer(script, &ROUNDS[i], kind);
    }
    (void)fclose(script);
    return text;
}

/* ---- the agent ----------------------------------------------------------- */

struct agent {
    struct call calls[ROUND_COUNT];
    chutes_message messages[1 + ROUND_COUNT * (1 + MAX_CALLS)];
    size_t message_count;
};

static void add_history(struct agent *agent, const chutes_chat_choice *choice)
{
    agent->messages[agent->message_count++] = chutes_assistant_tool_calls(
        choice->content, choice->tool_calls, choice->tool_call_count);
    assert_in_range(choice->tool_call_count, 1, MAX_CALLS);
    for (size_t i = 0; i < choice->tool_call_count; i++) {
        const chutes_tool_call *call = choice->tool_calls[i];

        assert_true(call->id != NULL && call->id[0] != '\0');
        agent->messages[agent->message_count++] =
            chutes_tool_result(call->id, "These arguments are not valid.");
    }
}

static void run_round(struct agent *agent, struct call *call,
                      chutes_client *client)
{
    const chutes_tool tools[] = {chutes_tool_of("f", NULL, NULL),
                                 chutes_tool_of("g", NULL, NULL)};
    chutes_chat_params params = call_chat_params();

    params.messages = agent->messages;
    params.message_count = agent->message_count;
    params.tools = tools;
    params.tool_count = COUNT(tools);
    call_run_chat(call, client, &params);
    call_expect(call, CHUTES_OK, CHUTES_OUTCOME_NOT_SENT, 0);
    assert_int_equal(call->chat->choice_count, 1);
    add_history(agent, call->chat->choices[0]);
}

static void run_agent(enum call_kind kind, enum call_mode mode)
{
    static struct agent agent;
    char *script = write_script(kind);
    struct call_pair pair = call_open(script);
    chutes_loop *loop; /* one for all rounds, to use one connection */

    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    memset(&agent, 0, sizeof(agent));
    agent.messages[agent.message_count++] = chutes_user(CALL_PROMPT);
    for (size_t i = 0; i < ROUND_COUNT; i++) {
        agent.calls[i].kind = kind;
        agent.calls[i].mode = mode;
        agent.calls[i].loop = loop;
        run_round(&agent, &agent.calls[i], pair.client);
    }
    assert_int_equal(peer_posts(pair.peer), ROUND_COUNT);
    assert_int_equal(peer_accepts(pair.peer), 1);
    for (size_t i = 0; i < ROUND_COUNT; i++) {
        call_dispose(&agent.calls[i]);
    }
    chutes_loop_free(loop);
    call_close(pair);
    free(script);
}

static void what_is_handed_out_is_taken_back(void **state)
{
    (void)state;
    for (int mode = 0; mode < CALL_MODES; mode++) {
        if (call_can_run(CALL_CHAT, (enum call_mode)mode)) {
            run_agent(CALL_CHAT, (enum call_mode)mode);
        }
        run_agent(CALL_STREAM, (enum call_mode)mode);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_out_is_taken_back),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
