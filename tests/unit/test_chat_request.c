/* SPDX-License-Identifier: MIT */
#include "codec/request.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "json/reader.h"

enum { MAX_DEPTH = 8, LIMIT = 1 << 20 };

static const chutes_message hello = {"user",
                                     "hi",
                                     NULL,
                                     NULL,
                                     NULL,
                                     NULL,
                                     0,
                                     sizeof(chutes_content_part),
                                     NULL,
                                     0,
                                     sizeof(chutes_tool_call),
                                     NULL};

static const char *const bad_utf8 = "secret \xC3(";

/* The smallest valid parameters. */
static chutes_chat_params base_params(void)
{
    chutes_chat_params params = chutes_chat_params_default();

    params.model = "m";
    params.messages = &hello;
    params.message_count = 1;
    return params;
}

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

/* Returns the body, or the message of the failure, which must not quote the
 * prompt. The caller frees it. */
static char *encode(const chutes_chat_params *params)
{
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;
    char *text;

    chutes__error_clear(&error);
    chutes__buf_init(&body, LIMIT);
    status = chutes__encode_chat(params, MAX_DEPTH, &body, &error);
    if (status == CHUTES_OK) {
        if (!chutes__json_is_valid(body.data, body.len, MAX_DEPTH)) {
            fail_msg("not JSON: %s", body.data);
        }
        assert_null(strstr(body.data, ":null"));
        text = strdup(body.data);
    } else {
        assert_int_equal(status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(error.status, status);
        assert_int_equal(body.len, 0);
        assert_null(strstr(error.message, "secret"));
        text = strdup(error.message);
    }
    assert_non_null(text);
    chutes__buf_dispose(&body);
    return text;
}

static void check(const chutes_chat_params *params, const char *want)
{
    char *got = encode(params);

    assert_string_equal(got, want);
    free(got);
}

/* Compares the body without the start that base_params() always gives. */
static void check_rest(const chutes_chat_params *params, const char *want)
{
    static const char head[] = "{\"model\":\"m\",\"messages\":[{\"role\":"
                               "\"user\",\"content\":\"hi\"}]";
    char *got = encode(params);
    size_t len = strlen(got);

    if (len < sizeof(head) || strncmp(got, head, sizeof(head) - 1) != 0) {
        fail_msg("%s", got);
    }
    got[len - 1] = '\0'; /* cuts off the last brace */
    assert_string_equal(got + sizeof(head) - 1, want);
    free(got);
}

static void check_message(const chutes_message *message, const char *want)
{
    static const char head[] = "{\"model\":\"m\",\"messages\":[";
    chutes_chat_params params = base_params();
    char *got;

    params.messages = message;
    got = encode(&params);
    if (strncmp(got, head, sizeof(head) - 1) == 0) {
        assert_string_equal(got + strlen(got) - 2, "]}");
        got[strlen(got) - 2] = '\0';
        assert_string_equal(got + sizeof(head) - 1, want);
    } else {
        assert_string_equal(got, want);
    }
    free(got);
}

static void sends_nothing_that_is_unset(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    check(&params, "{\"model\":\"m\",\"messages\":"
                   "[{\"role\":\"user\",\"content\":\"hi\"}]}");
}

static void sends_every_parameter(void **state)
{
    static const char *const stop[] = {"\n", "END"};
    static const chutes_logit_bias bias[] = {
        {50256, -100}, {0, 0.5}, {INT64_MAX, 100}};
    chutes_chat_params params = base_params();
    chutes_tool tool = chutes_tool_of("f", "d", "{ \"b\":1.10, \"a\":2 }");

    (void)state;
    tool.strict = 1;
    params.on_event = ignore_event;
    params.include_usage = 1;
    params.temperature = 0.7;
    params.top_p = 1;
    params.min_p = 0.05;
    params.frequency_penalty = -2;
    params.presence_penalty = 2;
    params.repetition_penalty = 1.1;
    params.max_tokens = 9007199254740993;
    params.max_completion_tokens = INT64_MAX;
    params.seed = INT64_MIN;
    params.top_k = -1;
    params.n = 128;
    params.logprobs = 1;
    params.top_logprobs = 20;
    params.parallel_tool_calls = 0;
    params.stop = stop;
    params.stop_count = 2;
    params.logit_bias = bias;
    params.logit_bias_count = 3;
    params.tools = &tool;
    params.tool_count = 1;
    params.tool_choice = "required";
    params.response_format = "json_schema";
    params.json_schema_name = "s-1_A";
    params.json_schema = "{\"type\":\"object\"}";
    params.json_schema_description = "what";
    params.json_schema_strict = 0;
    params.user = "u";
    params.reasoning_effort = "high";
    params.chat_template_kwargs = "{\"enable_thinking\":false}";
    params.extra_json = "{\"ignore_eos\":true}";
    check_rest(&params,
               ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"
               ",\"temperature\":0.7,\"top_p\":1,\"min_p\":0.05"
               ",\"frequency_penalty\":-2,\"presence_penalty\":2"
               ",\"repetition_penalty\":1.1,\"max_tokens\":9007199254740993"
               ",\"max_completion_tokens\":9223372036854775807"
               ",\"seed\":-9223372036854775808,\"top_k\":-1,\"n\":128"
               ",\"logprobs\":true,\"top_logprobs\":20"
               ",\"parallel_tool_calls\":false,\"stop\":[\"\\n\",\"END\"]"
               ",\"logit_bias\":{\"50256\":-100,\"0\":0.5"
               ",\"9223372036854775807\":100}"
               ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\""
               ",\"description\":\"d\",\"parameters\":{ \"b\":1.10, \"a\":2 }"
               ",\"strict\":true}}],\"tool_choice\":\"required\""
               ",\"response_format\":{\"type\":\"json_schema\""
               ",\"json_schema\":{\"name\":\"s-1_A\",\"description\":\"what\""
               ",\"schema\":{\"type\":\"object\"},\"strict\":false}}"
               ",\"user\":\"u\",\"reasoning_effort\":\"high\""
               ",\"chat_template_kwargs\":{\"enable_thinking\":false}"
               ",\"ignore_eos\":true");
}

static void sends_what_lies_on_the_borders(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.temperature = 0;
    params.top_p = 5e-324;
    params.min_p = 1;
    params.max_tokens = 1;
    params.max_completion_tokens = 1;
    params.seed = 0;
    params.top_k = 1;
    params.n = 1;
    params.logprobs = 0;
    params.parallel_tool_calls = 1;
    params.stop_count = 0;
    params.user = "";
    check_rest(&params, ",\"temperature\":0,\"top_p\":5e-324,\"min_p\":1"
                        ",\"max_tokens\":1,\"max_completion_tokens\":1"
                        ",\"seed\":0,\"top_k\":1,\"n\":1,\"logprobs\":false"
                        ",\"parallel_tool_calls\":true,\"user\":\"\"");
}

static void streams_if_and_only_if_someone_listens(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.on_event = ignore_event;
    check_rest(&params, ",\"stream\":true");
    params.include_usage = 0;
    check_rest(&params, ",\"stream\":true,\"stream_options\":"
                        "{\"include_usage\":false}");
    params.include_usage = 2;
    check(&params, "include_usage must be 0 or 1");
    params.on_event = NULL;
    params.include_usage = 1;
    check(&params, "include_usage needs on_event");
}

static void refuses_doubles_out_of_range(void **state)
{
    static const struct {
        size_t offset;
        double number;
        const char *want;
    } cases[] = {
        {offsetof(chutes_chat_params, temperature), -0.1,
         "temperature must be 0 or more"},
        {offsetof(chutes_chat_params, temperature), (double)NAN,
         "temperature is not a finite number"},
        {offsetof(chutes_chat_params, temperature), (double)INFINITY,
         "temperature is not a finite number"},
        {offsetof(chutes_chat_params, top_p), 0,
         "top_p must be above 0 and at most 1"},
        {offsetof(chutes_chat_params, top_p), 1.01,
         "top_p must be above 0 and at most 1"},
        {offsetof(chutes_chat_params, min_p), -0.01, "min_p must be 0 to 1"},
        {offsetof(chutes_chat_params, min_p), 1.01, "min_p must be 0 to 1"},
        {offsetof(chutes_chat_params, frequency_penalty), -2.1,
         "frequency_penalty must be -2 to 2"},
        {offsetof(chutes_chat_params, frequency_penalty), -(double)INFINITY,
         "frequency_penalty is not a finite number"},
        {offsetof(chutes_chat_params, presence_penalty), 2.1,
         "presence_penalty must be -2 to 2"},
        {offsetof(chutes_chat_params, repetition_penalty), 0,
         "repetition_penalty must be above 0"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_chat_params params = base_params();

        memcpy((char *)&params + cases[i].offset, &cases[i].number,
               sizeof(double));
        check(&params, cases[i].want);
    }
}

static void refuses_integers_out_of_range(void **state)
{
    chutes_chat_params params;

    (void)state;
#define CHECK(field, number, want) \
    params = base_params();        \
    params.field = (number);       \
    check(&params, want)
    CHECK(max_tokens, 0, "max_tokens must be 1 or more");
    CHECK(max_tokens, INT64_MIN, "max_tokens must be 1 or more");
    CHECK(max_completion_tokens, -1, "max_completion_tokens must be 1 or more");
    CHECK(top_k, 0, "top_k must be 1 or more, or -1");
    CHECK(top_k, -2, "top_k must be 1 or more, or -1");
    CHECK(n, 0, "n must be 1 to 128");
    CHECK(n, 129, "n must be 1 to 128");
    CHECK(logprobs, 2, "logprobs must be 0 or 1");
    CHECK(logprobs, -1, "logprobs must be 0 or 1");
    CHECK(parallel_tool_calls, 3, "parallel_tool_calls must be 0 or 1");
    CHECK(top_logprobs, 1, "top_logprobs needs logprobs 1");
#undef CHECK
    params = base_params();
    params.logprobs = 0;
    params.top_logprobs = 5;
    check(&params, "top_logprobs needs logprobs 1");
    params.logprobs = 1;
    params.top_logprobs = 21;
    check(&params, "top_logprobs must be 0 to 20");
    params.top_logprobs = -1;
    check(&params, "top_logprobs must be 0 to 20");
    params.top_logprobs = 0;
    check_rest(&params, ",\"logprobs\":true,\"top_logprobs\":0");
}

static void refuses_missing_and_bad_strings(void **state)
{
    const char *stop[] = {"a", NULL};
    chutes_chat_params params;

    (void)state;
#define CHECK(field, text, want) \
    params = base_params();      \
    params.field = (text);       \
    check(&params, want)
    CHECK(model, NULL, "model must not be NULL");
    CHECK(model, "", "model must not be empty");
    CHECK(model, bad_utf8, "model is not valid UTF-8");
    CHECK(user, bad_utf8, "user is not valid UTF-8");
    CHECK(reasoning_effort, "", "reasoning_effort must not be empty");
    CHECK(reasoning_effort, bad_utf8, "reasoning_effort is not valid UTF-8");
    CHECK(chat_template_kwargs, "[]",
          "chat_template_kwargs is not a JSON object");
    CHECK(chat_template_kwargs, "secret",
          "chat_template_kwargs is not valid JSON");
    CHECK(chat_template_kwargs, "", "chat_template_kwargs is not valid JSON");
    CHECK(extra_json, "{\"secret\":1", "extra_json is not valid JSON");
    CHECK(extra_json, "{\"a\":[[[[[[[[]]]]]]]]}",
          "extra_json is nested too deeply");
    CHECK(extra_json, "{\"a\":1,\"stream\":true}",
          "extra_json has a key that is not allowed");
    CHECK(extra_json, "{\"stre\\u0061m\":null}",
          "extra_json has a key that is not allowed");
    CHECK(response_format, "xml",
          "response_format must be text, json_object or json_schema");
    CHECK(stop_count, 1, "stop must not be NULL");
#undef CHECK
    params = base_params();
    params.stop = stop;
    params.stop_count = 2;
    check(&params, "stop[1] must not be NULL");
    stop[1] = "";
    check(&params, "stop[1] must not be empty");
    stop[1] = bad_utf8;
    check(&params, "stop[1] is not valid UTF-8");
    stop[1] = "b";
    check_rest(&params, ",\"stop\":[\"a\",\"b\"]");
}

static void refuses_wrong_logit_biases(void **state)
{
    static const struct {
        chutes_logit_bias bias;
        const char *want;
    } cases[] = {
        {{-1, 0}, "logit_bias[1].token must be 0 or more"},
        {{7, 100.5}, "logit_bias[1].bias must be -100 to 100"},
        {{7, -100.5}, "logit_bias[1].bias must be -100 to 100"},
        {{7, (double)NAN}, "logit_bias[1].bias is not a finite number"},
    };
    chutes_logit_bias biases[] = {{1, 1}, {2, 2}};
    chutes_chat_params params = base_params();
    size_t i;

    (void)state;
    params.logit_bias = biases;
    params.logit_bias_count = 2;
    for (i = 0; i < COUNT(cases); i++) {
        biases[1] = cases[i].bias;
        check(&params, cases[i].want);
    }
    params.logit_bias_size = sizeof(chutes_logit_bias) - 1;
    check(&params, "logit_bias_size must be the size of one element");
    params.logit_bias_size = 0;
    params.logit_bias_count = 0;
    params.logit_bias = NULL;
    check_rest(&params, "");
    params.logit_bias_count = 1;
    check(&params, "logit_bias must not be NULL");
}

static void extra_json_wins(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.on_event = ignore_event;
    params.temperature = 1;
    params.extra_json = "{\"temperature\":0.123456789012345678901,"
                        "\"seed\":18446744073709551615,"
                        "\"stream_options\":{\"include_usage\":true},"
                        "\"x\":{ \"y\" : [1, 2] }}";
    check_rest(&params, ",\"stream\":true"
                        ",\"temperature\":0.123456789012345678901"
                        ",\"seed\":18446744073709551615"
                        ",\"stream_options\":{\"include_usage\":true}"
                        ",\"x\":{ \"y\" : [1, 2] }");
}

static void sends_tools_and_the_choice_of_one(void **state)
{
    chutes_tool tools[2] = {chutes_tool_of("first", NULL, NULL),
                            chutes_tool_of("second", "\xC3\xA9", "{}")};
    chutes_chat_params params = base_params();

    (void)state;
    params.tools = tools;
    params.tool_choice_name = "second";
    check(&params, "tool_choice_name must be the name of one of the tools");
    params.tool_count = 2;
    check_rest(&params,
               ",\"tools\":[{\"type\":\"function\",\"function\":"
               "{\"name\":\"first\"}},{\"type\":\"function\",\"function\":"
               "{\"name\":\"second\",\"description\":\"\xC3\xA9\","
               "\"parameters\":{}}}],\"tool_choice\":{\"type\":\"function\","
               "\"function\":{\"name\":\"second\"}}");
    params.tool_choice_name = "third";
    check(&params, "tool_choice_name must be the name of one of the tools");
    params.tool_choice_name = "first";
    params.tool_choice = "auto";
    check(&params, "tool_choice_name excludes tool_choice");
    params.tool_choice_name = NULL;
    params.tool_choice = "always";
    check(&params, "tool_choice must be none, auto or required");
    params.tool_choice = "none";
    params.tool_count = 0;
    check(&params, "tool_choice needs tools");
    params.tool_choice = NULL;
    params.tools = NULL;
    params.tool_size = 0;
    check_rest(&params, "");
}

static void refuses_wrong_tools(void **state)
{
    char long_name[66];
    chutes_tool tools[2] = {chutes_tool_of("a", NULL, NULL),
                            chutes_tool_of("b", NULL, NULL)};
    chutes_chat_params params = base_params();

    (void)state;
    memset(long_name, 'x', 65);
    long_name[65] = '\0';
    params.tools = tools;
    params.tool_count = 2;
#define CHECK(field, value, want)               \
    tools[1] = chutes_tool_of("b", NULL, NULL); \
    tools[1].field = (value);                   \
    check(&params, want)
    CHECK(name, NULL, "tools[1].name must not be NULL");
    CHECK(name, "", "tools[1].name must not be empty");
    CHECK(name, "a b",
          "tools[1].name must be 1 to 64 letters, digits, '_' or '-'");
    CHECK(name, "caf\xC3\xA9",
          "tools[1].name must be 1 to 64 letters, digits, '_' or '-'");
    CHECK(name, long_name,
          "tools[1].name must be 1 to 64 letters, digits, '_' or '-'");
    CHECK(description, bad_utf8, "tools[1].description is not valid UTF-8");
    CHECK(parameters_json, "", "tools[1].parameters_json is not valid JSON");
    CHECK(parameters_json, "secret",
          "tools[1].parameters_json is not valid JSON");
    CHECK(parameters_json, "[]",
          "tools[1].parameters_json is not a JSON object");
    CHECK(parameters_json, "{\"a\":\"\xFF\"}",
          "tools[1].parameters_json is not valid UTF-8");
    CHECK(strict, 2, "tools[1].strict must be 0 or 1");
#undef CHECK
    tools[1] = chutes_tool_of(long_name + 1, NULL, NULL);
    params.tool_size = sizeof(chutes_tool) - 1;
    check(&params, "tool_size must be the size of one element");
    params.tools = NULL;
    check(&params, "tools must not be NULL");
}

static void sends_response_formats(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.response_format = "text";
    check_rest(&params, ",\"response_format\":{\"type\":\"text\"}");
    params.response_format = "json_object";
    check_rest(&params, ",\"response_format\":{\"type\":\"json_object\"}");
    params.response_format = "json_schema";
    check(&params, "json_schema_name must not be NULL");
    params.json_schema_name = "a.b";
    check(&params,
          "json_schema_name must be 1 to 64 letters, digits, '_' or '-'");
    params.json_schema_name = "a";
    check(&params, "json_schema must not be NULL");
    params.json_schema = "[]";
    check(&params, "json_schema is not a JSON object");
    params.json_schema = "{}";
    check_rest(&params, ",\"response_format\":{\"type\":\"json_schema\","
                        "\"json_schema\":{\"name\":\"a\",\"schema\":{}}}");
    params.json_schema_strict = 2;
    check(&params, "json_schema_strict must be 0 or 1");
    params.json_schema_description = bad_utf8;
    check(&params, "json_schema_description is not valid UTF-8");
}

static void refuses_a_schema_that_would_not_be_sent(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.json_schema_strict = 1;
    check(&params, "json_schema_strict needs response_format json_schema");
    params.json_schema_description = "d";
    check(&params, "json_schema_description needs response_format json_schema");
    params.response_format = "text";
    params.json_schema = "{}";
    check(&params, "json_schema needs response_format json_schema");
    params.response_format = "json_object";
    params.json_schema_name = "s";
    check(&params, "json_schema_name needs response_format json_schema");
    params.response_format = NULL;
    params.json_schema = NULL;
    check(&params, "json_schema_name needs response_format json_schema");
}

static void takes_a_schema_alone_for_its_format(void **state)
{
    chutes_chat_params params = base_params();

    (void)state;
    params.json_schema = "{\"type\":\"object\"}";
    check_rest(&params, ",\"response_format\":{\"type\":\"json_schema\","
                        "\"json_schema\":{\"name\":\"answer\","
                        "\"schema\":{\"type\":\"object\"}}}");
    params.json_schema_name = "s";
    params.json_schema_strict = 1;
    check_rest(&params, ",\"response_format\":{\"type\":\"json_schema\","
                        "\"json_schema\":{\"name\":\"s\","
                        "\"schema\":{\"type\":\"object\"},"
                        "\"strict\":true}}");
    params.json_schema = "[]";
    check(&params, "json_schema is not a JSON object");
}

static void sends_messages_of_every_role(void **state)
{
    const chutes_tool_call call = {
        3, 0, "call_1", "function", "f", "{\"a\": 1.0}", 0, NULL};
    const chutes_tool_call *calls[] = {&call};
    const chutes_message messages[] = {
        chutes_system("be brief"),
        chutes_message_of("developer", "x"),
        chutes_user("\"q\" \xF0\x9F\x98\x80 \x01"),
        chutes_assistant_tool_calls(NULL, calls, 1),
        chutes_tool_result("call_1", ""),
        chutes_assistant("done"),
        chutes_message_of("latest_reminder", "now"),
    };
    chutes_chat_params params = base_params();

    (void)state;
    params.messages = messages;
    params.message_count = COUNT(messages);
    check(&params,
          "{\"model\":\"m\",\"messages\":["
          "{\"role\":\"system\",\"content\":\"be brief\"},"
          "{\"role\":\"developer\",\"content\":\"x\"},"
          "{\"role\":\"user\",\"content\":"
          "\"\\\"q\\\" \xF0\x9F\x98\x80 \\u0001\"},"
          "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_1\","
          "\"type\":\"function\",\"function\":{\"name\":\"f\","
          "\"arguments\":\"{\\\"a\\\": 1.0}\"}}]},"
          "{\"role\":\"tool\",\"content\":\"\",\"tool_call_id\":\"call_1\"},"
          "{\"role\":\"assistant\",\"content\":\"done\"},"
          "{\"role\":\"latest_reminder\",\"content\":\"now\"}]}");
}

static void sends_every_field_of_a_message(void **state)
{
    chutes_message message = chutes_assistant("c");

    (void)state;
    message.name = "n";
    message.reasoning = "r";
    message.extra_json = "{\"prefix\":true,\"name\":\"other\"}";
    check_message(&message, "{\"role\":\"assistant\",\"content\":\"c\","
                            "\"reasoning_content\":\"r\",\"reasoning\":\"r\","
                            "\"prefix\":true,\"name\":\"other\"}");
    message = chutes_assistant(NULL);
    message.extra_json = "{\"audio\":{\"id\":\"a\"}}";
    check_message(&message,
                  "{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}");
    message = chutes_user("c");
    message.part_size = 0;
    message.tool_call_size = 0;
    check_message(&message, "{\"role\":\"user\",\"content\":\"c\"}");
}

static void sends_parts(void **state)
{
    const chutes_content_part parts[] = {
        chutes_text_part("what is this?"),
        chutes_text_part(""),
        chutes_image_part("https://example.com/a.png", NULL),
        chutes_image_part("HTTP://example.com/a.png", "low"),
        chutes_image_part("data:image/png;base64,AA==", "high"),
        chutes_audio_part("UklGRg==", "wav"),
        chutes_video_part("https://example.com/a.mp4"),
        chutes_audio_url_part("https://example.com/a.mp3"),
        chutes_file_part("data:application/pdf;base64,AA==", "a.pdf"),
        chutes_file_id_part("file-1"),
        chutes_image_embeds_part("AA=="),
        {CHUTES_PART_JSON, 0, NULL, NULL, NULL, NULL, NULL,
         "{ \"type\":\"audio_url\" }", NULL, NULL},
    };
    chutes_message message = chutes_user_parts(parts, COUNT(parts));

    (void)state;
    check_message(
        &message,
        "{\"role\":\"user\",\"content\":["
        "{\"type\":\"text\",\"text\":\"what is this?\"},"
        "{\"type\":\"text\",\"text\":\"\"},"
        "{\"type\":\"image_url\",\"image_url\":"
        "{\"url\":\"https://example.com/a.png\"}},"
        "{\"type\":\"image_url\",\"image_url\":"
        "{\"url\":\"HTTP://example.com/a.png\",\"detail\":\"low\"}},"
        "{\"type\":\"image_url\",\"image_url\":"
        "{\"url\":\"data:image/png;base64,AA==\",\"detail\":\"high\"}},"
        "{\"type\":\"input_audio\",\"input_audio\":"
        "{\"data\":\"UklGRg==\",\"format\":\"wav\"}},"
        "{\"type\":\"video_url\",\"video_url\":"
        "{\"url\":\"https://example.com/a.mp4\"}},"
        "{\"type\":\"audio_url\",\"audio_url\":"
        "{\"url\":\"https://example.com/a.mp3\"}},"
        "{\"type\":\"file\",\"file\":{\"file_data\":"
        "\"data:application/pdf;base64,AA==\",\"filename\":\"a.pdf\"}},"
        "{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}},"
        "{\"type\":\"image_embeds\",\"image_embeds\":\"AA==\"},"
        "{ \"type\":\"audio_url\" }]}");
}

static const struct {
    chutes_content_part part;
    const char *want;
} WRONG_PARTS[] = {
    {{CHUTES_PART_TEXT, 0, NULL, "u", NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].text must not be NULL"},
    {{CHUTES_PART_TEXT, 0, "secret \xFF", NULL, NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].text is not valid UTF-8"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].url must not be NULL"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "", NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].url must not be empty"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "/secret.png", NULL, NULL, NULL, NULL,
      NULL, NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "file:///secret", NULL, NULL, NULL, NULL,
      NULL, NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "https://", NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "data:", NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "https://a/\xFF", NULL, NULL, NULL, NULL,
      NULL, NULL},
     "messages[0].parts[1].url is not valid UTF-8"},
    {{CHUTES_PART_IMAGE_URL, 0, NULL, "https://a", "full", NULL, NULL, NULL,
      NULL, NULL},
     "messages[0].parts[1].detail must be auto, low, high or original"},
    {{CHUTES_PART_VIDEO_URL, 0, NULL, "ftp://a", NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_INPUT_AUDIO, 0, NULL, NULL, NULL, NULL, "wav", NULL, NULL,
      NULL},
     "messages[0].parts[1].data must not be NULL"},
    {{CHUTES_PART_INPUT_AUDIO, 0, NULL, NULL, NULL, "", "wav", NULL, NULL,
      NULL},
     "messages[0].parts[1].data must not be empty"},
    {{CHUTES_PART_INPUT_AUDIO, 0, NULL, NULL, NULL, "AA==", NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].format must not be NULL"},
    {{CHUTES_PART_INPUT_AUDIO, 0, NULL, NULL, NULL, "AA==", "ogg", NULL, NULL,
      NULL},
     "messages[0].parts[1].format must be wav or mp3"},
    {{CHUTES_PART_AUDIO_URL, 0, NULL, "a.mp3", NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].url must be an http, https or data URL"},
    {{CHUTES_PART_FILE, 0, NULL, NULL, NULL, NULL, NULL, NULL, "a", NULL},
     "messages[0].parts[1].url must not be NULL"},
    {{CHUTES_PART_FILE, 0, NULL, "https://a", NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].url must be a data URL"},
    {{CHUTES_PART_FILE, 0, NULL, "data:,a", NULL, NULL, NULL, NULL, NULL,
      "file-1"},
     "messages[0].parts[1].file_id excludes url"},
    {{CHUTES_PART_IMAGE_EMBEDS, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      NULL},
     "messages[0].parts[1].data must not be NULL"},
    {{CHUTES_PART_JSON, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].json must not be NULL"},
    {{CHUTES_PART_JSON, 0, NULL, NULL, NULL, NULL, NULL, "\"secret\"", NULL,
      NULL},
     "messages[0].parts[1].json is not a JSON object"},
    {{(chutes_part_type)0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].type is not a chutes_part_type"},
    {{(chutes_part_type)99, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
     "messages[0].parts[1].type is not a chutes_part_type"},
};

static void refuses_wrong_parts(void **state)
{
    chutes_content_part parts[2] = {chutes_text_part("a")};
    chutes_message message = chutes_user_parts(parts, 2);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(WRONG_PARTS); i++) {
        parts[1] = WRONG_PARTS[i].part;
        check_message(&message, WRONG_PARTS[i].want);
    }
    message.part_size = sizeof(chutes_content_part) - 1;
    check_message(&message,
                  "messages[0].part_size must be the size of one element");
    message.part_size = (size_t)-1;
    check_message(&message,
                  "messages[0].part_size must be the size of one element");
    message.parts = NULL;
    check_message(&message, "messages[0].parts must not be NULL");
}

/* The second of two messages is invalid. */
static void refuses_wrong_messages(void **state)
{
    chutes_message messages[2] = {chutes_user("a"), chutes_user("b")};
    chutes_content_part part = chutes_text_part("secret");
    chutes_chat_params params = base_params();

    (void)state;
    params.messages = messages;
    params.message_count = 2;
#define CHECK(message, field, value, want) \
    messages[1] = (message);               \
    messages[1].field = (value);           \
    check(&params, want)
    CHECK(hello, role, NULL, "messages[1].role must not be NULL");
    CHECK(hello, role, "", "messages[1].role must not be empty");
    CHECK(hello, role, bad_utf8, "messages[1].role is not valid UTF-8");
    CHECK(hello, content, NULL, "messages[1].content must not be NULL");
    CHECK(hello, content, bad_utf8, "messages[1].content is not valid UTF-8");
    CHECK(hello, name, bad_utf8, "messages[1].name is not valid UTF-8");
    CHECK(hello, reasoning, "secret",
          "messages[1].reasoning is for the role assistant");
    CHECK(chutes_assistant("secret"), reasoning, bad_utf8,
          "messages[1].reasoning is not valid UTF-8");
    CHECK(hello, extra_json, "secret",
          "messages[1].extra_json is not valid JSON");
    CHECK(hello, extra_json, "[1]",
          "messages[1].extra_json is not a JSON object");
    CHECK(chutes_tool_result("x", "y"), tool_call_id, NULL,
          "messages[1].tool_call_id must not be NULL");
    CHECK(chutes_tool_result("x", "y"), tool_call_id, "",
          "messages[1].tool_call_id must not be empty");
    CHECK(chutes_tool_result("x", "y"), tool_call_id, bad_utf8,
          "messages[1].tool_call_id is not valid UTF-8");
    CHECK(chutes_tool_result("x", "y"), content, NULL,
          "messages[1].content must not be NULL");
    CHECK(chutes_user_parts(&part, 1), content, "secret",
          "messages[1].content must be NULL when there are parts");
    CHECK(hello, tool_call_count, 1,
          "messages[1].tool_calls are for the role assistant");
#undef CHECK
    params.message_size = sizeof(chutes_message) - 8;
    check(&params, "message_size must be the size of one element");
    params.messages = NULL;
    check(&params, "messages must not be NULL");
    params.message_count = 0;
    check(&params, "messages must not be empty");
}

static void sends_the_history_of_tool_calls(void **state)
{
    static const struct {
        chutes_tool_call call;
        const char *want;
    } cases[] = {
        {{0, 0, NULL, NULL, "f", NULL, 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_0_0\","
         "\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"},
        {{3, 0, "", NULL, "", NULL, 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_0_3\","
         "\"type\":"
         "\"function\",\"function\":{\"name\":\"\",\"arguments\":\"{}\"}}]}"},
        {{0, 0, "i", "", "f", "", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"},
        {{0, 0, "i", "function", "f", " [1, \"\\u00e9\"] ", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
         "\" [1, \\\"\\\\u00e9\\\"] \"}}]}"},
        {{0, 0, "i", "builtin_function", "f", "{}", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"builtin_function\",\"function\":{\"name\":\"f\",\"arguments\":"
         "\"{}\"}}]}"},
        {{0, 0, "i", NULL, "f", "{\"a\": oops", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
         "\"{\\\"a\\\": oops\"}}]}"},
        {{0, 0, "i", NULL, "f", " ", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\" \"}}]}"},
        {{0, 0, "i", "custom", "sql", "SELECT 1", 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"custom\",\"custom\":{\"name\":\"sql\",\"input\":"
         "\"SELECT 1\"}}]}"},
        {{0, 0, "i", "custom", "sql", NULL, 0, NULL},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"custom\",\"custom\":{\"name\":\"sql\",\"input\":\"\"}}]}"},
        {{0, 0, "i", NULL, "f", NULL, 0,
          " { \"extra_content\" : {\"google\": {\"s\": 1.0}}, \"b\":true} "},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},"
         "\"extra_content\":{\"google\": {\"s\": 1.0}},\"b\":true}]}"},
        {{0, 0, "i", "custom", "sql", NULL, 0, "{\"a\":1,\"b\":2,\"a\":3}"},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"custom\",\"custom\":{\"name\":\"sql\",\"input\":\"\"},"
         "\"b\":2,\"a\":3}]}"},
        {{0, 0, "i", NULL, "f", NULL, 0, "{}"},
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"i\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"},
        {{0, 0, "i", NULL, NULL, "{}", 0, NULL},
         "messages[0].tool_calls[0].name must not be NULL"},
        {{0, 0, "i", NULL, "secret \xFF", "{}", 0, NULL},
         "messages[0].tool_calls[0].name is not valid UTF-8"},
        {{0, 0, "secret \xFF", NULL, "f", "{}", 0, NULL},
         "messages[0].tool_calls[0].id is not valid UTF-8"},
        {{0, 0, "i", NULL, "f", "{\"secret\":\"\xFF\"}", 0, NULL},
         "messages[0].tool_calls[0].arguments is not valid UTF-8"},
    };
    const chutes_tool_call *calls[1] = {NULL};
    chutes_message message = chutes_assistant_tool_calls(NULL, calls, 1);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        calls[0] = &cases[i].call;
        check_message(&message, cases[i].want);
    }
    calls[0] = NULL;
    check_message(&message, "messages[0].tool_calls[0] must not be NULL");
    message.tool_call_size = 3;
    check_message(&message,
                  "messages[0].tool_call_size must be the size of one element");
    message.tool_calls = NULL;
    check_message(&message, "messages[0].tool_calls must not be NULL");
}

static void refuses_unknown_members_that_are_known_or_invalid(void **state)
{
    static const struct {
        const char *extra_json;
        const char *reason;
    } cases[] = {
        {"", "is not valid JSON"},
        {"{\"a\":}", "is not valid JSON"},
        {"{\"a\":1} x", "is not valid JSON"},
        {"[]", "is not a JSON object"},
        {"null", "is not a JSON object"},
        {"{\"a\":\"\xFF\"}", "is not valid UTF-8"},
        {"{\"index\":0}", "has a key that is not allowed"},
        {"{\"a\":1,\"id\":\"x\"}", "has a key that is not allowed"},
        {"{\"type\":null}", "has a key that is not allowed"},
        {"{\"function\":{}}", "has a key that is not allowed"},
        {"{\"custom\":{}}", "has a key that is not allowed"},
        {"{\"name\":\"f\"}", "has a key that is not allowed"},
        {"{\"arguments\":{}}", "has a key that is not allowed"},
        {"{\"input\":{}}", "has a key that is not allowed"},
        {"{\"args\":{}}", "has a key that is not allowed"},
        {"{\"parameters\":{}}", "has a key that is not allowed"},
        {"{\"\\u0069d\":\"x\"}", "has a key that is not allowed"},
    };
    chutes_tool_call call = {.id = "i", .name = "f"};
    const chutes_tool_call *calls[] = {&call};
    const chutes_message message = chutes_assistant_tool_calls("c", calls, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char want[128];

        call.extra_json = cases[i].extra_json;
        (void)snprintf(want, sizeof(want),
                       "messages[0].tool_calls[0].extra_json %s",
                       cases[i].reason);
        check_message(&message, want);
    }
}

static void names_the_place_of_the_first_failure(void **state)
{
    const chutes_tool_call good = {0, 0, "i", NULL, "f", "{}", 0, NULL};
    const chutes_tool_call bad = {0, 0, "i", NULL, NULL, "{}", 0, NULL};
    const chutes_tool_call *calls[] = {&good, &bad, &bad};
    chutes_message messages[] = {
        chutes_user("a"),
        chutes_user("b"),
        chutes_assistant_tool_calls("c", calls, 3),
        chutes_user(NULL),
    };
    chutes_chat_params params = base_params();

    (void)state;
    params.messages = messages;
    params.message_count = COUNT(messages);
    params.temperature = -1;
    params.stop_count = 1;
    params.tool_count = 1;
    check(&params, "messages[2].tool_calls[1].name must not be NULL");
}

/* The structs of an application built with a later version, which have
 * grown. */
struct grown_message {
    chutes_message message;
    void *more[3];
};

struct grown_part {
    chutes_content_part part;
    char more[5];
};

struct grown_tool {
    chutes_tool tool;
    char more[8];
};

static void walks_arrays_by_the_size_of_their_elements(void **state)
{
    struct grown_part parts[2];
    struct grown_message messages[2];
    struct grown_tool tools[2];
    chutes_chat_params params = base_params();

    (void)state;
    memset(parts, 0xEE, sizeof(parts));
    memset(messages, 0xEE, sizeof(messages));
    memset(tools, 0xEE, sizeof(tools));
    parts[0].part = chutes_text_part("a");
    parts[1].part = chutes_text_part("b");
    messages[0].message = chutes_system("s");
    messages[1].message = chutes_user_parts(&parts[0].part, 2);
    messages[1].message.part_size = sizeof(parts[0]);
    tools[0].tool = chutes_tool_of("f", NULL, NULL);
    tools[1].tool = chutes_tool_of("g", NULL, NULL);
    params.messages = &messages[0].message;
    params.message_count = 2;
    params.message_size = sizeof(messages[0]);
    params.tools = &tools[0].tool;
    params.tool_count = 2;
    params.tool_size = sizeof(tools[0]);
    params.tool_choice_name = "g";
    check(&params,
          "{\"model\":\"m\",\"messages\":["
          "{\"role\":\"system\",\"content\":\"s\"},"
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
          "{\"type\":\"text\",\"text\":\"b\"}]}],"
          "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},"
          "{\"type\":\"function\",\"function\":{\"name\":\"g\"}}],"
          "\"tool_choice\":{\"type\":\"function\",\"function\":"
          "{\"name\":\"g\"}}}");
}

static void appends_within_the_limit_of_the_body(void **state)
{
    chutes_chat_params params = base_params();
    struct chutes__buf body;
    chutes_error error;
    size_t len;

    (void)state;
    chutes__buf_init(&body, LIMIT);
    assert_int_equal(chutes__buf_append_str(&body, "<"), CHUTES_OK);
    assert_int_equal(chutes__encode_chat(&params, MAX_DEPTH, &body, &error),
                     CHUTES_OK);
    assert_int_equal(body.data[0], '<');
    len = body.len - 1;
    chutes__buf_dispose(&body);
    chutes__buf_init(&body, len);
    assert_int_equal(chutes__encode_chat(&params, MAX_DEPTH, &body, &error),
                     CHUTES_OK);
    chutes__buf_dispose(&body);
    chutes__buf_init(&body, len - 1);
    assert_int_equal(chutes__encode_chat(&params, MAX_DEPTH, &body, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(error.status, CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_request_bytes"));
    chutes__buf_dispose(&body);
}

static chutes_status encode_once(const chutes_chat_params *params)
{
    struct chutes__buf body;
    chutes_error error;
    chutes_status status;

    chutes__buf_init(&body, LIMIT);
    status = chutes__encode_chat(params, MAX_DEPTH, &body, &error);
    assert_true(status == CHUTES_OK || error.status == status);
    chutes__buf_dispose(&body);
    return status;
}

static void reports_that_memory_is_out(void **state)
{
    chutes_chat_params params = base_params();
    long total;
    long i;

    (void)state;
    params.extra_json = "{\"a\":1,\"b\":{\"c\":2}}";
    alloc_fail_count();
    assert_int_equal(encode_once(&params), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total >= 1);
    for (i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(encode_once(&params), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_count();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_nothing_that_is_unset),
        cmocka_unit_test(sends_every_parameter),
        cmocka_unit_test(sends_what_lies_on_the_borders),
        cmocka_unit_test(streams_if_and_only_if_someone_listens),
        cmocka_unit_test(refuses_doubles_out_of_range),
        cmocka_unit_test(refuses_integers_out_of_range),
        cmocka_unit_test(refuses_missing_and_bad_strings),
        cmocka_unit_test(refuses_wrong_logit_biases),
        cmocka_unit_test(extra_json_wins),
        cmocka_unit_test(sends_tools_and_the_choice_of_one),
        cmocka_unit_test(refuses_wrong_tools),
        cmocka_unit_test(sends_response_formats),
        cmocka_unit_test(refuses_a_schema_that_would_not_be_sent),
        cmocka_unit_test(takes_a_schema_alone_for_its_format),
        cmocka_unit_test(sends_messages_of_every_role),
        cmocka_unit_test(sends_every_field_of_a_message),
        cmocka_unit_test(sends_parts),
        cmocka_unit_test(refuses_wrong_parts),
        cmocka_unit_test(refuses_wrong_messages),
        cmocka_unit_test(sends_the_history_of_tool_calls),
        cmocka_unit_test(refuses_unknown_members_that_are_known_or_invalid),
        cmocka_unit_test(names_the_place_of_the_first_failure),
        cmocka_unit_test(walks_arrays_by_the_size_of_their_elements),
        cmocka_unit_test(appends_within_the_limit_of_the_body),
        cmocka_unit_test(reports_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
