/* SPDX-License-Identifier: MIT */
#include "chat/accumulate.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "chat_log.h"

/* tests/fixtures/stream has the results of whole streams. These tests cover
 * what a stream can't show. */

struct told {
    FILE *log;
    size_t stop_at; /* the event at which to stop; 0: none */
    size_t events;
};

static int take_event(const chutes_chat_event *event, void *user_data)
{
    struct told *told = user_data;

    chat_log_event(told->log, event);
    told->events++;
    return told->events == told->stop_at;
}

static int count_event(const chutes_chat_event *event, void *user_data)
{
    size_t *count = user_data;

    (void)event;
    (*count)++;
    return 0;
}

static struct chutes__chunk scratch;

static void dispose(struct chutes__accumulator *acc)
{
    chutes__accumulator_dispose(acc);
    chutes__chunk_dispose(&scratch);
}

static void init(struct chutes__accumulator *acc, chutes_chat_event_fn on_event,
                 void *user_data)
{
    const struct chutes__accumulator_options options = {
        on_event, user_data, 64,    128,   128,   1 << 24,
        &scratch, 0,         false, false, false, CHUTES_REASONING_TAGS_OFF};

    chutes__accumulator_init(acc, &options);
}

static chutes_status apply(struct chutes__accumulator *acc, const char *json)
{
    chutes_error error;

    chutes__error_clear(&error);
    return chutes__accumulator_apply(acc, json, strlen(json),
                                     CHUTES__DATA_CHUNK, &error);
}

/* Returns the answer as text, which the caller frees. */
static char *describe(struct chutes__accumulator *acc)
{
    char *text = NULL;
    size_t size;
    FILE *log = open_memstream(&text, &size);
    chutes_chat_response response = {0};
    struct chutes__arena arena;

    assert_non_null(log);
    chutes__arena_init(&arena);
    assert_int_equal(chutes__accumulator_build(acc, &arena, &response),
                     CHUTES_OK);
    chat_log_response(log, &response);
    (void)fclose(log);
    chutes__arena_dispose(&arena);
    return text;
}

static void check_described(struct chutes__accumulator *acc, const char *want)
{
    char *got = describe(acc);

    assert_string_equal(got, want);
    free(got);
}

/* ---- building ------------------------------------------------------------ */

static void an_answer_of_nothing_has_no_null_strings(void **state)
{
    struct chutes__accumulator acc;
    chutes_chat_response response = {0};
    struct chutes__arena arena;

    (void)state;
    init(&acc, NULL, NULL);
    chutes__arena_init(&arena);
    assert_int_equal(chutes__accumulator_build(&acc, &arena, &response),
                     CHUTES_OK);
    assert_string_equal(response.id, "");
    assert_string_equal(response.model, "");
    assert_string_equal(response.raw_json, "");
    assert_int_equal(response.raw_len, 0);
    assert_int_equal(response.choice_count, 0);
    assert_int_equal(response.warning_count, 0);
    assert_null(response.usage);
    chutes__arena_dispose(&arena);
    dispose(&acc);
}

static void the_answer_outlives_its_accumulator(void **state)
{
    static const char json[] =
        "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":3,\"delta\":{"
        "\"role\":\"tool\",\"content\":\"c\",\"reasoning\":\"r\",\"refusal\":"
        "\"no\",\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"type\":\"t\","
        "\"function\":{\"name\":\"n\",\"arguments\":\"a\"}}]},\"logprobs\":{"
        "\"content\":[{\"token\":\"k\",\"logprob\":-1,\"bytes\":[1]}]},"
        "\"finish_reason\":\"stop\",\"stop_reason\":\"s\"}],\"usage\":{"
        "\"total_tokens\":1}}";
    char *text = NULL;
    size_t size;
    FILE *log = open_memstream(&text, &size);
    chutes_chat_response response = {0};
    struct chutes__accumulator acc;
    struct chutes__arena arena;

    (void)state;
    init(&acc, NULL, NULL);
    acc.options.asked = 4;
    chutes__arena_init(&arena);
    assert_int_equal(apply(&acc, json), CHUTES_OK);
    assert_int_equal(chutes__accumulator_build(&acc, &arena, &response),
                     CHUTES_OK);
    dispose(&acc);
    chat_log_response(log, &response);
    (void)fclose(log);
    assert_string_equal(text,
                        "end none id \"i\" model \"m\"\n"
                        "choice 3 role \"tool\" finish \"stop\" stop \"s\"\n"
                        "  reasoning \"r\"\n"
                        "  content \"c\"\n"
                        "  refusal \"no\"\n"
                        "  call 0 id \"x\" type \"t\" name \"n\" arguments "
                        "\"a\"\n"
                        "  token \"k\" -1 bytes 1 top 0\n"
                        "usage total 1\n");
    assert_string_equal(response.raw_json, json);
    assert_int_equal(response.raw_len, sizeof(json) - 1);
    free(text);
    chutes__arena_dispose(&arena);
}

static void an_answer_can_be_built_twice_and_go_on(void **state)
{
    static const char chunk[] =
        "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}";
    static const char once[] = "end none\nchoice 0\n  content \"a\"\n";
    struct chutes__accumulator acc;

    (void)state;
    init(&acc, NULL, NULL);
    assert_int_equal(apply(&acc, chunk), CHUTES_OK);
    check_described(&acc, once);
    check_described(&acc, once);
    assert_int_equal(apply(&acc, chunk), CHUTES_OK);
    check_described(&acc, "end none\nchoice 0\n  content \"aa\"\n");
    dispose(&acc);
}

static void the_most_choices_and_calls_come_sorted(void **state)
{
    char json[256];
    struct chutes__accumulator acc;
    chutes_chat_response response = {0};
    struct chutes__arena arena;
    int i;

    (void)state;
    init(&acc, NULL, NULL);
    chutes__arena_init(&arena);
    for (i = 0; i < 128; i++) {
        /* 77 and 128 are coprime: each index occurs once. */
        int index = i * 77 % 128;

        (void)snprintf(json, sizeof(json),
                       "{\"choices\":[{\"index\":%d,\"delta\":{}},{\"index\":5,"
                       "\"delta\":{\"tool_calls\":[{\"index\":%d,\"id\":"
                       "\"c%d\"}]}}]}",
                       index, index, index);
        assert_int_equal(apply(&acc, json), CHUTES_OK);
    }
    assert_int_equal(chutes__accumulator_build(&acc, &arena, &response),
                     CHUTES_OK);
    assert_int_equal(response.choice_count, 128);
    assert_int_equal(response.choices[5]->tool_call_count, 128);
    for (i = 0; i < 128; i++) {
        assert_int_equal(response.choices[i]->index, i);
        assert_int_equal(response.choices[5]->tool_calls[i]->index, i);
    }
    chutes__arena_dispose(&arena);
    dispose(&acc);
}

/* Appends text that is as many times there. */
static void repeat(char *json, size_t size, const char *text, int count)
{
    for (int i = 0; i < count; i++) {
        size_t len = strlen(json);

        (void)snprintf(json + len, size - len, "%s", text);
    }
}

static const char *extra_of(struct chutes__accumulator *acc,
                            struct chutes__arena *arena)
{
    chutes_chat_response response = {0};

    assert_int_equal(chutes__accumulator_build(acc, arena, &response),
                     CHUTES_OK);
    return response.choices[0]->tool_calls[0]->extra_json;
}

#define ONE_CALL(members)                                            \
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":" \
    "\"a\"" members "}]}}]}"

static void a_call_keeps_64_unknown_members(void **state)
{
    char json[256];
    char want[2048] = "{";
    struct chutes__accumulator acc;
    struct chutes__arena arena;

    (void)state;
    init(&acc, NULL, NULL);
    chutes__arena_init(&arena);
    for (int i = 0; i < 70; i++) {
        size_t len = strlen(want);

        (void)snprintf(json, sizeof(json), ONE_CALL(",\"x%d\":[%d]"), i, i);
        assert_int_equal(apply(&acc, json), CHUTES_OK);
        if (i < 64) {
            (void)snprintf(want + len, sizeof(want) - len, "%s\"x%d\":[%d]",
                           i > 0 ? "," : "", i, i);
        }
    }
    assert_int_equal(apply(&acc, ONE_CALL(",\"x63\":1,\"x64\":1")), CHUTES_OK);
    repeat(want, sizeof(want), "}", 1);
    assert_string_equal(extra_of(&acc, &arena), want);
    chutes__arena_dispose(&arena);
    dispose(&acc);
}

/* A request could not hold them. */
static void unknown_members_that_are_too_deep_are_left_out(void **state)
{
    (void)state;
    for (int levels = 59; levels < 61; levels++) {
        char json[512] = "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":"
                         "0,\"x\":";
        char want[256] = "{\"x\":";
        struct chutes__accumulator acc;
        struct chutes__arena arena;

        init(&acc, NULL, NULL);
        acc.options.max_json_depth = 128;
        chutes__arena_init(&arena);
        repeat(json, sizeof(json), "[", levels);
        repeat(json, sizeof(json), "]", levels);
        repeat(json, sizeof(json), "}]}}]}", 1);
        assert_int_equal(apply(&acc, json), CHUTES_OK);
        repeat(want, sizeof(want), "[", levels);
        repeat(want, sizeof(want), "]", levels);
        repeat(want, sizeof(want), "}", 1);
        if (levels == 59) {
            assert_string_equal(extra_of(&acc, &arena), want);
        } else {
            assert_null(extra_of(&acc, &arena));
        }
        chutes__arena_dispose(&arena);
        dispose(&acc);
    }
}

static void each_warning_is_told_once_in_order(void **state)
{
    static const enum chutes__warning order[] = {
        CHUTES__WARN_NO_FINISH_REASON,     CHUTES__WARN_EMPTY_COMPLETION,
        CHUTES__WARN_JOINED_EVENTS,        CHUTES__WARN_NO_FINISH_REASON,
        CHUTES__WARN_ERROR_OUTSIDE_SSE,    CHUTES__WARN_NOT_STREAMED,
        CHUTES__WARN_FLUSHED_AT_EOF,       CHUTES__WARN_PARTIAL_EVENT_DROPPED,
        CHUTES__WARN_STREAM_RESTARTED,     CHUTES__WARN_ID_CHANGED,
        CHUTES__WARN_TOOL_INDEX_REUSED,    CHUTES__WARN_TOOL_INDEX_MISSING,
        CHUTES__WARN_PARTIAL_EVENT_DROPPED};
    struct chutes__accumulator acc;
    size_t i;

    (void)state;
    init(&acc, NULL, NULL);
    for (i = 0; i < COUNT(order); i++) {
        chutes__accumulator_warn(&acc, order[i]);
    }
    check_described(&acc, "end none\n"
                          "warning no_finish_reason\n"
                          "warning empty_completion\n"
                          "warning joined_events\n"
                          "warning error_outside_sse\n"
                          "warning not_streamed\n"
                          "warning flushed_at_eof\n"
                          "warning partial_event_dropped\n"
                          "warning stream_restarted\n"
                          "warning id_changed\n"
                          "warning tool_index_reused\n"
                          "warning tool_index_missing\n");
    dispose(&acc);
}

/* ---- state --------------------------------------------------------------- */

static void it_is_finished_when_every_choice_is(void **state)
{
    struct chutes__accumulator acc;

    (void)state;
    init(&acc, NULL, NULL);
    acc.options.asked = 2;
    assert_false(chutes__accumulator_finished(&acc));
    assert_false(chutes__accumulator_has_content(&acc));
    assert_int_equal(apply(&acc, "{\"id\":\"x\",\"choices\":[]}"), CHUTES_OK);
    assert_false(chutes__accumulator_has_content(&acc));
    assert_int_equal(apply(&acc, "{\"usage\":{\"total_tokens\":1}}"),
                     CHUTES_OK);
    assert_true(chutes__accumulator_has_content(&acc));
    assert_false(chutes__accumulator_finished(&acc));
    assert_int_equal(
        apply(&acc, "{\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}"),
        CHUTES_OK);
    assert_false(chutes__accumulator_finished(&acc));
    assert_int_equal(apply(&acc, "{\"choices\":[{\"index\":0}]}"), CHUTES_OK);
    assert_false(chutes__accumulator_finished(&acc));
    assert_null(chutes__accumulator_failed(&acc));
    assert_int_equal(
        apply(&acc,
              "{\"choices\":[{\"index\":0,\"finish_reason\":\"error\"}]}"),
        CHUTES_OK);
    assert_true(chutes__accumulator_finished(&acc));
    assert_string_equal(chutes__accumulator_failed(&acc)->finish_reason.data,
                        "error");
    dispose(&acc);
}

static void a_choice_alone_is_content(void **state)
{
    struct chutes__accumulator acc;

    (void)state;
    init(&acc, NULL, NULL);
    assert_int_equal(apply(&acc, "{\"choices\":[{}]}"), CHUTES_OK);
    assert_true(chutes__accumulator_has_content(&acc));
    assert_false(acc.saw_token);
    dispose(&acc);
}

static void without_a_callback_nothing_is_counted_as_told(void **state)
{
    static const char json[] = "{\"choices\":[{\"delta\":{\"content\":\"a\"},"
                               "\"finish_reason\":\"stop\"}]}";
    struct chutes__accumulator acc;
    size_t count = 0;

    (void)state;
    init(&acc, NULL, NULL);
    assert_int_equal(apply(&acc, json), CHUTES_OK);
    assert_int_equal(acc.event_count, 0);
    assert_true(acc.saw_token);
    dispose(&acc);
    init(&acc, count_event, &count);
    assert_int_equal(apply(&acc, json), CHUTES_OK);
    assert_int_equal(acc.event_count, 2);
    assert_int_equal(count, 2);
    dispose(&acc);
}

static void each_kind_of_token_is_seen(void **state)
{
    static const char *const deltas[] = {
        "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
        "{\"choices\":[{\"delta\":{\"reasoning\":\"a\"}}]}",
        "{\"choices\":[{\"delta\":{\"refusal\":\"a\"}}]}",
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}"};
    struct chutes__accumulator acc;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(deltas); i++) {
        init(&acc, NULL, NULL);
        assert_int_equal(apply(&acc, "{\"choices\":[{\"delta\":{\"role\":"
                                     "\"assistant\",\"content\":\"\"}}]}"),
                         CHUTES_OK);
        assert_false(acc.saw_token);
        assert_int_equal(apply(&acc, deltas[i]), CHUTES_OK);
        assert_true(acc.saw_token);
        dispose(&acc);
    }
}

/* The end replaces half a character by three bytes. */
static void a_limit_that_the_end_exceeds_is_named(void **state)
{
    struct chutes__accumulator acc;
    chutes_error error;

    (void)state;
    init(&acc, NULL, NULL);
    acc.options.max_text = 4;
    assert_int_equal(
        apply(&acc, "{\"choices\":[{\"delta\":{\"content\":\"abc\\ud83d\"}}]}"),
        CHUTES_OK);
    assert_int_equal(chutes__accumulator_end(&acc, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_stream_bytes (4)"));
    dispose(&acc);
}

/* ---- calls --------------------------------------------------------------- */

static const char CALLS[] =
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{"
    "\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{"
    "\"name\":\"g\",\"arguments\":\"{}\"}}]}}]}";

static void check_end(size_t stop_at, chutes_status want, const char *want_log)
{
    char *text = NULL;
    size_t size;
    struct told told = {open_memstream(&text, &size), stop_at, 0};
    struct chutes__accumulator acc;
    chutes_error error;

    assert_non_null(told.log);
    init(&acc, take_event, &told);
    assert_int_equal(apply(&acc, CALLS), CHUTES_OK);
    assert_int_equal(chutes__accumulator_end(&acc, &error), want);
    assert_int_equal(chutes__accumulator_end(&acc, &error), CHUTES_OK);
    (void)fclose(told.log);
    assert_string_equal(text, want_log);
    free(text);
    dispose(&acc);
}

static void the_end_tells_of_the_last_call_once(void **state)
{
    static const char want[] =
        "delta 0 \"{}\" call 0 id \"a\" name \"f\" arguments \"{}\"\n"
        "finished 0 call 0 id \"a\" name \"f\" arguments \"{}\"\n"
        "delta 0 \"{}\" call 1 id \"b\" name \"g\" arguments \"{}\"\n"
        "finished 0 call 1 id \"b\" name \"g\" arguments \"{}\"\n";

    (void)state;
    check_end(0, CHUTES_OK, want);
    check_end(4, CHUTES_ERR_CANCELLED, want);
}

static void calls_of_a_whole_answer_need_no_index(void **state)
{
    struct chutes__accumulator acc;

    (void)state;
    init(&acc, NULL, NULL);
    assert_int_equal(apply(&acc, CALLS), CHUTES_OK);
    assert_true(acc.seen[CHUTES__WARN_TOOL_INDEX_MISSING]);
    dispose(&acc);
    init(&acc, NULL, NULL);
    acc.is_whole = true;
    assert_int_equal(apply(&acc, CALLS), CHUTES_OK);
    assert_int_equal(acc.warning_count, 0);
    dispose(&acc);
}

/* ---- failures ------------------------------------------------------------ */

static void malformed_json_changes_nothing(void **state)
{
    static const char json[] =
        "{\"id\":\"i\",\"choices\":[{\"delta\":{\"content\":\"a\"}}],";
    struct chutes__accumulator acc;
    chutes_error error;
    size_t count = 0;

    (void)state;
    chutes__error_clear(&error);
    init(&acc, count_event, &count);
    assert_int_equal(chutes__accumulator_apply(&acc, json, sizeof(json) - 1,
                                               CHUTES__DATA_CHUNK, &error),
                     CHUTES_ERR_PROTOCOL);
    assert_non_null(acc.chunk->fault);
    assert_int_equal(acc.chunk->fault_at, sizeof(json) - 1);
    assert_int_equal(error.status, CHUTES_ERR_PROTOCOL);
    assert_int_equal(count, 0);
    check_described(&acc, "end none\n");
    dispose(&acc);
}

static void an_error_leaves_what_the_transport_told(void **state)
{
    static const char json[] = "{\"error\":{\"message\":\"m\",\"code\":7}}";
    struct chutes__accumulator acc;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    error.http_status = 200;
    error.attempts = 1;
    (void)snprintf(error.request_id, sizeof(error.request_id), "req");
    init(&acc, NULL, NULL);
    assert_int_equal(chutes__accumulator_apply(&acc, json, sizeof(json) - 1,
                                               CHUTES__DATA_CHUNK, &error),
                     CHUTES_ERR_STREAM);
    assert_int_equal(error.status, CHUTES_ERR_STREAM);
    assert_string_equal(error.message, "m");
    assert_string_equal(error.code, "7");
    assert_int_equal(error.http_status, 200);
    assert_int_equal(error.attempts, 1);
    assert_string_equal(error.request_id, "req");
    dispose(&acc);
}

static void an_error_event_may_hold_anything(void **state)
{
    static const struct {
        const char *body;
        const char *message;
    } cases[] = {{"\"text\"", "text"},
                 {"nothing but text", "nothing but text"},
                 {"{\"choices\":[],\"message\":\"m\"}", "m"},
                 {"[1", "[1"},
                 {"7", "7"}};
    struct chutes__accumulator acc;
    chutes_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        init(&acc, NULL, NULL);
        chutes__error_clear(&error);
        assert_int_equal(chutes__accumulator_apply(&acc, cases[i].body,
                                                   strlen(cases[i].body),
                                                   CHUTES__DATA_ERROR, &error),
                         CHUTES_ERR_STREAM);
        assert_string_equal(error.message, cases[i].message);
        dispose(&acc);
    }
}

/* ---- memory -------------------------------------------------------------- */

static const char *const CHUNKS[] = {
    "{\"id\":\"a\",\"choices\":[{\"delta\":{\"role\":\"assistant\","
    "\"content\":\"drop me\"}}]}",
    "{\"id\":\"b\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}},{"
    "\"index\":2,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}},"
    "{\"index\":1,\"delta\":{\"reasoning\":\"r\",\"refusal\":\"n\"}},{"
    "\"index\":3},{\"index\":4}]}",
    "{\"id\":\"b\",\"model\":\"m\",\"choices\":[{\"delta\":{\"tool_calls\":[{"
    "\"index\":0,\"id\":\"c\",\"type\":\"t\",\"function\":{\"name\":\"f\","
    "\"arguments\":{\"a\" : 1}},\"x\":[ 1 ]},{\"index\":0,\"y\":2},{\"index\":"
    "0,\"id\":\"d\",\"function\":{"
    "\"name\":\"g\",\"arguments\":\"{}\"}},{\"id\":\"e\"},{\"id\":\"f\"},{"
    "\"id\":\"g\"}]},\"logprobs\":{\"content\":[{\"token\":\"t\",\"logprob\":1,"
    "\"bytes\":[1,2],\"top_logprobs\":[{\"token\":\"u\",\"logprob\":2}]}]}}]}",
    "{\"id\":\"b\",\"choices\":[{\"finish_reason\":\"stop\",\"stop_reason\":"
    "\"s\"},{\"index\":1,\"matched_stop\":4}],\"usage\":{\"total_tokens\":3}}"};

static chutes_status run_short_of_memory(void)
{
    struct chutes__accumulator acc;
    struct chutes__arena arena;
    chutes_chat_response response = {0};
    chutes_status status = CHUTES_OK;
    chutes_status built;
    size_t count = 0;
    size_t i;

    init(&acc, count_event, &count);
    chutes__arena_init(&arena);
    for (i = 0; i < COUNT(CHUNKS) && status == CHUTES_OK; i++) {
        status = apply(&acc, CHUNKS[i]);
    }
    built = chutes__accumulator_build(&acc, &arena, &response);
    dispose(&acc);
    chutes__arena_dispose(&arena);
    return status == CHUTES_OK ? built : status;
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    long total;
    long nth;

    (void)state;
    alloc_fail_count();
    assert_int_equal(run_short_of_memory(), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total > 20);
    assert_int_equal(alloc_fail_live(), 0);
    for (nth = 1; nth <= total; nth++) {
        alloc_fail_at(nth);
        assert_int_equal(run_short_of_memory(), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_from(nth);
        assert_int_equal(run_short_of_memory(), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void no_chunk_allocates_in_steady_state(void **state)
{
    static const char *const chunks[] = {
        "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
        "\"role\":\"assistant\",\"content\":\"\"},\"stop_reason\":1},{"
        "\"index\":1,\"delta\":{\"role\":\"assistant\",\"reasoning\":\"\"}}]}",
        "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{"
        "\"index\":0,\"id\":\"0\",\"type\":\"function\",\"function\":{"
        "\"name\":\"f\",\"arguments\":\"\"}}]}}],\"usage\":{"
        "\"total_tokens\":3}}"};
    struct chutes__accumulator acc;
    size_t count = 0;
    int i;

    (void)state;
    init(&acc, count_event, &count);
    for (i = 0; i < 4; i++) {
        assert_int_equal(apply(&acc, chunks[i % 2]), CHUTES_OK);
    }
    alloc_fail_count();
    for (i = 0; i < 1000; i++) {
        assert_int_equal(apply(&acc, chunks[i % 2]), CHUTES_OK);
    }
    assert_int_equal(alloc_fail_calls(), 0);
    alloc_fail_off();
    dispose(&acc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_of_nothing_has_no_null_strings),
        cmocka_unit_test(the_answer_outlives_its_accumulator),
        cmocka_unit_test(an_answer_can_be_built_twice_and_go_on),
        cmocka_unit_test(the_most_choices_and_calls_come_sorted),
        cmocka_unit_test(a_call_keeps_64_unknown_members),
        cmocka_unit_test(unknown_members_that_are_too_deep_are_left_out),
        cmocka_unit_test(each_warning_is_told_once_in_order),
        cmocka_unit_test(it_is_finished_when_every_choice_is),
        cmocka_unit_test(a_choice_alone_is_content),
        cmocka_unit_test(without_a_callback_nothing_is_counted_as_told),
        cmocka_unit_test(each_kind_of_token_is_seen),
        cmocka_unit_test(the_end_tells_of_the_last_call_once),
        cmocka_unit_test(calls_of_a_whole_answer_need_no_index),
        cmocka_unit_test(malformed_json_changes_nothing),
        cmocka_unit_test(a_limit_that_the_end_exceeds_is_named),
        cmocka_unit_test(an_error_leaves_what_the_transport_told),
        cmocka_unit_test(an_error_event_may_hold_anything),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
        cmocka_unit_test(no_chunk_allocates_in_steady_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
