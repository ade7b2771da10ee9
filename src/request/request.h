/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_REQUEST_H
#define CHUTES_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

#include "base/arena.h"
#include "base/buf.h"
#include "request/limiter.h"
#include "request/queue.h"
#include "request/response_info.h"
#include "request/span.h"

/* Did other requests of the receiver cause an HTTP 429? */
enum chutes__crowding {
    CHUTES__CROWDING_NONE, /* no: the request is retried as usual */
    /* Yes: the attempt doesn't count as a retry, and the next one waits for
     * chutes__request_call_up(). */
    CHUTES__CROWDING_WAIT,
    CHUTES__CROWDING_END /* the receiver wants no further attempt */
};

/*
 * Receives the answer to a request. The functions are called from within a step
 * of the engine. One that fails describes the failure in
 * chutes__request_error() and returns its status, which ends the attempt.
 */
struct chutes__receiver {
    /* Another attempt follows: discard the answer to the last one. NULL if none
     * of it was stored. */
    void (*on_restart)(void *ctx);
    /* Can another attempt continue the answer of the last one where that was
     * cut off? NULL: it never can. */
    bool (*can_resume)(void *ctx);
    /* The head of an answer with a success status arrived. May be NULL. */
    chutes_status (*on_head)(void *ctx, const char *content_type);
    /* Bytes of its body. The receiver may lower *len to the number of bytes
     * that it has consumed, and gets the others again later. */
    chutes_status (*on_data)(void *ctx, const char *bytes, size_t *len);
    /* The attempt ended with `status`. Returns the status of the answer as a
     * whole, by which the request decides whether to retry. */
    chutes_status (*on_end)(void *ctx, chutes_status status);
    /* The request is over: called exactly once after each start that returned
     * CHUTES_OK, and never from inside the start. The request no longer uses
     * anything, and may be disposed of. `error` is valid during the call; it is
     * clear after a success, and never holds the key. */
    void (*on_done)(void *ctx, chutes_status status, const chutes_error *error);
    /* Changes the body to request the next fallback model, and returns its
     * name; NULL: none is left. May be NULL. */
    const char *(*next_model)(void *ctx);
    /* The server answered with HTTP 429, which other requests that the receiver
     * is running at the same time may have caused. NULL: they never do. */
    enum chutes__crowding (*judge_crowding)(void *ctx);
    /* Has the call been cancelled, although chutes__request_cancel() was not
     * called yet? Called before each attempt. */
    bool (*is_cancelled)(void *ctx);
};

/* Everything that is borrowed must stay valid until on_done. */
struct chutes__request_options {
    const struct chutes__url *base;
    const char *path;   /* below it */
    const char *accept; /* header line */
    const char *method; /* a constant; NULL: GET without a body, else POST */
    const struct chutes__buf *body;           /* NULL: none */
    const struct chutes__body_source *source; /* if not NULL, the body */
    const char *body_type;                    /* header line; NULL: JSON */
    /* Further header lines, which replace the client's of the same names. */
    const char *const *headers;
    size_t header_count;
    /* The host is not the application's: neither the key nor the headers and
     * the certificate of the client are sent. */
    bool is_foreign;
    const char *model; /* requested; "": none */
    bool is_metered;   /* paid for by tokens, so the queue admits attempts */
    struct chutes__call_rules rules;
    struct chutes__span *span; /* NULL: the call isn't traced */
    int64_t started_us; /* when the call started, if that was earlier; 0: now */
    struct chutes__arena *arena; /* the result's; headers are stored in it */
    const struct chutes__receiver *receiver;
    void *ctx; /* for the receiver */
};

enum chutes__request_state {
    CHUTES__REQUEST_IDLE,    /* not started, or done */
    CHUTES__REQUEST_WAITING, /* for its turn */
    CHUTES__REQUEST_RUNNING, /* an attempt is under way */
    CHUTES__REQUEST_BACKOFF  /* until it asks for a turn for its next attempt,
                                which may be the first one */
};

/* One logical request, with its attempts, the waits between them, its error,
 * and the head of the latest answer. Starts zeroed. Other modules read its
 * fields, but change them only through the functions below. */
struct chutes__request {
    struct chutes__request_queue *queue;
    struct chutes__request_options options;

    /* The answer to the current attempt, or to the last one. */
    struct chutes__header_list headers;
    const char *content_type; /* "" when not sent */
    int http_status;          /* 0: no head came */
    struct chutes__buf error_body;
    struct chutes__transfer *transfer; /* NULL while none is under way */
    struct chutes__span *attempt_span; /* likewise, or if it isn't traced */
    bool is_lasting; /* as in chutes__transfer_result, of the last attempt */
    bool is_reused;  /* likewise */
    bool is_whole;   /* likewise */
    int64_t connect_us;
    int64_t first_byte_us;
    int64_t first_token_us; /* since started_us; -1: none came */
    int64_t last_token_us;  /* likewise; 0: none came */

    /* How far it has come. */
    enum chutes__request_state state;
    chutes_status stop; /* why it ends while no transfer runs */
    bool is_committed;  /* an event was delivered: no further attempt */
    bool is_paused;
    bool is_standing_back;
    int64_t ready_us; /* while standing back: when the next attempt may begin */
    struct chutes__alarm alarm;
    struct chutes__limiter_place place;
    struct chutes__link waiting; /* in queue->waiting until its turn comes */
    const char *model;           /* requested by this or the next attempt */
    const char *url;    /* for messages: without a query; in the arena */
    const char *target; /* as it is sent; likewise */
    struct chutes__secret own_key; /* from api_key_fn */
    struct chutes__log log;        /* the client's, behind the key guard */
    chutes_error *kept; /* the error, in place of the queue's; or NULL */
    int attempts;
    int fallbacks;     /* how many attempts requested another model */
    int stood_back;    /* how many attempts don't count as retries */
    int server_errors; /* how many attempts were answered with HTTP 500 */
    int retry_cost;    /* cost of the last attempt in the budget */
    int64_t started_us;
    int64_t deadline_us; /* CHUTES__CLOCK_NEVER: none */
};

/* Starts a request, whose first attempt is made in a step of the engine. On
 * failure, nothing was started, on_done will not be called, and `error` is
 * filled. The caller must dispose of the request in either case. */
chutes_status chutes__request_start(
    struct chutes__request *request, struct chutes__request_queue *queue,
    const struct chutes__request_options *options, chutes_error *error);

/* Frees its memory. The request must be zeroed, done or not started. */
void chutes__request_dispose(struct chutes__request *request);

/* Ends it with CHUTES_ERR_CANCELLED; on_done is called from a step. */
void chutes__request_cancel(struct chutes__request *request);

/* Lets a request that stands back make its next attempt. */
void chutes__request_call_up(struct chutes__request *request);

/* Suspends the delivery of the answer, including that to a later attempt. */
void chutes__request_pause(struct chutes__request *request);
void chutes__request_resume(struct chutes__request *request);
/* Resumes it outside of a step, and delivers what was held back before it
 * returns. */
void chutes__request_pull(struct chutes__request *request);

/* Called from on_data: an event was delivered, so the request is never
 * retried. */
void chutes__request_commit(struct chutes__request *request);

/* Called from on_data or on_end: notes that a token of the answer arrived. The
 * end of the answer may reveal the last one. */
void chutes__request_note_token(struct chutes__request *request);

/* Returns where to describe the failure of the running attempt. Call this each
 * time, as the place changes. */
chutes_error *chutes__request_error(struct chutes__request *request);

/* Did the head of an answer with a success status arrive? */
bool chutes__request_is_answer(const struct chutes__request *request);

/* Returns what the result reports about the answer and its attempts, in the
 * arena of the options; NULL: out of memory. `completion_tokens`: -1 if
 * unknown. */
chutes_response_info *
chutes__request_info(const struct chutes__request *request,
                     int64_t completion_tokens);

/* Called when the result of a success doesn't fit into memory. Fills `error`,
 * which has no contents yet, and returns CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__request_fail_result(const struct chutes__request *request,
                                          chutes_error *error);

/* Starts the requests whose turn has come, after the engine's waker was
 * rung. */
void chutes__request_queue_run(struct chutes__request_queue *queue);

/* ---- between the files of the request ------------------------------------ */

/* request_error.c: moves the error out of the queue, where other requests may
 * describe theirs before this one is reported. False: out of memory. */
bool chutes__request_keep_error(struct chutes__request *request);
void chutes__request_clear_error(struct chutes__request *request);
/* Copies the server's ID of a failed attempt into the error. */
void chutes__request_name_attempt(struct chutes__request *request);

/* request_send.c: makes the URLs and the log, and asks for the key if the
 * application supplies it for each request. */
chutes_status chutes__request_prepare(struct chutes__request *request,
                                      chutes_error *error);
/* Returns the key that is sent; "": none. */
const char *chutes__request_key(const struct chutes__request *request);

/* Returns the query as it is sent, with its "?"; "": none. */
const char *chutes__request_query(const struct chutes__request *request);
/* Returns the HTTP method, a constant. */
const char *chutes__request_method(const struct chutes__request *request);

/* Starts an attempt on the engine. */
chutes_status chutes__request_send(struct chutes__request *request,
                                   const struct chutes__transfer_sink *sink);

/* request_trace.c: if the call is traced, begins the span of an attempt, before
 * that is sent. */
void chutes__request_trace_begin(struct chutes__request *request);
/* Ends it, and notes in the span of the call that the attempt has ended.
 * `wait_ms` is what chutes__request_plan() returned. */
void chutes__request_trace_end(struct chutes__request *request,
                               chutes_status status, int64_t wait_ms);

/* request_receive.c: discards the answer to the previous attempt. */
void chutes__request_clear_answer(struct chutes__request *request);
/* The functions of an attempt's sink; `ctx` is the request. */
chutes_status chutes__request_on_header(void *ctx, struct chutes__slice name,
                                        struct chutes__slice value);
chutes_status chutes__request_on_head(void *ctx, int http_status);
chutes_status chutes__request_on_body(void *ctx, const char *bytes,
                                      size_t *len);

/* request_answer.c: returns the status that an attempt ended with, according to
 * the result of its transfer, the head of the answer and the body of an error.
 * Describes a failure. */
chutes_status
chutes__request_judge(struct chutes__request *request,
                      const struct chutes__transfer_result *result);

/* request_plan.c: plans what follows an attempt that ended with `status`.
 * Returns the milliseconds until the next attempt, and prepares that; -1: there
 * is none. */
int64_t chutes__request_plan(struct chutes__request *request,
                             chutes_status status);
/* Reports the end of an attempt to the log, the tracer and on_attempt. `model`
 * is the one that it requested, `wait_ms` what chutes__request_plan()
 * returned. */
void chutes__request_report(struct chutes__request *request, const char *model,
                            chutes_status status, int64_t wait_ms);

#endif
