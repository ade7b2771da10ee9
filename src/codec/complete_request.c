/* SPDX-License-Identifier: MIT */
/* Encodes the body of a text completion. The parameters that a chat has, too,
 * are checked and added like those of a chat. */
#include "codec/complete_request.h"

#include "base/params.h"
#include "codec/encoder.h"
#include "codec/request.h"
#include "json/merge.h"

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

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

chutes_chat_params
chutes__complete_as_chat(const chutes_complete_params *params)
{
    chutes_chat_params chat = chutes_chat_params_default();

    chat.model = params->model;
    chat.on_event = params->on_event;
    chat.user_data = params->user_data;
    chat.temperature = params->temperature;
    chat.top_p = params->top_p;
    chat.min_p = params->min_p;
    chat.frequency_penalty = params->frequency_penalty;
    chat.presence_penalty = params->presence_penalty;
    chat.repetition_penalty = params->repetition_penalty;
    chat.min_tokens = params->min_tokens;
    chat.seed = params->seed;
    chat.top_k = params->top_k;
    chat.n = params->n;
    chat.include_usage = params->include_usage;
    chat.ignore_eos = params->ignore_eos;
    chat.skip_special_tokens = params->skip_special_tokens;
    chat.return_token_ids = params->return_token_ids;
    chat.accumulate = params->accumulate;
    chat.skip_validation = params->skip_validation;
    chat.reasoning_tags = params->reasoning_tags;
    chat.stop = params->stop;
    chat.stop_count = params->stop_count;
    chat.stop_token_ids = params->stop_token_ids;
    chat.stop_token_id_count = params->stop_token_id_count;
    chat.logit_bias = params->logit_bias;
    chat.logit_bias_count = params->logit_bias_count;
    chat.logit_bias_size = params->logit_bias_size;
    chat.user = params->user;
    chat.extra_json = params->extra_json;
    chat.call_options = params->call_options;
    /* 0 is valid for a completion, so add_own_numbers() checks it. */
    chat.max_tokens =
        params->max_tokens > 0 ? params->max_tokens : CHUTES_UNSET;
    return chat;
}

/* Returns the number of prompts that the parameters have themselves. */
static size_t count_own_prompts(const chutes_complete_params *params)
{
    if (params->prompts != NULL) {
        return params->prompt_count;
    }
    return params->token_prompts != NULL ? params->token_prompt_count : 1;
}

size_t chutes__complete_prompts(const chutes_complete_params *params)
{
    size_t extra = chutes__extra_prompts(params->extra_json);

    return extra > 0 ? extra : count_own_prompts(params);
}

static void add_prompt(struct chutes__encoder *encoder,
                       const chutes_complete_params *params)
{
    int given = (params->prompt != NULL) + (params->prompts != NULL) +
                (params->token_prompts != NULL);

    if (given != 1) {
        chutes__encoder_refuse(encoder, "prompt",
                               given == 0
                                   ? "or prompts or token_prompts must be set"
                                   : "excludes prompts and token_prompts");
    } else if (count_own_prompts(params) == 0) {
        chutes__encoder_refuse(
            encoder, params->prompts != NULL ? "prompts" : "token_prompts",
            "must not be empty");
    } else if (params->prompts != NULL) {
        chutes__encoder_add_list_as(encoder, "prompt", "prompts",
                                    params->prompts, 0, params->prompt_count);
    } else if (params->token_prompts != NULL) {
        chutes__encoder_add_token_lists(encoder, "prompt", "token_prompts",
                                        params->token_prompts, 0,
                                        params->token_prompt_count);
    } else if (chutes__encoder_require(encoder, params->prompt, "prompt")) {
        chutes__encoder_add(encoder, "prompt", params->prompt);
    }
}

static void add_number(struct chutes__encoder *encoder, const char *field,
                       int64_t number, int64_t least, const char *reason)
{
    if (number == CHUTES_UNSET) {
        return;
    }
    if (number < least) {
        chutes__encoder_doubt(encoder, field, reason);
    }
    chutes__json_add_int(&encoder->writer, field, number);
}

/* Adds the numbers that a chat doesn't have, or has with another meaning. */
static void add_own_numbers(struct chutes__encoder *encoder,
                            const chutes_complete_params *params)
{
    int n = params->n != CHUTES_UNSET ? params->n : 1;

    if (params->max_tokens <= 0) {
        add_number(encoder, "max_tokens", params->max_tokens,
                   params->echo == 1 ? 0 : 1,
                   "must be 1 or more, or 0 with echo 1");
    }
    add_number(encoder, "best_of", params->best_of, n, "must be n or more");
    if (params->best_of != CHUTES_UNSET && params->on_event != NULL) {
        chutes__encoder_doubt(encoder, "best_of", "excludes on_event");
    }
    add_number(encoder, "logprobs", params->logprobs, 0, "must be 0 or more");
    chutes__encoder_add_flag(encoder, "echo", "echo", params->echo);
    chutes__encoder_add_flag(encoder, "add_special_tokens",
                             "add_special_tokens", params->add_special_tokens);
}

/* A text that begins with the prompt doesn't begin with the reasoning. */
static void check_tags(struct chutes__encoder *encoder,
                       const chutes_complete_params *params)
{
    chutes__check_reasoning_tags(encoder, params->reasoning_tags);
    if (params->reasoning_tags != CHUTES_REASONING_TAGS_OFF &&
        params->echo == 1) {
        chutes__encoder_refuse(encoder, "reasoning_tags", "excludes echo");
    }
}

static void encode(struct chutes__encoder *encoder, const void *of_complete)
{
    const chutes_complete_params *params = of_complete;
    const chutes_chat_params chat = chutes__complete_as_chat(params);
    struct chutes__json_merge extra;

    encoder->skips_validation = params->skip_validation != 0;
    check_tags(encoder, params);
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, params->extra_json);
    if (chutes__encoder_require(encoder, params->model, "model")) {
        chutes__encoder_add(encoder, "model", params->model);
        add_prompt(encoder, params);
    }
    chutes__encoder_add(encoder, "suffix", params->suffix);
    chutes__encode_stream(encoder, &chat);
    chutes__encode_numbers(encoder, &chat);
    add_own_numbers(encoder, params);
    chutes__encode_lists(encoder, &chat);
    chutes__encode_texts(encoder, &chat);
    chutes__json_merge_end(&encoder->writer, &extra, "stream", "extra_json");
    chutes__json_close_object(&encoder->writer);
}

chutes_status chutes__encode_complete(const void *params, size_t max_depth,
                                      struct chutes__buf *body,
                                      chutes_error *error)
{
    return chutes__encoder_run(encode, params, max_depth, body, error);
}
