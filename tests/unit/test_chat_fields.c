/* SPDX-License-Identifier: MIT */
/* The parameters that only some servers take: what each adds to the body, or
 * why it is refused. */
#include "codec/request.h"
#include "test.h"

#include <string.h>

#include "json/reader.h"

static int ignore_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

static const char *const TEXTS[] = {"a", "b"};
static const char *const HOLES[] = {"a", NULL};
static const int64_t TOKENS[] = {7, 9007199254740993};
static const int64_t BAD_TOKENS[] = {7, -1};

struct input {
    chutes_chat_params chat;
    chutes_tool tools[2];
};

static void use_tools(struct input *in)
{
    in->tools[0] = chutes_tool_of("f", NULL, NULL);
    in->tools[1] = chutes_custom_tool_of("sql", "runs", "lark", "start: \"a\"");
    in->chat.tools = in->tools;
    in->chat.tool_count = 2;
}

static void use_allowed(struct input *in, const char *const *names)
{
    use_tools(in);
    in->chat.allowed_tools = names;
    in->chat.allowed_tool_count = 1;
}

static const char *const ALLOW_F[] = {"f"};
static const char *const ALLOW_SQL[] = {"sql"};
static const char *const ALLOW_NONE[] = {"g"};

#define BOTH_TOOLS                                                       \
    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}," \
    "{\"type\":\"custom\",\"custom\":{\"name\":\"sql\",\"description\":" \
    "\"runs\",\"format\":{\"type\":\"grammar\",\"grammar\":{\"syntax\":" \
    "\"lark\",\"definition\":\"start: \\\"a\\\"\"}}}}]"
#define STRUCTURED(rest) ",\"structured_outputs\":{" rest

/* A name, what is set, and what is then added to the smallest body (it begins
 * with a comma), or the message of the refusal. */
#define NUMBER_ROWS(XX)                                                        \
    XX(budget, in->chat.thinking_token_budget = 0,                             \
       ",\"thinking_token_budget\":0")                                         \
    XX(no_budget, in->chat.thinking_token_budget = -1,                         \
       ",\"thinking_token_budget\":-1")                                        \
    XX(bad_budget, in->chat.thinking_token_budget = -2,                        \
       "thinking_token_budget must be 0 or more, or -1")                       \
    XX(min_tokens, in->chat.min_tokens = 0, ",\"min_tokens\":0")               \
    XX(bad_min_tokens, in->chat.min_tokens = -1,                               \
       "min_tokens must be 0 or more")                                         \
    XX(min_is_max, in->chat.min_tokens = in->chat.max_tokens = 5,              \
       ",\"max_tokens\":5,\"min_tokens\":5")                                   \
    XX(min_above_max, in->chat.max_tokens = 5;                                 \
       in->chat.min_tokens = 6, "min_tokens is above max_tokens")              \
    XX(completion_tokens_win, in->chat.max_tokens = 1;                         \
       in->chat.max_completion_tokens = 6;                                     \
       in->chat.min_tokens = 6,                                                \
       ",\"max_tokens\":1,\"max_completion_tokens\":6,\"min_tokens\":6")       \
    XX(priority, in->chat.priority = -3, ",\"priority\":-3")                   \
    XX(include_reasoning, in->chat.include_reasoning = 0,                      \
       ",\"include_reasoning\":false")                                         \
    XX(flag_of_2, in->chat.include_reasoning = 2,                              \
       "include_reasoning must be 0 or 1")                                     \
    XX(store, in->chat.store = 0, ",\"store\":false")                          \
    XX(ignore_eos, in->chat.ignore_eos = 1, ",\"ignore_eos\":true")            \
    XX(special, in->chat.skip_special_tokens = 0,                              \
       ",\"skip_special_tokens\":false")                                       \
    XX(continued, in->chat.continue_final_message = 1;                         \
       in->chat.add_generation_prompt = 0,                                     \
       ",\"continue_final_message\":true,\"add_generation_prompt\":false")     \
    XX(continued_and_prompted, in->chat.continue_final_message = 1;            \
       in->chat.add_generation_prompt = 1,                                     \
       "continue_final_message excludes add_generation_prompt")                \
    XX(token_ids, in->chat.return_token_ids = 1, ",\"return_token_ids\":true") \
    XX(prompt_logprobs, in->chat.prompt_logprobs = -1,                         \
       ",\"prompt_logprobs\":-1")                                              \
    XX(bad_prompt_logprobs, in->chat.prompt_logprobs = -2,                     \
       "prompt_logprobs must be 0 or more, or -1")                             \
    XX(streamed_prompt_logprobs, in->chat.prompt_logprobs = 1;                 \
       in->chat.on_event = ignore_event, "prompt_logprobs excludes on_event")  \
    XX(stream_options, in->chat.on_event = ignore_event;                       \
       in->chat.continuous_usage_stats = 1;                                    \
       in->chat.include_obfuscation = 0,                                       \
       ",\"stream\":true,\"stream_options\":{\"continuous_usage_stats\":true," \
       "\"include_obfuscation\":false}")                                       \
    XX(unstreamed_usage, in->chat.continuous_usage_stats = 1,                  \
       "continuous_usage_stats needs on_event")                                \
    XX(unstreamed_padding, in->chat.include_obfuscation = 0,                   \
       "include_obfuscation needs on_event")                                   \
    XX(skipped_checks, in->chat.skip_validation = 1;                           \
       in->chat.temperature = -1; in->chat.top_k = 0;                          \
       in->chat.top_logprobs = -1;                                             \
       in->chat.include_usage = 1,                                             \
       ",\"stream_options\":{\"include_usage\":true},\"temperature\":-1,"      \
       "\"top_k\":0,\"top_logprobs\":-1")

#define TEXT_ROWS(XX)                                                        \
    XX(effort, in->chat.reasoning_effort = "xhigh",                          \
       ",\"reasoning_effort\":\"xhigh\"")                                    \
    XX(verbosity, in->chat.verbosity = "low", ",\"verbosity\":\"low\"")      \
    XX(empty_verbosity, in->chat.verbosity = "",                             \
       "verbosity must not be empty")                                        \
    XX(tier, in->chat.service_tier = "flex", ",\"service_tier\":\"flex\"")   \
    XX(safety, in->chat.safety_identifier = "s",                             \
       ",\"safety_identifier\":\"s\"")                                       \
    XX(cache_key, in->chat.prompt_cache_key = "k",                           \
       ",\"prompt_cache_key\":\"k\"")                                        \
    XX(request_id, in->chat.request_id = "r",                                \
       ",\"request_id\":\"r\",\"rid\":\"r\"")                                \
    XX(bad_request_id, in->chat.request_id = "\xFF",                         \
       "request_id is not valid UTF-8")                                      \
    XX(session, in->chat.session_id = "s", ",\"session_id\":\"s\"")          \
    XX(salt, in->chat.cache_salt = "s", ",\"cache_salt\":\"s\"")             \
    XX(bad_salt, in->chat.cache_salt = "a/b",                                \
       "cache_salt must be 1 to 128 bytes without @, / and \\")              \
    XX(empty_salt, in->chat.cache_salt = "", "cache_salt must not be empty") \
    XX(thinking, in->chat.thinking = 0,                                      \
       ",\"chat_template_kwargs\":{\"enable_thinking\":false,"               \
       "\"thinking\":false}")                                                \
    XX(thinking_2, in->chat.thinking = 2, "thinking must be 0 or 1")         \
    XX(thinking_and_more, in->chat.thinking = 1;                             \
       in->chat.chat_template_kwargs = "{\"thinking\":\"deep\",\"x\":1}",    \
       ",\"chat_template_kwargs\":{\"enable_thinking\":true,"                \
       "\"thinking\":\"deep\",\"x\":1}")                                     \
    XX(bad_kwargs, in->chat.thinking = 1;                                    \
       in->chat.chat_template_kwargs = "[]",                                 \
       "chat_template_kwargs is not a JSON object")                          \
    XX(prediction, in->chat.prediction = "{\"type\":\"content\"}",           \
       ",\"prediction\":{\"type\":\"content\"}")                             \
    XX(web_search, in->chat.web_search_options = "{}",                       \
       ",\"web_search_options\":{}")                                         \
    XX(metadata, in->chat.metadata = "{\"a\":\"b\"}",                        \
       ",\"metadata\":{\"a\":\"b\"}")                                        \
    XX(bad_metadata, in->chat.metadata = "[]",                               \
       "metadata is not a JSON object")                                      \
    XX(bad_prediction, in->chat.prediction = "{",                            \
       "prediction is not valid JSON")                                       \
    XX(spoken, in->chat.modalities = TEXTS; in->chat.modality_count = 2;     \
       in->chat.audio = "{\"voice\":\"v\"}",                                 \
       ",\"modalities\":[\"a\",\"b\"],\"audio\":{\"voice\":\"v\"}")          \
    XX(bad_words, in->chat.bad_words = TEXTS;                                \
       in->chat.bad_word_count = 1, ",\"bad_words\":[\"a\"]")                \
    XX(null_word, in->chat.bad_words = HOLES;                                \
       in->chat.bad_word_count = 2, "bad_words[1] must not be NULL")         \
    XX(stop_tokens, in->chat.stop_token_ids = TOKENS;                        \
       in->chat.stop_token_id_count = 2,                                     \
       ",\"stop_token_ids\":[7,9007199254740993]")                           \
    XX(allowed_tokens, in->chat.allowed_token_ids = TOKENS;                  \
       in->chat.allowed_token_id_count = 1, ",\"allowed_token_ids\":[7]")    \
    XX(no_tokens, in->chat.allowed_token_id_count = 1,                       \
       "allowed_token_ids must not be NULL")                                 \
    XX(bad_token, in->chat.stop_token_ids = BAD_TOKENS;                      \
       in->chat.stop_token_id_count = 2,                                     \
       "stop_token_ids[1] must be 0 or more")

#define FORMAT_ROWS(XX)                                                \
    XX(regex, in->chat.structured_regex = "a+",                        \
       STRUCTURED("\"regex\":\"a+\"},\"regex\":\"a+\""))               \
    XX(empty_regex, in->chat.structured_regex = "",                    \
       "structured_regex must not be empty")                           \
    XX(grammar, in->chat.structured_grammar = "root ::= \"a\"",        \
       STRUCTURED("\"grammar\":\"root ::= \\\"a\\\"\"},"               \
                  "\"ebnf\":\"root ::= \\\"a\\\"\""))                  \
    XX(choices, in->chat.structured_choices = TEXTS;                   \
       in->chat.structured_choice_count = 2,                           \
       STRUCTURED("\"choice\":[\"a\",\"b\"]}"))                        \
    XX(null_choice, in->chat.structured_choices = HOLES;               \
       in->chat.structured_choice_count = 2,                           \
       "structured_choices[1] must not be NULL")                       \
    XX(tag, in->chat.structural_tag = "{\"type\":\"structural_tag\"}", \
       ",\"response_format\":{\"type\":\"structural_tag\"}")           \
    XX(tag_and_text, in->chat.structural_tag = "{}";                   \
       in->chat.response_format = "text",                              \
       "structural_tag excludes response_format")                      \
    XX(regex_and_text, in->chat.structured_regex = "a";                \
       in->chat.response_format = "text",                              \
       ",\"response_format\":{\"type\":\"text\"}" STRUCTURED(          \
           "\"regex\":\"a\"},\"regex\":\"a\""))                        \
    XX(regex_and_schema, in->chat.structured_regex = "a";              \
       in->chat.json_schema = "{}",                                    \
       "structured_regex excludes other constraints on the answer")    \
    XX(regex_and_choices, in->chat.structured_regex = "a";             \
       in->chat.structured_choices = TEXTS;                            \
       in->chat.structured_choice_count = 1,                           \
       "structured_choices excludes other constraints on the answer")

#define TOOL_ROWS(XX)                                                          \
    XX(custom_tool, use_tools(in), BOTH_TOOLS)                                 \
    XX(custom_of_any_text, use_tools(in);                                      \
       in->tools[0] = chutes_custom_tool_of("t", NULL, NULL, NULL);            \
       in->chat.tool_count = 1,                                                \
       ",\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"t\"}}]")       \
    XX(custom_choice, use_tools(in);                                           \
       in->chat.tool_choice_name = "sql",                                      \
       BOTH_TOOLS ",\"tool_choice\":{\"type\":\"custom\",\"custom\":"          \
                  "{\"name\":\"sql\"}}")                                       \
    XX(custom_with_schema, use_tools(in);                                      \
       in->tools[1].parameters_json = "{}",                                    \
       "tools[1].parameters_json needs is_custom 0")                           \
    XX(function_with_grammar, use_tools(in);                                   \
       in->tools[0].grammar = "g", "tools[0].grammar needs is_custom 1")       \
    XX(no_grammar, use_tools(in);                                              \
       in->tools[1].grammar = NULL, "tools[1].grammar must not be NULL")       \
    XX(no_syntax, use_tools(in); in->tools[1].grammar_syntax = NULL,           \
                                 "tools[1].grammar_syntax must not be NULL")   \
    XX(bad_syntax, use_tools(in);                                              \
       in->tools[1].grammar_syntax = "bnf",                                    \
       "tools[1].grammar_syntax must be lark or regex")                        \
    XX(custom_2, use_tools(in);                                                \
       in->tools[1].is_custom = 2, "tools[1].is_custom must be 0 or 1")        \
    XX(allowed, use_allowed(in, ALLOW_F),                                      \
       BOTH_TOOLS ",\"tool_choice\":{\"type\":\"allowed_tools\","              \
                  "\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":" \
                  "\"function\",\"function\":{\"name\":\"f\"}}]}}")            \
    XX(allowed_required, use_allowed(in, ALLOW_SQL);                           \
       in->chat.tool_choice = "required",                                      \
       BOTH_TOOLS ",\"tool_choice\":{\"type\":\"allowed_tools\","              \
                  "\"allowed_tools\":{\"mode\":\"required\",\"tools\":["       \
                  "{\"type\":\"custom\",\"custom\":{\"name\":\"sql\"}}]}}")    \
    XX(allowed_none, use_allowed(in, ALLOW_F);                                 \
       in->chat.tool_choice = "none",                                          \
       "tool_choice must be auto or required with allowed_tools")              \
    XX(allowed_unknown, use_allowed(in, ALLOW_NONE),                           \
       "allowed_tools[0] must be the name of one of the tools")                \
    XX(allowed_null, use_allowed(in, &HOLES[1]),                               \
       "allowed_tools[0] must not be NULL")                                    \
    XX(no_allowed, use_allowed(in, NULL), "allowed_tools must not be NULL")    \
    XX(allowed_and_one, use_allowed(in, ALLOW_F);                              \
       in->chat.tool_choice_name = "f",                                        \
       "tool_choice_name excludes allowed_tools")

#define ALL_ROWS(XX) \
    NUMBER_ROWS(XX)  \
    TEXT_ROWS(XX)    \
    FORMAT_ROWS(XX)  \
    TOOL_ROWS(XX)

#define DEFINE(name, statements, want)       \
    static void set_##name(struct input *in) \
    {                                        \
        statements;                          \
    }
#define LIST(name, statements, want) {#name, set_##name, want},

ALL_ROWS(DEFINE)

static const struct {
    const char *name;
    void (*set)(struct input *in);
    const char *want;
} ROWS[] = {ALL_ROWS(LIST)};

/* Appends what the parameters add to the smallest body, without the last brace,
 * or the message of their refusal. */
static void encode(const chutes_chat_params *params, struct chutes__buf *got)
{
    static const char head[] = "{\"model\":\"m\",\"messages\":[{\"role\":"
                               "\"user\",\"content\":\"hi\"}]";
    const size_t head_len = sizeof(head) - 1;
    struct chutes__buf body;
    chutes_error error;

    chutes__buf_init(&body, 1 << 16);
    if (chutes__encode_chat(params, 8, &body, &error) == CHUTES_OK) {
        assert_true(chutes__json_is_valid(body.data, body.len, 8));
        assert_memory_equal(body.data, head, head_len);
        assert_int_equal(chutes__buf_append(got, body.data + head_len,
                                            body.len - head_len - 1),
                         CHUTES_OK);
    } else {
        assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_int_equal(
            chutes__buf_append(got, error.message, strlen(error.message)),
            CHUTES_OK);
    }
    chutes__buf_dispose(&body);
}

static void each_field_is_sent_or_refused(void **state)
{
    const chutes_message message = chutes_user("hi");

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct chutes__buf got;
        struct input in;

        memset(&in, 0, sizeof(in));
        in.chat = chutes_chat_params_default();
        in.chat.model = "m";
        in.chat.messages = &message;
        in.chat.message_count = 1;
        ROWS[i].set(&in);
        chutes__buf_init(&got, 1 << 16);
        encode(&in.chat, &got);
        if (got.len != strlen(ROWS[i].want) ||
            memcmp(got.data, ROWS[i].want, got.len) != 0) {
            fail_msg("%s: %s", ROWS[i].name, got.data);
        }
        chutes__buf_dispose(&got);
    }
}

static void a_skipped_check_is_of_the_server_only(void **state)
{
    chutes_chat_params params = chutes_chat_params_default();
    const chutes_message message = chutes_user("\xFF");
    struct chutes__buf got;

    (void)state;
    params.model = "m";
    params.messages = &message;
    params.message_count = 1;
    params.skip_validation = 1;
    chutes__buf_init(&got, 1 << 16);
    encode(&params, &got);
    assert_string_equal(got.data, "messages[0].content is not valid UTF-8");
    chutes__buf_dispose(&got);
}

static void keys_that_newer_servers_ignore_are_found(void **state)
{
    chutes_chat_params params = chutes_chat_params_default();

    (void)state;
    assert_null(chutes__chat_ignored_key(&params));
    params.extra_json = "{\"metadata\":{\"guided_json\":1}}";
    assert_null(chutes__chat_ignored_key(&params));
    params.extra_json = "{\"a\":1,\"guided_regex\":\"a\"}";
    assert_string_equal(chutes__chat_ignored_key(&params), "guided_regex");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_sent_or_refused),
        cmocka_unit_test(a_skipped_check_is_of_the_server_only),
        cmocka_unit_test(keys_that_newer_servers_ignore_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
