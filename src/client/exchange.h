/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EXCHANGE_H
#define CHUTES_CLIENT_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

#include "base/arena.h"
#include "base/buf.h"
#include "client/context.h"
#include "request/limiter.h"
#include "request/response_info.h"
#include "request/retry.h"

/* Who gets the body of an answer with a success status. A failure ends the
 * attempt with it. All are called from within a step. */
struct chutes__receiver {
    /* Another attempt begins: forget what the one before brought. NULL when
     * nothing was kept of it. */
    void (*on_restart)(void *ctx);
    chutes_status (*on_head)(void *ctx, const char *content_type); /* or NULL */
    /* Having paused, it may lower *len to what it has taken. */
    chutes_status (*on_body)(void *ctx, const char *bytes, size_t *len);
    /* The attempt's last word, before it is decided whether there is another:
     * what `status` and the body amount to. Describes its own failures. */
    chutes_status (*on_end)(void *ctx, chutes_status status);
    /* Exactly once for each start that succeeded, never from inside it. The
     * exchange no longer uses anything then. */
    void (*on_done)(void *ctx, chutes_status status);
    void *ctx;
};

enum chutes__exchange_state {
    CHUTES__EXCHANGE_IDLE,    /* not started, or done */
    CHUTES__EXCHANGE_WAITING, /* for its turn */
    CHUTES__EXCHANGE_RUNNING, /* an attempt is under way */
    CHUTES__EXCHANGE_BACKOFF  /* until it queues up for the next attempt, of
                                 which the first is one */
};

/* One request on a loop: its attempts, the waits between them, and the head of
 * the answer that counts. */
struct chutes__exchange {
    /* Set by the caller, before the start. */
    struct chutes_loop *loop;
    const struct chutes__url *base;
    const char *path;
    const char *accept;
    const struct chutes__buf *body; /* NULL: GET */
    struct chutes__call_rules rules;
    struct chutes__receiver receiver;
    const char *model; /* asked for; "": the call has none */
    /* Has the body ask for the next fallback model and says which; NULL: there
     * is none left. May be NULL. */
    const char *(*next_model)(void *ctx);
    /* After HTTP 429: is it the fault of others that the receiver has under way
     * at the same time? Then the attempt doesn't count, and the next one waits
     * for chutes__exchange_call_up(). May be NULL. */
    bool (*stand_back)(void *ctx);
    /* Filled on failure; never NULL. It may be the loop's, which is copied when
     * it has to last. */
    chutes_error *error;
    struct chutes__arena *arena; /* of the result: headers go there */

    /* The receiver's to set. */
    bool is_committed;      /* an event was delivered: no further attempt */
    int64_t first_token_us; /* since started_us; -1 */
    int64_t last_token_us;  /* likewise, when it was read; 0: no stream */

    /* The answer. */
    struct chutes__header_list headers;
    const char *content_type; /* "" when not sent */
    int http_status;          /* 0: no head came */
    struct chutes__buf error_body;
    struct chutes__transfer *transfer; /* NULL while none is under way */
    bool is_lasting; /* of the last attempt, as the transfer's result tells */
    bool is_reused;
    int64_t connect_us;
    int64_t first_byte_us;

    /* Its way. */
    enum chutes__exchange_state state;
    chutes_status stop; /* cancelled, while no transfer runs */
    bool is_paused;
    bool is_standing_back;
    int64_t ready_us; /* standing back: not to be called up before */
    struct chutes__alarm alarm;
    struct chutes__limiter_place place;
    struct chutes__link waiting; /* in loop->waiting while it is in the queue */
    char *url;                   /* as it may be told: without a query */
    char *target;                /* as it is sent */
    struct chutes__secret own_key; /* from api_key_fn */
    struct chutes__log log;        /* the client's, behind the key guard */
    chutes_error *kept; /* in place of the loop's; NULL: there is none */
    int attempts;
    int fallbacks;       /* of those, how many asked another model */
    int stood_back;      /* of those, how many don't count */
    int server_errors;   /* of those, how many were answered with HTTP 500 */
    int retry_cost;      /* of the last attempt */
    int64_t started_us;  /* 0: not yet; or the caller's, of an earlier start */
    int64_t deadline_us; /* CHUTES__CLOCK_NEVER: none */
};

/* Takes its place. CHUTES_OK: on_done will come. Else nothing was started; the
 * error is filled. The caller disposes of it in either case. */
chutes_status chutes__exchange_start(struct chutes__exchange *exchange);

/* Ends it with CHUTES_ERR_CANCELLED, from a step. */
void chutes__exchange_cancel(struct chutes__exchange *exchange);

/* Of one that stands back: its next attempt may begin. */
void chutes__exchange_call_up(struct chutes__exchange *exchange);

/* Also across attempts. */
void chutes__exchange_pause(struct chutes__exchange *exchange);
void chutes__exchange_resume(struct chutes__exchange *exchange);

/* The turn of those in the limiter's queue may have come. */
void chutes__exchange_check_waiting(struct chutes_loop *loop);

/* The error, now that it is final, without the key in it. */
void chutes__exchange_take_error(struct chutes__exchange *exchange,
                                 chutes_error *error);

/* The last step of a call: takes the key out of its error, and wipes it. */
void chutes__exchange_dispose(struct chutes__exchange *exchange);

/* Did the head of an answer with a success status come? */
bool chutes__exchange_is_answer(const struct chutes__exchange *exchange);

/* What the result tells about how it came, in exchange->arena; NULL: out of
 * memory. `completion_tokens`: -1 when unknown. */
chutes_response_info *
chutes__exchange_info(const struct chutes__exchange *exchange,
                      int64_t completion_tokens);

/* ---- between the files of the exchange ----------------------------------- */

/* exchange_request.c: supplies the key and the URL, once; and the log. */
chutes_status chutes__exchange_prepare(struct chutes__exchange *exchange);
/* What is sent with it; "": none. */
const char *chutes__exchange_key(const struct chutes__exchange *exchange);
/* Starts an attempt on the loop's engine. */
chutes_status chutes__exchange_send(struct chutes__exchange *exchange,
                                    const struct chutes__transfer_sink *sink);

/* exchange_answer.c: what the transfer's result and the answer's head and error
 * body amount to. Fills the error. */
chutes_status
chutes__exchange_judge(struct chutes__exchange *exchange,
                       const struct chutes__transfer_result *result);
/* Of an attempt that failed, whoever said so: the request's ID in the error. */
void chutes__exchange_name_request(struct chutes__exchange *exchange);

/* exchange_plan.c: milliseconds until the attempt that follows the one that
 * ended with this status, for which all is prepared; -1: it was the last. */
int64_t chutes__exchange_plan(struct chutes__exchange *exchange,
                              chutes_status status);
/* Tells the log and the application. `model` is what the attempt asked for. */
void chutes__exchange_tell(const struct chutes__exchange *exchange,
                           const char *model, chutes_status status,
                           int64_t wait_ms);

#endif
