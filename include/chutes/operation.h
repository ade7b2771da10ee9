/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_OPERATION_H
#define CHUTES_OPERATION_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/*
 * Operations: work that continues after the answer. Some chutes answer a
 * request with HTTP 202 and the URL of an operation (see api/external_backend
 * of Chutes' API). Poll this URL until the operation is over:
 *
 *     chutes_invoke(client, &params, &response, &error);
 *     chutes_operation_url(response, &url, &error);
 *     wait.url = url;
 *     chutes_operation_wait(client, &wait, &operation, &error);
 *     fetch.method = "GET";
 *     fetch.url = operation->artifacts[0]->url;
 *     fetch.output_path = "video.mp4";
 *     fetch.resume = 1;
 *     chutes_invoke(client, &fetch, NULL, &error);
 *
 * Send the header Idempotency-Key with the first request: if its answer is
 * lost, sending it again finds the same operation instead of starting another.
 * The API key is sent only to hosts of Chutes and of the client's base URLs,
 * unless send_key says otherwise, so the foreign host of an artifact doesn't
 * receive it.
 */

/** The state of an operation. */
typedef enum chutes_operation_state {
    CHUTES_OPERATION_UNKNOWN, /**< A status that this version doesn't know. */
    CHUTES_OPERATION_PENDING, /**< Not yet submitted; it can't be cancelled. */
    CHUTES_OPERATION_SUBMITTED,
    CHUTES_OPERATION_RUNNING,
    CHUTES_OPERATION_SUCCEEDED, /**< This state and those below are final. */
    CHUTES_OPERATION_FAILED,
    CHUTES_OPERATION_CANCELLED,
    CHUTES_OPERATION_EXPIRED
} chutes_operation_state;

/** A file that an operation has created. */
typedef struct chutes_artifact {
    const char *kind;         /**< Such as "video"; "" if not sent. */
    const char *content_type; /**< "" if not sent. */
    const char *url;          /**< Absolute, even if the server sent a path; ""
                                   if not sent. */
    int64_t size_bytes;       /**< -1 if not sent. */
    int64_t expires_at;       /**< In Unix seconds; -1 if not sent. */
    int available;            /**< 0: it has expired. */
    int reserved;
} chutes_artifact;

/** An operation, as the server describes it. */
typedef struct chutes_operation {
    const chutes_response_info *info; /**< About the last request. */
    const char *raw_json;
    size_t raw_len;
    const char *id;     /**< "" if not sent. */
    const char *status; /**< The state as the server names it. */
    const char *url;    /**< The operation's absolute URL; "" if not sent. */
    const chutes_artifact *const *artifacts;
    size_t artifact_count; /**< At most 1024. */
    /** JSON that the operation returned in addition to artifacts. NULL:
     * none. */
    const char *data;
    size_t data_len;
    const char *error_code;    /**< "" unless it failed. */
    const char *error_message; /**< "" unless it failed. */
    double progress;           /**< As the server counts it; -1 if not sent. */
    chutes_operation_state state;
    int is_over;      /**< 1: the state no longer changes. */
    int is_retryable; /**< 1: according to the server, another try may
                           succeed. */
    int reserved;
} chutes_operation;

/**
 * Receives the state of an operation that chutes_operation_wait() waits for,
 * after each poll that finds it pending, running or succeeded. It isn't called
 * for the poll that ends the call with a failure.
 *
 * @param operation  Never NULL. Valid during the callback only; `info` and
 *                   raw_json are NULL.
 * @return 0 to continue. Anything else ends the call with CHUTES_ERR_CANCELLED;
 *         the operation continues.
 */
typedef int (*chutes_operation_fn)(const chutes_operation *operation,
                                   void *user_data);

/** Receives the end of a call on an operation. Like chutes_chat_done_fn, but
 * chutes_operation_free() frees the operation. */
typedef void (*chutes_operation_done_fn)(chutes_status status,
                                         chutes_operation *operation,
                                         const chutes_error *error,
                                         void *user_data);

/**
 * Parameters of the calls on an operation. Initialise them with
 * chutes_operation_params_default() and set `url` or `path`.
 */
typedef struct chutes_operation_params {
    size_t struct_size; /**< Set by chutes_operation_params_default(). */
    /** The operation's URL, as chutes_operation_url() finds it. */
    const char *url;
    const char *path; /**< A path below base_url, in place of `url`. */
    /** Used by chutes_operation_wait() only. May be NULL. */
    chutes_operation_fn on_status;
    void *user_data;                         /**< Passed to on_status. */
    const chutes_call_options *call_options; /**< For each request. NULL: the
                                                client's. */
    /** How long chutes_operation_wait() waits. 0: without a limit. Default:
     * 3 600 000, an hour. */
    int64_t wait_timeout_ms;
    /** The wait between two polls of chutes_operation_wait(): min_poll_ms at
     * first, then half as long again each time, up to max_poll_ms. The server's
     * Retry-After takes precedence if it is at least min_poll_ms, up to an
     * hour. Both are from 1 to 3 600 000, and max_poll_ms is at least
     * min_poll_ms. Defaults: 1 000 and 15 000. */
    int64_t min_poll_ms;
    int64_t max_poll_ms;
    int send_key; /**< As in chutes_invoke_params. */
    int reserved;
} chutes_operation_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_operation_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_operation_params_init(chutes_operation_params *params,
                                             size_t size);

/** Return parameters set to their defaults. */
static inline chutes_operation_params chutes_operation_params_default(void)
{
    chutes_operation_params params;

    chutes_operation_params_init(&params, sizeof(params));
    return params;
}

/**
 * Find the URL of the operation that an answer refers to: `status_url` in its
 * JSON or, with HTTP 202, the header Location. A relative reference is resolved
 * against response->url. Nothing is sent. Any thread may call this.
 *
 * @param response  Must not be NULL.
 * @param url       Receives the URL, or NULL on failure. Free it with
 *                  chutes_string_free(). Must not be NULL.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_PROTOCOL: the answer refers to no operation, so
 *         it is the result itself; CHUTES_ERR_INVALID_ARGUMENT;
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_operation_url(
    const chutes_invoke_response *response, char **url, chutes_error *error);

/**
 * Ask for the state of an operation, once. Any thread may call this.
 *
 * @param client     Must not be NULL.
 * @param params     Read during the call only. Must not be NULL.
 * @param operation  Receives the operation, or NULL on failure. The caller owns
 *                   it and frees it with chutes_operation_free(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK, whatever the state; CHUTES_ERR_NOT_FOUND if there is no
 *         such operation; otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_operation_get(
    chutes_client *client, const chutes_operation_params *params,
    chutes_operation **operation, chutes_error *error);

/**
 * Wait until an operation is over. Because polling changes nothing, a poll that
 * fails for a temporary reason is retried even if the server may have received
 * it, unless retry_policy is CHUTES_RETRY_NONE. Cancelling this call doesn't
 * cancel the operation. Any thread may call this.
 *
 * @param client     Must not be NULL.
 * @param params     Read during the call only. Must not be NULL.
 * @param operation  Receives the operation if it is over. If it failed, the
 *                   members error_message, is_retryable and data say why. NULL
 *                   if the wait ended for another reason. May be NULL.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK if it succeeded; CHUTES_ERR_STREAM if it failed, was
 *         cancelled or has expired (`code` is the server's, or the status);
 *         CHUTES_ERR_TIMEOUT after wait_timeout_ms; CHUTES_ERR_PROTOCOL if it
 *         is over with an unknown status; otherwise as chutes_operation_get().
 */
CHUTES_API chutes_status chutes_operation_wait(
    chutes_client *client, const chutes_operation_params *params,
    chutes_operation **operation, chutes_error *error);

/**
 * Ask the server to cancel an operation. This returns when the server has
 * accepted the request; wait for the operation to see how it ends. A server
 * answers HTTP 409 if the operation is pending or over, or if cancelling isn't
 * supported. The request is then retried by the client's rules, and at last
 * fails with CHUTES_ERR_BAD_REQUEST and the server's reason. Any thread may
 * call this.
 *
 * @param client     Must not be NULL.
 * @param params     Read during the call only. Must not be NULL.
 * @param operation  As for chutes_operation_get(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_BAD_REQUEST, or as chutes_operation_get().
 */
CHUTES_API chutes_status chutes_operation_cancel(
    chutes_client *client, const chutes_operation_params *params,
    chutes_operation **operation, chutes_error *error);

/**
 * Start chutes_operation_get() on a loop. Only the thread that uses the loop
 * may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_operation_get_start(
    chutes_loop *loop, const chutes_operation_params *params,
    chutes_operation_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Start chutes_operation_wait() on a loop. Only the thread that uses the loop
 * may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_operation_wait_start(
    chutes_loop *loop, const chutes_operation_params *params,
    chutes_operation_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Start chutes_operation_cancel() on a loop. Only the thread that uses the loop
 * may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_operation_cancel_start(
    chutes_loop *loop, const chutes_operation_params *params,
    chutes_operation_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free an operation and everything that it points to. Any thread may call this.
 *
 * @param operation  NULL is ignored.
 */
CHUTES_API void chutes_operation_free(chutes_operation *operation);

#ifdef __cplusplus
}
#endif

#endif
