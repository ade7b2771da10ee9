/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_LOOP_H
#define CHUTES_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>
#include <chutes/embeddings.h>
#include <chutes/invoke.h>
#include <chutes/models.h>

/**
 * A loop: many calls at once on one thread.
 *
 * A loop drives the calls that were started on it and runs their callbacks. It
 * does so only inside chutes_loop_poll(), chutes_loop_run(),
 * chutes_loop_on_ready(), chutes_loop_on_timer() and chutes_loop_free(); it has
 * no thread of its own. There are three ways to drive a loop:
 *
 *  - Call chutes_loop_run() or chutes_loop_poll(), which wait.
 *  - Let the program's event loop watch chutes_loop_fd(), and call
 *    chutes_loop_poll(loop, 0) whenever it is readable.
 *  - Let the program's event loop watch each socket and one timer, with
 *    chutes_loop_attach(). One call of an adapter does this:
 *    <chutes/adapters/libuv.h>, <chutes/adapters/libevent.h> or
 *    <chutes/adapters/glib.h>.
 *
 * One thread at a time may use a loop and the calls on it, except where a
 * function says that any thread may call it. The callbacks of a call may call
 * all functions, including chutes_loop_free(), except those that drive the same
 * loop. Callbacks and hooks must return normally: they must not throw C++
 * exceptions or call longjmp().
 */
typedef struct chutes_loop chutes_loop;

/** A call that was started on a loop. */
typedef struct chutes_call chutes_call;

/**
 * Receives the end of a chat call. The callback runs exactly once for each call
 * that was started, after all its other callbacks, and never inside the
 * function that started it.
 *
 * @param status    What chutes_chat() would have returned.
 * @param response  What chutes_chat() would have provided; may be NULL. The
 *                  callback owns it and frees it with
 *                  chutes_chat_response_free().
 * @param error     Never NULL. Valid during the callback only.
 */
typedef void (*chutes_chat_done_fn)(chutes_status status,
                                    chutes_chat_response *response,
                                    const chutes_error *error, void *user_data);

/** Receives the end of an embeddings call. Like chutes_chat_done_fn, but
 * chutes_embed_response_free() frees the response. */
typedef void (*chutes_embed_done_fn)(chutes_status status,
                                     chutes_embed_response *response,
                                     const chutes_error *error,
                                     void *user_data);

/** Receives the end of a call that lists models. Like chutes_chat_done_fn, but
 * chutes_models_response_free() frees the response. */
typedef void (*chutes_models_done_fn)(chutes_status status,
                                      chutes_models_response *response,
                                      const chutes_error *error,
                                      void *user_data);

/** Receives the end of a chutes_invoke_start(). Like chutes_chat_done_fn, but
 * chutes_invoke_response_free() frees the response. */
typedef void (*chutes_invoke_done_fn)(chutes_status status,
                                      chutes_invoke_response *response,
                                      const chutes_error *error,
                                      void *user_data);

/**
 * Receives the end of a wait. The callback runs exactly once for each wait that
 * was started, and never inside the function that started it.
 *
 * @param status  CHUTES_OK: the time is over. CHUTES_ERR_CANCELLED: as for any
 *                call that was cancelled.
 * @param error   Never NULL. Valid during the callback only.
 */
typedef void (*chutes_wait_done_fn)(chutes_status status,
                                    const chutes_error *error, void *user_data);

/** What to watch a descriptor for, and what it is ready for. The bits may be
 * combined. Report an error or a hang-up as both bits. */
#define CHUTES_LOOP_READABLE 1
#define CHUTES_LOOP_WRITABLE 2

/**
 * How the program's event loop watches descriptors and time for a loop. The
 * hooks run on the thread that uses the loop and must not call any function on
 * it. All hooks are required; user_data may be NULL. Initialise the struct with
 * chutes_loop_hooks_default().
 */
typedef struct chutes_loop_hooks {
    size_t struct_size; /**< Set by chutes_loop_hooks_default(). */

    /** Watch `fd`, level-triggered, for `events` in place of any previous ones,
     * and call chutes_loop_on_ready() when it is ready. If `events` is 0, stop
     * watching it. `watch` is NULL for a new descriptor, otherwise what this
     * hook returned for it before. Return a non-NULL token, or NULL on failure;
     * if `events` is 0, the return value is ignored. */
    void *(*watch)(int fd, int events, void *watch, void *user_data);

    /** Call chutes_loop_on_timer() once, after `timeout_ms`, in place of the
     * previous timer. 0: call it as soon as possible, but not from this hook.
     * -1: stop the timer. The loop always calls this hook when a call starts
     * while no other is active. */
    void (*timer)(int64_t timeout_ms, void *user_data);

    /** Called when the loop is freed. No hook is called afterwards. */
    void (*detach)(void *user_data);

    void *user_data;
} chutes_loop_hooks;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set all hooks to NULL. Any thread may call this.
 *
 * @param hooks  NULL is ignored.
 * @param size   sizeof(chutes_loop_hooks): the number of bytes written, and the
 *               new struct_size.
 */
CHUTES_API void chutes_loop_hooks_init(chutes_loop_hooks *hooks, size_t size);

/** Return hooks that are all NULL. */
static inline chutes_loop_hooks chutes_loop_hooks_default(void)
{
    chutes_loop_hooks hooks;

    chutes_loop_hooks_init(&hooks, sizeof(hooks));
    return hooks;
}

/**
 * Create a loop. Any thread may call this.
 *
 * @param client  Provides options, key and limits. Any number of loops may
 *                share one client. If it is freed before the loop, the loop's
 *                calls are cancelled. Must not be NULL.
 * @param loop    Receives the loop, or NULL on failure. The caller owns it and
 *                frees it with chutes_loop_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_MISUSE (the client
 *         was made before fork()); CHUTES_ERR_NO_MEMORY; or CHUTES_ERR_CONNECT
 *         (too many open files).
 */
CHUTES_API chutes_status chutes_loop_new(chutes_client *client,
                                         chutes_loop **loop,
                                         chutes_error *error);

/**
 * Free a loop. Active calls are cancelled, and their completion callbacks run
 * before this returns. Calls started by those callbacks fail. If called from a
 * callback of the loop, the free is deferred to the end of the current step. In
 * the child of a fork(), only memory is freed, and no callback or hook runs.
 *
 * Only the thread that uses the loop may call this.
 *
 * @param loop  NULL is ignored.
 */
CHUTES_API void chutes_loop_free(chutes_loop *loop);

/**
 * Wait for activity, handle it and return. A step delivers events for at most
 * about 8 ms, and those of one call for about 4 ms; the next steps deliver the
 * rest. Callbacks are not interrupted, and the clock is not read after each of
 * them, so a step may exceed this by the duration of up to four callbacks.
 *
 * Only the thread that uses the loop may call this.
 *
 * @param loop        Must not be NULL.
 * @param timeout_ms  The longest time to wait. 0: don't wait. -1: wait without
 *                    a limit; if no call is active, until chutes_loop_wakeup().
 * @return CHUTES_OK, even if nothing happened; CHUTES_ERR_INVALID_ARGUMENT if
 *         `loop` is NULL; CHUTES_ERR_MISUSE from a callback of the same loop,
 *         for a loop with hooks, and after fork(); CHUTES_ERR_INTERNAL if
 *         libcurl failed: all calls have then ended with an error, and the loop
 *         is still usable.
 */
CHUTES_API chutes_status chutes_loop_poll(chutes_loop *loop, int timeout_ms);

/**
 * Call chutes_loop_poll() until no call is active. Only the thread that uses
 * the loop may call this.
 *
 * @param loop  Must not be NULL.
 * @return As chutes_loop_poll().
 */
CHUTES_API chutes_status chutes_loop_run(chutes_loop *loop);

/**
 * Make the chutes_loop_poll() that is waiting, or else the next one, return
 * early. Any thread and any signal handler may call this until
 * chutes_loop_free() is called.
 *
 * @param loop  NULL is ignored.
 */
CHUTES_API void chutes_loop_wakeup(chutes_loop *loop);

/**
 * Return the number of calls whose completion callback hasn't started. Only the
 * thread that uses the loop may call this.
 *
 * @param loop  NULL returns 0.
 * @return The number of calls.
 */
CHUTES_API size_t chutes_loop_active(const chutes_loop *loop);

/**
 * Return the number of requests that wait because of a limit of the client: for
 * a connection (max_host_connections, max_total_connections) or for their turn
 * (max_concurrent_requests, max_requests_per_second, adaptive_concurrency). A
 * chat call has one request; an embeddings call has one per part in progress.
 * Requests that are resolving a name, connecting, or waiting for a retry are
 * not counted. A new call is not counted before the next step of the loop.
 *
 * Only the thread that uses the loop may call this.
 *
 * @param loop  NULL returns 0.
 * @return The number of requests.
 */
CHUTES_API size_t chutes_loop_waiting(const chutes_loop *loop);

/**
 * Return a descriptor that is readable, level-triggered, whenever
 * chutes_loop_poll(loop, 0) has work to do. poll(), epoll and the event loops
 * based on them can watch it. Only the thread that uses the loop may call this.
 *
 * @param loop  NULL returns -1.
 * @return A descriptor that the loop owns, valid until chutes_loop_free(). -1
 *         on systems without epoll and timerfd, for a loop with hooks, after
 *         fork(), or if no descriptor is available.
 */
CHUTES_API int chutes_loop_fd(chutes_loop *loop);

/**
 * Let the program's event loop drive a loop until chutes_loop_free(). Only the
 * thread that uses the loop may call this.
 *
 * @param loop   Must not be NULL.
 * @param hooks  Copied. Must not be NULL.
 * @param error  Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_MISUSE (the loop
 *         already has hooks or calls, or chutes_loop_poll(), chutes_loop_run()
 *         or chutes_loop_fd() was called on it, or the client was freed, or the
 *         process is the child of a fork()); or CHUTES_ERR_INTERNAL (a hook
 *         failed).
 */
CHUTES_API chutes_status chutes_loop_attach(chutes_loop *loop,
                                            const chutes_loop_hooks *hooks,
                                            chutes_error *error);

/**
 * Report to a loop with hooks that a descriptor is ready. Only the thread that
 * uses the loop may call this.
 *
 * @param loop    NULL is ignored, and so is a loop without hooks.
 * @param fd      The descriptor, as the hook `watch` received it.
 * @param events  CHUTES_LOOP_READABLE, CHUTES_LOOP_WRITABLE or both.
 */
CHUTES_API void chutes_loop_on_ready(chutes_loop *loop, int fd, int events);

/**
 * Report to a loop with hooks that its timer has expired. Only the thread that
 * uses the loop may call this.
 *
 * @param loop  NULL is ignored, and so is a loop without hooks.
 */
CHUTES_API void chutes_loop_on_timer(chutes_loop *loop);

/**
 * Start a chat completion. Only the thread that uses the loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. If on_event is set, the answer is
 *                   streamed to it with params->user_data. Must not be NULL.
 * @param on_done    Receives the end of the call. Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       Receives a handle, or NULL on failure. The caller owns it
 *                   and frees it with chutes_call_free(). NULL: no handle.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK if the call was started: on_done will then run. Otherwise
 *         on_done won't run, and the status is CHUTES_ERR_INVALID_ARGUMENT (the
 *         message names the field), CHUTES_ERR_CONFIG (api_key_fn failed),
 *         CHUTES_ERR_MISUSE (the loop is being freed, the client was freed, or
 *         the process is the child of a fork()), CHUTES_ERR_NO_MEMORY or
 *         CHUTES_ERR_TOO_LARGE.
 */
CHUTES_API chutes_status chutes_chat_start(chutes_loop *loop,
                                           const chutes_chat_params *params,
                                           chutes_chat_done_fn on_done,
                                           void *user_data, chutes_call **call,
                                           chutes_error *error);

/**
 * Start an embeddings call; see chutes_embed(). Only the thread that uses the
 * loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_embed_start(chutes_loop *loop,
                                            const chutes_embed_params *params,
                                            chutes_embed_done_fn on_done,
                                            void *user_data, chutes_call **call,
                                            chutes_error *error);

/**
 * Start a call that lists the models; see chutes_models_list(). Only the thread
 * that uses the loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. NULL: the defaults.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_models_list_start(chutes_loop *loop, const chutes_models_params *params,
                         chutes_models_done_fn on_done, void *user_data,
                         chutes_call **call, chutes_error *error);

/**
 * Start a request to any chute; see chutes_invoke(). Only the thread that uses
 * the loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns; `body` is copied, but `bytes` of
 *                   parts are not. The callbacks are called later. Must not be
 *                   NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_invoke_start(chutes_loop *loop,
                                             const chutes_invoke_params *params,
                                             chutes_invoke_done_fn on_done,
                                             void *user_data,
                                             chutes_call **call,
                                             chutes_error *error);

/**
 * Start a call that sends nothing and ends after a given time, to do something
 * later on the loop or to set a time limit. Like any call, it is counted by
 * chutes_loop_active(), and cancelled when the loop or the client is freed.
 *
 * Only the thread that uses the loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param wait_ms    How long to wait. 0: on_done runs in the next step. -1:
 *                   until the call is cancelled.
 * @param on_done    Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_MISUSE (the loop
 *         or its client was freed, or this is the child of a fork()); or
 *         CHUTES_ERR_NO_MEMORY. On failure, on_done won't run.
 */
CHUTES_API chutes_status chutes_wait_start(chutes_loop *loop, int64_t wait_ms,
                                           chutes_wait_done_fn on_done,
                                           void *user_data, chutes_call **call,
                                           chutes_error *error);

/**
 * Cancel a call. The loop closes its connection or ends its wait, and runs the
 * completion callback with CHUTES_ERR_CANCELLED and, for a stream, the part
 * that had arrived. A call that is done is not affected.
 *
 * Any thread and any callback may call this, but not a signal handler.
 *
 * @param call  NULL is ignored.
 */
CHUTES_API void chutes_call_cancel(chutes_call *call);

/**
 * Stop reading the answer of a call of chutes_chat_start(),
 * chutes_complete_start() or chutes_invoke_start(), so that flow control makes
 * the server wait. Idle, progress and first-byte timeouts are suspended; the
 * total timeout is not. If called from a callback, the next event or the next
 * bytes wait until the call is resumed, except that the events of tool calls
 * that finish together may all be delivered, and so may the reasoning and the
 * text that reasoning_tags finds in one chunk. Calls that are done or paused,
 * and other kinds of calls, are not affected.
 *
 * Over HTTP/2 with libcurl below 8.14, up to 1 MiB that still arrives is
 * buffered; more fails the call with CHUTES_ERR_TOO_LARGE.
 *
 * Only the thread that uses the loop may call this.
 *
 * @param call  NULL is ignored.
 */
CHUTES_API void chutes_call_pause(chutes_call *call);

/**
 * Continue to read the answer of a paused call. The next steps of the loop
 * deliver its events; this function delivers none. Only the thread that uses
 * the loop may call this.
 *
 * @param call  NULL is ignored.
 */
CHUTES_API void chutes_call_resume(chutes_call *call);

/**
 * Return whether the completion callback of a call has started. Any thread may
 * call this.
 *
 * @param call  NULL returns 1.
 * @return 1 or 0.
 */
CHUTES_API int chutes_call_is_done(const chutes_call *call);

/**
 * Free a handle. The call continues. Any thread may call this, even after
 * chutes_loop_free().
 *
 * @param call  NULL is ignored.
 */
CHUTES_API void chutes_call_free(chutes_call *call);

#ifdef __cplusplus
}
#endif

#endif
