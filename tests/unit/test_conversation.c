/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/conversation.h>

#include "alloc_fail.h"

#define PENDING "{\"error\":\"not executed: no result was given\"}"

static chutes_tool_call call_of(int index, const char *id, const char *name)
{
    chutes_tool_call call = {.index = index, .id = id, .name = name};

    return call;
}

/* Adds an answer as chutes_chat() provides it. */
static chutes_status add_answer(chutes_conversation *talk, const char *text,
                                const chutes_tool_call *first,
                                const chutes_tool_call *second)
{
    const chutes_tool_call *const calls[] = {first, second};
    const chutes_chat_choice choice = {
        .content = text,
        .reasoning = "Hm.",
        .tool_calls = calls,
        .tool_call_count = (size_t)(first != NULL) + (second != NULL)};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_chat_response response = {
        .complete = 1, .choices = choices, .choice_count = 1};

    return chutes_conversation_add_response(talk, &response, NULL);
}

/* Returns a conversation that has a question, two calls, their results and an
 * answer. */
static chutes_conversation *make_rounds(void)
{
    const chutes_tool_call weather = call_of(0, "a", "weather");
    const chutes_tool_call clock = call_of(1, "b", "clock");
    chutes_conversation *talk = chutes_conversation_new("Be kind.");

    assert_non_null(talk);
    assert_int_equal(chutes_conversation_add_user(talk, "Warm?"), CHUTES_OK);
    assert_int_equal(add_answer(talk, NULL, &weather, &clock), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "noon"),
                     CHUTES_OK);
    assert_int_equal(add_answer(talk, "Yes.", NULL, NULL), CHUTES_OK);
    return talk;
}

static void expect_json(const chutes_conversation *talk, const char *messages)
{
    char *json = NULL;

    assert_int_equal(chutes_conversation_to_json(talk, &json, NULL), CHUTES_OK);
    assert_string_equal(json, messages);
    chutes_string_free(json);
}

static const char *text_at(const chutes_conversation *talk, size_t index)
{
    const chutes_message *message = chutes_conversation_get(talk, index);

    return message != NULL ? message->content : "nothing";
}

static void each_call_has_one_result_at_any_time(void **state)
{
    const chutes_tool_call weather = call_of(0, "a", "weather");
    const chutes_tool_call clock = call_of(1, "b", "clock");
    chutes_conversation *talk = chutes_conversation_new(NULL);
    size_t count;

    (void)state;
    assert_null(chutes_conversation_messages(talk, &count));
    assert_int_equal(count, 0);
    assert_int_equal(add_answer(talk, NULL, &weather, &clock), CHUTES_OK);
    assert_non_null(chutes_conversation_messages(talk, &count));
    assert_int_equal(count, 3);
    assert_string_equal(text_at(talk, 1), PENDING);
    assert_string_equal(text_at(talk, 2), PENDING);
    assert_true(chutes_conversation_is_pending(talk, 2));
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "noon"),
                     CHUTES_OK);
    assert_false(chutes_conversation_is_pending(talk, 2));
    assert_true(chutes_conversation_is_pending(talk, 1));
    assert_string_equal(text_at(talk, 2), "noon");
    /* A second result, one of no call, and one without an id. */
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "one"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "c", "one"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_add_tool_result(talk, NULL, "one"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_count(talk), 3);
    chutes_conversation_free(talk);
}

static void a_call_without_an_id_gets_one_of_its_turn(void **state)
{
    const chutes_tool_call first = call_of(0, "call_0_0", "f");
    const chutes_tool_call second = call_of(1, "", "f");
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    for (size_t turn = 0; turn < 2; turn++) {
        assert_int_equal(add_answer(talk, NULL, &first, &second), CHUTES_OK);
        /* By the id of the response, and by that of the conversation. */
        assert_int_equal(
            chutes_conversation_add_tool_result(talk, "call_0_0", "0"),
            CHUTES_OK);
        assert_int_equal(chutes_conversation_add_tool_result(
                             talk, turn == 0 ? "call_0_1" : "call_1_1", "1"),
                         CHUTES_OK);
    }
    assert_string_equal(chutes_conversation_get(talk, 1)->tool_call_id,
                        "call_0_0");
    assert_string_equal(chutes_conversation_get(talk, 5)->tool_call_id,
                        "call_1_1");
    chutes_conversation_free(talk);
}

/* The server chose the ids of the newest calls, so that "call_0_0" can only be
 * meant for an older one. */
static void a_late_result_is_not_that_of_another_call(void **state)
{
    const chutes_tool_call older = call_of(0, "", "f");
    const chutes_tool_call newer = call_of(0, "a", "f");
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    assert_int_equal(add_answer(talk, NULL, &older, NULL), CHUTES_OK);
    assert_int_equal(add_answer(talk, NULL, &newer, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "call_0_0", "0"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_true(chutes_conversation_is_pending(talk, 3));
    chutes_conversation_free(talk);
}

static void a_made_id_is_new_after_trimming_and_loading(void **state)
{
    const chutes_tool_call call = call_of(0, "", "f");
    chutes_conversation *talk = chutes_conversation_new(NULL);
    chutes_conversation *loaded = NULL;
    char *json = NULL;

    (void)state;
    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(add_answer(talk, NULL, &call, NULL), CHUTES_OK);
    }
    assert_int_equal(chutes_conversation_remove(talk, 0), CHUTES_OK);
    assert_int_equal(chutes_conversation_to_json(talk, &json, NULL), CHUTES_OK);
    assert_int_equal(
        chutes_conversation_from_json(json, strlen(json), &loaded, NULL),
        CHUTES_OK);
    assert_int_equal(add_answer(loaded, NULL, &call, NULL), CHUTES_OK);
    assert_string_equal(chutes_conversation_get(loaded, 3)->tool_call_id,
                        "call_2_0");
    assert_string_equal(chutes_conversation_get(loaded, 5)->tool_call_id,
                        "call_3_0");
    /* By the id of the response. */
    assert_int_equal(
        chutes_conversation_add_tool_result(loaded, "call_0_0", "0"),
        CHUTES_OK);
    assert_false(chutes_conversation_is_pending(loaded, 5));
    chutes_string_free(json);
    chutes_conversation_free(loaded);
    chutes_conversation_free(talk);
}

static void two_calls_with_one_id_are_refused(void **state)
{
    const chutes_tool_call call = call_of(0, "a", "f");
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    assert_int_equal(add_answer(talk, NULL, &call, &call), CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_conversation_count(talk), 0);
    chutes_conversation_free(talk);
}

static void calls_of_a_cut_answer_are_left_out(void **state)
{
    const chutes_tool_call call = call_of(0, "a", "f");
    const chutes_tool_call *const calls[] = {&call};
    const chutes_chat_choice choice = {
        .content = "Let me", .tool_calls = calls, .tool_call_count = 1};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_chat_response response = {.choices = choices,
                                           .choice_count = 1};
    const chutes_chat_response empty = {.complete = 1};
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    assert_int_equal(chutes_conversation_add_response(talk, &response, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_conversation_add_response(talk, &empty, NULL),
                     CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_conversation_add_response(talk, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    expect_json(talk, "{\"messages\":[{\"role\":\"assistant\",\"content\":"
                      "\"Let me\"}]}");
    chutes_conversation_free(talk);
}

/* Servers refuse a request in which a call has arguments that are not JSON. */
static void
arguments_of_an_answer_that_are_not_json_are_kept_in_json(void **state)
{
    static const struct {
        const char *type;
        const char *arguments;
        const char *kept;
    } rows[] = {
        {NULL, "{\"city\":", "{\"INVALID_JSON\":\"{\\\"city\\\":\"}"},
        {"", "say\t\"hi\"", "{\"INVALID_JSON\":\"say\\t\\\"hi\\\"\"}"},
        {"function", "{}{}", "{\"INVALID_JSON\":\"{}{}\"}"},
        {"function", " ", "{\"INVALID_JSON\":\" \"}"},
        {"function", "\xff{", "{\"INVALID_JSON\":\"\xef\xbf\xbd{\"}"},
        {"function", "\"\xff\"", "{\"INVALID_JSON\":\"\\\"\xef\xbf\xbd\\\"\"}"},
        {"t1", "x", "{\"INVALID_JSON\":\"x\"}"},
        {"function", NULL, "{}"},
        {"function", "", "{}"},
        {"function", " {\"a\" : 1.0 }\n", " {\"a\" : 1.0 }\n"},
        {"function", "[1]", "[1]"},
        {"function", "5", "5"},
        {"custom", "SELECT 1", "SELECT 1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_tool_call call = call_of(0, "a", "f");
        const chutes_tool_call valid = {
            .index = 1, .id = "b", .name = "g", .arguments = "{\"n\": 2}"};
        chutes_conversation *talk = chutes_conversation_new(NULL);
        const chutes_tool_call *const *kept;

        call.type = rows[i].type;
        call.arguments = rows[i].arguments;
        call.extra_json = "{\"x\":1}";
        assert_int_equal(add_answer(talk, NULL, &call, &valid), CHUTES_OK);
        kept = chutes_conversation_get(talk, 0)->tool_calls;
        assert_string_equal(kept[0]->arguments, rows[i].kept);
        assert_int_equal(kept[0]->arguments_len, strlen(rows[i].kept));
        assert_string_equal(kept[0]->id, "a");
        assert_string_equal(kept[0]->name, "f");
        assert_string_equal(kept[0]->extra_json, "{\"x\":1}");
        assert_string_equal(kept[1]->arguments, "{\"n\": 2}");
        assert_ptr_equal(call.arguments, rows[i].arguments);
        chutes_conversation_free(talk);
    }
}

/* What a program adds or loads is sent as it is. */
static void arguments_that_a_program_provides_are_kept(void **state)
{
    static const char JSON[] =
        "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
        "\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{"
        "\"name\":\"f\",\"arguments\":\"{\\\"city\\\":\"}}]},{\"role\":"
        "\"tool\",\"content\":\"1\",\"tool_call_id\":\"a\"}]}";
    const chutes_tool_call call = {
        .id = "a", .name = "f", .arguments = "{\"city\":"};
    const chutes_tool_call *const calls[] = {&call};
    const chutes_message message = chutes_assistant_tool_calls(NULL, calls, 1);
    chutes_conversation *talk = chutes_conversation_new(NULL);
    chutes_conversation *loaded;

    (void)state;
    assert_int_equal(chutes_conversation_add(talk, &message, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                     CHUTES_OK);
    expect_json(talk, JSON);
    assert_int_equal(
        chutes_conversation_from_json(JSON, strlen(JSON), &loaded, NULL),
        CHUTES_OK);
    expect_json(loaded, JSON);
    chutes_conversation_free(loaded);
    chutes_conversation_free(talk);
}

/* The input of a custom tool may be empty, and need not be JSON. */
static void an_empty_input_of_a_custom_tool_stays_empty(void **state)
{
    static const char JSON[] =
        "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
        "\"reasoning_content\":\"Hm.\",\"tool_calls\":[{\"id\":\"a\",\"type\":"
        "\"custom\",\"custom\":{\"name\":\"f\",\"input\":\"\"}}]},{\"role\":"
        "\"tool\",\"content\":\"1\",\"tool_call_id\":\"a\"}]}";
    static const char *const inputs[] = {NULL, ""};

    (void)state;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        chutes_tool_call call = call_of(0, "a", "f");
        chutes_conversation *talk = chutes_conversation_new(NULL);
        chutes_conversation *loaded;

        call.type = "custom";
        call.arguments = inputs[i];
        assert_int_equal(add_answer(talk, NULL, &call, NULL), CHUTES_OK);
        assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                         CHUTES_OK);
        expect_json(talk, JSON);
        assert_int_equal(
            chutes_conversation_from_json(JSON, strlen(JSON), &loaded, NULL),
            CHUTES_OK);
        expect_json(loaded, JSON);
        assert_int_equal(
            chutes_conversation_get(loaded, 0)->tool_calls[0]->arguments_len,
            0);
        chutes_conversation_free(loaded);
        chutes_conversation_free(talk);
    }
}

static void a_refusal_is_kept(void **state)
{
    const chutes_chat_choice choice = {.refusal = "I \"can't\"."};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_chat_response response = {
        .complete = 1, .choices = choices, .choice_count = 1};
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    assert_int_equal(chutes_conversation_add_response(talk, &response, NULL),
                     CHUTES_OK);
    expect_json(talk, "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
                      "\"refusal\":\"I \\\"can't\\\".\"}]}");
    chutes_conversation_free(talk);
}

static void all_parts_are_written(void **state)
{
    chutes_content_part parts[] = {
        chutes_text_part("Look:"),
        chutes_image_part("https://a/b.png", "low"),
        chutes_audio_part("UklG", "wav"),
        chutes_video_part("https://a/b.mp4"),
        chutes_audio_url_part("https://a/b.wav"),
        chutes_file_part("data:,x", "x.txt"),
        chutes_file_id_part("file-1"),
        chutes_image_embeds_part("AAAA"),
        chutes_part_of(CHUTES_PART_JSON),
        chutes_part_of(CHUTES_PART_JSON),
    };
    const chutes_message message = chutes_user_parts(parts, COUNT(parts));
    chutes_conversation *talk = chutes_conversation_new(NULL);

    (void)state;
    parts[8].json = "{ \"type\" : \"text\", \"text\": \"\\u0041\" }";
    parts[9].json = "{\"text\": \"B\", \"type\": \"text\"}";
    assert_int_equal(chutes_conversation_add(talk, &message, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_get(talk, 0)->parts[8].type,
                     CHUTES_PART_TEXT);
    expect_json(
        talk,
        "{\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"text\",\"text\":\"Look:\"},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\","
        "\"detail\":\"low\"}},"
        "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklG\","
        "\"format\":\"wav\"}},"
        "{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://a/b.mp4\"}},"
        "{\"type\":\"audio_url\",\"audio_url\":{\"url\":\"https://a/b.wav\"}},"
        "{\"type\":\"file\",\"file\":{\"file_data\":\"data:,x\",\"filename\":"
        "\"x.txt\"}},"
        "{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}},"
        "{\"type\":\"image_embeds\",\"image_embeds\":\"AAAA\"},"
        "{\"type\":\"text\",\"text\":\"A\"},"
        "{\"text\":\"B\",\"type\":\"text\"}]}]}");
    chutes_conversation_free(talk);
}

static char *append(char *at, const char *text)
{
    size_t len = strlen(text);

    memcpy(at, text, len + 1);
    return at + len;
}

/* Long texts, as JSON and decoded, after a beginning of any length. */
static void a_text_in_json_is_decoded_at_any_offset(void **state)
{
    static const char *const pieces[][2] = {
        {"b", "b"},
        {"\\n", "\n"},
        {"\\\"", "\""},
        {"\\u00e9", "\xc3\xa9"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
    };
    enum { TIMES = 160, JSON_SIZE = 2048, TEXT_SIZE = 1024 };
    char json[JSON_SIZE];
    char text[TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(pieces) * TIMES; i++) {
        const char *const *piece = pieces[i % COUNT(pieces)];
        size_t before = i / COUNT(pieces);
        chutes_content_part part = chutes_part_of(CHUTES_PART_JSON);
        const chutes_message message = chutes_user_parts(&part, 1);
        chutes_conversation *talk = chutes_conversation_new(NULL);
        char *json_at = append(json, "{\"type\":\"text\",\"text\":\"");
        char *text_end = text;

        for (size_t n = 0; n < TIMES; n++) {
            json_at = append(json_at, n < before ? "a" : piece[0]);
            text_end = append(text_end, n < before ? "a" : piece[1]);
        }
        (void)append(json_at, "\"}");
        part.json = json;
        assert_int_equal(chutes_conversation_add(talk, &message, NULL),
                         CHUTES_OK);
        assert_string_equal(chutes_conversation_get(talk, 0)->parts[0].text,
                            text);
        chutes_conversation_free(talk);
    }
}

static void a_message_that_no_server_takes_is_refused(void **state)
{
    static const struct {
        chutes_message message;
        const char *why;
    } rows[] = {
        {{.content = "x"}, "role must not be empty"},
        {{.role = "user"}, "content must not be NULL"},
        {{.role = "user", .content = "\xff"}, "content is not valid UTF-8"},
        {{.role = "user", .content = "x", .reasoning = "y"},
         "reasoning is for the role assistant"},
        {{.role = "user", .content = "x", .tool_call_id = "y"},
         "tool_call_id is for the role tool, which needs it"},
        {{.role = "user", .content = "x", .extra_json = "{\"role\":1}"},
         "extra_json must be an object without members that a message has"},
        {{.role = "user", .content = "x", .extra_json = "[]"},
         "extra_json must be an object without members that a message has"},
        {{.role = "tool", .content = "x"}, "tool_call_id must not be NULL"},
    };
    chutes_conversation *talk = chutes_conversation_new(NULL);
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            chutes_conversation_add(talk, &rows[i].message, &error),
            CHUTES_ERR_INVALID_ARGUMENT);
        assert_string_equal(error.message, rows[i].why);
    }
    assert_int_equal(chutes_conversation_add_user(talk, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_add_user(NULL, "x"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(chutes_conversation_new("\xff"));
    assert_int_equal(chutes_conversation_count(talk), 0);
    chutes_conversation_free(talk);
}

/* The members that a server wants back with its call. */
static void a_call_keeps_its_unknown_members(void **state)
{
    static const struct {
        const char *extra_json;
        const char *kept;    /* NULL: nothing */
        const char *written; /* behind the function */
    } rows[] = {
        {NULL, NULL, ""},
        {"{}", NULL, ""},
        {" { \"a\" : null } ", NULL, ""},
        {"{\"a\":{\"b\":[1.0,\"x y\"]}}", "{\"a\":{\"b\":[1.0,\"x y\"]}}",
         ",\"a\":{\"b\":[1.0,\"x y\"]}"},
        {"{\"a\":null,\"b\":2,\"c\":null,\"d\":\"\xc3\xa4\"}",
         "{\"b\":2,\"d\":\"\xc3\xa4\"}", ",\"b\":2,\"d\":\"\xc3\xa4\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_tool_call call = call_of(0, "a", "f");
        chutes_conversation *talk = chutes_conversation_new(NULL);
        chutes_conversation *fork;
        const char *kept;
        char json[512];

        call.extra_json = rows[i].extra_json;
        assert_int_equal(add_answer(talk, NULL, &call, NULL), CHUTES_OK);
        assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                         CHUTES_OK);
        fork = chutes_conversation_fork(talk);
        chutes_conversation_free(talk);
        kept = chutes_conversation_get(fork, 0)->tool_calls[0]->extra_json;
        if (rows[i].kept == NULL) {
            assert_null(kept);
        } else {
            assert_string_equal(kept, rows[i].kept);
        }
        (void)snprintf(
            json, sizeof(json),
            "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
            "\"reasoning_content\":\"Hm.\",\"tool_calls\":[{\"id\":\"a\","
            "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
            "\"{}\"}%s}]},{\"role\":\"tool\",\"content\":\"1\","
            "\"tool_call_id\":\"a\"}]}",
            rows[i].written);
        expect_json(fork, json);
        chutes_conversation_free(fork);
    }
}

static void bad_members_of_a_call_are_refused(void **state)
{
    static const struct {
        const char *extra_json;
        const char *why;
    } rows[] = {
        {"", "must be an object without members that a tool call has"},
        {"[1]", "must be an object without members that a tool call has"},
        {"{\"a\":1", "must be an object without members that a tool call has"},
        {"{\"a\":1,\"id\":2}",
         "must be an object without members that a tool call has"},
        {"{\"inp\\u0075t\":2}",
         "must be an object without members that a tool call has"},
        {"{\"a\":\"\xff\"}", "is not valid UTF-8"},
    };
    chutes_tool_call good = call_of(0, "a", "f");
    chutes_tool_call bad = call_of(1, "b", "f");
    const chutes_tool_call *const calls[] = {&good, &bad};
    const chutes_message message =
        chutes_assistant_tool_calls(NULL, calls, COUNT(calls));
    chutes_conversation *talk = chutes_conversation_new(NULL);
    chutes_error error;
    char many[1024] = "{";

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[128];

        bad.extra_json = rows[i].extra_json;
        assert_int_equal(chutes_conversation_add(talk, &message, &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        (void)snprintf(why, sizeof(why), "tool_calls[1].extra_json %s",
                       rows[i].why);
        assert_string_equal(error.message, why);
    }
    for (int i = 0; i < 65; i++) {
        size_t len = strlen(many);

        (void)snprintf(many + len, sizeof(many) - len, "\"x%d\":%d%s", i, i,
                       i < 64 ? "," : "}");
    }
    bad.extra_json = many;
    assert_int_equal(chutes_conversation_add(talk, &message, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_string_equal(error.message,
                        "tool_calls[1].extra_json has more than 64 members");
    assert_int_equal(chutes_conversation_count(talk), 0);
    chutes_conversation_free(talk);
}

static void a_call_and_its_results_go_together(void **state)
{
    (void)state;
    for (size_t index = 2; index < 5; index++) {
        chutes_conversation *talk = make_rounds();

        assert_int_equal(chutes_conversation_count(talk), 6);
        assert_int_equal(chutes_conversation_remove(talk, index), CHUTES_OK);
        assert_int_equal(chutes_conversation_count(talk), 3);
        assert_string_equal(text_at(talk, 2), "Yes.");
        assert_int_equal(chutes_conversation_remove(talk, 3),
                         CHUTES_ERR_INVALID_ARGUMENT);
        chutes_conversation_free(talk);
    }
}

/* What is given may lie in the conversation, whose array moves when it grows.
 */
static void a_message_can_be_added_to_itself(void **state)
{
    chutes_conversation *talk = chutes_conversation_new("Be kind.");
    size_t count = 1;

    (void)state;
    for (; count < 100; count++) {
        assert_int_equal(
            chutes_conversation_add(
                talk, chutes_conversation_get(talk, count - 1), NULL),
            CHUTES_OK);
    }
    assert_string_equal(text_at(talk, count - 1), "Be kind.");
    chutes_conversation_free(talk);
    talk = make_rounds();
    count = chutes_conversation_count(talk);
    assert_int_equal(
        chutes_conversation_add(talk, chutes_conversation_get(talk, 2), NULL),
        CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), count + 3);
    assert_int_equal(chutes_conversation_add_tool_result(
                         talk,
                         chutes_conversation_get(talk, count + 1)->tool_call_id,
                         text_at(talk, count + 1)),
                     CHUTES_OK);
    assert_string_equal(text_at(talk, count + 1), PENDING);
    assert_int_equal(chutes_conversation_edit(talk, 0, text_at(talk, 0) + 3),
                     CHUTES_OK);
    assert_string_equal(text_at(talk, 0), "kind.");
    chutes_conversation_free(talk);
}

static void an_edit_replaces_only_the_text(void **state)
{
    chutes_conversation *talk = make_rounds();

    (void)state;
    assert_int_equal(chutes_conversation_edit(talk, 2, "Wait."), CHUTES_OK);
    assert_int_equal(chutes_conversation_edit(talk, 3, "21"), CHUTES_OK);
    assert_int_equal(chutes_conversation_edit(talk, 6, "x"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_edit(talk, 1, "\xff"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    expect_json(
        talk,
        "{\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"},"
        "{\"role\":\"user\",\"content\":\"Warm?\"},"
        "{\"role\":\"assistant\",\"content\":\"Wait.\",\"reasoning_content\":"
        "\"Hm.\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
        "\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}},"
        "{\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"clock\","
        "\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"content\":\"21\",\"tool_call_id\":\"a\"},"
        "{\"role\":\"tool\",\"content\":\"noon\",\"tool_call_id\":\"b\"},"
        "{\"role\":\"assistant\",\"content\":\"Yes.\",\"reasoning_content\":"
        "\"Hm.\"}]}");
    chutes_conversation_free(talk);
}

static void reasoning_is_sent_only_if_asked_for(void **state)
{
    chutes_conversation *talk = make_rounds();

    (void)state;
    assert_null(chutes_conversation_get(talk, 5)->reasoning);
    assert_string_equal(chutes_conversation_reasoning(talk, 5), "Hm.");
    assert_null(chutes_conversation_reasoning(talk, 6));
    chutes_conversation_send_reasoning(talk, 1);
    assert_string_equal(chutes_conversation_get(talk, 5)->reasoning, "Hm.");
    assert_int_equal(add_answer(talk, "So.", NULL, NULL), CHUTES_OK);
    assert_string_equal(chutes_conversation_get(talk, 6)->reasoning, "Hm.");
    chutes_conversation_send_reasoning(talk, 0);
    assert_null(chutes_conversation_get(talk, 6)->reasoning);
    chutes_conversation_free(talk);
}

static void reasoning_has_a_weight_only_if_it_is_sent(void **state)
{
    static const char member[] = ",\"reasoning_content\":\"Hm.\"";
    chutes_conversation *talk = chutes_conversation_new(NULL);
    int64_t tokens;
    int64_t bytes;

    (void)state;
    assert_int_equal(add_answer(talk, "Yes.", NULL, NULL), CHUTES_OK);
    tokens = chutes_conversation_tokens(talk);
    bytes = chutes_conversation_bytes(talk);
    assert_int_equal(bytes, strlen("{\"role\":\"assistant\",\"content\":"
                                   "\"Yes.\"}"));
    chutes_conversation_send_reasoning(talk, 1);
    assert_int_equal(chutes_conversation_tokens(talk), tokens + 1);
    assert_int_equal(chutes_conversation_bytes(talk),
                     bytes + (int64_t)strlen(member));
    chutes_conversation_send_reasoning(talk, 0);
    assert_int_equal(chutes_conversation_tokens(talk), tokens);
    assert_int_equal(chutes_conversation_bytes(talk), bytes);
    chutes_conversation_free(talk);
}

static int64_t tokens_of_part(const char *part)
{
    chutes_conversation *talk = NULL;
    char json[512];
    int64_t tokens;

    snprintf(json, sizeof(json), "[{\"role\":\"user\",\"content\":[%s]}]",
             part);
    assert_int_equal(
        chutes_conversation_from_json(json, strlen(json), &talk, NULL),
        CHUTES_OK);
    tokens = chutes_conversation_tokens(talk);
    chutes_conversation_free(talk);
    return tokens;
}

static void a_text_part_weighs_as_its_text_however_it_is_written(void **state)
{
    (void)state;
    assert_int_equal(
        tokens_of_part("{\"type\":\"text\",\"text\":\"12345678\"}"), 4 + 2);
    assert_int_equal(
        tokens_of_part("{\"text\":\"12345678\",\"type\":\"text\"}"), 4 + 2);
    assert_int_equal(
        tokens_of_part("{\"type\":\"text\",\"text\":\"1234567\\u00e4\","
                       "\"cache_control\":{\"type\":\"ephemeral\"}}"),
        4 + 2 + 1);
    /* These aren't text. */
    assert_int_equal(tokens_of_part("{\"type\":\"text\",\"text\":8,\"a\":1}"),
                     4 + 1000);
    assert_int_equal(tokens_of_part("{\"type\":\"new\",\"text\":\"1234\"}"),
                     4 + 1000);
}

static void a_fork_goes_its_own_way(void **state)
{
    chutes_conversation *talk = make_rounds();
    chutes_conversation *fork = chutes_conversation_fork(talk);
    char *json;

    (void)state;
    assert_int_equal(chutes_conversation_to_json(talk, &json, NULL), CHUTES_OK);
    assert_true(chutes_conversation_is_pending(fork, 3));
    assert_int_equal(chutes_conversation_remove(talk, 0), CHUTES_OK);
    chutes_conversation_free(talk);
    expect_json(fork, json);
    chutes_string_free(json);
    chutes_conversation_free(fork);
}

static void what_is_trimmed_is_the_oldest(void **state)
{
    chutes_conversation *talk = make_rounds();
    int64_t all;

    (void)state;
    assert_int_equal(chutes_conversation_add_user(talk, "And \xc3\xa4?"),
                     CHUTES_OK);
    all = chutes_conversation_tokens(talk);
    assert_int_equal(chutes_conversation_trim(talk, all, -1), CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 7);
    /* The answers to a question go with it. */
    assert_int_equal(chutes_conversation_trim(talk, all - 1, -1), CHUTES_OK);
    assert_int_equal(chutes_conversation_count(talk), 2);
    assert_string_equal(text_at(talk, 0), "Be kind.");
    assert_string_equal(text_at(talk, 1), "And \xc3\xa4?");
    /* 4 for the message, 2 for 5 bytes of ASCII, 1 for the other character. */
    assert_int_equal(chutes_conversation_tokens(talk), 4 + 2 + 4 + 2 + 1);
    assert_int_equal(chutes_conversation_trim(talk, 1, -1),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes_conversation_count(talk), 2);
    chutes_conversation_free(talk);
}

static void old_rounds_are_trimmed_but_not_their_question(void **state)
{
    const chutes_tool_call call = call_of(0, "a", "weather");
    chutes_conversation *talk = chutes_conversation_new(NULL);
    int64_t least;

    (void)state;
    assert_int_equal(chutes_conversation_trim(talk, 0, 0), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "Go."), CHUTES_OK);
    assert_int_equal(add_answer(talk, NULL, &call, NULL), CHUTES_OK);
    least = chutes_conversation_bytes(talk);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(add_answer(talk, NULL, &call, NULL), CHUTES_OK);
    }
    assert_int_equal(chutes_conversation_trim(talk, -1, least), CHUTES_OK);
    assert_int_equal(chutes_conversation_bytes(talk), least);
    assert_string_equal(text_at(talk, 0), "Go.");
    assert_int_equal(chutes_conversation_count(talk), 3);
    chutes_conversation_free(talk);
}

#define STARTED                                                         \
    "[{\"role\":\"user\",\"content\":\"Go.\"},{\"role\":\"assistant\"," \
    "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\"}}]}]"

/* Without the call, a run would not know that its tool may have run. */
static void a_started_call_is_not_trimmed(void **state)
{
    chutes_conversation *talk = NULL;

    (void)state;
    assert_int_equal(
        chutes_conversation_from_json(STARTED, strlen(STARTED), &talk, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "And?"), CHUTES_OK);
    assert_int_equal(chutes_conversation_trim(talk, 1, -1),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes_conversation_count(talk), 3);
    assert_true(chutes_conversation_is_pending(talk, 1));
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "done"),
                     CHUTES_OK);
    assert_int_equal(chutes_conversation_trim(talk, 1, -1),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes_conversation_count(talk), 1);
    chutes_conversation_free(talk);
}

/* Only the newest message with calls takes results, whatever was removed. */
static void results_go_to_the_newest_calls_that_are_left(void **state)
{
    const chutes_tool_call first = call_of(0, "a", "f");
    const chutes_tool_call second = call_of(0, "b", "f");
    chutes_conversation *talk = chutes_conversation_new("Be kind.");

    (void)state;
    assert_int_equal(add_answer(talk, NULL, &first, NULL), CHUTES_OK);
    assert_int_equal(add_answer(talk, NULL, &second, NULL), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_remove(talk, 0), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "2"),
                     CHUTES_OK);
    assert_int_equal(chutes_conversation_remove(talk, 2), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                     CHUTES_OK);
    assert_int_equal(chutes_conversation_remove(talk, 0), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_user(talk, "And?"), CHUTES_OK);
    assert_int_equal(chutes_conversation_add_tool_result(talk, "a", "1"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_conversation_free(talk);
}

/* What doesn't fit is shortened as far as it may be, and the rest is freed. */
static void what_is_too_long_is_trimmed_all_the_same(void **state)
{
    chutes_conversation *talk = make_rounds();

    (void)state;
    assert_int_equal(chutes_conversation_trim(talk, 1, -1),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes_conversation_count(talk), 3);
    assert_string_equal(text_at(talk, 1), "Warm?");
    assert_string_equal(text_at(talk, 2), "Yes.");
    chutes_conversation_free(talk);
}

/* Nothing of an earlier failure is left in an error. */
static void an_error_begins_anew(void **state)
{
    const chutes_chat_response empty = {.complete = 1};
    chutes_conversation *talk = chutes_conversation_new(NULL);
    chutes_error errors[4];

    (void)state;
    memset(errors, 0xAA, sizeof(errors));
    assert_int_equal(chutes_conversation_add_response(talk, NULL, &errors[0]),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_conversation_add_response(talk, &empty, &errors[1]),
                     CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_conversation_save(talk, NULL, &errors[2]),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(
        chutes_conversation_load("/nowhere/talk", NULL, &errors[3]),
        CHUTES_ERR_NOT_FOUND);
    for (size_t i = 0; i < COUNT(errors); i++) {
        assert_int_equal(errors[i].http_status, 0);
        assert_int_equal(errors[i].attempts, 0);
        assert_string_equal(errors[i].param, "");
    }
    chutes_conversation_free(talk);
}

/* Everything that allocates, in one go. Returns false if memory ran out. */
static bool do_all(void)
{
    const chutes_tool_call call = {.id = "a",
                                   .name = "weather",
                                   .arguments = "{\"city\":",
                                   .extra_json = "{\"x\":[1],\"y\":{}}"};
    const chutes_content_part part = chutes_text_part("Look:");
    chutes_message message = chutes_user_parts(&part, 1);
    chutes_conversation *talk = chutes_conversation_new("Be kind.");
    chutes_conversation *fork = NULL;
    chutes_conversation *loaded = NULL;
    char *json = NULL;
    bool is_done;

    message.extra_json = "{\"a\":1,\"b\":2}";
    is_done =
        talk != NULL &&
        chutes_conversation_add(talk, &message, NULL) == CHUTES_OK &&
        add_answer(talk, "Well.", &call, NULL) == CHUTES_OK &&
        chutes_conversation_add_tool_result(talk, "a", "sun") == CHUTES_OK &&
        chutes_conversation_edit(talk, 1, "New.") == CHUTES_OK &&
        (fork = chutes_conversation_fork(talk)) != NULL &&
        chutes_conversation_to_json(fork, &json, NULL) == CHUTES_OK &&
        chutes_conversation_from_json(json, strlen(json), &loaded, NULL) ==
            CHUTES_OK &&
        chutes_conversation_trim(talk, 20, -1) != CHUTES_ERR_NO_MEMORY;
    chutes_string_free(json);
    chutes_conversation_free(talk);
    chutes_conversation_free(fork);
    chutes_conversation_free(loaded);
    return is_done;
}

static void nothing_is_lost_when_memory_runs_out(void **state)
{
    long total;

    (void)state;
    alloc_fail_count();
    assert_true(do_all());
    total = alloc_fail_calls();
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        if (do_all()) {
            fail_msg("allocation %ld of %ld may fail", i, total);
        }
        alloc_fail_expect_none_lost(i);
    }
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_has_one_result_at_any_time),
        cmocka_unit_test(a_call_without_an_id_gets_one_of_its_turn),
        cmocka_unit_test(a_late_result_is_not_that_of_another_call),
        cmocka_unit_test(a_made_id_is_new_after_trimming_and_loading),
        cmocka_unit_test(two_calls_with_one_id_are_refused),
        cmocka_unit_test(calls_of_a_cut_answer_are_left_out),
        cmocka_unit_test(
            arguments_of_an_answer_that_are_not_json_are_kept_in_json),
        cmocka_unit_test(arguments_that_a_program_provides_are_kept),
        cmocka_unit_test(an_empty_input_of_a_custom_tool_stays_empty),
        cmocka_unit_test(a_refusal_is_kept),
        cmocka_unit_test(all_parts_are_written),
        cmocka_unit_test(a_text_in_json_is_decoded_at_any_offset),
        cmocka_unit_test(a_message_that_no_server_takes_is_refused),
        cmocka_unit_test(a_call_keeps_its_unknown_members),
        cmocka_unit_test(bad_members_of_a_call_are_refused),
        cmocka_unit_test(a_call_and_its_results_go_together),
        cmocka_unit_test(a_message_can_be_added_to_itself),
        cmocka_unit_test(an_edit_replaces_only_the_text),
        cmocka_unit_test(reasoning_is_sent_only_if_asked_for),
        cmocka_unit_test(reasoning_has_a_weight_only_if_it_is_sent),
        cmocka_unit_test(a_text_part_weighs_as_its_text_however_it_is_written),
        cmocka_unit_test(a_fork_goes_its_own_way),
        cmocka_unit_test(what_is_trimmed_is_the_oldest),
        cmocka_unit_test(old_rounds_are_trimmed_but_not_their_question),
        cmocka_unit_test(a_started_call_is_not_trimmed),
        cmocka_unit_test(results_go_to_the_newest_calls_that_are_left),
        cmocka_unit_test(what_is_too_long_is_trimmed_all_the_same),
        cmocka_unit_test(an_error_begins_anew),
        cmocka_unit_test(nothing_is_lost_when_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
