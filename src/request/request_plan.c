/* SPDX-License-Identifier: MIT */
/*
 * Decides what follows an attempt: another one, at once, after a wait or when
 * others are done, or the end of the request.
 */
#include "request/request.h"

#include <string.h>

#include "base/clock.h"
#include "codec/api_error.h"

/* ---- retry, fall back or stand back -------------------------------------- */

/* An error inside an answer has no HTTP status of its own, but its code may be
 * one. */
static bool is_out_of_quota(const struct chutes__request *request,
                            const chutes_error *error)
{
    return strcmp(error->code, "429") == 0 &&
           chutes__api_error_status(429, error,
                                    request->options.rules.retry.max_wait_ms) ==
               CHUTES_ERR_QUOTA;
}

static bool can_resume(const struct chutes__request *request)
{
    const struct chutes__receiver *receiver = request->options.receiver;

    return receiver->can_resume != NULL &&
           receiver->can_resume(request->options.ctx);
}

/* Would the total timeout leave time for another attempt after the wait? */
static bool has_time(const struct chutes__request *request, int64_t wait_ms)
{
    return request->deadline_us - chutes__clock_now_us() > wait_ms * 1000;
}

/* Returns the milliseconds until the same request is retried, or -1. */
static int64_t plan_retry(struct chutes__request *request, chutes_status status)
{
    const chutes_error *error = chutes__request_error(request);
    const struct chutes__retry_facts facts = {
        .status = status,
        .outcome = error->outcome,
        .http_status = request->http_status,
        .code = error->code,
        .should_retry =
            chutes__header_list_find(&request->headers, "x-should-retry"),
        .retry_after_ms = error->retry_after_ms,
        .is_date = chutes__header_list_retry_after_is_date(&request->headers),
        .is_lasting = request->is_lasting,
        /* Fallbacks and attempts that stood back don't count as retries. */
        .attempts =
            request->attempts - request->fallbacks - request->stood_back,
        .server_errors = request->server_errors,
        .can_resume = can_resume(request),
    };
    int64_t wait_ms;

    if (status == CHUTES_ERR_STREAM && is_out_of_quota(request, error)) {
        return -1;
    }
    if (!chutes__retry_is_due(&request->options.rules.retry, &facts)) {
        return -1;
    }
    wait_ms = chutes__retry_wait_ms(&facts);
    if (!has_time(request, wait_ms)) {
        return -1;
    }
    /* This comes last, so that only a retry that takes place is paid for. */
    request->retry_cost = chutes__retry_budget_take(
        request->queue->options.budget, facts.outcome);
    return request->retry_cost > 0 ? wait_ms : -1;
}

static enum chutes__crowding judge_crowding(struct chutes__request *request,
                                            chutes_status status)
{
    const struct chutes__request_options *options = &request->options;
    const struct chutes__retry_rules *rules = &options->rules.retry;

    if (options->receiver->judge_crowding == NULL ||
        request->http_status != 429 ||
        (status != CHUTES_ERR_RATE_LIMITED && status != CHUTES_ERR_CAPACITY) ||
        rules->policy == CHUTES_RETRY_NONE ||
        chutes__request_error(request)->retry_after_ms > rules->max_wait_ms) {
        return CHUTES__CROWDING_NONE;
    }
    return options->receiver->judge_crowding(options->ctx);
}

/* Returns how many milliseconds a request waits at least before the other
 * requests of its receiver let it continue. */
static int64_t stand_back(struct chutes__request *request)
{
    int64_t asked_ms = chutes__request_error(request)->retry_after_ms;

    request->is_standing_back = true;
    request->stood_back++;
    return asked_ms > 0 ? asked_ms : 0;
}

int64_t chutes__request_plan(struct chutes__request *request,
                             chutes_status status)
{
    const struct chutes__receiver *receiver = request->options.receiver;
    const char *model = NULL;

    if (status == CHUTES_OK) {
        chutes__retry_budget_give(request->queue->options.budget,
                                  request->retry_cost);
        return -1;
    }
    /* The application has seen events, which can't be taken back. */
    if (request->is_committed || !has_time(request, 0)) {
        return -1;
    }
    switch (judge_crowding(request, status)) {
    case CHUTES__CROWDING_WAIT:
        return stand_back(request);
    case CHUTES__CROWDING_END:
        return -1;
    case CHUTES__CROWDING_NONE:
        break;
    }
    request->server_errors += request->http_status == 500;
    if (status == CHUTES_ERR_CAPACITY && receiver->next_model != NULL) {
        model = receiver->next_model(request->options.ctx);
    }
    if (model != NULL) {
        request->model = model;
        request->fallbacks++;
        /* No wait is needed: only the other model lacked capacity. */
        return 0;
    }
    return plan_retry(request, status);
}

/* ---- the report ---------------------------------------------------------- */

static void log_attempt(const struct chutes__request *request,
                        chutes_status status)
{
    const struct chutes__log *log = &request->log;
    const char *method = chutes__request_method(request);
    int64_t elapsed_us = chutes__clock_now_us() - request->started_us;

    if (status == CHUTES_OK) {
        chutes__log_write(log, CHUTES_LOG_INFO, "%s %s: HTTP %d in %lld ms%s",
                          method, request->url, request->http_status,
                          (long long)(elapsed_us / 1000),
                          request->is_reused ? ", reused connection" : "");
        return;
    }
    chutes__log_write(log, CHUTES_LOG_WARN, "%s %s: %s after %lld ms", method,
                      request->url, chutes_status_name(status),
                      (long long)(elapsed_us / 1000));
}

void chutes__request_report(struct chutes__request *request, const char *model,
                            chutes_status status, int64_t wait_ms)
{
    const chutes_client_options *options =
        &request->queue->options.config->options;
    const chutes_attempt attempt = {
        .number = request->attempts,
        .status = status,
        .outcome = chutes__request_error(request)->outcome,
        .http_status = request->http_status,
        .wait_ms = wait_ms,
        .elapsed_us = chutes__clock_now_us() - request->started_us,
        .model = model,
    };

    log_attempt(request, status);
    chutes__request_trace_end(request, status, wait_ms);
    if (options->on_attempt != NULL) {
        options->on_attempt(&attempt, options->attempt_user_data);
    }
}
