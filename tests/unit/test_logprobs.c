/* SPDX-License-Identifier: MIT */
#include "codec/chunk.h"
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

static void check(const char *json, const char *want)
{
    struct chutes__arena arena;
    const chutes_token_logprob *const *entries = NULL;
    size_t count = 99;
    char *got;

    chutes__arena_init(&arena);
    assert_int_equal(
        chutes__logprobs_read((struct chutes__slice){json, strlen(json)},
                              &arena, &entries, &count),
        CHUTES_OK);
    got = describe(entries, count);
    assert_string_equal(got, want);
    free(got);
    chutes__arena_dispose(&arena);
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
    struct chutes__arena arena;
    const chutes_token_logprob *const *entries;
    size_t count;

    (void)state;
    chutes__arena_init(&arena);
    assert_int_equal(
        chutes__logprobs_read((struct chutes__slice){json, sizeof(json) - 1},
                              &arena, &entries, &count),
        CHUTES_OK);
    assert_int_equal(count, 3);
    assert_string_equal(entries[0]->token, "a\nb");
    assert_string_equal(entries[2]->token, "d");
    assert_null(entries[0]->bytes);
    assert_int_equal(entries[0]->top_count, 0);
    chutes__arena_dispose(&arena);
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
    struct chutes__arena arena;
    const chutes_token_logprob *const *entries;
    chutes_status status;
    size_t count;

    chutes__arena_init(&arena);
    status = chutes__logprobs_read((struct chutes__slice){json, strlen(json)},
                                   &arena, &entries, &count);
    chutes__arena_dispose(&arena);
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
        cmocka_unit_test(reports_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
