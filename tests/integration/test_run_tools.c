/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "call.h"
#include "scratch.h"

/* The tool runner with a server. Its rules are in unit/test_run.c. */

#define FUNCTION(id, name, text)                                    \
    "{\"index\":0,\"id\":\"" id "\",\"function\":{\"name\":\"" name \
    "\",\"arguments\":\"" text "\"}}"
#define ANSWER(message, reason)                       \
    "answer 200 application/json "                    \
    "{\"choices\":[{\"index\":0,\"message\":" message \
    ",\"finish_reason\":\"" reason "\"}]}\n"
#define CALLS(list) \
    ANSWER("{\"content\":null,\"tool_calls\":[" list "]}", "tool_calls")
#define DONE ANSWER("{\"content\":\"Done.\"}", "stop")
#define STREAMED(delta) \
    "sse {\"choices\":[{\"index\":0,\"delta\":" delta "}]}\n"
#define STREAM_END(reason)                                                    \
    "sse {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason \
    "\"}]}\nsse [DONE]\nchunk-end\n"

#define EXPECT(text) "expect-body-contains " text "\n"
#define RESULT(id, text) \
    "{\"role\":\"tool\",\"content\":\"" text "\",\"tool_call_id\":\"" id "\"}"
#define NO_ARGUMENTS "{}"
#define ARGUMENTS "{\\\"n\\\":2}"
#define DEADLY "{\\\"do\\\":\\\"die\\\"}"

struct scene {
    struct call_pair pair;
    chutes_conversation *talk;
    chutes_chat_params chat;
    chutes_run_params params;
    chutes_tool_handler tool;
    int ran;
    int events[4]; /* of each round */
    pid_t child;
    bool is_child;
    chutes_tool_reply *later;
    bool is_done;
    chutes_status status;
    struct scratch ledger;
    char *saved; /* the newest ledger */
};

static chutes_status echo(const void *arguments, chutes_tool_reply *reply,
                          void *user_data)
{
    struct scene *scene = user_data;

    scene->ran++;
    return chutes_tool_reply_printf(reply, "got %s", (const char *)arguments);
}

static void open_scene(struct scene *scene, const char *script)
{
    memset(scene, 0, sizeof(*scene));
    scene->pair = call_open(script);
    scene->talk = chutes_conversation_new(NULL);
    assert_int_equal(chutes_conversation_add_user(scene->talk, CALL_PROMPT),
                     CHUTES_OK);
    scene->chat = chutes_chat_params_default();
    scene->chat.model = "m";
    scene->tool =
        (chutes_tool_handler){.name = "f", .run = echo, .user_data = scene};
    scene->params = chutes_run_params_default();
    scene->params.chat = &scene->chat;
    scene->params.tools = &scene->tool;
    scene->params.tool_count = 1;
    scene->params.user_data = scene;
}

static void close_scene(struct scene *scene)
{
    chutes_conversation_free(scene->talk);
    call_close(scene->pair);
}

static chutes_status run(struct scene *scene, chutes_error *error)
{
    chutes_chat_response *response = NULL;
    chutes_status status = chutes_run_tools(scene->pair.client, scene->talk,
                                            &scene->params, &response, error);

    assert_int_equal(status, error->status);
    if (status == CHUTES_OK) {
        assert_string_equal(chutes_chat_response_text(response), "Done.");
    }
    chutes_chat_response_free(response);
    return status;
}

static const char *text_at(const struct scene *scene, size_t index)
{
    return chutes_conversation_get(scene->talk, index)->content;
}

#define FIRST_ROUND                                                \
    EXPECT("[{\"type\":\"function\",\"function\":{\"name\":\"f\"") \
    CALLS(FUNCTION("a", "f", NO_ARGUMENTS))
#define SECOND_ROUND                          \
    "request\n" EXPECT(RESULT("a", "got {}")) \
        CALLS(FUNCTION("a", "f", ARGUMENTS))
#define LAST_ROUND_OF_ONE "request\n" EXPECT(RESULT("a", "got {}")) DONE
#define LAST_ROUND "request\n" EXPECT(RESULT("a", "got " ARGUMENTS)) DONE

static void rounds_use_one_connection(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, FIRST_ROUND SECOND_ROUND LAST_ROUND);
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    assert_int_equal(scene.ran, 2);
    assert_int_equal(peer_accepts(scene.pair.peer), 1);
    assert_int_equal(chutes_conversation_count(scene.talk), 6);
    close_scene(&scene);
}

static int count_event(const chutes_chat_event *event, int round,
                       void *user_data)
{
    struct scene *scene = user_data;

    (void)event;
    scene->events[round]++;
    return 0;
}

static void events_tell_their_round(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(
        &scene,
        "sse-head\n" STREAMED("{\"tool_calls\":[" FUNCTION("a", "f", "{}") "]}")
            STREAM_END("tool_calls") "request\nsse-head\n" STREAMED(
                "{\"content\":\"Done.\"}") STREAM_END("stop"));
    scene.params.on_event = count_event;
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    /* The delta of the call, its end and that of the answer; text and end. */
    assert_int_equal(scene.events[0], 3);
    assert_int_equal(scene.events[1], 2);
    close_scene(&scene);
}

#define REQUIRED EXPECT(",\"tool_choice\":\"required\"")
#define NOT_REQUIRED "expect-body-lacks tool_choice\n"
#define NAMED EXPECT(",\"tool_choice\":{\"type\":\"function\"")
#define ONE_CALL CALLS(FUNCTION("a", "f", NO_ARGUMENTS))

static void a_tool_must_be_called_once(void **state)
{
    static const struct {
        bool is_named;
        bool is_kept;
        const char *script;
    } rows[] = {
        {false, false, REQUIRED ONE_CALL "request\n" NOT_REQUIRED DONE},
        {true, false, NAMED ONE_CALL "request\n" NOT_REQUIRED DONE},
        {false, true, REQUIRED ONE_CALL "request\n" REQUIRED DONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, rows[i].script);
        scene.chat.tool_choice = rows[i].is_named ? NULL : "required";
        scene.chat.tool_choice_name = rows[i].is_named ? "f" : NULL;
        scene.params.keep_tool_choice = rows[i].is_kept;
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        close_scene(&scene);
    }
}

/* Forks, and lets the child go on first. */
static int fork_in_event(const chutes_chat_event *event, int round,
                         void *user_data)
{
    struct scene *scene = user_data;
    int how = -1;

    (void)event;
    (void)round;
    if (scene->child != 0) {
        return 0;
    }
    scene->child = fork();
    assert_true(scene->child >= 0);
    if (scene->child == 0) {
        scene->child = getpid();
        scene->is_child = true;
        (void)alarm(10);
        return 0;
    }
    assert_int_equal(waitpid(scene->child, &how, 0), scene->child);
    assert_int_equal(how, 0);
    peer_release(scene->pair.peer, "child");
    return 0;
}

static void a_run_in_the_child_of_a_fork_ends(void **state)
{
    struct scene scene;
    chutes_error error;
    chutes_status status;

    (void)state;
    open_scene(
        &scene,
        "sse-head\n" STREAMED("{\"content\":\"Do\"}") "wait child\n" STREAMED(
            "{\"content\":\"ne.\"}") STREAM_END("stop"));
    scene.params.on_event = fork_in_event;
    status = chutes_run_tools(scene.pair.client, scene.talk, &scene.params,
                              NULL, &error);
    if (scene.is_child) {
        /* exec() keeps leak checkers away: what the parent's threads held is
         * not a leak of the child. */
        if (status == CHUTES_ERR_MISUSE) {
            (void)execl("/bin/true", "true", (char *)NULL);
        }
        _exit(1);
    }
    assert_int_equal(status, CHUTES_OK);
    close_scene(&scene);
}

/* A request may take at most 2^31 - 1 ms. */
static void a_run_may_take_longer_than_a_request(void **state)
{
    chutes_call_options options = chutes_call_options_default();
    struct scene scene;
    chutes_error error;

    (void)state;
    options.total_timeout_ms = 0;
    open_scene(&scene, DONE);
    scene.chat.call_options = &options;
    scene.params.total_timeout_ms = INT64_C(1) << 33;
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    close_scene(&scene);
}

static void calls_of_a_cut_stream_are_not_run(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, "sse-head\n" STREAMED("{\"tool_calls\":[" FUNCTION(
                           "a", "f", "{}") "]}") "fin\n");
    scene.params.on_event = count_event;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_TRUNCATED);
    assert_int_equal(scene.ran, 0);
    assert_int_equal(chutes_conversation_count(scene.talk), 1);
    close_scene(&scene);
}

/* The arguments {"a": that a model wrote, and what is sent back in their
 * place. */
#define BROKEN "{\\\"a\\\":"
#define SENT_BACK_BROKEN                    \
    EXPECT("{\"name\":\"f\",\"arguments\":" \
           "\"{\\\"INVALID_JSON\\\":\\\"{\\\\\\\"a\\\\\\\":\\\"}\"}")

/* Chutes' gateway and vLLM refuse a request that has other arguments. */
static void arguments_that_are_not_json_are_sent_back_as_json(void **state)
{
    static const char *const scripts[] = {
        CALLS(FUNCTION("a", "f", BROKEN)) "request\n" SENT_BACK_BROKEN EXPECT(
            "invalid arguments: not JSON: the text ends too early") DONE,
        ANSWER("{\"content\":null,\"tool_calls\":[" FUNCTION("a", "f",
                                                             BROKEN) "]}",
               "length") "request\n" SENT_BACK_BROKEN
            EXPECT("not executed: the answer was cut before its end") DONE,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, scripts[i]);
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        assert_int_equal(scene.ran, 0);
        assert_int_equal(peer_requests(scene.pair.peer), 2);
        close_scene(&scene);
    }
}

static const chutes_schema BAD; /* without a name */

static void parameters_are_refused_by_name(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, "");
    scene.params.max_rounds = 0;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "max_rounds must be 1 or more");
    scene.params.max_rounds = 1;
    scene.params.max_cost = 1;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "max_cost needs both prices, or those of chat.model in "
                        "chutes_client_set_prices()");
    scene.params.input_price = 1;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "input_price and output_price must be set together");
    scene.params.input_price = CHUTES_UNSET;
    scene.params.max_cost = CHUTES_UNSET;
    scene.params.max_unknown_rounds = -2;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "max_unknown_rounds must be 0 or more");
    scene.params.max_unknown_rounds = CHUTES_UNSET;
    scene.tool.run = NULL;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "tools[0] must have a name and run");
    scene.tool.run = echo;
    scene.tool.name = "a b";
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "tools[0].name"));
    scene.tool.name = "f";
    scene.tool.schema = &BAD;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    scene.tool.parameters_json = "{}";
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "tools[0] must not have two schemas");
    scene.params.chat = NULL;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(
        chutes_run_tools(scene.pair.client, NULL, &scene.params, NULL, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(peer_requests(scene.pair.peer), 0);
    close_scene(&scene);
}

static void a_program_of_older_headers_runs_tools(void **state)
{
    struct scene scene;
    chutes_call_options options = chutes_call_options_default();
    chutes_run_params *params;
    chutes_chat_params *chat;
    chutes_error error;

    (void)state;
    open_scene(&scene, FIRST_ROUND LAST_ROUND_OF_ONE);
    options.idle_timeout_ms = 20000;
    scene.chat.call_options = call_make_older(
        &options, offsetof(chutes_call_options, total_timeout_ms));
    chat =
        call_make_older(&scene.chat, offsetof(chutes_chat_params, accumulate));
    scene.params.chat = chat;
    scene.params.total_timeout_ms = 30000;
    params = call_make_older(&scene.params,
                             offsetof(chutes_run_params, max_result_bytes));
    assert_int_equal(
        chutes_run_tools(scene.pair.client, scene.talk, params, NULL, &error),
        CHUTES_OK);
    assert_string_equal(text_at(&scene, 2), "got {}");
    free((void *)scene.chat.call_options);
    free(chat);
    free(params);
    close_scene(&scene);
}

/* ---- reasoning ----------------------------------------------------------- */

#define THOUGHT "SECRET-THOUGHT"
#define NO_THOUGHT "expect-body-lacks " THOUGHT "\n"
#define CALLS_WITH(members)                                           \
    ANSWER("{" members                                                \
           ",\"tool_calls\":[" FUNCTION("a", "f", NO_ARGUMENTS) "]}", \
           "tool_calls")
#define STREAMED_CALLS_WITH(first, second)                                  \
    "sse-head\n" STREAMED("{" first "}") STREAMED("{" second "}")           \
        STREAMED("{\"tool_calls\":[" FUNCTION("a", "f", NO_ARGUMENTS) "]}") \
            STREAM_END("tool_calls")
#define STREAMED_DONE \
    "sse-head\n" STREAMED("{\"content\":\"Done.\"}") STREAM_END("stop")
/* The second round, and a turn of the user after the run. */
#define LATER_TURNS(done)                                \
    "request\n" NO_THOUGHT EXPECT(RESULT("a", "got {}")) \
        EXPECT("content\":\"Hm.\"") done "connection\n" NO_THOUGHT done

static void reasoning_is_not_sent_back(void **state)
{
    static const struct {
        bool has_tags;
        bool is_streamed;
        const char *script;
    } rows[] = {
        {true, false,
         CALLS_WITH("\"content\":\"<think>" THOUGHT "</think>Hm.\"")
             LATER_TURNS(DONE)},
        {false, false,
         CALLS_WITH("\"reasoning_content\":\"" THOUGHT "\",\"content\":\"Hm.\"")
             LATER_TURNS(DONE)},
        {true, true,
         STREAMED_CALLS_WITH("\"content\":\"<think>" THOUGHT "\"",
                             "\"content\":\"</think>Hm.\"")
             LATER_TURNS(STREAMED_DONE)},
        {false, true,
         STREAMED_CALLS_WITH("\"reasoning_content\":\"" THOUGHT "\"",
                             "\"content\":\"Hm.\"") LATER_TURNS(STREAMED_DONE)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, rows[i].script);
        scene.chat.reasoning_tags = rows[i].has_tags
                                        ? CHUTES_REASONING_TAGS_PAIR
                                        : CHUTES_REASONING_TAGS_OFF;
        scene.params.on_event = rows[i].is_streamed ? count_event : NULL;
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        assert_string_equal(chutes_conversation_reasoning(scene.talk, 1),
                            THOUGHT);
        assert_int_equal(chutes_conversation_add_user(scene.talk, "And?"),
                         CHUTES_OK);
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        assert_int_equal(peer_requests(scene.pair.peer), 3);
        close_scene(&scene);
    }
}

/* ---- unknown members of a call ------------------------------------------- */

#define SIGNATURE \
    "\"extra_content\":{\"google\":{\"thought_signature\":\"A/b+==\"}}"
/* As Gemini sends a call. */
#define SIGNED_CALL                                                      \
    "{" SIGNATURE ",\"function\":{\"arguments\":\"{}\",\"name\":\"f\"}," \
    "\"id\":\"a\",\"type\":"                                             \
    "\"function\"}"
#define SENT_BACK                                                              \
    EXPECT("{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\"," \
           "\"arguments\":\"{}\"}," SIGNATURE "}")

static int save_json(const char *json, size_t len, void *user_data)
{
    struct scene *scene = user_data;

    free(scene->saved);
    scene->saved = strndup(json, len);
    return scene->saved == NULL;
}

/* Gemini refuses the next request if its signature isn't sent back. */
static void unknown_members_of_a_call_are_sent_back(void **state)
{
    static const struct {
        bool is_streamed;
        const char *script;
    } rows[] = {
        {false, CALLS(SIGNED_CALL) "request\n" SENT_BACK DONE
                                   "connection\n" SENT_BACK DONE},
        {true,
         "sse-head\n" STREAMED("{\"tool_calls\":[" SIGNED_CALL "]}")
             STREAM_END("tool_calls") "request\n" SENT_BACK STREAMED_DONE
                                      "connection\n" SENT_BACK STREAMED_DONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, rows[i].script);
        scene.params.on_event = rows[i].is_streamed ? count_event : NULL;
        scene.params.save_ledger = save_json;
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        chutes_conversation_free(scene.talk);
        assert_int_equal(chutes_run_restore(scene.saved, strlen(scene.saved),
                                            &scene.talk, &error),
                         CHUTES_OK);
        assert_int_equal(run(&scene, &error), CHUTES_OK);
        assert_int_equal(peer_requests(scene.pair.peer), 3);
        free(scene.saved);
        close_scene(&scene);
    }
}

/* ---- budgets ------------------------------------------------------------- */

#define USAGE "\"usage\":{\"prompt_tokens\":60,\"completion_tokens\":40}"
#define CALLS_OF(model)                                                 \
    "answer 200 application/json {\"model\":\"" model "\"," USAGE       \
    ",\"choices\":[{\"index\":0,\"message\":{\"content\":null,"         \
    "\"tool_calls\":[" FUNCTION("a", "f", "{}") "]},\"finish_reason\":" \
                                                "\"tool_calls\"}]}\n"
#define METERED_STREAM                                                    \
    EXPECT("include_usage\":true")                                        \
    "sse-head\n" STREAMED("{\"tool_calls\":[" FUNCTION(                   \
        "a", "f", "{}") "]}") "sse {\"choices\":[{\"index\":0,\"delta\":" \
                              "{},\"finish_reason\":\"tool_calls\"}]}\n"  \
                              "sse {\"choices\":[]," USAGE                \
                              "}\nsse [DONE]\nchunk-end\n"

/* The third answer is the first that exceeds the budget. */
static void a_budget_ends_a_run_after_the_answer_that_exceeds_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool has_cost = i % 2 == 1;
        bool is_streamed = i >= 2;
        struct scene scene;
        chutes_error error;

        open_scene(&scene, is_streamed ? METERED_STREAM : CALLS_OF("m"));
        scene.params.on_event = is_streamed ? count_event : NULL;
        if (has_cost) {
            scene.params.max_cost = 0.00031;
            scene.params.input_price = 1;
            scene.params.output_price = 2;
        } else {
            scene.params.max_tokens = 200;
        }
        assert_int_equal(run(&scene, &error), CHUTES_ERR_TOO_LARGE);
        assert_string_equal(error.message,
                            has_cost ? "the run exceeds max_cost (0.00031 USD)"
                                     : "the run exceeds max_tokens (200)");
        assert_int_equal(peer_requests(scene.pair.peer), 3);
        assert_int_equal(scene.ran, 2);
        close_scene(&scene);
    }
}

static const chutes_model CHEAP = {
    .id = "m", .input_price = 1, .output_price = 2, .cache_read_price = -1};
static const chutes_model DEAR = {.id = "dear",
                                  .input_price = 10,
                                  .output_price = 20,
                                  .cache_read_price = -1};
static const chutes_model *const PRICED[] = {&CHEAP, &DEAR};
static const chutes_models_response PRICES = {.models = PRICED,
                                              .model_count = COUNT(PRICED)};

#define NO_CAPACITY "answer 503 application/json {\"detail\":\"no\"}\n"
/* An answer of "m" costs 0.00014 USD, and one of "dear" 0.0014. */
static void a_model_costs_what_the_client_knows(void **state)
{
    static const struct {
        const char *script;
        double max_cost;
        int requests;
    } rows[] = {
        {CALLS_OF("m"), 0.0003, 3},
        {CALLS_OF("m") "request\n" CALLS_OF("dear"), 0.0003, 2},
        /* The name in the answer has no price, so the price of "m", which was
         * requested, counts. */
        {CALLS_OF("vendor/m"), 0.0003, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, rows[i].script);
        assert_int_equal(
            chutes_client_set_prices(scene.pair.client, &PRICES, NULL),
            CHUTES_OK);
        scene.params.max_cost = rows[i].max_cost;
        assert_int_equal(run(&scene, &error), CHUTES_ERR_TOO_LARGE);
        assert_string_equal(error.message,
                            "the run exceeds max_cost (0.0003 USD)");
        assert_int_equal(peer_requests(scene.pair.peer), rows[i].requests);
        close_scene(&scene);
    }
}

/* The answer names no model, so the one that was requested counts. */
static void a_fallback_model_has_its_own_price(void **state)
{
    static const char *const next[] = {"dear"};
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, NO_CAPACITY "request\n" CALLS_OF(""));
    assert_int_equal(chutes_client_set_prices(scene.pair.client, &PRICES, NULL),
                     CHUTES_OK);
    scene.chat.fallback_models = next;
    scene.chat.fallback_model_count = COUNT(next);
    scene.params.max_cost = 0.001;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(peer_requests(scene.pair.peer), 2);
    assert_int_equal(scene.ran, 0);
    close_scene(&scene);
}

static void answers_of_unknown_usage_have_a_limit(void **state)
{
    (void)state;
    for (int has_cost = 0; has_cost <= 1; has_cost++) {
        struct scene scene;
        chutes_error error;

        open_scene(&scene, ONE_CALL);
        scene.params.max_unknown_rounds = 2;
        if (has_cost) {
            scene.params.max_cost = 1;
            scene.params.input_price = 1;
            scene.params.output_price = 2;
        }
        assert_int_equal(run(&scene, &error), CHUTES_ERR_TOO_LARGE);
        assert_string_equal(
            error.message,
            has_cost ? "the run exceeds max_unknown_rounds (2): the cost of "
                       "its answers is unknown"
                     : "the run exceeds max_unknown_rounds (2): the usage of "
                       "its answers is unknown");
        assert_int_equal(scene.ran, 2);
        close_scene(&scene);
    }
}

/* ---- ends from outside --------------------------------------------------- */

static int stop_event(const chutes_chat_event *event, int round,
                      void *user_data)
{
    (void)count_event(event, round, user_data);
    return round == 1;
}

static void an_event_can_end_a_run(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, "sse-head\n" STREAMED(
                           "{\"tool_calls\":[" FUNCTION("a", "f", "{}") "]}")
                           STREAM_END("tool_calls") "request\n" STREAMED_DONE);
    scene.params.on_event = stop_event;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_CANCELLED);
    assert_int_equal(scene.events[1], 1);
    assert_int_equal(scene.ran, 1);
    /* Nothing of the second answer was added. */
    assert_int_equal(chutes_conversation_count(scene.talk), 3);
    close_scene(&scene);
}

static void *cancel_all(void *user_data)
{
    const struct call_pair *pair = user_data;

    if (peer_await_requests(pair->peer, 2, 20000)) {
        chutes_client_cancel_all(pair->client);
    }
    return NULL;
}

static void another_thread_can_end_a_blocking_run(void **state)
{
    struct scene scene;
    chutes_error error;
    pthread_t thread;

    (void)state;
    open_scene(&scene, CALLS(FUNCTION("a", "f", NO_ARGUMENTS)) "request\n"
                                                               "wait end\n");
    assert_int_equal(pthread_create(&thread, NULL, cancel_all, &scene.pair), 0);
    assert_int_equal(run(&scene, &error), CHUTES_ERR_CANCELLED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(scene.ran, 1);
    assert_string_equal(text_at(&scene, 2), "got {}");
    peer_release(scene.pair.peer, "end");
    close_scene(&scene);
}

/* ---- tools that finish later --------------------------------------------- */

static void on_models(chutes_status status, chutes_models_response *response,
                      const chutes_error *error, void *user_data)
{
    struct scene *scene = user_data;

    (void)error;
    assert_int_equal(chutes_tool_reply_set(scene->later, "late", 4), CHUTES_OK);
    chutes_models_response_free(response);
    chutes_tool_reply_finish(scene->later, status);
}

/* Calls the server itself. */
static chutes_status list_models(const void *arguments,
                                 chutes_tool_reply *reply, void *user_data)
{
    struct scene *scene = user_data;

    (void)arguments;
    scene->later = reply;
    chutes_tool_reply_defer(reply);
    return chutes_models_list_start(chutes_tool_reply_loop(reply), NULL,
                                    on_models, scene, NULL, NULL);
}

#define MODELS                     \
    "answer 200 application/json " \
    "{\"object\":\"list\",\"data\":[{\"id\":\"m\"}]}\n"

static void a_tool_can_use_the_loop(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, CALLS(FUNCTION("a", "f", "{}")) "request\n" MODELS
                                                       "request\n" DONE);
    scene.tool.run = list_models;
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    assert_string_equal(text_at(&scene, 2), "late");
    close_scene(&scene);
}

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct scene *scene = user_data;

    assert_false(scene->is_done);
    assert_int_equal(status, error->status);
    scene->is_done = true;
    scene->status = status;
    chutes_chat_response_free(response);
}

static void a_run_on_a_loop_can_be_cancelled(void **state)
{
    struct scene scene;
    chutes_loop *loop = NULL;
    chutes_run *handle = NULL;

    (void)state;
    open_scene(&scene, "wait for-ever\n");
    assert_int_equal(chutes_loop_new(scene.pair.client, &loop, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_run_tools_start(loop, scene.talk, &scene.params,
                                            on_done, &scene, &handle, NULL),
                     CHUTES_OK);
    (void)chutes_loop_poll(loop, 10);
    assert_false(scene.is_done);
    chutes_run_cancel(handle);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_true(scene.is_done);
    assert_int_equal(scene.status, CHUTES_ERR_CANCELLED);
    chutes_run_free(handle);
    peer_release(scene.pair.peer, "for-ever");
    chutes_loop_free(loop);
    close_scene(&scene);
}

static chutes_status forget(const void *arguments, chutes_tool_reply *reply,
                            void *user_data)
{
    struct scene *scene = user_data;

    (void)arguments;
    scene->later = reply;
    chutes_tool_reply_defer(reply);
    return CHUTES_OK;
}

static void a_tool_that_never_finishes_is_misuse(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, CALLS(FUNCTION("a", "f", "{}")));
    scene.tool.run = forget;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_MISUSE);
    assert_string_equal(text_at(&scene, 2),
                        "{\"error\":\"not finished: it never finished\"}");
    chutes_tool_reply_finish(scene.later, CHUTES_OK);
    close_scene(&scene);
}

/* ---- the time of a run --------------------------------------------------- */

static void start_on_loop(struct scene *scene, chutes_loop **loop,
                          chutes_run **handle)
{
    assert_int_equal(chutes_loop_new(scene->pair.client, loop, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_run_tools_start(*loop, scene->talk, &scene->params,
                                            on_done, scene, handle, NULL),
                     CHUTES_OK);
}

/* Nothing else is left on the loop. */
static void time_ends_a_run_that_waits_for_a_tool(void **state)
{
    struct scene scene;
    chutes_loop *loop = NULL;
    int64_t from_us = chutes__clock_now_us();

    (void)state;
    open_scene(&scene, CALLS(FUNCTION("a", "f", "{}")));
    scene.tool.run = forget;
    scene.params.total_timeout_ms = 200;
    start_on_loop(&scene, &loop, NULL);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_true(chutes__clock_now_us() - from_us >= 200000);
    assert_true(scene.is_done);
    assert_int_equal(scene.status, CHUTES_ERR_TIMEOUT);
    assert_string_equal(
        text_at(&scene, 2),
        "{\"error\":\"not finished: the time of the run is over\"}");
    assert_true(chutes_tool_reply_is_abandoned(scene.later));
    chutes_tool_reply_finish(scene.later, CHUTES_OK);
    chutes_loop_free(loop);
    close_scene(&scene);
}

static void time_ends_a_request(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, "wait for-ever\n");
    scene.params.total_timeout_ms = 200;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_TIMEOUT);
    assert_string_equal(error.message,
                        "the run reached total_timeout_ms (200)");
    peer_release(scene.pair.peer, "for-ever");
    close_scene(&scene);
}

/* The client's limit for each request holds in a run that has more time. */
static void the_time_of_a_run_prolongs_no_request(void **state)
{
    struct scene scene;
    chutes_client_options options;
    chutes_error error;

    (void)state;
    open_scene(&scene, "wait for-ever\n");
    options = call_options(scene.pair.peer);
    options.total_timeout_ms = 200;
    chutes_client_free(scene.pair.client);
    scene.pair.client = call_client(&options);
    scene.params.total_timeout_ms = 3600000;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_TIMEOUT);
    assert_null(strstr(error.message, "the run"));
    peer_release(scene.pair.peer, "for-ever");
    close_scene(&scene);
}

static void a_run_ends_with_its_loop(void **state)
{
    (void)state;
    for (int by_client = 0; by_client <= 1; by_client++) {
        struct scene scene;
        chutes_loop *loop = NULL;
        chutes_run *handle = NULL;

        open_scene(&scene, CALLS(FUNCTION("a", "f", "{}")));
        scene.tool.run = forget;
        start_on_loop(&scene, &loop, &handle);
        while (scene.later == NULL) {
            (void)chutes_loop_poll(loop, -1);
        }
        assert_int_equal(chutes_loop_active(loop), 1);
        if (by_client) {
            chutes_client_cancel_all(scene.pair.client);
            assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        }
        chutes_loop_free(loop);
        assert_true(scene.is_done);
        assert_int_equal(scene.status, CHUTES_ERR_CANCELLED);
        chutes_tool_reply_finish(scene.later, CHUTES_OK);
        chutes_run_free(handle);
        close_scene(&scene);
    }
}

/* ---- memory -------------------------------------------------------------- */

/* Runs with a time limit, so that all of a run is there, and without the
 * allocation of this number. Returns how many there were. */
static long run_without_memory(long nth)
{
    struct scene scene;
    chutes_chat_response *response = NULL;
    chutes_status status;
    chutes_error error;
    long calls;

    open_scene(&scene, CALLS(FUNCTION("a", "f", "{}")) "request\n" DONE);
    scene.params.total_timeout_ms = 30000;
    alloc_fail_at(nth);
    status = chutes_run_tools(scene.pair.client, scene.talk, &scene.params,
                              &response, &error);
    calls = alloc_fail_calls();
    assert_int_equal(status, error.status);
    /* Some allocations can be done without, and a tool that can't write its
     * result fails. */
    assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
    chutes_chat_response_free(response);
    chutes_conversation_free(scene.talk);
    scene.talk = NULL;
    chutes_client_free(scene.pair.client);
    scene.pair.client = NULL;
    alloc_fail_expect_none_lost(nth);
    alloc_fail_off();
    close_scene(&scene);
    return calls;
}

static void a_lack_of_memory_loses_nothing(void **state)
{
    long calls = run_without_memory(0);

    (void)state;
    assert_true(calls > 20);
    for (long i = 1; i <= calls; i++) {
        (void)run_without_memory(i);
    }
}

/* ---- a program that dies ------------------------------------------------- */

static int save(const char *json, size_t len, void *user_data)
{
    const struct scene *scene = user_data;
    FILE *file = fopen(scene->ledger.path, "w");
    bool is_written;

    if (file == NULL) {
        return 1;
    }
    is_written = fwrite(json, 1, len, file) == len;
    return fclose(file) != 0 || !is_written;
}

static chutes_status die(const void *arguments, chutes_tool_reply *reply,
                         void *user_data)
{
    (void)reply;
    (void)user_data;
    if (strstr(arguments, "die") != NULL) {
        (void)raise(SIGKILL);
    }
    return CHUTES_OK;
}

/* Runs in a child until a tool kills it. */
static void run_and_die(struct scene *scene)
{
    pid_t child = fork();
    int how = 0;

    assert_true(child >= 0);
    if (child == 0) {
        chutes_client_options options = call_options(scene->pair.peer);
        chutes_client *client = NULL;

        if (chutes_client_new(&options, &client, NULL) == CHUTES_OK) {
            scene->tool.run = die;
            scene->params.save_ledger = save;
            (void)chutes_run_tools(client, scene->talk, &scene->params, NULL,
                                   NULL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGKILL);
}

#define THREE_CALLS                                      \
    CALLS(FUNCTION("a", "f", NO_ARGUMENTS) "," FUNCTION( \
        "b", "f", DEADLY) "," FUNCTION("c", "f", NO_ARGUMENTS))
#define AFTER_DEATH                                                          \
    "connection\n" EXPECT(RESULT("b", "seen")) EXPECT(RESULT("c", "got {}")) \
        DONE

static void a_killed_run_goes_on_from_its_ledger(void **state)
{
    struct scene scene;
    chutes_error error;
    char json[4096];
    size_t len;
    FILE *file;

    (void)state;
    open_scene(&scene, THREE_CALLS AFTER_DEATH);
    scratch_open(&scene.ledger, "ledger.json");
    run_and_die(&scene);
    file = fopen(scene.ledger.path, "r");
    assert_non_null(file);
    len = fread(json, 1, sizeof(json), file);
    (void)fclose(file);
    chutes_conversation_free(scene.talk);
    assert_int_equal(chutes_run_restore(json, len, &scene.talk, &error),
                     CHUTES_ERR_PENDING_TOOL);
    assert_string_equal(error.param, "b");
    assert_int_equal(run(&scene, &error), CHUTES_ERR_PENDING_TOOL);
    assert_int_equal(
        chutes_conversation_add_tool_result(scene.talk, "b", "seen"),
        CHUTES_OK);
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    assert_int_equal(scene.ran, 1); /* only what had never been started */
    assert_int_equal(scratch_close(&scene.ledger), 0);
    close_scene(&scene);
}

/* ---- spans --------------------------------------------------------------- */

/* The ids of the spans as they end, with the names. */
struct spans {
    struct {
        char name[128];
        char id[20];
        char parent[20];
        chutes_status status;
    } list[8];
    size_t count;
};

static void keep_span(chutes_span *span, void *user_data)
{
    struct spans *spans = user_data;
    size_t at = spans->count++;

    assert_true(at < COUNT(spans->list));
    (void)snprintf(spans->list[at].name, sizeof(spans->list[at].name), "%s",
                   span->name);
    (void)snprintf(spans->list[at].id, sizeof(spans->list[at].id), "%s",
                   span->span_id);
    (void)snprintf(spans->list[at].parent, sizeof(spans->list[at].parent), "%s",
                   span->parent_id);
    spans->list[at].status = span->status;
    for (size_t i = 0; i < span->attribute_count; i++) {
        if (span->attributes[i].text != NULL) {
            assert_null(strstr(span->attributes[i].text, "got"));
            assert_false(call_tells_secret(span->attributes[i].text));
        }
    }
}

static void open_traced(struct scene *scene, const char *script,
                        struct spans *spans)
{
    chutes_tracer tracer = chutes_tracer_default();
    chutes_client_options options;

    open_scene(scene, script);
    chutes_client_free(scene->pair.client);
    tracer.end = keep_span;
    tracer.user_data = spans;
    options = call_options(scene->pair.peer);
    options.tracer = &tracer;
    scene->pair.client = call_client(&options);
}

static void the_spans_of_a_run_are_a_tree(void **state)
{
    static const struct {
        const char *name;
        size_t parent; /* its index */
    } wants[] = {{"POST", 1}, {"chat m", 5}, {"execute_tool f", 5},
                 {"POST", 4}, {"chat m", 5}, {"invoke_agent", 0}};
    chutes_call_options options = chutes_call_options_default();
    struct spans spans = {.count = 0};
    struct scene scene;
    chutes_error error;

    (void)state;
    open_traced(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)) "request\n" DONE,
                &spans);
    scene.chat.call_options = &options;
    options.traceparent =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    assert_int_equal(spans.count, COUNT(wants));
    for (size_t i = 0; i < COUNT(wants); i++) {
        assert_string_equal(spans.list[i].name, wants[i].name);
        assert_int_equal(spans.list[i].status, CHUTES_OK);
        assert_string_equal(spans.list[i].parent,
                            i == COUNT(wants) - 1
                                ? "b7ad6b7169203331"
                                : spans.list[wants[i].parent].id);
    }
    close_scene(&scene);
}

/* Writes the span's name and some of its attributes, a line each. */
static void write_attributes(chutes_span *span, void *user_data)
{
    static const char *const names[] = {
        "gen_ai.provider.name",       "server.address",
        "gen_ai.agent.name",          "gen_ai.conversation.id",
        "gen_ai.system_instructions", "gen_ai.tool.description",
        "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"};
    FILE *file = user_data;

    if (chutes_span_find(span, "chutes.attempt") != NULL) {
        return; /* an attempt tells nothing about the run */
    }
    fprintf(file, "%s\n", span->name);
    for (size_t i = 0; i < COUNT(names); i++) {
        const chutes_attribute *found = chutes_span_find(span, names[i]);

        if (found != NULL) {
            fprintf(file, "  %s=%s\n", names[i], found->text);
        }
    }
}

static void run_named_agent(bool includes_content, const char *want)
{
    chutes_call_options call = chutes_call_options_default();
    chutes_tracer tracer = chutes_tracer_default();
    chutes_client_options options;
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    struct scene scene;
    chutes_error error;

    open_scene(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)) "request\n" DONE);
    chutes_client_free(scene.pair.client);
    tracer.end = write_attributes;
    tracer.user_data = file;
    tracer.include_content = includes_content ? 1 : 0;
    options = call_options(scene.pair.peer);
    options.tracer = &tracer;
    scene.pair.client = call_client(&options);
    chutes_conversation_free(scene.talk);
    scene.talk = chutes_conversation_new("Be \"brief\".");
    assert_int_equal(chutes_conversation_add_user(scene.talk, CALL_PROMPT),
                     CHUTES_OK);
    scene.chat.call_options = &call;
    call.conversation_id = "talk-7";
    scene.params.agent_name = "reader";
    scene.tool.description = "Reads";
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    fclose(file);
    assert_string_equal(text, want);
    free(text);
    close_scene(&scene);
}

static void the_spans_of_a_run_tell_whose_they_are(void **state)
{
    (void)state;
    run_named_agent(false, "chat m\n"
                           "  gen_ai.provider.name=openai\n"
                           "  server.address=127.0.0.1\n"
                           "  gen_ai.conversation.id=talk-7\n"
                           "execute_tool f\n"
                           "  gen_ai.conversation.id=talk-7\n"
                           "  gen_ai.tool.description=Reads\n"
                           "chat m\n"
                           "  gen_ai.provider.name=openai\n"
                           "  server.address=127.0.0.1\n"
                           "  gen_ai.conversation.id=talk-7\n"
                           "invoke_agent reader\n"
                           "  gen_ai.provider.name=openai\n"
                           "  gen_ai.agent.name=reader\n"
                           "  gen_ai.conversation.id=talk-7\n");
}

static void a_long_agent_name_is_cut_between_characters(void **state)
{
    char agent[201];
    char want[128];
    struct spans spans = {.count = 0};
    struct scene scene;
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(agent) - 1; i += 4) {
        memcpy(agent + i, "\xF0\x9F\x98\x80", 4);
    }
    agent[sizeof(agent) - 1] = '\0';
    /* 127 bytes hold the operation's 13, 28 characters and two bytes more. */
    (void)snprintf(want, sizeof(want), "invoke_agent %.112s", agent);
    open_traced(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)) "request\n" DONE,
                &spans);
    scene.params.agent_name = agent;
    assert_int_equal(run(&scene, &error), CHUTES_OK);
    assert_string_equal(spans.list[spans.count - 1].name, want);
    close_scene(&scene);
}

static void the_spans_of_a_run_have_content_if_asked_for(void **state)
{
    (void)state;
    run_named_agent(
        true, "chat m\n"
              "  gen_ai.provider.name=openai\n"
              "  server.address=127.0.0.1\n"
              "  gen_ai.conversation.id=talk-7\n"
              "execute_tool f\n"
              "  gen_ai.conversation.id=talk-7\n"
              "  gen_ai.tool.description=Reads\n"
              "  gen_ai.tool.call.arguments={\"n\":2}\n"
              "  gen_ai.tool.call.result=got {\"n\":2}\n"
              "chat m\n"
              "  gen_ai.provider.name=openai\n"
              "  server.address=127.0.0.1\n"
              "  gen_ai.conversation.id=talk-7\n"
              "invoke_agent reader\n"
              "  gen_ai.provider.name=openai\n"
              "  gen_ai.agent.name=reader\n"
              "  gen_ai.conversation.id=talk-7\n"
              "  gen_ai.system_instructions=[{\"type\":\"text\",\"content\":"
              "\"Be \\\"brief\\\".\"}]\n");
}

static chutes_status give_up(const void *arguments, chutes_tool_reply *reply,
                             void *user_data)
{
    (void)arguments;
    (void)user_data;
    chutes_tool_reply_end_run(reply);
    return CHUTES_ERR_NOT_FOUND;
}

static void a_tool_that_ends_a_run_ends_its_spans(void **state)
{
    struct spans spans = {.count = 0};
    struct scene scene;
    chutes_error error;

    (void)state;
    open_traced(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)), &spans);
    scene.tool.run = give_up;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_CANCELLED);
    assert_int_equal(spans.count, 4);
    assert_string_equal(spans.list[2].name, "execute_tool f");
    assert_int_equal(spans.list[2].status, CHUTES_ERR_NOT_FOUND);
    assert_string_equal(spans.list[3].name, "invoke_agent");
    assert_int_equal(spans.list[3].status, CHUTES_ERR_CANCELLED);
    close_scene(&scene);
}

/* The tool never finishes, and its span ends with the run. */
static void an_abandoned_tool_ends_its_span(void **state)
{
    struct spans spans = {.count = 0};
    struct scene scene;
    chutes_error error;

    (void)state;
    open_traced(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)), &spans);
    scene.tool.run = forget;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_MISUSE);
    assert_int_equal(spans.count, 4);
    assert_string_equal(spans.list[2].name, "execute_tool f");
    assert_int_equal(spans.list[3].status, CHUTES_ERR_MISUSE);
    chutes_tool_reply_finish(scene.later, CHUTES_OK);
    assert_int_equal(spans.count, 4);
    close_scene(&scene);
}

static void finish_in_end(chutes_span *span, void *user_data)
{
    struct scene *scene = user_data;

    if (strcmp(span->name, "execute_tool f") == 0) {
        chutes_tool_reply_finish(scene->later, CHUTES_OK);
    }
}

/* The tracer finishes the very reply that is being abandoned. */
static void a_tracer_may_finish_an_abandoned_tool(void **state)
{
    chutes_tracer tracer = chutes_tracer_default();
    chutes_client_options options;
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene, CALLS(FUNCTION("a", "f", ARGUMENTS)));
    chutes_client_free(scene.pair.client);
    tracer.end = finish_in_end;
    tracer.user_data = &scene;
    options = call_options(scene.pair.peer);
    options.tracer = &tracer;
    scene.pair.client = call_client(&options);
    scene.tool.run = forget;
    assert_int_equal(run(&scene, &error), CHUTES_ERR_MISUSE);
    close_scene(&scene);
}

/* The trace context is checked as for any call. */
static void a_run_with_a_bad_traceparent_is_refused(void **state)
{
    chutes_call_options options = chutes_call_options_default();
    struct spans spans = {.count = 0};
    struct scene scene;
    chutes_error error;

    (void)state;
    open_traced(&scene, "stall\n", &spans);
    scene.chat.call_options = &options;
    options.traceparent = "00";
    assert_int_equal(run(&scene, &error), CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "traceparent"));
    assert_int_equal(spans.count, 2);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_use_one_connection),
        cmocka_unit_test(events_tell_their_round),
        cmocka_unit_test(a_tool_must_be_called_once),
        cmocka_unit_test(a_run_in_the_child_of_a_fork_ends),
        cmocka_unit_test(a_run_may_take_longer_than_a_request),
        cmocka_unit_test(calls_of_a_cut_stream_are_not_run),
        cmocka_unit_test(arguments_that_are_not_json_are_sent_back_as_json),
        cmocka_unit_test(parameters_are_refused_by_name),
        cmocka_unit_test(a_program_of_older_headers_runs_tools),
        cmocka_unit_test(reasoning_is_not_sent_back),
        cmocka_unit_test(unknown_members_of_a_call_are_sent_back),
        cmocka_unit_test(a_budget_ends_a_run_after_the_answer_that_exceeds_it),
        cmocka_unit_test(a_model_costs_what_the_client_knows),
        cmocka_unit_test(a_fallback_model_has_its_own_price),
        cmocka_unit_test(answers_of_unknown_usage_have_a_limit),
        cmocka_unit_test(an_event_can_end_a_run),
        cmocka_unit_test(another_thread_can_end_a_blocking_run),
        cmocka_unit_test(a_tool_can_use_the_loop),
        cmocka_unit_test(a_run_on_a_loop_can_be_cancelled),
        cmocka_unit_test(a_tool_that_never_finishes_is_misuse),
        cmocka_unit_test(time_ends_a_run_that_waits_for_a_tool),
        cmocka_unit_test(time_ends_a_request),
        cmocka_unit_test(the_time_of_a_run_prolongs_no_request),
        cmocka_unit_test(a_run_ends_with_its_loop),
        cmocka_unit_test(a_lack_of_memory_loses_nothing),
        cmocka_unit_test(a_killed_run_goes_on_from_its_ledger),
        cmocka_unit_test(the_spans_of_a_run_are_a_tree),
        cmocka_unit_test(the_spans_of_a_run_tell_whose_they_are),
        cmocka_unit_test(a_long_agent_name_is_cut_between_characters),
        cmocka_unit_test(the_spans_of_a_run_have_content_if_asked_for),
        cmocka_unit_test(a_tool_that_ends_a_run_ends_its_spans),
        cmocka_unit_test(an_abandoned_tool_ends_its_span),
        cmocka_unit_test(a_tracer_may_finish_an_abandoned_tool),
        cmocka_unit_test(a_run_with_a_bad_traceparent_is_refused),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
