/* SPDX-License-Identifier: MIT */
/*
 * The numbers of the configuration: limits, timeouts and retry rules, of the
 * client and of a single call.
 */
#include "client/config.h"

#include <math.h>

#include "base/count.h"
#include "base/error.h"
#include "client/params.h"
#include "request/span.h"
#include "json/reader.h"

CHUTES__ASSERT_NO_TAIL(chutes_call_options, conversation_id);

/* A larger number is a mistake. */
enum {
    MAX_CHOICES = 128,
    MAX_CONNECTIONS = 65536,
    MAX_ATTEMPTS = 10,
    MAX_REQUESTS = 1000000
};

struct number {
    const char *field;
    int64_t value;
    int64_t least;
    int64_t most;
};

static chutes_status check_numbers(const struct number *numbers, size_t count,
                                   chutes_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct number *number = &numbers[i];

        if (number->value < number->least || number->value > number->most) {
            return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                                "%s must be %lld to %lld", number->field,
                                (long long)number->least,
                                (long long)number->most);
        }
    }
    return CHUTES_OK;
}

static chutes_status check_rules(const struct chutes__call_rules *rules,
                                 chutes_error *error)
{
    const struct chutes__clocks *clocks = &rules->clocks;
    const struct number numbers[] = {
        {"connect_timeout_ms", clocks->connect_ms, 1, INT32_MAX},
        {"first_byte_timeout_ms", clocks->first_byte_ms, 0, INT32_MAX},
        {"idle_timeout_ms", clocks->idle_ms, 0, INT32_MAX},
        {"progress_timeout_ms", clocks->progress_ms, 0, INT32_MAX},
        {"total_timeout_ms", clocks->total_ms, 0, INT32_MAX},
        {"retry_policy", rules->retry.policy, CHUTES_RETRY_NONE,
         CHUTES_RETRY_OPENAI},
        {"max_attempts", rules->retry.max_attempts, 1, MAX_ATTEMPTS},
        {"max_retry_wait_ms", rules->retry.max_wait_ms, 0, INT32_MAX},
    };

    return check_numbers(numbers, CHUTES__COUNT(numbers), error);
}

static chutes_status check_size(const char *field, size_t value, size_t least,
                                size_t most, chutes_error *error)
{
    if (value >= least && value <= most) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "%s must be %zu to %zu", field, least, most);
}

static chutes_status check_limits(const chutes_client_options *options,
                                  chutes_error *error)
{
    const size_t most_bytes = SIZE_MAX / 4; /* sums can't overflow */
    const struct {
        const char *field;
        size_t value;
        size_t least;
        size_t most;
    } table[] = {
        {"max_header_bytes", options->max_header_bytes, 1, most_bytes},
        {"max_response_bytes", options->max_response_bytes, 1, most_bytes},
        {"max_stream_bytes", options->max_stream_bytes, 0, most_bytes},
        {"max_line_bytes", options->max_line_bytes, 1, most_bytes},
        {"max_event_bytes", options->max_event_bytes, 1, most_bytes},
        {"max_error_bytes", options->max_error_bytes, 1, most_bytes},
        {"max_request_bytes", options->max_request_bytes, 1, most_bytes},
        {"max_json_depth", options->max_json_depth, 1, CHUTES__JSON_MAX_DEPTH},
        {"max_tool_calls", options->max_tool_calls, 1, MAX_CHOICES},
        {"max_choices", options->max_choices, 1, MAX_CHOICES},
    };

    for (size_t i = 0; i < CHUTES__COUNT(table); i++) {
        chutes_status status = check_size(table[i].field, table[i].value,
                                          table[i].least, table[i].most, error);

        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

static chutes_status check_connections(const chutes_client_options *options,
                                       chutes_error *error)
{
    const struct number numbers[] = {
        {"max_host_connections", options->max_host_connections, 1,
         MAX_CONNECTIONS},
        {"max_total_connections", options->max_total_connections, 1,
         MAX_CONNECTIONS},
        {"max_concurrent_requests", options->max_concurrent_requests, 0,
         MAX_REQUESTS},
        {"finish_grace_ms", options->finish_grace_ms, 0, INT32_MAX},
        {"http_version", options->http_version, CHUTES_HTTP_AUTO,
         CHUTES_HTTP_2},
        {"auth", options->auth, CHUTES_AUTH_BEARER, CHUTES_AUTH_NONE},
        {"log_level", options->log_level, CHUTES_LOG_OFF, CHUTES_LOG_DEBUG},
    };
    double rate = options->max_requests_per_second;

    if (!isfinite(rate) || rate < 0 || rate > (double)MAX_REQUESTS) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "max_requests_per_second must be 0 to %d",
                            MAX_REQUESTS);
    }
    return check_numbers(numbers, CHUTES__COUNT(numbers), error);
}

chutes_status chutes__config_resolve_numbers(struct chutes__config *config,
                                             chutes_error *error)
{
    static const enum chutes__http versions[] = {
        [CHUTES_HTTP_AUTO] = CHUTES__HTTP_AUTO,
        [CHUTES_HTTP_1_1] = CHUTES__HTTP_1_1,
        [CHUTES_HTTP_2] = CHUTES__HTTP_2,
    };
    const chutes_client_options *options = &config->options;
    chutes_status status;

    config->rules = (struct chutes__call_rules){
        {options->connect_timeout_ms, options->first_byte_timeout_ms,
         options->idle_timeout_ms, options->progress_timeout_ms,
         options->total_timeout_ms, options->finish_grace_ms},
        {options->retry_policy, options->max_attempts,
         options->max_retry_wait_ms, false},
    };
    status = check_rules(&config->rules, error);
    if (status == CHUTES_OK) {
        status = check_limits(options, error);
    }
    if (status == CHUTES_OK) {
        status = check_connections(options, error);
    }
    if (status == CHUTES_OK) {
        config->http = versions[options->http_version];
    }
    return status;
}

static void override(int64_t *clock, int64_t given)
{
    if (given != CHUTES_UNSET) {
        *clock = given;
    }
}

chutes_status chutes__config_rules(const struct chutes__config *config,
                                   const chutes_call_options *given,
                                   struct chutes__call_rules *rules,
                                   chutes_error *error)
{
    chutes_call_options own = chutes_call_options_default();
    struct chutes__clocks *clocks = &rules->clocks;
    chutes_status status;

    *rules = config->rules;
    if (given == NULL) {
        return CHUTES_OK;
    }
    status = chutes__params_copy(&own, sizeof(own), given, sizeof(own),
                                 "call_options", error);
    if (status != CHUTES_OK) {
        return status;
    }
    override(&clocks->connect_ms, own.connect_timeout_ms);
    override(&clocks->first_byte_ms, own.first_byte_timeout_ms);
    override(&clocks->idle_ms, own.idle_timeout_ms);
    override(&clocks->progress_ms, own.progress_timeout_ms);
    override(&clocks->total_ms, own.total_timeout_ms);
    if (own.traceparent != NULL &&
        !chutes__traceparent_is_valid(own.traceparent)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "call_options.traceparent must be "
                            "00-TRACEID-SPANID-FLAGS in lower-case hex");
    }
    if (own.retry_policy != CHUTES_UNSET) {
        rules->retry.policy = (chutes_retry_policy)own.retry_policy;
    }
    if (own.max_attempts != CHUTES_UNSET) {
        rules->retry.max_attempts = own.max_attempts;
    }
    return check_rules(rules, error);
}
