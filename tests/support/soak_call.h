/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_SOAK_CALL_H
#define CHUTES_TESTS_SOAK_CALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "soak_server.h"

/*
 * One call of the soak test, however it is made: its parameters, what happens
 * to it on the way, and whether it ended as it should.
 */
enum { SOAK_CASES_MAX = 32 };

/* What happens to a call, mostly at the third event of a stream. */
enum soak_plan {
    SOAK_PLAN_NONE,
    SOAK_PLAN_STOP,   /* stopped by the callback, or by closing the iterator */
    SOAK_PLAN_CANCEL, /* from the callback, or between two events */
    SOAK_PLAN_CANCEL_ELSEWHERE, /* from another thread, at any time */
    SOAK_PLAN_PAUSE,
    SOAK_PLANS
};

struct soak {
    chutes_client *client;
    struct soak_server *server;
    atomic_bool is_over;
    /* Odd while all calls are being cancelled. */
    atomic_uint cancel_epoch;
    /* POSTs of each case. A call that was cancelled before it reported anything
     * may or may not have sent one: it counts in may_be_posts. */
    atomic_long posts[SOAK_CASES_MAX];
    atomic_long may_be_posts[SOAK_CASES_MAX];
    atomic_long ends[CHUTES_ERR_PENDING_TOOL + 1]; /* calls, by status */
};

/* A thread that makes calls. */
struct soak_worker {
    struct soak *soak;
    unsigned seed;
    bool is_cancelling; /* cancels all its calls by freeing its loop */
    long started;
    long ended;
    char fault[1024]; /* the first fault; empty: none */
};

struct soak_call {
    struct soak_worker *worker;
    const struct soak_case *kind;
    enum soak_plan plan;
    unsigned epoch;
    int events;
    bool is_active;           /* has not ended yet */
    atomic_bool is_cancelled; /* somebody asked for it */
    int64_t resume_us;        /* 0: not paused */
    pthread_mutex_t lock;     /* guards the handle */
    chutes_call *handle;      /* NULL: not on a loop */
};

int soak_random_below(struct soak_worker *worker, int end);

/* Chooses a case and a plan at random. */
void soak_call_draw(struct soak_worker *worker, struct soak_call *call);

/* The parameters of the call. They point to `message` and `clocks`, which these
 * functions fill and which must outlive them. */
chutes_chat_params soak_chat_params(struct soak_call *call,
                                    chutes_message *message,
                                    chutes_call_options *clocks);
chutes_embed_params soak_embed_params(const struct soak_call *call,
                                      chutes_call_options *clocks);

void soak_note_fault(struct soak_worker *worker, const struct soak_call *call,
                     const char *what, chutes_status status,
                     const chutes_error *error);

/* Check how a call ended; free the response. */
void soak_judge_chat(struct soak_call *call, chutes_status status,
                     chutes_chat_response *response, const chutes_error *error);
void soak_judge_embed(struct soak_call *call, chutes_status status,
                      chutes_embed_response *response,
                      const chutes_error *error);
/* Checks a call whose iterator was closed before its end. */
void soak_judge_closed(struct soak_call *call);

#endif
