/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fake_model.h"
#include "fault_random.h"

/*
 * Runs of random answers, tools and faults: cut answers, unknown tools, bad
 * arguments, denials, deferred tools, cancels, failed requests and saves, slow
 * answers and tools, small budgets, and programs that die and are restored from
 * their ledger. Whatever happens, each call has one result, no tool runs twice,
 * no limit is exceeded by more than one answer, and the result of a tool that
 * has finished survives the program. CHUTES_TEST_RUNS sets the number of runs,
 * CHUTES_TEST_SEED the seed.
 */
enum { RUNS = 5000, STEPS_MAX = 60, CALLS_MAX = 512, LATER_MAX = 64 };

/* How a call ended. */
enum outcome {
    NOT_RUN = 0,
    STARTED,
    RETURNED,    /* its tool has finished, with a result or an error */
    SAID_RESULT, /* likewise, with "result NUMBER" */
    SAID_LATE    /* with "late NUMBER" */
};

struct world {
    uint64_t random;
    struct fake_model model;
    chutes_conversation *talk;
    chutes_chat_params chat;
    chutes_run_params params;
    chutes_tool_handler tools[2];
    int calls; /* each call has its own number in its arguments */
    enum outcome outcomes[CALLS_MAX]; /* of each number */
    int64_t deadline_us;              /* of this run; INT64_MAX: none */
    int answers;                      /* in this run, as is what follows */
    int tools_run;
    int64_t tokens;
    chutes_tool_reply *later[LATER_MAX];
    size_t later_count;
    chutes_tool_reply *finished[LATER_MAX]; /* of this run */
    size_t finished_count;
    char *ledger; /* what has reached the disk */
    bool is_dead; /* the program has died: nothing is saved any more */
};

static unsigned pick(struct world *world, unsigned count)
{
    return (unsigned)(fault_random(&world->random) % count);
}

/* ---- time ---------------------------------------------------------------- */

static int64_t now_us = 1;

int64_t __wrap_chutes__clock_now_us(void);
int64_t __real_chutes__clock_now_us(void);

int64_t __wrap_chutes__clock_now_us(void)
{
    return now_us;
}

/* Lets up to a quarter of a second pass, but mostly none. */
static void pass_time(struct world *world)
{
    if (pick(world, 3) == 0) {
        now_us += (int64_t)pick(world, 250000);
    }
}

/* ---- what must always hold ----------------------------------------------- */

static void expect_pairs(const chutes_conversation *talk)
{
    size_t count;
    const chutes_message *messages = chutes_conversation_messages(talk, &count);

    for (size_t i = 0; i < count; i++) {
        size_t calls = messages[i].tool_call_count;

        assert_null(messages[i].tool_call_id);
        for (size_t k = 0; k < calls; k++) {
            i++;
            assert_true(i < count);
            assert_string_equal(messages[i].tool_call_id,
                                messages[i - k - 1].tool_calls[k]->id);
        }
    }
}

/* Asserts that no result is open after a run. */
static void expect_settled(const chutes_conversation *talk)
{
    for (size_t i = 0; i < chutes_conversation_count(talk); i++) {
        assert_false(chutes_conversation_is_pending(talk, i));
    }
}

static int number_of(const char *arguments)
{
    const char *colon = strchr(arguments, ':');

    return colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
}

/* Returns the result of the call with this number; NULL if there is none. */
static const char *find_result(const chutes_conversation *talk, int number)
{
    size_t count;
    const chutes_message *messages = chutes_conversation_messages(talk, &count);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < messages[i].tool_call_count; k++) {
            if (number_of(messages[i].tool_calls[k]->arguments) == number) {
                return messages[i + 1 + k].content;
            }
        }
    }
    return NULL;
}

/* Asserts that the conversation has the result of each tool that has
 * finished. */
static void expect_results(const struct world *world)
{
    for (int i = 1; i <= world->calls; i++) {
        const char *result;
        char text[32];

        if (world->outcomes[i] < RETURNED) {
            continue;
        }
        result = find_result(world->talk, i);
        assert_non_null(result);
        if (world->outcomes[i] == RETURNED) {
            assert_string_not_equal(result, "unknown");
            assert_null(strstr(result, "{\"error\":\"not "));
            continue;
        }
        (void)snprintf(text, sizeof(text), "%s %d",
                       world->outcomes[i] == SAID_RESULT ? "result" : "late",
                       i);
        assert_string_equal(result, text);
    }
}

/* Is there enough of everything for a tool to run, or a question to be asked?
 * The last answer may have exceeded the budget. */
static void expect_budget(const struct world *world)
{
    const chutes_run_params *params = &world->params;

    assert_true(params->max_tokens == CHUTES_UNSET ||
                world->tokens <= params->max_tokens);
    assert_true(params->max_cost == CHUTES_UNSET ||
                (double)world->tokens * 1.5e-6 <= params->max_cost * 1.000001);
    assert_true(world->answers < params->max_rounds);
}

/* Asserts that there was a reason for the way in which the run ended. */
static void expect_reason(const struct world *world)
{
    const chutes_run_params *params = &world->params;

    if (world->model.status == CHUTES_ERR_TIMEOUT) {
        assert_true(now_us >= world->deadline_us);
    }
    if (world->model.status == CHUTES_ERR_TOO_LARGE) {
        assert_true(
            world->answers >= params->max_rounds ||
            world->model.run->calls >= params->max_tool_calls ||
            (params->max_tokens != CHUTES_UNSET &&
             world->tokens > params->max_tokens) ||
            (params->max_cost != CHUTES_UNSET &&
             (double)world->tokens * 1.5e-6 > params->max_cost * 0.999999));
    }
}

/* ---- tools --------------------------------------------------------------- */

/* Remembers a reply that stays until its run is freed. */
static void remember(struct world *world, chutes_tool_reply *reply)
{
    if (world->finished_count < LATER_MAX) {
        world->finished[world->finished_count++] = reply;
    }
}

/* Uses a reply that must not be used any more. */
static void misuse(struct world *world)
{
    chutes_tool_reply *reply;

    if (world->finished_count == 0) {
        return;
    }
    reply = world->finished[pick(world, (unsigned)world->finished_count)];
    assert_true(chutes_tool_reply_is_abandoned(reply));
    (void)chutes_tool_reply_fail(reply, "too late");
    chutes_tool_reply_defer(reply);
    chutes_tool_reply_end_run(reply);
    chutes_tool_reply_finish(reply, CHUTES_OK);
}

/* From now on, nobody sees what the run does. */
static void die(struct world *world)
{
    world->is_dead = true;
    chutes_run_cancel(world->model.run);
}

/* Dies at random, and may be cancelled by its tools. */
static void disturb(struct world *world)
{
    misuse(world);
    switch (pick(world, 40)) {
    case 0:
        die(world);
        break;
    case 1:
        chutes_run_cancel(world->model.run);
        break;
    default:
        break;
    }
}

/* Returns how the tool of this number has finished. */
static enum outcome act(struct world *world, chutes_tool_reply *reply,
                        int number, chutes_status *status)
{
    *status = CHUTES_OK;
    switch (pick(world, 13)) {
    case 0:
        chutes_tool_reply_end_run(reply);
        return RETURNED;
    case 1:
        *status = CHUTES_ERR_FILE;
        return RETURNED;
    case 2:
        *status = chutes_tool_reply_set(reply, "\xff\0\xe2\x82", 4);
        return RETURNED;
    case 3:
        return RETURNED;
    case 4:
    case 5:
        if (world->later_count == LATER_MAX) {
            return RETURNED;
        }
        chutes_tool_reply_defer(reply);
        world->later[world->later_count++] = reply;
        return STARTED;
    case 6:
        chutes_tool_reply_defer(reply);
        chutes_tool_reply_finish(reply, CHUTES_ERR_TIMEOUT);
        return RETURNED;
    case 7:
        chutes_tool_reply_defer(reply);
        *status = CHUTES_ERR_CONNECT;
        return RETURNED;
    default:
        *status = chutes_tool_reply_printf(reply, "result %d", number);
        return SAID_RESULT;
    }
}

static chutes_status run_tool(const void *arguments, chutes_tool_reply *reply,
                              void *user_data)
{
    struct world *world = user_data;
    int number = number_of(arguments);
    enum outcome outcome;
    chutes_status status;

    assert_in_range(number, 1, CALLS_MAX - 1);
    assert_int_equal(world->outcomes[number], NOT_RUN);
    assert_true(now_us < world->deadline_us);
    expect_budget(world);
    world->tools_run++;
    assert_true(world->tools_run <= world->params.max_tool_calls);
    world->outcomes[number] = STARTED;
    disturb(world);
    pass_time(world);
    outcome = act(world, reply, number, &status);
    if (!world->is_dead) {
        world->outcomes[number] = outcome;
    }
    return status;
}

static chutes_tool_decision decide(const chutes_tool_call *call,
                                   const chutes_tool_handler *tool,
                                   chutes_tool_reply *reply, void *user_data)
{
    struct world *world = user_data;

    (void)call;
    (void)tool;
    (void)reply;
    pass_time(world); /* the user thinks */
    switch (pick(world, 20)) {
    case 0:
        return CHUTES_DECIDE_END;
    case 1:
        return CHUTES_DECIDE_REPLACE;
    case 2:
        return CHUTES_DECIDE_DENY;
    default:
        return CHUTES_DECIDE_ALLOW;
    }
}

static void finish_one(struct world *world)
{
    const chutes_tool_call *call;
    chutes_tool_reply *reply;
    size_t index;
    int number;
    bool is_awaited;

    if (world->later_count == 0) {
        return;
    }
    index = pick(world, (unsigned)world->later_count);
    reply = world->later[index];
    is_awaited = !chutes_tool_reply_is_abandoned(reply);
    world->later[index] = world->later[--world->later_count];
    call = chutes_tool_reply_call(reply);
    number = call != NULL ? number_of(call->arguments) : 0;
    (void)chutes_tool_reply_printf(reply, "late %d", number);
    if (is_awaited && !world->is_dead) {
        world->outcomes[number] = SAID_LATE;
    }
    if (pick(world, 20) == 0) {
        chutes_tool_reply_end_run(reply);
    }
    chutes_tool_reply_finish(reply, pick(world, 9) == 0 ? CHUTES_ERR_TIMEOUT
                                                        : CHUTES_OK);
    if (is_awaited) {
        remember(world, reply);
    }
}

/* Finishes another tool inside the callback about one. */
static void finish_inside(struct world *world)
{
    if (!world->is_dead && pick(world, 6) == 0) {
        finish_one(world);
    }
}

static void after(const chutes_tool_call *call, const char *result,
                  int is_error, void *user_data)
{
    (void)call;
    (void)result;
    (void)is_error;
    finish_inside(user_data);
}

static int save(const char *json, size_t len, void *user_data)
{
    struct world *world = user_data;

    (void)len;
    if (world->is_dead) {
        return 0; /* nobody sees what happens after its death */
    }
    expect_pairs(world->talk);
    pass_time(world);
    free(world->ledger);
    world->ledger = strdup(json);
    assert_non_null(world->ledger);
    finish_inside(world);
    if (pick(world, 40) == 0) {
        die(world);
    }
    return pick(world, 60) == 0;
}

/* Removes what is old, and forgets the results that were removed. */
static void trim(struct world *world)
{
    (void)chutes_conversation_trim(world->talk, 40, -1);
    expect_pairs(world->talk);
    for (int i = 1; i <= world->calls; i++) {
        if (find_result(world->talk, i) == NULL) {
            world->outcomes[i] = STARTED;
        }
    }
}

static int shorten(chutes_conversation *talk, int64_t tokens, void *user_data)
{
    struct world *world = user_data;

    assert_ptr_equal(talk, world->talk);
    assert_true(tokens > world->params.max_talk_tokens);
    expect_settled(talk);
    if (world->answers > 0) {
        pass_time(world); /* the run asks at first without a look at the time */
    }
    trim(world);
    return world->answers > 0 && pick(world, 20) == 0;
}

/* ---- the model ----------------------------------------------------------- */

static void answer(struct world *world)
{
    static const char *const names[] = {"a", "b", "a", "b", "a", "nope", ""};
    static const char *const ids[] = {"x", "y", "", "call_0_0", NULL};
    struct fake_answer made = {.tokens = (int64_t)pick(world, 10)};
    char arguments[FAKE_CALLS][32];

    if (pick(world, 5) == 0) {
        fake_model_fail(&world->model, CHUTES_ERR_TRUNCATED);
        return;
    }
    made.text = pick(world, 2) == 0 ? "Well." : NULL;
    made.finish_reason = pick(world, 8) == 0 ? "length" : "tool_calls";
    made.count = pick(world, 4);
    for (size_t i = 0; i < made.count; i++) {
        (void)snprintf(arguments[i], sizeof(arguments[i]),
                       pick(world, 8) == 0 ? "{\"n\":%d" : "{\"n\":%d}",
                       ++world->calls);
        made.calls[i].arguments = arguments[i];
        made.calls[i].name = names[pick(world, COUNT(names))];
        made.calls[i].id = ids[pick(world, COUNT(ids))];
    }
    world->answers++;
    world->tokens += 2 * made.tokens;
    fake_model_answer(&world->model, &made);
}

/* The loop tells a run that its time is over, sooner or later. */
static void watch_time(struct world *world)
{
    if (now_us >= world->deadline_us && pick(world, 4) > 0) {
        chutes__run_expire(world->model.run);
    }
}

static void step(struct world *world)
{
    if (world->model.is_asked) {
        assert_true(world->model.asked_us < world->deadline_us);
        expect_budget(world);
    }
    misuse(world);
    pass_time(world);
    watch_time(world);
    if (!world->model.is_done && pick(world, 40) == 0) {
        die(world);
    }
    if (world->model.is_done) {
        return;
    }
    if (world->model.is_cancelled && world->model.is_asked) {
        fake_model_fail(&world->model, CHUTES_ERR_CANCELLED);
    } else if (world->model.is_asked) {
        if (pick(world, 30) == 0) {
            chutes_run_cancel(world->model.run);
            return;
        }
        answer(world);
    } else {
        assert_true(world->later_count > 0);
        finish_one(world);
    }
}

/* ---- runs ---------------------------------------------------------------- */

/* The program has died: it begins again with what is on the disk. */
static void restore(struct world *world)
{
    chutes_status status;
    chutes_error error;

    chutes_conversation_free(world->talk);
    status = chutes_run_restore(world->ledger, strlen(world->ledger),
                                &world->talk, &error);
    while (status == CHUTES_ERR_PENDING_TOOL) {
        expect_pairs(world->talk);
        /* What was started may have done its work. */
        assert_int_equal(chutes_conversation_add_tool_result(
                             world->talk, error.param, "unknown"),
                         CHUTES_OK);
        status = chutes__run_check_started(world->talk, &error);
    }
    assert_int_equal(status, CHUTES_OK);
    expect_pairs(world->talk);
    expect_results(world);
    world->is_dead = false;
}

/* Returns false if the run could not begin. */
static bool run(struct world *world)
{
    chutes_error error;

    world->answers = 0;
    world->tools_run = 0;
    world->tokens = 0;
    world->deadline_us = world->params.total_timeout_ms > 0
                             ? now_us + world->params.total_timeout_ms * 1000
                             : INT64_MAX;
    if (fake_model_start(&world->model, world->talk, &world->params, &error) !=
        CHUTES_OK) {
        return false;
    }
    for (int i = 0; i < STEPS_MAX && !world->model.is_done; i++) {
        step(world);
        expect_pairs(world->talk);
    }
    if (!world->model.is_done) {
        chutes_run_cancel(world->model.run);
        if (!world->model.is_done) {
            fake_model_fail(&world->model, CHUTES_ERR_CANCELLED);
        }
    }
    expect_pairs(world->talk);
    expect_settled(world->talk);
    if (!world->is_dead) {
        expect_results(world);
    }
    expect_reason(world);
    misuse(world);
    world->finished_count = 0;
    fake_model_close(&world->model);
    while (world->later_count > 0) {
        finish_one(world);
    }
    return true;
}

/* Chooses the limits of a run. */
static void limit(struct world *world)
{
    chutes_run_params *params = &world->params;

    params->max_parallel = 1 + (int)pick(world, 3);
    params->max_rounds = 1 + (int)pick(world, 8);
    params->max_tool_calls = 1 + (int)pick(world, 20);
    params->total_timeout_ms =
        pick(world, 2) == 0 ? 1 + (int64_t)pick(world, 1000) : 0;
    params->max_tokens =
        pick(world, 3) == 0 ? (int64_t)pick(world, 60) : CHUTES_UNSET;
    /* A token costs 1.5 USD per million, half of them being prompts. */
    params->max_cost =
        pick(world, 3) == 0 ? 1e-6 * pick(world, 90) : (double)CHUTES_UNSET;
    params->max_talk_tokens = pick(world, 3) == 0 ? 60 : CHUTES_UNSET;
    params->shorten = shorten;
    params->input_price = 1;
    params->output_price = 2;
}

static void live(struct world *world)
{
    world->talk = chutes_conversation_new("Be kind.");
    world->tools[0] =
        (chutes_tool_handler){.name = "a", .run = run_tool, .user_data = world};
    world->tools[1] =
        (chutes_tool_handler){.name = "b", .run = run_tool, .user_data = world};
    world->chat = chutes_chat_params_default();
    world->params = chutes_run_params_default();
    world->params.chat = &world->chat;
    world->params.tools = world->tools;
    world->params.tool_count = COUNT(world->tools);
    world->params.user_data = world;
    world->params.save_ledger = save;
    world->params.before_tool = pick(world, 2) == 0 ? decide : NULL;
    world->params.after_tool = pick(world, 2) == 0 ? after : NULL;
    limit(world);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(chutes_conversation_add_user(world->talk, "Go."),
                         CHUTES_OK);
        assert_true(run(world));
        while (world->is_dead && world->ledger != NULL) {
            restore(world);
            assert_true(run(world));
        }
        world->is_dead = false;
        if (pick(world, 4) == 0) {
            trim(world);
        }
    }
    chutes_conversation_free(world->talk);
    free(world->ledger);
}

static long read_number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

static void each_call_has_one_result_and_no_tool_runs_twice(void **state)
{
    uint64_t seed = (uint64_t)read_number("CHUTES_TEST_SEED",
                                          (long)__real_chutes__clock_now_us());
    long runs = read_number("CHUTES_TEST_RUNS", RUNS);

    (void)state;
    print_message("CHUTES_TEST_SEED=%" PRIu64 "\n", seed);
    for (long i = 0; i < runs; i++) {
        struct world world = {.random = seed + (uint64_t)i};

        live(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_has_one_result_and_no_tool_runs_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
