/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <chutes/chutes.h>

#include "base/error.h"
#include "codec/endpoint.h"
#include "codec/transcript_stream.h"

enum { MAX_DEPTH = 64, SENT = 3, MAX_RESPONSE = 512, MAX_STREAM = 1 << 20 };

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

/* Reads the lines as the events of a transcript. */
static void stream(const uint8_t *data, size_t size)
{
    struct chutes__transcript_stream stream;
    chutes_status status = CHUTES_OK;
    chutes_error error;

    chutes__error_clear(&error);
    chutes__transcript_stream_init(&stream, MAX_STREAM, MAX_DEPTH);
    for (size_t at = 0; status == CHUTES_OK && at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end != NULL ? (size_t)(end - data) - at : size - at;

        status = chutes__transcript_stream_take(
            &stream, (struct chutes__slice){(const char *)data + at, len},
            false, &error);
        assert(stream.text.delta_at <= stream.text.buf.len);
        assert(stream.text.buf.len <= size + 3);
        at += len + 1;
    }
    if (status == CHUTES_OK) {
        status = chutes__transcript_stream_finish(&stream, &error);
    }
    assert(status != CHUTES_ERR_NO_MEMORY);
    assert(error.status == status);
    chutes__transcript_stream_dispose(&stream);
}

/* Runs the decoders of all endpoints on the same bytes. */
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
    stream(data, size);
    decode(&chutes__chute_list_endpoint, NULL, data, size);
    decode(&chutes__chute_get_endpoint, NULL, data, size);
    decode(&chutes__chute_code_endpoint, NULL, data, size);
    decode(&chutes__deploy_endpoint, NULL, data, size);
    decode(&chutes__pricing_endpoint, NULL, data, size);
    decode(&chutes__stats_endpoint, NULL, data, size);
    decode(&chutes__usage_endpoint, NULL, data, size);
    decode(&chutes__tokenize_endpoint, NULL, data, size);
    decode(&chutes__detokenize_endpoint, NULL, data, size);
    return 0;
}
