/* SPDX-License-Identifier: MIT */
#include "codec/request.h"
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "codec/encoder.h"

static void fill(struct chutes__buf *body, const char *text)
{
    assert_int_equal(chutes__buf_append_str(body, text), CHUTES_OK);
}

static void check_body(const struct chutes__buf *body, const char *want)
{
    if (body->len != strlen(want) || memcmp(body->data, want, body->len) != 0) {
        fail_msg("%.*s, expected %s", (int)body->len, body->data, want);
    }
}

static void the_model_is_replaced_and_nothing_else(void **state)
{
    static const struct {
        const char *body;
        const char *model;
        const char *want;
    } rows[] = {
        {"{\"model\":\"a\",\"n\":1}", "b", "{\"model\":\"b\",\"n\":1}"},
        {"{\"model\":\"a\"}", "a", "{\"model\":\"a\"}"},
        {"{\"model\":\"long/name:x\"}", "s", "{\"model\":\"s\"}"},
        {"{\"model\":\"s\"}", "long/name:x", "{\"model\":\"long/name:x\"}"},
        /* Not the "model" of a message, nor one inside a string. */
        {"{\"messages\":[{\"model\":\"in\"}],\"x\":\"\\\"model\\\":\\\"t\\\"\","
         "\"model\":\"a\"}",
         "b",
         "{\"messages\":[{\"model\":\"in\"}],\"x\":\"\\\"model\\\":\\\"t\\\"\","
         "\"model\":\"b\"}"},
        /* Names that need escapes, old and new. */
        {"{\"model\":\"a\\\"\\u00e9\\\\\",\"n\":1}", "b",
         "{\"model\":\"b\",\"n\":1}"},
        {"{\"model\":\"a\"}", "b\"\\\n\t\x01",
         "{\"model\":\"b\\\"\\\\\\n\\t\\u0001\"}"},
        {"{\"model\":\"a\"}", "mod\xC3\xA8le/\xF0\x9F\x8C\x8A",
         "{\"model\":\"mod\xC3\xA8le/\xF0\x9F\x8C\x8A\"}"},
        {"{\"model\":\"\xF0\x9F\x8C\x8A\",\"n\":[1]}", "b",
         "{\"model\":\"b\",\"n\":[1]}"},
        /* extra_json may have escaped the key. */
        {"{\"mod\\u0065l\":\"a\"}", "b", "{\"mod\\u0065l\":\"b\"}"},
        {"{\"models\":\"x\",\"mode\":\"y\",\"model\":\"\"}", "b",
         "{\"models\":\"x\",\"mode\":\"y\",\"model\":\"b\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__buf body;

        chutes__buf_init(&body, 4096);
        fill(&body, rows[i].body);
        assert_int_equal(chutes__chat_body_replace_model(&body, rows[i].model),
                         CHUTES_OK);
        check_body(&body, rows[i].want);
        assert_int_equal(body.limit, 4096);
        chutes__buf_dispose(&body);
    }
}

static void names_are_replaced_one_after_the_other(void **state)
{
    static const char *const models[] = {"b", "a much longer one", "\"", "d"};
    struct chutes__buf body;

    (void)state;
    chutes__buf_init(&body, 4096);
    fill(&body, "{\"model\":\"a\",\"n\":1}");
    for (size_t i = 0; i < COUNT(models); i++) {
        assert_int_equal(chutes__chat_body_replace_model(&body, models[i]),
                         CHUTES_OK);
    }
    check_body(&body, "{\"model\":\"d\",\"n\":1}");
    chutes__buf_dispose(&body);
}

static void a_body_without_a_name_stays_as_it_is(void **state)
{
    static const char *const bodies[] = {"{\"n\":1}", "{\"model\":null}",
                                         "{\"model\":[\"a\"]}",
                                         "{\"x\":{\"model\":\"a\"}}"};

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct chutes__buf body;

        chutes__buf_init(&body, 4096);
        fill(&body, bodies[i]);
        assert_int_equal(chutes__chat_body_replace_model(&body, "b"),
                         CHUTES_ERR_INVALID_ARGUMENT);
        check_body(&body, bodies[i]);
        chutes__buf_dispose(&body);
    }
}

static void a_body_that_would_be_too_large_stays_as_it_is(void **state)
{
    static const char text[] = "{\"model\":\"a\",\"n\":1}";
    struct chutes__buf body;

    (void)state;
    chutes__buf_init(&body, sizeof(text) + 4);
    fill(&body, text);
    alloc_fail_count();
    /* The name alone is too long, or only together with the rest of the
     * body. */
    assert_int_equal(
        chutes__chat_body_replace_model(&body, "0123456789012345678901234567"),
        CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes__chat_body_replace_model(&body, "01234567"),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    check_body(&body, text);
    assert_int_equal(chutes__chat_body_replace_model(&body, "012"), CHUTES_OK);
    check_body(&body, "{\"model\":\"012\",\"n\":1}");
    chutes__buf_dispose(&body);
}

/* A request may be as long as its limit. The quotes of the name don't count. */
static void a_short_body_takes_any_name_that_fits(void **state)
{
    struct chutes__buf body;

    (void)state;
    chutes__buf_init(&body, 16);
    fill(&body, "{\"model\":\"a\"}");
    assert_int_equal(chutes__chat_body_replace_model(&body, "bcde"), CHUTES_OK);
    check_body(&body, "{\"model\":\"bcde\"}");
    chutes__buf_dispose(&body);
}

static void running_out_of_memory_changes_nothing(void **state)
{
    static const char text[] = "{\"model\":\"a\",\"n\":1}";
    long total = 0;

    (void)state;
    for (long nth = 0; nth == 0 || nth <= total; nth++) {
        struct chutes__buf body;
        chutes_status status;

        chutes__buf_init(&body, 4096);
        fill(&body, text);
        if (nth == 0) {
            alloc_fail_count();
        } else {
            alloc_fail_at(nth);
        }
        status = chutes__chat_body_replace_model(&body, "another");
        if (nth == 0) {
            total = alloc_fail_calls();
            assert_true(total >= 1);
            assert_int_equal(status, CHUTES_OK);
        } else {
            assert_int_equal(status, CHUTES_ERR_NO_MEMORY);
            assert_int_equal(alloc_fail_live(), 0);
            check_body(&body, text);
        }
        alloc_fail_off();
        chutes__buf_dispose(&body);
    }
}

/* ---- what a request asks for --------------------------------------------- */

static void extra_json_may_replace_the_model_and_the_choices(void **state)
{
    static const struct {
        int n;
        const char *extra_json;
        const char *model;
        size_t choices;
    } rows[] = {
        {CHUTES_UNSET, NULL, "own", 1},
        {3, NULL, "own", 3},
        {3, "{}", "own", 3},
        {3, "{\"x\":{\"n\":5,\"model\":\"in\"}}", "own", 3},
        {3, "{\"n\":5}", "own", 5},
        {CHUTES_UNSET, "{\"n\":\"5\"}", "own", 5},
        {3, "{\"n\":5,\"n\":6}", "own", 6},
        {3, "{\"n\":0}", "own", 1},
        {3, "{\"n\":-1}", "own", 1},
        {3, "{\"n\":null}", "own", 1},
        {3, "{\"n\":[]}", "own", 1},
        {3, "{\"mod\\u0065l\":\"\\u0061\"}", "a", 3},
        {3, "{\"model\":\"a\",\"n\":4,\"model\":\"b\"}", "b", 4},
        {3, "{\"model\":7}", "", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_chat_params params = chutes_chat_params_default();
        struct chutes__arena arena;

        params.model = "own";
        params.n = rows[i].n;
        params.extra_json = rows[i].extra_json;
        chutes__arena_init(&arena);
        assert_string_equal(chutes__chat_model(&params, &arena), rows[i].model);
        assert_int_equal(chutes__chat_choices(&params), rows[i].choices);
        chutes__arena_dispose(&arena);
    }
}

/* ---- the list ------------------------------------------------------------ */

static void check_fallbacks(struct chutes__encoder *encoder, const void *params)
{
    chutes__encode_fallbacks(encoder, params);
}

static void a_bad_name_in_the_list_is_told(void **state)
{
    static const char *const good[] = {"a", "\xC3\xA9"};
    static const char *const with_null[] = {"a", NULL};
    static const char *const with_empty[] = {"", "b"};
    static const char *const with_byte[] = {"a", "b\xFF"};
    static const char *const with_cut[] = {"a\xE2\x82", "b"};
    static const struct {
        const char *const *models;
        const char *message; /* NULL: they are valid */
        size_t count;
    } rows[] = {
        {good, NULL, 2},
        {NULL, "fallback_models must not be NULL", 2},
        {NULL, "fallback_models must not be NULL", 1},
        {with_null, "fallback_models[1] must not be NULL", 2},
        {with_empty, "fallback_models[0] must not be empty", 2},
        {with_byte, "fallback_models[1] is not valid UTF-8", 2},
        {with_cut, "fallback_models[0] is not valid UTF-8", 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_chat_params params = chutes_chat_params_default();
        struct chutes__buf body;
        chutes_error error;
        chutes_status status;

        params.fallback_models = rows[i].models;
        params.fallback_model_count = rows[i].count;
        chutes__buf_init(&body, 4096);
        chutes__error_clear(&error);
        status =
            chutes__encoder_run(check_fallbacks, &params, 64, &body, &error);
        if (rows[i].message == NULL) {
            assert_int_equal(status, CHUTES_OK);
        } else {
            assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
            assert_string_equal(error.message, rows[i].message);
        }
        chutes__buf_dispose(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_is_replaced_and_nothing_else),
        cmocka_unit_test(names_are_replaced_one_after_the_other),
        cmocka_unit_test(a_body_without_a_name_stays_as_it_is),
        cmocka_unit_test(a_body_that_would_be_too_large_stays_as_it_is),
        cmocka_unit_test(a_short_body_takes_any_name_that_fits),
        cmocka_unit_test(running_out_of_memory_changes_nothing),
        cmocka_unit_test(extra_json_may_replace_the_model_and_the_choices),
        cmocka_unit_test(a_bad_name_in_the_list_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
