/* SPDX-License-Identifier: MIT */
/*
 * The exported functions for operations.
 */
#include <chutes/operation.h>

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/operation_call.h"
#include "client/params.h"
#include "codec/operation_answer.h"
#include "codec/reference.h"

CHUTES__ASSERT_PARAMS(chutes_operation_params, reserved);
CHUTES__ASSERT_RESPONSE(chutes_operation);

enum { ACCEPTED = 202 };

/* ---- the URL ------------------------------------------------------------- */

static chutes_status copy_url(const char *found, const char *base,
                              struct chutes__arena *arena, char **url,
                              chutes_error *error)
{
    if (found == NULL) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer names no operation");
    }
    found = chutes__reference_resolve(arena, base, chutes__slice_of(found));
    if (found == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *url = chutes__mem_dup(found, strlen(found));
    return *url != NULL ? CHUTES_OK
                        : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

chutes_status chutes_operation_url(const chutes_invoke_response *response,
                                   char **url, chutes_error *error)
{
    struct chutes__arena arena;
    const char *found = NULL;
    chutes_status status = CHUTES_ERR_NO_MEMORY;

    chutes__error_clear(error);
    if (url != NULL) {
        *url = NULL;
    }
    if (response == NULL || url == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            response == NULL ? "response" : "url");
    }
    chutes__arena_init(&arena);
    if (chutes__operation_find_url(
            (struct chutes__slice){response->body, response->body_len},
            CHUTES__JSON_MAX_DEPTH, &arena, &found)) {
        if (found == NULL && response->info->http_status == ACCEPTED) {
            found = chutes_response_header(response->info, "Location");
        }
        status = copy_url(found, response->url, &arena, url, error);
    } else {
        chutes__fail_status(error, status);
    }
    chutes__arena_dispose(&arena);
    return status;
}

/* ---- the calls ----------------------------------------------------------- */

static void set_defaults(void *params)
{
    chutes_operation_params_init(params, sizeof(chutes_operation_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_operation_done_fn)on_done)(status, response, error, user_data);
}

/* Initializes the members of the type that all kinds share. */
#define TYPE                                                                 \
    {                                                                        \
        .size = sizeof(struct chutes__operation_call),                       \
        .params_size = sizeof(chutes_operation_params), .name = "operation", \
        .options_at = offsetof(chutes_operation_params, call_options),       \
        .set_defaults = set_defaults, .begin = chutes__operation_call_begin, \
        .dispose = chutes__operation_call_dispose, .deliver = deliver,       \
        .free_response = chutes__json_result_free,                           \
        .cancel = chutes__operation_call_cancel,                             \
    }

static const struct chutes__operation_kind GET = {.type = TYPE, .suffix = ""};
static const struct chutes__operation_kind WAIT = {
    .type = TYPE, .waits = true, .suffix = ""};
static const struct chutes__operation_kind CANCEL = {
    .type = TYPE, .method = "POST", .suffix = "/cancel"};

chutes_status chutes_operation_get(chutes_client *client,
                                   const chutes_operation_params *params,
                                   chutes_operation **operation,
                                   chutes_error *error)
{
    return chutes__blocking_call(&GET.type, client, params, operation, error);
}

chutes_status chutes_operation_get_start(chutes_loop *loop,
                                         const chutes_operation_params *params,
                                         chutes_operation_done_fn on_done,
                                         void *user_data, chutes_call **call,
                                         chutes_error *error)
{
    return chutes__call_start(&GET.type, loop, params, (chutes__done_fn)on_done,
                              user_data, call, error);
}

chutes_status chutes_operation_wait(chutes_client *client,
                                    const chutes_operation_params *params,
                                    chutes_operation **operation,
                                    chutes_error *error)
{
    return chutes__blocking_call(&WAIT.type, client, params, operation, error);
}

chutes_status chutes_operation_wait_start(chutes_loop *loop,
                                          const chutes_operation_params *params,
                                          chutes_operation_done_fn on_done,
                                          void *user_data, chutes_call **call,
                                          chutes_error *error)
{
    return chutes__call_start(&WAIT.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

chutes_status chutes_operation_cancel(chutes_client *client,
                                      const chutes_operation_params *params,
                                      chutes_operation **operation,
                                      chutes_error *error)
{
    return chutes__blocking_call(&CANCEL.type, client, params, operation,
                                 error);
}

chutes_status
chutes_operation_cancel_start(chutes_loop *loop,
                              const chutes_operation_params *params,
                              chutes_operation_done_fn on_done, void *user_data,
                              chutes_call **call, chutes_error *error)
{
    return chutes__call_start(&CANCEL.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_operation_free(chutes_operation *operation)
{
    chutes__json_result_free(operation);
}
