/* SPDX-License-Identifier: MIT */
/* Encodes the body of a chat completion request. Tables list the name, offset
 * and range of each optional number; everything else has its own function. */
#include "codec/encoder.h"
#include "codec/request.h"
#include "json/format.h"
#include "json/merge.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* The size of an element in the first release's headers. */
#define LOGIT_BIAS_SIZE_MIN sizeof(chutes_logit_bias)

/* An optional number of chutes_chat_params, sent under its field's name. */
struct double_rule {
    const char *name;
    size_t offset;
    double min;
    double max;
    const char *reason;
};

enum integer_kind { KIND_INT64, KIND_INT, KIND_BOOL };

struct integer_rule {
    const char *name;
    size_t offset;
    enum integer_kind kind;
    int64_t min;
    int64_t max;
    const char *reason;
};

/* A minimum of DBL_TRUE_MIN means "above 0". Maxima on which servers
 * differ, as for the temperature, are left to the server. */
static const struct double_rule DOUBLE_RULES[] = {
    {"temperature", offsetof(chutes_chat_params, temperature), 0, DBL_MAX,
     "must be 0 or more"},
    {"top_p", offsetof(chutes_chat_params, top_p), DBL_TRUE_MIN, 1,
     "must be above 0 and at most 1"},
    {"min_p", offsetof(chutes_chat_params, min_p), 0, 1, "must be 0 to 1"},
    {"frequency_penalty", offsetof(chutes_chat_params, frequency_penalty), -2,
     2, "must be -2 to 2"},
    {"presence_penalty", offsetof(chutes_chat_params, presence_penalty), -2, 2,
     "must be -2 to 2"},
    {"repetition_penalty", offsetof(chutes_chat_params, repetition_penalty),
     DBL_TRUE_MIN, DBL_MAX, "must be above 0"},
};

static const struct integer_rule INTEGER_RULES[] = {
    {"max_tokens", offsetof(chutes_chat_params, max_tokens), KIND_INT64, 1,
     INT64_MAX, "must be 1 or more"},
    {"max_completion_tokens",
     offsetof(chutes_chat_params, max_completion_tokens), KIND_INT64, 1,
     INT64_MAX, "must be 1 or more"},
    {"seed", offsetof(chutes_chat_params, seed), KIND_INT64, INT64_MIN,
     INT64_MAX, ""},
    {"top_k", offsetof(chutes_chat_params, top_k), KIND_INT64, -1, INT64_MAX,
     "must be 1 or more, or -1"},
    {"n", offsetof(chutes_chat_params, n), KIND_INT, 1, 128,
     "must be 1 to 128"},
    {"logprobs", offsetof(chutes_chat_params, logprobs), KIND_BOOL, 0, 1,
     "must be 0 or 1"},
    {"top_logprobs", offsetof(chutes_chat_params, top_logprobs), KIND_INT, 0,
     20, "must be 0 to 20"},
    {"parallel_tool_calls", offsetof(chutes_chat_params, parallel_tool_calls),
     KIND_BOOL, 0, 1, "must be 0 or 1"},
};

#define COUNT(rules) (sizeof(rules) / sizeof((rules)[0]))

static const void *find_field(const chutes_chat_params *params, size_t offset)
{
    return (const unsigned char *)params + offset;
}

static void add_doubles(struct chutes__encoder *encoder,
                        const chutes_chat_params *params)
{
    for (size_t i = 0; i < COUNT(DOUBLE_RULES); i++) {
        const struct double_rule *rule = &DOUBLE_RULES[i];
        double number;

        memcpy(&number, find_field(params, rule->offset), sizeof(number));
        if (number == CHUTES_UNSET) {
            continue;
        }
        if (!isfinite(number)) {
            chutes__encoder_refuse(encoder, rule->name,
                                   "is not a finite number");
        } else if (number < rule->min || number > rule->max) {
            chutes__encoder_refuse(encoder, rule->name, rule->reason);
        }
        /* After a refusal, this adds nothing. */
        chutes__json_add_double(&encoder->writer, rule->name, number);
    }
}

static int64_t read_integer(const chutes_chat_params *params,
                            const struct integer_rule *rule)
{
    int64_t wide;
    int narrow;

    if (rule->kind == KIND_INT64) {
        memcpy(&wide, find_field(params, rule->offset), sizeof(wide));
        return wide;
    }
    memcpy(&narrow, find_field(params, rule->offset), sizeof(narrow));
    return narrow;
}

static void add_integer(struct chutes__encoder *encoder,
                        const struct integer_rule *rule, int64_t number)
{
    if (number == CHUTES_UNSET) {
        return;
    }
    if (number < rule->min || number > rule->max) {
        chutes__encoder_refuse(encoder, rule->name, rule->reason);
    }
    if (rule->kind == KIND_BOOL) {
        chutes__json_add_bool(&encoder->writer, rule->name, number != 0);
    } else {
        chutes__json_add_int(&encoder->writer, rule->name, number);
    }
}

static void add_integers(struct chutes__encoder *encoder,
                         const chutes_chat_params *params)
{
    for (size_t i = 0; i < COUNT(INTEGER_RULES); i++) {
        add_integer(encoder, &INTEGER_RULES[i],
                    read_integer(params, &INTEGER_RULES[i]));
    }
    if (params->top_k == 0) {
        /* 0 means "off" to some servers, and others refuse it. */
        chutes__encoder_refuse(encoder, "top_k", "must be 1 or more, or -1");
    }
    /* vLLM rejects it without logprobs. */
    if (params->top_logprobs != CHUTES_UNSET && params->logprobs != 1) {
        chutes__encoder_refuse(encoder, "top_logprobs", "needs logprobs 1");
    }
}

static void add_stream(struct chutes__encoder *encoder,
                       const chutes_chat_params *params)
{
    if (params->on_event != NULL) {
        chutes__json_add_bool(&encoder->writer, "stream", true);
    }
    if (params->include_usage == CHUTES_UNSET) {
        return;
    }
    if (params->on_event == NULL) {
        chutes__encoder_refuse(encoder, "include_usage", "needs on_event");
    }
    chutes__json_open_object(&encoder->writer, "stream_options");
    chutes__encoder_add_flag(encoder, "include_usage", "include_usage",
                             params->include_usage);
    chutes__json_close_object(&encoder->writer);
}

static void add_bias(struct chutes__encoder *encoder,
                     const chutes_logit_bias *bias)
{
    char key[CHUTES__JSON_INT_SIZE];

    if (bias->token < 0) {
        chutes__encoder_refuse(encoder, "token", "must be 0 or more");
    } else if (!isfinite(bias->bias)) {
        chutes__encoder_refuse(encoder, "bias", "is not a finite number");
    } else if (bias->bias < -100 || bias->bias > 100) {
        chutes__encoder_refuse(encoder, "bias", "must be -100 to 100");
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
                                          LOGIT_BIAS_SIZE_MIN,
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

/* Servers require a name, although most ignore it. */
static const char DEFAULT_SCHEMA_NAME[] = "answer";

/* Refuses fields that have no effect without a json_schema. */
static void refuse_json_schema(struct chutes__encoder *encoder,
                               const chutes_chat_params *params)
{
    static const char reason[] = "needs response_format json_schema";

    if (params->json_schema_name != NULL) {
        chutes__encoder_refuse(encoder, "json_schema_name", reason);
    }
    if (params->json_schema != NULL) {
        chutes__encoder_refuse(encoder, "json_schema", reason);
    }
    if (params->json_schema_description != NULL) {
        chutes__encoder_refuse(encoder, "json_schema_description", reason);
    }
    if (params->json_schema_strict != CHUTES_UNSET) {
        chutes__encoder_refuse(encoder, "json_schema_strict", reason);
    }
}

static void add_json_schema(struct chutes__encoder *encoder,
                            const chutes_chat_params *params)
{
    const char *name = params->json_schema_name;

    if (name == NULL && params->json_schema != NULL) {
        name = DEFAULT_SCHEMA_NAME;
    }
    if (!chutes__encoder_require_name(encoder, name, "json_schema_name") ||
        !chutes__encoder_require(encoder, params->json_schema, "json_schema")) {
        return;
    }
    chutes__json_open_object(&encoder->writer, "json_schema");
    chutes__encoder_add(encoder, "name", name);
    if (params->json_schema_description != NULL) {
        chutes__json_add_string(&encoder->writer, "description",
                                params->json_schema_description,
                                "json_schema_description");
    }
    chutes__json_add_raw(&encoder->writer, "schema", params->json_schema,
                         CHUTES__JSON_OBJECT, "json_schema");
    chutes__encoder_add_flag(encoder, "strict", "json_schema_strict",
                             params->json_schema_strict);
    chutes__json_close_object(&encoder->writer);
}

/* Returns the response format, or NULL if none was set. A schema implies
 * json_schema. */
static const char *choose_format(const chutes_chat_params *params)
{
    return params->response_format == NULL && params->json_schema != NULL
               ? "json_schema"
               : params->response_format;
}

static void add_response_format(struct chutes__encoder *encoder,
                                const chutes_chat_params *params)
{
    const char *type = choose_format(params);
    bool is_schema = type != NULL && strcmp(type, "json_schema") == 0;

    if (!is_schema) {
        refuse_json_schema(encoder, params);
    }
    if (type == NULL) {
        return;
    }
    if (!is_schema && strcmp(type, "text") != 0 &&
        strcmp(type, "json_object") != 0) {
        chutes__encoder_refuse(encoder, "response_format",
                               "must be text, json_object or json_schema");
    }
    chutes__json_open_object(&encoder->writer, "response_format");
    chutes__encoder_add(encoder, "type", type);
    if (is_schema) {
        add_json_schema(encoder, params);
    }
    chutes__json_close_object(&encoder->writer);
}

static void add_rest(struct chutes__encoder *encoder,
                     const chutes_chat_params *params)
{
    chutes__encoder_add(encoder, "user", params->user);
    if (params->reasoning_effort != NULL &&
        chutes__encoder_require(encoder, params->reasoning_effort,
                                "reasoning_effort")) {
        chutes__encoder_add(encoder, "reasoning_effort",
                            params->reasoning_effort);
    }
    if (params->chat_template_kwargs != NULL) {
        chutes__json_add_raw(&encoder->writer, "chat_template_kwargs",
                             params->chat_template_kwargs, CHUTES__JSON_OBJECT,
                             "chat_template_kwargs");
    }
}

static void add_all(struct chutes__encoder *encoder,
                    const chutes_chat_params *params)
{
    if (chutes__encoder_require(encoder, params->model, "model")) {
        chutes__encoder_add(encoder, "model", params->model);
        chutes__encode_messages(encoder, params);
    }
    add_stream(encoder, params);
    add_doubles(encoder, params);
    add_integers(encoder, params);
    if (params->stop_count > 0) {
        chutes__encoder_add_list(encoder, "stop", params->stop, 0,
                                 params->stop_count);
    }
    add_logit_bias(encoder, params);
    chutes__encode_tools(encoder, params);
    add_response_format(encoder, params);
    add_rest(encoder, params);
}

static void encode(struct chutes__encoder *encoder, const void *params)
{
    const chutes_chat_params *chat = params;
    struct chutes__json_merge extra;

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
