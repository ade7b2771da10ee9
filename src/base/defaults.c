/* SPDX-License-Identifier: MIT */
/* The defaults of structs that callers fill in; those of an endpoint are in
 * codec, next to its encoder. They are part of the library, not of the headers,
 * so that a program gets the defaults of the library that it runs with, not
 * those of the headers it was compiled against. */
#include <chutes/chutes.h>

#include "base/params.h"

void chutes_client_options_init(chutes_client_options *options, size_t size)
{
    static const chutes_client_options DEFAULTS = {
        .header_size = sizeof(chutes_header),
        .connect_timeout_ms = 10000,
        .first_byte_timeout_ms = 600000,
        .idle_timeout_ms = 300000,
        .finish_grace_ms = 2000,
        .max_retry_wait_ms = 60000,
        .max_header_bytes = (size_t)256 << 10,
        .max_response_bytes = (size_t)64 << 20,
        .max_stream_bytes = (size_t)256 << 20,
        .max_line_bytes = (size_t)8 << 20,
        .max_event_bytes = (size_t)16 << 20,
        .max_error_bytes = (size_t)1 << 20,
        .max_request_bytes = (size_t)128 << 20,
        .max_json_depth = 64,
        .max_tool_calls = 128,
        .max_choices = 128,
        .max_host_connections = 1000,
        .max_total_connections = 1000,
        .retry_policy = CHUTES_RETRY_SAFE,
        .max_attempts = 3,
        .http_version = CHUTES_HTTP_AUTO,
        .auth = CHUTES_AUTH_BEARER,
        .log_level = CHUTES_LOG_INFO,
    };

    chutes__params_init(options, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_budget_init(chutes_budget *budget, size_t size)
{
    static const chutes_budget DEFAULTS = {
        .max_total_tokens = CHUTES_UNSET,
        .max_cost_usd = CHUTES_UNSET,
        .max_unknown_calls = CHUTES_UNSET,
    };

    chutes__params_init(budget, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_tracer_init(chutes_tracer *tracer, size_t size)
{
    static const chutes_tracer DEFAULTS = {.user_data = NULL};

    chutes__params_init(tracer, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_call_options_init(chutes_call_options *options, size_t size)
{
    static const chutes_call_options DEFAULTS = {
        .connect_timeout_ms = CHUTES_UNSET,
        .first_byte_timeout_ms = CHUTES_UNSET,
        .idle_timeout_ms = CHUTES_UNSET,
        .progress_timeout_ms = CHUTES_UNSET,
        .total_timeout_ms = CHUTES_UNSET,
        .retry_policy = CHUTES_UNSET,
        .max_attempts = CHUTES_UNSET,
    };

    chutes__params_init(options, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_chat_params_init(chutes_chat_params *params, size_t size)
{
    static const chutes_chat_params DEFAULTS = {
        .message_size = sizeof(chutes_message),
        .temperature = CHUTES_UNSET,
        .top_p = CHUTES_UNSET,
        .min_p = CHUTES_UNSET,
        .frequency_penalty = CHUTES_UNSET,
        .presence_penalty = CHUTES_UNSET,
        .repetition_penalty = CHUTES_UNSET,
        .max_tokens = CHUTES_UNSET,
        .max_completion_tokens = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .top_k = CHUTES_UNSET,
        .n = CHUTES_UNSET,
        .logprobs = CHUTES_UNSET,
        .top_logprobs = CHUTES_UNSET,
        .parallel_tool_calls = CHUTES_UNSET,
        .include_usage = CHUTES_UNSET,
        .json_schema_strict = CHUTES_UNSET,
        .logit_bias_size = sizeof(chutes_logit_bias),
        .tool_size = sizeof(chutes_tool),
        .accumulate = 1,
        .include_reasoning = CHUTES_UNSET,
        .thinking_token_budget = CHUTES_UNSET,
        .min_tokens = CHUTES_UNSET,
        .priority = CHUTES_UNSET,
        .continuous_usage_stats = CHUTES_UNSET,
        .include_obfuscation = CHUTES_UNSET,
        .store = CHUTES_UNSET,
        .ignore_eos = CHUTES_UNSET,
        .skip_special_tokens = CHUTES_UNSET,
        .continue_final_message = CHUTES_UNSET,
        .add_generation_prompt = CHUTES_UNSET,
        .return_token_ids = CHUTES_UNSET,
        .prompt_logprobs = CHUTES_UNSET,
        .thinking = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_embed_params_init(chutes_embed_params *params, size_t size)
{
    static const chutes_embed_params DEFAULTS = {
        .max_batch_inputs = 2048,
        .max_batch_bytes = (size_t)1 << 20,
        .max_parallel = 4,
        .keep_raw = CHUTES_UNSET,
        .dimensions = CHUTES_UNSET,
        .truncate_prompt_tokens = CHUTES_UNSET,
        .item_size = sizeof(chutes_embed_item),
        .message_size = sizeof(chutes_message),
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_models_params_init(chutes_models_params *params, size_t size)
{
    static const chutes_models_params DEFAULTS = {.call_options = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_model_filter_init(chutes_model_filter *filter, size_t size)
{
    static const chutes_model_filter DEFAULTS = {
        .min_context_length = CHUTES_UNSET,
        .max_input_price = CHUTES_UNSET,
        .max_output_price = CHUTES_UNSET,
        .confidential_compute = CHUTES_UNSET,
    };

    chutes__params_init(filter, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_top_k_params_init(chutes_top_k_params *params, size_t size)
{
    static const chutes_top_k_params DEFAULTS = {
        .similarity = CHUTES_SIMILARITY_COSINE,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_invoke_params_init(chutes_invoke_params *params, size_t size)
{
    static const chutes_invoke_params DEFAULTS = {
        .part_size = sizeof(chutes_invoke_part),
        .header_size = sizeof(chutes_header),
        .send_key = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_warmup_params_init(chutes_warmup_params *params, size_t size)
{
    static const chutes_warmup_params DEFAULTS = {
        .wait_timeout_ms = 3600000, .min_poll_ms = 1000, .max_poll_ms = 15000};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_chute_describe_params_init(chutes_chute_describe_params *params,
                                       size_t size)
{
    static const chutes_chute_describe_params DEFAULTS = {.slug = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_operation_params_init(chutes_operation_params *params, size_t size)
{
    static const chutes_operation_params DEFAULTS = {
        .wait_timeout_ms = 3600000,
        .min_poll_ms = 1000,
        .max_poll_ms = 15000,
        .send_key = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_loop_hooks_init(chutes_loop_hooks *hooks, size_t size)
{
    static const chutes_loop_hooks DEFAULTS = {.user_data = NULL};

    chutes__params_init(hooks, size, &DEFAULTS, sizeof(DEFAULTS));
}
