/* SPDX-License-Identifier: MIT */
#include "codec/embed_answer.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/embeddings.h>

#include "alloc_fail.h"
#include "base/base64.h"
#include "base/error.h"
#include "fixture.h"
#include "little_endian.h"

enum { MAX_DEPTH = 64 };

/* What an answer must contain, and how its text arrives. */
struct plan {
    size_t count;
    size_t dimension; /* 0: any */
    size_t max_depth;
    size_t piece; /* bytes per piece; 0: all at once */
};

static struct plan plan_of(size_t count, size_t dimension)
{
    struct plan plan = {count, dimension, MAX_DEPTH, 0};

    return plan;
}

/* The result of reading an answer. */
struct outcome {
    struct chutes__rows rows;
    struct chutes__embed_answer answer;
    struct chutes__embed_summary told;
    struct chutes__buf text; /* what is left of the text */
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;
};

/* Feeds pieces as a call does, but looks at each byte again. */
static chutes_status receive(struct outcome *outcome, const char *text,
                             size_t len, size_t piece)
{
    outcome->answer.batch = 1;
    outcome->answer.next_try = 1;
    while (len > 0) {
        size_t size = piece < len ? piece : len;
        chutes_status status = chutes__buf_append(&outcome->text, text, size);

        if (status != CHUTES_OK) {
            return chutes__fail_status(&outcome->error, status);
        }
        outcome->rows.received += size;
        chutes__embed_answer_consume(&outcome->answer, &outcome->text);
        text += size;
        len -= size;
    }
    return CHUTES_OK;
}

static void decode(struct outcome *outcome, const char *text, size_t len,
                   struct plan plan)
{
    const struct chutes__embed_shape shape = {&outcome->rows, 0, plan.count,
                                              plan.dimension};
    struct chutes__slice rest = {text, len};

    chutes__error_clear(&outcome->error);
    chutes__arena_init(&outcome->arena);
    chutes__buf_init(&outcome->text, SIZE_MAX);
    chutes__rows_init(&outcome->rows, plan.count);
    chutes__embed_answer_init(&outcome->answer, shape, plan.max_depth);
    outcome->status = CHUTES_OK;
    if (plan.piece > 0) {
        outcome->status = receive(outcome, text, len, plan.piece);
        rest.data = outcome->text.data;
        rest.len = outcome->text.len;
    } else {
        outcome->rows.received = len;
    }
    if (outcome->status == CHUTES_OK) {
        outcome->status =
            chutes__embed_answer_finish(&outcome->answer, rest, &outcome->arena,
                                        &outcome->told, &outcome->error);
    }
    if (outcome->status == CHUTES_OK) {
        chutes__matrix_keep(&outcome->answer.matrix);
        chutes__rows_arrange(&outcome->rows);
    } else {
        assert_int_equal(outcome->error.status, outcome->status);
    }
}

static void dispose(struct outcome *outcome)
{
    chutes__embed_answer_clear(&outcome->answer);
    chutes__rows_dispose(&outcome->rows);
    chutes__buf_dispose(&outcome->text);
    chutes__arena_dispose(&outcome->arena);
}

static void dump(FILE *out, const struct outcome *outcome)
{
    const struct chutes__rows *rows = &outcome->rows;
    const chutes_usage *usage = &outcome->told.usage;

    fprintf(out, "%zux%zu model=%s", rows->count, rows->dimension,
            outcome->told.model);
    if (outcome->told.has_usage) {
        fprintf(out, " usage=%" PRId64 ",%" PRId64 ",%" PRId64,
                usage->prompt_tokens, usage->completion_tokens,
                usage->total_tokens);
    }
    for (size_t row = 0; row < rows->count; row++) {
        const float *numbers = chutes__rows_at(rows, row);

        fputs(" [", out);
        for (size_t i = 0; i < rows->dimension; i++) {
            fprintf(out, "%s%.9g", i == 0 ? "" : " ", (double)numbers[i]);
        }
        fputs("]", out);
    }
}

/* Returns the result of decoding in one line; the caller frees it. */
static char *describe(const char *text, size_t len, struct plan plan)
{
    struct outcome outcome;
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);

    assert_non_null(out);
    decode(&outcome, text, len, plan);
    if (outcome.status == CHUTES_OK) {
        dump(out, &outcome);
    } else {
        fprintf(out, "%s", outcome.error.message);
    }
    dispose(&outcome);
    assert_int_equal(fclose(out), 0);
    return got;
}

static void check_text(const char *text, size_t len, struct plan plan,
                       const char *want)
{
    static const size_t pieces[] = {0, 1, 2, 3, 7, 50};

    for (size_t i = 0; i < COUNT(pieces); i++) {
        char *got;

        plan.piece = pieces[i];
        got = describe(text, len, plan);
        if (strcmp(got, want) != 0) {
            fail_msg("%.*s\n in pieces of %zu\n gave   %s\n wanted %s",
                     (int)len, text, plan.piece, got, want);
        }
        free(got);
    }
}

static void check(const char *json, size_t count, const char *want)
{
    check_text(json, strlen(json), plan_of(count, 0), want);
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

        snprintf(name, sizeof(name), "codec/embed/%s.json", FIXTURES[i].name);
        wire = fixture_read(name, &len);
        snprintf(name, sizeof(name), "codec/embed/%s.want", FIXTURES[i].name);
        want = fixture_read(name, NULL);
        want[strcspn(want, "\n")] = '\0';
        check_text(wire, len, plan_of(FIXTURES[i].count, 0), want);
        free(wire);
        free(want);
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
        /* indexes from 1, and of a larger batch */
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
         2, "data[1].index: 0 occurs twice"},
        {"{\"data\":[{\"embedding\":[0],\"index\":1},{\"embedding\":[1]}]}", 2,
         "data[1].index: 1 occurs twice"},
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
        {"{\"data\":[{\"embedding\":[1]}],\"error\":{\"message\":\"m\"}}", 1,
         "error: sent together with data"},
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
         "data[0].embedding: base64 of 3 bytes, which is not a multiple of 4"},
        {BAD("AACAPwA="), 1,
         "data[0].embedding: base64 of 5 bytes, which is not a multiple of 4"},
        {BAD("AACA!w=="), 1,
         FAULT "a character is not a base64 digit, at byte 4"},
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
        {BAD("[1,2]"), 1, FAULT "a character is not a base64 digit, at byte 0"},
        {"{\"data\":[{\"embedding\":[1]},{\"embedding\":\"AAC*Pw==\"}]}", 2,
         "data[1].embedding: not valid base64: a character is not a base64 "
         "digit, "
         "at byte 3"},
        {"{\"data\":[{\"embedding\":[1,NaN]}]}", 1,
         "data[0].embedding[1]: not a finite number"},
        {"{\"data\":[{\"embedding\":[-Infinity,1]}]}", 1,
         "data[0].embedding[0]: not a finite number"},
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
    static const char base64[] = "{\"data\":[{\"embedding\":\"AACAPw==\"}]}";

    (void)state;
    check_text(json, sizeof(json) - 1, plan_of(1, 3), "1x3 model= [1 2 3]");
    check_text(json, sizeof(json) - 1, plan_of(1, 4),
               "data[0].embedding: dimension 3, although 4 was requested");
    check_text(base64, sizeof(base64) - 1, plan_of(1, 2),
               "data[0].embedding: dimension 1, although 2 was requested");
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
        /* encoders that escape slashes, or everything */
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

/* A long first row must not make us allocate as much for each of thousands of
 * rows. */
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
    check(json, 2048, "data: 1 embeddings, expected 2048");
    assert_true(alloc_fail_peak() < 64 * sizeof(json));
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
        struct outcome outcome;
        char *part = malloc(cut + 1);
        char *whole;

        assert_non_null(part);
        memcpy(part, json, cut);
        decode(&outcome, part, cut, plan_of(2, 0));
        assert_int_equal(outcome.status, CHUTES_ERR_PROTOCOL);
        assert_memory_equal(outcome.error.message,
                            "the answer is not valid JSON: ", 30);
        dispose(&outcome);
        whole = describe(part, cut, plan_of(2, 0));
        check_text(part, cut, plan_of(2, 0), whole);
        free(whole);
        free(part);
    }
    check(json, 2, "2x2 model=m [1.5 -0.00200000009] [1 -2]");
}

static void names_the_limit_of_the_depth(void **state)
{
    static const char json[] = "{\"x\":[[[[]]]],\"data\":[]}";
    struct plan plan = {1, 0, 4, 0};
    struct outcome outcome;

    (void)state;
    decode(&outcome, json, sizeof(json) - 1, plan);
    assert_int_equal(outcome.status, CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(outcome.error.message, "max_json_depth (4)"));
    dispose(&outcome);
}

/* These numbers are exact floats, so both encodings give the same. */
static void reads_large_matrices_without_allocating_per_number(void **state)
{
    enum { ROWS = 50, DIMENSION = 1024 };
    static float row[DIMENSION];
    static char base64[DIMENSION * 6];
    size_t base64_len = chutes__base64_encoded_len(sizeof(row));
    struct outcome outcome;
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

    alloc_fail_count();
    decode(&outcome, text, size, plan_of(ROWS, 0));
    assert_int_equal(outcome.status, CHUTES_OK);
    assert_in_range(alloc_fail_calls(), 1, 4);
    assert_int_equal(outcome.rows.dimension, DIMENSION);
    for (i = 0; i < ROWS; i++) {
        for (j = 0; j < DIMENSION; j++) {
            assert_true(chutes__rows_at(&outcome.rows, i)[j] ==
                        (float)i - (float)j / 1024);
        }
    }
    dispose(&outcome);
    free(text);
}

static chutes_status decode_once(const char *json, size_t piece)
{
    struct plan plan = {2, 0, MAX_DEPTH, piece};
    struct outcome outcome;

    decode(&outcome, json, strlen(json), plan);
    dispose(&outcome);
    return outcome.status;
}

static void reports_that_memory_is_out(void **state)
{
    /* A long name and a long vector need blocks of their own. */
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
    for (size_t piece = 0; piece <= 2000; piece += 1000) {
        alloc_fail_count();
        assert_int_equal(decode_once(json, piece), CHUTES_OK);
        total = alloc_fail_calls();
        assert_true(total >= 4);
        for (i = 1; i <= total; i++) {
            alloc_fail_from(i);
            assert_int_equal(decode_once(json, piece), CHUTES_ERR_NO_MEMORY);
            assert_int_equal(alloc_fail_live(), 0);
            /* If memory runs out in an early look, a later look reads the
             * row. */
            alloc_fail_at(i);
            assert_true(decode_once(json, piece) == CHUTES_ERR_NO_MEMORY ||
                        piece > 0);
            assert_int_equal(alloc_fail_live(), 0);
        }
    }
    alloc_fail_off();
}

/* Whatever surrounds or fills the items, an answer in pieces means the same as
 * the whole. */
static void means_the_same_in_pieces(void **state)
{
#define ITEM "{\"embedding\":[1,2]}"
    static const char *const texts[] = {
        "{\"data\":[" ITEM "," ITEM "]}",
        "{\"data\":[" ITEM "," ITEM ",]}",
        "{\"data\":[" ITEM ",," ITEM "]}",
        "{\"data\":[" ITEM " " ITEM "]}",
        "{\"data\":[," ITEM "," ITEM "]}",
        "{\"data\":[" ITEM "," ITEM "}",
        "{\"data\":[" ITEM "," ITEM "]",
        "{\"data\":[" ITEM "," ITEM "]}}",
        "{\"data\":[" ITEM "," ITEM "]} {",
        "{\"data\":[" ITEM "," ITEM "]} \n",
        "{\"data\":[" ITEM "," ITEM "," ITEM "]}",
        "{\"data\":[" ITEM "]}",
        "{\"data\":[" ITEM ",{},{}]}",
        "{\"data\":[{}," ITEM "," ITEM "]}",
        "{\"data\":[" ITEM ",{}," ITEM "]}",
        "[{\"data\":[" ITEM "," ITEM "]}]",
        "[" ITEM "," ITEM "]",
        " { \"data\" : [ " ITEM " ,\n" ITEM " ] , \"model\" : \"x\" } ",
        "{\"data\":[" ITEM "," ITEM "],\"data\":[" ITEM "]}",
        "{\"data\":[" ITEM "," ITEM "],\"model\":\"}]\",\"usage\":"
        "{\"prompt_tokens\":3,\"total_tokens\":3}}",
        "{\"usage\":{\"prompt_tokens\":3},\"x\":[{}],\"data\":[" ITEM "," ITEM
        "],\"model\":\"m\"}",
        "{\"data\":[{\"meta\":{\"a\":\"}\",\"b\":[{}]},\"embedding\":"
        "[1,2],\"more\":{\"c\":{}}},{\"s\":\"\\\"}]}\",\"embedding\":"
        "\"AACAPwAAAMA=\",\"index\":1}]}",
        "{\"data\":[{\"embedding\":[3,4],\"index\":1},"
        "{\"embedding\":[1,2],\"index\":0}]}",
        "{\"data\":[" ITEM "," ITEM "],\"usage\":{\"x\":nul}}",
        "{\"data\":[" ITEM "," ITEM "],\"usage\":{\"x\":\"\1\"}}",
        "{\"data\":[" ITEM ",{\"embedding\":[1,2],\"x\":01}]}",
        "{\"data\":[" ITEM ",{\"embedding\":[1,2,3]}],\"x\":01}",
        "{\"data\":{\"0\":" ITEM "}}",
        "{\"datum\":[" ITEM "," ITEM "]}",
    };
#undef ITEM

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t len = strlen(texts[i]);
        char *whole = describe(texts[i], len, plan_of(2, 0));

        check_text(texts[i], len, plan_of(2, 0), whole);
        free(whole);
    }
}

/* Long answers need memory only for their rows, and are read once. */
static void takes_items_out_of_the_text(void **state)
{
    enum { ITEMS = 5000 };
    static const char item[] = "{\"embedding\":[0.12345678901234567,1e-3]}";
    struct outcome outcome;
    size_t most = 0;

    (void)state;
    decode(&outcome, "", 0, plan_of(ITEMS, 0));
    assert_int_equal(chutes__buf_append_str(&outcome.text, "{\"data\":["),
                     CHUTES_OK);
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(
            chutes__buf_append_str(&outcome.text, i > 0 ? "," : ""), CHUTES_OK);
        assert_int_equal(chutes__buf_append_str(&outcome.text, item),
                         CHUTES_OK);
        chutes__embed_answer_consume(&outcome.answer, &outcome.text);
        most = outcome.text.len > most ? outcome.text.len : most;
    }
    assert_in_range(most, 1, 100000);
    assert_true(outcome.answer.matrix.filled > ITEMS / 2);
    dispose(&outcome);
}

/* ---- several answers ----------------------------------------------------- */

enum { PARTS = 3, PART_ROWS = 4, ALL_ROWS = PARTS * PART_ROWS };

struct part {
    char json[512];
    size_t at;
    struct chutes__embed_answer answer;
    struct chutes__buf text;
};

/* Each number of a row is the row's index in the call. */
static void write_part(struct part *part, size_t first, size_t dimension)
{
    FILE *out = fmemopen(part->json, sizeof(part->json), "w");

    assert_non_null(out);
    fputs("{\"data\":[", out);
    for (size_t i = 0; i < PART_ROWS; i++) {
        size_t index = PART_ROWS - 1 - i;

        fprintf(out, "%s{\"index\":%zu,\"embedding\":[%zu", i > 0 ? "," : "",
                index, first + index);
        for (size_t j = 1; j < dimension; j++) {
            fprintf(out, ",%zu", first + index);
        }
        fputs("]}", out);
    }
    fputs("]}", out);
    assert_int_equal(fclose(out), 0);
}

static void expect_parts(struct part *parts, struct chutes__rows *rows)
{
    chutes__rows_init(rows, ALL_ROWS);
    for (size_t i = 0; i < PARTS; i++) {
        const struct chutes__embed_shape shape = {rows, i * PART_ROWS,
                                                  PART_ROWS, 0};

        write_part(&parts[i], i * PART_ROWS, 2);
        parts[i].at = 0;
        chutes__embed_answer_init(&parts[i].answer, shape, MAX_DEPTH);
        parts[i].answer.batch = parts[i].answer.next_try = 1;
        chutes__buf_init(&parts[i].text, SIZE_MAX);
    }
}

/* Returns false once everything has arrived. */
static bool receive_some(struct part *part, struct chutes__rows *rows,
                         size_t size)
{
    size_t left = strlen(part->json + part->at);

    size = size < left ? size : left;
    assert_int_equal(
        chutes__buf_append(&part->text, part->json + part->at, size),
        CHUTES_OK);
    rows->received += size;
    part->at += size;
    chutes__embed_answer_consume(&part->answer, &part->text);
    return size < left;
}

static chutes_status finish(struct part *part, chutes_error *error)
{
    const struct chutes__slice text = {part->text.data, part->text.len};
    struct chutes__embed_summary told;
    struct chutes__arena arena;
    chutes_status status;

    chutes__arena_init(&arena);
    status =
        chutes__embed_answer_finish(&part->answer, text, &arena, &told, error);
    chutes__arena_dispose(&arena);
    return status;
}

static void restart(struct part *part)
{
    chutes__embed_answer_clear(&part->answer);
    chutes__buf_clear(&part->text);
    part->at = 0;
}

static void check_all_rows(struct chutes__rows *rows)
{
    assert_int_equal(rows->used, ALL_ROWS);
    assert_true(rows->capacity >= ALL_ROWS);
    chutes__rows_arrange(rows);
    for (size_t i = 0; i < ALL_ROWS; i++) {
        assert_true(chutes__rows_at(rows, i)[0] == (float)i &&
                    chutes__rows_at(rows, i)[1] == (float)i);
    }
}

static void free_parts(struct part *parts, struct chutes__rows *rows)
{
    for (size_t i = 0; i < PARTS; i++) {
        chutes__embed_answer_clear(&parts[i].answer);
        chutes__buf_dispose(&parts[i].text);
    }
    chutes__rows_dispose(rows);
    assert_int_equal(alloc_fail_live(), 0);
}

/* The answers arrive in any order, and some of them twice. */
static void several_answers_share_the_rows(void **state)
{
    static const size_t sizes[] = {1, 5, 30, 47, 100};
    struct part parts[PARTS];
    struct chutes__rows rows;
    chutes_error error;

    (void)state;
    for (unsigned i = 0; i < COUNT(sizes) * 64; i++) {
        size_t size = sizes[i % COUNT(sizes)];
        unsigned chance = i * 2654435761U;
        unsigned whole = 0;
        int restarts = 0;

        alloc_fail_count();
        expect_parts(parts, &rows);
        while (whole != (1U << PARTS) - 1) {
            struct part *part = &parts[(chance >> 16) % PARTS];
            unsigned bit = 1U << (part - parts);

            chance = chance * 1103515245 + 12345;
            if ((whole & bit) != 0) {
                continue;
            }
            if ((chance >> 20) % 8 == 0 && restarts < 6) {
                restarts++;
                restart(part);
            } else if (!receive_some(part, &rows, size)) {
                assert_int_equal(finish(part, &error), CHUTES_OK);
                chutes__matrix_keep(&part->answer.matrix);
                whole |= bit;
            }
        }
        check_all_rows(&rows);
        free_parts(parts, &rows);
    }
    alloc_fail_off();
}

/* The dimension is that of the rows received so far. */
static void answers_have_one_dimension(void **state)
{
    struct part parts[PARTS];
    struct chutes__rows rows;
    chutes_error error;

    (void)state;
    alloc_fail_count();
    expect_parts(parts, &rows);
    write_part(&parts[0], 0, 3);
    (void)receive_some(&parts[0], &rows, 60);
    assert_int_equal(rows.dimension, 3);
    while (receive_some(&parts[1], &rows, 30)) {
    }
    assert_int_equal(finish(&parts[1], &error), CHUTES_ERR_PROTOCOL);
    assert_string_equal(error.message,
                        "the embeddings have dimension 2, those of another "
                        "request 3");
    free_parts(parts, &rows);
    expect_parts(parts, &rows);
    write_part(&parts[0], 0, 3);
    (void)receive_some(&parts[0], &rows, 60);
    restart(&parts[0]);
    assert_int_equal(rows.matrices, 0);
    for (size_t i = 0; i < PARTS; i++) {
        write_part(&parts[i], i * PART_ROWS, 2);
        while (receive_some(&parts[i], &rows, 30)) {
        }
        assert_int_equal(finish(&parts[i], &error), CHUTES_OK);
        chutes__matrix_keep(&parts[i].answer.matrix);
    }
    check_all_rows(&rows);
    free_parts(parts, &rows);
    alloc_fail_off();
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
        cmocka_unit_test(means_the_same_in_pieces),
        cmocka_unit_test(takes_items_out_of_the_text),
        cmocka_unit_test(several_answers_share_the_rows),
        cmocka_unit_test(answers_have_one_dimension),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
