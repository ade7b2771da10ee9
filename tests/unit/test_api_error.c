/* SPDX-License-Identifier: MIT */
#include "codec/api_error.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/timestamp.h"
#include "fixture.h"

enum { MAX_WAIT_MS = 60000 };

static const char *const FIXTURES[] = {
    "openai",
    "openai_nulls",
    "openai_quota",
    "openai_rate",
    "vllm_int_code",
    "infinity_null_type",
    "python_nan",
    "sglang_flat",
    "sglang_status_type",
    "error_string",
    "detail_string",
    "detail_maintenance",
    "detail_free_limit",
    "detail_cold",
    "detail_no_model",
    "detail_exhausted",
    "detail_too_large",
    "detail_no_tee",
    "detail_list",
    "detail_quota",
    "detail_quota_string",
    "detail_engine_object",
    "detail_engine_flat",
    "nested",
    "nested_twice",
    "nested_too_often",
    "nested_cut",
    "nested_schema",
    "nested_after_brace",
    "llamacpp",
    "llamacpp_plain",
    "tei",
    "tei_overloaded",
    "tei_native",
    "litellm",
    "litellm_budget",
    "tgi",
    "lm_studio",
    "spring",
    "array",
    "json_string",
    "json_without_message",
    "html",
    "html_without_title",
    "html_untyped",
    "html_cut",
    "plain",
    "empty",
    "blank",
    "control_bytes",
    "bom",
    "cut_json",
    "escapes",
    "key",
    "redirect",
    "timeout",
    "overloaded_529",
};

static const char *name_of(chutes_status status)
{
    switch (status) {
#define NAME(name, value, sentence) \
    case CHUTES_##name:             \
        return "CHUTES_" #name;
        CHUTES_STATUS_MAP(NAME)
#undef NAME
    }
    return "?";
}

/* Fills every field with garbage, none of which may remain. */
static void soil(chutes_error *error)
{
    memset(error, 'x', sizeof(*error));
    error->status = CHUTES_ERR_INTERNAL;
    error->code[sizeof(error->code) - 1] = '\0';
    error->message[sizeof(error->message) - 1] = '\0';
}

struct answer {
    char *text; /* freed with free() */
    int http_status;
    const char *content_type; /* NULL: none */
    const char *body;
    size_t len;
};

/* The first line is "HTTP status content-type"; the body follows. */
static struct answer load_answer(const char *fixture)
{
    struct answer answer = {0};
    char name[128];
    size_t len;
    char *line_end;
    char *type;

    snprintf(name, sizeof(name), "codec/error/%s.body", fixture);
    answer.text = fixture_read(name, &len);
    line_end = strchr(answer.text, '\n');
    assert_non_null(line_end);
    *line_end = '\0';
    answer.http_status = (int)strtol(answer.text + 5, &type, 10);
    answer.content_type = type[0] == ' ' && type[1] != '\0' ? type + 1 : NULL;
    answer.body = line_end + 1;
    answer.len = len - (size_t)(answer.body - answer.text);
    return answer;
}

static void finds_the_message_in_every_shape(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(FIXTURES); i++) {
        struct answer answer = load_answer(FIXTURES[i]);
        chutes_error error;
        char name[128];
        char got[2048];
        char *want;

        soil(&error);
        chutes__api_error_read_body(answer.http_status, answer.content_type,
                                    answer.body, answer.len, &error);
        snprintf(got, sizeof(got),
                 "status %s\ncode %s\ntype %s\nparam %s\nquota_reset %" PRId64
                 "\nmessage %s\n",
                 name_of(chutes__api_error_status(answer.http_status, &error,
                                                  MAX_WAIT_MS)),
                 error.code, error.type, error.param, error.quota_reset,
                 error.message);
        snprintf(name, sizeof(name), "codec/error/%s.want", FIXTURES[i]);
        want = fixture_read(name, NULL);
        if (strcmp(got, want) != 0) {
            fail_msg("%s\n-- gave\n%s-- wanted\n%s", name, got, want);
        }
        assert_int_equal(error.status, CHUTES_ERR_INTERNAL);
        free(want);
        free(answer.text);
    }
}

static void never_reads_behind_the_body(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(FIXTURES); i++) {
        struct answer answer = load_answer(FIXTURES[i]);
        size_t cut;

        for (cut = 0; cut < answer.len; cut++) {
            char *part = malloc(cut + 1);
            chutes_error error;

            assert_non_null(part);
            memcpy(part, answer.body, cut);
            soil(&error);
            chutes__api_error_read_body(answer.http_status, answer.content_type,
                                        part, cut, &error);
            assert_true(error.message[0] != '\0');
            assert_int_equal(
                chutes__utf8_valid_prefix(error.message, strlen(error.message)),
                strlen(error.message));
            assert_null(strchr(error.message, '\n'));
            free(part);
        }
        free(answer.text);
    }
}

static void fits_long_texts_into_the_fields(void **state)
{
    enum { LEN = 5000 };
    char body[LEN + 200];
    char long_text[LEN + 1];
    chutes_error error;

    (void)state;
    memset(long_text, 'm', LEN);
    long_text[LEN] = '\0';
    snprintf(body, sizeof(body),
             "{\"error\":{\"code\":\"%.*s\",\"type\":\"%.*s\","
             "\"param\":\"%.*s\",\"message\":\"%.*s\"}}",
             200, long_text, 200, long_text, 200, long_text, 4000, long_text);
    soil(&error);
    chutes__api_error_read_body(400, NULL, body, strlen(body), &error);
    assert_int_equal(strlen(error.code), sizeof(error.code) - 1);
    assert_int_equal(strlen(error.type), sizeof(error.type) - 1);
    assert_int_equal(strlen(error.param), sizeof(error.param) - 1);
    assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
    soil(&error);
    chutes__api_error_read_body(400, NULL, long_text, LEN, &error);
    assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
}

static void joins_no_more_complaints_than_fit(void **state)
{
    char body[64 * 1024] = "{\"detail\":[";
    char *at = body + strlen(body);
    chutes_error error;
    int i;

    (void)state;
    for (i = 0; i < 500; i++) {
        at = stpcpy(at, "{\"loc\":[\"body\",1],\"msg\":\"0123456789\"},");
    }
    stpcpy(at, "{}]}");
    soil(&error);
    chutes__api_error_read_body(422, NULL, body, strlen(body), &error);
    assert_memory_equal(error.message,
                        "body.1: 0123456789; body.1: 0123456789; ", 40);
    assert_in_range(strlen(error.message), 400, 450);
    assert_string_equal(error.param, "body.1");
}

static void bears_odd_members(void **state)
{
    static const struct {
        const char *body;
        const char *want; /* code|type|param|message */
    } cases[] = {
        {"{\"error\":{\"message\":\"m\",\"code\":true,\"type\":[],"
         "\"param\":{}}}",
         "|||m"},
        {"{\"error\":{\"message\":\"m\",\"code\":-1.5e3}}", "-1.5e3|||m"},
        {"{\"error\":{\"message\":\"\",\"msg\":\"m\"}}", "|||m"},
        {"{\"error\":{\"message\":\" \"},\"message\":\"m\"}", "|||m"},
        {"{\"error\":null,\"message\":\"m\"}", "|||m"},
        {"{\"error\":{},\"detail\":\"m\"}", "|||m"},
        {"{\"error\":{\"error\":{\"error\":\"m\"}}}", "|||m"},
        {"{\"error\":true,\"message\":\"m\"}", "|||m"},
        {"{\"message\":{\"message\":\"m\"}}", "|||m"},
        {"{\"detail\":[]}", "|||{\"detail\":[]}"},
        {"{\"detail\":[{\"loc\":\"x\",\"msg\":\"m\"},{\"msg\":null},7,null,"
         "{\"message\":\"n\",\"loc\":[]}]}",
         "|||m; n"},
        {"{\"detail\":[{\"msg\":\"m\",\"loc\":[\"a\\n\",null,2]}]}",
         "||a\\n..2|a\\n..2: m"},
        {"{\"code\":1,\"error\":{\"code\":2,\"message\":\"m\"}}", "2|||m"},
        {"{\"code\":1,\"type\":\"t\",\"error\":{\"message\":\"m\"}}", "1|t||m"},
        {"{\"error\":{\"message\":\"a\"},\"error\":{\"message\":\"b\"}}",
         "|||a"},
        {"{\"error\":{\"message\":\"{}\"}}", "|||{}"},
        {"{\"error\":{\"message\":\"{{{{{{{{{{{\"}}", "|||{{{{{{{{{{{"},
        {"[[[\"m\"]]]", "|||[[[\"m\"]]]"},
        {"{\"error\":\"t\",\"error_description\":\"m\"}", "|t||m"},
        {"{\"error\":\"t\",\"message\":\"m\",\"error_description\":\"d\"}",
         "|t||m"},
        {"{\"error_description\":\"m\"}", "|||m"},
        {"{\"Message\":\"m\"}", "|||m"},
        {"{\"error_msg\":\"m\",\"code\":7}", "7|||m"},
        {"{\"errmsg\":\"m\"}", "|||m"},
        /* With something behind it. */
        {"{\n\"error\": {\"message\": \"m\", \"code\": 7}\n}\n<html>", "7|||m"},
        {"{\"error\":\"m\"}data: [DONE]", "|||m"},
        {"{\"status\":\"busy\"}\n{\"error\":\"m\"}", "|||m"},
        {"[1] m", "|||[1] m"},
        {"7", "|||7"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_error error;
        char got[1024];

        soil(&error);
        chutes__api_error_read_body(400, NULL, cases[i].body,
                                    strlen(cases[i].body), &error);
        snprintf(got, sizeof(got), "%s|%s|%s|%s", error.code, error.type,
                 error.param, error.message);
        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", cases[i].body, got,
                     cases[i].want);
        }
    }
}

static void reads_the_time_of_the_next_quota(void **state)
{
    static const struct {
        const char *json;
        int64_t want;
    } cases[] = {
        {"\"2026-03-01T00:00:00Z\"", 1772323200},
        {"\"2026-03-01T00:00:00.999999+00:00\"", 1772323200},
        {"1772323200", 1772323200},
        {"\"1772323200\"", 1772323200},
        {"1772323200.0", 1772323200},
        {"null", -1},
        {"\"soon\"", -1},
        {"-5", -1},
        {"{}", -1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_error error;
        char body[256];

        snprintf(body, sizeof(body),
                 "{\"detail\":{\"message\":\"m\","
                 "\"quota_reset_timestamp\":%s}}",
                 cases[i].json);
        soil(&error);
        chutes__api_error_read_body(402, NULL, body, strlen(body), &error);
        if (error.quota_reset != cases[i].want) {
            fail_msg("%s gave %" PRId64, cases[i].json, error.quota_reset);
        }
    }
}

/* The results are those of `date -u -d`. */
static void reads_iso_8601(void **state)
{
    static const struct {
        const char *text;
        int64_t want; /* INT64_MIN: refused */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2000-02-29T12:34:56Z", 951827696},
        {"2024-12-31T23:59:60Z", 1735689600},
        {"2026-03-01", 1772323200},
        {"2026-03-01 01:02", 1772326920},
        {"2026-03-01t01:02:03z", 1772326923},
        {"2026-03-01T01:02:03,5Z", 1772326923},
        {"2026-03-01T01:02:03+01:00", 1772323323},
        {"2026-03-01T01:02:03-0130", 1772332323},
        {"2026-03-01T01:02:03+01", 1772323323},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"0001-01-01T00:00:00Z", -62135596800},
        {"", INT64_MIN},
        {"2026", INT64_MIN},
        {"2026-3-1", INT64_MIN},
        {"2026-00-01", INT64_MIN},
        {"2026-13-01", INT64_MIN},
        {"2026-01-00", INT64_MIN},
        {"2026-01-32", INT64_MIN},
        {"0000-01-01", INT64_MIN},
        {"2026/01/01", INT64_MIN},
        {"2026-03-01T", INT64_MIN},
        {"2026-03-01T25:00", INT64_MIN},
        {"2026-03-01T01:60", INT64_MIN},
        {"2026-03-01T01:02:61", INT64_MIN},
        {"2026-03-01T01:02:3", INT64_MIN},
        {"2026-03-01T01:02:03X", INT64_MIN},
        {"2026-03-01T01:02:03+1", INT64_MIN},
        {"2026-03-01T01:02:03+01:5", INT64_MIN},
        {"2026-03-01T01:02:03+24:00", INT64_MIN},
        {"2026-03-01T01:02:03Zx", INT64_MIN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct chutes__slice text = {cases[i].text, strlen(cases[i].text)};
        int64_t seconds = INT64_MIN;
        bool ok = chutes__timestamp_read(text, &seconds);

        if (ok != (cases[i].want != INT64_MIN) || seconds != cases[i].want) {
            fail_msg("%s gave %d %" PRId64, cases[i].text, ok, seconds);
        }
    }
}

static void maps_every_http_status(void **state)
{
    static const struct {
        int http_status;
        chutes_status want;
    } cases[] = {
        {0, CHUTES_ERR_PROTOCOL},       {100, CHUTES_ERR_PROTOCOL},
        {204, CHUTES_ERR_PROTOCOL},     {301, CHUTES_ERR_REDIRECT},
        {304, CHUTES_ERR_REDIRECT},     {308, CHUTES_ERR_REDIRECT},
        {400, CHUTES_ERR_BAD_REQUEST},  {401, CHUTES_ERR_AUTH},
        {402, CHUTES_ERR_QUOTA},        {403, CHUTES_ERR_AUTH},
        {404, CHUTES_ERR_NOT_FOUND},    {405, CHUTES_ERR_BAD_REQUEST},
        {408, CHUTES_ERR_SERVER},       {409, CHUTES_ERR_BAD_REQUEST},
        {413, CHUTES_ERR_BAD_REQUEST},  {422, CHUTES_ERR_BAD_REQUEST},
        {424, CHUTES_ERR_BAD_REQUEST},  {426, CHUTES_ERR_BAD_REQUEST},
        {429, CHUTES_ERR_RATE_LIMITED}, {499, CHUTES_ERR_BAD_REQUEST},
        {407, CHUTES_ERR_CONFIG},       {500, CHUTES_ERR_SERVER},
        {501, CHUTES_ERR_SERVER},       {502, CHUTES_ERR_SERVER},
        {503, CHUTES_ERR_CAPACITY},     {504, CHUTES_ERR_SERVER},
        {520, CHUTES_ERR_SERVER},       {524, CHUTES_ERR_SERVER},
        {529, CHUTES_ERR_CAPACITY},     {599, CHUTES_ERR_SERVER},
        {600, CHUTES_ERR_PROTOCOL},
    };
    chutes_error error;
    size_t i;

    (void)state;
    chutes__error_clear(&error);
    for (i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            chutes__api_error_status(cases[i].http_status, &error, MAX_WAIT_MS),
            cases[i].want);
    }
}

static void tells_the_429s_apart(void **state)
{
    static const struct {
        const char *code;
        const char *type;
        const char *message;
        chutes_status want;
    } cases[] = {
        {"", "", "", CHUTES_ERR_RATE_LIMITED},
        {"", "", "Too Many Requests", CHUTES_ERR_RATE_LIMITED},
        {"insufficient_quota", "", "", CHUTES_ERR_QUOTA},
        {"", "insufficient_quota", "", CHUTES_ERR_QUOTA},
        {"", "", "FREE MODELS LIMIT REACHED", CHUTES_ERR_QUOTA},
        {"", "", "Quota exceeded.", CHUTES_ERR_QUOTA},
        {"", "", "your account balance is too low", CHUTES_ERR_QUOTA},
        {"", "", "no balance", CHUTES_ERR_QUOTA},
        {"", "", "the load balancer is at maximum capacity",
         CHUTES_ERR_CAPACITY},
        {"", "", "unbalanced", CHUTES_ERR_RATE_LIMITED},
        {"", "", "balanced, but the balance is empty", CHUTES_ERR_QUOTA},
        {"", "", "Please load balance your traffic", CHUTES_ERR_RATE_LIMITED},
        {"", "", "Load-balance, or top up your balance", CHUTES_ERR_QUOTA},
        {"", "", "balance", CHUTES_ERR_QUOTA},
        {"", "", "infrared model: too many requests", CHUTES_ERR_RATE_LIMITED},
        {"", "", "No infrastructure available", CHUTES_ERR_CAPACITY},
        {"", "", "Infrastructure is at MAXIMUM capacity", CHUTES_ERR_CAPACITY},
        {"", "", "model is under maintenance", CHUTES_ERR_CAPACITY},
        {"", "Overloaded", "try later", CHUTES_ERR_CAPACITY},
        {"infra_overload", "", "", CHUTES_ERR_CAPACITY},
        {"", "", "Quota exceeded: maximum capacity of your plan",
         CHUTES_ERR_QUOTA},
        {"429", "budget_exceeded", "", CHUTES_ERR_QUOTA},
        {"", "", "ExceededBudget: User=x over budget", CHUTES_ERR_QUOTA},
        {"", "", "Budget has been exceeded! Max budget: 1", CHUTES_ERR_QUOTA},
        {"", "", "exceeded budget for model=x", CHUTES_ERR_QUOTA},
        {"billing_hard_limit_reached", "", "", CHUTES_ERR_QUOTA},
        {"", "exceeded_current_quota_error", "", CHUTES_ERR_QUOTA},
        {"", "", "Your credit balance is too low", CHUTES_ERR_QUOTA},
        {"insufficient_credits", "", "", CHUTES_ERR_QUOTA},
        {"403", "", "Key limit exceeded (total limit).", CHUTES_ERR_QUOTA},
        {"", "", "Weekly usage limit reached", CHUTES_ERR_QUOTA},
        {"", "insufficient_quota", "3 requests per minute",
         CHUTES_ERR_RATE_LIMITED},
        {"", "", "Quota exceeded: GenerateRequestsPerMinutePerProject",
         CHUTES_ERR_RATE_LIMITED},
        {"", "", "Rate limit reached: add a payment method at /billing",
         CHUTES_ERR_RATE_LIMITED},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_error error;

        chutes__error_clear(&error);
        snprintf(error.code, sizeof(error.code), "%s", cases[i].code);
        snprintf(error.type, sizeof(error.type), "%s", cases[i].type);
        snprintf(error.message, sizeof(error.message), "%s", cases[i].message);
        if (chutes__api_error_status(429, &error, MAX_WAIT_MS) !=
            cases[i].want) {
            fail_msg(
                "%s|%s|%s gave %s", cases[i].code, cases[i].type,
                cases[i].message,
                name_of(chutes__api_error_status(429, &error, MAX_WAIT_MS)));
        }
    }
}

/* LiteLLM has answered with 400 and 429, and now answers with 422. The other
 * words are those of DashScope, DeepSeek, xAI and Anthropic. */
static void an_empty_account_is_a_quota_whatever_the_status(void **state)
{
    static const int statuses[] = {400, 401, 402, 403, 409, 412, 422, 429};
    static const char *const words[] = {
        "budget_exceeded",
        "Arrearage",
        "ExceededTokenBudget: Current usage: 5, Max budget: 4",
        "Crossed budget of 10",
        "Insufficient Balance",
        "Your account balance is insufficient",
        "Access denied: you have an overdue balance",
        "not enough balance",
        "Your team has used all available credits",
        "Your team has reached its monthly spending limit.",
        "You have reached your specified API usage limits.",
    };
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        chutes__error_clear(&error);
        (void)snprintf(error.message, sizeof(error.message), "%s", words[i]);
        for (size_t k = 0; k < COUNT(statuses); k++) {
            if (chutes__api_error_status(statuses[k], &error, MAX_WAIT_MS) !=
                CHUTES_ERR_QUOTA) {
                fail_msg("%d: %s", statuses[k], words[i]);
            }
        }
    }
}

static void words_of_the_prompt_are_no_quota(void **state)
{
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    (void)snprintf(error.message, sizeof(error.message),
                   "1 validation error: %200sI ran out of credits", "");
    assert_int_equal(chutes__api_error_status(400, &error, MAX_WAIT_MS),
                     CHUTES_ERR_BAD_REQUEST);
    assert_int_equal(chutes__api_error_status(403, &error, MAX_WAIT_MS),
                     CHUTES_ERR_QUOTA);
}

static void a_quota_that_opens_soon_is_a_rate(void **state)
{
    static const struct {
        int64_t retry_after_ms;
        chutes_status want;
    } cases[] = {
        {-1, CHUTES_ERR_QUOTA},
        {0, CHUTES_ERR_RATE_LIMITED},
        {1000, CHUTES_ERR_RATE_LIMITED},
        {MAX_WAIT_MS, CHUTES_ERR_RATE_LIMITED},
        {MAX_WAIT_MS + 1, CHUTES_ERR_QUOTA},
    };
    chutes_error error;
    size_t i;

    (void)state;
    chutes__error_clear(&error);
    (void)snprintf(error.code, sizeof(error.code), "insufficient_quota");
    for (i = 0; i < COUNT(cases); i++) {
        error.retry_after_ms = cases[i].retry_after_ms;
        assert_int_equal(chutes__api_error_status(429, &error, MAX_WAIT_MS),
                         cases[i].want);
        assert_int_equal(chutes__api_error_status(402, &error, MAX_WAIT_MS),
                         CHUTES_ERR_QUOTA);
        assert_int_equal(chutes__api_error_status(403, &error, MAX_WAIT_MS),
                         CHUTES_ERR_QUOTA);
    }
}

/* The same cases as in test_chunk.c, where the same rule applies. */
static void leaves_alone_what_is_no_error(void **state)
{
    static const char *const texts[] = {
        "",
        "not json",
        "null",
        "[]",
        "[{\"error\":null}]",
        "[{\"message\":\"m\"}]",
        "[1,{\"error\":\"m\"}]",
        "[[{\"error\":\"m\"}]]",
        "{\"errors\":[]}",
        "{\"errors\":null}",
        "{\"errors\":[{\"message\":\"m\"}],\"choices\":[]}",
        "{\"base_resp\":{\"status_code\":0,\"status_msg\":\"m\"}}",
        "{\"base_resp\":{\"status_code\":\"0\"}}",
        "{\"base_resp\":{}}",
        "{\"base_resp\":\"m\"}",
        "\"error\"",
        "{}",
        "{\"error\":null}",
        "{\"error\":{}}",
        "{\"error\":\"\"}",
        "{\"error\":false}",
        "{\"error\":0}",
        "{\"error\":[]}",
        "{\"message\":\"m\"}",
        "{\"type\":\"ping\"}",
        "{\"detail\":\"m\",\"choices\":[]}",
        "{\"detail\":null}",
        "{\"error\":\"m\"} {}",
        "{\"error\":\"m\"",
    };
    chutes_error error;
    chutes_error before;
    size_t i;

    (void)state;
    soil(&error);
    before = error;
    for (i = 0; i < COUNT(texts); i++) {
        if (chutes__api_error_read(texts[i], strlen(texts[i]), false, &error)) {
            fail_msg("an error: %s", texts[i]);
        }
        assert_memory_equal(&error, &before, sizeof(error));
    }
}

static void reads_errors_told_in_a_stream(void **state)
{
    static const struct {
        const char *text;
        bool is_error_event;
        const char *want; /* code|type|param|message */
    } cases[] = {
        {"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":500}}", false,
         "500|t||m"},
        {"{\"error\":{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\","
         "\"param\":null,\"code\":500}}",
         false, "500|t||m"},
        {"{\"object\":\"error\",\"message\":\"m\",\"code\":400}", false,
         "400|||m"},
        {"{\"error\":\"Unhandled exception during response stream: x\"}", false,
         "|||Unhandled exception during response stream: x"},
        {"{\"error\":\"m\",\"error_type\":\"overloaded\"}", false,
         "|overloaded||m"},
        {"{\"error\":{\"message\":\"m\",\"http_status_code\":422}}", false,
         "422|||m"},
        {"{\"error\":{\"code\":502,\"message\":\"m\"},\"choices\":[{}]}", false,
         "502|||m"},
        {"{\"detail\":\"m\"}", false, "|||m"},
        {"{\"detail\":{\"message\":\"m\"}}", false, "|||m"},
        {"{\"error\":[\"m\"]}", false, "|||m"},
        {"{\"error\":true}", false, "|||{\"error\":true}"},
        {"{\"object\":\"error\"}", false, "|||{\"object\":\"error\"}"},
        {"[{\"error\":\"m\"}]", false, "|||m"},
        {"[{\"error\":{\"code\":400,\"message\":\"m\"}},{\"error\":\"n\"}]",
         false, "400|||m"},
        {"[{\"detail\":\"m\"}]", false, "|||m"},
        {"{\"errors\":[{\"code\":10000,\"message\":\"m\"}]}", false,
         "10000|||m"},
        {"{\"errors\":[{\"code\":1,\"message\":\"m\"},"
         "{\"code\":2,\"message\":\"n\"}]}",
         false, "1|||m; n"},
        {"{\"errors\":[\"m\"]}", false, "|||m"},
        {"{\"errors\":\"m\"}", false, "|||m"},
        {"{\"base_resp\":{\"status_code\":1008,\"status_msg\":\"m\"},"
         "\"choices\":[]}",
         false, "1008|||m"},
        {"{\"base_resp\":{\"status_code\":\"7\",\"status_msg\":\"m\"}}", false,
         "7|||m"},
        {"{\"message\":\"m\"}", true, "|||m"},
        {"{\"error\":\"m\"}", true, "|||m"},
        {"{\"foo\":1}", true, "|||{\"foo\":1}"},
        {"\"m\"", true, "|||m"},
        {"plain text\n", true, "|||plain text"},
        {"null", true, "|||null"},
        {"", true, "|||an error event without data"},
        {" ", true, "|||an error event without data"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_error error;
        char got[1024];

        soil(&error);
        assert_true(chutes__api_error_read(cases[i].text, strlen(cases[i].text),
                                           cases[i].is_error_event, &error));
        snprintf(got, sizeof(got), "%s|%s|%s|%s", error.code, error.type,
                 error.param, error.message);
        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", cases[i].text, got,
                     cases[i].want);
        }
        assert_int_equal(error.quota_reset, -1);
        assert_int_equal(error.status, CHUTES_ERR_INTERNAL);
    }
}

static void says_something_even_without_memory(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(FIXTURES); i++) {
        struct answer answer = load_answer(FIXTURES[i]);
        chutes_error error;
        long total;
        long nth;

        alloc_fail_count();
        chutes__api_error_read_body(answer.http_status, answer.content_type,
                                    answer.body, answer.len, &error);
        total = alloc_fail_calls();
        for (nth = 1; nth <= total; nth++) {
            alloc_fail_at(nth);
            soil(&error);
            chutes__api_error_read_body(answer.http_status, answer.content_type,
                                        answer.body, answer.len, &error);
            assert_true(error.message[0] != '\0');
            assert_true(error.message[0] != 'x' || error.message[1] == ':');
            assert_int_equal(alloc_fail_live(), 0);
        }
        alloc_fail_count();
        free(answer.text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_message_in_every_shape),
        cmocka_unit_test(never_reads_behind_the_body),
        cmocka_unit_test(fits_long_texts_into_the_fields),
        cmocka_unit_test(joins_no_more_complaints_than_fit),
        cmocka_unit_test(bears_odd_members),
        cmocka_unit_test(reads_the_time_of_the_next_quota),
        cmocka_unit_test(reads_iso_8601),
        cmocka_unit_test(maps_every_http_status),
        cmocka_unit_test(tells_the_429s_apart),
        cmocka_unit_test(an_empty_account_is_a_quota_whatever_the_status),
        cmocka_unit_test(words_of_the_prompt_are_no_quota),
        cmocka_unit_test(a_quota_that_opens_soon_is_a_rate),
        cmocka_unit_test(leaves_alone_what_is_no_error),
        cmocka_unit_test(reads_errors_told_in_a_stream),
        cmocka_unit_test(says_something_even_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
