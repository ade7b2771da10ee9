/* SPDX-License-Identifier: MIT */
#include "codec/complete_request.h"
#include "test.h"

#include <string.h>

#include "base/error.h"
#include "json/reader.h"

enum { MAX_DEPTH = 8, LIMIT = 1 << 16 };

static chutes_complete_params base_params(void)
{
    chutes_complete_params params = chutes_complete_params_default();

    params.model = "m";
    params.prompt = "Once";
    return params;
}

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

/* The body, or the message of a parameter that is wrong. */
static void check(const chutes_complete_params *params, const char *want)
{
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    chutes__buf_init(&body, LIMIT);
    status = chutes__encode_complete(params, MAX_DEPTH, &body, &error);
    if (status == CHUTES_OK) {
        assert_string_equal(body.data, want);
        assert_true(chutes__json_is_valid(body.data, body.len, MAX_DEPTH));
    } else {
        assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(body.len, 0);
        assert_string_equal(error.message, want);
    }
    chutes__buf_dispose(&body);
}

static void sends_a_text_several_texts_or_tokens(void **state)
{
    static const char *const texts[] = {"a", "b"};
    static const int64_t ids[] = {1, 22, 333};
    const chutes_tokens tokens[] = {{ids, 3}, {ids + 1, 1}};
    chutes_complete_params params = base_params();

    (void)state;
    check(&params, "{\"model\":\"m\",\"prompt\":\"Once\"}");
    params.prompt = NULL;
    params.prompts = texts;
    params.prompt_count = 2;
    check(&params, "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"]}");
    assert_int_equal(chutes__complete_prompts(&params), 2);
    params.prompts = NULL;
    params.token_prompts = tokens;
    params.token_prompt_count = 1;
    check(&params, "{\"model\":\"m\",\"prompt\":[1,22,333]}");
    params.token_prompt_count = 2;
    check(&params, "{\"model\":\"m\",\"prompt\":[[1,22,333],[22]]}");
    assert_int_equal(chutes__complete_prompts(&params), 2);
}

static void counts_the_prompts_of_extra_json(void **state)
{
    static const struct {
        const char *extra_json;
        size_t prompts;
    } rows[] = {
        {"{\"prompt\":[\"a\",\"b\",\"c\"]}", 3},
        {"{\"prompt\":[[1,2],[3]]}", 2},
        {"{\"prompt\":[1,2,3]}", 1},
        {"{\"prompt\":\"a\"}", 1},
        {"{\"prompt\":[]}", 1},
        {"{\"x\":{\"prompt\":[\"a\",\"b\"]}}", 1},
        {"{}", 1},
        {"{\"prompt\":[\"a\",\"b\"", 1},
    };
    chutes_complete_params params = base_params();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        params.extra_json = rows[i].extra_json;
        assert_int_equal(chutes__complete_prompts(&params), rows[i].prompts);
    }
}

static void sends_every_parameter(void **state)
{
    static const char *const stop[] = {"\n"};
    static const int64_t tokens[] = {2};
    const chutes_logit_bias bias = {5, 1.5};
    chutes_complete_params params = base_params();

    (void)state;
    params.suffix = "end";
    params.temperature = 0.5;
    params.max_tokens = 5;
    params.min_tokens = 1;
    params.n = 2;
    params.best_of = 3;
    params.logprobs = 0;
    params.echo = 1;
    params.add_special_tokens = 0;
    params.ignore_eos = 0;
    params.skip_special_tokens = 1;
    params.return_token_ids = 1;
    params.stop = stop;
    params.stop_count = 1;
    params.stop_token_ids = tokens;
    params.stop_token_id_count = 1;
    params.logit_bias = &bias;
    params.logit_bias_count = 1;
    params.user = "u";
    params.extra_json = "{\"truncate_prompt_tokens\":7,\"n\":1}";
    check(&params,
          "{\"model\":\"m\",\"prompt\":\"Once\",\"suffix\":\"end\","
          "\"temperature\":0.5,\"max_tokens\":5,\"min_tokens\":1,"
          "\"ignore_eos\":false,\"skip_special_tokens\":true,"
          "\"return_token_ids\":true,\"best_of\":3,\"logprobs\":0,"
          "\"echo\":true,\"add_special_tokens\":false,\"stop\":[\"\\n\"],"
          "\"stop_token_ids\":[2],\"logit_bias\":{\"5\":1.5},\"user\":\"u\","
          "\"truncate_prompt_tokens\":7,\"n\":1}");
}

static void a_stream_asks_for_its_usage(void **state)
{
    chutes_complete_params params = base_params();

    (void)state;
    params.on_event = ignore_event;
    params.include_usage = 1;
    params.max_tokens = 0;
    params.echo = 1;
    check(&params, "{\"model\":\"m\",\"prompt\":\"Once\",\"stream\":true,"
                   "\"stream_options\":{\"include_usage\":true},"
                   "\"max_tokens\":0,\"echo\":true}");
}

static void names_the_prompt_that_is_wrong(void **state)
{
    static const char *const texts[] = {"a", ""};
    static const int64_t ids[] = {1, -2};
    const chutes_tokens tokens[] = {{ids, 1}, {ids, 2}, {ids, 0}, {NULL, 1}};
    chutes_complete_params params = base_params();

    (void)state;
    params.prompt = "";
    check(&params, "prompt must not be empty");
    params.prompts = texts;
    check(&params, "prompt excludes prompts and token_prompts");
    params.prompt = NULL;
    check(&params, "prompts must not be empty");
    params.prompt_count = 2;
    check(&params, "prompts[1] must not be empty");
    params.prompts = NULL;
    check(&params, "prompt or prompts or token_prompts must be set");
    params.token_prompts = tokens;
    check(&params, "token_prompts must not be empty");
    params.token_prompt_count = 2;
    check(&params, "token_prompts[1].ids[1] must be 0 or more");
    params.token_prompts = tokens + 2;
    check(&params, "token_prompts[0].ids must not be empty");
    params.token_prompts = tokens + 3;
    check(&params, "token_prompts[0].ids must not be NULL");
    params = base_params();
    params.model = NULL;
    check(&params, "model must not be NULL");
    params.model = "m";
    params.prompt = "\xFF";
    check(&params, "prompt is not valid UTF-8");
}

#define NUMBER(name) offsetof(chutes_complete_params, name), sizeof(params.name)

static void refuses_numbers_that_no_server_accepts(void **state)
{
    chutes_complete_params params = base_params();
    const struct {
        size_t offset;
        size_t size;
        int number;
        const char *message;
    } rows[] = {
        {NUMBER(n), 0, "n must be 1 to 128"},
        {NUMBER(n), -1, "n must be 1 to 128"},
        {NUMBER(n), 129, "n must be 1 to 128"},
        {NUMBER(max_tokens), -1,
         "max_tokens must be 1 or more, or 0 with echo 1"},
        {NUMBER(min_tokens), -1, "min_tokens must be 0 or more"},
        {NUMBER(top_k), 0, "top_k must be 1 or more, or -1"},
        {NUMBER(top_k), -2, "top_k must be 1 or more, or -1"},
        {NUMBER(best_of), 0, "best_of must be n or more"},
        {NUMBER(logprobs), -2, "logprobs must be 0 or more"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t wide = rows[i].number;
        const void *from = &rows[i].number;

        if (rows[i].size == sizeof(wide)) {
            from = &wide;
        }
        params = base_params();
        memcpy((char *)&params + rows[i].offset, from, rows[i].size);
        check(&params, rows[i].message);
    }
    params = base_params();
    params.n = 0;
    params.skip_validation = 1;
    check(&params, "{\"model\":\"m\",\"prompt\":\"Once\",\"n\":0}");
}

static void names_the_number_that_is_wrong(void **state)
{
    chutes_complete_params params = base_params();

    (void)state;
    params.max_tokens = 0;
    check(&params, "max_tokens must be 1 or more, or 0 with echo 1");
    params.max_tokens = CHUTES_UNSET;
    params.n = 3;
    params.best_of = 2;
    check(&params, "best_of must be n or more");
    params.best_of = 3;
    params.on_event = ignore_event;
    check(&params, "best_of excludes on_event");
    params = base_params();
    params.logprobs = -1;
    check(&params, "logprobs must be 0 or more");
    params.skip_validation = 1;
    check(&params, "{\"model\":\"m\",\"prompt\":\"Once\",\"logprobs\":-1}");
    params = base_params();
    params.echo = 2;
    check(&params, "echo must be 0 or 1");
    params.echo = CHUTES_UNSET;
    params.temperature = -1;
    check(&params, "temperature must be 0 or more");
    params = base_params();
    params.reasoning_tags = (chutes_reasoning_tags)3;
    check(&params, "reasoning_tags is not a chutes_reasoning_tags");
    params.reasoning_tags = CHUTES_REASONING_TAGS_PAIR;
    params.echo = 0;
    check(&params, "{\"model\":\"m\",\"prompt\":\"Once\",\"echo\":false}");
    params.echo = 1;
    check(&params, "reasoning_tags excludes echo");
    params = base_params();
    params.extra_json = "{\"stream\":true}";
    check(&params, "extra_json has a key that is not allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_a_text_several_texts_or_tokens),
        cmocka_unit_test(counts_the_prompts_of_extra_json),
        cmocka_unit_test(sends_every_parameter),
        cmocka_unit_test(a_stream_asks_for_its_usage),
        cmocka_unit_test(names_the_prompt_that_is_wrong),
        cmocka_unit_test(refuses_numbers_that_no_server_accepts),
        cmocka_unit_test(names_the_number_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
