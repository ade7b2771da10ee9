/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/tokenize.h>

#include "endpoint_case.h"

static void dump_tokens(FILE *out, const void *of_tokenize)
{
    const chutes_tokenize_response *response = of_tokenize;

    for (size_t i = 0; i < response->token_count; i++) {
        fprintf(out, "%lld", (long long)response->tokens[i]);
        if (response->token_texts != NULL) {
            fprintf(out, "=%s", response->token_texts[i]);
        }
        fputs(" ", out);
    }
    fprintf(out, "of %lld\n", (long long)response->max_model_len);
}

static void dump_text(FILE *out, const void *of_detokenize)
{
    const chutes_detokenize_response *response = of_detokenize;

    fprintf(out, "%zu %s\n", response->text_len, response->text);
}

static const struct endpoint_case TOKENS = {
    .endpoint = &chutes__tokenize_endpoint, .dump = dump_tokens};
static const struct endpoint_case TEXT = {
    .endpoint = &chutes__detokenize_endpoint, .dump = dump_text};

/* ---- the requests -------------------------------------------------------- */

static void sends_a_prompt_or_messages(void **state)
{
    const chutes_message message = chutes_user("hello");
    chutes_tokenize_params params = chutes_tokenize_params_default();

    (void)state;
    params.prompt = "";
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "{\"prompt\":\"\"}");
    params.model = "m";
    params.prompt = "a\"";
    params.add_special_tokens = 0;
    params.return_token_texts = 1;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "{\"model\":\"m\",\"prompt\":\"a\\\"\","
                            "\"add_special_tokens\":false,"
                            "\"return_token_strs\":true}");
    params = chutes_tokenize_params_default();
    params.messages = &message;
    params.message_count = 1;
    params.add_generation_prompt = 1;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "{\"messages\":[{\"role\":\"user\",\"content\":"
                            "\"hello\"}],\"add_generation_prompt\":true}");
}

static void sends_tokens(void **state)
{
    static const int64_t tokens[] = {0, 151643, INT64_MAX};
    chutes_detokenize_params params = chutes_detokenize_params_default();

    (void)state;
    params.tokens = tokens;
    params.token_count = COUNT(tokens);
    params.extra_json = "{\"skip_special_tokens\":false}";
    endpoint_expect_request(&chutes__detokenize_endpoint, &params,
                            "{\"tokens\":[0,151643,9223372036854775807],"
                            "\"skip_special_tokens\":false}");
}

static void names_the_field_that_is_wrong(void **state)
{
    static const int64_t tokens[] = {1, -1};
    const chutes_message message = {.role = "user"};
    chutes_tokenize_params params = chutes_tokenize_params_default();
    chutes_detokenize_params joined = chutes_detokenize_params_default();

    (void)state;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "prompt and messages must not both be NULL");
    params.prompt = "\xFF";
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "prompt is not valid UTF-8");
    params.prompt = "a";
    params.messages = &message;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "prompt excludes messages");
    params.prompt = NULL;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "messages must not be empty");
    params.messages = NULL;
    params.prompt = "a";
    params.add_generation_prompt = 0;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "add_generation_prompt needs messages");
    params.add_generation_prompt = CHUTES_UNSET;
    params.return_token_texts = 2;
    endpoint_expect_request(&chutes__tokenize_endpoint, &params,
                            "return_token_texts must be 0 or 1");
    endpoint_expect_request(&chutes__detokenize_endpoint, &joined,
                            "tokens must not be empty");
    joined.token_count = COUNT(tokens);
    endpoint_expect_request(&chutes__detokenize_endpoint, &joined,
                            "tokens must not be NULL");
    joined.tokens = tokens;
    endpoint_expect_request(&chutes__detokenize_endpoint, &joined,
                            "tokens[1] must be 0 or more");
}

/* ---- the answers --------------------------------------------------------- */

static void reads_what_servers_send(void **state)
{
    static const char *const tokens[] = {"vllm", "vllm_texts", "sglang"};
    static const char *const texts[] = {"vllm_text", "sglang_text"};

    (void)state;
    endpoint_expect_fixtures(&TOKENS, "codec/tokenize", tokens, COUNT(tokens));
    endpoint_expect_fixtures(&TEXT, "codec/tokenize", texts, COUNT(texts));
}

static void bears_what_is_missing(void **state)
{
    (void)state;
    endpoint_expect_answer(&TOKENS, "{\"tokens\":[]}", "of -1\n");
    endpoint_expect_answer(&TOKENS, "{\"tokens\":[1.0],\"count\":null}",
                           "1 of -1\n");
    endpoint_expect_answer(&TOKENS, "{\"tokens\":[1,2],\"token_strs\":[\"a\"]}",
                           "1 2 of -1\n");
    endpoint_expect_answer(&TOKENS,
                           "{\"tokens\":[1,2],\"token_strs\":[null,\"b\"]}",
                           "1= 2=b of -1\n");
    endpoint_expect_answer(&TEXT, "{\"prompt\":null,\"text\":\"\"}", "0 \n");
    endpoint_expect_answer(&TEXT, "{\"prompt\":\"a\\u0000\\ud83d\"}",
                           "7 a\xEF\xBF\xBD\xEF\xBF\xBD\n");
}

static void refuses_what_are_no_tokens(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"{}", "tokens: missing, or not an array\n"},
        {"[1]", "tokens: missing, or not an array\n"},
        {"{\"tokens\":{}}", "tokens: missing, or not an array\n"},
        {"{\"tokens\":[1,\"2\"]}", "tokens[1]: not a token\n"},
        {"{\"tokens\":[-1]}", "tokens[0]: not a token\n"},
        {"{\"tokens\":[1.5]}", "tokens[0]: not a token\n"},
        {"{\"tokens\":[[1]]}", "tokens[0]: not a token\n"},
        {"{\"tokens\":[9223372036854775808]}", "tokens[0]: not a token\n"},
        {"{\"tokens\":[1],\"count\":2}", "count: 2, but there are 1 tokens\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        endpoint_expect_answer(&TOKENS, rows[i].json, rows[i].want);
    }
    endpoint_expect_answer(&TEXT, "{\"text\":7}",
                           "prompt: missing, or not a string\n");
}

static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    endpoint_expect_no_memory(
        &TOKENS, "{\"tokens\":[1,2],\"token_strs\":[\"a\",\"b\"]}");
    endpoint_expect_no_memory(&TEXT, "{\"prompt\":\"a\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_a_prompt_or_messages),
        cmocka_unit_test(sends_tokens),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(bears_what_is_missing),
        cmocka_unit_test(refuses_what_are_no_tokens),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
