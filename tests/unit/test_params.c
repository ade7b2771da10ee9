/* SPDX-License-Identifier: MIT */
#include "client/params.h"
#include "test.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"

/* A struct of "this version"; older and newer callers have other sizes. */
struct own {
    size_t struct_size;
    int64_t first;
    int64_t second; /* since the second release */
};
struct old {
    size_t struct_size;
    int64_t first;
};
struct newer {
    struct own known;
    int64_t third;
};

#define LEAST sizeof(struct old)

static const struct own DEFAULTS = {sizeof(struct own), 1, 2};

static void the_same_version_is_copied_whole(void **state)
{
    const struct own given = {sizeof(given), 10, 20};
    struct own own = DEFAULTS;

    (void)state;
    assert_int_equal(
        chutes__params_copy(&own, sizeof(own), &given, LEAST, "p", NULL),
        CHUTES_OK);
    assert_memory_equal(&own, &given, sizeof(own));
}

static void an_older_caller_leaves_the_defaults_of_new_members(void **state)
{
    /* The bytes after the old struct must not be read. */
    const struct {
        struct old old;
        int64_t behind;
    } given = {{sizeof(struct old), 10}, 99};
    struct own own = DEFAULTS;

    (void)state;
    assert_int_equal(
        chutes__params_copy(&own, sizeof(own), &given, LEAST, "p", NULL),
        CHUTES_OK);
    assert_int_equal(own.struct_size, sizeof(own));
    assert_int_equal(own.first, 10);
    assert_int_equal(own.second, 2);
}

static void a_newer_caller_is_cut_to_what_is_known(void **state)
{
    const struct newer given = {{sizeof(given), 10, 20}, 30};
    struct newer own = {DEFAULTS, 77};

    (void)state;
    assert_int_equal(
        chutes__params_copy(&own, sizeof(own.known), &given, LEAST, "p", NULL),
        CHUTES_OK);
    assert_int_equal(own.known.struct_size, sizeof(own.known));
    assert_int_equal(own.known.second, 20);
    assert_int_equal(own.third, 77);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    static const size_t sizes[] = {0, 1, LEAST - 1, 65537, SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct own given = {sizes[i], 10, 20};
        struct own own = DEFAULTS;
        chutes_error error;

        chutes__error_clear(&error);
        assert_int_equal(chutes__params_copy(&own, sizeof(own), &given, LEAST,
                                             "thing", &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, "thing.struct_size"));
        assert_memory_equal(&own, &DEFAULTS, sizeof(own));
    }
}

static void null_is_refused_by_name(void **state)
{
    struct own own = DEFAULTS;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    assert_int_equal(
        chutes__params_copy(&own, sizeof(own), NULL, LEAST, "thing", &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "thing must not be NULL");
}

static void on_done(void)
{
}

static void a_start_needs_a_loop_and_a_completion(void **state)
{
    /* Only compared, never dereferenced. */
    chutes_loop *loop = (void *)(uintptr_t)1;
    const struct {
        chutes_loop *loop;
        chutes__done_fn on_done;
        const char *message;
    } rows[] = {
        {NULL, on_done, "loop must not be NULL"},
        {loop, NULL, "on_done must not be NULL"},
    };
    const struct chutes__call_type type = {.size = 0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_call *call = (void *)(uintptr_t)1;
        chutes_error error;

        memset(&error, 0xAA, sizeof(error));
        assert_int_equal(chutes__call_start(&type, rows[i].loop, &DEFAULTS,
                                            rows[i].on_done, NULL, &call,
                                            &error),
                         CHUTES_ERR_INVALID_ARGUMENT);
        assert_null(call);
        assert_string_equal(error.message, rows[i].message);
        assert_int_equal(error.attempts, 0);
        assert_int_equal(chutes__call_start(&type, rows[i].loop, &DEFAULTS,
                                            rows[i].on_done, NULL, NULL, NULL),
                         CHUTES_ERR_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_version_is_copied_whole),
        cmocka_unit_test(an_older_caller_leaves_the_defaults_of_new_members),
        cmocka_unit_test(a_newer_caller_is_cut_to_what_is_known),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(null_is_refused_by_name),
        cmocka_unit_test(a_start_needs_a_loop_and_a_completion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
