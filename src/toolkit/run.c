/* SPDX-License-Identifier: MIT */
/*
 * The rounds of a run: the model answers, its calls are executed, and their
 * results go back. The conversation is the state: what a call still needs is
 * noted at its result.
 */
#include "toolkit/run.h"

#include "base/clock.h"
#include "base/error.h"
#include "toolkit/run_params.h"

/* ---- limits -------------------------------------------------------------- */

static chutes_status fail_late(const struct chutes_run *run,
                               chutes_error *error)
{
    return chutes__fail(error, CHUTES_ERR_TIMEOUT,
                        "the run reached total_timeout_ms (%lld)",
                        (long long)run->params.total_timeout_ms);
}

/* Ends the run if a limit is reached. Returns true if it has ended. */
static bool check_time(struct chutes_run *run)
{
    chutes_error error;

    if (!run->is_done && run->is_cancelled) {
        chutes__run_fail(run, CHUTES_ERR_CANCELLED, "the run was cancelled",
                         "the run was cancelled");
    } else if (!run->is_done && chutes__run_is_over(run)) {
        chutes__error_clear(&error);
        chutes__run_end(run, fail_late(run, &error),
                        "the time of the run is over", &error);
    }
    return run->is_done;
}

/* ---- the rounds ---------------------------------------------------------- */

/* Shortens a conversation that is too long. No call of it is open. */
static chutes_status shorten(struct chutes_run *run, chutes_error *error)
{
    const chutes_run_params *params = &run->params;
    int64_t max = params->max_talk_tokens;
    int64_t tokens =
        max != CHUTES_UNSET ? chutes_conversation_tokens(run->talk) : 0;
    chutes_status status = CHUTES_OK;

    if (max == CHUTES_UNSET || tokens <= max) {
        return CHUTES_OK;
    }
    if (params->shorten == NULL) {
        status = chutes_conversation_trim(run->talk, max, -1);
    } else if (params->shorten(run->talk, tokens, params->user_data) != 0) {
        return chutes__fail(error, CHUTES_ERR_CANCELLED,
                            "shorten ended the run");
    }
    /* Messages have moved, and no call is left to execute. */
    run->turn = run->talk->count;
    run->next = run->talk->count;
    /* If too much is left, the server decides whether it is too long. */
    return status == CHUTES_ERR_NO_MEMORY ? chutes__fail_status(error, status)
                                          : CHUTES_OK;
}

static void ask(struct chutes_run *run)
{
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    status = shorten(run, &error);
    if (status == CHUTES_OK && check_time(run)) {
        return;
    }
    if (status == CHUTES_OK) {
        run->is_asking = true;
        status = run->model.ask(run->model.ctx, run, &error);
    }
    if (status != CHUTES_OK) {
        run->is_asking = false;
        chutes__run_end(run, status, "the next request failed", &error);
    }
}

void chutes__run_advance(struct chutes_run *run)
{
    if (run->is_advancing || run->is_asking || run->is_done) {
        return;
    }
    run->references++; /* a tool may free the handle */
    run->is_advancing = true;
    while (!check_time(run)) {
        if (run->next == run->talk->count) {
            if (run->deferred == 0) {
                ask(run);
            }
            break;
        }
        if (run->deferred >= run->params.max_parallel) {
            break;
        }
        if (run->talk->entries[run->next].is_pending) {
            chutes__run_call(run, run->next);
        }
        run->next++;
    }
    run->is_advancing = false;
    chutes__run_drop(run);
}

chutes_status chutes__run_init(struct chutes_run *run,
                               struct chutes_conversation *talk,
                               const chutes_run_params *params,
                               chutes_error *error)
{
    chutes_status status;

    run->talk = talk;
    run->references = 1;
    status = chutes__run_params_take(params, &run->params, &run->chat, error);
    run->deadline_us = chutes__clock_after_ms(chutes__clock_now_us(),
                                              run->params.total_timeout_ms);
    return status;
}

chutes_status chutes__run_begin(struct chutes_run *run, chutes_error *error)
{
    chutes_status status = chutes__run_check_started(run->talk, error);

    if (status != CHUTES_OK) {
        return status;
    }
    run->turn = chutes__talk_last_turn(run->talk);
    run->next = run->turn;
    while (run->next < run->talk->count &&
           !run->talk->entries[run->next].is_pending) {
        run->next++;
    }
    if (run->next < run->talk->count) {
        chutes__run_advance(run);
        return CHUTES_OK;
    }
    /* ask() would end the run; here, a failure is returned to the caller. */
    status = shorten(run, error);
    if (status == CHUTES_OK && chutes__run_is_over(run)) {
        status = fail_late(run, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    run->is_asking = true;
    return run->model.ask(run->model.ctx, run, error);
}

static void keep_response(struct chutes_run *run,
                          chutes_chat_response *response)
{
    if (response != NULL) {
        chutes_chat_response_free(run->response);
        run->response = response;
    }
}

void chutes__run_take_failure(struct chutes_run *run, chutes_status status,
                              chutes_chat_response *response,
                              const chutes_error *error)
{
    run->references++; /* the handle may be freed already */
    run->is_asking = false;
    keep_response(run, response);
    /* The end of the time cancels the request. */
    if (status != CHUTES_ERR_CANCELLED || run->is_cancelled ||
        !check_time(run)) {
        chutes__run_end(run, status, "the request failed", error);
    }
    chutes__run_drop(run);
}

/* Returns true if the model was stopped, perhaps within a call. */
static bool is_cut(const chutes_chat_choice *choice)
{
    return chutes_chat_choice_is_cut(choice) ||
           chutes_chat_choice_is_filtered(choice);
}

/* Executes the calls of the newest answer. If it was cut, nobody knows whether
 * its calls are complete, and the model has to repeat them. */
static void take_calls(struct chutes_run *run)
{
    if (is_cut(run->response->choices[0])) {
        run->is_advancing = true; /* after_tool may cancel the run */
        chutes__run_settle_open(run, "the answer was cut before its end");
        run->is_advancing = false;
    }
    if (!check_time(run) && !chutes__run_check_budget(run)) {
        chutes__run_advance(run);
    }
}

void chutes__run_take_answer(struct chutes_run *run,
                             chutes_chat_response *response)
{
    size_t first = run->talk->count;
    chutes_error error;
    chutes_status status;

    run->references++; /* the handle may be freed already */
    run->is_asking = false;
    keep_response(run, response);
    run->round++;
    run->turn = first;
    run->next = first + 1;
    chutes__run_count(run, response);
    status = chutes_conversation_add_response(run->talk, response, &error);
    if (status != CHUTES_OK) {
        chutes__run_end(run, status, "the answer is invalid", &error);
    } else if (run->talk->entries[first].results == 0) {
        chutes__error_clear(&error);
        chutes__run_end(run, CHUTES_OK, "", &error);
    } else {
        take_calls(run);
    }
    chutes__run_drop(run);
}

/* ---- deferred tools ------------------------------------------------------ */

void chutes_tool_reply_finish(chutes_tool_reply *reply, chutes_status status)
{
    struct chutes_run *run = reply->run;
    bool was_advancing;

    /* If the tool itself calls this, its result is stored when it returns. */
    if (!chutes__run_note_finish(reply, status) || reply->is_running) {
        return;
    }
    if (run == NULL) {
        chutes__run_settle(reply, status);
        return;
    }
    run->references++;
    was_advancing = run->is_advancing;
    /* after_tool and save_ledger may finish another tool or cancel the run, but
     * nothing may be sent before it is known whether this result ends it. */
    run->is_advancing = true;
    chutes__run_settle(reply, status);
    run->is_advancing = was_advancing;
    chutes__run_advance(run);
    chutes__run_drop(run);
}

/* ---- the handle ---------------------------------------------------------- */

void chutes__run_expire(struct chutes_run *run)
{
    if (run->is_asking) {
        run->model.cancel(run->model.ctx);
    } else {
        chutes__run_advance(run);
    }
}

void chutes_run_cancel(chutes_run *handle)
{
    if (handle != NULL && !handle->is_done) {
        handle->is_cancelled = true;
        chutes__run_expire(handle);
    }
}

void chutes_run_free(chutes_run *handle)
{
    if (handle != NULL) {
        chutes__run_drop(handle);
    }
}
