/* SPDX-License-Identifier: MIT */
/* The defaults of every struct that callers fill in. They are part of the
 * library, not of the headers, so that a program gets the defaults of the
 * library that it runs with, not those of the headers it was compiled
 * against. */
#include <string.h>

#include <chutes/chutes.h>

/* Callers pass the size that the struct has in their headers, which may be an
 * older or a newer version's. Members that only newer headers have are set to
 * 0. The size also identifies the version. When chutes_header, chutes_message,
 * chutes_tool or chutes_logit_bias grows, the struct that holds its element
 * size must grow too, and a caller that passes the old size must still get the
 * old element size. Not inlined, because every caller would get a copy. */
__attribute__((noinline)) static void fill(void *object, size_t size,
                                           const void *defaults, size_t known)
{
    if (object == NULL || size < sizeof(size)) {
        return;
    }
    memset(object, 0, size);
    memcpy(object, defaults, size < known ? size : known);
    memcpy(object, &size, sizeof(size)); /* struct_size, the first member */
}

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

    fill(options, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_budget_init(chutes_budget *budget, size_t size)
{
    static const chutes_budget DEFAULTS = {
        .max_total_tokens = CHUTES_UNSET,
        .max_cost_usd = CHUTES_UNSET,
        .max_unknown_calls = CHUTES_UNSET,
    };

    fill(budget, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_tracer_init(chutes_tracer *tracer, size_t size)
{
    static const chutes_tracer DEFAULTS = {.user_data = NULL};

    fill(tracer, size, &DEFAULTS, sizeof(DEFAULTS));
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

    fill(options, size, &DEFAULTS, sizeof(DEFAULTS));
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

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_complete_params_init(chutes_complete_params *params, size_t size)
{
    static const chutes_complete_params DEFAULTS = {
        .temperature = CHUTES_UNSET,
        .top_p = CHUTES_UNSET,
        .min_p = CHUTES_UNSET,
        .frequency_penalty = CHUTES_UNSET,
        .presence_penalty = CHUTES_UNSET,
        .repetition_penalty = CHUTES_UNSET,
        .max_tokens = CHUTES_UNSET,
        .min_tokens = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .top_k = CHUTES_UNSET,
        .n = CHUTES_UNSET,
        .best_of = CHUTES_UNSET,
        .logprobs = CHUTES_UNSET,
        .echo = CHUTES_UNSET,
        .include_usage = CHUTES_UNSET,
        .ignore_eos = CHUTES_UNSET,
        .skip_special_tokens = CHUTES_UNSET,
        .add_special_tokens = CHUTES_UNSET,
        .return_token_ids = CHUTES_UNSET,
        .accumulate = 1,
        .logit_bias_size = sizeof(chutes_logit_bias),
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
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

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_models_params_init(chutes_models_params *params, size_t size)
{
    static const chutes_models_params DEFAULTS = {.call_options = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_classify_params_init(chutes_classify_params *params, size_t size)
{
    static const chutes_classify_params DEFAULTS = {.model = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_score_params_init(chutes_score_params *params, size_t size)
{
    static const chutes_score_params DEFAULTS = {
        .apply_softmax = CHUTES_UNSET,
        .item_first = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_tokenize_params_init(chutes_tokenize_params *params, size_t size)
{
    static const chutes_tokenize_params DEFAULTS = {
        .message_size = sizeof(chutes_message),
        .add_special_tokens = CHUTES_UNSET,
        .add_generation_prompt = CHUTES_UNSET,
        .return_token_texts = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_detokenize_params_init(chutes_detokenize_params *params,
                                   size_t size)
{
    static const chutes_detokenize_params DEFAULTS = {.model = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_image_params_init(chutes_image_params *params, size_t size)
{
    static const chutes_image_params DEFAULTS = {
        .image_input_size = sizeof(chutes_image_input),
        .width = CHUTES_UNSET,
        .height = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .num_inference_steps = CHUTES_UNSET,
        .guidance_scale = CHUTES_UNSET,
        .true_cfg_scale = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_rerank_params_init(chutes_rerank_params *params, size_t size)
{
    static const chutes_rerank_params DEFAULTS = {
        .top_n = CHUTES_UNSET,
        .return_documents = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_speech_params_init(chutes_speech_params *params, size_t size)
{
    static const chutes_speech_params DEFAULTS = {.speed = CHUTES_UNSET};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_transcribe_params_init(chutes_transcribe_params *params,
                                   size_t size)
{
    static const chutes_transcribe_params DEFAULTS = {
        .temperature = CHUTES_UNSET,
        .segment_timestamps = CHUTES_UNSET,
        .word_timestamps = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_video_params_init(chutes_video_params *params, size_t size)
{
    static const chutes_video_params DEFAULTS = {
        .width = CHUTES_UNSET,
        .height = CHUTES_UNSET,
        .num_frames = CHUTES_UNSET,
        .num_inference_steps = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .duration = CHUTES_UNSET,
        .fps = CHUTES_UNSET,
        .guidance_scale = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_model_filter_init(chutes_model_filter *filter, size_t size)
{
    static const chutes_model_filter DEFAULTS = {
        .min_context_length = CHUTES_UNSET,
        .max_input_price = CHUTES_UNSET,
        .max_output_price = CHUTES_UNSET,
        .confidential_compute = CHUTES_UNSET,
    };

    fill(filter, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_top_k_params_init(chutes_top_k_params *params, size_t size)
{
    static const chutes_top_k_params DEFAULTS = {
        .similarity = CHUTES_SIMILARITY_COSINE,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_invoke_params_init(chutes_invoke_params *params, size_t size)
{
    static const chutes_invoke_params DEFAULTS = {
        .part_size = sizeof(chutes_invoke_part),
        .header_size = sizeof(chutes_header),
        .send_key = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_account_params_init(chutes_account_params *params, size_t size)
{
    static const chutes_account_params DEFAULTS = {.base_url = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_deploy_params_init(chutes_deploy_params *params, size_t size)
{
    static const chutes_deploy_params DEFAULTS = {
        .scaling_threshold = CHUTES_UNSET,
        .gpu_count = CHUTES_UNSET,
        .min_vram_gb_per_gpu = CHUTES_UNSET,
        .concurrency = CHUTES_UNSET,
        .max_instances = CHUTES_UNSET,
        .shutdown_after_seconds = CHUTES_UNSET,
        .is_public = CHUTES_UNSET,
        .tee = CHUTES_UNSET};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_warmup_params_init(chutes_warmup_params *params, size_t size)
{
    static const chutes_warmup_params DEFAULTS = {
        .wait_timeout_ms = 3600000, .min_poll_ms = 1000, .max_poll_ms = 15000};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_usage_params_init(chutes_usage_params *params, size_t size)
{
    static const chutes_usage_params DEFAULTS = {.page = CHUTES_UNSET,
                                                 .limit = CHUTES_UNSET};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_pricing_params_init(chutes_pricing_params *params, size_t size)
{
    static const chutes_pricing_params DEFAULTS = {.base_url = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_stats_params_init(chutes_stats_params *params, size_t size)
{
    static const chutes_stats_params DEFAULTS = {.base_url = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_chute_describe_params_init(chutes_chute_describe_params *params,
                                       size_t size)
{
    static const chutes_chute_describe_params DEFAULTS = {.slug = NULL};

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_operation_params_init(chutes_operation_params *params, size_t size)
{
    static const chutes_operation_params DEFAULTS = {
        .wait_timeout_ms = 3600000,
        .min_poll_ms = 1000,
        .max_poll_ms = 15000,
        .send_key = CHUTES_UNSET,
    };

    fill(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

void chutes_loop_hooks_init(chutes_loop_hooks *hooks, size_t size)
{
    static const chutes_loop_hooks DEFAULTS = {.user_data = NULL};

    fill(hooks, size, &DEFAULTS, sizeof(DEFAULTS));
}
