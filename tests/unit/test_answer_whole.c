/* SPDX-License-Identifier: MIT */
/* Whole answers: their texts are decoded behind the body, in the same block of
 * memory. */
#include "chat/answer_reader.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/arena.h"
#include "base/error.h"

enum {
    LARGE = 1 << 20,
    LARGER = 4 * LARGE,
    HUGE_BODY = 9 * LARGE, /* its texts are in a block of their own */
    READ = 16384,
    DEPTH = 64,
    MAX_LEN = 1 << 24
};

struct answer {
    struct chutes__arena arena;
    chutes_chat_response response;
};

/* Feeds the body in pieces of the size of a read, and builds the response. */
static struct answer read_body(const char *body, size_t len)
{
    struct chutes__chunk scratch;
    const struct chutes__answer_reader_options options = {
        .accumulator = {.max_json_depth = DEPTH,
                        .max_choices = 128,
                        .max_tool_calls = 128,
                        .max_text = MAX_LEN,
                        .chunk = &scratch},
        .max_line = MAX_LEN,
        .max_event = MAX_LEN,
        .max_body = MAX_LEN,
    };
    struct chutes__answer_reader reader;
    struct answer answer = {0};
    chutes_error error;

    chutes__error_clear(&error);
    chutes__chunk_init(&scratch, 128);
    chutes__answer_reader_init(&reader, &options, &error);
    chutes__answer_reader_content_type(&reader, "application/json");
    for (size_t i = 0; i < len; i += READ) {
        assert_int_equal(
            chutes__answer_reader_feed(&reader, body + i,
                                       len - i < READ ? len - i : READ),
            CHUTES_OK);
    }
    assert_int_equal(chutes__answer_reader_finish(&reader, CHUTES_OK),
                     CHUTES_OK);
    chutes__arena_init(&answer.arena);
    assert_int_equal(
        chutes__accumulator_build(&reader.acc, &answer.arena, &answer.response),
        CHUTES_OK);
    chutes__answer_reader_dispose(&reader);
    chutes__chunk_dispose(&scratch);
    return answer;
}

static struct answer read_text(const char *body)
{
    return read_body(body, strlen(body));
}

static void check_memory(const char *words, size_t text_len, bool is_behind)
{
    char *body = NULL;
    size_t len;
    FILE *file = open_memstream(&body, &len);
    struct answer answer;
    const chutes_chat_choice *choice;

    (void)fputs("{\"choices\":[{\"message\":{\"content\":\"", file);
    for (size_t i = 0; i < text_len; i += strlen(words)) {
        (void)fputs(words, file);
    }
    (void)fputs("\"},\"finish_reason\":\"stop\"}]}", file);
    (void)fclose(file);
    alloc_fail_count();
    answer = read_body(body, len);
    assert_in_range(alloc_fail_peak(), 2 * len - LARGE / 64, len / 10 * 22);
    assert_int_equal(answer.response.raw_len, len);
    assert_memory_equal(answer.response.raw_json, body, len + 1);
    choice = answer.response.choices[0];
    assert_int_equal(choice->content_len, strlen(choice->content));
    assert_int_equal(choice->content == answer.response.raw_json + len + 1,
                     is_behind);
    chutes__arena_dispose(&answer.arena);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    free(body);
}

static void a_large_answer_takes_twice_its_length(void **state)
{
    static const char *const words[] = {"plain words ", "x = \\\"y\\\";\\n\\t",
                                        "caf\\u00e9 \xE2\x82\xAC "};

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        check_memory(words[i], LARGER, true);
    }
    check_memory(words[0], HUGE_BODY, false);
}

static void check_kept(size_t other_len)
{
    char *body = NULL;
    size_t len;
    FILE *file = open_memstream(&body, &len);
    struct answer answer;

    (void)fputs("{\"choices\":[{\"message\":{\"content\":null},"
                "\"finish_reason\":\"stop\"}],\"other\":\"",
                file);
    for (size_t i = 0; i < other_len; i++) {
        (void)fputc('x', file);
    }
    (void)fputs("\"}", file);
    (void)fclose(file);
    alloc_fail_count();
    answer = read_body(body, len);
    assert_in_range(alloc_fail_bytes(), len, len + LARGE / 64);
    chutes__arena_dispose(&answer.arena);
    alloc_fail_off();
    free(body);
}

static void an_answer_without_text_keeps_no_room_for_it(void **state)
{
    (void)state;
    check_kept(LARGE);
    check_kept(HUGE_BODY);
}

static long count_allocations(const char *body)
{
    struct answer answer;
    long calls;

    alloc_fail_count();
    answer = read_text(body);
    calls = alloc_fail_calls();
    alloc_fail_off();
    chutes__arena_dispose(&answer.arena);
    return calls;
}

static void
the_strings_of_a_small_answer_need_no_memory_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(
        count_allocations("{\"id\":\"i\",\"model\":\"m\",\"choices\":[{"
                          "\"message\":{\"role\":\"r\",\"content\":\"c\"},"
                          "\"finish_reason\":\"f\",\"stop_reason\":\"s\"}]}"),
        count_allocations("{\"choices\":[{\"message\":{\"content\":\"c\"}}]}"));
}

static void blanks_around_an_answer_are_not_part_of_it(void **state)
{
    struct answer answer =
        read_text("\xEF\xBB\xBF \r\n{\"choices\":[{\"message\":{\"content\":"
                  "\"a\"},\"finish_reason\":\"stop\"}]}\n \n");

    (void)state;
    assert_string_equal(answer.response.raw_json,
                        "{\"choices\":[{\"message\":{\"content\":\"a\"},"
                        "\"finish_reason\":\"stop\"}]}");
    assert_string_equal(answer.response.choices[0]->content, "a");
    chutes__arena_dispose(&answer.arena);
}

static void all_texts_of_all_choices_stand_side_by_side(void **state)
{
    struct answer answer = read_text(
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\\nb\","
        "\"reasoning\":\"because\",\"refusal\":\"no\"},\"finish_reason\":"
        "\"stop\"},{\"index\":1,\"message\":{\"content\":[{\"type\":"
        "\"text\",\"text\":\"one, \"},{\"type\":\"text\",\"text\":\"two\"}]},"
        "\"finish_reason\":\"length\"},{\"index\":2,\"message\":{"
        "\"content\":\"\"},\"finish_reason\":\"stop\"}]}");
    const chutes_chat_choice *const *choices = answer.response.choices;

    (void)state;
    assert_int_equal(answer.response.choice_count, 3);
    assert_string_equal(choices[0]->content, "a\nb");
    assert_string_equal(choices[0]->reasoning, "because");
    assert_string_equal(choices[0]->refusal, "no");
    assert_string_equal(choices[1]->content, "one, two");
    assert_string_equal(choices[2]->content, "");
    chutes__arena_dispose(&answer.arena);
}

static void a_text_that_repeats_another_counts_once(void **state)
{
    static const char *const CHOICES[] = {
        "\"message\":{\"content\":null,\"reasoning_content\":\"a\\nb\","
        "\"text\":\"a\\nb\"}",
        "\"message\":{\"text\":\"a\\nb\",\"reasoning\":\"a\\nb\"}",
        "\"message\":{\"reasoning\":\"a\\nb\"},\"text\":\"a\\nb\"",
        "\"text\":\"a\\nb\",\"message\":{\"content\":\"\","
        "\"thinking\":\"a\\nb\"}",
        "\"message\":{\"refusal\":\"a\\nb\",\"text\":\"a\\nb\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(CHOICES); i++) {
        char body[300];
        struct answer answer;
        const chutes_chat_choice *choice;

        (void)snprintf(body, sizeof(body),
                       "{\"choices\":[{%s,\"finish_reason\":\"stop\"}]}",
                       CHOICES[i]);
        answer = read_text(body);
        choice = answer.response.choices[0];
        assert_int_equal(choice->content_len, 0);
        assert_string_equal(choice->refusal != NULL ? choice->refusal
                                                    : choice->reasoning,
                            "a\nb");
        chutes__arena_dispose(&answer.arena);
    }
}

/* Each invalid byte becomes three, so the room behind the body is too small. */
static void invalid_text_finds_room_elsewhere(void **state)
{
    enum { BYTES = 1000 };
    static const char end[] = "\",\"content\":\"fine\\n\",\"refusal\":"
                              "\"\xE2\x82\"},\"finish_reason\":\"stop\"}]}";
    char body[BYTES + 200] = "{\"choices\":[{\"message\":{\"reasoning\":\"";
    struct answer answer;
    const chutes_chat_choice *choice;

    (void)state;
    memset(body + strlen(body), 0xFF, BYTES);
    memcpy(body + strlen(body), end, sizeof(end));
    answer = read_text(body);
    choice = answer.response.choices[0];
    assert_int_equal(choice->reasoning_len, BYTES * 3);
    assert_memory_equal(choice->reasoning + BYTES * 3 - 6,
                        "\xEF\xBF\xBD\xEF\xBF\xBD", 7);
    assert_string_equal(choice->content, "fine\n");
    assert_string_equal(choice->refusal, "\xEF\xBF\xBD");
    chutes__arena_dispose(&answer.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_answer_takes_twice_its_length),
        cmocka_unit_test(an_answer_without_text_keeps_no_room_for_it),
        cmocka_unit_test(
            the_strings_of_a_small_answer_need_no_memory_of_their_own),
        cmocka_unit_test(blanks_around_an_answer_are_not_part_of_it),
        cmocka_unit_test(all_texts_of_all_choices_stand_side_by_side),
        cmocka_unit_test(a_text_that_repeats_another_counts_once),
        cmocka_unit_test(invalid_text_finds_room_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
