/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_WARMUP_H
#define CHUTES_WARMUP_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/*
 * Starts chutes that don't run on a GPU yet, and waits for them, with Chutes'
 * management API at https://api.chutes.ai/.
 */

/** The state of a chute, which the server reports about every five seconds. */
typedef struct chutes_warmup_state {
    const char *status; /**< "cold" or "hot"; the server may add others. */
    const char *log;    /**< For people, such as "waiting for instances ...";
                           "" if not sent. */
    int is_hot;         /**< 1: an instance is running. */
    int reserved;
} chutes_warmup_state;

/**
 * Receives the states of a chute.
 *
 * @param state  Never NULL. Valid during the callback only.
 * @return 0 to continue. Anything else ends the call with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_warmup_fn)(const chutes_warmup_state *state,
                                void *user_data);

/** Receives the end of a chutes_warmup_start(). `error` is as for
 * chutes_chat_done_fn. */
typedef void (*chutes_warmup_done_fn)(chutes_status status,
                                      const chutes_error *error,
                                      void *user_data);

/**
 * Parameters of chutes_warmup(). Initialise them with
 * chutes_warmup_params_default() and set `chute`.
 */
typedef struct chutes_warmup_params {
    size_t struct_size; /**< Set by chutes_warmup_params_default(). */
    /** Where the API is, and where the key is sent. NULL:
     * https://api.chutes.ai/. */
    const char *base_url;
    const chutes_call_options *call_options; /**< For each request. NULL: the
                                                client's. */
    /** The chute's ID, or its name, such as "Qwen/Qwen3-32B-TEE". At most
     * 128 letters, digits and "-_./", without a segment "." or "..". Must not
     * be NULL. */
    const char *chute;
    chutes_warmup_fn on_state; /**< May be NULL. */
    void *user_data;           /**< Passed to on_state. */
    /** How long to wait in total. 0: without a limit. Default: 3 600 000, an
     * hour. */
    int64_t wait_timeout_ms;
    /** The server reports states for at most ten minutes; then the library asks
     * again. It waits min_poll_ms before the first time, then half as long
     * again each time, up to max_poll_ms. Both are from 1 to 3 600 000, and
     * max_poll_ms is at least min_poll_ms. Defaults: 1 000 and 15 000. */
    int64_t min_poll_ms;
    int64_t max_poll_ms;
} chutes_warmup_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_warmup_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_warmup_params_init(chutes_warmup_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_warmup_params chutes_warmup_params_default(void)
{
    chutes_warmup_params params;

    chutes_warmup_params_init(&params, sizeof(params));
    return params;
}

/**
 * Ask Chutes to run a chute (GET chutes/warmup/ID), and wait until it runs. If
 * the stream of states ends or is cut off before that, the server is asked
 * again. Any thread may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK: the chute is hot; CHUTES_ERR_QUOTA: the balance is too
 *         low; CHUTES_ERR_CAPACITY: the chute can't run, for example because it
 *         is disabled; CHUTES_ERR_NOT_FOUND; CHUTES_ERR_STREAM: an error came
 *         in place of a state; CHUTES_ERR_TIMEOUT after wait_timeout_ms;
 *         CHUTES_ERR_PROTOCOL for what isn't a stream of states;
 *         CHUTES_ERR_INVALID_ARGUMENT (the message names the field; nothing was
 *         sent); otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_warmup(chutes_client *client,
                                       const chutes_warmup_params *params,
                                       chutes_error *error);

/**
 * Start chutes_warmup() on a loop. Only the thread that uses the loop may call
 * this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_warmup_start(chutes_loop *loop,
                                             const chutes_warmup_params *params,
                                             chutes_warmup_done_fn on_done,
                                             void *user_data,
                                             chutes_call **call,
                                             chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
