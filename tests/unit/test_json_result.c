/* SPDX-License-Identifier: MIT */
#include "client/json_result.h"
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"

enum { SIZE = 100 };

static void a_new_response_is_zeroed(void **state)
{
    static const char zeros[SIZE];
    struct chutes__arena arena;
    struct chutes__json_result *result;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    result = chutes__json_result_new(&arena, SIZE, &error);
    assert_non_null(result);
    assert_int_equal(error.status, CHUTES_OK);
    assert_memory_equal(result->response, zeros, SIZE);
    chutes__result_memory_take(&result->memory, &arena);
    chutes__json_result_free(result->response);
    chutes__json_result_free(NULL);
    chutes__arena_dispose(&arena);
}

static void without_memory_there_is_none(void **state)
{
    struct chutes__arena arena;
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    alloc_fail_from(1);
    assert_null(chutes__json_result_new(&arena, SIZE, &error));
    alloc_fail_off();
    assert_int_equal(error.status, CHUTES_ERR_NO_MEMORY);
    chutes__arena_dispose(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_response_is_zeroed),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
