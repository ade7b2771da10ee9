/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAKE_MODEL_H
#define CHUTES_TESTS_FAKE_MODEL_H

#include <stdbool.h>

#include "toolkit/run.h"

/*
 * A model without a server: the test gives its answers. A program that uses it
 * is linked with -Wl,--wrap=chutes_chat_response_free.
 */
struct fake_model {
    struct chutes_run *run; /* NULL: it has ended */
    int asked;
    int64_t asked_us;  /* when it was asked the last time */
    bool is_asked;     /* waits for an answer */
    bool is_cancelled; /* the next answer must be a failure */
    bool refuses;      /* the next question fails at once */
    bool has_ended;    /* the model was told that the run has ended */
    /* How the run ended. */
    bool is_done;
    chutes_status status;
    char message[512];
};

enum { FAKE_CALLS = 8 };

/* An answer: text, or calls. */
struct fake_answer {
    const char *text;
    const char *finish_reason;
    size_t count;
    chutes_tool_call calls[FAKE_CALLS];
    int64_t tokens;
};

/* Starts a run, which the model keeps until it has ended. */
chutes_status fake_model_start(struct fake_model *model,
                               chutes_conversation *talk,
                               const chutes_run_params *params,
                               chutes_error *error);

/* Answers the question that waits. */
void fake_model_answer(struct fake_model *model,
                       const struct fake_answer *answer);
void fake_model_fail(struct fake_model *model, chutes_status status);

/* Releases the run, which must have ended. */
void fake_model_close(struct fake_model *model);

#endif
