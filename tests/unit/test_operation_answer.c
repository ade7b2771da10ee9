/* SPDX-License-Identifier: MIT */
#include "codec/operation_answer.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/buf.h"
#include "base/error.h"

/* As api/external_backend/router.py of Chutes' API writes it. */
static const char WHOLE[] =
    "{\"id\":\"op-1\",\"status_url\":\"https://api.chutes.ai/external/"
    "operations/op-1\",\"chute_id\":\"c\",\"cord\":\"/generate\","
    "\"mode\":\"task\",\"status\":\"succeeded\","
    "\"created_at\":\"2026-08-06T10:00:00+00:00\",\"submitted_at\":null,"
    "\"started_at\":null,\"finished_at\":\"2026-08-06T10:01:00+00:00\","
    "\"expires_at\":null,\"usage\":{\"requests\":1},\"charge\":null,"
    "\"result\":{\"status\":\"complete\",\"artifacts\":[{\"index\":0,"
    "\"kind\":\"video\",\"content_type\":\"video/mp4\",\"size_bytes\":5,"
    "\"expires_at\":\"1970-01-01T00:01:40Z\",\"available\":true,"
    "\"url\":\"https://api.chutes.ai/a\\u002f0\"},{\"available\":false}],"
    "\"data\":{\"seed\":7}},\"error\":null}";

static chutes_status decode(const char *text, struct chutes__arena *arena,
                            chutes_operation *operation, chutes_error *error)
{
    chutes__arena_init(arena);
    chutes__error_clear(error);
    memset(operation, 0, sizeof(*operation));
    return chutes__decode_operation(chutes__slice_of(text), 64, "https://a/b/c",
                                    arena, operation, error);
}

static void a_whole_operation_is_read(void **state)
{
    struct chutes__arena arena;
    chutes_operation it;
    chutes_error error;

    (void)state;
    assert_int_equal(decode(WHOLE, &arena, &it, &error), CHUTES_OK);
    assert_string_equal(it.id, "op-1");
    assert_string_equal(it.url,
                        "https://api.chutes.ai/external/operations/op-1");
    assert_string_equal(it.status, "succeeded");
    assert_int_equal(it.state, CHUTES_OPERATION_SUCCEEDED);
    assert_int_equal(it.is_over, 1);
    assert_true(it.progress == -1);
    assert_string_equal(it.data, "{\"seed\":7}");
    assert_int_equal(it.data_len, 10);
    assert_string_equal(it.error_code, "");
    assert_int_equal(it.artifact_count, 2);
    assert_string_equal(it.artifacts[0]->kind, "video");
    assert_string_equal(it.artifacts[0]->content_type, "video/mp4");
    assert_string_equal(it.artifacts[0]->url, "https://api.chutes.ai/a/0");
    assert_int_equal(it.artifacts[0]->size_bytes, 5);
    assert_int_equal(it.artifacts[0]->expires_at, 100);
    assert_int_equal(it.artifacts[0]->available, 1);
    assert_string_equal(it.artifacts[1]->url, "");
    assert_int_equal(it.artifacts[1]->size_bytes, -1);
    assert_int_equal(it.artifacts[1]->expires_at, -1);
    assert_int_equal(it.artifacts[1]->available, 0);
    assert_int_equal(chutes__operation_judge(&it, &error), CHUTES_OK);
    chutes__arena_dispose(&arena);
}

/* A description, its state, whether the operation is over, and the status and
 * the message with which a wait ends. */
static const struct {
    const char *text;
    chutes_operation_state state;
    int is_over;
    chutes_status status;
    const char *message;
} STATES[] = {
    {"{\"status\":\"pending\"}", CHUTES_OPERATION_PENDING, 0, CHUTES_OK, ""},
    {"{\"status\":\"submitted\",\"error\":null}", CHUTES_OPERATION_SUBMITTED, 0,
     CHUTES_OK, ""},
    {"{\"status\":\"running\",\"result\":null,\"progress\":0.5}",
     CHUTES_OPERATION_RUNNING, 0, CHUTES_OK, ""},
    {"{\"status\":\"succeeded\"}", CHUTES_OPERATION_SUCCEEDED, 1, CHUTES_OK,
     ""},
    {"{\"status\":\"failed\",\"error\":{\"code\":\"no_gpu\",\"message\":"
     "\"no GPU\",\"retryable\":true}}",
     CHUTES_OPERATION_FAILED, 1, CHUTES_ERR_STREAM,
     "the operation failed: no GPU"},
    {"{\"status\":\"cancelled\"}", CHUTES_OPERATION_CANCELLED, 1,
     CHUTES_ERR_STREAM, "the operation was cancelled"},
    {"{\"status\":\"expired\"}", CHUTES_OPERATION_EXPIRED, 1, CHUTES_ERR_STREAM,
     "the operation has expired"},
    {"{\"status\":\"thinking\",\"finished_at\":null}", CHUTES_OPERATION_UNKNOWN,
     0, CHUTES_OK, ""},
    {"{\"status\":\"gone\",\"finished_at\":\"2026\"}", CHUTES_OPERATION_UNKNOWN,
     1, CHUTES_ERR_PROTOCOL, "gone, which is"},
};

static void every_state_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(STATES); i++) {
        struct chutes__arena arena;
        chutes_operation it;
        chutes_error error;

        assert_int_equal(decode(STATES[i].text, &arena, &it, &error),
                         CHUTES_OK);
        assert_int_equal(it.state, STATES[i].state);
        assert_int_equal(it.is_over, STATES[i].is_over);
        assert_int_equal(it.artifact_count, 0);
        assert_non_null(it.artifacts);
        assert_int_equal(chutes__operation_judge(&it, &error),
                         STATES[i].status);
        assert_non_null(strstr(error.message, STATES[i].message));
        chutes__arena_dispose(&arena);
    }
}

static void progress_is_a_number_or_minus_1(void **state)
{
    static const struct {
        const char *text;
        double progress;
    } rows[] = {
        {"{\"status\":\"running\",\"progress\":0.5}", 0.5},
        {"{\"status\":\"running\",\"progress\":0}", 0},
        {"{\"status\":\"running\",\"progress\":1e999}", -1},
        {"{\"status\":\"running\",\"progress\":\"half\"}", -1},
        {"{\"status\":\"running\",\"progress\":null}", -1},
        {"{\"status\":\"running\"}", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__arena arena;
        chutes_operation it;
        chutes_error error;

        assert_int_equal(decode(rows[i].text, &arena, &it, &error), CHUTES_OK);
        assert_true(it.progress == rows[i].progress);
        chutes__arena_dispose(&arena);
    }
}

static void a_failure_says_what_the_server_says(void **state)
{
    struct chutes__arena arena;
    chutes_operation it;
    chutes_error error;

    (void)state;
    assert_int_equal(decode(STATES[4].text, &arena, &it, &error), CHUTES_OK);
    assert_string_equal(it.error_code, "no_gpu");
    assert_string_equal(it.error_message, "no GPU");
    assert_int_equal(it.is_retryable, 1);
    assert_int_equal(chutes__operation_judge(&it, &error), CHUTES_ERR_STREAM);
    assert_string_equal(error.code, "no_gpu");
    chutes__arena_dispose(&arena);
    assert_int_equal(decode(STATES[5].text, &arena, &it, &error), CHUTES_OK);
    assert_int_equal(chutes__operation_judge(&it, &error), CHUTES_ERR_STREAM);
    assert_string_equal(error.code, "cancelled");
    chutes__arena_dispose(&arena);
}

static void what_is_no_operation_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"status\":1}",
                                        "{\"status\":\"running\"",
                                        "1",
                                        "{\"status\":\"running\"} x"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct chutes__arena arena;
        chutes_operation it;
        chutes_error error;

        assert_int_equal(decode(texts[i], &arena, &it, &error),
                         CHUTES_ERR_PROTOCOL);
        assert_true(error.message[0] != '\0');
        chutes__arena_dispose(&arena);
    }
}

static void too_many_artifacts_are_refused(void **state)
{
    struct chutes__buf text;
    struct chutes__arena arena;
    chutes_operation it;
    chutes_error error;

    (void)state;
    chutes__buf_init(&text, SIZE_MAX);
    assert_int_equal(
        chutes__buf_append_str(
            &text, "{\"status\":\"running\",\"result\":{\"artifacts\":[0"),
        CHUTES_OK);
    for (int i = 0; i < 1024; i++) {
        assert_int_equal(chutes__buf_append_str(&text, ",0"), CHUTES_OK);
    }
    assert_int_equal(chutes__buf_append_str(&text, "]}}"), CHUTES_OK);
    assert_int_equal(decode(text.data, &arena, &it, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "more than 1024 artifacts"));
    chutes__arena_dispose(&arena);
    chutes__buf_dispose(&text);
}

static void without_memory_it_fails(void **state)
{
    struct chutes__arena arena;
    chutes_operation it;
    chutes_error error;
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(decode(WHOLE, &arena, &it, &error), CHUTES_OK);
    total = alloc_fail_calls();
    chutes__arena_dispose(&arena);
    assert_true(total > 0);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(decode(WHOLE, &arena, &it, &error),
                         CHUTES_ERR_NO_MEMORY);
        chutes__arena_dispose(&arena);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_operation_is_read),
        cmocka_unit_test(every_state_is_known),
        cmocka_unit_test(progress_is_a_number_or_minus_1),
        cmocka_unit_test(a_failure_says_what_the_server_says),
        cmocka_unit_test(what_is_no_operation_is_refused),
        cmocka_unit_test(too_many_artifacts_are_refused),
        cmocka_unit_test(without_memory_it_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
