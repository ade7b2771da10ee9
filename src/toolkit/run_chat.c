/* SPDX-License-Identifier: MIT */
/* The exported functions that run tools, with chat completions as the model. */
#include "toolkit/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/params.h"
#include "toolkit/run_params.h"

/*
 * The run as a call of its loop, which ends when the time of the run is over,
 * or when the loop or the client cancels its calls. While the run waits for a
 * deferred tool, nothing else may be left on the loop.
 */
struct presence {
    struct chutes_run *run; /* NULL: it has ended */
    chutes_call *wait;
};

/* The model of a run: one chat call per round. */
struct chat_model {
    chutes_chat_params params;
    chutes_call_options options;
    int64_t given_timeout_ms; /* as the caller has set it */
    chutes_tool *tools;
    char **schemas; /* the JSON of schemas, or NULL, as many as tools */
    size_t tool_count;
    chutes_call *call; /* in progress, or NULL */
    chutes_loop *loop;
    struct presence *presence; /* NULL: not there */
};

/* ---- the run on its loop ------------------------------------------------- */

static void on_wait_done(chutes_status status, const chutes_error *error,
                         void *user_data)
{
    struct presence *presence = user_data;
    struct chutes_run *run = presence->run;

    (void)error;
    chutes_call_free(presence->wait);
    chutes__mem_free(presence);
    if (run == NULL) {
        return;
    }
    ((struct chat_model *)run->model.ctx)->presence = NULL;
    if (status == CHUTES_OK) {
        chutes__run_expire(run);
    } else {
        chutes_run_cancel(run);
    }
}

static chutes_status enter_loop(struct chutes_run *run, chutes_error *error)
{
    struct chat_model *model = run->model.ctx;
    struct presence *presence = chutes__mem_zalloc(sizeof(*presence));
    int64_t wait_ms =
        run->params.total_timeout_ms > 0 ? run->params.total_timeout_ms : -1;
    chutes_status status;

    if (presence == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    presence->run = run;
    status = chutes_wait_start(model->loop, wait_ms, on_wait_done, presence,
                               &presence->wait, error);
    if (status != CHUTES_OK) {
        chutes__mem_free(presence);
        return status;
    }
    model->presence = presence;
    return CHUTES_OK;
}

static void leave_loop(void *ctx)
{
    struct chat_model *model = ctx;

    if (model->presence != NULL) {
        model->presence->run = NULL;
        chutes_call_cancel(model->presence->wait);
        model->presence = NULL;
    }
}

/* ---- one round ----------------------------------------------------------- */

static int relay_event(const chutes_chat_event *event, void *user_data)
{
    struct chutes_run *run = user_data;

    if (run->params.on_event != NULL) {
        return run->params.on_event(event, run->round, run->params.user_data);
    }
    return run->params.chat->on_event(event, run->params.chat->user_data);
}

static void on_answer(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct chutes_run *run = user_data;
    struct chat_model *model = run->model.ctx;

    chutes_call_free(model->call);
    model->call = NULL;
    if (status == CHUTES_OK) {
        chutes__run_take_answer(run, response);
    } else {
        chutes__run_take_failure(run, status, response, error);
    }
}

/* Shortens the caller's timeout for each request to the time that the run has
 * left, so that no retry is planned beyond that. */
static void bound_time(struct chat_model *model, const struct chutes_run *run)
{
    int64_t given = model->given_timeout_ms;
    int64_t left;

    if (run->deadline_us == CHUTES__CLOCK_NEVER || given == CHUTES_UNSET) {
        return;
    }
    left = (run->deadline_us - chutes__clock_now_us()) / 1000;
    left = left < 1 ? 1 : left > INT32_MAX ? INT32_MAX : left;
    model->options.total_timeout_ms = given > 0 && given < left ? given : left;
}

/* A model that must call a tool each time would never answer. */
static void free_choice(chutes_chat_params *params)
{
    if (params->tool_choice != NULL &&
        strcmp(params->tool_choice, "required") == 0) {
        params->tool_choice = NULL;
    }
    params->tool_choice_name = NULL;
}

static chutes_status ask(void *ctx, struct chutes_run *run, chutes_error *error)
{
    struct chat_model *model = ctx;

    if (run->round > 0 && !run->params.keep_tool_choice) {
        free_choice(&model->params);
    }
    model->params.messages =
        chutes_conversation_messages(run->talk, &model->params.message_count);
    model->params.message_size = sizeof(chutes_message);
    model->params.user_data = run;
    bound_time(model, run);
    return chutes_chat_start(model->loop, &model->params, on_answer, run,
                             &model->call, error);
}

static void cancel(void *ctx)
{
    struct chat_model *model = ctx;

    if (model->call != NULL) {
        chutes_call_cancel(model->call);
    }
}

static void dispose(void *ctx)
{
    struct chat_model *model = ctx;

    leave_loop(model);
    chutes_call_free(model->call);
    for (size_t i = 0; model->schemas != NULL && i < model->tool_count; i++) {
        chutes_string_free(model->schemas[i]);
    }
    chutes__mem_free(model->schemas);
    chutes__mem_free(model->tools);
    chutes__mem_free(model);
}

/* ---- making -------------------------------------------------------------- */

static bool make_tools(struct chat_model *model,
                       const chutes_run_params *params)
{
    size_t count = params->tool_count;

    model->tools = chutes__mem_zalloc(count * sizeof(*model->tools));
    model->schemas = chutes__mem_zalloc(count * sizeof(*model->schemas));
    if (model->tools == NULL || model->schemas == NULL) {
        return false;
    }
    model->tool_count = count;
    for (size_t i = 0; i < count; i++) {
        const chutes_tool_handler *tool = chutes__run_tool(params, i);

        if (tool->schema != NULL &&
            chutes_schema_json(tool->schema, &model->schemas[i], NULL) !=
                CHUTES_OK) {
            return false;
        }
        model->tools[i] = chutes_tool_of(
            tool->name, tool->description,
            tool->schema != NULL ? model->schemas[i] : tool->parameters_json);
    }
    return true;
}

static chutes_status copy_options(struct chat_model *model,
                                  const chutes_call_options *given,
                                  chutes_error *error)
{
    chutes_call_options *own = &model->options;
    chutes_status status = CHUTES_OK;

    *own = chutes_call_options_default();
    if (given != NULL) {
        status = chutes__params_copy(own, sizeof(*own), given, sizeof(size_t),
                                     "chat.call_options", error);
    }
    model->given_timeout_ms = own->total_timeout_ms;
    if (own->retry_policy == CHUTES_UNSET) {
        own->retry_policy = CHUTES_RETRY_SAFE;
    }
    return status;
}

static void copy_params(struct chat_model *model,
                        const chutes_run_params *params)
{
    const chutes_chat_params *chat = params->chat;

    model->params = *chat;
    model->params.tools = model->tool_count > 0 ? model->tools : NULL;
    model->params.tool_count = model->tool_count;
    model->params.tool_size = sizeof(*model->tools);
    model->params.on_event =
        params->on_event != NULL || chat->on_event != NULL ? relay_event : NULL;
    /* Many servers send the usage of a stream only on request. */
    if (model->params.on_event != NULL &&
        model->params.include_usage == CHUTES_UNSET &&
        (params->max_tokens != CHUTES_UNSET ||
         params->max_cost != CHUTES_UNSET ||
         params->max_unknown_rounds != CHUTES_UNSET)) {
        model->params.include_usage = 1;
    }
    model->params.call_options = &model->options;
}

/* Returns NULL on failure, with an error. */
static struct chat_model *make_model(const chutes_run_params *params,
                                     chutes_loop *loop, chutes_error *error)
{
    struct chat_model *model = chutes__mem_zalloc(sizeof(*model));

    if (model == NULL) {
        (void)chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        return NULL;
    }
    model->loop = loop;
    /* Everything else about the tools has been checked before. */
    if (!make_tools(model, params)) {
        (void)chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        dispose(model);
        return NULL;
    }
    if (copy_options(model, params->chat->call_options, error) != CHUTES_OK) {
        dispose(model);
        return NULL;
    }
    copy_params(model, params);
    return model;
}

/* Returns NULL on failure, with an error. */
static struct chutes_run *make_run(chutes_loop *loop, chutes_conversation *talk,
                                   const chutes_run_params *params,
                                   chutes_error *error)
{
    struct chutes_run *run = chutes__mem_zalloc(sizeof(*run));
    struct chat_model *model = NULL;

    if (run == NULL) {
        (void)chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        return NULL;
    }
    run->model.loop = loop;
    if (chutes__run_init(run, talk, params, error) == CHUTES_OK &&
        chutes__run_check_prices(run, error) == CHUTES_OK) {
        model = make_model(&run->params, loop, error);
    }
    if (model == NULL) {
        chutes__mem_free(run);
        return NULL;
    }
    run->model =
        (struct chutes__model){ask, cancel, leave_loop, dispose, model, loop};
    return run;
}

/* ---- exported ------------------------------------------------------------ */

chutes_status chutes_run_tools_start(chutes_loop *loop,
                                     chutes_conversation *talk,
                                     const chutes_run_params *params,
                                     chutes_chat_done_fn on_done,
                                     void *user_data, chutes_run **handle,
                                     chutes_error *error)
{
    struct chutes_run *run;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    chutes__error_clear(error);
    if (handle != NULL) {
        *handle = NULL;
    }
    if (loop == NULL || talk == NULL || params == NULL || on_done == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "loop, talk, run and on_done must not be NULL");
    }
    run = make_run(loop, talk, params, error);
    if (run == NULL) {
        return error->status;
    }
    run->on_done = on_done;
    run->user_data = user_data;
    run->references++;
    chutes__run_trace_begin(run,
                            &((struct chat_model *)run->model.ctx)->options);
    status = enter_loop(run, error);
    if (status == CHUTES_OK) {
        status = chutes__run_begin(run, error);
    }
    if (status == CHUTES_OK && handle != NULL) {
        *handle = run;
        return status;
    }
    if (status != CHUTES_OK) {
        chutes__run_trace_end(run, status);
        chutes__run_drop(run); /* it won't end by itself */
    }
    chutes__run_drop(run);
    return status;
}

/* What a blocking run ended with. */
struct outcome {
    bool is_done;
    chutes_status status;
    chutes_chat_response *response;
    chutes_error error;
};

static void store(chutes_status status, chutes_chat_response *response,
                  const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->is_done = true;
    outcome->status = status;
    outcome->response = response;
    outcome->error = *error;
}

/* Returns true if nothing on the loop can make the run continue. */
static bool is_stuck(const chutes_loop *loop, const struct chutes_run *run)
{
    const struct chat_model *model = run->model.ctx;

    return chutes_loop_active(loop) == (model->presence != NULL ? 1 : 0);
}

/* Steps the loop until the run has ended. */
static void drive(chutes_loop *loop, struct chutes_run *run,
                  const struct outcome *outcome)
{
    while (!outcome->is_done) {
        if (is_stuck(loop, run)) {
            chutes__run_fail(run, CHUTES_ERR_MISUSE, "it never finished",
                             "a tool was deferred, and nothing is left that "
                             "could finish it");
            return;
        }
        /* Other failures end the calls of the loop. */
        if (chutes_loop_poll(loop, -1) == CHUTES_ERR_MISUSE) {
            chutes__run_fail(run, CHUTES_ERR_MISUSE, "the program was forked",
                             "the run belongs to the parent of this process");
        }
    }
}

chutes_status chutes_run_tools(chutes_client *client, chutes_conversation *talk,
                               const chutes_run_params *run,
                               chutes_chat_response **response,
                               chutes_error *error)
{
    struct outcome outcome = {.is_done = false};
    chutes_loop *loop = NULL;
    chutes_run *handle = NULL;
    chutes_status status;

    if (response != NULL) {
        *response = NULL;
    }
    status = chutes_loop_new(client, &loop, error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes_run_tools_start(loop, talk, run, store, &outcome, &handle,
                                    error);
    if (handle != NULL) {
        drive(loop, handle, &outcome);
        status = outcome.status;
        if (error != NULL) {
            *error = outcome.error;
        }
    }
    chutes_run_free(handle);
    chutes_loop_free(loop);
    if (response != NULL) {
        *response = outcome.response;
    } else {
        chutes_chat_response_free(outcome.response);
    }
    return status;
}
