/* SPDX-License-Identifier: MIT */
#include "endpoint_case.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "fixture.h"

enum { MAX_DEPTH = 16, LIMIT = 1 << 20, MAX_RESPONSE = 512 };

void endpoint_dump_origin(FILE *out, const char *model,
                          const chutes_usage *usage)
{
    if (model[0] != '\0') {
        fprintf(out, "model %s\n", model);
    }
    if (usage != NULL) {
        fprintf(out, "usage %lld\n", (long long)usage->total_tokens);
    }
}

void endpoint_expect_request(const struct chutes__endpoint *endpoint,
                             const void *params, const char *want)
{
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    chutes__buf_init(&body, LIMIT);
    status =
        chutes__encode_endpoint(endpoint, params, MAX_DEPTH, &body, &error);
    if (status == CHUTES_OK) {
        assert_string_equal(body.data, want);
        assert_true(chutes__json_is_valid(body.data, body.len, MAX_DEPTH));
    } else {
        assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_int_equal(body.len, 0);
        assert_string_equal(error.message, want);
    }
    chutes__buf_dispose(&body);
}

void endpoint_expect_path(const struct chutes__endpoint *endpoint,
                          const void *params, const char *want)
{
    struct chutes__buf path;
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    chutes__buf_init(&path, LIMIT);
    status = endpoint->write_path(params, &path, &error);
    if (status == CHUTES_OK) {
        assert_string_equal(path.data, want);
    } else {
        assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_ptr_equal(strstr(error.message, want), error.message);
    }
    chutes__buf_dispose(&path);
}

static chutes_status decode(const struct endpoint_case *tested,
                            struct chutes__slice json,
                            struct chutes__arena *arena, void *response,
                            chutes_error *error)
{
    const struct chutes__endpoint_answer answer = {
        .text = json.data,
        .len = json.len,
        .max_depth = MAX_DEPTH,
        .is_whole = tested->is_whole,
        .params = tested->params,
        .arena = arena,
    };

    assert_true(tested->endpoint->response_size <= MAX_RESPONSE);
    chutes__error_clear(error);
    return tested->endpoint->decode(&answer, response, error);
}

/* Asserts that the status blames the answer, and neither the caller nor the
 * library. */
static void expect_answer_failure(chutes_status status)
{
    if (status != CHUTES_ERR_PROTOCOL && status != CHUTES_ERR_TOO_LARGE &&
        status != CHUTES_ERR_MEDIA && status != CHUTES_ERR_TRUNCATED &&
        status != CHUTES_ERR_STREAM) {
        fail_msg("decoding failed with %s", chutes_status_name(status));
    }
}

/* The caller frees the text. */
static char *describe(const struct endpoint_case *tested,
                      struct chutes__slice json)
{
    double response[MAX_RESPONSE / sizeof(double)] = {0};
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;
    char *got = NULL;
    size_t len;
    FILE *out = open_memstream(&got, &len);

    assert_non_null(out);
    chutes__arena_init(&arena);
    status = decode(tested, json, &arena, response, &error);
    if (status == CHUTES_OK) {
        tested->dump(out, response);
    } else {
        assert_int_equal(error.status, status);
        expect_answer_failure(status);
        fprintf(out, "%s\n", error.message);
    }
    chutes__arena_dispose(&arena);
    assert_int_equal(fclose(out), 0);
    return got;
}

static void expect(const struct endpoint_case *tested, const char *name,
                   struct chutes__slice json, const char *want)
{
    char *got = describe(tested, json);

    if (strcmp(got, want) != 0) {
        fail_msg("%s\n gave   %s\n wanted %s", name, got, want);
    }
    free(got);
}

void endpoint_expect_answer(const struct endpoint_case *tested,
                            const char *json, const char *want)
{
    expect(tested, json, chutes__slice_of(json), want);
}

void endpoint_expect_fixtures(const struct endpoint_case *tested,
                              const char *directory, const char *const *names,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct chutes__slice json;
        char name[128];
        char *wire;
        char *want;

        snprintf(name, sizeof(name), "%s/%s.want", directory, names[i]);
        want = fixture_read(name, NULL);
        snprintf(name, sizeof(name), "%s/%s.json", directory, names[i]);
        wire = fixture_read(name, &json.len);
        json.data = wire;
        expect(tested, name, json, want);
        free(wire);
        free(want);
    }
}

void endpoint_expect_file(const struct endpoint_case *tested, const char *name,
                          const char *want)
{
    struct chutes__slice bytes;
    char *file = fixture_read(name, &bytes.len);

    bytes.data = file;
    expect(tested, name, bytes, want);
    free(file);
}

void endpoint_expect_no_memory(const struct endpoint_case *tested,
                               const char *json)
{
    static void (*const modes[])(long nth) = {alloc_fail_at, alloc_fail_from};
    double response[MAX_RESPONSE / sizeof(double)] = {0};
    struct chutes__slice text = chutes__slice_of(json);
    struct chutes__arena arena;
    chutes_error error;
    long total;

    chutes__arena_init(&arena);
    alloc_fail_count();
    assert_int_equal(decode(tested, text, &arena, response, &error), CHUTES_OK);
    total = alloc_fail_calls();
    chutes__arena_dispose(&arena);
    for (long nth = 1; nth <= total; nth++) {
        for (size_t mode = 0; mode < COUNT(modes); mode++) {
            modes[mode](nth);
            assert_int_equal(decode(tested, text, &arena, response, &error),
                             CHUTES_ERR_NO_MEMORY);
            chutes__arena_dispose(&arena);
            alloc_fail_expect_none_lost(nth);
        }
    }
    alloc_fail_off();
}
