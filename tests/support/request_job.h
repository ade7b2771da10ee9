/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_REQUEST_JOB_H
#define CHUTES_TESTS_REQUEST_JOB_H

#include "fake_engine.h"
#include "request/request.h"

/* Requests on the fake engine, with a receiver that records what is reported to
 * it. */

/* What all requests of a test share. */
struct job_scene {
    struct chutes__limiter limiter;
    struct chutes__retry_budget budget;
    struct chutes__config config;
    struct chutes__request_queue queue;
    struct chutes__url base;
    bool is_spent; /* metered requests are refused, with CHUTES_ERR_QUOTA */
};

extern struct job_scene job_scene;

/* A request, its receiver, and the results. */
struct job {
    struct chutes__request request;
    struct chutes__request_options options;
    struct chutes__arena arena;
    struct chutes__buf body;
    chutes_status data_status; /* what on_data returns */
    bool commits;              /* on_data commits the request */
    const char *next_model;    /* the fallback model, used once */
    enum chutes__crowding crowding;
    bool is_cancelled; /* cancelled, but the request wasn't called yet */
    char data[64];     /* received by the last attempt */
    int restarts;
    int dones;
    chutes_status status;
    chutes_error error;
};

/* Answers of the server: a success, two refusals. */
extern const struct fake_answer JOB_FINE;
extern const struct fake_answer JOB_BUSY;
extern const struct fake_answer JOB_CROWD;

/* Opens the fake engine and the scene, with these limits of the limiter. */
void job_open_scene(int max_concurrent, double max_per_second);
/* Closes both. No request may wait or hold a turn. */
void job_close_scene(void);

/* Fills the options: three attempts, waits of up to a minute, no timeouts. */
void job_init(struct job *job);
void job_start(struct job *job);
/* Initialises and starts a job. */
void job_begin(struct job *job);
void job_free(struct job *job);

/* Asserts that the job ended once, with this status and number of attempts.
 * Frees it. */
void job_expect_end(struct job *job, chutes_status status, int attempts);

#endif
