/* SPDX-License-Identifier: MIT */
/* Encodes the body of a chat completion request. The tables of chat_rules.c
 * list the parameters that are a single value; each of the others has its own
 * function. */
#include "base/count.h"
#include "codec/encoder.h"
#include "codec/request.h"
#include "json/format.h"
#include "json/merge.h"

#include <math.h>
#include <string.h>

/* The size of an element in the first release's headers. */
#define MIN_LOGIT_BIAS_SIZE sizeof(chutes_logit_bias)

static void add_stream_options(struct chutes__encoder *encoder,
                               const chutes_chat_params *params)
{
    const struct {
        const char *name;
        int flag;
    } options[] = {
        {"include_usage", params->include_usage},
        {"continuous_usage_stats", params->continuous_usage_stats},
        {"include_obfuscation", params->include_obfuscation},
    };
    bool is_open = false;

    for (size_t i = 0; i < CHUTES__COUNT(options); i++) {
        if (options[i].flag == CHUTES_UNSET) {
            continue;
        }
        if (params->on_event == NULL) {
            chutes__encoder_doubt(encoder, options[i].name, "needs on_event");
        }
        if (!is_open) {
            chutes__json_open_object(&encoder->writer, "stream_options");
            is_open = true;
        }
        chutes__encoder_add_flag(encoder, options[i].name, options[i].name,
                                 options[i].flag);
    }
    if (is_open) {
        chutes__json_close_object(&encoder->writer);
    }
}

void chutes__encode_stream(struct chutes__encoder *encoder,
                           const chutes_chat_params *params)
{
    if (params->on_event != NULL) {
        chutes__json_add_bool(&encoder->writer, "stream", true);
    }
    add_stream_options(encoder, params);
}

static void add_bias(struct chutes__encoder *encoder,
                     const chutes_logit_bias *bias)
{
    char key[CHUTES__JSON_INT_SIZE];

    if (bias->token < 0) {
        chutes__encoder_doubt(encoder, "token", "must be 0 or more");
    }
    if (!isfinite(bias->bias)) {
        chutes__encoder_refuse(encoder, "bias", "is not a finite number");
    } else if (bias->bias < -100 || bias->bias > 100) {
        chutes__encoder_doubt(encoder, "bias", "must be -100 to 100");
    }
    (void)chutes__json_format_int(key, bias->token);
    chutes__json_add_double(&encoder->writer, key, bias->bias);
}

static void add_logit_bias(struct chutes__encoder *encoder,
                           const chutes_chat_params *params)
{
    const struct chutes__stride stride = {params->logit_bias,
                                          params->logit_bias_count,
                                          params->logit_bias_size,
                                          MIN_LOGIT_BIAS_SIZE,
                                          "logit_bias",
                                          "logit_bias_size"};
    chutes_logit_bias bias;

    if (stride.count == 0 || !chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_object(&encoder->writer, "logit_bias");
    encoder->list = "logit_bias";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->index = i;
        chutes__stride_copy(&stride, i, &bias, sizeof(bias));
        add_bias(encoder, &bias);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_object(&encoder->writer);
    encoder->list = NULL;
}

void chutes__encode_lists(struct chutes__encoder *encoder,
                          const chutes_chat_params *params)
{
    const struct {
        const char *name;
        const char *const *texts;
        size_t count;
    } lists[] = {
        {"stop", params->stop, params->stop_count},
        {"bad_words", params->bad_words, params->bad_word_count},
        {"modalities", params->modalities, params->modality_count},
    };

    for (size_t i = 0; i < CHUTES__COUNT(lists); i++) {
        if (lists[i].count > 0) {
            chutes__encoder_add_list(encoder, lists[i].name, lists[i].texts, 0,
                                     lists[i].count);
        }
    }
    chutes__encoder_add_tokens(encoder, "stop_token_ids",
                               params->stop_token_ids,
                               params->stop_token_id_count);
    chutes__encoder_add_tokens(encoder, "allowed_token_ids",
                               params->allowed_token_ids,
                               params->allowed_token_id_count);
    add_logit_bias(encoder, params);
}

void chutes__check_reasoning_tags(struct chutes__encoder *encoder,
                                  chutes_reasoning_tags tags)
{
    if (tags < CHUTES_REASONING_TAGS_OFF || tags > CHUTES_REASONING_TAGS_OPEN) {
        chutes__encoder_refuse(encoder, "reasoning_tags",
                               "is not a chutes_reasoning_tags");
    }
}

static void add_all(struct chutes__encoder *encoder,
                    const chutes_chat_params *params)
{
    if (chutes__encoder_require(encoder, params->model, "model")) {
        chutes__encoder_add(encoder, "model", params->model);
        chutes__encode_messages(encoder, params->messages,
                                params->message_count, params->message_size);
    }
    chutes__encode_stream(encoder, params);
    chutes__encode_numbers(encoder, params);
    chutes__encode_lists(encoder, params);
    chutes__encode_tools(encoder, params);
    chutes__encode_format(encoder, params);
    chutes__encode_texts(encoder, params);
}

static void encode(struct chutes__encoder *encoder, const void *params)
{
    const chutes_chat_params *chat = params;
    struct chutes__json_merge extra;

    encoder->skips_validation = chat->skip_validation != 0;
    chutes__check_reasoning_tags(encoder, chat->reasoning_tags);
    if (chat->tee_only != 0 && chat->tee_only != 1) {
        chutes__encoder_refuse(encoder, "tee_only", "must be 0 or 1");
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, chat->extra_json);
    add_all(encoder, chat);
    /* It can't set `stream`: on_event decides that, and how the answer is
     * read. */
    chutes__json_merge_end(&encoder->writer, &extra, "stream", "extra_json");
    chutes__json_close_object(&encoder->writer);
    chutes__encode_fallbacks(encoder, chat);
}

chutes_status chutes__encode_chat(const chutes_chat_params *params,
                                  size_t max_depth, struct chutes__buf *body,
                                  chutes_error *error)
{
    return chutes__encoder_run(encode, params, max_depth, body, error);
}
