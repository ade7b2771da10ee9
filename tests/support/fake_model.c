/* SPDX-License-Identifier: MIT */
#include "fake_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "test.h"

/* ---- responses ----------------------------------------------------------- */

struct response {
    chutes_chat_response response;
    chutes_chat_choice choice;
    const chutes_chat_choice *choices[1];
    const chutes_tool_call *list[FAKE_CALLS];
    chutes_tool_call calls[FAKE_CALLS];
    chutes_usage usage;
};

void __wrap_chutes_chat_response_free(chutes_chat_response *response);

void __wrap_chutes_chat_response_free(chutes_chat_response *response)
{
    free(response);
}

static chutes_chat_response *make_response(const struct fake_answer *answer)
{
    struct response *made = calloc(1, sizeof(*made));

    assert_non_null(made);
    made->choices[0] = &made->choice;
    made->response.complete = 1;
    made->response.choices = made->choices;
    made->response.choice_count = 1;
    made->response.usage = &made->usage;
    made->usage.prompt_tokens = answer->tokens;
    made->usage.completion_tokens = answer->tokens;
    made->choice.content = answer->text;
    made->choice.finish_reason = answer->finish_reason;
    made->choice.tool_calls = made->list;
    made->choice.tool_call_count = answer->count;
    memcpy(made->calls, answer->calls, sizeof(made->calls));
    for (size_t i = 0; i < answer->count; i++) {
        made->calls[i].index = (int)i;
        made->list[i] = &made->calls[i];
    }
    return &made->response;
}

/* ---- the model ----------------------------------------------------------- */

static chutes_status ask(void *ctx, struct chutes_run *run, chutes_error *error)
{
    struct fake_model *model = ctx;

    (void)run;
    assert_false(model->is_asked);
    if (model->refuses) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    model->asked++;
    model->asked_us = chutes__clock_now_us();
    model->is_asked = true;
    return CHUTES_OK;
}

static void cancel(void *ctx)
{
    struct fake_model *model = ctx;

    model->is_cancelled = true;
}

static void end(void *ctx)
{
    struct fake_model *model = ctx;

    assert_false(model->has_ended);
    model->has_ended = true;
}

static void dispose(void *ctx)
{
    struct fake_model *model = ctx;

    model->run = NULL;
}

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct fake_model *model = user_data;

    assert_false(model->is_done);
    assert_false(model->is_asked); /* or its answer would come too late */
    assert_int_equal(status, error->status);
    model->is_done = true;
    model->status = status;
    (void)snprintf(model->message, sizeof(model->message), "%s",
                   error->message);
    __wrap_chutes_chat_response_free(response);
}

chutes_status fake_model_start(struct fake_model *model,
                               chutes_conversation *talk,
                               const chutes_run_params *params,
                               chutes_error *error)
{
    struct chutes_run *run = chutes__mem_zalloc(sizeof(*run));
    chutes_status status;

    assert_non_null(run);
    memset(model, 0, sizeof(*model));
    run->model = (struct chutes__model){ask, cancel, end, dispose, model, NULL};
    assert_int_equal(chutes__run_init(run, talk, params, error), CHUTES_OK);
    run->on_done = on_done;
    run->user_data = model;
    run->references = 2;
    model->run = run;
    chutes__error_clear(error);
    status = chutes__run_begin(run, error);
    if (status != CHUTES_OK) {
        chutes__run_drop(run);
        chutes__run_drop(run);
    }
    return status;
}

void fake_model_answer(struct fake_model *model,
                       const struct fake_answer *answer)
{
    assert_true(model->is_asked);
    assert_false(model->is_cancelled);
    model->is_asked = false;
    chutes__run_take_answer(model->run, make_response(answer));
}

void fake_model_fail(struct fake_model *model, chutes_status status)
{
    chutes_error error;

    assert_true(model->is_asked);
    model->is_asked = false;
    chutes__error_clear(&error);
    (void)chutes__fail_status(&error, status);
    chutes__run_take_failure(model->run, status, NULL, &error);
}

void fake_model_close(struct fake_model *model)
{
    assert_true(model->is_done);
    chutes__run_drop(model->run);
    assert_null(model->run);
}
