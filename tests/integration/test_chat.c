/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

static const char FINE[] =
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
    "\"content\":\"fine\"},\"finish_reason\":\"stop\"}],\"data\":[{\"id\":\"m\""
    "}]}\n";

/* ---- whole answers ------------------------------------------------------- */

static void check_first_choice(const chutes_chat_choice *choice)
{
    assert_int_equal(choice->index, 0);
    assert_int_equal(choice->finished, 1);
    assert_string_equal(choice->content, "Gr\xC3\xBC\xC3\x9F"
                                         "e, \"you\"\n");
    assert_int_equal(choice->content_len, strlen(choice->content));
    assert_null(choice->reasoning);
    assert_null(choice->refusal);
    assert_int_equal(choice->tool_call_count, 0);
    assert_string_equal(choice->finish_reason, "stop");
    assert_string_equal(choice->stop_reason, "END");
    assert_int_equal(choice->logprob_count, 1);
    assert_true(fabs(choice->logprobs[0]->logprob + 0.25) < 1e-9);
    assert_int_equal(choice->logprobs[0]->top[0]->byte_count, 2);
}

static void check_second_choice(const chutes_chat_choice *choice)
{
    assert_int_equal(choice->index, 1);
    assert_null(choice->content);
    assert_string_equal(choice->reasoning, "Think.");
    assert_string_equal(choice->finish_reason, "tool_calls");
    assert_null(choice->stop_reason);
    assert_int_equal(choice->logprob_count, 0);
    assert_int_equal(choice->tool_call_count, 2);
    assert_string_equal(choice->tool_calls[0]->id, "call_a");
    assert_string_equal(choice->tool_calls[0]->name, "get_time");
    assert_string_equal(choice->tool_calls[0]->arguments, "{\"zone\":\"UTC\"}");
    assert_string_equal(choice->tool_calls[1]->id, "call_b");
    assert_int_equal(choice->tool_calls[1]->index, 1);
}

static void a_whole_answer_has_everything(void **state)
{
    struct peer *peer = peer_start_file("client/chat_full.txt", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct call call = {.kind = CALL_CHAT};
    const chutes_response_info *info;

    (void)state;
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_OK);
    assert_int_equal(call.chat->complete, 1);
    assert_int_equal(call.chat->end, CHUTES_END_DONE);
    assert_string_equal(call.chat->id, "chatcmpl-1");
    assert_string_equal(call.chat->model, "org/model");
    assert_int_equal(call.chat->created, 1700000000);
    assert_int_equal(call.chat->choice_count, 2);
    assert_int_equal(call.chat->warning_count, 0);
    check_first_choice(call.chat->choices[0]);
    check_second_choice(call.chat->choices[1]);
    assert_int_equal(call.chat->usage->prompt_tokens, 11);
    assert_int_equal(call.chat->usage->total_tokens, 18);
    assert_int_equal(call.chat->usage->cached_tokens, 4);
    assert_int_equal(call.chat->usage->reasoning_tokens, 3);
    assert_non_null(strstr(call.chat->raw_json, "\"weight_version\""));
    assert_int_equal(strlen(call.chat->raw_json), call.chat->raw_len);
    info = call.chat->info;
    assert_int_equal(info->http_status, 200);
    assert_string_equal(info->request_id,
                        "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
    assert_int_equal(info->quota_total, 0);
    assert_int_equal(info->quota_used, -1);
    assert_true(info->rate_limit_user == INT64_MAX);
    assert_int_equal(info->retry_after_ms, 1500);
    assert_string_equal(chutes_response_header(info, "set-cookie"), "a=1");
    assert_string_equal(info->headers[5]->value, "b=2");
    assert_int_equal(info->timing.first_token_us, -1);
    assert_true(info->timing.first_byte_us >= info->timing.connect_us);
    assert_true(info->timing.total_us >= info->timing.first_byte_us);
    assert_true(info->timing.tokens_per_second > 0);
    /* A result outlives its client. */
    chutes_client_free(client);
    peer_stop(peer);
    assert_string_equal(call.chat->choices[1]->reasoning, "Think.");
    call_dispose(&call);
}

static void the_answer_may_go_to_nowhere(void **state)
{
    struct call_pair pair = call_open(FINE);
    chutes_chat_params params = call_chat_params();

    (void)state;
    assert_int_equal(chutes_chat(pair.client, &params, NULL, NULL), CHUTES_OK);
    assert_string_equal(chutes_chat_response_text(NULL), "");
    chutes_chat_response_free(NULL);
    call_close(pair);
}

static void names_of_ends_are_constant(void **state)
{
    (void)state;
    assert_string_equal(chutes_end_name(CHUTES_END_NONE), "none");
    assert_string_equal(chutes_end_name(CHUTES_END_DONE), "done");
    assert_string_equal(chutes_end_name(CHUTES_END_FINISHED_WITHOUT_DONE),
                        "finished_without_done");
    assert_string_equal(chutes_end_name(CHUTES_END_TRUNCATED), "truncated");
    assert_string_equal(chutes_end_name(CHUTES_END_ERROR), "error");
    assert_string_equal(chutes_end_name((chutes_end)99), "unknown");
}

/* ---- the bytes of requests ----------------------------------------------- */

static void expect_sent(const chutes_chat_params *params, enum call_kind kind,
                        const char *body)
{
    struct call_pair pair = call_open(FINE);
    struct call call = {.kind = kind};

    call_run_chat(&call, pair.client, params);
    if (call.status != CHUTES_OK) {
        fail_msg("%s", call.error.message);
    }
    assert_string_equal(peer_request_body(pair.peer, 1), body);
    call_dispose(&call);
    call_close(pair);
}

static void count_warning(chutes_log_level level, const char *line,
                          void *user_data)
{
    int *count = user_data;

    if (level == CHUTES_LOG_WARN && strstr(line, "extra_json.guided_json")) {
        (*count)++;
    }
}

static void a_constraint_that_newer_servers_ignore_is_logged(void **state)
{
    struct peer *peer = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_chat_params params = call_chat_params();
    chutes_client *client;
    int count = 0;

    (void)state;
    options.on_log = count_warning;
    options.log_user_data = &count;
    options.log_level = CHUTES_LOG_WARN;
    client = call_client(&options);
    params.extra_json = "{\"guided_json\":{}}";
    assert_int_equal(chutes_chat(client, &params, NULL, NULL), CHUTES_OK);
    assert_int_equal(count, 1);
    chutes_client_free(client);
    peer_stop(peer);
}

static void only_a_tee_is_asked_for_by_a_header(void **state)
{
    static const char header[] = "\r\nX-TEE-Only: true\r\n";
    struct call_pair pair = call_open(FINE);
    chutes_chat_params params = call_chat_params();

    (void)state;
    assert_int_equal(chutes_chat(pair.client, &params, NULL, NULL), CHUTES_OK);
    params.tee_only = 1;
    assert_int_equal(chutes_chat(pair.client, &params, NULL, NULL), CHUTES_OK);
    assert_null(strstr(peer_request_head(pair.peer, 1), header));
    assert_non_null(strstr(peer_request_head(pair.peer, 2), header));
    call_close(pair);
}

static void what_is_unset_is_not_sent(void **state)
{
    chutes_chat_params params = call_chat_params();

    (void)state;
    expect_sent(&params, CALL_CHAT,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                "\"content\":\"" CALL_PROMPT "\"}]}");
    expect_sent(&params, CALL_STREAM,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                "\"content\":\"" CALL_PROMPT "\"}],\"stream\":true}");
}

static void every_parameter_is_sent_as_it_is(void **state)
{
    static const char *const stop[] = {"END", "\n\n"};
    static const chutes_logit_bias bias[] = {{42, -100}, {7, 0.5}};
    chutes_chat_params params = call_chat_params();
    chutes_tool tool =
        chutes_tool_of("f", "does f", "{\"type\":\"object\", \"x\": 1.0}");

    (void)state;
    tool.strict = 1;
    params.temperature = 0.7;
    params.top_p = 1;
    params.min_p = 0;
    params.frequency_penalty = -2;
    params.presence_penalty = 0.5;
    params.repetition_penalty = 1.1;
    params.max_tokens = 100;
    params.max_completion_tokens = 200;
    params.seed = 9007199254740993;
    params.top_k = -1;
    params.n = 2;
    params.logprobs = 1;
    params.top_logprobs = 0;
    params.parallel_tool_calls = 0;
    params.include_usage = 1;
    params.stop = stop;
    params.stop_count = 2;
    params.logit_bias = bias;
    params.logit_bias_count = 2;
    params.tools = &tool;
    params.tool_count = 1;
    params.tool_choice = "auto";
    params.response_format = "json_object";
    params.user = "u";
    params.reasoning_effort = "low";
    params.chat_template_kwargs = "{\"enable_thinking\":false}";
    params.extra_json = "{\"custom\":{\"a\": 1.50},\"temperature\":0}";
    expect_sent(&params, CALL_STREAM,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                "\"" CALL_PROMPT "\"}],\"stream\":true"
                ",\"stream_options\":{\"include_usage\":true},\"top_p\":1"
                ",\"min_p\":0,\"frequency_penalty\":-2"
                ",\"presence_penalty\":0.5,\"repetition_penalty\":1.1"
                ",\"max_tokens\":100,\"max_completion_tokens\":200"
                ",\"seed\":9007199254740993,\"top_k\":-1,\"n\":2"
                ",\"logprobs\":true,\"top_logprobs\":0"
                ",\"parallel_tool_calls\":false,\"stop\":[\"END\",\"\\n\\n\"]"
                ",\"logit_bias\":{\"42\":-100,\"7\":0.5}"
                ",\"tools\":[{\"type\":\"function\""
                ",\"function\":{\"name\":\"f\",\"description\":\"does f\""
                ",\"parameters\":{\"type\":\"object\", \"x\": 1.0}"
                ",\"strict\":true}}],\"tool_choice\":\"auto\""
                ",\"response_format\":{\"type\":\"json_object\"}"
                ",\"user\":\"u\",\"reasoning_effort\":\"low\""
                ",\"chat_template_kwargs\":{\"enable_thinking\":false}"
                ",\"custom\":{\"a\": 1.50},\"temperature\":0}");
}

static const struct {
    const char *name;
    chutes_auth auth;
    chutes_header headers[2];
    size_t header_count;
    const char *agent;
    enum call_kind kind;
    const char *has[6];
    const char *lacks[4];
} HEADS[] = {
    {"as it is",
     CHUTES_AUTH_BEARER,
     {{NULL, NULL}},
     0,
     NULL,
     CALL_CHAT,
     {"POST /v1/chat/completions HTTP/1.1\r\n",
      "\r\nAuthorization: Bearer " CALL_KEY "\r\n",
      "\r\nAccept: application/json\r\n",
      "\r\nContent-Type: application/json\r\n",
      "\r\nUser-Agent: libchutes/" CHUTES_VERSION "\r\n"},
     {"X-API-Key", "Expect", "gzip", "Cookie"}},
    {"a stream",
     CHUTES_AUTH_BEARER,
     {{NULL, NULL}},
     0,
     NULL,
     CALL_STREAM,
     {"POST /v1/chat/completions HTTP/1.1\r\n",
      "\r\nAccept: text/event-stream\r\n"},
     {"Accept: application/json"}},
    {"embeddings",
     CHUTES_AUTH_BEARER,
     {{NULL, NULL}},
     0,
     NULL,
     CALL_EMBED,
     {"POST /v1/embeddings HTTP/1.1\r\n",
      "\r\nAuthorization: Bearer " CALL_KEY "\r\n"},
     {"text/event-stream"}},
    {"models",
     CHUTES_AUTH_BEARER,
     {{NULL, NULL}},
     0,
     NULL,
     CALL_MODELS,
     {"GET /v1/models HTTP/1.1\r\n",
      "\r\nAuthorization: Bearer " CALL_KEY "\r\n"},
     {"Content-Type", "Content-Length", "Transfer-Encoding"}},
    {"the key where other gateways want it",
     CHUTES_AUTH_X_API_KEY,
     {{NULL, NULL}},
     0,
     NULL,
     CALL_CHAT,
     {"\r\nX-API-Key: " CALL_KEY "\r\n"},
     {"Authorization"}},
    {"headers of the caller's",
     CHUTES_AUTH_BEARER,
     {{"X-Enable-Thinking", "true"}, {"X-Empty", ""}},
     2,
     "app/1",
     CALL_CHAT,
     {"\r\nX-Enable-Thinking: true\r\n", "\r\nX-Empty:\r\n",
      "\r\nUser-Agent: libchutes/" CHUTES_VERSION " app/1\r\n",
      "\r\nAuthorization: Bearer " CALL_KEY "\r\n"},
     {NULL}},
    {"headers in place of ours",
     CHUTES_AUTH_BEARER,
     {{"Authorization", "Token t"}, {"user-agent", "mine"}},
     2,
     NULL,
     CALL_CHAT,
     {"\r\nAuthorization: Token t\r\n", "\r\nuser-agent: mine\r\n"},
     {"libchutes", "Bearer", "CANARY"}},
    {"headers removed",
     CHUTES_AUTH_BEARER,
     {{"Authorization", NULL}, {"Accept", NULL}},
     2,
     NULL,
     CALL_CHAT,
     {"\r\nUser-Agent: libchutes/"},
     {"Authorization", "Accept:", "CANARY"}},
    {"the agent removed",
     CHUTES_AUTH_BEARER,
     {{"User-Agent", NULL}},
     1,
     NULL,
     CALL_CHAT,
     {"\r\nAuthorization: Bearer "},
     {"User-Agent", "libcurl"}},
};

static void the_heads_of_requests_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(HEADS); i++) {
        struct peer *peer = peer_start(FINE, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct call call = {.kind = HEADS[i].kind};
        chutes_client *client;
        const char *head;

        options.auth = HEADS[i].auth;
        options.headers = HEADS[i].headers;
        options.header_count = HEADS[i].header_count;
        options.user_agent = HEADS[i].agent;
        client = call_client(&options);
        call_run(&call, client);
        head = peer_request_head(peer, 1);
        assert_non_null(head);
        for (size_t k = 0; k < 6 && HEADS[i].has[k] != NULL; k++) {
            if (strstr(head, HEADS[i].has[k]) == NULL) {
                fail_msg("%s: no `%s` in\n%s", HEADS[i].name, HEADS[i].has[k],
                         head);
            }
        }
        for (size_t k = 0; k < 4 && HEADS[i].lacks[k] != NULL; k++) {
            if (strcasestr(head, HEADS[i].lacks[k]) != NULL) {
                fail_msg("%s: `%s` in\n%s", HEADS[i].name, HEADS[i].lacks[k],
                         head);
            }
        }
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void without_a_key_none_is_sent(void **state)
{
    struct peer *peer = peer_start("expect-no-header Authorization\n"
                                   "expect-no-header X-API-Key\n",
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;

    (void)state;
    options.api_key = NULL;
    options.first_byte_timeout_ms = 50;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- rotating keys ------------------------------------------------------- */

static int next_key(char *key, size_t capacity, void *user_data)
{
    int *count = user_data;

    (void)snprintf(key, capacity, "key-%d", ++*count);
    return 0;
}

static void a_rotating_key_is_asked_for_once_per_call(void **state)
{
    struct peer *peer = peer_start("expect-header Authorization: Bearer key-1\n"
                                   "answer 500 text/plain x\n"
                                   "request\n"
                                   "expect-header Authorization: Bearer key-2\n"
                                   "answer 500 text/plain x\n",
                                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;
    int count = 0;

    (void)state;
    options.api_key_fn = next_key;
    options.api_key_user_data = &count;
    client = call_client(&options);
    assert_int_equal(count, 0);
    for (int i = 1; i <= 2; i++) {
        struct call call = {.kind = CALL_CHAT};

        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_ERR_SERVER);
        assert_int_equal(count, i);
        call_dispose(&call);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

static int refuse_key(char *key, size_t capacity, void *user_data)
{
    (void)key;
    (void)capacity;
    (void)user_data;
    return 1;
}

static int write_nothing(char *key, size_t capacity, void *user_data)
{
    (void)key;
    (void)capacity;
    (void)user_data;
    return 0;
}

static int write_line(char *key, size_t capacity, void *user_data)
{
    (void)user_data;
    (void)snprintf(key, capacity, "%s", "CANARY\r\nX-Smuggled: 1");
    return 0;
}

static int fill_all(char *key, size_t capacity, void *user_data)
{
    (void)user_data;
    memset(key, 'k', capacity);
    return 0;
}

static void a_key_that_is_none_fails_the_call_before_it_starts(void **state)
{
    static const struct {
        chutes_api_key_fn fn;
        chutes_status status;
    } rows[] = {{refuse_key, CHUTES_ERR_CONFIG},
                {write_nothing, CHUTES_ERR_CONFIG},
                {write_line, CHUTES_ERR_CONFIG},
                {fill_all, CHUTES_OK}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer *peer = peer_start(FINE, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct call call = {.kind = CALL_CHAT};
        chutes_client *client;

        options.api_key_fn = rows[i].fn;
        client = call_client(&options);
        call_run(&call, client);
        assert_int_equal(call.status, rows[i].status);
        if (rows[i].status != CHUTES_OK) {
            assert_non_null(strstr(call.error.message, "api_key_fn"));
            assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
            assert_int_equal(call.error.attempts, 0);
            assert_int_equal(peer_accepts(peer), 0);
        }
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

/* ---- base URLs ----------------------------------------------------------- */

static void the_path_of_the_base_url_is_kept(void **state)
{
    static const struct {
        const char *path;
        const char *line;
    } rows[] = {
        {"", "POST /chat/completions "},
        {"/", "POST /chat/completions "},
        {"/v1", "POST /v1/chat/completions "},
        {"/v1/", "POST /v1/chat/completions "},
        {"/a/b%20c/v1", "POST /a/b%20c/v1/chat/completions "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer *peer = peer_start(FINE, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct call call = {.kind = CALL_CHAT};
        chutes_client *client;
        char url[128];

        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s",
                       peer_port(peer), rows[i].path);
        options.base_url = url;
        client = call_client(&options);
        call_run(&call, client);
        assert_int_equal(call.status, CHUTES_OK);
        assert_memory_equal(peer_request_head(peer, 1), rows[i].line,
                            strlen(rows[i].line));
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void embeddings_may_have_a_host_of_their_own(void **state)
{
    struct peer *chat = peer_start(FINE, PEER_PLAIN);
    struct peer *embed = peer_start(FINE, PEER_PLAIN);
    chutes_client_options options = call_options(chat);
    chutes_client *client;

    (void)state;
    options.embeddings_base_url = peer_url(embed);
    client = call_client(&options);
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        struct call call = {.kind = (enum call_kind)kind};

        call_run(&call, client);
        call_dispose(&call);
    }
    assert_int_equal(peer_requests(chat), CALL_KINDS - 1);
    assert_int_equal(peer_requests(embed), 1);
    chutes_client_free(client);
    peer_stop(chat);
    peer_stop(embed);
}

/* ---- functions that make no call ----------------------------------------- */

static const struct {
    const char *type;
    const char *bytes;
    size_t len;
    const char *url;
} DATA_URLS[] = {
    {"image/png", "", 0, "data:image/png;base64,"},
    {"image/png", NULL, 0, "data:image/png;base64,"},
    {"image/png", "a", 1, "data:image/png;base64,YQ=="},
    {"audio/ogg;codecs=opus", "ab", 2,
     "data:audio/ogg;codecs=opus;base64,YWI="},
    {"image/svg+xml", "\0\xFF\n", 3, "data:image/svg+xml;base64,AP8K"},
};

static void data_urls_carry_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DATA_URLS); i++) {
        char *url = NULL;

        assert_int_equal(chutes_data_url(DATA_URLS[i].type, DATA_URLS[i].bytes,
                                         DATA_URLS[i].len, &url, NULL),
                         CHUTES_OK);
        assert_string_equal(url, DATA_URLS[i].url);
        chutes_string_free(url);
    }
    chutes_string_free(NULL);
}

static const struct {
    const char *type;
    const char *bytes;
    size_t len;
    chutes_status status;
    const char *part;
} BAD_DATA[] = {
    {NULL, "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"png", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"/png", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"image/", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"image/png,x", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"image/p\nng", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"image/p\xC3\xA9", "a", 1, CHUTES_ERR_INVALID_ARGUMENT, "media_type"},
    {"image/png", NULL, 1, CHUTES_ERR_INVALID_ARGUMENT, "bytes"},
    {"image/png", "a", ((size_t)96 << 20) + 1, CHUTES_ERR_TOO_LARGE, "len"},
    {"image/png", "a", SIZE_MAX, CHUTES_ERR_TOO_LARGE, "len"},
};

static void what_makes_no_data_url_is_named(void **state)
{
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(BAD_DATA); i++) {
        char *url = (char *)&error;

        assert_int_equal(chutes_data_url(BAD_DATA[i].type, BAD_DATA[i].bytes,
                                         BAD_DATA[i].len, &url, &error),
                         BAD_DATA[i].status);
        assert_null(url);
        assert_non_null(strstr(error.message, BAD_DATA[i].part));
    }
    assert_int_equal(chutes_data_url("image/png", "a", 1, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "url must not be NULL");
}

static void the_versions_are_those_that_run(void **state)
{
    const char *details = chutes_version_details();

    (void)state;
    assert_string_equal(chutes_version(), CHUTES_VERSION);
    assert_ptr_equal(strstr(details, "libchutes/" CHUTES_VERSION " "), details);
    assert_non_null(strstr(details, " libcurl/"));
    assert_non_null(strstr(details, "OpenSSL/"));
    assert_non_null(strstr(details, " cJSON/"));
    assert_ptr_equal(chutes_version_details(), details);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer_has_everything),
        cmocka_unit_test(the_answer_may_go_to_nowhere),
        cmocka_unit_test(names_of_ends_are_constant),
        cmocka_unit_test(a_constraint_that_newer_servers_ignore_is_logged),
        cmocka_unit_test(only_a_tee_is_asked_for_by_a_header),
        cmocka_unit_test(what_is_unset_is_not_sent),
        cmocka_unit_test(every_parameter_is_sent_as_it_is),
        cmocka_unit_test(the_heads_of_requests_are_exact),
        cmocka_unit_test(without_a_key_none_is_sent),
        cmocka_unit_test(a_rotating_key_is_asked_for_once_per_call),
        cmocka_unit_test(a_key_that_is_none_fails_the_call_before_it_starts),
        cmocka_unit_test(the_path_of_the_base_url_is_kept),
        cmocka_unit_test(embeddings_may_have_a_host_of_their_own),
        cmocka_unit_test(data_urls_carry_bytes),
        cmocka_unit_test(what_makes_no_data_url_is_named),
        cmocka_unit_test(the_versions_are_those_that_run),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
