/* SPDX-License-Identifier: MIT */
/* The verdicts over tests/fixtures/json/suite; see the README there. */
#include "json/reader.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_DEPTH = 64, MUST_ACCEPT = 95, MUST_REFUSE = 188 };

static const struct choice {
    const char *name; /* without i_ and .json */
    bool is_accepted;
} CHOICES[] = {
    {"number_double_huge_neg_exp", true},
    {"number_huge_exp", true},
    {"number_neg_int_huge_exp", true},
    {"number_pos_double_huge_exp", true},
    {"number_real_neg_overflow", true},
    {"number_real_pos_overflow", true},
    {"number_real_underflow", true},
    {"number_too_big_neg_int", true},
    {"number_too_big_pos_int", true},
    {"number_very_big_negative_int", true},
    {"object_key_lone_2nd_surrogate", true},
    {"string_1st_surrogate_but_2nd_missing", true},
    {"string_1st_valid_surrogate_2nd_invalid", true},
    {"string_UTF-16LE_with_BOM", false},
    {"string_UTF-8_invalid_sequence", true},
    {"string_UTF8_surrogate_U+D800", true},
    {"string_incomplete_surrogate_and_escape_valid", true},
    {"string_incomplete_surrogate_pair", true},
    {"string_incomplete_surrogates_escape_valid", true},
    {"string_invalid_lonely_surrogate", true},
    {"string_invalid_surrogate", true},
    {"string_invalid_utf-8", true},
    {"string_inverted_surrogates_U+1D11E", true},
    {"string_iso_latin_1", true},
    {"string_lone_second_surrogate", true},
    {"string_lone_utf8_continuation_byte", true},
    {"string_not_in_unicode_range", true},
    {"string_overlong_sequence_2_bytes", true},
    {"string_overlong_sequence_6_bytes", true},
    {"string_overlong_sequence_6_bytes_null", true},
    {"string_truncated-utf-8", true},
    {"string_utf16BE_no_BOM", false},
    {"string_utf16LE_no_BOM", false},
    {"structure_500_nested_arrays", false}, /* by the default depth alone */
    {"structure_UTF-8_BOM_empty_object", false},
};
enum { CHOICE_COUNT = sizeof(CHOICES) / sizeof(CHOICES[0]) };

static const char NESTED_500[] = "i_structure_500_nested_arrays.json";

/* Of exactly its size, so that sanitizers see a read behind the end. */
static char *read_exactly(const char *name, size_t *len)
{
    char path[300];
    char *text;
    char *exact;

    assert_true(snprintf(path, sizeof(path), "json/suite/%s", name) <
                (int)sizeof(path));
    text = fixture_read(path, len);
    exact = malloc(*len);
    assert_true(exact != NULL || *len == 0);
    if (*len > 0) {
        memcpy(exact, text, *len);
    }
    free(text);
    return exact;
}

/* By entering every container, where chutes__json_is_valid() skips them. */
static bool is_valid_entered(const char *text, size_t len, size_t max_depth)
{
    bool in_object[CHUTES__JSON_DEPTH_MAX];
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t depth = 0;

    chutes__json_init(&reader, text, len, max_depth);
    do {
        enum chutes__json_type type = chutes__json_peek(&reader);

        if (type == CHUTES__JSON_OBJECT && chutes__json_enter_object(&reader)) {
            in_object[depth++] = true;
        } else if (type == CHUTES__JSON_ARRAY &&
                   chutes__json_enter_array(&reader)) {
            in_object[depth++] = false;
        } else {
            chutes__json_read(&reader, &value);
        }
        while (depth > 0 && !(in_object[depth - 1]
                                  ? chutes__json_next_member(&reader, &value)
                                  : chutes__json_next_element(&reader))) {
            depth--;
        }
    } while (depth > 0);
    return chutes__json_finish(&reader);
}

static bool is_accepted(const char *name, size_t max_depth)
{
    size_t len;
    char *text = read_exactly(name, &len);
    bool accepted = chutes__json_is_valid(text, len, max_depth);

    assert_int_equal(is_valid_entered(text, len, max_depth), accepted);
    free(text);
    return accepted;
}

static const struct choice *find_choice(const char *name)
{
    size_t len = strlen(name) - strlen(".json") - 2;
    size_t i;

    for (i = 0; i < CHOICE_COUNT; i++) {
        if (strlen(CHOICES[i].name) == len &&
            strncmp(CHOICES[i].name, name + 2, len) == 0) {
            return &CHOICES[i];
        }
    }
    fail_msg("%s has no verdict", name);
    return NULL;
}

static void check_verdict(const char *name, bool wanted)
{
    if (is_accepted(name, DEFAULT_DEPTH) != wanted) {
        fail_msg("%s should be %s", name, wanted ? "accepted" : "refused");
    }
}

static void each_file_gets_its_verdict(void **state)
{
    size_t counts[3] = {0};
    struct dirent *entry;
    char path[1024];
    DIR *directory;

    (void)state;
    assert_true(snprintf(path, sizeof(path), "%s/json/suite",
                         fixture_directory()) < (int)sizeof(path));
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        const char *name = entry->d_name;

        if (strncmp(name, "y_", 2) == 0) {
            check_verdict(name, true);
            counts[0]++;
        } else if (strncmp(name, "n_", 2) == 0) {
            check_verdict(name, false);
            counts[1]++;
        } else if (strncmp(name, "i_", 2) == 0) {
            check_verdict(name, find_choice(name)->is_accepted);
            counts[2]++;
        }
    }
    assert_int_equal(closedir(directory), 0);
    assert_int_equal(counts[0], MUST_ACCEPT);
    assert_int_equal(counts[1], MUST_REFUSE);
    assert_int_equal(counts[2], CHOICE_COUNT);
}

static void five_hundred_levels_need_the_largest_limit(void **state)
{
    (void)state;
    assert_true(is_accepted(NESTED_500, CHUTES__JSON_DEPTH_MAX));
    assert_true(is_accepted(NESTED_500, 500));
    assert_false(is_accepted(NESTED_500, 499));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_gets_its_verdict),
        cmocka_unit_test(five_hundred_levels_need_the_largest_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
