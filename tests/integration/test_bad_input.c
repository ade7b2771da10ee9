/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

static const char FINE[] =
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n";

/* Valid parameters, of which each row spoils one. */
struct input {
    chutes_chat_params chat;
    chutes_embed_params embed;
    chutes_call_options clocks;
    chutes_message messages[3];
    chutes_content_part part;
    chutes_tool tool;
    chutes_tool_call tool_call;
    const chutes_tool_call *tool_calls[1];
    chutes_logit_bias bias;
    const char *texts[2];
};

static void make_good(struct input *in)
{
    memset(in, 0, sizeof(*in));
    in->clocks = chutes_call_options_default();
    in->messages[0] = chutes_system("be brief");
    in->messages[1] = chutes_user(CALL_PROMPT);
    in->messages[2] = chutes_assistant(CALL_PROMPT);
    in->part = chutes_text_part(CALL_PROMPT);
    in->tool = chutes_tool_of("f", NULL, "{}");
    in->tool_call.name = "f";
    in->tool_call.id = "call_1";
    in->tool_call.type = "function";
    in->tool_call.arguments = "{}";
    in->tool_calls[0] = &in->tool_call;
    in->texts[0] = "one";
    in->texts[1] = "two";
    in->chat = chutes_chat_params_default();
    in->chat.model = "m";
    in->chat.messages = in->messages;
    in->chat.message_count = 3;
    in->embed = chutes_embed_params_default();
    in->embed.model = "m";
    in->embed.input = in->texts;
    in->embed.input_count = 2;
}

static void use_part(struct input *in, chutes_part_type type)
{
    in->part.type = type;
    in->messages[1] = chutes_user_parts(&in->part, 1);
}

static void use_tool(struct input *in)
{
    in->chat.tools = &in->tool;
    in->chat.tool_count = 1;
}

static void use_tool_call(struct input *in)
{
    in->messages[2] = chutes_assistant_tool_calls(NULL, in->tool_calls, 1);
}

static void use_schema(struct input *in)
{
    in->chat.response_format = "json_schema";
    in->chat.json_schema_name = "s";
    in->chat.json_schema = "{}";
}

static void use_fallbacks(struct input *in)
{
    in->chat.fallback_models = in->texts;
    in->chat.fallback_model_count = 2;
}

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

/* The name, the field that the message must name, and the code that spoils the
 * input. */
#define CHAT_ROWS(XX)                                                          \
    XX(struct_size_0, "params.struct_size", in->chat.struct_size = 0)          \
    XX(struct_size_small, "params.struct_size", in->chat.struct_size -= 1)     \
    XX(struct_size_huge, "params.struct_size",                                 \
       in->chat.struct_size = SIZE_MAX)                                        \
    XX(no_model, "model", in->chat.model = NULL)                               \
    XX(empty_model, "model", in->chat.model = "")                              \
    XX(model_utf8, "model", in->chat.model = "m\xFF")                          \
    XX(no_messages, "messages", in->chat.messages = NULL)                      \
    XX(empty_messages, "messages", in->chat.message_count = 0)                 \
    XX(message_size_0, "message_size", in->chat.message_size = 0)              \
    XX(message_size_huge, "message_size", in->chat.message_size = SIZE_MAX)    \
    XX(no_role, "messages[1].role", in->messages[1].role = NULL)               \
    XX(empty_role, "messages[1].role", in->messages[1].role = "")              \
    XX(role_utf8, "messages[1].role", in->messages[1].role = "\xC0\x80")       \
    XX(no_content, "messages[1].content", in->messages[1].content = NULL)      \
    XX(content_byte, "messages[1].content",                                    \
       in->messages[1].content = CALL_PROMPT "\xFF")                           \
    XX(content_cut, "messages[1].content",                                     \
       in->messages[1].content = CALL_PROMPT "\xE2\x82")                       \
    XX(content_overlong, "messages[0].content",                                \
       in->messages[0].content = "\xC0\xAF")                                   \
    XX(content_surrogate, "messages[2].content",                               \
       in->messages[2].content = "\xED\xA0\x80")                               \
    XX(content_beyond, "messages[2].content",                                  \
       in->messages[2].content = "\xF4\x90\x80\x80")                           \
    XX(name_utf8, "messages[1].name", in->messages[1].name = "\x80")           \
    XX(tool_without_id, "messages[1].tool_call_id",                            \
       in->messages[1].role = "tool")                                          \
    XX(tool_id_utf8, "messages[1].tool_call_id",                               \
       in->messages[1] = chutes_tool_result("\xFF", "x"))                      \
    XX(reasoning_of_user, "messages[1].reasoning",                             \
       in->messages[1].reasoning = "hm")                                       \
    XX(reasoning_utf8, "messages[2].reasoning",                                \
       in->messages[2].reasoning = "\xFF")                                     \
    XX(message_extra, "messages[1].extra_json",                                \
       in->messages[1].extra_json = "{")                                       \
    XX(message_extra_list, "messages[1].extra_json",                           \
       in->messages[1].extra_json = "[]")                                      \
    XX(content_and_parts, "messages[1].content",                               \
       use_part(in, CHUTES_PART_TEXT);                                         \
       in->messages[1].content = "x")                                          \
    XX(no_parts, "messages[1].parts", use_part(in, CHUTES_PART_TEXT);          \
       in->messages[1].parts = NULL)                                           \
    XX(part_size, "messages[1].part_size", use_part(in, CHUTES_PART_TEXT);     \
       in->messages[1].part_size = 1)                                          \
    XX(part_type, "messages[1].parts[0].type",                                 \
       use_part(in, (chutes_part_type)0))                                      \
    XX(part_text, "messages[1].parts[0].text", use_part(in, CHUTES_PART_TEXT); \
       in->part.text = NULL)                                                   \
    XX(part_text_utf8, "messages[1].parts[0].text",                            \
       use_part(in, CHUTES_PART_TEXT);                                         \
       in->part.text = "\xFE")                                                 \
    XX(part_url, "messages[1].parts[0].url",                                   \
       use_part(in, CHUTES_PART_IMAGE_URL))                                    \
    XX(part_url_file, "messages[1].parts[0].url",                              \
       use_part(in, CHUTES_PART_VIDEO_URL);                                    \
       in->part.url = "file:///etc/passwd")                                    \
    XX(part_detail, "messages[1].parts[0].detail",                             \
       use_part(in, CHUTES_PART_IMAGE_URL);                                    \
       in->part.url = "https://x/"; in->part.detail = "most")                  \
    XX(part_audio, "messages[1].parts[0].data",                                \
       use_part(in, CHUTES_PART_INPUT_AUDIO))                                  \
    XX(part_format, "messages[1].parts[0].format",                             \
       use_part(in, CHUTES_PART_INPUT_AUDIO);                                  \
       in->part.data = "AAAA"; in->part.format = "ogg")                        \
    XX(part_file, "messages[1].parts[0].url", use_part(in, CHUTES_PART_FILE))  \
    XX(part_embeds, "messages[1].parts[0].data",                               \
       use_part(in, CHUTES_PART_IMAGE_EMBEDS))                                 \
    XX(part_json, "messages[1].parts[0].json", use_part(in, CHUTES_PART_JSON)) \
    XX(part_json_bad, "messages[1].parts[0].json",                             \
       use_part(in, CHUTES_PART_JSON);                                         \
       in->part.json = "{\"a\":01}")                                           \
    XX(calls_of_user, "messages[1].tool_calls",                                \
       in->messages[1].tool_calls = in->tool_calls;                            \
       in->messages[1].tool_call_count = 1)                                    \
    XX(no_calls, "messages[2].tool_calls", use_tool_call(in);                  \
       in->messages[2].tool_calls = NULL)                                      \
    XX(null_call, "messages[2].tool_calls[0]", use_tool_call(in);              \
       in->tool_calls[0] = NULL)                                               \
    XX(call_extra, "messages[2].tool_calls[0].extra_json", use_tool_call(in);  \
       in->tool_call.extra_json = "{\"id\":\"a\"}")                            \
    XX(call_size, "messages[2].tool_call_size", use_tool_call(in);             \
       in->messages[2].tool_call_size = 0)                                     \
    XX(call_name, "messages[2].tool_calls[0].name", use_tool_call(in);         \
       in->tool_call.name = NULL)                                              \
    XX(temperature_nan, "temperature", in->chat.temperature = NAN)             \
    XX(temperature_inf, "temperature", in->chat.temperature = INFINITY)        \
    XX(temperature_low, "temperature", in->chat.temperature = -0.1)            \
    XX(top_p_0, "top_p", in->chat.top_p = 0)                                   \
    XX(top_p_high, "top_p", in->chat.top_p = 1.1)                              \
    XX(top_p_nan, "top_p", in->chat.top_p = NAN)                               \
    XX(min_p_low, "min_p", in->chat.min_p = -0.1)                              \
    XX(min_p_high, "min_p", in->chat.min_p = 1.1)                              \
    XX(frequency_low, "frequency_penalty", in->chat.frequency_penalty = -2.1)  \
    XX(frequency_inf, "frequency_penalty",                                     \
       in->chat.frequency_penalty = -INFINITY)                                 \
    XX(presence_high, "presence_penalty", in->chat.presence_penalty = 2.1)     \
    XX(repetition_0, "repetition_penalty", in->chat.repetition_penalty = 0)    \
    XX(max_tokens_0, "max_tokens", in->chat.max_tokens = 0)                    \
    XX(max_tokens_low, "max_tokens", in->chat.max_tokens = INT64_MIN)          \
    XX(max_completion, "max_completion_tokens",                                \
       in->chat.max_completion_tokens = 0)                                     \
    XX(top_k_0, "top_k", in->chat.top_k = 0)                                   \
    XX(top_k_low, "top_k", in->chat.top_k = -2)                                \
    XX(n_0, "n must", in->chat.n = 0)                                          \
    XX(n_high, "n must", in->chat.n = 129)                                     \
    XX(logprobs_2, "logprobs", in->chat.logprobs = 2)                          \
    XX(top_logprobs, "top_logprobs", in->chat.top_logprobs = 1)                \
    XX(top_logprobs_21, "top_logprobs", in->chat.logprobs = 1;                 \
       in->chat.top_logprobs = 21)                                             \
    XX(parallel, "parallel_tool_calls", in->chat.parallel_tool_calls = 2)      \
    XX(usage_unstreamed, "include_usage", in->chat.include_usage = 1)          \
    XX(usage_2, "include_usage", in->chat.on_event = ignore_event;             \
       in->chat.include_usage = 2)                                             \
    XX(no_stop, "stop", in->chat.stop_count = 1)                               \
    XX(empty_stop, "stop[1]", in->texts[1] = ""; in->chat.stop = in->texts;    \
       in->chat.stop_count = 2)                                                \
    XX(null_stop, "stop[0]", in->texts[0] = NULL; in->chat.stop = in->texts;   \
       in->chat.stop_count = 2)                                                \
    XX(stop_utf8, "stop[0]", in->texts[0] = "\xFF"; in->chat.stop = in->texts; \
       in->chat.stop_count = 1)                                                \
    XX(no_bias, "logit_bias", in->chat.logit_bias_count = 1)                   \
    XX(bias_size, "logit_bias_size", in->chat.logit_bias = &in->bias;          \
       in->chat.logit_bias_count = 1; in->chat.logit_bias_size = 0)            \
    XX(bias_token, "logit_bias[0].token", in->chat.logit_bias = &in->bias;     \
       in->chat.logit_bias_count = 1; in->bias.token = -1)                     \
    XX(bias_high, "logit_bias[0].bias", in->chat.logit_bias = &in->bias;       \
       in->chat.logit_bias_count = 1; in->bias.bias = 100.5)                   \
    XX(bias_nan, "logit_bias[0].bias", in->chat.logit_bias = &in->bias;        \
       in->chat.logit_bias_count = 1; in->bias.bias = NAN)                     \
    XX(no_tools, "tools", in->chat.tool_count = 1)                             \
    XX(tool_size, "tool_size", use_tool(in); in->chat.tool_size = 3)           \
    XX(tool_name, "tools[0].name", use_tool(in); in->tool.name = NULL)         \
    XX(tool_name_blank, "tools[0].name", use_tool(in); in->tool.name = "a b")  \
    XX(tool_name_long, "tools[0].name", use_tool(in);                          \
       in->tool.name = "0123456789012345678901234567890123456789012345678901"  \
                       "2345678901234")                                        \
    XX(tool_description, "tools[0].description", use_tool(in);                 \
       in->tool.description = "\xFF")                                          \
    XX(tool_schema, "tools[0].parameters_json", use_tool(in);                  \
       in->tool.parameters_json = "{\"type\":}")                               \
    XX(tool_schema_list, "tools[0].parameters_json", use_tool(in);             \
       in->tool.parameters_json = "[]")                                        \
    XX(tool_schema_tail, "tools[0].parameters_json", use_tool(in);             \
       in->tool.parameters_json = "{} x")                                      \
    XX(tool_schema_empty, "tools[0].parameters_json", use_tool(in);            \
       in->tool.parameters_json = "")                                          \
    XX(tool_strict, "tools[0].strict", use_tool(in); in->tool.strict = 7)      \
    XX(choice_word, "tool_choice", use_tool(in);                               \
       in->chat.tool_choice = "perhaps")                                       \
    XX(choice_alone, "tool_choice", in->chat.tool_choice = "auto")             \
    XX(choice_unknown, "tool_choice_name", use_tool(in);                       \
       in->chat.tool_choice_name = "g")                                        \
    XX(choice_both, "tool_choice_name", use_tool(in);                          \
       in->chat.tool_choice_name = "f"; in->chat.tool_choice = "auto")         \
    XX(format, "response_format", in->chat.response_format = "xml")            \
    XX(schema_missing, "json_schema", use_schema(in);                          \
       in->chat.json_schema = NULL)                                            \
    XX(schema_bad, "json_schema", use_schema(in);                              \
       in->chat.json_schema = "{,}")                                           \
    XX(schema_null, "json_schema", use_schema(in);                             \
       in->chat.json_schema = "null")                                          \
    XX(schema_name, "json_schema_name", use_schema(in);                        \
       in->chat.json_schema_name = "a.b")                                      \
    XX(schema_empty, "json_schema_name", use_schema(in);                       \
       in->chat.json_schema_name = "")                                         \
    XX(schema_strict, "json_schema_strict", use_schema(in);                    \
       in->chat.json_schema_strict = -1)                                       \
    XX(user_utf8, "user", in->chat.user = "\xFF")                              \
    XX(effort_empty, "reasoning_effort", in->chat.reasoning_effort = "")       \
    XX(kwargs, "chat_template_kwargs",                                         \
       in->chat.chat_template_kwargs = "{\"a\":NaN}")                          \
    XX(budget, "thinking_token_budget", in->chat.thinking_token_budget = -2)   \
    XX(min_tokens, "min_tokens", in->chat.max_tokens = 1;                      \
       in->chat.min_tokens = 2)                                                \
    XX(continued, "continue_final_message",                                    \
       in->chat.continue_final_message = 1;                                    \
       in->chat.add_generation_prompt = 1)                                     \
    XX(prompt_logprobs, "prompt_logprobs", in->chat.on_event = ignore_event;   \
       in->chat.prompt_logprobs = 1)                                           \
    XX(obfuscation, "include_obfuscation", in->chat.include_obfuscation = 0)   \
    XX(salt, "cache_salt", in->chat.cache_salt = "a@b")                        \
    XX(session_utf8, "session_id", in->chat.session_id = "\xFF")               \
    XX(metadata, "metadata", in->chat.metadata = "null")                       \
    XX(thinking, "thinking", in->chat.thinking = -1)                           \
    XX(reasoning_tags, "reasoning_tags",                                       \
       in->chat.reasoning_tags = (chutes_reasoning_tags)3)                     \
    XX(tee_only, "tee_only", in->chat.tee_only = 2)                            \
    XX(no_words, "bad_words", in->chat.bad_word_count = 1)                     \
    XX(no_stop_tokens, "stop_token_ids", in->chat.stop_token_id_count = 1)     \
    XX(regex_and_schema, "structured_regex", use_schema(in);                   \
       in->chat.structured_regex = "a")                                        \
    XX(null_choice, "structured_choices[0]", in->texts[0] = NULL;              \
       in->chat.structured_choices = in->texts;                                \
       in->chat.structured_choice_count = 1)                                   \
    XX(tag, "structural_tag", in->chat.structural_tag = "[]")                  \
    XX(tool_custom, "tools[0].parameters_json", use_tool(in);                  \
       in->tool.is_custom = 1)                                                 \
    XX(allowed, "allowed_tools[0]", use_tool(in);                              \
       in->chat.allowed_tools = in->texts; in->chat.allowed_tool_count = 1)    \
    XX(extra_half, "extra_json", in->chat.extra_json = "{\"a\":1")             \
    XX(extra_list, "extra_json", in->chat.extra_json = "[1]")                  \
    XX(extra_empty, "extra_json", in->chat.extra_json = "")                    \
    XX(extra_comma, "extra_json", in->chat.extra_json = "{\"a\":1,}")          \
    XX(extra_stream, "extra_json", in->chat.extra_json = "{\"stream\":true}")  \
    XX(extra_hidden, "extra_json",                                             \
       in->chat.extra_json = "{\"str\\u0065am\":true}")                        \
    XX(extra_utf8, "extra_json", in->chat.extra_json = "{\"a\":\"\xFF\"}")     \
    XX(clocks_size, "call_options.struct_size", in->clocks.struct_size = 0;    \
       in->chat.call_options = &in->clocks)                                    \
    XX(clocks_connect, "connect_timeout_ms",                                   \
       in->clocks.connect_timeout_ms = 0;                                      \
       in->chat.call_options = &in->clocks)                                    \
    XX(clocks_idle, "idle_timeout_ms", in->clocks.idle_timeout_ms = -1;        \
       in->chat.call_options = &in->clocks)                                    \
    XX(clocks_total, "total_timeout_ms",                                       \
       in->clocks.total_timeout_ms = INT64_MAX;                                \
       in->chat.call_options = &in->clocks)                                    \
    XX(call_policy, "retry_policy", in->clocks.retry_policy = 3;               \
       in->chat.call_options = &in->clocks)                                    \
    XX(call_attempts, "max_attempts", in->clocks.max_attempts = 11;            \
       in->chat.call_options = &in->clocks)                                    \
    XX(no_fallbacks, "fallback_models", in->chat.fallback_model_count = 1)     \
    XX(null_fallback, "fallback_models[1] must not be NULL",                   \
       in->texts[1] = NULL;                                                    \
       use_fallbacks(in))                                                      \
    XX(empty_fallback, "fallback_models[0] must not be empty",                 \
       in->texts[0] = "";                                                      \
       use_fallbacks(in))                                                      \
    XX(fallback_utf8, "fallback_models[1] is not valid UTF-8",                 \
       in->texts[1] = "m\xFF";                                                 \
       use_fallbacks(in))

#define EMBED_ROWS(XX)                                                         \
    XX(struct_size_0, "params.struct_size", in->embed.struct_size = 0)         \
    XX(no_model, "model", in->embed.model = NULL)                              \
    XX(empty_model, "model", in->embed.model = "")                             \
    XX(no_input, "input", in->embed.input = NULL)                              \
    XX(empty_input, "input", in->embed.input_count = 0)                        \
    XX(no_inputs, "input", in->embed.input = NULL;                             \
       in->embed.input_count = SIZE_MAX)                                       \
    XX(batch_inputs, "max_batch_inputs must be 1 or more",                     \
       in->embed.max_batch_inputs = 0)                                         \
    XX(batch_bytes, "max_batch_bytes must be 1 or more",                       \
       in->embed.max_batch_bytes = 0)                                          \
    XX(parallel_0, "max_parallel must be 1 to 64", in->embed.max_parallel = 0) \
    XX(parallel_65, "max_parallel", in->embed.max_parallel = 65)               \
    XX(parallel_low, "max_parallel", in->embed.max_parallel = INT_MIN)         \
    XX(call_attempts, "max_attempts", in->clocks.max_attempts = 0;             \
       in->embed.call_options = &in->clocks)                                   \
    XX(empty_text, "input[1]", in->texts[1] = "")                              \
    XX(null_text, "input[0]", in->texts[0] = NULL)                             \
    XX(text_utf8, "input[1]", in->texts[1] = CALL_PROMPT "\xFF")               \
    XX(dimensions_0, "dimensions", in->embed.dimensions = 0)                   \
    XX(dimensions_low, "dimensions", in->embed.dimensions = -5)                \
    XX(encoding, "encoding_format", in->embed.encoding_format = "hex")         \
    XX(user_utf8, "user", in->embed.user = "\xFF")                             \
    XX(extra_half, "extra_json", in->embed.extra_json = "{\"a\":1")            \
    XX(extra_list, "extra_json", in->embed.extra_json = "[]")                  \
    XX(clocks_size, "call_options.struct_size", in->clocks.struct_size = 1;    \
       in->embed.call_options = &in->clocks)                                   \
    XX(clocks_total, "total_timeout_ms", in->clocks.total_timeout_ms = -1;     \
       in->embed.call_options = &in->clocks)

#define DEFINE_CHAT(name, field, statements)        \
    static void spoil_chat_##name(struct input *in) \
    {                                               \
        statements;                                 \
    }
#define DEFINE_EMBED(name, field, statements)        \
    static void spoil_embed_##name(struct input *in) \
    {                                                \
        statements;                                  \
    }
#define LIST_CHAT(name, field, statements) {#name, field, spoil_chat_##name},
#define LIST_EMBED(name, field, statements) {#name, field, spoil_embed_##name},

CHAT_ROWS(DEFINE_CHAT)
EMBED_ROWS(DEFINE_EMBED)

struct row {
    const char *name;
    const char *field;
    void (*spoil)(struct input *in);
};

static const struct row CHATS[] = {CHAT_ROWS(LIST_CHAT)};
static const struct row EMBEDS[] = {EMBED_ROWS(LIST_EMBED)};

/* Asserts that the call was refused before anything was sent, with a message
 * that names the field and doesn't quote the prompt. */
static void check_refused(const struct row *row, chutes_status status,
                          const chutes_error *error)
{
    if (status != CHUTES_ERR_INVALID_ARGUMENT ||
        error->status != CHUTES_ERR_INVALID_ARGUMENT ||
        strncmp(error->message, row->field, strlen(row->field)) != 0) {
        fail_msg("%s: %s: \"%s\"", row->name, chutes_status_name(status),
                 error->message);
    }
    assert_int_equal(error->outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(error->attempts, 0);
    assert_int_equal(error->http_status, 0);
    assert_null(strstr(error->message, "CANARY"));
}

static void bad_parameters_of_a_chat_are_named(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(CHATS); i++) {
        chutes_chat_response *response = (void *)&options;
        struct input in;
        chutes_error error;
        chutes_status status;

        make_good(&in);
        CHATS[i].spoil(&in);
        memset(&error, 0xAA, sizeof(error));
        status = chutes_chat(client, &in.chat, &response, &error);
        check_refused(&CHATS[i], status, &error);
        assert_null(response);
    }
    assert_int_equal(peer_accepts(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

static void bad_parameters_of_embeddings_are_named(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(EMBEDS); i++) {
        chutes_embed_response *response = (void *)&options;
        struct input in;
        chutes_error error;
        chutes_status status;

        make_good(&in);
        EMBEDS[i].spoil(&in);
        memset(&error, 0xAA, sizeof(error));
        status = chutes_embed(client, &in.embed, &response, &error);
        check_refused(&EMBEDS[i], status, &error);
        assert_null(response);
    }
    assert_int_equal(peer_accepts(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

static void the_input_that_is_spoiled_was_good(void **state)
{
    struct call_pair pair = call_open(FINE);
    struct input in;
    chutes_error error;

    (void)state;
    make_good(&in);
    use_tool(&in);
    use_tool_call(&in);
    use_schema(&in);
    use_part(&in, CHUTES_PART_TEXT);
    in.chat.call_options = &in.clocks;
    if (chutes_chat(pair.client, &in.chat, NULL, &error) != CHUTES_OK) {
        fail_msg("%s", error.message);
    }
    call_close(pair);
}

static void null_is_refused_where_it_is_not_allowed(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    chutes_call_options clocks = chutes_call_options_default();
    chutes_models_params list = chutes_models_params_default();
    chutes_embed_response *vectors = NULL;
    chutes_models_response *models = NULL;
    struct input in;
    chutes_error error;
    const chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;

    (void)state;
    make_good(&in);
    clocks.idle_timeout_ms = -1;
    assert_int_equal(chutes_client_new(&options, NULL, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_chat(NULL, &in.chat, NULL, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_chat(client, NULL, NULL, &error), bad);
    assert_string_equal(error.message, "params must not be NULL");
    assert_int_equal(chutes_embed(NULL, &in.embed, &vectors, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    assert_int_equal(chutes_embed(client, NULL, &vectors, &error), bad);
    assert_string_equal(error.message, "params must not be NULL");
    assert_int_equal(chutes_models_list(NULL, NULL, &models, &error), bad);
    assert_string_equal(error.message, "client must not be NULL");
    list.call_options = &clocks;
    assert_int_equal(chutes_models_list(client, &list, &models, &error), bad);
    assert_non_null(strstr(error.message, "idle_timeout_ms"));
    list.struct_size = sizeof(list) - 1;
    assert_int_equal(chutes_models_list(client, &list, &models, &error), bad);
    assert_non_null(strstr(error.message, "params.struct_size"));
    /* The same with nowhere to store the error. */
    assert_int_equal(chutes_chat(NULL, NULL, NULL, NULL), bad);
    assert_int_equal(chutes_embed(NULL, NULL, NULL, NULL), bad);
    assert_int_equal(chutes_models_list(NULL, NULL, NULL, NULL), bad);
    assert_int_equal(chutes_client_new(&options, NULL, NULL), bad);
    assert_int_equal(peer_accepts(peer), 0);
    chutes_client_free(client);
    chutes_client_free(NULL);
    peer_stop(peer);
}

/* A caller that frees what a failed call left must not free garbage. */
static void a_failed_call_clears_what_it_would_store(void **state)
{
    int garbage = 0;
    chutes_chat_response *response = (void *)&garbage;
    chutes_error error;

    (void)state;
    memset(&error, 0xAA, sizeof(error));
    assert_int_equal(chutes_chat(NULL, NULL, &response, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(response);
    assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(error.retry_after_ms, -1);
    assert_string_equal(error.request_id, "");
}

/* ---- the client's options ------------------------------------------------ */

static const struct {
    const char *url;
    const char *part;
} URLS[] = {
    {"", "base_url"},
    {"llm.chutes.ai/v1", "base_url"},
    {"ftp://llm.chutes.ai/v1", "base_url"},
    {"file:///etc/passwd", "base_url"},
    {"http://llm.chutes.ai/v1", "http"},
    {"http://127.0.0.1.evil.example/", "http"},
    {"http://localhost.evil.example/", "http"},
    {"https://", "base_url"},
    {"https:///v1", "base_url"},
    {"https://user:CANARY@llm.chutes.ai/v1", "base_url"},
    {"https://CANARY@llm.chutes.ai/v1", "base_url"},
    {"https://llm.chutes.ai@evil.example/CANARY", "base_url"},
    {"https://llm.chutes.ai/v1?key=CANARY#", "base_url"},
    {"https://llm.chutes.ai/v1#CANARY", "base_url"},
    {"https://llm.chutes.ai/v1\r\nX-Smuggled: 1", "base_url"},
    {"https://llm.chutes.ai/v1\n", "base_url"},
    {"https://llm chutes.ai/v1", "base_url"},
    {"https://llm.chutes.ai/v 1", "base_url"},
    {"https://llm.chutes.ai:99999/v1", "base_url"},
    {"https://llm.chutes.ai:port/v1", "base_url"},
    {"https://[::1/v1", "base_url"},
    {"https://l\xC3\xACm.chutes.ai/v1", "base_url"},
    {"\x01https://llm.chutes.ai/v1", "base_url"},
};

static void bad_urls_are_refused_when_the_client_is_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(URLS); i++) {
        chutes_client_options options = chutes_client_options_default();
        chutes_client *client = (void *)&options;
        chutes_error error;

        options.api_key = CALL_KEY;
        options.base_url = URLS[i].url;
        if (chutes_client_new(&options, &client, &error) != CHUTES_ERR_CONFIG ||
            strstr(error.message, URLS[i].part) == NULL ||
            strstr(error.message, "CANARY") != NULL) {
            fail_msg("%s: %s", URLS[i].url, error.message);
        }
        assert_null(client);
    }
}

static void a_missing_key_is_told_when_the_client_is_made(void **state)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = (void *)&options;
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_client_new(&options, &client, &error),
                     CHUTES_ERR_CONFIG);
    assert_null(client);
    assert_non_null(strstr(error.message, "CHUTES_API_KEY"));
    assert_int_equal(chutes_client_new(NULL, &client, &error),
                     CHUTES_ERR_CONFIG);
    assert_int_equal(chutes_client_new(NULL, &client, NULL), CHUTES_ERR_CONFIG);
}

/* ---- header injection ---------------------------------------------------- */

enum place { PLACE_KEY, PLACE_VALUE, PLACE_NAME, PLACE_AGENT, PLACE_COUNT };

static const char *const PLACE_NAMES[] = {"api_key", "headers[0].value",
                                          "headers[0].name", "user_agent"};

/* "abc" with one byte replaced. */
static void plant(char text[4], size_t at, int byte)
{
    memcpy(text, "abc", 4);
    text[at] = (char)byte;
}

static chutes_client_options options_with(const struct peer *peer,
                                          enum place place, const char *text,
                                          chutes_header *header)
{
    chutes_client_options options = call_options(peer);

    *header = (chutes_header){"X-Name", "value"};
    options.headers = header;
    options.header_count = 1;
    switch (place) {
    case PLACE_KEY:
        options.api_key = text;
        break;
    case PLACE_VALUE:
        header->value = text;
        break;
    case PLACE_NAME:
        header->name = text;
        break;
    default:
        options.user_agent = text;
        break;
    }
    return options;
}

/* Writes the line that must be sent. */
static void write_line(enum place place, const char *text, char *line,
                       size_t size)
{
    static const char *const formats[] = {
        "\r\nAuthorization: Bearer %s\r\n", "\r\nX-Name: %s\r\n",
        "\r\n%s: value\r\n",
        "\r\nUser-Agent: libchutes/" CHUTES_VERSION " %s\r\n"};
    const char *format = formats[place];
    const char *hole = strchr(format, '%');

    (void)snprintf(line, size, "%.*s%s%s", (int)(hole - format), format, text,
                   hole + 2);
}

/* If the header is sent, its bytes arrive unchanged. */
static void expect_sent(const struct peer *peer,
                        const chutes_client_options *options, enum place place,
                        const char *text)
{
    chutes_client *client = call_client(options);
    int number = peer_requests(peer) + 1;
    struct call call = {.kind = CALL_CHAT};
    const char *head;
    char line[128];

    call_run(&call, client);
    if (call.status != CHUTES_OK) {
        fail_msg("%s: 0x%02X 0x%02X 0x%02X: %s", PLACE_NAMES[place],
                 (unsigned char)text[0], (unsigned char)text[1],
                 (unsigned char)text[2], call.error.message);
    }
    head = peer_request_head(peer, number);
    write_line(place, text, line, sizeof(line));
    if (strstr(head, line) == NULL) {
        fail_msg("%s: no `%s` in\n%s", PLACE_NAMES[place], line, head);
    }
    call_dispose(&call);
    chutes_client_free(client);
}

static bool is_sendable(enum place place, int byte)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";

    switch (place) {
    case PLACE_KEY:
        return byte > 0x20 && byte < 0x7F;
    case PLACE_NAME:
        return byte != 0 && memchr(token, byte, sizeof(token) - 1) != NULL;
    default:
        return byte == '\t' || (byte >= 0x20 && byte < 0x7F);
    }
}

static void try_byte(const struct peer *peer, enum place place, size_t at,
                     int byte)
{
    chutes_client *client = NULL;
    chutes_client_options options;
    chutes_header header;
    chutes_error error;
    char text[4];
    int accepts = peer_accepts(peer);

    plant(text, at, byte);
    options = options_with(peer, place, text, &header);
    if (is_sendable(place, byte)) {
        expect_sent(peer, &options, place, text);
        return;
    }
    assert_int_equal(chutes_client_new(&options, &client, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(client);
    if (strstr(error.message, PLACE_NAMES[place]) == NULL) {
        fail_msg("%s: %s", PLACE_NAMES[place], error.message);
    }
    assert_int_equal(peer_accepts(peer), accepts);
}

/* A NUL byte can't be sent, because it ends the text: the text before it is
 * sent. */
static void no_byte_in_a_header_smuggles_another_header(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);

    (void)state;
    for (int place = 0; place < PLACE_COUNT; place++) {
        for (size_t at = 0; at < 3; at++) {
            for (int byte = 1; byte < 256; byte++) {
                try_byte(peer, (enum place)place, at, byte);
            }
        }
    }
    peer_stop(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_parameters_of_a_chat_are_named),
        cmocka_unit_test(bad_parameters_of_embeddings_are_named),
        cmocka_unit_test(the_input_that_is_spoiled_was_good),
        cmocka_unit_test(null_is_refused_where_it_is_not_allowed),
        cmocka_unit_test(a_failed_call_clears_what_it_would_store),
        cmocka_unit_test(bad_urls_are_refused_when_the_client_is_made),
        cmocka_unit_test(a_missing_key_is_told_when_the_client_is_made),
        cmocka_unit_test(no_byte_in_a_header_smuggles_another_header),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
