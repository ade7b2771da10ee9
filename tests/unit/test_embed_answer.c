/* SPDX-License-Identifier: MIT */
#include "codec/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/base64.h"
#include "base/error.h"
#include "fixture.h"
#include "little_endian.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_DEPTH = 64 };

static struct chutes__embed_shape shape_of(size_t count, size_t dimension)
{
    struct chutes__embed_shape shape = {count, dimension};

    return shape;
}

static void dump_response(FILE *out, const chutes_embed_response *response)
{
    const chutes_usage *usage = response->usage;
    size_t row;
    size_t i;

    fprintf(out, "%zux%zu model=%s", response->count, response->dimension,
            response->model);
    if (usage != NULL) {
        fprintf(out, " usage=%" PRId64 ",%" PRId64 ",%" PRId64,
                usage->prompt_tokens, usage->completion_tokens,
                usage->total_tokens);
    }
    for (row = 0; row < response->count; row++) {
        const float *numbers = chutes_embedding_at(response, row);

        fputs(" [", out);
        for (i = 0; i < response->dimension; i++) {
            fprintf(out, "%s%.9g", i == 0 ? "" : " ", (double)numbers[i]);
        }
        fputs("]", out);
    }
}

/* What decoding gave, in one line; for free(). */
static char *describe(const char *text, size_t len,
                      struct chutes__embed_shape wanted)
{
    chutes_embed_response response = {0};
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);

    assert_non_null(out);
    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    status = chutes__decode_embed(text, len, MAX_DEPTH, wanted, &arena,
                                  &response, &error);
    if (status == CHUTES_OK) {
        dump_response(out, &response);
    } else {
        assert_int_equal(error.status, status);
        fprintf(out, "%s", error.message);
    }
    chutes__arena_dispose(&arena);
    assert_int_equal(fclose(out), 0);
    return got;
}

static void check_shape(const char *json, struct chutes__embed_shape wanted,
                        const char *want)
{
    char *got = describe(json, strlen(json), wanted);

    if (strcmp(got, want) != 0) {
        fail_msg("%s\n gave   %s\n wanted %s", json, got, want);
    }
    free(got);
}

static void check(const char *json, size_t count, const char *want)
{
    check_shape(json, shape_of(count, 0), want);
}

static const struct {
    const char *name;
    size_t count;
} FIXTURES[] = {
    {"vllm_float", 2},      {"vllm_base64", 2},   {"llamacpp", 1},
    {"tei_index_last", 3},  {"infinity", 1},      {"sglang_null_usage", 2},
    {"infinity_nested", 1}, {"gateway_error", 1},
};

static void reads_what_servers_send(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(FIXTURES); i++) {
        char name[128];
        size_t len;
        char *wire;
        char *want;
        char *got;

        snprintf(name, sizeof(name), "codec/embed/%s.json", FIXTURES[i].name);
        wire = fixture_read(name, &len);
        snprintf(name, sizeof(name), "codec/embed/%s.want", FIXTURES[i].name);
        want = fixture_read(name, NULL);
        want[strcspn(want, "\n")] = '\0';
        got = describe(wire, len, shape_of(FIXTURES[i].count, 0));
        if (strcmp(got, want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", name, got, want);
        }
        free(wire);
        free(want);
        free(got);
    }
}

struct embed_case {
    const char *json;
    size_t count;
    const char *want;
};

static void check_cases(const struct embed_case *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        check(cases[i].json, cases[i].count, cases[i].want);
    }
}

static void puts_rows_in_order_of_their_index(void **state)
{
    static const struct embed_case cases[] = {
        {"{\"data\":[{\"index\":1,\"embedding\":[1]},"
         "{\"index\":0,\"embedding\":[0]}]}",
         2, "2x1 model= [0] [1]"},
        {"{\"data\":[{\"embedding\":[3,3],\"index\":3},"
         "{\"embedding\":[0,0],\"index\":0},"
         "{\"embedding\":[1,1],\"index\":1},"
         "{\"embedding\":[2,2],\"index\":2}]}",
         4, "4x2 model= [0 0] [1 1] [2 2] [3 3]"},
        {"{\"data\":[{\"embedding\":[2],\"index\":2},"
         "{\"embedding\":[0],\"index\":0},{\"embedding\":[1],\"index\":1}]}",
         3, "3x1 model= [0] [1] [2]"},
        {"{\"data\":[{\"embedding\":[0]},{\"embedding\":[1],\"index\":null},"
         "{\"embedding\":[2],\"index\":2}]}",
         3, "3x1 model= [0] [1] [2]"},
        {"{\"data\":[{\"embedding\":[1],\"index\":\"1\"},"
         "{\"embedding\":[0],\"index\":0.0}]}",
         2, "2x1 model= [0] [1]"},
        /* counted from 1, and within a larger batch */
        {"{\"data\":[{\"embedding\":[0],\"index\":1},"
         "{\"embedding\":[1],\"index\":2}]}",
         2, "2x1 model= [0] [1]"},
        {"{\"data\":[{\"embedding\":[2],\"index\":66},"
         "{\"embedding\":[0],\"index\":64},{\"embedding\":[1],\"index\":65}]}",
         3, "3x1 model= [0] [1] [2]"},
        {"{\"data\":[{\"embedding\":[7],\"index\":9223372036854775807}]}", 1,
         "1x1 model= [7]"},
        {"{\"data\":[{\"embedding\":[1],\"index\":9223372036854775807},"
         "{\"embedding\":[0],\"index\":9223372036854775806}]}",
         2, "2x1 model= [0] [1]"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void refuses_a_wrong_index(void **state)
{
    static const struct embed_case cases[] = {
        {"{\"data\":[{\"embedding\":[0],\"index\":0},"
         "{\"embedding\":[1],\"index\":0}]}",
         2, "data[1].index: 0 is there twice"},
        {"{\"data\":[{\"embedding\":[0],\"index\":1},{\"embedding\":[1]}]}", 2,
         "data[1].index: 1 is there twice"},
        {"{\"data\":[{\"embedding\":[0],\"index\":3},{\"embedding\":[1]}]}", 2,
         "data[0].index: 3, expected 1 to 2"},
        {"{\"data\":[{\"embedding\":[0],\"index\":1},"
         "{\"embedding\":[1],\"index\":3}]}",
         2, "data[1].index: 3, expected 1 to 2"},
        {"{\"data\":[{\"embedding\":[0],\"index\":0},"
         "{\"embedding\":[1],\"index\":2}]}",
         2, "data[1].index: 2, expected 0 to 1"},
        {"{\"data\":[{\"embedding\":[0],\"index\":-1},"
         "{\"embedding\":[1],\"index\":0}]}",
         2, "data[0].index: -1, expected 0 to 1"},
        {"{\"data\":[{\"embedding\":[0],\"index\":-1}]}", 1,
         "data[0].index: -1, expected 0 to 0"},
        {"{\"data\":[{\"embedding\":[0],\"index\":-9223372036854775808},"
         "{\"embedding\":[1],\"index\":9223372036854775807}]}",
         2, "data[0].index: -9223372036854775808, expected 0 to 1"},
        {"{\"data\":[{\"embedding\":[0],\"index\":0.5}]}", 1,
         "data[0].index: not an integer"},
        {"{\"data\":[{\"embedding\":[0],\"index\":[0]}]}", 1,
         "data[0].index: not an integer"},
        {"{\"data\":[{\"embedding\":[0],\"index\":1e30}]}", 1,
         "data[0].index: not an integer"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void refuses_a_wrong_shape(void **state)
{
    static const struct embed_case cases[] = {
        {"{}", 1, "data: missing"},
        {"[]", 1, "data: missing"},
        {"7", 1, "data: missing"},
        {"{\"data\":null}", 1, "data: not an array"},
        {"{\"data\":{}}", 1, "data: not an array"},
        {"{\"data\":[]}", 1, "data: 0 embeddings, expected 1"},
        {"{\"data\":[{\"embedding\":[1]}]}", 2,
         "data: 1 embeddings, expected 2"},
        {"{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]}]}", 1,
         "data: more than 1 embeddings"},
        {"{\"data\":[null]}", 1, "data[0]: not an object"},
        {"{\"data\":[{\"embedding\":[1]},[1]]}", 2, "data[1]: not an object"},
        {"{\"data\":[{}]}", 1, "data[0].embedding: missing"},
        {"{\"data\":[{\"embedding\":null}]}", 1,
         "data[0].embedding: neither an array nor base64"},
        {"{\"data\":[{\"embedding\":{}}]}", 1,
         "data[0].embedding: neither an array nor base64"},
        {"{\"data\":[{\"embedding\":[]}]}", 1, "data[0].embedding: empty"},
        {"{\"data\":[{\"embedding\":\"\"}]}", 1, "data[0].embedding: empty"},
        {"{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1]}]}", 2,
         "data[1].embedding: dimension 1, expected 2"},
        {"{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1,2,3,4]}]}", 2,
         "data[1].embedding: dimension 4, expected 2"},
        {"{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[]}]}", 2,
         "data[1].embedding: dimension 0, expected 2"},
        {"{\"data\":[{\"embedding\":[1,2]},{\"embedding\":\"AACAPw==\"}]}", 2,
         "data[1].embedding: dimension 1, expected 2"},
        {"{\"data\":[{\"embedding\":[[1,2],[3,4]]}]}", 1,
         "data[0].embedding: nested arrays (one vector for each token) are "
         "not supported"},
        {"{\"data\":[{\"embedding\":[1]},{\"embedding\":[[1],[2]]}]}", 2,
         "data[1].embedding: nested arrays (one vector for each token) are "
         "not supported"},
        {"{\"data\":[{\"embedding\":[[[1]]]}]}", 1,
         "data[0].embedding: nested arrays (one vector for each token) are "
         "not supported"},
        {"{\"data\":[{\"embedding\":[[1],2]}]}", 1,
         "data[0].embedding: nested arrays (one vector for each token) are "
         "not supported"},
        {"{\"data\":[{\"embedding\":[1,[2]]}]}", 1,
         "data[0].embedding: nested arrays (one vector for each token) are "
         "not supported"},
        {"{\"data\":[{\"embedding\":[[]]}]}", 1, "data[0].embedding: empty"},
        {"{\"data\":[{\"embedding\":[[1,2]]},{\"embedding\":[[1]]}]}", 2,
         "data[1].embedding: dimension 1, expected 2"},
        {"{\"data\":[{\"embedding\":[1,null]}]}", 1,
         "data[0].embedding[1]: not a number"},
        {"{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1,\"2\"]}]}", 2,
         "data[1].embedding[1]: not a number"},
        {"{\"data\":[{\"embedding\":[1,{}]}]}", 1,
         "data[0].embedding[1]: not a number"},
        {"{\"data\":[{\"embedding\":[1,1e39]}]}", 1,
         "data[0].embedding[1]: not a finite number"},
        {"{\"data\":[{\"embedding\":[-1e400]}]}", 1,
         "data[0].embedding[0]: not a finite number"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void refuses_wrong_base64(void **state)
{
#define BAD(text) "{\"data\":[{\"embedding\":\"" text "\"}]}"
#define FAULT "data[0].embedding: not valid base64: "
    static const struct embed_case cases[] = {
        {BAD("AACA"), 1,
         "data[0].embedding: base64 of 3 bytes, which is no multiple of 4"},
        {BAD("AACAPwA="), 1,
         "data[0].embedding: base64 of 5 bytes, which is no multiple of 4"},
        {BAD("AACA!w=="), 1, FAULT "a character is no base64 digit, at byte 4"},
        {BAD("AACAPw=!"), 1, FAULT "the padding is incomplete, at byte 7"},
        {BAD("AACAPw="), 1, FAULT "the padding is incomplete, at byte 7"},
        {BAD("AACAPw==="), 1,
         FAULT "there is padding where none belongs, at byte 8"},
        {BAD("AACAPx=="), 1,
         FAULT "the last digit has bits that belong to no byte, at byte 6"},
        {BAD("AACAPwAAA"), 1, FAULT "the last digit is half a byte, at byte 9"},
        {BAD("===="), 1,
         FAULT "there is padding where none belongs, at byte 0"},
        {BAD("AA==AA=="), 1, FAULT "text follows the padding, at byte 4"},
        {BAD("[1,2]"), 1, FAULT "a character is no base64 digit, at byte 0"},
        {"{\"data\":[{\"embedding\":[1]},{\"embedding\":\"AAC*Pw==\"}]}", 2,
         "data[1].embedding: not valid base64: a character is no base64 digit, "
         "at byte 3"},
        /* NaN, then infinity */
        {BAD("AADAfw=="), 1, "data[0].embedding[0]: not a finite number"},
        {BAD("AACAPwAAgP8="), 1, "data[0].embedding[1]: not a finite number"},
    };
#undef FAULT
#undef BAD

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void checks_the_dimension_that_was_asked_for(void **state)
{
    static const char json[] = "{\"data\":[{\"embedding\":[1,2,3]}]}";

    (void)state;
    check_shape(json, shape_of(1, 3), "1x3 model= [1 2 3]");
    check_shape(json, shape_of(1, 4),
                "data[0].embedding: dimension 3, although 4 was asked for");
    check_shape("{\"data\":[{\"embedding\":\"AACAPw==\"}]}", shape_of(1, 2),
                "data[0].embedding: dimension 1, although 2 was asked for");
}

static void decides_the_encoding_of_each_item_by_what_it_is(void **state)
{
    static const struct embed_case cases[] = {
        {"{\"data\":[{\"embedding\":\"AACAPwAAAMA=\"},"
         "{\"embedding\":[0.5,-0.25]}]}",
         2, "2x2 model= [1 -2] [0.5 -0.25]"},
        {"{\"data\":[{\"embedding\":[0.5,-0.25]},"
         "{\"embedding\":\"AACAPwAAAMA=\",\"encoding_format\":\"base64\"}]}",
         2, "2x2 model= [0.5 -0.25] [1 -2]"},
        /* an encoder that escapes slashes, and one that escapes anything */
        {"{\"data\":[{\"embedding\":\"\\/\\/\\/\\/Pw==\"}]}", 1,
         "1x1 model= [1.99999988]"},
        {"{\"data\":[{\"embedding\":\"\\u0041ACAPw\\u003d=\"}]}", 1,
         "1x1 model= [1]"},
        /* without padding, URL-safe, and in lines */
        {"{\"data\":[{\"embedding\":\"AACAPw\"}]}", 1, "1x1 model= [1]"},
        {"{\"data\":[{\"embedding\":\"____Pw\"}]}", 1,
         "1x1 model= [1.99999988]"},
        {"{\"data\":[{\"embedding\":\"AACA\\nPwAA\\r\\nAMA=\\n\"},"
         "{\"embedding\":\"AACAPwAAAMA\"}]}",
         2, "2x2 model= [1 -2] [1 -2]"},
        /* one row in an array of rows */
        {"{\"data\":[{\"embedding\":[[0.5,-0.25]]},"
         "{\"embedding\":[ [ 1 , 2 ] ] ,\"index\":1},"
         "{\"embedding\":[3,4]}]}",
         3, "3x2 model= [0.5 -0.25] [1 2] [3 4]"},
        {"{\"data\":[{\"embedding\":[1],\"embedding\":[2,3]}],"
         "\"data\":null,\"model\":\"a\",\"model\":\"b\"}",
         1, "1x1 model=a [1]"},
        {"{\"model\":7,\"usage\":[],\"data\":[{\"embedding\":[1]}]}", 1,
         "1x1 model= [1]"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* A first row of many numbers must not make us ask for the memory of as many
 * in thousands of rows. */
static void allocates_no_more_than_the_answer_can_hold(void **state)
{
    char json[2100] = "{\"data\":[{\"embedding\":[";
    char *at = json + strlen(json);
    int i;

    (void)state;
    for (i = 0; i < 999; i++) {
        at = stpcpy(at, "0,");
    }
    stpcpy(at, "0]}]}");
    alloc_fail_count();
    check(json, 2048, "data: too short for 2048 embeddings of dimension 1000");
    check(json, SIZE_MAX, "out of memory");
    check("{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]}]}", 2,
          "2x1 model= [1] [1]");
}

static void refuses_what_is_not_json(void **state)
{
    static const char json[] =
        "{\"data\":[{\"embedding\":[1.5,-2e-3],\"index\":0},"
        "{\"embedding\":\"AACAPwAAAMA=\",\"index\":1}],\"model\":\"m\"}";
    size_t cut;

    (void)state;
    for (cut = 0; cut < sizeof(json) - 1; cut++) {
        chutes_embed_response response = {0};
        struct chutes__arena arena;
        chutes_error error;
        char *part = malloc(cut + 1);

        assert_non_null(part);
        memcpy(part, json, cut);
        chutes__arena_init(&arena);
        assert_int_equal(chutes__decode_embed(part, cut, MAX_DEPTH,
                                              shape_of(2, 0), &arena, &response,
                                              &error),
                         CHUTES_ERR_PROTOCOL);
        assert_memory_equal(error.message,
                            "the answer is not valid JSON: ", 30);
        chutes__arena_dispose(&arena);
        free(part);
    }
    check(json, 2, "2x2 model=m [1.5 -0.00200000009] [1 -2]");
}

static void names_the_limit_of_the_depth(void **state)
{
    static const char json[] = "{\"x\":[[[[]]]],\"data\":[]}";
    chutes_embed_response response;
    struct chutes__arena arena;
    chutes_error error;

    (void)state;
    chutes__arena_init(&arena);
    assert_int_equal(chutes__decode_embed(json, sizeof(json) - 1, 4,
                                          shape_of(1, 0), &arena, &response,
                                          &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_json_depth, 4"));
    chutes__arena_dispose(&arena);
}

/* Exactly representable numbers, so that both encodings give the same. */
static void reads_large_matrices_without_allocating_per_number(void **state)
{
    enum { ROWS = 50, DIMENSION = 1024 };
    static float row[DIMENSION];
    static char base64[DIMENSION * 6];
    size_t base64_len = chutes__base64_encoded_len(sizeof(row));
    chutes_embed_response response;
    struct chutes__arena arena;
    chutes_error error;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    size_t i;
    size_t j;

    (void)state;
    assert_non_null(out);
    fputs("{\"data\":[", out);
    for (i = 0; i < ROWS; i++) {
        fprintf(out, "%s{\"index\":%zu,\"embedding\":", i == 0 ? "" : ",",
                (i * 7 + 3) % ROWS);
        for (j = 0; j < DIMENSION; j++) {
            row[j] = (float)((i * 7 + 3) % ROWS) - (float)j / 1024;
        }
        if (i % 2 == 0) {
            little_endian_floats(row, DIMENSION);
            chutes__base64_encode(base64, row, sizeof(row));
            fprintf(out, "\"%.*s\"}", (int)base64_len, base64);
            continue;
        }
        for (j = 0; j < DIMENSION; j++) {
            fprintf(out, "%s%.17g", j == 0 ? "[" : ",", (double)row[j]);
        }
        fputs("]}", out);
    }
    fputs("]}", out);
    assert_int_equal(fclose(out), 0);

    chutes__arena_init(&arena);
    alloc_fail_count();
    assert_int_equal(chutes__decode_embed(text, size, MAX_DEPTH,
                                          shape_of(ROWS, 0), &arena, &response,
                                          &error),
                     CHUTES_OK);
    assert_in_range(alloc_fail_calls(), 1, 4);
    assert_int_equal(response.dimension, DIMENSION);
    for (i = 0; i < ROWS; i++) {
        for (j = 0; j < DIMENSION; j++) {
            assert_true(chutes_embedding_at(&response, i)[j] ==
                        (float)i - (float)j / 1024);
        }
    }
    chutes__arena_dispose(&arena);
    free(text);
}

static chutes_status decode_once(const char *json)
{
    chutes_embed_response response;
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;

    chutes__arena_init(&arena);
    status = chutes__decode_embed(json, strlen(json), MAX_DEPTH, shape_of(2, 0),
                                  &arena, &response, &error);
    assert_true(status == CHUTES_OK || error.status == status);
    chutes__arena_dispose(&arena);
    return status;
}

static void reports_that_memory_is_out(void **state)
{
    /* A long name and a long vector take blocks of their own. */
    static char json[16384];
    char *at = stpcpy(json, "{\"model\":\"");
    long total;
    long i;

    (void)state;
    memset(at, 'm', 4000);
    at = stpcpy(at + 4000, "\",\"usage\":{\"total_tokens\":1},\"data\":["
                           "{\"embedding\":[1");
    for (i = 1; i < 1000; i++) {
        at = stpcpy(at, ",1");
    }
    at = stpcpy(at, "]},{\"embedding\":\"");
    for (i = 0; i < 1000 / 3; i++) {
        at = stpcpy(at, "AACAPwAAgD8AAI\\u0041/");
    }
    stpcpy(at, "AACAPw==\"}]}");
    alloc_fail_count();
    assert_int_equal(decode_once(json), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total >= 4);
    for (i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(decode_once(json), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_count();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(puts_rows_in_order_of_their_index),
        cmocka_unit_test(refuses_a_wrong_index),
        cmocka_unit_test(refuses_a_wrong_shape),
        cmocka_unit_test(refuses_wrong_base64),
        cmocka_unit_test(checks_the_dimension_that_was_asked_for),
        cmocka_unit_test(decides_the_encoding_of_each_item_by_what_it_is),
        cmocka_unit_test(allocates_no_more_than_the_answer_can_hold),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(names_the_limit_of_the_depth),
        cmocka_unit_test(reads_large_matrices_without_allocating_per_number),
        cmocka_unit_test(reports_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
