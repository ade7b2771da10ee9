/* SPDX-License-Identifier: MIT */
#include "soak_call.h"

#include "base/clock.h"

#include "call.h"

#include <stdio.h>
#include <stdlib.h>

enum { STALL_MS = 150 }; /* the timeouts of calls whose server stalls */

int soak_random_below(struct soak_worker *worker, int end)
{
    return rand_r(&worker->seed) % end;
}

/* ---- checking results ---- */

void soak_note_fault(struct soak_worker *worker, const struct soak_call *call,
                     const char *what, chutes_status status,
                     const chutes_error *error)
{
    if (worker->fault[0] == '\0') {
        (void)snprintf(worker->fault, sizeof(worker->fault),
                       "%s, plan %d: %s: %s, %d events, %d attempts: %s",
                       call->kind->model, call->plan, what,
                       chutes_status_name(status), call->events,
                       error->attempts, error->message);
    }
}

static bool may_be_cancelled(const struct soak_call *call)
{
    unsigned epoch = atomic_load(&call->worker->soak->cancel_epoch);

    return atomic_load(&call->is_cancelled) || call->worker->is_cancelling ||
           call->epoch % 2 == 1 || call->epoch != epoch;
}

static void count_posts(const struct soak_call *call, chutes_status status,
                        int attempts)
{
    struct soak *soak = call->worker->soak;
    int number = (int)(call->kind - SOAK_CASES);

    if (status != CHUTES_ERR_CANCELLED || call->events > 0) {
        atomic_fetch_add(&soak->posts[number], attempts);
    } else {
        atomic_fetch_add(&soak->may_be_posts[number], attempts);
    }
}

/* `attempts` is the count of a call that succeeded; otherwise the error has
 * it. */
static void judge(struct soak_call *call, chutes_status status, int attempts,
                  const chutes_error *error)
{
    struct soak_worker *worker = call->worker;
    const struct soak_case *kind = call->kind;
    int all = status == CHUTES_OK ? attempts : error->attempts;

    worker->ended++;
    atomic_fetch_add(&worker->soak->ends[status], 1);
    count_posts(call, status, all);
    if (!call->is_active) {
        soak_note_fault(worker, call, "ended again", status, error);
    }
    call->is_active = false;
    if (status == CHUTES_ERR_CANCELLED) {
        if (!may_be_cancelled(call)) {
            soak_note_fault(worker, call, "nobody asked", status, error);
        }
        return;
    }
    if ((kind->statuses & 1u << status) == 0) {
        soak_note_fault(worker, call, "wrong status", status, error);
    }
    if (all < 1 || all > kind->max_attempts) {
        soak_note_fault(worker, call, "wrong attempts", status, error);
    }
    if (kind->kind == SOAK_STREAM &&
        (call->events < kind->events ||
         (status == CHUTES_OK && call->events != SOAK_EVENTS))) {
        soak_note_fault(worker, call, "wrong events", status, error);
    }
}

void soak_judge_chat(struct soak_call *call, chutes_status status,
                     chutes_chat_response *response, const chutes_error *error)
{
    int attempts = response != NULL ? response->info->attempts : 0;

    if (response != NULL && response->complete != (status == CHUTES_OK)) {
        soak_note_fault(call->worker, call, "wrongly complete", status, error);
    }
    judge(call, status, attempts, error);
    chutes_chat_response_free(response);
}

void soak_judge_embed(struct soak_call *call, chutes_status status,
                      chutes_embed_response *response,
                      const chutes_error *error)
{
    int attempts = response != NULL ? response->info->attempts : 0;

    if (status == CHUTES_OK &&
        (response->count != 2 || chutes_embedding_at(response, 1)[2] < 6)) {
        soak_note_fault(call->worker, call, "wrong vectors", status, error);
    }
    judge(call, status, attempts, error);
    chutes_embed_response_free(response);
}

void soak_judge_closed(struct soak_call *call)
{
    call->worker->ended++;
    call->is_active = false;
    count_posts(call, CHUTES_OK, 1);
}

/* ---- parameters ---- */

void soak_call_draw(struct soak_worker *worker, struct soak_call *call)
{
    call->worker = worker;
    call->kind = &SOAK_CASES[soak_random_below(worker, SOAK_CASE_COUNT)];
    call->plan = (enum soak_plan)soak_random_below(worker, SOAK_PLANS);
    call->epoch = atomic_load(&worker->soak->cancel_epoch);
    call->events = 0;
    call->is_active = true;
    call->resume_us = 0;
    atomic_store(&call->is_cancelled, false);
}

/* Plans act at the third content event of a stream. */
static int on_event(const chutes_chat_event *event, void *user_data)
{
    struct soak_call *call = user_data;

    if (event->type != CHUTES_CHAT_EVENT_CONTENT || ++call->events != 3) {
        return 0;
    }
    if (call->plan == SOAK_PLAN_STOP) {
        atomic_store(&call->is_cancelled, true);
        return 1;
    }
    if (call->handle != NULL && call->plan == SOAK_PLAN_CANCEL) {
        atomic_store(&call->is_cancelled, true);
        chutes_call_cancel(call->handle);
    }
    if (call->handle != NULL && call->plan == SOAK_PLAN_PAUSE) {
        call->resume_us =
            chutes__clock_now_us() + soak_random_below(call->worker, 50) * 1000;
        chutes_call_pause(call->handle);
    }
    return 0;
}

static chutes_call_options clocks_of(const struct soak_call *call)
{
    chutes_call_options options = chutes_call_options_default();

    if ((call->kind->statuses & 1u << CHUTES_ERR_TIMEOUT) == 0) {
        return options;
    }
    if (call->kind->kind == SOAK_STREAM) {
        options.idle_timeout_ms = call_patience_ms(STALL_MS);
    } else {
        options.first_byte_timeout_ms = call_patience_ms(STALL_MS);
    }
    return options;
}

chutes_chat_params soak_chat_params(struct soak_call *call,
                                    chutes_message *message,
                                    chutes_call_options *clocks)
{
    chutes_chat_params params = chutes_chat_params_default();

    *message = chutes_user("hi");
    *clocks = clocks_of(call);
    params.model = call->kind->model;
    params.messages = message;
    params.message_count = 1;
    params.on_event = call->kind->kind == SOAK_STREAM ? on_event : NULL;
    params.user_data = call;
    params.call_options = clocks;
    return params;
}

chutes_embed_params soak_embed_params(const struct soak_call *call,
                                      chutes_call_options *clocks)
{
    static const char *const input[] = {"one", "two"};
    chutes_embed_params params = chutes_embed_params_default();

    *clocks = clocks_of(call);
    params.model = call->kind->model;
    params.input = input;
    params.input_count = 2;
    params.call_options = clocks;
    return params;
}
