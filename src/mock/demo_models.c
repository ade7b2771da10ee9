/* SPDX-License-Identifier: MIT */
/* GET /models and GET /models/ID, and which model answers for a name. */
#include "mock/demo_internal.h"

#include "base/count.h"
#include "mock/demo_json.h"

#include <stdio.h>
#include <string.h>

struct model {
    const char *name;
    const char *root;
    int context_length;
    int max_output_length;
    const char *price; /* US dollars per million tokens of either direction */
    const char *features;
    const char *parameters;
};

static const struct model MODELS[] = {
    {MOCK_DEMO_CHAT_MODEL, "markov chain, order 2, 60 sentences", 8192, 256,
     "0.0", "[\"json_mode\",\"structured_outputs\",\"tools\",\"reasoning\"]",
     "[\"max_tokens\",\"seed\",\"n\",\"tools\",\"response_format\"]"},
    {MOCK_DEMO_PARROT_MODEL, "repeats the last message", 8192, 8192, "0.0",
     "[\"json_mode\",\"structured_outputs\",\"tools\",\"reasoning\"]",
     "[\"max_tokens\",\"n\"]"},
    {MOCK_DEMO_EMBEDDING_MODEL, "hashed words and trigrams", 8192, 0, "0.0",
     "[\"embeddings\"]", "[\"dimensions\",\"encoding_format\"]"},
};

enum { MODEL_COUNT = CHUTES__COUNT(MODELS) };

/* The default models of the command and of the examples. */
static const char *const ALIASES[] = {"deepseek-ai/DeepSeek-V3.2",
                                      "Qwen/Qwen3-Embedding-8B",
                                      "Qwen/Qwen2.5-VL-32B-Instruct"};

static bool is_alias(const struct chutes__json_value *wanted)
{
    for (size_t i = 0; i < CHUTES__COUNT(ALIASES); i++) {
        if (mock_demo_string_is(wanted, ALIASES[i])) {
            return true;
        }
    }
    return false;
}

const char *mock_demo_model(struct mock_demo_exchange *exchange,
                            const struct chutes__json_value *wanted,
                            const char *otherwise)
{
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        if (mock_demo_string_is(wanted, MODELS[i].name)) {
            return MODELS[i].name;
        }
    }
    if (wanted->type == CHUTES__JSON_NONE || is_alias(wanted) ||
        mock_demo_state_has_alias(&exchange->demo->state, wanted->text.data,
                                  wanted->text.len) ||
        exchange->demo->options.takes_any_model) {
        return otherwise;
    }
    mock_demo_send_no_model(exchange, wanted->text.data, wanted->text.len);
    return NULL;
}

static void put_model(struct mock_bytes *out, const struct model *model)
{
    (void)mock_bytes_appendf(
        out,
        "{\"id\":\"%s\",\"root\":\"%s\",\"object\":\"model\","
        "\"created\":1767225600,\"owned_by\":\"demo\",\"parent\":null,"
        "\"chute_id\":\"00000000-0000-4000-8000-%012zx\","
        "\"price\":{\"input\":{\"usd\":%s},\"output\":{\"usd\":%s}},"
        "\"pricing\":{\"prompt\":%s,\"completion\":%s},"
        "\"quantization\":\"none\",\"max_model_len\":%d,"
        "\"context_length\":%d,\"max_output_length\":%d,"
        "\"input_modalities\":[\"text\"],\"output_modalities\":[\"text\"],"
        "\"supported_features\":%s,\"supported_sampling_parameters\":%s,"
        "\"confidential_compute\":false}",
        model->name, model->root, (size_t)(model - MODELS) + 1, model->price,
        model->price, model->price, model->price, model->context_length,
        model->context_length, model->max_output_length, model->features,
        model->parameters);
}

void mock_demo_answer_models(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        (void)mock_bytes_append(&body, ",", i > 0 ? 1 : 0);
        put_model(&body, &MODELS[i]);
    }
    (void)mock_bytes_appendf(&body, "]}");
    mock_demo_send_json(exchange, 200, &body);
    mock_bytes_dispose(&body);
}

/* Decodes percent escapes in place. */
static void decode_path(char *path)
{
    char *to = path;

    for (; *path != '\0'; path++) {
        unsigned code;

        if (sscanf(path, "%%%2x", &code) == 1 && code != 0) {
            *to++ = (char)code;
            path += 2;
        } else {
            *to++ = *path;
        }
    }
    *to = '\0';
}

void mock_demo_answer_model(struct mock_demo_exchange *exchange)
{
    const char *name = strstr(exchange->request->path, "/models/");
    struct mock_bytes body = {0};
    char wanted[128];

    (void)snprintf(wanted, sizeof(wanted), "%s", name + strlen("/models/"));
    decode_path(wanted);
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        if (strcmp(wanted, MODELS[i].name) == 0) {
            put_model(&body, &MODELS[i]);
            mock_demo_send_json(exchange, 200, &body);
            mock_bytes_dispose(&body);
            return;
        }
    }
    mock_demo_send_no_model(exchange, wanted, strlen(wanted));
}
