/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include <chutes/chutes.h>

#define UNTOUCHED 0x5A

/* One wrapper per function, because their parameters have different types. */
#define DEFINE_INIT(type)                                    \
    static void init_##type(void *object, size_t size)       \
    {                                                        \
        chutes_##type##_init((chutes_##type *)object, size); \
    }
DEFINE_INIT(budget)
DEFINE_INIT(client_options)
DEFINE_INIT(call_options)
DEFINE_INIT(chat_params)
DEFINE_INIT(embed_params)
DEFINE_INIT(models_params)
DEFINE_INIT(model_filter)
DEFINE_INIT(invoke_params)
DEFINE_INIT(rerank_params)
DEFINE_INIT(image_params)
DEFINE_INIT(speech_params)
DEFINE_INIT(video_params)
DEFINE_INIT(transcribe_params)
DEFINE_INIT(top_k_params)
DEFINE_INIT(detokenize_params)
DEFINE_INIT(tokenize_params)
DEFINE_INIT(complete_params)
DEFINE_INIT(score_params)
DEFINE_INIT(classify_params)
DEFINE_INIT(operation_params)
DEFINE_INIT(chute_describe_params)
DEFINE_INIT(chutes_params)
DEFINE_INIT(chute_get_params)
DEFINE_INIT(chute_code_params)
DEFINE_INIT(account_params)
DEFINE_INIT(pricing_params)
DEFINE_INIT(stats_params)
DEFINE_INIT(deploy_params)
DEFINE_INIT(usage_params)
DEFINE_INIT(warmup_params)
DEFINE_INIT(loop_hooks)
DEFINE_INIT(tracer)

static const struct {
    const char *name;
    void (*init)(void *object, size_t size);
    size_t size;
} ROWS[] = {
    {"budget", init_budget, sizeof(chutes_budget)},
    {"client_options", init_client_options, sizeof(chutes_client_options)},
    {"call_options", init_call_options, sizeof(chutes_call_options)},
    {"chat_params", init_chat_params, sizeof(chutes_chat_params)},
    {"embed_params", init_embed_params, sizeof(chutes_embed_params)},
    {"models_params", init_models_params, sizeof(chutes_models_params)},
    {"model_filter", init_model_filter, sizeof(chutes_model_filter)},
    {"invoke_params", init_invoke_params, sizeof(chutes_invoke_params)},
    {"rerank_params", init_rerank_params, sizeof(chutes_rerank_params)},
    {"image_params", init_image_params, sizeof(chutes_image_params)},
    {"transcribe_params", init_transcribe_params,
     sizeof(chutes_transcribe_params)},
    {"video_params", init_video_params, sizeof(chutes_video_params)},
    {"speech_params", init_speech_params, sizeof(chutes_speech_params)},
    {"classify_params", init_classify_params, sizeof(chutes_classify_params)},
    {"complete_params", init_complete_params, sizeof(chutes_complete_params)},
    {"score_params", init_score_params, sizeof(chutes_score_params)},
    {"tokenize_params", init_tokenize_params, sizeof(chutes_tokenize_params)},
    {"detokenize_params", init_detokenize_params,
     sizeof(chutes_detokenize_params)},
    {"account_params", init_account_params, sizeof(chutes_account_params)},
    {"pricing_params", init_pricing_params, sizeof(chutes_pricing_params)},
    {"stats_params", init_stats_params, sizeof(chutes_stats_params)},
    {"deploy_params", init_deploy_params, sizeof(chutes_deploy_params)},
    {"usage_params", init_usage_params, sizeof(chutes_usage_params)},
    {"chute_describe_params", init_chute_describe_params,
     sizeof(chutes_chute_describe_params)},
    {"chutes_params", init_chutes_params, sizeof(chutes_chutes_params)},
    {"chute_get_params", init_chute_get_params,
     sizeof(chutes_chute_get_params)},
    {"chute_code_params", init_chute_code_params,
     sizeof(chutes_chute_code_params)},
    {"warmup_params", init_warmup_params, sizeof(chutes_warmup_params)},
    {"operation_params", init_operation_params,
     sizeof(chutes_operation_params)},
    {"top_k_params", init_top_k_params, sizeof(chutes_top_k_params)},
    {"loop_hooks", init_loop_hooks, sizeof(chutes_loop_hooks)},
    {"tracer", init_tracer, sizeof(chutes_tracer)},
};

/* Holds any of the structs, with room after it. */
union room {
    size_t struct_size;
    unsigned char bytes[2048];
};

static void fill(size_t row, union room *room, size_t size)
{
    memset(room, UNTOUCHED, sizeof(*room));
    ROWS[row].init(room, size);
}

static void expect_bytes(const union room *room, size_t from, size_t to,
                         unsigned char want)
{
    for (size_t i = from; i < to; i++) {
        assert_int_equal(room->bytes[i], want);
    }
}

static void null_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ROWS[i].init(NULL, ROWS[i].size);
    }
}

static void struct_size_is_what_the_caller_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const size_t sizes[] = {sizeof(size_t), ROWS[i].size, ROWS[i].size + 8};

        for (size_t j = 0; j < COUNT(sizes); j++) {
            union room room;

            fill(i, &room, sizes[j]);
            assert_int_equal(room.struct_size, sizes[j]);
        }
    }
}

static void an_older_caller_gets_the_members_that_it_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const size_t size = ROWS[i].size - sizeof(void *);
        const size_t begin = sizeof(size_t);
        union room older;
        union room whole;

        fill(i, &older, size);
        fill(i, &whole, ROWS[i].size);
        assert_memory_equal(older.bytes + begin, whole.bytes + begin,
                            size - begin);
        expect_bytes(&older, size, sizeof(older), UNTOUCHED);
    }
}

static void what_a_newer_caller_has_besides_is_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        union room room;

        fill(i, &room, ROWS[i].size + 24);
        expect_bytes(&room, ROWS[i].size, ROWS[i].size + 24, 0);
        expect_bytes(&room, ROWS[i].size + 24, sizeof(room), UNTOUCHED);
    }
}

static void no_byte_behind_a_tiny_size_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        for (size_t size = 0; size < sizeof(size_t); size++) {
            union room room;

            fill(i, &room, size);
            expect_bytes(&room, size, sizeof(room), UNTOUCHED);
        }
    }
}

static void the_sizes_of_elements_are_set(void **state)
{
    const chutes_chat_params params = chutes_chat_params_default();
    const chutes_message message = chutes_message_of("user", "hello");

    (void)state;
    assert_int_equal(chutes_client_options_default().header_size,
                     sizeof(chutes_header));
    assert_int_equal(params.message_size, sizeof(chutes_message));
    assert_int_equal(params.tool_size, sizeof(chutes_tool));
    assert_int_equal(chutes_tokenize_params_default().message_size,
                     sizeof(chutes_message));
    assert_int_equal(params.logit_bias_size, sizeof(chutes_logit_bias));
    assert_int_equal(message.part_size, sizeof(chutes_content_part));
    assert_int_equal(message.tool_call_size, sizeof(chutes_tool_call));
    assert_string_equal(message.content, "hello");
    assert_null(message.extra_json);
}

static void optional_numbers_are_unset(void **state)
{
    const chutes_chat_params chat = chutes_chat_params_default();
    const chutes_call_options call = chutes_call_options_default();
    const chutes_rerank_params rerank = chutes_rerank_params_default();
    const chutes_score_params score = chutes_score_params_default();
    const chutes_tokenize_params tokenize = chutes_tokenize_params_default();
    const double doubles[] = {chat.temperature,
                              chat.top_p,
                              chat.min_p,
                              chat.frequency_penalty,
                              chat.presence_penalty,
                              chat.repetition_penalty};
    const int64_t integers[] = {chat.max_tokens,
                                chat.max_completion_tokens,
                                chat.seed,
                                chat.top_k,
                                chat.n,
                                chat.logprobs,
                                chat.top_logprobs,
                                chat.parallel_tool_calls,
                                chat.include_usage,
                                chat.json_schema_strict,
                                chat.include_reasoning,
                                chat.thinking_token_budget,
                                chat.min_tokens,
                                chat.priority,
                                chat.continuous_usage_stats,
                                chat.include_obfuscation,
                                chat.store,
                                chat.ignore_eos,
                                chat.skip_special_tokens,
                                chat.continue_final_message,
                                chat.add_generation_prompt,
                                chat.return_token_ids,
                                chat.prompt_logprobs,
                                chat.thinking,
                                chutes_embed_params_default().keep_raw,
                                chutes_embed_params_default().dimensions,
                                rerank.top_n,
                                rerank.return_documents,
                                score.apply_softmax,
                                score.item_first,
                                tokenize.add_special_tokens,
                                tokenize.add_generation_prompt,
                                tokenize.return_token_texts,
                                call.connect_timeout_ms,
                                call.first_byte_timeout_ms,
                                call.idle_timeout_ms,
                                call.progress_timeout_ms,
                                call.total_timeout_ms,
                                call.retry_policy,
                                call.max_attempts};

    (void)state;
    for (size_t i = 0; i < COUNT(doubles); i++) {
        assert_true(doubles[i] == CHUTES_UNSET);
    }
    for (size_t i = 0; i < COUNT(integers); i++) {
        assert_int_equal(integers[i], CHUTES_UNSET);
    }
    assert_int_equal(chat.accumulate, 1);
    assert_int_equal(chat.skip_validation, 0);
}

static void optional_numbers_of_media_are_unset(void **state)
{
    const chutes_image_params image = chutes_image_params_default();
    const chutes_speech_params speech = chutes_speech_params_default();
    const chutes_transcribe_params sound = chutes_transcribe_params_default();
    const chutes_video_params video = chutes_video_params_default();
    const double numbers[] = {(double)image.width,
                              (double)image.height,
                              (double)image.seed,
                              (double)image.num_inference_steps,
                              image.guidance_scale,
                              image.true_cfg_scale,
                              speech.speed,
                              sound.temperature,
                              sound.segment_timestamps,
                              sound.word_timestamps,
                              (double)video.width,
                              (double)video.height,
                              (double)video.num_frames,
                              (double)video.num_inference_steps,
                              (double)video.seed,
                              video.duration,
                              video.fps,
                              video.guidance_scale};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_true(numbers[i] == CHUTES_UNSET);
    }
    assert_int_equal(image.image_input_size, sizeof(chutes_image_input));
    assert_int_equal(sound.format, CHUTES_TRANSCRIPT_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_ignored),
        cmocka_unit_test(struct_size_is_what_the_caller_says),
        cmocka_unit_test(an_older_caller_gets_the_members_that_it_has),
        cmocka_unit_test(what_a_newer_caller_has_besides_is_zero),
        cmocka_unit_test(no_byte_behind_a_tiny_size_is_written),
        cmocka_unit_test(the_sizes_of_elements_are_set),
        cmocka_unit_test(optional_numbers_are_unset),
        cmocka_unit_test(optional_numbers_of_media_are_unset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
