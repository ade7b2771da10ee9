/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chutes/json.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "fake_model.h"
#include "toolkit/run_params.h"

/* What happened in a run. */
struct scene {
    struct fake_model model;
    chutes_conversation *talk;
    chutes_chat_params chat;
    chutes_run_params params;
    chutes_tool_handler tools[3];
    char log[512];
    chutes_tool_reply *later[4];
    size_t later_count;
    const char *later_arguments; /* of the newest */
    char *ledger;                /* the newest */
    int saves;
    int fail_save; /* this save fails; 0: none */
    chutes_tool_decision decision;
    const char *decision_text;
    bool cancels;     /* when it is asked before a tool runs */
    int cancels_save; /* when this save is made; 0: not */
    bool misuses;     /* the reply, when it is asked */
    bool complains;   /* with an error, when it is asked */
    /* Ends the run by the first deferred tool when it is asked about the second
     * call, or when this save is made. */
    bool stops_other;
    int stops_other_save;
};

static void note(struct scene *scene, const char *what, const char *more)
{
    size_t len = strlen(scene->log);

    (void)snprintf(scene->log + len, sizeof(scene->log) - len, "%s%s%s;", what,
                   more[0] != '\0' ? " " : "", more);
}

static chutes_status echo(const void *arguments, chutes_tool_reply *reply,
                          void *user_data)
{
    note(user_data, "echo", arguments);
    return chutes_tool_reply_printf(reply, "%s!", (const char *)arguments);
}

static chutes_status later(const void *arguments, chutes_tool_reply *reply,
                           void *user_data)
{
    struct scene *scene = user_data;

    note(scene, "later", arguments);
    chutes_tool_reply_defer(reply);
    scene->later[scene->later_count++] = reply;
    scene->later_arguments = arguments;
    return CHUTES_OK;
}

static void expect_nulls_are_refused(chutes_tool_reply *reply)
{
    chutes_status (*print)(chutes_tool_reply *, const char *, ...) =
        chutes_tool_reply_printf;

    assert_int_equal(chutes_tool_reply_set(reply, "kept", 4), CHUTES_OK);
    assert_int_equal(chutes_tool_reply_set(reply, NULL, 1),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_json(reply, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(print(reply, NULL), CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_set(NULL, "", 0),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_json(NULL, "1"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(print(NULL, ""), CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_fail(NULL, ""),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

static void expect_json_is_checked(chutes_tool_reply *reply)
{
    char huge[256];

    (void)snprintf(huge, sizeof(huge), "[1%0200d]", 0);
    assert_int_equal(chutes_tool_reply_json(reply, "{\"a\":[1]}"), CHUTES_OK);
    assert_int_equal(chutes_tool_reply_json(reply, "{"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_json(reply, "\"\xff\""),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_tool_reply_json(reply, huge), CHUTES_ERR_TOO_LARGE);
}

static void finish_and_stop(chutes_tool_reply *reply)
{
    chutes_tool_reply_end_run(reply);
    chutes_tool_reply_finish(reply, CHUTES_OK);
}

/* Replies with so many bytes of text. */
static chutes_status say_much(chutes_tool_reply *reply, const char *how,
                              size_t len)
{
    char *text = malloc(len + 1);
    chutes_status status;

    assert_non_null(text);
    memset(text, strstr(how, "dirt") != NULL ? 0xFF : 'x', len);
    text[len] = '\0';
    if (strstr(how, "print") != NULL) {
        status = chutes_tool_reply_printf(reply, "%s, %s", text, text);
    } else if (strstr(how, "complain") != NULL) {
        status = chutes_tool_reply_fail(reply, text);
    } else if (strstr(how, "quoted") != NULL) {
        text[0] = '"';
        text[len - 1] = '"';
        status = chutes_tool_reply_json(reply, text);
        assert_int_equal(status, CHUTES_ERR_TOO_LARGE);
    } else {
        status = chutes_tool_reply_set(reply, text, len);
    }
    free(text);
    return status;
}

/* Does what its arguments say. */
static chutes_status odd(const void *arguments, chutes_tool_reply *reply,
                         void *user_data)
{
    struct scene *scene = user_data;

    note(scene, "odd", "");
    if (strstr(arguments, "stop") != NULL) {
        chutes_tool_reply_end_run(reply);
        return CHUTES_OK;
    }
    if (strstr(arguments, "fail") != NULL) {
        if (strstr(arguments, "defer") != NULL) {
            chutes_tool_reply_defer(reply);
        }
        return CHUTES_ERR_FILE;
    }
    if (strstr(arguments, "keep") != NULL) {
        scene->later[scene->later_count++] = reply; /* without deferring it */
        return CHUTES_OK;
    }
    if (strstr(arguments, "bytes") != NULL) {
        return chutes_tool_reply_set(reply, "a\xff\0b", 4);
    }
    if (strstr(arguments, "json") != NULL) {
        expect_json_is_checked(reply);
    }
    if (strstr(arguments, "cancel") != NULL) {
        chutes_run_cancel(scene->model.run);
    }
    if (strstr(arguments, "at once") != NULL) {
        chutes_tool_reply_defer(reply);
        assert_int_equal(chutes_tool_reply_fail(reply, "\"no\""), CHUTES_OK);
        chutes_tool_reply_finish(reply, CHUTES_OK);
    }
    if (strstr(arguments, "twice") != NULL) {
        if (strstr(arguments, "defer") != NULL) {
            chutes_tool_reply_defer(reply);
        }
        assert_int_equal(chutes_tool_reply_set(reply, "once", 4), CHUTES_OK);
        chutes_tool_reply_finish(reply, CHUTES_OK);
        chutes_tool_reply_finish(reply, CHUTES_ERR_FILE);
        chutes_tool_reply_defer(reply);
    }
    if (strstr(arguments, "other") != NULL) {
        finish_and_stop(scene->later[0]);
        chutes_tool_reply_defer(reply);
        scene->later[scene->later_count++] = reply;
        assert_true(chutes_tool_reply_is_abandoned(reply));
        assert_null(chutes_tool_reply_call(reply));
        return CHUTES_OK; /* the arguments are gone */
    }
    if (strstr(arguments, "nulls") != NULL) {
        expect_nulls_are_refused(reply);
    }
    if (strstr(arguments, "recover") != NULL) {
        assert_int_equal(chutes_tool_reply_fail(reply, "no"), CHUTES_OK);
        return chutes_tool_reply_set(reply, "yes", 3);
    }
    if (strstr(arguments, "complain") != NULL) {
        return chutes_tool_reply_fail(
            reply, "\"\x01\n\\€a€€ \xF0\x9F\x98\x80 and so on, at length");
    }
    if (strstr(arguments, "huge") != NULL) {
        return say_much(reply, arguments, 1 << 20);
    }
    if (strstr(arguments, "100 MB") != NULL) {
        return say_much(reply, arguments, 100000000);
    }
    if (strstr(arguments, "slow") != NULL) {
        scene->model.run->deadline_us = chutes__clock_now_us();
        return chutes_tool_reply_set(reply, "at last", 7);
    }
    return CHUTES_OK;
}

static int save(const char *json, size_t len, void *user_data)
{
    struct scene *scene = user_data;

    assert_int_equal(strlen(json), len);
    scene->saves++;
    free(scene->ledger);
    scene->ledger = strdup(json);
    if (scene->saves == scene->cancels_save) {
        chutes_run_cancel(scene->model.run);
    }
    if (scene->saves == scene->stops_other_save) {
        finish_and_stop(scene->later[0]);
    }
    return scene->saves == scene->fail_save;
}

static chutes_tool_decision decide(const chutes_tool_call *call,
                                   const chutes_tool_handler *tool,
                                   chutes_tool_reply *reply, void *user_data)
{
    struct scene *scene = user_data;

    assert_string_equal(call->name, tool->name);
    note(scene, tool->is_read_only ? "ask about reading" : "ask", call->id);
    if (scene->decision_text != NULL) {
        assert_int_equal(chutes_tool_reply_set(reply, scene->decision_text,
                                               strlen(scene->decision_text)),
                         CHUTES_OK);
    }
    if (scene->complains) {
        assert_int_equal(chutes_tool_reply_fail(reply, "hm"), CHUTES_OK);
    }
    if (scene->cancels) {
        chutes_run_cancel(scene->model.run);
    }
    if (scene->misuses) {
        chutes_tool_reply_defer(reply);
        finish_and_stop(reply);
    }
    if (scene->stops_other && strcmp(call->id, "b") == 0) {
        finish_and_stop(scene->later[0]);
    }
    return scene->decision;
}

static void note_after(const chutes_tool_call *call, const char *result,
                       int is_error, void *user_data)
{
    (void)result;
    note(user_data, is_error ? "failed" : "did", call->id);
}

static void cancel_after(const chutes_tool_call *call, const char *result,
                         int is_error, void *user_data)
{
    struct scene *scene = user_data;

    note_after(call, result, is_error, scene);
    chutes_run_cancel(scene->model.run);
}

static void open_scene(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->talk = chutes_conversation_new(NULL);
    assert_int_equal(chutes_conversation_add_user(scene->talk, "Go."),
                     CHUTES_OK);
    scene->tools[0] = (chutes_tool_handler){
        .name = "echo", .run = echo, .user_data = scene, .is_read_only = 1};
    scene->tools[1] = (chutes_tool_handler){
        .name = "later", .run = later, .user_data = scene};
    scene->tools[2] =
        (chutes_tool_handler){.name = "odd", .run = odd, .user_data = scene};
    scene->chat = chutes_chat_params_default();
    scene->params = chutes_run_params_default();
    scene->params.chat = &scene->chat;
    scene->params.tools = scene->tools;
    scene->params.tool_count = COUNT(scene->tools);
    scene->params.user_data = scene;
}

static void close_scene(struct scene *scene)
{
    fake_model_close(&scene->model);
    chutes_conversation_free(scene->talk);
    free(scene->ledger);
}

static void start(struct scene *scene)
{
    chutes_error error;

    assert_int_equal(
        fake_model_start(&scene->model, scene->talk, &scene->params, &error),
        CHUTES_OK);
}

/* Frees what the program may free once a run has ended. */
static void free_talk(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct fake_model *model = user_data;
    struct scene *scene = (struct scene *)model; /* its first member */

    assert_int_equal(status, error->status);
    model->is_done = true;
    model->status = status;
    chutes_chat_response_free(response);
    chutes_conversation_free(scene->talk);
    scene->talk = NULL;
}

static void call(struct scene *scene, const char *first,
                 const char *first_arguments, const char *second,
                 const char *second_arguments)
{
    struct fake_answer answer = {
        .count = second != NULL ? 2 : 1,
        .tokens = 10,
        .calls = {{.id = "a", .name = first, .arguments = first_arguments},
                  {.id = "b", .name = second, .arguments = second_arguments}}};

    fake_model_answer(&scene->model, &answer);
}

static void finish(struct scene *scene)
{
    const struct fake_answer answer = {.text = "Done."};

    fake_model_answer(&scene->model, &answer);
    assert_true(scene->model.is_done);
    assert_int_equal(scene->model.status, CHUTES_OK);
}

static const char *result_at(const struct scene *scene, size_t index)
{
    const chutes_message *message = chutes_conversation_get(scene->talk, index);

    assert_non_null(message);
    assert_string_equal(message->role, "tool");
    return message->content;
}

static void rounds_go_on_until_an_answer_without_calls(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "echo", "{\"a\":1}", "echo", "{}");
    assert_int_equal(scene.model.asked, 2);
    call(&scene, "echo", "{\"b\":2}", NULL, NULL);
    finish(&scene);
    assert_string_equal(scene.log, "echo {\"a\":1};echo {};echo {\"b\":2};");
    assert_string_equal(result_at(&scene, 2), "{\"a\":1}!");
    assert_string_equal(result_at(&scene, 3), "{}!");
    assert_string_equal(result_at(&scene, 5), "{\"b\":2}!");
    assert_int_equal(chutes_conversation_count(scene.talk), 7);
    close_scene(&scene);
}

static void what_goes_wrong_is_told_to_the_model(void **state)
{
    static const struct {
        const char *name;
        const char *arguments;
        const char *result;
        const char *log;
    } rows[] = {
        {"nope", "{}", "Unknown tool: nope. Available: echo, later, odd", ""},
        {"", "{}", "Unknown tool: . Available: echo, later, odd", ""},
        {"echo", "{\"a\":",
         "{\"error\":\"invalid arguments: not JSON: the text ends too early at "
         "byte 5\"}",
         ""},
        {"echo", "[1]",
         "{\"error\":\"invalid arguments: $: expected an object\"}", ""},
        {"odd", "{\"do\":\"fail\"}",
         "{\"error\":\"the tool failed: a file could not be read or written\"}",
         "odd;"},
        {"odd", "{\"do\":\"bytes\"}",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b",
         "odd;"},
        {"odd", "{\"do\":\"nothing\"}", "", "odd;"},
        {"odd", "{\"do\":\"nulls\"}", "kept", "odd;"},
        {"odd", "{\"do\":\"at once\"}", "{\"error\":\"\\\"no\\\"\"}", "odd;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;

        open_scene(&scene);
        start(&scene);
        call(&scene, rows[i].name, rows[i].arguments, NULL, NULL);
        assert_string_equal(result_at(&scene, 2), rows[i].result);
        assert_string_equal(scene.log, rows[i].log);
        finish(&scene);
        close_scene(&scene);
    }
}

typedef struct {
    char *city;
    int days;
} trip;

static const chutes_field TRIP_FIELDS[] = {
    CHUTES_STRING(trip, city, "A city"),
    CHUTES_INT(trip, days, "How long", CHUTES_RANGE(1, 9)),
};
static const chutes_schema TRIP = CHUTES_SCHEMA(trip, "trip", TRIP_FIELDS);

static chutes_status plan(const void *arguments, chutes_tool_reply *reply,
                          void *user_data)
{
    struct scene *scene = user_data;
    const trip *wanted = arguments;

    if (wanted->days == 2) {
        chutes_tool_reply_defer(reply);
        scene->later[scene->later_count++] = reply;
    }
    return chutes_tool_reply_printf(reply, "%d days in %s", wanted->days,
                                    wanted->city);
}

static void arguments_become_a_struct(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.tools[0] = (chutes_tool_handler){
        .name = "plan", .schema = &TRIP, .run = plan, .user_data = &scene};
    start(&scene);
    call(&scene, "plan", "{\"city\":\"Rome\",\"days\":3}", "plan",
         "{\"city\":\"Rome\",\"days\":10}");
    assert_string_equal(result_at(&scene, 2), "3 days in Rome");
    assert_int_equal(strncmp(result_at(&scene, 3),
                             "{\"error\":\"invalid arguments: $.days: ", 37),
                     0);
    call(&scene, "plan", "{\"city\":\"Oslo\",\"days\":2}", NULL, NULL);
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    assert_string_equal(result_at(&scene, 5), "2 days in Oslo");
    finish(&scene);
    close_scene(&scene);
}

static void a_huge_result_is_cut(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.max_result_bytes = 100;
    start(&scene);
    call(&scene, "odd", "{\"do\":\"huge\"}", NULL, NULL);
    assert_in_range(strlen(result_at(&scene, 2)), 100, 160);
    assert_non_null(strstr(result_at(&scene, 2), "of 1048576 bytes left out]"));
    finish(&scene);
    close_scene(&scene);
}

/* U+FFFD: each invalid byte becomes three. */
#define REPLACED "\xEF\xBF\xBD"

static void the_limit_of_a_result_is_for_what_is_sent(void **state)
{
    static const char *const rows[] = {
        "",
        "a",
        "a",
        "a",
        "a" REPLACED,
        "a" REPLACED,
        "a" REPLACED,
        "a" REPLACED REPLACED,
        "a" REPLACED REPLACED "b",
    };

    (void)state;
    for (size_t max = 0; max < COUNT(rows); max++) {
        size_t len = strlen(rows[max]);
        const char *result;
        struct scene scene;

        open_scene(&scene);
        scene.params.max_result_bytes = max;
        start(&scene);
        call(&scene, "odd", "{\"do\":\"bytes\"}", NULL, NULL);
        result = result_at(&scene, 2);
        assert_memory_equal(result, rows[max], len);
        if (max + 1 < COUNT(rows)) {
            assert_int_equal(strncmp(result + len, " … [", 6), 0);
            assert_non_null(strstr(result, " of 4 bytes left out]"));
        } else {
            assert_int_equal(strlen(result), len);
        }
        finish(&scene);
        close_scene(&scene);
    }
}

/* However much a tool says, the library keeps what it sends. */
static void a_result_of_100_mb_needs_little_memory(void **state)
{
    static const char *const rows[] = {
        "{\"do\":\"100 MB\"}", "{\"do\":\"100 MB dirt\"}",
        "{\"do\":\"100 MB print\"}", "{\"do\":\"100 MB complain\"}",
        "{\"do\":\"100 MB quoted\"}"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        size_t peak;

        open_scene(&scene);
        start(&scene);
        alloc_fail_count();
        call(&scene, "odd", rows[i], NULL, NULL);
        peak = alloc_fail_peak();
        alloc_fail_off();
        assert_in_range(peak, 100, 2 << 20);
        assert_in_range(strlen(result_at(&scene, 2)), 10, (256 << 10) + 100);
        finish(&scene);
        close_scene(&scene);
    }
}

static void an_error_is_cut_so_that_it_stays_json(void **state)
{
    (void)state;
    for (size_t max = 0; max < 58; max++) {
        const char *result;
        struct scene scene;

        open_scene(&scene);
        scene.params.max_result_bytes = max;
        start(&scene);
        call(&scene, "odd", "{\"do\":\"complain\"}", NULL, NULL);
        result = result_at(&scene, 2);
        assert_int_equal(chutes_json_check(result, strlen(result), NULL),
                         CHUTES_OK);
        assert_int_equal(strncmp(result, "{\"error\":\"", 10), 0);
        assert_non_null(strstr(result, "…\"}"));
        assert_in_range(strlen(result), 15, max < 10 ? 15 : max + 5);
        finish(&scene);
        close_scene(&scene);
    }
}

static void json_is_checked_and_not_cut(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.max_result_bytes = 100;
    start(&scene);
    call(&scene, "odd", "{\"do\":\"json\"}", NULL, NULL);
    assert_string_equal(result_at(&scene, 2), "{\"a\":[1]}");
    finish(&scene);
    close_scene(&scene);
}

static void a_tool_can_end_the_run(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "odd", "{\"do\":\"stop\"}", "echo", "{}");
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.model.message, "the tool odd ended the run");
    assert_string_equal(scene.log, "odd;");
    assert_string_equal(result_at(&scene, 2),
                        "{\"error\":\"the tool failed: it ends the run\"}");
    assert_string_equal(result_at(&scene, 3),
                        "{\"error\":\"not executed: a tool ended the run\"}");
    close_scene(&scene);
}

static void the_program_decides_before_a_tool_runs(void **state)
{
    static const struct {
        chutes_tool_decision decision;
        const char *text;
        const char *result;
        const char *log;
    } rows[] = {
        {CHUTES_DECIDE_ALLOW, "ignored", "{}!", "ask about reading a;echo {};"},
        {CHUTES_DECIDE_DENY, "too late", "{\"error\":\"denied: too late\"}",
         "ask about reading a;"},
        {CHUTES_DECIDE_REPLACE, "7", "7", "ask about reading a;"},
        {CHUTES_DECIDE_END, NULL,
         "{\"error\":\"not executed: the run was ended\"}",
         "ask about reading a;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.before_tool = decide;
        scene.decision = rows[i].decision;
        scene.decision_text = rows[i].text;
        start(&scene);
        call(&scene, "echo", "{}", NULL, NULL);
        assert_string_equal(result_at(&scene, 2), rows[i].result);
        assert_string_equal(scene.log, rows[i].log);
        if (rows[i].decision != CHUTES_DECIDE_END) {
            finish(&scene);
        }
        close_scene(&scene);
    }
}

static chutes_tool_decision read_hints(const chutes_tool_call *call,
                                       const chutes_tool_handler *tool,
                                       chutes_tool_reply *reply,
                                       void *user_data)
{
    char hints[40];

    (void)call;
    (void)reply;
    (void)snprintf(hints, sizeof(hints), "%d %d %d", tool->is_read_only,
                   tool->is_destructive, tool->is_idempotent);
    note(user_data, tool->name, hints);
    return CHUTES_DECIDE_REPLACE;
}

static void the_hints_of_a_tool_reach_the_program(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.before_tool = read_hints;
    scene.tools[1].is_destructive = 1;
    scene.tools[2].is_idempotent = 1;
    start(&scene);
    call(&scene, "echo", "{}", "later", "{}");
    call(&scene, "odd", "{}", NULL, NULL);
    assert_string_equal(scene.log, "echo 1 0 0;later 0 1 0;odd 0 0 1;");
    finish(&scene);
    close_scene(&scene);
}

static void the_result_that_counts_says_whether_it_is_an_error(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.before_tool = decide;
    scene.params.after_tool = note_after;
    scene.complains = true;
    start(&scene);
    call(&scene, "echo", "{}", "odd", "{\"do\":\"recover\"}");
    assert_string_equal(scene.log,
                        "ask about reading a;echo {};did a;ask b;odd;did b;");
    scene.decision = CHUTES_DECIDE_REPLACE;
    call(&scene, "odd", "{}", NULL, NULL);
    assert_non_null(strstr(scene.log, ";failed a;"));
    assert_string_equal(result_at(&scene, 5), "{\"error\":\"hm\"}");
    finish(&scene);
    close_scene(&scene);
}

static void no_tool_runs_once_the_run_was_cancelled(void **state)
{
    (void)state;
    for (int in_save = 0; in_save <= 1; in_save++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.before_tool = decide;
        scene.params.save_ledger = save;
        scene.cancels = in_save == 0;
        scene.cancels_save = in_save;
        start(&scene);
        call(&scene, "echo", "{}", NULL, NULL);
        assert_string_equal(scene.log, "ask about reading a;");
        assert_string_equal(
            result_at(&scene, 2),
            "{\"error\":\"not executed: the run was cancelled\"}");
        assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
        close_scene(&scene);
    }
}

static void each_limit_ends_the_run_by_its_name(void **state)
{
    static const struct {
        int rounds;
        int calls;
        int64_t tokens;
        double cost;
        const char *message;
        const char *log;
    } rows[] = {
        {1, 9, CHUTES_UNSET, CHUTES_UNSET, "the run exceeds max_rounds (1)",
         ""},
        {9, 1, CHUTES_UNSET, CHUTES_UNSET, "the run exceeds max_tool_calls (1)",
         "echo {};"},
        {9, 9, 19, CHUTES_UNSET, "the run exceeds max_tokens (19)", ""},
        {9, 9, 20, 2.9e-5, "the run exceeds max_cost (2.9e-05 USD)", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.max_rounds = rows[i].rounds;
        scene.params.max_tool_calls = rows[i].calls;
        scene.params.max_tokens = rows[i].tokens;
        scene.params.max_cost = rows[i].cost;
        scene.params.input_price = 1;
        scene.params.output_price = 2;
        start(&scene);
        call(&scene, "echo", "{}", "echo", "{}");
        assert_true(scene.model.is_done);
        assert_int_equal(scene.model.status, CHUTES_ERR_TOO_LARGE);
        assert_string_equal(scene.model.message, rows[i].message);
        assert_string_equal(scene.log, rows[i].log);
        assert_int_equal(strncmp(result_at(&scene, 3),
                                 "{\"error\":\"not executed: max_", 28),
                         0);
        close_scene(&scene);
    }
}

static void expect_refusal(const chutes_run_params *params, const char *message)
{
    struct chutes_run taken;
    chutes_error error;

    assert_int_equal(
        chutes__run_params_take(params, &taken.params, &taken.chat, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, message);
}

static void an_amount_that_is_none_is_refused_by_name(void **state)
{
    static const double amounts[] = {-1, NAN, INFINITY, -INFINITY};
    struct scene scene;
    double *const fields[] = {&scene.params.max_cost, &scene.params.input_price,
                              &scene.params.output_price};
    static const char *const names[] = {"max_cost", "input_price",
                                        "output_price"};

    (void)state;
    open_scene(&scene);
    for (size_t i = 0; i < COUNT(fields) * COUNT(amounts); i++) {
        size_t field = i % COUNT(fields);
        char message[80];

        scene.params.max_cost = 1;
        scene.params.input_price = 0;
        scene.params.output_price = 0;
        *fields[field] = amounts[i / COUNT(fields)];
        (void)snprintf(message, sizeof(message),
                       "%s must be a finite number, 0 or more", names[field]);
        expect_refusal(&scene.params, message);
    }
    for (size_t field = 1; field < COUNT(fields); field++) {
        scene.params.input_price = 0;
        scene.params.output_price = 0;
        *fields[field] = CHUTES_UNSET;
        expect_refusal(&scene.params,
                       "input_price and output_price must be set together");
    }
    chutes_conversation_free(scene.talk);
}

static void a_limit_that_is_none_is_refused_by_name(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
#define EXPECT_REFUSAL(field, least)                                     \
    scene.params.field = (least)-1;                                      \
    expect_refusal(&scene.params, #field " must be " #least " or more"); \
    scene.params.field = (least)
    EXPECT_REFUSAL(max_rounds, 1);
    EXPECT_REFUSAL(max_tool_calls, 0);
    EXPECT_REFUSAL(max_parallel, 1);
    EXPECT_REFUSAL(max_tokens, 0);
    EXPECT_REFUSAL(max_talk_tokens, 0);
    EXPECT_REFUSAL(max_unknown_rounds, 0);
    EXPECT_REFUSAL(total_timeout_ms, 0);
    chutes_conversation_free(scene.talk);
}

static void time_is_up_between_rounds(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.total_timeout_ms = 1;
    start(&scene);
    (void)usleep(2000);
    call(&scene, "echo", "{}", NULL, NULL);
    assert_int_equal(scene.model.status, CHUTES_ERR_TIMEOUT);
    assert_string_equal(scene.log, "");
    close_scene(&scene);
}

/* A tool can't be interrupted, but what it did is known. */
static void a_tool_that_returns_too_late_has_its_result(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.total_timeout_ms = 3600000;
    scene.params.save_ledger = save;
    start(&scene);
    call(&scene, "odd", "{\"do\":\"slow\"}", "echo", "{}");
    assert_true(scene.model.is_done);
    assert_int_equal(scene.model.status, CHUTES_ERR_TIMEOUT);
    assert_string_equal(scene.log, "odd;");
    assert_string_equal(result_at(&scene, 2), "at last");
    assert_string_equal(
        result_at(&scene, 3),
        "{\"error\":\"not executed: the time of the run is over\"}");
    assert_non_null(strstr(scene.ledger, "\"at last\""));
    close_scene(&scene);
}

/* Counts how often it was asked, and ends the run the third time. */
static int shorten(chutes_conversation *talk, int64_t tokens, void *user_data)
{
    struct scene *scene = user_data;

    assert_ptr_equal(talk, scene->talk);
    assert_int_equal(tokens, chutes_conversation_tokens(talk));
    note(scene, "shorten", "");
    assert_int_equal(chutes_conversation_edit(talk, 0, "Go on."), CHUTES_OK);
    scene->saves++;
    return scene->saves == 3;
}

static void old_rounds_are_removed_between_rounds(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.max_talk_tokens = 40;
    start(&scene);
    for (int i = 0; i < 5; i++) {
        call(&scene, "echo", "{\"a\":1}", "echo", "{}");
        assert_true(chutes_conversation_tokens(scene.talk) <= 40);
    }
    assert_int_equal(scene.model.asked, 6);
    finish(&scene);
    assert_string_equal(chutes_conversation_get(scene.talk, 0)->content, "Go.");
    assert_string_equal(result_at(&scene, 2), "{\"a\":1}!");
    assert_string_equal(result_at(&scene, 3), "{}!");
    assert_int_equal(chutes_conversation_count(scene.talk), 5);
    close_scene(&scene);
}

static void a_program_may_shorten_between_rounds(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.max_talk_tokens = 10;
    scene.params.shorten = shorten;
    start(&scene);
    assert_string_equal(scene.log, "");
    for (int i = 0; i < 3; i++) {
        call(&scene, "echo", "{}", NULL, NULL);
    }
    assert_true(scene.model.is_done);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.model.message, "shorten ended the run");
    assert_string_equal(scene.log,
                        "echo {};shorten;echo {};shorten;echo {};shorten;");
    assert_string_equal(chutes_conversation_get(scene.talk, 0)->content,
                        "Go on.");
    close_scene(&scene);
}

static void the_handle_may_be_freed_before_a_limit_is_reached(void **state)
{
    (void)state;
    for (int timed = 0; timed <= 1; timed++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.total_timeout_ms = timed;
        scene.params.max_rounds = 1;
        start(&scene);
        scene.model.run->on_done = free_talk;
        chutes_run_free(scene.model.run);
        (void)usleep(2000);
        call(&scene, "echo", "{}", NULL, NULL);
        assert_true(scene.model.is_done);
        assert_int_equal(scene.model.status,
                         timed ? CHUTES_ERR_TIMEOUT : CHUTES_ERR_TOO_LARGE);
        assert_null(scene.model.run);
    }
}

/* The request was cancelled because the time was over. */
static void a_request_that_is_out_of_time_is_no_cancel(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.total_timeout_ms = 1;
    start(&scene);
    scene.model.run->on_done = free_talk;
    chutes_run_free(scene.model.run);
    (void)usleep(2000);
    chutes__run_expire(scene.model.run);
    assert_true(scene.model.is_cancelled);
    fake_model_fail(&scene.model, CHUTES_ERR_CANCELLED);
    assert_int_equal(scene.model.status, CHUTES_ERR_TIMEOUT);
    assert_null(scene.model.run);
}

static void calls_of_one_id_end_the_run(void **state)
{
    const struct fake_answer answer = {
        .count = 2,
        .calls = {{.id = "a", .name = "echo"}, {.id = "a", .name = "echo"}}};
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    fake_model_answer(&scene.model, &answer);
    assert_int_equal(scene.model.status, CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_conversation_count(scene.talk), 1);
    close_scene(&scene);
}

static const char CUT[] =
    "{\"error\":\"not executed: the answer was cut before its end\"}";

static void no_call_of_a_cut_answer_is_run(void **state)
{
    static const char *const reasons[] = {"length", "MAX_TOKENS",
                                          "model_length", "content_filter"};

    (void)state;
    for (size_t i = 0; i < COUNT(reasons); i++) {
        const struct fake_answer answer = {
            .finish_reason = reasons[i],
            .count = 2,
            .calls = {{.id = "", .name = "echo"}, {.id = "b", .name = "echo"}}};
        struct scene scene;

        open_scene(&scene);
        start(&scene);
        fake_model_answer(&scene.model, &answer);
        assert_string_equal(scene.log, "");
        assert_string_equal(
            chutes_conversation_get(scene.talk, 2)->tool_call_id, "call_0_0");
        assert_string_equal(result_at(&scene, 2), CUT);
        assert_string_equal(result_at(&scene, 3), CUT);
        assert_int_equal(scene.model.asked, 2);
        finish(&scene);
        close_scene(&scene);
    }
}

static void a_cancel_while_a_cut_answer_is_refused_ends_the_run(void **state)
{
    const struct fake_answer answer = {
        .finish_reason = "length",
        .count = 2,
        .calls = {{.id = "a", .name = "echo"}, {.id = "b", .name = "echo"}}};
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.after_tool = cancel_after;
    start(&scene);
    fake_model_answer(&scene.model, &answer);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.log, "failed a;failed b;");
    assert_string_equal(result_at(&scene, 3), CUT);
    close_scene(&scene);
}

static void a_failed_request_adds_nothing(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "echo", "{}", NULL, NULL);
    fake_model_fail(&scene.model, CHUTES_ERR_TRUNCATED);
    assert_int_equal(scene.model.status, CHUTES_ERR_TRUNCATED);
    assert_int_equal(chutes_conversation_count(scene.talk), 3);
    fake_model_close(&scene.model);
    /* The run can continue where it stopped. */
    start(&scene);
    finish(&scene);
    assert_string_equal(scene.log, "echo {};");
    close_scene(&scene);
}

static void deferred_tools_run_at_once(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.max_parallel = 2;
    start(&scene);
    call(&scene, "later", "{\"n\":1}", "later", "{\"n\":2}");
    assert_int_equal(scene.later_count, 2);
    assert_int_equal(scene.model.asked, 1);
    assert_int_equal(chutes_tool_reply_set(scene.later[1], "two", 3),
                     CHUTES_OK);
    chutes_tool_reply_finish(scene.later[1], CHUTES_OK);
    assert_int_equal(scene.model.asked, 1);
    chutes_tool_reply_finish(scene.later[0], CHUTES_ERR_TIMEOUT);
    assert_int_equal(scene.model.asked, 2);
    assert_string_equal(result_at(&scene, 2),
                        "{\"error\":\"the tool failed: a time limit was "
                        "reached\"}");
    assert_string_equal(result_at(&scene, 3), "two");
    finish(&scene);
    close_scene(&scene);
}

static void only_so_many_deferred_tools_run_at_once(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "later", "{\"n\":1}", "later", "{\"n\":2}");
    assert_int_equal(scene.later_count, 1);
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    assert_int_equal(scene.later_count, 2);
    chutes_tool_reply_finish(scene.later[1], CHUTES_OK);
    finish(&scene);
    close_scene(&scene);
}

static void a_cancel_ends_a_run_that_waits_for_a_tool(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "later", "{}", "echo", "{}");
    chutes_run_cancel(scene.model.run);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(result_at(&scene, 2),
                        "{\"error\":\"not finished: the run was cancelled\"}");
    assert_string_equal(result_at(&scene, 3),
                        "{\"error\":\"not executed: the run was cancelled\"}");
    assert_true(chutes_tool_reply_is_abandoned(scene.later[0]));
    close_scene(&scene);
    /* Nobody waits for it, but it has to be finished. */
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
}

static void a_deferred_tool_keeps_its_arguments(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    scene.model.run->on_done = free_talk;
    call(&scene, "later", "{\"n\":1}", NULL, NULL);
    assert_non_null(chutes_tool_reply_call(scene.later[0]));
    chutes_run_cancel(scene.model.run);
    assert_true(scene.model.is_done);
    assert_string_equal(scene.later_arguments, "{\"n\":1}");
    assert_null(chutes_tool_reply_call(scene.later[0]));
    assert_null(chutes_tool_reply_loop(scene.later[0]));
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    close_scene(&scene);
}

static void the_conversation_may_be_freed_when_after_tool_cancels(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.save_ledger = save;
    scene.params.after_tool = cancel_after;
    start(&scene);
    scene.model.run->on_done = free_talk;
    call(&scene, "later", "{}", "echo", "{}");
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.log, "later {};did a;failed b;");
    assert_int_equal(scene.saves, 3);
    close_scene(&scene);
}

static void the_conversation_may_be_freed_when_a_tool_ends_another(void **state)
{
    enum { IN_TOOL, IN_BEFORE_TOOL, IN_SAVE, PLACES };

    (void)state;
    for (int place = 0; place < PLACES; place++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.max_parallel = 2;
        scene.params.save_ledger = save;
        scene.params.before_tool = decide;
        scene.stops_other = place == IN_BEFORE_TOOL;
        scene.stops_other_save = place == IN_SAVE ? 2 : 0;
        start(&scene);
        scene.model.run->on_done = free_talk;
        call(&scene, "later", "{}", "odd", "{\"do\":\"end the other\"}");
        assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
        assert_string_equal(scene.log, place == IN_TOOL
                                           ? "ask a;later {};ask b;odd;"
                                           : "ask a;later {};ask b;");
        if (place == IN_TOOL) {
            chutes_tool_reply_finish(scene.later[1], CHUTES_OK);
        }
        close_scene(&scene);
    }
}

static void finish_the_other(const chutes_tool_call *call, const char *result,
                             int is_error, void *user_data)
{
    struct scene *scene = user_data;

    (void)result;
    (void)is_error;
    note(scene, "after", call->id);
    if (strcmp(call->id, "a") == 0) {
        chutes_tool_reply_finish(scene->later[1], CHUTES_OK);
    }
}

/* Fails when the first tool has finished. */
static int finish_the_other_and_fail(const char *json, size_t len,
                                     void *user_data)
{
    struct scene *scene = user_data;

    (void)json;
    (void)len;
    scene->saves++;
    if (scene->saves != 3) {
        return 0;
    }
    chutes_tool_reply_finish(scene->later[1], CHUTES_OK);
    return 1;
}

static void no_request_is_sent_by_a_run_that_ends(void **state)
{
    (void)state;
    for (int in_save = 0; in_save <= 1; in_save++) {
        struct scene scene;

        open_scene(&scene);
        scene.params.max_parallel = 2;
        if (in_save) {
            scene.params.save_ledger = finish_the_other_and_fail;
        } else {
            scene.params.after_tool = finish_the_other;
        }
        start(&scene);
        scene.model.run->on_done = free_talk;
        call(&scene, "later", "{}", "later", "{}");
        if (!in_save) {
            chutes_tool_reply_end_run(scene.later[0]);
        }
        chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
        assert_true(scene.model.is_done);
        assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
        assert_int_equal(scene.model.asked, 1);
        close_scene(&scene);
    }
}

static void a_reply_is_finished_once(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "odd", "{\"do\":\"twice\"}", "odd",
         "{\"do\":\"defer, twice\"}");
    assert_string_equal(result_at(&scene, 2), "once");
    assert_string_equal(result_at(&scene, 3), "once");
    finish(&scene);
    close_scene(&scene);
}

/* As long as the run is there, nothing that a program does with a reply that
 * has been finished matters. */
static void a_finished_reply_can_do_no_harm(void **state)
{
    struct scene scene;
    chutes_tool_reply *replies[2];

    (void)state;
    open_scene(&scene);
    scene.params.max_parallel = 2;
    start(&scene);
    call(&scene, "later", "{}", "odd", "{\"do\":\"keep\"}");
    memcpy(replies, scene.later, sizeof(replies));
    assert_int_equal(chutes_tool_reply_set(replies[0], "one", 3), CHUTES_OK);
    chutes_tool_reply_finish(replies[0], CHUTES_OK);
    for (int is_over = 0; is_over <= 1; is_over++) {
        for (size_t i = 0; i < COUNT(replies); i++) {
            (void)chutes_tool_reply_set(replies[i], "two", 3);
            chutes_tool_reply_defer(replies[i]);
            chutes_tool_reply_end_run(replies[i]);
            chutes_tool_reply_finish(replies[i], CHUTES_ERR_FILE);
            assert_true(chutes_tool_reply_is_abandoned(replies[i]));
            assert_null(chutes_tool_reply_call(replies[i]));
            assert_null(chutes_tool_reply_loop(replies[i]));
        }
        if (!is_over) {
            finish(&scene);
        }
    }
    assert_string_equal(result_at(&scene, 2), "one");
    assert_string_equal(result_at(&scene, 3), "");
    close_scene(&scene);
}

static void a_tool_that_defers_and_fails_has_finished(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "odd", "{\"do\":\"defer and fail\"}", "echo", "{}");
    assert_string_equal(
        result_at(&scene, 2),
        "{\"error\":\"the tool failed: a file could not be read or written\"}");
    assert_string_equal(scene.log, "odd;echo {};");
    finish(&scene);
    close_scene(&scene);
}

static void only_a_tool_can_defer_and_finish_its_reply(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.before_tool = decide;
    scene.misuses = true;
    scene.decision = CHUTES_DECIDE_DENY;
    start(&scene);
    call(&scene, "echo", "{}", NULL, NULL);
    assert_string_equal(result_at(&scene, 2), "{\"error\":\"denied: \"}");
    finish(&scene);
    close_scene(&scene);
}

static void a_cancel_in_a_tool_ends_the_run_after_it(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    call(&scene, "odd", "{\"do\":\"cancel\"}", "echo", "{}");
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.log, "odd;");
    assert_string_equal(result_at(&scene, 2), "");
    close_scene(&scene);
}

static void a_cancel_reaches_the_request(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    start(&scene);
    chutes_run_cancel(scene.model.run);
    assert_true(scene.model.is_cancelled);
    fake_model_fail(&scene.model, CHUTES_ERR_CANCELLED);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    close_scene(&scene);
}

static void the_ledger_is_saved_before_and_after_each_tool(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.save_ledger = save;
    start(&scene);
    call(&scene, "later", "{}", "echo", "{}");
    assert_int_equal(scene.saves, 1);
    assert_non_null(
        strstr(scene.ledger, "\"run\":{\"started\":[\"a\"],\"open\":[\"b\"]}"));
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    assert_int_equal(scene.saves, 4);
    assert_non_null(
        strstr(scene.ledger, "\"run\":{\"started\":[],\"open\":[]}"));
    finish(&scene);
    close_scene(&scene);
}

static void a_tool_does_not_run_if_the_ledger_is_not_saved(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    scene.params.save_ledger = save;
    scene.fail_save = 1;
    start(&scene);
    call(&scene, "echo", "{}", NULL, NULL);
    assert_int_equal(scene.model.status, CHUTES_ERR_CANCELLED);
    assert_string_equal(scene.log, "");
    assert_string_equal(
        result_at(&scene, 2),
        "{\"error\":\"not executed: the ledger was not saved\"}");
    close_scene(&scene);
}

/* Makes the nth allocation of a round fail; 0: none. Returns how many there
 * are. */
static long run_with_little_memory(long nth)
{
    struct scene scene;
    long calls;

    open_scene(&scene);
    scene.params.save_ledger = save;
    scene.tools[0] = (chutes_tool_handler){
        .name = "plan", .schema = &TRIP, .run = plan, .user_data = &scene};
    start(&scene);
    alloc_fail_at(nth);
    call(&scene, "plan", "{\"city\":\"Rome\",\"days\":3}", "odd", "{}");
    calls = alloc_fail_calls();
    alloc_fail_off();
    if (scene.model.is_done) {
        assert_int_equal(scene.model.status, CHUTES_ERR_NO_MEMORY);
    } else {
        const char *result = result_at(&scene, 2);

        /* If the run continues, a tool alone may have failed, and the model is
         * told so. */
        if (strcmp(result, "3 days in Rome") != 0) {
            assert_string_equal(
                result, "{\"error\":\"the tool failed: out of memory\"}");
        }
        finish(&scene);
    }
    close_scene(&scene);
    return calls;
}

static void a_run_without_memory_says_so(void **state)
{
    long total = run_with_little_memory(0);

    (void)state;
    assert_in_range(total, 10, 500);
    for (long i = 1; i <= total; i++) {
        (void)run_with_little_memory(i);
    }
}

/* Restores the ledger of a run that stopped while the first tool ran. */
static chutes_conversation *restore_started(void)
{
    chutes_conversation *talk = NULL;
    struct scene scene;
    chutes_error error;

    open_scene(&scene);
    scene.params.save_ledger = save;
    start(&scene);
    call(&scene, "later", "{}", "echo", "{\"n\":2}");
    assert_int_equal(
        chutes_run_restore(scene.ledger, strlen(scene.ledger), &talk, &error),
        CHUTES_ERR_PENDING_TOOL);
    assert_string_equal(error.param, "a");
    assert_non_null(talk);
    chutes_run_cancel(scene.model.run);
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    close_scene(&scene);
    return talk;
}

static void a_restored_run_goes_on_without_what_was_started(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    for (int repeats = 0; repeats < 2; repeats++) {
        open_scene(&scene);
        chutes_conversation_free(scene.talk);
        scene.talk = restore_started();
        assert_int_equal(
            fake_model_start(&scene.model, scene.talk, &scene.params, &error),
            CHUTES_ERR_PENDING_TOOL);
        if (repeats) {
            assert_int_equal(chutes_run_repeat(scene.talk, "a"), CHUTES_OK);
            scene.tools[1].run = echo;
        } else {
            assert_int_equal(
                chutes_conversation_add_tool_result(scene.talk, "a", "one"),
                CHUTES_OK);
        }
        start(&scene);
        assert_string_equal(scene.log, repeats ? "echo {};echo {\"n\":2};"
                                               : "echo {\"n\":2};");
        finish(&scene);
        assert_string_equal(result_at(&scene, 2), repeats ? "{}!" : "one");
        assert_int_equal(chutes_run_repeat(scene.talk, "a"),
                         CHUTES_ERR_INVALID_ARGUMENT);
        close_scene(&scene);
    }
}

#define BROKEN "{\"a\":"
#define WRAPPED "{\"INVALID_JSON\":\"{\\\"a\\\":\"}"
#define NOT_JSON                                                            \
    "{\"error\":\"invalid arguments: not JSON: the text ends too early at " \
    "byte 5\"}"

static const char *arguments_at(const struct scene *scene, size_t index)
{
    return chutes_conversation_get(scene->talk, index)
        ->tool_calls[0]
        ->arguments;
}

/* A server may refuse arguments that are not JSON, so that the run and every
 * later one would end. */
static void arguments_that_are_not_json_go_back_as_json(void **state)
{
    static const struct {
        const char *finish_reason;
        const char *result;
    } rows[] = {{NULL, NOT_JSON}, {"length", CUT}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fake_answer answer = {
            .finish_reason = rows[i].finish_reason,
            .count = 1,
            .calls = {{.id = "a", .name = "echo", .arguments = BROKEN}}};
        struct scene scene;

        open_scene(&scene);
        scene.params.after_tool = note_after;
        start(&scene);
        fake_model_answer(&scene.model, &answer);
        assert_int_equal(scene.model.asked, 2);
        assert_string_equal(arguments_at(&scene, 1), WRAPPED);
        assert_string_equal(result_at(&scene, 2), rows[i].result);
        finish(&scene);
        assert_string_equal(scene.log, "failed a;");
        close_scene(&scene);
    }
}

/* Executes a call that was in the conversation before the run. */
static void resume(const char *type, const char *arguments, const char *log,
                   const char *result)
{
    const chutes_tool_call call = {
        .id = "a", .type = type, .name = "echo", .arguments = arguments};
    const chutes_tool_call *const calls[] = {&call};
    const chutes_message message = chutes_assistant_tool_calls(NULL, calls, 1);
    struct scene scene;

    open_scene(&scene);
    assert_int_equal(chutes_conversation_add(scene.talk, &message, NULL),
                     CHUTES_OK);
    start(&scene);
    assert_string_equal(scene.log, log);
    assert_string_equal(result_at(&scene, 2), result);
    finish(&scene);
    close_scene(&scene);
}

static void no_tool_runs_with_an_object_that_marks_invalid_json(void **state)
{
    static const char MARKED[] = "{\"error\":\"invalid arguments: not JSON: "
                                 "they are marked as INVALID_JSON\"}";

    (void)state;
    resume("function", WRAPPED, "", NOT_JSON);
    resume("function", " { \"INVALID\\u005fJSON\" : \"{\\\"a\\\":\" } ", "",
           NOT_JSON);
    /* As a model may write it. */
    resume("function", "{\"INVALID_JSON\":\"{}\"}", "", MARKED);
    resume("t1", "{\"INVALID_JSON\":\"x\"}", "", MARKED);
    /* Other arguments. */
    resume("custom", WRAPPED, "echo " WRAPPED ";", WRAPPED "!");
    resume("custom", "", "echo;", "!");
    resume("function", "{\"INVALID_JSON\":1}", "echo {\"INVALID_JSON\":1};",
           "{\"INVALID_JSON\":1}!");
    resume("function", "{\"INVALID_JSON\":\"{\",\"n\":2}",
           "echo {\"INVALID_JSON\":\"{\",\"n\":2};",
           "{\"INVALID_JSON\":\"{\",\"n\":2}!");
}

static void a_ledger_tells_which_arguments_are_not_json(void **state)
{
    struct scene scene;
    struct scene again;
    chutes_error error;

    (void)state;
    open_scene(&scene);
    scene.params.save_ledger = save;
    start(&scene);
    /* The program is stopped while the first tool runs. */
    call(&scene, "later", "{}", "echo", BROKEN);
    open_scene(&again);
    chutes_conversation_free(again.talk);
    assert_int_equal(chutes_run_restore(scene.ledger, strlen(scene.ledger),
                                        &again.talk, &error),
                     CHUTES_ERR_PENDING_TOOL);
    assert_int_equal(
        chutes_conversation_add_tool_result(again.talk, "a", "one"), CHUTES_OK);
    start(&again);
    assert_string_equal(again.log, "");
    assert_string_equal(result_at(&again, 3), NOT_JSON);
    finish(&again);
    close_scene(&again);
    chutes_run_cancel(scene.model.run);
    chutes_tool_reply_finish(scene.later[0], CHUTES_OK);
    close_scene(&scene);
}

static void a_fork_knows_what_was_started(void **state)
{
    struct scene scene;
    chutes_conversation *talk = restore_started();
    chutes_error error;

    (void)state;
    open_scene(&scene);
    chutes_conversation_free(scene.talk);
    scene.talk = chutes_conversation_fork(talk);
    chutes_conversation_free(talk);
    assert_int_equal(
        fake_model_start(&scene.model, scene.talk, &scene.params, &error),
        CHUTES_ERR_PENDING_TOOL);
    assert_string_equal(scene.log, "");
    assert_int_equal(
        chutes_conversation_add_tool_result(scene.talk, "a", "one"), CHUTES_OK);
    start(&scene);
    assert_string_equal(scene.log, "echo {\"n\":2};");
    finish(&scene);
    close_scene(&scene);
}

/* A question of the user doesn't say what became of the tool, and the next run
 * doesn't touch calls that aren't its own. */
static void a_started_tool_stays_pending_behind_a_question(void **state)
{
    struct scene scene;
    chutes_error error;

    (void)state;
    open_scene(&scene);
    chutes_conversation_free(scene.talk);
    scene.talk = restore_started();
    assert_int_equal(chutes_conversation_add_user(scene.talk, "And?"),
                     CHUTES_OK);
    scene.params.save_ledger = save;
    assert_int_equal(
        fake_model_start(&scene.model, scene.talk, &scene.params, &error),
        CHUTES_ERR_PENDING_TOOL);
    assert_string_equal(error.param, "a");
    assert_int_equal(
        chutes_conversation_add_tool_result(scene.talk, "a", "one"), CHUTES_OK);
    start(&scene);
    finish(&scene);
    assert_string_equal(scene.log, "");
    assert_true(chutes_conversation_is_pending(scene.talk, 3));
    assert_string_equal(result_at(&scene, 3),
                        "{\"error\":\"not executed: no result was given\"}");
    assert_non_null(
        strstr(scene.ledger, "\"run\":{\"started\":[],\"open\":[\"b\"]}"));
    close_scene(&scene);
}

#define CALLING(run)                                                        \
    "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"," \
    "\"function\":{\"name\":\"f\"}},{\"id\":\"b\",\"function\":{\"name\":"  \
    "\"f\"}}]}]," run "}"

static void a_bad_ledger_is_refused(void **state)
{
    static const char *const rows[] = {
        "{\"messages\":[],\"run\":{\"started\":1}}",
        "{\"messages\":[],\"run\":{\"open\":[\"a\"]}}",
        "{\"messages\":[],\"run\":{\"open\":[1]}}",
        "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
        "\"function\":{\"name\":\"f\"}}]},{\"role\":\"tool\",\"content\":["
        "{\"type\":\"text\",\"text\":\"1\"}],\"tool_call_id\":\"a\"}],\"run\":"
        "{\"open\":[\"a\"]}}",
        "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
        "\"function\":{\"name\":\"f\"}}]},{\"role\":\"tool\",\"content\":\"1\","
        "\"tool_call_id\":\"a\"}],\"run\":{\"open\":[\"a\"]}}",
        CALLING("\"run\":{\"started\":[\"a\"],\"open\":[\"a\"]}"),
        CALLING("\"run\":{\"open\":[\"b\"],\"started\":[\"a\",\"b\"]}"),
        CALLING("\"run\":{\"open\":[\"a\",\"a\"]}"),
        CALLING("\"run\":{\"open\":[\"a\"],\"open\":[\"b\"]}"),
        CALLING("\"run\":{\"started\":[],\"started\":[]}"),
        CALLING("\"run\":{\"open\":[\"a\"]},\"run\":{\"open\":[\"b\"]}"),
        CALLING("\"run\":[]"),
    };
    chutes_conversation *talk;
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            chutes_run_restore(rows[i], strlen(rows[i]), &talk, &error),
            CHUTES_ERR_PROTOCOL);
        assert_null(talk);
        assert_int_equal(strncmp(error.message, "$.run", 5), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_go_on_until_an_answer_without_calls),
        cmocka_unit_test(what_goes_wrong_is_told_to_the_model),
        cmocka_unit_test(arguments_become_a_struct),
        cmocka_unit_test(a_huge_result_is_cut),
        cmocka_unit_test(the_limit_of_a_result_is_for_what_is_sent),
        cmocka_unit_test(a_result_of_100_mb_needs_little_memory),
        cmocka_unit_test(an_error_is_cut_so_that_it_stays_json),
        cmocka_unit_test(json_is_checked_and_not_cut),
        cmocka_unit_test(a_tool_can_end_the_run),
        cmocka_unit_test(the_program_decides_before_a_tool_runs),
        cmocka_unit_test(the_hints_of_a_tool_reach_the_program),
        cmocka_unit_test(the_result_that_counts_says_whether_it_is_an_error),
        cmocka_unit_test(no_tool_runs_once_the_run_was_cancelled),
        cmocka_unit_test(each_limit_ends_the_run_by_its_name),
        cmocka_unit_test(an_amount_that_is_none_is_refused_by_name),
        cmocka_unit_test(a_limit_that_is_none_is_refused_by_name),
        cmocka_unit_test(time_is_up_between_rounds),
        cmocka_unit_test(a_tool_that_returns_too_late_has_its_result),
        cmocka_unit_test(old_rounds_are_removed_between_rounds),
        cmocka_unit_test(a_program_may_shorten_between_rounds),
        cmocka_unit_test(the_handle_may_be_freed_before_a_limit_is_reached),
        cmocka_unit_test(a_request_that_is_out_of_time_is_no_cancel),
        cmocka_unit_test(calls_of_one_id_end_the_run),
        cmocka_unit_test(no_call_of_a_cut_answer_is_run),
        cmocka_unit_test(a_cancel_while_a_cut_answer_is_refused_ends_the_run),
        cmocka_unit_test(a_failed_request_adds_nothing),
        cmocka_unit_test(deferred_tools_run_at_once),
        cmocka_unit_test(only_so_many_deferred_tools_run_at_once),
        cmocka_unit_test(a_cancel_ends_a_run_that_waits_for_a_tool),
        cmocka_unit_test(a_deferred_tool_keeps_its_arguments),
        cmocka_unit_test(the_conversation_may_be_freed_when_after_tool_cancels),
        cmocka_unit_test(
            the_conversation_may_be_freed_when_a_tool_ends_another),
        cmocka_unit_test(no_request_is_sent_by_a_run_that_ends),
        cmocka_unit_test(a_reply_is_finished_once),
        cmocka_unit_test(a_finished_reply_can_do_no_harm),
        cmocka_unit_test(a_tool_that_defers_and_fails_has_finished),
        cmocka_unit_test(only_a_tool_can_defer_and_finish_its_reply),
        cmocka_unit_test(a_cancel_in_a_tool_ends_the_run_after_it),
        cmocka_unit_test(a_cancel_reaches_the_request),
        cmocka_unit_test(the_ledger_is_saved_before_and_after_each_tool),
        cmocka_unit_test(a_tool_does_not_run_if_the_ledger_is_not_saved),
        cmocka_unit_test(a_run_without_memory_says_so),
        cmocka_unit_test(a_restored_run_goes_on_without_what_was_started),
        cmocka_unit_test(arguments_that_are_not_json_go_back_as_json),
        cmocka_unit_test(no_tool_runs_with_an_object_that_marks_invalid_json),
        cmocka_unit_test(a_ledger_tells_which_arguments_are_not_json),
        cmocka_unit_test(a_fork_knows_what_was_started),
        cmocka_unit_test(a_started_tool_stays_pending_behind_a_question),
        cmocka_unit_test(a_bad_ledger_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
