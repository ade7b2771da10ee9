/* SPDX-License-Identifier: MIT */
#include "codec/logprobs.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"

static void dump_one(FILE *out, const char *token, double logprob,
                     const unsigned char *bytes, size_t byte_count)
{
    size_t i;

    fprintf(out, "%s ", token);
    if (isnan(logprob)) {
        fputs("null", out);
    } else {
        fprintf(out, "%g", logprob);
    }
    if (bytes != NULL) {
        fputs(" <", out);
        for (i = 0; i < byte_count; i++) {
            fprintf(out, "%02x", bytes[i]);
        }
        fputs(">", out);
    }
}

/* Returns `[token logprob <bytes> (alternative) …]` for each entry; the caller
 * frees it. */
static char *describe(const chutes_token_logprob *const *entries, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    size_t i;
    size_t j;

    assert_non_null(out);
    for (i = 0; i < count; i++) {
        const chutes_token_logprob *entry = entries[i];

        fputs("[", out);
        dump_one(out, entry->token, entry->logprob, entry->bytes,
                 entry->byte_count);
        for (j = 0; j < entry->top_count; j++) {
            const chutes_top_logprob *top = entry->top[j];

            fputs(" (", out);
            dump_one(out, top->token, top->logprob, top->bytes,
                     top->byte_count);
            fputs(")", out);
        }
        fputs("]", out);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static struct chutes__slice slice(const char *json)
{
    return (struct chutes__slice){json, strlen(json)};
}

static const chutes_token_logprob *const *
entries_of(const struct chutes__buf *pointers)
{
    return (const chutes_token_logprob *const *)(const void *)pointers->data;
}

/* Initializes both, and reads the array. */
static void take(struct chutes__logprobs *logprobs,
                 struct chutes__buf *pointers, const char *json)
{
    chutes__logprobs_init(logprobs);
    chutes__buf_init(pointers, SIZE_MAX);
    assert_int_equal(chutes__logprobs_take(logprobs, slice(json), pointers),
                     CHUTES_OK);
}

static void check(const char *json, const char *want)
{
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;
    char *got;

    take(&logprobs, &pointers, json);
    got = describe(entries_of(&pointers),
                   pointers.len / sizeof(chutes_token_logprob *));
    assert_string_equal(got, want);
    free(got);
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
}

static void reads_what_servers_send(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } cases[] = {
        {"[]", ""},
        {"[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],"
         "\"top_logprobs\":[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97]},"
         "{\"token\":\"b\",\"logprob\":-2,\"bytes\":null}]}]",
         "[a -0.5 <61> (a -0.5 <61>) (b -2)]"},
        /* vLLM */
        {"[{\"token\":\"token_id:123\",\"logprob\":-9999.0,\"bytes\":null,"
         "\"top_logprobs\":[]},{\"token\":\"\\u00e9\",\"logprob\":0,"
         "\"bytes\":[195,169]}]",
         "[token_id:123 -9999][\xC3\xA9 0 <c3a9>]"},
        /* half of a character */
        {"[{\"token\":\"\xC3\",\"logprob\":-0.25,\"bytes\":[195]},"
         "{\"token\":\"\xC3\xA9\",\"logprob\":-0.25,\"bytes\":[195,169],"
         "\"top_logprobs\":[]}]",
         "[\xEF\xBF\xBD -0.25 <c3>][\xC3\xA9 -0.25 <c3a9>]"},
        /* llama.cpp */
        {"[{\"id\":5,\"token\":\"\\u0000\",\"bytes\":[0],\"logprob\":-1e-3,"
         "\"top_logprobs\":[{\"id\":5,\"token\":\"\",\"bytes\":[],"
         "\"logprob\":-1}]}]",
         "[\xEF\xBF\xBD -0.001 <00> ( -1 <>)]"},
        /* tolerated */
        {"[{\"token\":\"a\"}]", "[a null]"},
        {"[{\"token\":\"a\",\"logprob\":null,\"bytes\":null,"
         "\"top_logprobs\":null}]",
         "[a null]"},
        {"[{\"token\":\"a\",\"logprob\":\"-1\",\"bytes\":\"a\","
         "\"top_logprobs\":{}}]",
         "[a null]"},
        {"[{\"token\":\"a\",\"bytes\":[97,256]},{\"token\":\"b\","
         "\"bytes\":[-1]},{\"token\":\"c\",\"bytes\":[null]},"
         "{\"token\":\"d\",\"bytes\":[98.0]}]",
         "[a null][b null][c null][d null <62>]"},
        {"[null,1,\"x\",[],{},{\"token\":null},{\"token\":7},"
         "{\"token\":\"a\",\"top_logprobs\":[null,{},{\"token\":\"b\"}]}]",
         "[a null (b null)]"},
        {"[{\"token\":\"a\",\"token\":\"b\",\"x\":{\"token\":\"c\"}}]",
         "[a null]"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        check(cases[i].json, cases[i].want);
    }
}

static void ends_each_token_with_a_nul_and_orders_as_sent(void **state)
{
    static const char json[] = "[{\"token\":\"a\\nb\"},{\"token\":\"c\"},"
                               "{\"token\":\"d\"}]";
    const chutes_token_logprob *const *entries;
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;

    (void)state;
    take(&logprobs, &pointers, json);
    assert_int_equal(pointers.len, 3 * sizeof(entries[0]));
    entries = entries_of(&pointers);
    assert_string_equal(entries[0]->token, "a\nb");
    assert_string_equal(entries[2]->token, "d");
    assert_null(entries[0]->bytes);
    assert_int_equal(entries[0]->top_count, 0);
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
}

static void bytes_that_are_the_token_are_not_stored_again(void **state)
{
    static const char json[] = "[{\"token\":\"ab\",\"bytes\":[97,98]},"
                               "{\"token\":\"ab\",\"bytes\":[97]},"
                               "{\"bytes\":[97,98],\"token\":\"ab\"},"
                               "{\"token\":\"a\\n\",\"bytes\":[97,10]},"
                               "{\"token\":\"ab\",\"bytes\":[97,99]}]";
    static const bool are_token[] = {true, false, false, true, false};
    const chutes_token_logprob *const *entries;
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;

    (void)state;
    take(&logprobs, &pointers, json);
    assert_int_equal(pointers.len, COUNT(are_token) * sizeof(entries[0]));
    entries = entries_of(&pointers);
    for (size_t i = 0; i < COUNT(are_token); i++) {
        assert_int_equal((const char *)entries[i]->bytes == entries[i]->token,
                         are_token[i]);
    }
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
}

/* Two tokens; the alternative of the second has a member more. */
static void
a_first_alternative_that_is_the_token_is_not_stored_again(void **state)
{
    static const char json[] =
        "[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":["
        "{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97]},"
        "{\"token\":\"b\",\"logprob\":-2.5,\"bytes\":[98]}]},"
        "{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":["
        "{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"x\":0}]}]";
    const chutes_token_logprob *const *entries;
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;
    char *got;

    (void)state;
    take(&logprobs, &pointers, json);
    entries = entries_of(&pointers);
    got = describe(entries, pointers.len / sizeof(entries[0]));
    assert_string_equal(got, "[a -0.5 <61> (a -0.5 <61>) (b -2.5 <62>)]"
                             "[a -0.5 <61> (a -0.5 <61>)]");
    assert_ptr_equal(entries[0]->top[0]->token, entries[0]->token);
    assert_ptr_not_equal(entries[1]->top[0]->token, entries[1]->token);
    free(got);
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
}

static void read_next(struct chutes__logprobs *logprobs,
                      struct chutes__slice json)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, json.data, json.len, 8);
    assert_int_equal(chutes__logprobs_next(logprobs, &reader), CHUTES_OK);
}

/* Whether they are read once or twice. */
static void only_entries_that_are_taken_are_kept(void **state)
{
    const struct chutes__slice first = slice("[{\"token\":\"a\"}]");
    const struct chutes__slice second = slice("[{\"token\":\"b\"},0]");
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;
    char *got;

    (void)state;
    chutes__logprobs_init(&logprobs);
    chutes__buf_init(&pointers, SIZE_MAX);
    read_next(&logprobs, first);
    read_next(&logprobs, second);
    assert_int_equal(chutes__logprobs_take(&logprobs, second, &pointers),
                     CHUTES_OK);
    read_next(&logprobs, second);
    assert_int_equal(chutes__logprobs_take(&logprobs, first, &pointers),
                     CHUTES_OK);
    read_next(&logprobs, second);
    read_next(&logprobs, slice("[{\"token\":\"c\"},"));
    assert_null(logprobs.source);
    got = describe(entries_of(&pointers), pointers.len / sizeof(void *));
    assert_string_equal(got, "[b null][a null]");
    free(got);
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
}

/* The quick ways to read a value must not accept more than the reader does. */
static void a_malformed_array_is_a_fault(void **state)
{
    static const char *const arrays[] = {
        "{}",
        "[{\"token\":\"a\",\"bytes\":[00]}]",
        "[{\"token\":\"a\",\"bytes\":[012]}]",
        "[{\"token\":\"a\",\"bytes\":[1,]}]",
        "[{\"token\":\"a\",\"bytes\":[1}]}]",
        "[{\"token\":\"a\",\"bytes\":[1 2]}]",
        "[{\"token\":\"a\",\"logprob\":-}]",
        "[{\"token\":\"a\",\"logprob\":01.5}]",
        "[{\"token\":\"a\",\"logprob\":1.}]",
        "[{\"token\":\"a\",\"logprob\":1.5x}]",
        "[{\"token\":\"a}]",
        "[{\"token\":\"\\x\"}]",
        "[{\"token\":\"a\"}{\"token\":\"a\"}]",
        "[,{\"token\":\"a\"}]",
        "[{\"token\":\"a\"},]",
        "[{\"token\":\"a\",\"x\":[[[[[[[[]]]]]]]]}]",
    };
    struct chutes__logprobs logprobs;

    (void)state;
    chutes__logprobs_init(&logprobs);
    for (size_t i = 0; i < COUNT(arrays); i++) {
        struct chutes__json_reader reader;

        chutes__json_init_lenient(&reader, arrays[i], strlen(arrays[i]), 8);
        assert_int_equal(chutes__logprobs_next(&logprobs, &reader), CHUTES_OK);
        if (reader.fault == NULL || logprobs.source != NULL) {
            fail_msg("%s", arrays[i]);
        }
    }
    chutes__logprobs_dispose(&logprobs);
}

/* Returns the entries of an array, or "fault"; the caller frees it. */
static char *outcome_of(const char *json)
{
    struct chutes__json_reader reader;
    struct chutes__logprobs logprobs;
    char *outcome;

    chutes__logprobs_init(&logprobs);
    chutes__json_init_lenient(&reader, json, strlen(json), 8);
    assert_int_equal(chutes__logprobs_next(&logprobs, &reader), CHUTES_OK);
    outcome = reader.fault != NULL
                  ? strdup("fault")
                  : describe(entries_of(&logprobs.fresh),
                             logprobs.fresh.len / sizeof(void *));
    chutes__logprobs_dispose(&logprobs);
    assert_non_null(outcome);
    return outcome;
}

/* Copies the text, with a blank behind each opening brace of `like`. */
static void add_blanks(char *out, const char *text, const char *like)
{
    for (; *text != '\0'; text++, like++) {
        *out++ = *text;
        if (*like == '{') {
            *out++ = ' ';
        }
    }
    *out = '\0';
}

/* Blanks keep the reader from taking the quick way. The text is changed in each
 * place, as a server may send anything. */
static void the_usual_text_is_read_like_any_other(void **state)
{
    static const char usual[] =
        "[{\"token\":\" a~\",\"logprob\":-0.25,\"bytes\":[32,97,126],"
        "\"top_logprobs\":[{\"token\":\"b\",\"logprob\":-12.5,\"bytes\":[98]},"
        "{\"token\":\"dd\",\"logprob\":-1.25e-7,\"bytes\":[100,100]},"
        "{\"token\":\" a~\",\"logprob\":-0.25,\"bytes\":[32,97,126]},"
        "{\"token\":\"\xC3\xA9\",\"logprob\":0.0,\"bytes\":[195,169]}]}]"
        "                                                ";
    static const char bytes[] = "\"\\,:[]{}0123456789-+.eE n\x01\x80\xC3/;";
    char blanks[sizeof(usual) + 8];
    char text[sizeof(usual)];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(usual); i++) {
        for (size_t k = 0; k + 1 < sizeof(bytes); k++) {
            char *got;
            char *want;

            memcpy(text, usual, sizeof(usual));
            text[i] = bytes[k];
            add_blanks(blanks, text, usual);
            got = outcome_of(text);
            want = outcome_of(blanks);
            if (usual[i] != '{' && strcmp(got, want) != 0) {
                fail_msg("%s gives %s, want %s", text, got, want);
            }
            free(got);
            free(want);
        }
    }
}

/* The bytes are one level deeper than the entry or the alternative. */
static void the_usual_text_may_be_too_deep(void **state)
{
    const struct chutes__slice json = slice(
        "[{\"token\":\"a\",\"logprob\":-0.25,\"bytes\":[97],\"top_logprobs\":["
        "{\"token\":\"a\",\"logprob\":-0.25,\"bytes\":[97]}]}]");

    (void)state;
    for (size_t depth = 2; depth <= 5; depth++) {
        struct chutes__json_reader reader;
        struct chutes__logprobs logprobs;

        chutes__logprobs_init(&logprobs);
        chutes__json_init_lenient(&reader, json.data, json.len, depth);
        assert_int_equal(chutes__logprobs_next(&logprobs, &reader), CHUTES_OK);
        assert_int_equal(reader.is_deep, depth < 5);
        chutes__logprobs_dispose(&logprobs);
    }
}

/* Repeats `piece` between the other two; the caller frees the result. */
static char *make_array(const char *head, const char *piece, size_t count,
                        const char *tail)
{
    char *json =
        malloc(strlen(head) + strlen(piece) * count + strlen(tail) + 1);
    char *at;

    assert_non_null(json);
    at = stpcpy(json, head);
    for (; count > 0; count--) {
        at = stpcpy(at, piece);
    }
    stpcpy(at, tail);
    return json;
}

static chutes_status read_once(const char *json)
{
    struct chutes__logprobs logprobs;
    struct chutes__buf pointers;
    chutes_status status;

    chutes__logprobs_init(&logprobs);
    chutes__buf_init(&pointers, SIZE_MAX);
    status = chutes__logprobs_take(&logprobs, slice(json), &pointers);
    chutes__buf_dispose(&pointers);
    chutes__logprobs_dispose(&logprobs);
    return status;
}

/* In each array, one part is larger than a block of the arena, so that the
 * allocation for this part fails once. */
static void reports_that_memory_is_out(void **state)
{
    enum { MANY = 70000 };
    char *arrays[] = {
        make_array("[{\"token\":\"", "x", MANY, "\"}]"),
        make_array("[{\"token\":\"a\",\"bytes\":[1", ",2", MANY, "]}]"),
        make_array("[{\"token\":\"a\",\"top_logprobs\":[0", ",{\"token\":\"\"}",
                   MANY, "]}]"),
        make_array("[{\"token\":\"a\",\"top_logprobs\":[{\"token\":\"", "x",
                   MANY, "\"}]}]"),
        make_array("[0", ",{\"token\":\"\"}", MANY, "]"),
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(arrays); i++) {
        long total;
        long nth;

        alloc_fail_count();
        assert_int_equal(read_once(arrays[i]), CHUTES_OK);
        total = alloc_fail_calls();
        assert_true(total >= 2);
        for (nth = 1; nth <= total; nth++) {
            alloc_fail_at(nth);
            assert_int_equal(read_once(arrays[i]), CHUTES_ERR_NO_MEMORY);
            assert_int_equal(alloc_fail_live(), 0);
        }
        alloc_fail_count();
        free(arrays[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(ends_each_token_with_a_nul_and_orders_as_sent),
        cmocka_unit_test(bytes_that_are_the_token_are_not_stored_again),
        cmocka_unit_test(
            a_first_alternative_that_is_the_token_is_not_stored_again),
        cmocka_unit_test(a_malformed_array_is_a_fault),
        cmocka_unit_test(the_usual_text_is_read_like_any_other),
        cmocka_unit_test(the_usual_text_may_be_too_deep),
        cmocka_unit_test(only_entries_that_are_taken_are_kept),
        cmocka_unit_test(reports_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
