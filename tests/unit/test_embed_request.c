/* SPDX-License-Identifier: MIT */
#include "codec/request.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "codec/embed_input.h"
#include "json/reader.h"

enum { MAX_DEPTH = 8, LIMIT = 1 << 20 };

static const char *const texts[] = {"one", "\"zw\xC3\xB6lf\"\n", "three"};

static chutes_embed_params base_params(void)
{
    chutes_embed_params params = chutes_embed_params_default();

    params.model = "m";
    params.input = texts;
    params.input_count = 1;
    return params;
}

/* The check without a body must find what the encoder finds. */
static void check_alone(const chutes_embed_params *params, size_t limit,
                        chutes_status status, const char *message)
{
    chutes_error error;

    chutes__error_clear(&error);
    assert_int_equal(chutes__check_embed(params, 0, params->input_count,
                                         MAX_DEPTH, limit, &error),
                     status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.message, message);
}

static void check(const chutes_embed_params *params, const char *want)
{
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;

    chutes__error_clear(&error);
    chutes__buf_init(&body, LIMIT);
    status = chutes__encode_embed(params, 0, params->input_count, MAX_DEPTH,
                                  &body, &error);
    if (status == CHUTES_OK) {
        assert_string_equal(body.data, want);
        assert_true(chutes__json_is_valid(body.data, body.len, MAX_DEPTH));
    } else {
        assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_int_equal(body.len, 0);
        assert_string_equal(error.message, want);
    }
    check_alone(params, LIMIT, status, error.message);
    chutes__buf_dispose(&body);
}

static void sends_an_array_even_for_one_text(void **state)
{
    chutes_embed_params params = base_params();

    (void)state;
    check(&params, "{\"model\":\"m\",\"input\":[\"one\"]}");
    params.input_count = 3;
    check(&params, "{\"model\":\"m\",\"input\":[\"one\","
                   "\"\\\"zw\xC3\xB6lf\\\"\\n\",\"three\"]}");
}

static void sends_every_parameter(void **state)
{
    chutes_embed_params params = base_params();

    (void)state;
    params.dimensions = INT64_MAX;
    params.encoding_format = "base64";
    params.user = "u";
    params.extra_json = "{\"truncate_prompt_tokens\":-1,\"user\":[1.0]}";
    check(&params, "{\"model\":\"m\",\"input\":[\"one\"],"
                   "\"dimensions\":9223372036854775807,"
                   "\"encoding_format\":\"base64\","
                   "\"truncate_prompt_tokens\":-1,\"user\":[1.0]}");
    params = base_params();
    params.dimensions = 1;
    params.encoding_format = "float";
    check(&params, "{\"model\":\"m\",\"input\":[\"one\"],\"dimensions\":1,"
                   "\"encoding_format\":\"float\"}");
}

static const int64_t ids[] = {7, 8, -1};

static void sends_tokens_in_place_of_texts(void **state)
{
    const chutes_tokens tokens[] = {{ids, 2}, {ids + 1, 1}};
    chutes_embed_params params = base_params();

    (void)state;
    params.input = NULL;
    params.input_count = 2;
    params.token_input = tokens;
    params.token_input_count = 2;
    params.truncate_prompt_tokens = -1;
    params.input_type = "query";
    assert_int_equal(chutes__embed_inputs(&params), 2);
    check(&params, "{\"model\":\"m\",\"input\":[[7,8],[8]],"
                   "\"truncate_prompt_tokens\":-1,\"input_type\":\"query\"}");
    params.input_count = 1;
    params.truncate_prompt_tokens = 512;
    check(&params, "{\"model\":\"m\",\"input\":[7,8],"
                   "\"truncate_prompt_tokens\":512,\"input_type\":\"query\"}");
}

static void names_the_token_that_is_wrong(void **state)
{
    const chutes_tokens tokens[] = {{ids, 1}, {ids, 3}, {ids, 0}, {NULL, 1}};
    chutes_embed_params params = base_params();

    (void)state;
    params.token_input = tokens;
    check(&params, "token_input must be NULL if there are other inputs");
    params.input = NULL;
    check(&params, "token_input must not be empty");
    params.token_input_count = 2;
    params.input_count = 2;
    check(&params, "token_input[1].ids[2] must be 0 or more");
    params.token_input = tokens + 2;
    check(&params, "token_input[0].ids must not be empty");
    params.token_input = tokens + 3;
    check(&params, "token_input[0].ids must not be NULL");
}

static chutes_embed_params item_params(const chutes_embed_item *items,
                                       size_t count)
{
    chutes_embed_params params = base_params();

    params.input = NULL;
    params.input_count = count;
    params.items = items;
    params.item_count = count;
    return params;
}

static void sends_items_as_sglang_takes_them(void **state)
{
    static const chutes_embed_item items[] = {
        {"a \"cat\"", NULL, NULL},
        {NULL, "data:image/png;base64,AA==", NULL},
        {"b", "https://a.example/b.png", "HTTP://a.example/b.mp4"}};
    chutes_embed_params params = item_params(items, COUNT(items));

    (void)state;
    assert_int_equal(chutes__embed_inputs(&params), 3);
    assert_int_equal(chutes__embed_input_bytes(&params, 0), 7);
    assert_int_equal(chutes__embed_input_bytes(&params, 1), 26);
    assert_int_equal(chutes__embed_input_bytes(&params, 2), 46);
    check(&params, "{\"model\":\"m\",\"input\":[{\"text\":\"a \\\"cat\\\"\"},"
                   "{\"image\":\"data:image/png;base64,AA==\"},"
                   "{\"text\":\"b\",\"image\":\"https://a.example/b.png\","
                   "\"video\":\"HTTP://a.example/b.mp4\"}]}");
}

/* A caller whose headers append a member to the struct. */
static void items_may_be_longer_than_ours(void **state)
{
    static const struct {
        chutes_embed_item item;
        const char *added;
    } items[] = {{{"a", NULL, NULL}, "x"}, {{"b", NULL, NULL}, "y"}};
    chutes_embed_params params = item_params(&items[0].item, COUNT(items));

    (void)state;
    params.item_size = sizeof(items[0]);
    check(&params, "{\"model\":\"m\",\"input\":[{\"text\":\"a\"},"
                   "{\"text\":\"b\"}]}");
    for (int i = 0; i < 2; i++) {
        params.item_size = i == 0 ? sizeof(items[0].item) - 1 : SIZE_MAX;
        assert_int_equal(chutes__embed_input_bytes(&params, 1), 0);
        check(&params, "item_size must be the size of one element");
    }
}

static void names_the_item_that_is_wrong(void **state)
{
    static const struct {
        chutes_embed_item item;
        const char *want;
    } rows[] = {
        {{NULL, NULL, NULL},
         "items[1].text must be set, or image or video must be"},
        {{"", NULL, NULL}, "items[1].text must not be empty"},
        {{"\xFF", NULL, NULL}, "items[1].text is not valid UTF-8"},
        {{"a", "b.png", NULL},
         "items[1].image must be an http, https or data URL"},
        {{NULL, "", NULL}, "items[1].image must be an http, https or data URL"},
        {{NULL, NULL, "file:///a"},
         "items[1].video must be an http, https or data URL"},
    };
    chutes_embed_item items[2] = {{"a", NULL, NULL}, {NULL, NULL, NULL}};
    chutes_embed_params params = item_params(items, COUNT(items));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        items[1] = rows[i].item;
        check(&params, rows[i].want);
    }
    params.item_count = 0;
    check(&params, "items must not be empty");
}

static void sends_messages_as_vllm_takes_them(void **state)
{
    static const chutes_content_part parts[] = {
        {.type = CHUTES_PART_IMAGE_URL, .url = "data:image/png;base64,AA=="},
        {.type = CHUTES_PART_TEXT, .text = "Represent the given image."}};
    chutes_message message = {.role = "user",
                              .parts = parts,
                              .part_count = COUNT(parts),
                              .part_size = sizeof(parts[0])};
    chutes_embed_params params = base_params();

    (void)state;
    params.input = NULL;
    params.messages = &message;
    params.message_count = 1;
    assert_int_equal(chutes__embed_inputs(&params), 1);
    assert_int_equal(chutes__embed_input_bytes(&params, 0), 0);
    check(&params,
          "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
          "{\"type\":\"image_url\",\"image_url\":{\"url\":"
          "\"data:image/png;base64,AA==\"}},"
          "{\"type\":\"text\",\"text\":\"Represent the given image.\"}]}]}");
    message.role = NULL;
    check(&params, "messages[0].role must not be NULL");
    params.message_count = 0;
    check(&params, "messages must not be empty");
}

static void kinds_of_inputs_exclude_each_other(void **state)
{
    static const chutes_embed_item item = {"a", NULL, NULL};
    const chutes_message message = chutes_user("a");
    chutes_embed_params params = item_params(&item, 1);

    (void)state;
    params.messages = &message;
    params.message_count = 1;
    check(&params, "messages must be NULL if there are other inputs");
    params.input = texts;
    check(&params, "items must be NULL if there are other inputs");
    params.items = NULL;
    check(&params, "messages must be NULL if there are other inputs");
}

static void names_what_is_wrong(void **state)
{
    const char *bad[] = {"a", NULL};
    chutes_embed_params params;

    (void)state;
#define CHECK(field, value, want) \
    params = base_params();       \
    params.field = (value);       \
    check(&params, want)
    CHECK(model, NULL, "model must not be NULL");
    CHECK(model, "", "model must not be empty");
    CHECK(model, "\xFF", "model is not valid UTF-8");
    CHECK(input, NULL, "input must not be NULL");
    CHECK(input_count, 0, "input must not be empty");
    CHECK(dimensions, 0, "dimensions must be 1 or more");
    CHECK(dimensions, -1, "dimensions must be 1 or more");
    CHECK(truncate_prompt_tokens, 0,
          "truncate_prompt_tokens must be 1 or more, or -1");
    CHECK(truncate_prompt_tokens, -2,
          "truncate_prompt_tokens must be 1 or more, or -1");
    CHECK(input_type, "\xFF", "input_type is not valid UTF-8");
    CHECK(encoding_format, "int8", "encoding_format must be float or base64");
    CHECK(encoding_format, "", "encoding_format must be float or base64");
    CHECK(user, "\xC0\x80", "user is not valid UTF-8");
    CHECK(extra_json, "", "extra_json is not valid JSON");
    CHECK(extra_json, "[]", "extra_json is not a JSON object");
#undef CHECK
    params = base_params();
    params.input = bad;
    params.input_count = 2;
    check(&params, "input[1] must not be NULL");
    bad[1] = "";
    check(&params, "input[1] must not be empty");
    bad[1] = "\xED\xA0\x80";
    check(&params, "input[1] is not valid UTF-8");
}

static void a_check_alone_knows_the_limit(void **state)
{
    static const char body[] = "{\"model\":\"m\",\"input\":[\"one\"]}";
    chutes_embed_params params = base_params();

    (void)state;
    check_alone(&params, sizeof(body) - 1, CHUTES_OK, "");
    check_alone(&params, sizeof(body) - 2, CHUTES_ERR_TOO_LARGE,
                "the request exceeds max_request_bytes (28)");
}

static chutes_status encode_once(size_t limit)
{
    chutes_embed_params params = base_params();
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;

    params.extra_json = "{\"a\":1}";
    chutes__buf_init(&body, limit);
    status = chutes__encode_embed(&params, 0, params.input_count, MAX_DEPTH,
                                  &body, &error);
    assert_true(status == CHUTES_OK || error.status == status);
    chutes__buf_dispose(&body);
    return status;
}

static void reports_a_full_body_and_that_memory_is_out(void **state)
{
    long total;
    long i;

    (void)state;
    assert_int_equal(encode_once(10), CHUTES_ERR_TOO_LARGE);
    alloc_fail_count();
    assert_int_equal(encode_once(LIMIT), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total >= 1);
    for (i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(encode_once(LIMIT), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_count();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_an_array_even_for_one_text),
        cmocka_unit_test(sends_every_parameter),
        cmocka_unit_test(sends_tokens_in_place_of_texts),
        cmocka_unit_test(names_the_token_that_is_wrong),
        cmocka_unit_test(sends_items_as_sglang_takes_them),
        cmocka_unit_test(items_may_be_longer_than_ours),
        cmocka_unit_test(names_the_item_that_is_wrong),
        cmocka_unit_test(sends_messages_as_vllm_takes_them),
        cmocka_unit_test(kinds_of_inputs_exclude_each_other),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(a_check_alone_knows_the_limit),
        cmocka_unit_test(reports_a_full_body_and_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
