/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_LOOP_H
#define CHUTES_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>
#include <chutes/embeddings.h>
#include <chutes/models.h>

/**
 * Many calls at once on one thread.
 *
 * A loop drives the calls that were started on it, and runs their callbacks,
 * inside chutes_loop_poll(), chutes_loop_run(), chutes_loop_on_ready() and
 * chutes_loop_on_timer(), and nowhere else; the library has no threads. There
 * are three ways to drive one:
 *
 *  - chutes_loop_run() or chutes_loop_poll(), which wait;
 *  - chutes_loop_fd(): one descriptor for the host's event loop to watch;
 *    whenever it is readable, chutes_loop_poll(loop, 0);
 *  - chutes_loop_attach(): the host's event loop watches every socket and one
 *    timer. <chutes/adapters/libuv.h>, <chutes/adapters/libevent.h> and
 *    <chutes/adapters/glib.h> do it in one call.
 *
 * A loop, and the calls on it, are used by one thread at a time, except where
 * a function says that any thread may call it. From the callbacks of a call
 * every function may be called, chutes_loop_free() included, but for those that
 * drive the same loop. Callbacks and hooks must return: they must not throw
 * exceptions through the library, nor leave it by longjmp().
 */
typedef struct chutes_loop chutes_loop;

/** A call that was started on a loop. */
typedef struct chutes_call chutes_call;

/**
 * A chat call ended. Comes exactly once for each call that was started, never
 * from inside the function that started it, and nothing comes after it.
 *
 * @param status    As chutes_chat() would have returned it.
 * @param response  As chutes_chat() would have set it; owned by the callee,
 *                  free with chutes_chat_response_free(). May be NULL.
 * @param error     Never NULL; dies when the callback returns.
 */
typedef void (*chutes_chat_done_fn)(chutes_status status,
                                    chutes_chat_response *response,
                                    const chutes_error *error, void *user_data);

/** An embeddings call ended; like chutes_chat_done_fn, freed with
 * chutes_embed_response_free(). */
typedef void (*chutes_embed_done_fn)(chutes_status status,
                                     chutes_embed_response *response,
                                     const chutes_error *error,
                                     void *user_data);

/** A list of models came; like chutes_chat_done_fn, freed with
 * chutes_models_response_free(). */
typedef void (*chutes_models_done_fn)(chutes_status status,
                                      chutes_models_response *response,
                                      const chutes_error *error,
                                      void *user_data);

/** What to watch a descriptor for, and what it is ready for; may be combined.
 * An error or a hang-up of the peer is told as both. */
#define CHUTES_LOOP_READABLE 1
#define CHUTES_LOOP_WRITABLE 2

/**
 * How a host's event loop watches descriptors and time for us. Called on the
 * thread that uses the loop; must not call back into it. All but user_data are
 * required.
 */
typedef struct chutes_loop_hooks {
    size_t struct_size; /**< Set by chutes_loop_hooks_default(). */

    /** Watches `fd`, level-triggered, for `events` from now on; `events` 0: no
     * longer. `watch` is what the hook returned for this descriptor before,
     * NULL when it is new. Returns something that isn't NULL, which is kept; or
     * NULL when it can't (for events 0 the return value isn't looked at). When
     * `fd` is ready, call chutes_loop_on_ready(). */
    void *(*watch)(int fd, int events, void *watch, void *user_data);

    /** Calls chutes_loop_on_timer() once, in `timeout_ms`, and forgets what was
     * asked before. 0: as soon as possible, but not from inside. -1: not at
     * all. The hook is always called when a call starts while no other is
     * active. */
    void (*timer)(int64_t timeout_ms, void *user_data);

    /** The loop is freed and calls no hook after this. */
    void (*detach)(void *user_data);

    void *user_data;
} chutes_loop_hooks;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Clear hooks.
 *
 * @param hooks  NULL: nothing happens.
 * @param size   sizeof(chutes_loop_hooks), which becomes struct_size. Exactly
 *               so many bytes are written.
 *
 * Any thread.
 */
CHUTES_API void chutes_loop_hooks_init(chutes_loop_hooks *hooks, size_t size);

/** The same by value. */
static inline chutes_loop_hooks chutes_loop_hooks_default(void)
{
    chutes_loop_hooks hooks;

    chutes_loop_hooks_init(&hooks, sizeof(hooks));
    return hooks;
}

/**
 * Make a loop.
 *
 * @param client  Its options and key apply; any number of loops may use one.
 *                May be freed before the loop: then its calls are cancelled.
 * @param loop    Receives the loop, owned by the caller, free with
 *                chutes_loop_free(); NULL on failure.
 * @param error   Filled on failure. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_MISUSE (a client
 *         from before a fork()), CHUTES_ERR_NO_MEMORY, or CHUTES_ERR_CONNECT
 *         (too many open files). Any thread.
 */
CHUTES_API chutes_status chutes_loop_new(chutes_client *client,
                                         chutes_loop **loop,
                                         chutes_error *error);

/**
 * Free a loop. Calls that are active are cancelled, and their completion
 * callbacks run before this returns; what those start on the loop is refused.
 * From a callback of the loop, all that happens when the callback's step is
 * over. In the child of a fork() only memory is freed: connections, completions
 * and hooks are the parent's.
 *
 * @param loop  May be NULL.
 */
CHUTES_API void chutes_loop_free(chutes_loop *loop);

/**
 * Wait for something to do, do it, and return. One turn of the loop delivers
 * events for about 8 ms at most, of one call for 4 ms, and returns sooner only
 * when there is nothing left to do; what is left comes in the turns after it.
 * Callbacks aren't interrupted: a turn can last longer by one of them.
 *
 * @param timeout_ms  At most so long; 0: don't wait; -1: as long as it takes
 *                    (with no active call: until chutes_loop_wakeup()).
 * @return CHUTES_OK, also when nothing happened; CHUTES_ERR_MISUSE from inside
 *         a callback of the same loop, on a loop with hooks, or after fork();
 *         CHUTES_ERR_INTERNAL when libcurl failed: every call has then had its
 *         completion, and the loop may still be used.
 */
CHUTES_API chutes_status chutes_loop_poll(chutes_loop *loop, int timeout_ms);

/** chutes_loop_poll() until no call is active. */
CHUTES_API chutes_status chutes_loop_run(chutes_loop *loop);

/** Make a running or the next chutes_loop_poll() return. Any thread, and
 * signal handlers; not after chutes_loop_free(). */
CHUTES_API void chutes_loop_wakeup(chutes_loop *loop);

/** How many calls haven't had their completion callback. */
CHUTES_API size_t chutes_loop_active(const chutes_loop *loop);

/**
 * How many requests of the loop's calls are held back by a limit of the client:
 * they wait for a connection (max_host_connections, max_total_connections), or
 * for their turn (max_concurrent_requests, max_requests_per_second,
 * adaptive_concurrency). A chat call has one request, an embeddings call as
 * many as it has parts under way. A request that looks a name up, connects, or
 * pauses between two attempts isn't held back. A call that was just started
 * counts from the loop's next step on.
 *
 * @param loop  May be NULL, which has none.
 */
CHUTES_API size_t chutes_loop_waiting(const chutes_loop *loop);

/**
 * One descriptor that is readable, level-triggered, whenever
 * chutes_loop_poll(loop, 0) has something to do; it nests in poll(), epoll and
 * event loops that stand on them.
 *
 * @return Borrowed; valid until chutes_loop_free(). -1 where the system has no
 *         such descriptor (it is made of epoll and a timerfd), on a loop with
 *         hooks, or when none is left.
 */
CHUTES_API int chutes_loop_fd(chutes_loop *loop);

/**
 * Let the host's event loop drive this one, until chutes_loop_free().
 *
 * @param hooks  Copied.
 * @param error  Filled on failure. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_MISUSE (it has
 *         hooks, or was polled or asked for its descriptor before), or
 *         CHUTES_ERR_INTERNAL when a hook failed.
 */
CHUTES_API chutes_status chutes_loop_attach(chutes_loop *loop,
                                            const chutes_loop_hooks *hooks,
                                            chutes_error *error);

/** Tell a loop with hooks that a descriptor is ready for `events`. */
CHUTES_API void chutes_loop_on_ready(chutes_loop *loop, int fd, int events);

/** Tell a loop with hooks that its time has come. */
CHUTES_API void chutes_loop_on_timer(chutes_loop *loop);

/**
 * Start a chat completion. All of `params` is read before this returns.
 *
 * @param params     on_event present: streamed; it runs with params->user_data.
 * @param on_done    Required.
 * @param user_data  For on_done.
 * @param call       Receives a handle, owned by the caller, free with
 *                   chutes_call_free(). NULL: no handle is wanted.
 * @param error      Filled on failure. May be NULL.
 * @return CHUTES_OK: on_done will come. Anything else: it was not started and
 *         on_done will not come; CHUTES_ERR_INVALID_ARGUMENT (the message names
 *         the field), CHUTES_ERR_CONFIG (api_key_fn had no key),
 *         CHUTES_ERR_MISUSE (the loop or the client was freed; after fork()),
 *         CHUTES_ERR_NO_MEMORY or CHUTES_ERR_TOO_LARGE.
 */
CHUTES_API chutes_status chutes_chat_start(chutes_loop *loop,
                                           const chutes_chat_params *params,
                                           chutes_chat_done_fn on_done,
                                           void *user_data, chutes_call **call,
                                           chutes_error *error);

/** Start an embeddings call; like chutes_chat_start() and chutes_embed(). The
 * inputs are read before this returns. */
CHUTES_API chutes_status chutes_embed_start(chutes_loop *loop,
                                            const chutes_embed_params *params,
                                            chutes_embed_done_fn on_done,
                                            void *user_data, chutes_call **call,
                                            chutes_error *error);

/** Start to list the models; like chutes_chat_start() and
 * chutes_models_list(). */
CHUTES_API chutes_status
chutes_models_list_start(chutes_loop *loop, const chutes_models_params *params,
                         chutes_models_done_fn on_done, void *user_data,
                         chutes_call **call, chutes_error *error);

/**
 * Cancel a call: its connection is closed, a wait ends, and its completion
 * comes with CHUTES_ERR_CANCELLED and what had arrived of a stream, from the
 * loop. Does nothing when it is done. Any thread, callbacks included; not from
 * a signal handler.
 */
CHUTES_API void chutes_call_cancel(chutes_call *call);

/**
 * Stop reading the answer of a chat call, so that the server sees its window
 * close; the clocks that wait for the server stand still, the total runs on.
 * From the callback of an event, the next event waits until the call is
 * resumed; only tool calls that end together may still be told together. Does
 * nothing when the call is done or paused.
 *
 * Over HTTP/2 with a libcurl below 8.14 up to 1 MiB of what still comes is
 * kept; more ends the call with CHUTES_ERR_TOO_LARGE.
 */
CHUTES_API void chutes_call_pause(chutes_call *call);

/** Go on reading. Events come from the loop, not from inside this. */
CHUTES_API void chutes_call_resume(chutes_call *call);

/** Has the completion callback of the call begun? Any thread. */
CHUTES_API int chutes_call_is_done(const chutes_call *call);

/**
 * Give a handle up. This neither cancels the call nor waits for it. Any thread,
 * also after chutes_loop_free().
 *
 * @param call  May be NULL.
 */
CHUTES_API void chutes_call_free(chutes_call *call);

#ifdef __cplusplus
}
#endif

#endif
