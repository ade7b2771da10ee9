/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "base/error.h"
#include "codec/endpoint.h"

enum { MAX_DEPTH = 64, SENT = 3, MAX_RESPONSE = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const struct chutes__endpoint *endpoint, const void *params,
                   const uint8_t *data, size_t size)
{
    double response[MAX_RESPONSE / sizeof(double)] = {0};
    struct chutes__arena arena;
    const struct chutes__endpoint_answer answer = {
        .text = (const char *)data,
        .len = size,
        .max_depth = MAX_DEPTH,
        .params = params,
        .arena = &arena,
    };
    chutes_error error;
    chutes_status status;

    assert(endpoint->response_size <= sizeof(response));
    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    status = endpoint->decode(&answer, response, &error);
    assert(status != CHUTES_ERR_NO_MEMORY);
    assert(error.status == status);
    assert((status == CHUTES_OK) == (error.message[0] == '\0'));
    chutes__arena_dispose(&arena);
}

/* The decoders of all endpoints over the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chutes_rerank_params rerank = chutes_rerank_params_default();
    chutes_classify_params classify = chutes_classify_params_default();
    chutes_score_params score = chutes_score_params_default();
    chutes_transcribe_params transcribe = chutes_transcribe_params_default();

    rerank.document_count = SENT;
    decode(&chutes__rerank_endpoint, &rerank, data, size);
    rerank.top_n = 1;
    decode(&chutes__rerank_endpoint, &rerank, data, size);
    classify.input_count = SENT;
    decode(&chutes__classify_endpoint, &classify, data, size);
    score.text_count = SENT;
    decode(&chutes__score_endpoint, &score, data, size);
    score.label_token_count = 2;
    decode(&chutes__score_endpoint, &score, data, size);
    decode(&chutes__image_endpoint, NULL, data, size);
    decode(&chutes__speech_endpoint, NULL, data, size);
    decode(&chutes__video_endpoint, NULL, data, size);
    decode(&chutes__transcribe_endpoint, &transcribe, data, size);
    transcribe.format = CHUTES_TRANSCRIPT_SRT;
    decode(&chutes__transcribe_endpoint, &transcribe, data, size);
    decode(&chutes__pricing_endpoint, NULL, data, size);
    decode(&chutes__stats_endpoint, NULL, data, size);
    decode(&chutes__usage_endpoint, NULL, data, size);
    decode(&chutes__tokenize_endpoint, NULL, data, size);
    decode(&chutes__detokenize_endpoint, NULL, data, size);
    return 0;
}
