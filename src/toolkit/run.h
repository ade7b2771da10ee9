/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_RUN_H
#define CHUTES_TOOLKIT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/tools.h>

#include "base/buf.h"
#include "toolkit/conversation_state.h"

/*
 * The runner gets the next answer from this, so that it need not know how
 * requests are sent. An answer is reported to chutes__run_take_answer() or
 * chutes__run_take_failure(), once and never inside `ask`.
 */
struct chutes__model {
    chutes_status (*ask)(void *ctx, struct chutes_run *run,
                         chutes_error *error);
    void (*cancel)(void *ctx);
    void (*end)(void *ctx); /* the run has ended, but may be kept */
    void (*dispose)(void *ctx);
    void *ctx;
    chutes_loop *loop; /* for deferred tools; NULL in tests */
};

struct chutes_run {
    struct chutes__model model;
    struct chutes_conversation *talk;
    chutes_chat_params chat;  /* the caller's */
    chutes_run_params params; /* likewise; `chat` is the one above */
    chutes_chat_done_fn on_done;
    void *user_data;
    chutes_chat_response *response; /* the last answer */
    struct chutes_span *span;       /* NULL: the run isn't traced */
    chutes_tool_reply *replies;     /* a list of those of deferred tools */
    chutes_tool_reply *retired;     /* a list of those that are finished */
    size_t turn;    /* where the turn begins whose calls are executed */
    size_t next;    /* the message to look at next: maybe a call's result */
    int deferred;   /* replies in the list */
    int round;      /* answers so far */
    int calls;      /* calls so far */
    int references; /* the run itself, until it has ended, and the handle */
    bool is_asking;
    bool is_advancing;
    bool is_cancelled;
    bool is_done;
    int64_t tokens;
    double cost;
    int unmetered; /* answers whose usage is unknown */
    int unpriced;  /* answers whose cost is unknown */
    int64_t deadline_us;
};

struct chutes_tool_reply {
    struct chutes_run *run; /* NULL: abandoned */
    chutes_tool_reply *following;
    size_t index; /* where the result is in the conversation */
    const chutes_tool_call *call;
    const chutes_tool_handler *tool;
    struct chutes_span *span; /* the running tool's; else NULL */
    void *decoded;            /* the arguments, if the tool has a schema */
    char *arguments;          /* a copy of them, if it has none */
    struct chutes__buf text;
    size_t max_bytes;
    bool is_set;
    bool is_error;
    bool is_deferred;
    bool is_running;  /* inside the tool's function */
    bool ends_run;    /* once the tool has finished */
    bool is_finished; /* by chutes_tool_reply_finish(), with `status` */
    chutes_status status;
};

/* Initialises a zeroed run with the caller's parameters, and starts its
 * clock. */
chutes_status
chutes__run_init(struct chutes_run *run, struct chutes_conversation *talk,
                 const chutes_run_params *params, chutes_error *error)
    __attribute__((warn_unused_result));

/* Begins with the open calls of the conversation or, if there are none, by
 * asking the model. On failure, on_done is not called. */
chutes_status chutes__run_begin(struct chutes_run *run, chutes_error *error)
    __attribute__((warn_unused_result));

/* Called with the answer of the model. The run owns the response. */
void chutes__run_take_answer(struct chutes_run *run,
                             chutes_chat_response *response);
void chutes__run_take_failure(struct chutes_run *run, chutes_status status,
                              chutes_chat_response *response,
                              const chutes_error *error);

/* Runs tools and asks the model until the run has to wait or has ended. */
void chutes__run_advance(struct chutes_run *run);

/* Ends the run because its time is over. */
void chutes__run_expire(struct chutes_run *run);

/* ---- the budget: run_cost.c -----------------------------------------------
 */

/* Adds what an answer used. */
void chutes__run_count(struct chutes_run *run,
                       const chutes_chat_response *response);

/* Ends the run if its answers have used too much, or are too many. Returns
 * true if it has ended. */
bool chutes__run_check_budget(struct chutes_run *run);

/* Refuses a limit on the cost if nobody knows the prices. */
chutes_status chutes__run_check_prices(const struct chutes_run *run,
                                       chutes_error *error)
    __attribute__((warn_unused_result));

/* ---- the end: run_end.c ---------------------------------------------------
 */

/* Returns true if no other tool may run: the run has ended, was cancelled or
 * has no time left. */
bool chutes__run_is_over(const struct chutes_run *run);

/* Gives a result that says `reason` to all calls of the run that have none. */
void chutes__run_settle_open(struct chutes_run *run, const char *reason);

/* Ends the run. Calls that weren't executed get a result that says `reason`. */
void chutes__run_end(struct chutes_run *run, chutes_status status,
                     const char *reason, const chutes_error *error);

/* Does the same with a message of its own. */
void chutes__run_fail(struct chutes_run *run, chutes_status status,
                      const char *reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends the run because saving the ledger failed with this status. */
void chutes__run_fail_unsaved(struct chutes_run *run, chutes_status status);

void chutes__run_drop(struct chutes_run *run);

/* ---- one call ------------------------------------------------------------ */

/* Runs the tool of the result at `index`, or gives a result without it. */
void chutes__run_call(struct chutes_run *run, size_t index);

/* Stores the result of a finished call, and frees the reply. */
void chutes__run_settle(chutes_tool_reply *reply, chutes_status status);

/* Sets {"error":"LABELTEXT"}. If it fails, the call has an error and no
 * result. */
chutes_status chutes__run_set_error(chutes_tool_reply *reply, const char *label,
                                    const char *text);

/* Discards what was set. */
void chutes__run_clear_reply(chutes_tool_reply *reply);

/* Records that the tool has finished its reply. Returns false if it may not do
 * so: it has done so already, or it is over and wasn't deferred. */
bool chutes__run_note_finish(chutes_tool_reply *reply, chutes_status status);

/* ---- spans: run_trace.c -------------------------------------------------- */

/* The options are those of the chats. Their traceparent is what the program
 * gave, and becomes that of the run. */
void chutes__run_trace_begin(struct chutes_run *run,
                             chutes_call_options *options);
void chutes__run_trace_end(struct chutes_run *run, chutes_status status);
void chutes__run_trace_tool(chutes_tool_reply *reply);
/* Takes the span of a tool, with its result, for the caller to end; or NULL. */
struct chutes_span *chutes__run_trace_take(chutes_tool_reply *reply);

/* ---- the ledger ---------------------------------------------------------- */

/* Saves the ledger, if there is a function for that. Returns
 * CHUTES_ERR_CANCELLED if it fails, or why the ledger can't be written. */
chutes_status chutes__run_save(struct chutes_run *run)
    __attribute__((warn_unused_result));

/* Fails with CHUTES_ERR_PENDING_TOOL if a call of the newest turn was started
 * and has no result. */
chutes_status chutes__run_check_started(const struct chutes_conversation *talk,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

#endif
