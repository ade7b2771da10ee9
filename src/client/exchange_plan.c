/* SPDX-License-Identifier: MIT */
#include "client/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "codec/api_error.h"

static void log_attempt(const struct chutes__exchange *exchange,
                        chutes_status status)
{
    const struct chutes__log *log = &exchange->log;
    const char *method = exchange->body != NULL ? "POST" : "GET";
    int64_t elapsed_us = chutes__clock_now_us() - exchange->started_us;

    if (status == CHUTES_OK) {
        chutes__log_write(log, CHUTES_LOG_INFO, "%s %s: HTTP %d in %lld ms%s",
                          method, exchange->url, exchange->http_status,
                          (long long)(elapsed_us / 1000),
                          exchange->is_reused ? ", reused connection" : "");
        return;
    }
    chutes__log_write(log, CHUTES_LOG_WARN, "%s %s: %s after %lld ms", method,
                      exchange->url, chutes_status_name(status),
                      (long long)(elapsed_us / 1000));
}

/* An error inside of an answer has no HTTP status of its own, but may have its
 * words. */
static bool is_out_of_quota(const struct chutes__exchange *exchange)
{
    return strcmp(exchange->error->code, "429") == 0 &&
           chutes__api_error_status(429, exchange->error,
                                    exchange->rules.retry.max_wait_ms) ==
               CHUTES_ERR_QUOTA;
}

/* Milliseconds until another attempt of the same, or -1. */
static int64_t plan_retry(struct chutes__exchange *exchange,
                          chutes_status status)
{
    struct chutes__retry_budget *budget = &exchange->loop->client->budget;
    const struct chutes__retry_facts facts = {
        .status = status,
        .outcome = exchange->error->outcome,
        .http_status = exchange->http_status,
        .code = exchange->error->code,
        .should_retry =
            chutes__header_list_find(&exchange->headers, "x-should-retry"),
        .retry_after_ms = exchange->error->retry_after_ms,
        .is_date = chutes__header_list_retry_after_is_date(&exchange->headers),
        .is_lasting = exchange->is_lasting,
        .attempts =
            exchange->attempts - exchange->fallbacks - exchange->stood_back,
        .server_errors = exchange->server_errors,
    };
    int64_t now_us = chutes__clock_now_us();
    int64_t wait_ms;

    if (facts.status == CHUTES_ERR_STREAM && is_out_of_quota(exchange)) {
        return -1;
    }
    if (!chutes__retry_is_due(&exchange->rules.retry, &facts)) {
        return -1;
    }
    wait_ms = chutes__retry_wait_ms(&facts);
    if (exchange->deadline_us - now_us <= wait_ms * 1000) {
        return -1;
    }
    exchange->retry_cost = chutes__retry_budget_take(budget, facts.outcome);
    return exchange->retry_cost > 0 ? wait_ms : -1;
}

/* Does it wait for others of its receiver to be done? */
static bool stands_back(const struct chutes__exchange *exchange,
                        chutes_status status)
{
    const struct chutes__retry_rules *rules = &exchange->rules.retry;

    return exchange->stand_back != NULL && exchange->http_status == 429 &&
           (status == CHUTES_ERR_RATE_LIMITED ||
            status == CHUTES_ERR_CAPACITY) &&
           rules->policy != CHUTES_RETRY_NONE &&
           exchange->error->retry_after_ms <= rules->max_wait_ms &&
           exchange->stand_back(exchange->receiver.ctx);
}

int64_t chutes__exchange_plan(struct chutes__exchange *exchange,
                              chutes_status status)
{
    const char *model = NULL;

    if (status == CHUTES_OK) {
        chutes__retry_budget_give(&exchange->loop->client->budget,
                                  exchange->retry_cost);
        return -1;
    }
    if (exchange->is_committed || status == CHUTES_ERR_CANCELLED) {
        return -1;
    }
    if (stands_back(exchange, status)) {
        exchange->is_standing_back = true;
        exchange->stood_back++;
        return exchange->error->retry_after_ms > 0
                   ? exchange->error->retry_after_ms
                   : 0;
    }
    exchange->server_errors += exchange->http_status == 500;
    if (status == CHUTES_ERR_CAPACITY && exchange->next_model != NULL) {
        model = exchange->next_model(exchange->receiver.ctx);
    }
    if (model != NULL) {
        exchange->model = model;
        exchange->fallbacks++;
        return 0;
    }
    return plan_retry(exchange, status);
}

void chutes__exchange_tell(const struct chutes__exchange *exchange,
                           const char *model, chutes_status status,
                           int64_t wait_ms)
{
    const chutes_client_options *options =
        &exchange->loop->client->config.options;
    const chutes_attempt attempt = {
        .number = exchange->attempts,
        .status = status,
        .outcome = exchange->error->outcome,
        .http_status = exchange->http_status,
        .wait_ms = wait_ms,
        .elapsed_us = chutes__clock_now_us() - exchange->started_us,
        .model = model,
    };

    log_attempt(exchange, status);
    if (options->on_attempt != NULL) {
        options->on_attempt(&attempt, options->attempt_user_data);
    }
}
