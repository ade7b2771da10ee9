/* SPDX-License-Identifier: MIT */
/*
 * The exported functions for operations.
 */
#include <chutes/operation.h>

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "client/blocking.h"
#include "client/operation_call.h"
#include "client/params.h"
#include "codec/operation_answer.h"

enum { ACCEPTED = 202 };

static const struct chutes__operation_kind GET = {.suffix = ""};
static const struct chutes__operation_kind WAIT = {.waits = true, .suffix = ""};
static const struct chutes__operation_kind CANCEL = {.method = "POST",
                                                     .suffix = "/cancel"};

/* ---- the URL ------------------------------------------------------------- */

static chutes_status copy_url(const char *found, char **url,
                              chutes_error *error)
{
    if (found == NULL) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer names no operation");
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
    chutes_error local;

    error = error != NULL ? error : &local;
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
        status = copy_url(found, url, error);
    } else {
        chutes__fail_status(error, status);
    }
    chutes__arena_dispose(&arena);
    return status;
}

/* ---- on a loop ----------------------------------------------------------- */

static chutes_status start(chutes_loop *loop,
                           const struct chutes__operation_kind *kind,
                           const chutes_operation_params *params,
                           struct chutes__operation_done done,
                           chutes_call **call, chutes_error *error)
{
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    status =
        chutes__params_check_start(loop, done.on_done != NULL, call, error);
    return status == CHUTES_OK ? chutes__operation_call_start(
                                     loop, kind, params, done, call, error)
                               : status;
}

chutes_status chutes_operation_get_start(chutes_loop *loop,
                                         const chutes_operation_params *params,
                                         chutes_operation_done_fn on_done,
                                         void *user_data, chutes_call **call,
                                         chutes_error *error)
{
    return start(loop, &GET, params,
                 (struct chutes__operation_done){on_done, user_data}, call,
                 error);
}

chutes_status chutes_operation_wait_start(chutes_loop *loop,
                                          const chutes_operation_params *params,
                                          chutes_operation_done_fn on_done,
                                          void *user_data, chutes_call **call,
                                          chutes_error *error)
{
    return start(loop, &WAIT, params,
                 (struct chutes__operation_done){on_done, user_data}, call,
                 error);
}

chutes_status
chutes_operation_cancel_start(chutes_loop *loop,
                              const chutes_operation_params *params,
                              chutes_operation_done_fn on_done, void *user_data,
                              chutes_call **call, chutes_error *error)
{
    return start(loop, &CANCEL, params,
                 (struct chutes__operation_done){on_done, user_data}, call,
                 error);
}

/* ---- blocking ------------------------------------------------------------ */

/* The parameters of a blocking call, with its kind. */
struct blocking_params {
    const struct chutes__operation_kind *kind;
    const chutes_operation_params *params;
};

static void store(chutes_status status, chutes_operation *operation,
                  const chutes_error *error, void *user_data)
{
    chutes__blocking_store(user_data, status, operation, error);
}

static chutes_status start_blocking(struct chutes_loop *loop,
                                    const void *params, void *user_data,
                                    chutes_error *error)
{
    const struct blocking_params *own = params;

    return chutes__operation_call_start(
        loop, own->kind, own->params,
        (struct chutes__operation_done){store, user_data}, NULL, error);
}

static void free_operation(void *operation)
{
    chutes_operation_free(operation);
}

static const struct chutes__blocking_type BLOCKING = {start_blocking,
                                                      free_operation};

static chutes_status run(chutes_client *client,
                         const struct chutes__operation_kind *kind,
                         const chutes_operation_params *params,
                         chutes_operation **operation, chutes_error *error)
{
    const struct blocking_params own = {kind, params};

    return chutes__blocking_call(&BLOCKING, client, &own, operation, error);
}

chutes_status chutes_operation_get(chutes_client *client,
                                   const chutes_operation_params *params,
                                   chutes_operation **operation,
                                   chutes_error *error)
{
    return run(client, &GET, params, operation, error);
}

chutes_status chutes_operation_wait(chutes_client *client,
                                    const chutes_operation_params *params,
                                    chutes_operation **operation,
                                    chutes_error *error)
{
    return run(client, &WAIT, params, operation, error);
}

chutes_status chutes_operation_cancel(chutes_client *client,
                                      const chutes_operation_params *params,
                                      chutes_operation **operation,
                                      chutes_error *error)
{
    return run(client, &CANCEL, params, operation, error);
}
