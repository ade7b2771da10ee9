/* SPDX-License-Identifier: MIT */
#include "client/json_result.h"
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "client/context.h"

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

/* ---- the end of a call --------------------------------------------------- */

struct ending {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes_loop loop;
    struct chutes__json_request json;
    struct chutes__arena arena; /* the result's */
    struct chutes__json_result *result;
    int disposals;
    int dones;
    chutes_status status;
    void *response;
    chutes_error error;
};

static void dispose(struct chutes_call *call)
{
    ((struct ending *)call)->disposals++;
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    struct ending *ending = user_data;

    (void)on_done;
    ending->dones++;
    ending->status = status;
    ending->response = response;
    ending->error = *error;
}

static const struct chutes__call_type TYPE = {.dispose = dispose};

/* A call that received the answer "{}" in its second attempt. The owner of the
 * handle has a reference, too, so that the end doesn't free it. */
static void ending_open(struct ending *ending)
{
    memset(ending, 0, sizeof(*ending));
    chutes__list_init(&ending->loop.calls);
    chutes__list_append(&ending->loop.calls, &ending->call.link);
    ending->loop.active = 1;
    ending->call.loop = &ending->loop;
    ending->call.type = &TYPE;
    ending->call.caller.deliver = deliver;
    ending->call.caller.user_data = ending;
    atomic_init(&ending->call.references, 2);
    chutes__arena_init(&ending->arena);
    ending->json.request.options.arena = &ending->arena;
    ending->json.request.http_status = 200;
    ending->json.request.attempts = 2;
    chutes__buf_init(&ending->json.answer, SIZE);
    assert_int_equal(chutes__buf_append_str(&ending->json.answer, "{}"),
                     CHUTES_OK);
}

static void ending_close(struct ending *ending)
{
    chutes__buf_dispose(&ending->json.answer);
    chutes__arena_dispose(&ending->arena);
}

static void ending_deliver(struct ending *ending, chutes_status status,
                           const chutes_error *error)
{
    chutes__json_result_deliver(ending->result, &ending->json, &ending->call,
                                status, error);
    assert_int_equal(ending->disposals, 1);
    assert_int_equal(ending->dones, 1);
    assert_int_equal(ending->loop.active, 0);
}

static void a_complete_result_owns_the_answer(void **state)
{
    struct chutes__endpoint_response head;
    struct ending ending;
    chutes_error error;

    (void)state;
    ending_open(&ending);
    chutes__error_clear(&error);
    ending.result = chutes__json_result_new(&ending.arena, SIZE, &error);
    assert_non_null(ending.result);
    ending_deliver(&ending, CHUTES_OK, &error);
    ending_close(&ending);
    assert_int_equal(ending.status, CHUTES_OK);
    assert_ptr_equal(ending.response, ending.result->response);
    memcpy(&head, ending.response, sizeof(head));
    assert_string_equal(head.raw_json, "{}");
    assert_int_equal(head.raw_len, 2);
    assert_int_equal(head.info->http_status, 200);
    assert_int_equal(head.info->attempts, 2);
    chutes__json_result_free(ending.response);
}

static void a_result_that_cannot_be_completed_is_a_failure(void **state)
{
    struct chutes__arena arena;
    struct ending ending;
    chutes_error error;

    (void)state;
    ending_open(&ending);
    /* An arena of its own, so that what is missing needs new memory. */
    chutes__arena_init(&arena);
    chutes__error_clear(&error);
    ending.result = chutes__json_result_new(&arena, SIZE, &error);
    assert_non_null(ending.result);
    alloc_fail_from(1);
    ending_deliver(&ending, CHUTES_OK, &error);
    alloc_fail_off();
    assert_int_equal(ending.status, CHUTES_ERR_NO_MEMORY);
    assert_null(ending.response);
    assert_int_equal(ending.error.status, CHUTES_ERR_NO_MEMORY);
    assert_int_equal(ending.error.outcome, CHUTES_OUTCOME_ANSWERED);
    assert_int_equal(ending.error.http_status, 200);
    assert_int_equal(ending.error.attempts, 2);
    ending_close(&ending);
    chutes__arena_dispose(&arena);
}

static void a_failed_call_has_no_response(void **state)
{
    struct ending ending;
    chutes_error error;

    (void)state;
    ending_open(&ending);
    chutes__error_clear(&error);
    chutes__fail(&error, CHUTES_ERR_PROTOCOL, "no list");
    ending.result = chutes__json_result_new(&ending.arena, SIZE, &error);
    assert_non_null(ending.result);
    ending_deliver(&ending, CHUTES_ERR_PROTOCOL, &error);
    assert_int_equal(ending.status, CHUTES_ERR_PROTOCOL);
    assert_null(ending.response);
    assert_string_equal(ending.error.message, "no list");
    ending_close(&ending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_response_is_zeroed),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(a_complete_result_owns_the_answer),
        cmocka_unit_test(a_result_that_cannot_be_completed_is_a_failure),
        cmocka_unit_test(a_failed_call_has_no_response),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
