/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "demo_ask.h"

/* What the mock answers to a request, or a part of it. */
static const struct {
    const char *path;
    const char *request;
    int status;
    const char *want;
} ROWS[] = {
    {"/v1/rerank", "{\"query\":\"the ship\",\"documents\":[\"a\\\"b\",7]}", 200,
     "\"results\":[{\"index\":0,\"document\":{\"text\":\"a\\\"b\"},"
     "\"relevance_score\":0.0000000},{\"index\":1,\"document\":{\"text\":\"\"},"
     "\"relevance_score\":0.0000000}],\"usage\":{\"prompt_tokens\":11,"
     "\"total_tokens\":11}}"},
    {"/rerank", "{\"query\":\"ship\",\"documents\":[\"Ship\"]}", 200,
     "\"relevance_score\":1.0000000"},
    {"/v1/completions",
     "{\"model\":\"demo/parrot-1\",\"prompt\":[\"a b\",\"c\"],\"echo\":true,"
     "\"max_tokens\":1,\"logprobs\":0}",
     200,
     "\"choices\":[{\"index\":0,\"text\":\"a ba\",\"logprobs\":{\"tokens\":"
     "[\"a ba\"],\"token_logprobs\":[-0.5],\"top_logprobs\":[null],"
     "\"text_offset\":[0]},\"finish_reason\":\"length\"},{\"index\":1,\"text\":"
     "\"cc\",\"logprobs\":{\"tokens\":[\"cc\"],\"token_logprobs\":[-0.5],"
     "\"top_logprobs\":[null],\"text_offset\":[0]},\"finish_reason\":"
     "\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
     "\"total_tokens\":5}}"},
    {"/completions", "{\"prompt\":[1,2],\"n\":2}", 200, "\"index\":1"},
    {"/completions", "{\"prompt\":\"a\",\"n\":17}", 400, "n must be 1 to 16"},
    {"/completions", "{\"n\":1}", 422, "prompt"},
    {"/rerank", "{\"query\":\"ship\",\"documents\":[]}", 422, "documents"},
    {"/rerank", "{\"documents\":[\"a\"]}", 422, "query"},
    {"/rerank",
     "{\"model\":\"other\",\"query\":\"ship\",\"documents\":[\"a\"]}", 404,
     "other"},
    {"/score", "{\"text_1\":\"ship\",\"text_2\":[\"ship\",\"zzz\"]}", 200,
     "\"data\":[{\"index\":0,\"object\":\"score\",\"score\":1.0000000},"
     "{\"index\":1,\"object\":\"score\",\"score\":0.0000000}]"},
    {"/score", "{\"text_1\":\"ship\",\"text_2\":\"ship\"}", 200,
     "\"data\":[{\"index\":0,\"object\":\"score\",\"score\":1.0000000}]"},
    {"/score", "{\"text_2\":\"ship\"}", 422, "text_1"},
    {"/classify", "{\"input\":[\"why?\",\"so.\"]}", 200,
     "\"data\":[{\"index\":0,\"label\":\"question\",\"probs\":[0.1,0.9],"
     "\"num_classes\":2},{\"index\":1,\"label\":\"statement\","
     "\"probs\":[0.9,0.1],\"num_classes\":2}]"},
    {"/classify", "{}", 422, "input"},
    {"/tokenize", "{\"prompt\":\"a\\n\",\"return_token_strs\":true}", 200,
     "{\"count\":2,\"max_model_len\":8192,\"tokens\":[97,10],"
     "\"token_strs\":[\"<0x61>\",\"<0x0A>\"]}"},
    {"/tokenize", "{" HELLO "}", 200,
     "\"tokens\":[72,101,108,108,111,10],\"token_strs\":null}"},
    {"/tokenize", "{}", 422, "prompt"},
    {"/detokenize", "{\"tokens\":[104,105]}", 200, "{\"prompt\":\"hi\"}"},
    {"/detokenize", "{\"tokens\":[]}", 200, "{\"prompt\":\"\"}"},
    {"/detokenize", "{\"tokens\":[256]}", 400, "0 to 255"},
    {"/detokenize", "{}", 422, "tokens"},
    {"/generate", "{\"prompt\":\"a ship\"}", 200, "\x89PNG"},
    {"/generate", "{}", 422, "prompt"},
    {"/v1/images/generations", "{\"prompt\":\"a ship\"}", 200,
     "{\"created\":0,\"data\":[{\"b64_json\":\"iVBORw0K"},
    {"/v1/images/generations", "{}", 422, "prompt"},
    {"/text2video", "{}", 422, "prompt"},
    {"/speak", "{\"text\":\"a ship\"}", 200, "RIFF"},
    {"/speak", "{\"input\":\"a ship\"}", 422, "text"},
    {"/v1/audio/speech", "{\"input\":\"a ship\"}", 200, "RIFF"},
    {"/v1/audio/speech", "{}", 422, "input"},
    {"/transcribe", "{\"audio_b64\":\"\"}", 200,
     "[{\"start\":0.0,\"end\":0.1,\"text\":\"Beep.\"}]"},
    {"/transcribe", "{}", 422, "audio_b64"},
    {"/v1/audio/transcriptions", "form-data; name=\"file\"; filename=\"a\"",
     200, "{\"text\":\"Beep.\",\"language\":\"en\",\"duration\":0.1}"},
    {"/v1/audio/translations", "{}", 422, "file"},
};

static void engines_are_imitated_as_vllm_has_them(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        assert_int_equal(post(demo, ROWS[i].path, ROWS[i].request), 0);
        if (status() != ROWS[i].status ||
            strstr(body(), ROWS[i].want) == NULL) {
            fail_msg("%s\n gave   %d %s\n wanted %d %s", ROWS[i].request,
                     status(), body(), ROWS[i].status, ROWS[i].want);
        }
    }
    mock_demo_stop(demo);
}

static void a_client_that_accepts_videos_gets_one(void **state)
{
    struct mock_demo *demo = start_plain();
    const char *const request = "{\"prompt\":\"a ship\"}";

    (void)state;
    assert_int_equal(ask(demo, "POST", "/v1/generate",
                         "Content-Type: application/json\r\n"
                         "Accept: video/*, application/octet-stream\r\n",
                         request),
                     0);
    assert_non_null(strstr(got, "Content-Type: video/mp4\r\n"));
    assert_int_equal(ask(demo, "POST", "/v1/generate",
                         "Content-Type: application/json\r\n"
                         "Accept: image/*, application/json\r\n",
                         request),
                     0);
    assert_non_null(strstr(got, "Content-Type: image/png\r\n"));
    mock_demo_stop(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_are_imitated_as_vllm_has_them),
        cmocka_unit_test(a_client_that_accepts_videos_gets_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
