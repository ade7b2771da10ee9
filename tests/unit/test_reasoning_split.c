/* SPDX-License-Identifier: MIT */
/* Texts with and without tags give the same parts however they are cut. */
#include "chat/reasoning_split.h"

#include <string.h>

#include "test.h"

static const struct {
    chutes_reasoning_tags tags;
    const char *text;
    const char *reasoning;
    const char *answer;
} ROWS[] = {
    {CHUTES_REASONING_TAGS_PAIR, "<think>a</think>b", "a", "b"},
    {CHUTES_REASONING_TAGS_PAIR, " \r\n\t<think>a</think> \r\n\tb ", "a", "b "},
    {CHUTES_REASONING_TAGS_PAIR, "", "", ""},
    {CHUTES_REASONING_TAGS_PAIR, " \n", "", " \n"},
    {CHUTES_REASONING_TAGS_PAIR, "<think>", "", ""},
    {CHUTES_REASONING_TAGS_PAIR, "<think></think>", "", ""},
    {CHUTES_REASONING_TAGS_PAIR, "<think", "", "<think"},
    {CHUTES_REASONING_TAGS_PAIR, "<thinking>a", "", "<thinking>a"},
    {CHUTES_REASONING_TAGS_PAIR, "<<think>a", "", "<<think>a"},
    {CHUTES_REASONING_TAGS_PAIR, "x<think>a</think>", "", "x<think>a</think>"},
    {CHUTES_REASONING_TAGS_PAIR, "a</think>b", "", "a</think>b"},
    {CHUTES_REASONING_TAGS_PAIR, "<think>a</thin", "a</thin", ""},
    {CHUTES_REASONING_TAGS_PAIR, "<think><</</think</think>b", "<</</think",
     "b"},
    {CHUTES_REASONING_TAGS_PAIR, "<think>a</think>b</think>c<think>d", "a",
     "b</think>c<think>d"},
    {CHUTES_REASONING_TAGS_PAIR, "                <think>a</think>b", "a", "b"},
    {CHUTES_REASONING_TAGS_PAIR, "                 <think>a", "",
     "                 <think>a"},
    {CHUTES_REASONING_TAGS_OPEN, "a</think>b", "a", "b"},
    {CHUTES_REASONING_TAGS_OPEN, "\n<think>a</think>\n\nb", "a", "b"},
    {CHUTES_REASONING_TAGS_OPEN, "</think>b", "", "b"},
    {CHUTES_REASONING_TAGS_OPEN, " </think>b", " ", "b"},
    {CHUTES_REASONING_TAGS_OPEN, "<</think>b", "<", "b"},
    {CHUTES_REASONING_TAGS_OPEN, "<th</think>b", "<th", "b"},
    {CHUTES_REASONING_TAGS_OPEN, " <", " <", ""},
    {CHUTES_REASONING_TAGS_OPEN, "a", "a", ""},
};

struct parts {
    struct chutes__buf reasoning;
    struct chutes__buf answer;
};

static void feed(struct chutes__reasoning_split *split, const char *text,
                 size_t len, struct parts *parts)
{
    assert_int_equal(chutes__reasoning_split_feed(
                         split, text, len, &parts->reasoning, &parts->answer),
                     CHUTES_OK);
}

static void expect_parts(size_t row, size_t first, size_t second)
{
    struct chutes__reasoning_split split = {.tags = ROWS[row].tags};
    const char *text = ROWS[row].text;
    struct parts parts;

    chutes__buf_init(&parts.reasoning, SIZE_MAX);
    chutes__buf_init(&parts.answer, SIZE_MAX);
    feed(&split, text, first, &parts);
    feed(&split, text + first, second - first, &parts);
    feed(&split, text + second, strlen(text) - second, &parts);
    assert_int_equal(
        chutes__reasoning_split_flush(&split, &parts.reasoning, &parts.answer),
        CHUTES_OK);
    assert_string_equal(parts.reasoning.data, ROWS[row].reasoning);
    assert_string_equal(parts.answer.data, ROWS[row].answer);
    chutes__buf_dispose(&parts.reasoning);
    chutes__buf_dispose(&parts.answer);
}

static void a_text_has_the_same_parts_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(ROWS); row++) {
        size_t len = strlen(ROWS[row].text);

        for (size_t first = 0; first <= len; first++) {
            for (size_t second = first; second <= len; second++) {
                expect_parts(row, first, second);
            }
        }
    }
}

static void text_that_has_begun_is_not_skipped(void **state)
{
    struct chutes__reasoning_split split = {.tags = CHUTES_REASONING_TAGS_PAIR};
    struct parts parts;

    (void)state;
    chutes__buf_init(&parts.reasoning, SIZE_MAX);
    chutes__buf_init(&parts.answer, SIZE_MAX);
    feed(&split, "<th", 3, &parts);
    chutes__reasoning_split_skip(&split);
    feed(&split, "ink>a", 5, &parts);
    assert_string_equal(parts.reasoning.data, "a");
    assert_string_equal(parts.answer.data, "");
    chutes__buf_dispose(&parts.reasoning);
    chutes__buf_dispose(&parts.answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_has_the_same_parts_however_it_is_cut),
        cmocka_unit_test(text_that_has_begun_is_not_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
