/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONTEXT_H
#define CHUTES_CLIENT_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <chutes/loop.h>

#include "base/list.h"
#include "client/ledger.h"
#include "codec/chunk.h"
#include "request/queue.h"
#include "transport/trust.h"

/* The structs of a client, its loops and their calls. The functions of each are
 * in a module of its own. */

struct chutes_client {
    struct chutes__config config; /* immutable */
    /* The process that created it. The child of a fork must not use the
     * connections. */
    pid_t process;
    struct chutes__limiter limiter;
    struct chutes__retry_budget budget;
    struct chutes__trust trust; /* shared by all engines */
    struct chutes__ledger ledger;
    atomic_bool is_closed; /* freed by its owner, but still in use */

    /* Guards the members below. Never held while a callback runs. */
    pthread_mutex_t mutex;
    struct chutes__link loops; /* the application's, and borrowed ones */
    /* Loops that wait for a blocking call. The most recently used one, whose
     * connections are warm, comes first. */
    struct chutes__link idle;
    size_t idle_count;
    size_t users; /* the owner, and each of `loops`; the last one frees it */
};

/*
 * One engine and the calls on it. The application makes its own loops. Blocking
 * calls and iterators borrow one from the client, which stores the idle ones.
 */
struct chutes_loop {
    struct chutes__link link; /* in a list of the client, under its mutex */
    struct chutes_client *client;
    pid_t process; /* as in the client, which may be freed before */
    struct chutes__engine *engine;
    struct chutes__request_queue requests;
    struct chutes__link calls; /* not done */
    /* Scratch memory that all streamed calls share, as there may be
     * thousands. */
    struct chutes__chunk chunk;
    size_t active;            /* number of calls in `calls` */
    bool has_warned;          /* that requests wait for a connection */
    atomic_bool is_cancelled; /* all calls, by any thread */
    bool is_stepping;
    bool is_freed; /* by a callback: freed when the step is over */
    bool is_used;  /* it was polled, or asked for its descriptor */
    bool has_hooks;
    /* Points at a flag that is set when the loop is freed during
     * chutes_loop_run(). NULL while that isn't running. */
    bool *is_over;
    void (*detach)(void *user_data); /* the hooks' */
    void *hook_data;
};

/* A completion callback of any type. It is cast back before it is called. */
typedef void (*chutes__done_fn)(void);

/* Casts `on_done` to its real type and calls it with the other arguments. */
typedef void (*chutes__deliver_fn)(chutes__done_fn on_done,
                                   chutes_status status, void *response,
                                   const chutes_error *error, void *user_data);

/* Describes who made a call, and how to report the end to them. */
struct chutes__caller {
    chutes__deliver_fn deliver;
    chutes__done_fn on_done;
    void *user_data;
    /* This is a blocking call, so the caller's parameters stay valid until its
     * end. Otherwise, they are valid only during the start. */
    bool is_blocked;
};

struct chutes__span;

/* What differs between the kinds of calls. The functions are called on the
 * thread of the loop. */
struct chutes__call_type {
    size_t size; /* bytes of the whole call, which begins with chutes_call */
    size_t params_size;
    /* For the name of its span: the operation, or the name of the struct of
     * parameters, such as "chutes_rerank_params". NULL: it has no span. */
    const char *name;
    size_t options_at; /* where `call_options` are in the parameters */
    void (*set_defaults)(void *params);
    /* Starts the requests of a new call. All of it is zeroed except its struct
     * chutes_call. `params` is the call's own copy, valid until this returns.
     * On failure, fills `error`; the call is then disposed of. */
    chutes_status (*begin)(struct chutes_call *call, const void *params,
                           chutes_error *error);
    /* Frees what the call owns. Also called after `begin` has failed. */
    void (*dispose)(struct chutes_call *call);
    chutes__deliver_fn deliver;            /* to the application's callback */
    void (*free_response)(void *response); /* which may be NULL */
    /* Fills `use` from a response. Returns false if the call doesn't pay for
     * tokens. NULL: no call of this type does. */
    bool (*read_use)(const struct chutes_call *call, const void *response,
                     struct chutes__use *use);
    /* Adds to the span what `use` doesn't contain. NULL: there is nothing to
     * add. */
    void (*trace_response)(struct chutes__span *span, const void *response);
    /* Cancels the requests of the call. A later step calls its completion
     * callback. */
    void (*cancel)(struct chutes_call *call);
    void (*pause)(struct chutes_call *call); /* NULL: not supported */
    void (*resume)(struct chutes_call *call);
};

/* The first member of the struct of every kind of call. Valid until the loop
 * and the owner of the handle have both dropped their reference. */
struct chutes_call {
    struct chutes__link link;            /* in loop->calls until it is done */
    struct chutes_loop *loop;            /* valid until it is done */
    const struct chutes__config *config; /* the client's; likewise */
    const struct chutes__call_type *type;
    struct chutes__caller caller;
    struct chutes__span *span;      /* NULL: the call isn't traced */
    struct chutes__waker *waker;    /* the loop's, which may have been freed */
    struct chutes__unknown unknown; /* numbers that the totals lack */
    bool has_added_use;             /* the totals have its tokens */
    atomic_uint references;
    atomic_bool is_cancelled; /* requested, by any thread */
    atomic_bool is_done;
};

#endif
