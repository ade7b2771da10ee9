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
 * One call of the soak, whatever makes it: what is asked for, what is done to
 * it on its way, and whether it ended as it had to.
 */
enum { SOAK_CASES_MAX = 32 };

/* What is done to a call on its way, at the third event of a stream. */
enum soak_plan {
    SOAK_PLAN_NONE,
    SOAK_PLAN_STOP,   /* the callback says so, or the iterator is closed */
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
    /* Attempts of each case: what surely was a POST, and what may have been,
     * as its call was cancelled before it told anything. */
    atomic_long posts[SOAK_CASES_MAX];
    atomic_long may_be_posts[SOAK_CASES_MAX];
    atomic_long ends[CHUTES_ERR_INTERNAL + 1]; /* by status */
};

/* A thread that makes calls. */
struct soak_worker {
    struct soak *soak;
    unsigned seed;
    bool is_cancelling; /* all of its calls, by freeing the loop */
    long started;
    long ended;
    char fault[1024]; /* the first; empty: none */
};

struct soak_call {
    struct soak_worker *worker;
    const struct soak_case *kind;
    enum soak_plan plan;
    unsigned epoch;
    int events;
    bool is_active;           /* has yet to end */
    atomic_bool is_cancelled; /* somebody asked */
    int64_t resume_us;        /* 0: not paused */
    pthread_mutex_t lock;     /* of the handle */
    chutes_call *handle;      /* NULL: not on a loop */
};

int soak_random_below(struct soak_worker *worker, int end);

/* Draws a case and a plan. */
void soak_call_draw(struct soak_worker *worker, struct soak_call *call);

/* What it asks for; `message` and `clocks` are filled, and must outlive it. */
chutes_chat_params soak_chat_params(struct soak_call *call,
                                    chutes_message *message,
                                    chutes_call_options *clocks);
chutes_embed_params soak_embed_params(const struct soak_call *call,
                                      chutes_call_options *clocks);

void soak_note_fault(struct soak_worker *worker, const struct soak_call *call,
                     const char *what, chutes_status status,
                     const chutes_error *error);

/* How it ended; frees the response. */
void soak_judge_chat(struct soak_call *call, chutes_status status,
                     chutes_chat_response *response, const chutes_error *error);
void soak_judge_embed(struct soak_call *call, chutes_status status,
                      chutes_embed_response *response,
                      const chutes_error *error);
/* It was given up amid its events, by closing its iterator. */
void soak_judge_closed(struct soak_call *call);

#endif
