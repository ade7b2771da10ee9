/* SPDX-License-Identifier: MIT */
#include "codec/chunk.h"
#include "codec/usage.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "fixture.h"

enum { MAX_CHOICES = 128, MAX_DEPTH = 64 };

/* Writes ` name=` and the value as it stands in the text; nothing if it is
 * absent. */
static void dump_value(FILE *out, const char *name,
                       const struct chutes__json_value *value)
{
    const char *quote = value->type == CHUTES__JSON_STRING ? "\"" : "";

    if (value->type != CHUTES__JSON_NONE) {
        fprintf(out, " %s=%s%.*s%s", name, quote, (int)value->text.len,
                value->text.data, quote);
    }
}

static void dump_usage(FILE *out, const chutes_usage *usage)
{
    fprintf(out,
            " usage=%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
            usage->prompt_tokens, usage->completion_tokens, usage->total_tokens,
            usage->cached_tokens, usage->reasoning_tokens);
}

static void dump_choice(FILE *out, const struct chutes__chunk_choice *choice)
{
    fprintf(out, " [%" PRId64, choice->index);
    dump_value(out, "role", &choice->role);
    dump_value(out, "content", &choice->content);
    dump_value(out, "reasoning", &choice->reasoning);
    dump_value(out, "refusal", &choice->refusal);
    dump_value(out, "tool_calls", &choice->tool_calls);
    dump_value(out, "finish", &choice->finish_reason);
    dump_value(out, "stop", &choice->stop_reason);
    dump_value(out, "logprobs", &choice->logprobs_content);
    fputs("]", out);
}

static void dump_chunk(FILE *out, const struct chutes__chunk *chunk)
{
    size_t i;

    fputs(chunk->is_object ? "object" : "other", out);
    dump_value(out, "id", &chunk->id);
    dump_value(out, "model", &chunk->model);
    if (chutes__chunk_created(chunk) != 0) {
        fprintf(out, " created=%" PRId64, chutes__chunk_created(chunk));
    }
    if (chunk->is_error) {
        fputs(" error", out);
    }
    if (chunk->has_usage) {
        dump_usage(out, &chunk->usage);
    }
    if (chunk->has_choices) {
        fputs(" choices", out);
    }
    for (i = 0; i < chunk->choice_count; i++) {
        dump_choice(out, &chunk->choices[i]);
    }
}

/* Returns the result of parsing in one line; the caller frees it. */
static char *describe(struct chutes__chunk *chunk, const char *json, size_t len)
{
    chutes_status status = chutes__chunk_parse(chunk, json, len, MAX_DEPTH);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    if (status == CHUTES_OK) {
        dump_chunk(out, chunk);
    } else {
        fprintf(out, "%s at %zu: %s", chutes_status_string(status),
                chunk->fault_at,
                chunk->fault == NULL ? "nothing" : chunk->fault);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

struct chunk_case {
    const char *json;
    const char *want;
};

static void check_cases(const struct chunk_case *cases, size_t count)
{
    struct chutes__chunk chunk;
    size_t i;

    chutes__chunk_init(&chunk, MAX_CHOICES);
    for (i = 0; i < count; i++) {
        char *got = describe(&chunk, cases[i].json, strlen(cases[i].json));

        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", cases[i].json, got,
                     cases[i].want);
        }
        free(got);
    }
    chutes__chunk_dispose(&chunk);
}

static const char *const FIXTURES[] = {
    "chutes_first",     "chutes_usage",   "vllm_first",
    "vllm_reasoning",   "vllm_error",     "vllm_answer",
    "sglang_answer",    "sglang_error",   "sglang_flat_error",
    "llamacpp_first",   "llamacpp_last",  "azure_filter",
    "openrouter_error", "litellm_ping",   "tgi_usage_without_id",
    "gateway_error",    "gateway_detail", "completion",
    "tool_call",        "logprobs",       "openai_obfuscated",
};

static void reads_what_servers_send(void **state)
{
    struct chutes__chunk chunk;
    size_t i;

    (void)state;
    chutes__chunk_init(&chunk, MAX_CHOICES);
    for (i = 0; i < COUNT(FIXTURES); i++) {
        char name[128];
        size_t len;
        char *wire;
        char *want;
        char *got;

        snprintf(name, sizeof(name), "codec/chunk/%s.json", FIXTURES[i]);
        wire = fixture_read(name, &len);
        snprintf(name, sizeof(name), "codec/chunk/%s.want", FIXTURES[i]);
        want = fixture_read(name, NULL);
        want[strcspn(want, "\n")] = '\0';
        got = describe(&chunk, wire, len);
        if (strcmp(got, want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", name, got, want);
        }
        free(wire);
        free(want);
        free(got);
    }
    chutes__chunk_dispose(&chunk);
}

static void counts_members_of_other_types_as_absent(void **state)
{
    static const struct chunk_case cases[] = {
        {"{}", "object"},
        {"null", "other"},
        {"[]", "other"},
        {"\"x\"", "other"},
        {"1", "other"},
        {" {} ", "object"},
        {"{\"id\":null,\"model\":7,\"created\":\"x\"}", "object"},
        {"{\"id\":\"\",\"model\":\"\"}", "object id=\"\" model=\"\""},
        {"{\"created\":1.0}", "object created=1"},
        {"{\"created\":1700000000.75}", "object created=1700000000"},
        {"{\"created\":1e400}", "object"},
        {"{\"created\":NaN}", "object"},
        {"{\"created\":4102444800}", "object created=4102444800"},
        {"{\"choices\":null}", "object"},
        {"{\"choices\":{}}", "object"},
        {"{\"choices\":\"x\"}", "object"},
        {"{\"choices\":[]}", "object choices"},
        {"{\"choices\":[null,1,\"x\",[]]}", "object choices"},
        {"{\"choices\":[{}]}", "object choices [0]"},
        {"{\"choices\":[{\"index\":null}]}", "object choices [0]"},
        {"{\"choices\":[{\"index\":\"5\"}]}", "object choices [5]"},
        {"{\"choices\":[{\"index\":5.0}]}", "object choices [5]"},
        {"{\"choices\":[{\"index\":1.5}]}", "object choices [0]"},
        {"{\"choices\":[{\"index\":-1}]}", "object choices [0]"},
        {"{\"choices\":[{\"index\":127}]}", "object choices [127]"},
        {"{\"choices\":[{\"index\":{}}]}", "object choices [0]"},
        {"{\"choices\":[{\"delta\":null}]}", "object choices [0]"},
        {"{\"choices\":[{\"delta\":[]}]}", "object choices [0]"},
        {"{\"choices\":[{\"delta\":{}}]}", "object choices [0]"},
        {"{\"choices\":[{\"delta\":{\"content\":null}}]}",
         "object choices [0 content=null]"},
        {"{\"choices\":[{\"delta\":{\"content\":3}}]}",
         "object choices [0 content=3]"},
        {"{\"choices\":[{\"delta\":{\"tool_calls\":null}}]}",
         "object choices [0 tool_calls=null]"},
        {"{\"choices\":[{\"logprobs\":null}]}", "object choices [0]"},
        {"{\"choices\":[{\"logprobs\":{\"content\":null}}]}",
         "object choices [0]"},
        {"{\"choices\":[{\"logprobs\":{\"tokens\":[1]}}]}",
         "object choices [0]"},
        {"{\"choices\":[{\"finish_reason\":null}]}",
         "object choices [0 finish=null]"},
        {"{\"usage\":null}", "object"},
        {"{\"usage\":{}}", "object"},
        {"{\"usage\":{ }}", "object"},
        {"{\"usage\":[1]}", "object"},
        {"{\"usage\":{\"x\":1}}", "object usage=-1,-1,-1,-1,-1"},
        {"{\"unknown\":{\"deep\":[{\"choices\":[1]}]},\"choices\":"
         "[{\"unknown\":[[]],\"delta\":{\"x\":{\"content\":\"no\"}}}]}",
         "object choices [0]"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void prefers_delta_to_message_to_text(void **state)
{
    static const struct chunk_case cases[] = {
        {"{\"choices\":[{\"message\":{\"content\":\"m\"}}]}",
         "object choices [0 content=\"m\"]"},
        {"{\"choices\":[{\"text\":\"t\"}]}",
         "object choices [0 content=\"t\"]"},
        {"{\"choices\":[{\"text\":\"\"}]}", "object choices [0 content=\"\"]"},
        {"{\"choices\":[{\"text\":[\"t\"]}]}", "object choices [0]"},
        {"{\"choices\":[{\"text\":7}]}", "object choices [0 content=7]"},
        {"{\"choices\":[{\"text\":false}]}",
         "object choices [0 content=false]"},
        {"{\"choices\":[{\"text\":{\"a\":1}}]}",
         "object choices [0 content={\"a\":1}]"},
        {"{\"choices\":[{\"text\":null}]}", "object choices [0]"},
        {"{\"choices\":[{\"delta\":{\"content\":\"d\"},\"text\":7}]}",
         "object choices [0 content=\"d\"]"},
        {"{\"choices\":[{\"delta\":{\"content\":\"d\"},"
         "\"message\":{\"content\":\"m\",\"role\":\"r\"},\"text\":\"t\"}]}",
         "object choices [0 content=\"d\"]"},
        {"{\"choices\":[{\"text\":\"t\",\"message\":{\"content\":\"m\","
         "\"role\":\"r\"},\"delta\":{\"content\":\"d\"}}]}",
         "object choices [0 content=\"d\"]"},
        {"{\"choices\":[{\"delta\":null,\"message\":{\"content\":\"m\"}}]}",
         "object choices [0 content=\"m\"]"},
        {"{\"choices\":[{\"message\":null,\"text\":\"t\"}]}",
         "object choices [0 content=\"t\"]"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void finds_reasoning_and_stop_under_either_name(void **state)
{
    static const struct chunk_case cases[] = {
        {"{\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}",
         "object choices [0 reasoning=\"a\"]"},
        {"{\"choices\":[{\"delta\":{\"reasoning\":\"b\"}}]}",
         "object choices [0 reasoning=\"b\"]"},
        {"{\"choices\":[{\"delta\":{\"reasoning\":\"b\","
         "\"reasoning_content\":\"a\"}}]}",
         "object choices [0 reasoning=\"a\"]"},
        {"{\"choices\":[{\"delta\":{\"reasoning_content\":\"\","
         "\"reasoning\":\"b\"}}]}",
         "object choices [0 reasoning=\"b\"]"},
        {"{\"choices\":[{\"delta\":{\"reasoning_content\":null,"
         "\"reasoning\":\"b\"}}]}",
         "object choices [0 reasoning=\"b\"]"},
        {"{\"choices\":[{\"delta\":{\"reasoning_content\":\"\"}}]}",
         "object choices [0]"},
        {"{\"choices\":[{\"stop_reason\":\"a\",\"matched_stop\":\"b\"}]}",
         "object choices [0 stop=\"a\"]"},
        {"{\"choices\":[{\"stop_reason\":null,\"matched_stop\":151645}]}",
         "object choices [0 stop=151645]"},
        {"{\"choices\":[{\"matched_stop\":\"b\",\"stop_reason\":7}]}",
         "object choices [0 stop=7]"},
        {"{\"choices\":[{\"stop_reason\":null,\"matched_stop\":null}]}",
         "object choices [0]"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void knows_keys_with_escapes_and_takes_the_first_of_two(void **state)
{
    static const struct chunk_case cases[] = {
        {"{\"\\u0069d\":\"a\",\"id\":\"b\"}", "object id=\"a\""},
        {"{\"id\":\"a\",\"id\":\"b\"}", "object id=\"a\""},
        {"{\"id\":null,\"id\":\"b\"}", "object"},
        {"{\"ID\":\"a\",\"Id\":\"b\",\"id \":\"c\"}", "object"},
        {"{\"choices\":[],\"choices\":[{\"index\":1}]}", "object choices"},
        {"{\"ch\\u006fices\":[{\"d\\u0065lta\":{\"cont\\u0065nt\":\"x\"}}]}",
         "object choices [0 content=\"x\"]"},
        {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"b\"}}]}",
         "object choices [0 content=\"a\"]"},
        {"{\"usage\":{\"total_tokens\":1,\"total_tokens\":2}}",
         "object usage=-1,-1,1,-1,-1"},
        {"{\"usage\":{\"total_tokens\":1},\"usage\":{\"total_tokens\":2}}",
         "object usage=-1,-1,1,-1,-1"},
        {"{\"usage\":null,\"usage\":{\"total_tokens\":2}}", "object"},
        {"{\"\xff\":1,\"id\":\"a\"}", "object id=\"a\""},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void reads_usage_of_any_spelling(void **state)
{
    static const struct chunk_case cases[] = {
        {"{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,"
         "\"total_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":4},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":5}}}",
         "object usage=1,2,3,4,5"},
        {"{\"usage\":{\"reasoning_tokens\":6}}", "object usage=-1,-1,-1,-1,6"},
        {"{\"usage\":{\"reasoning_tokens\":6,"
         "\"completion_tokens_details\":{\"reasoning_tokens\":5}}}",
         "object usage=-1,-1,-1,-1,5"},
        {"{\"usage\":{\"reasoning_tokens\":6,"
         "\"completion_tokens_details\":{\"reasoning_tokens\":null}}}",
         "object usage=-1,-1,-1,-1,6"},
        {"{\"usage\":{\"prompt_tokens\":12.0,\"completion_tokens\":\"12\","
         "\"total_tokens\":1.2e1}}",
         "object usage=12,12,12,-1,-1"},
        {"{\"usage\":{\"prompt_tokens\":null,\"completion_tokens\":null,"
         "\"total_tokens\":null,\"prompt_tokens_details\":null,"
         "\"completion_tokens_details\":null}}",
         "object usage=-1,-1,-1,-1,-1"},
        {"{\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":1e400,"
         "\"total_tokens\":9223372036854775808,"
         "\"prompt_tokens_details\":{\"cached_tokens\":1.5}}}",
         "object usage=-1,-1,-1,-1,-1"},
        {"{\"usage\":{\"prompt_tokens\":9007199254740992,"
         "\"completion_tokens\":9007199254740993,\"total_tokens\":\"x\"}}",
         "object usage=9007199254740992,9007199254740993,-1,-1,-1"},
        {"{\"usage\":{\"prompt_tokens\":true,\"completion_tokens\":[],"
         "\"total_tokens\":{},\"prompt_tokens_details\":[1],"
         "\"completion_tokens_details\":\"x\"}}",
         "object usage=-1,-1,-1,-1,-1"},
        {"{\"usage\":{\"prompt_tokens\":0}}", "object usage=0,-1,-1,-1,-1"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void tells_errors_from_absent_ones(void **state)
{
    static const struct chunk_case cases[] = {
        {"{\"error\":{\"message\":\"m\"}}", "object error"},
        {"{\"error\":\"m\"}", "object error"},
        {"{\"error\":[1]}", "object error"},
        {"{\"error\":true}", "object error"},
        {"{\"error\":-1}", "object error"},
        {"{\"error\":1e400}", "object error"},
        {"{\"error\":null}", "object"},
        {"{\"error\":false}", "object"},
        {"{\"error\":\"\"}", "object"},
        {"{\"error\":{}}", "object"},
        {"{\"error\":{ \t\r\n}}", "object"},
        {"{\"error\":[]}", "object"},
        {"{\"error\":[ ]}", "object"},
        {"{\"error\":0}", "object"},
        {"{\"error\":-0.0e5}", "object"},
        {"{\"object\":\"error\"}", "object error"},
        {"{\"object\":\"err\\u006fr\"}", "object error"},
        {"{\"object\":\"errors\"}", "object"},
        {"{\"object\":[\"error\"]}", "object"},
        {"{\"detail\":\"m\"}", "object error"},
        {"{\"detail\":[{\"msg\":\"m\"}]}", "object error"},
        {"{\"detail\":null}", "object"},
        {"{\"detail\":\"m\",\"choices\":null}", "object error"},
        {"{\"detail\":\"m\",\"choices\":[]}", "object choices"},
        {"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"error\":\"m\"}",
         "object error choices [0 content=\"x\"]"},
        {"{\"message\":\"m\"}", "object"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void refuses_what_is_not_json(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{\"id\":\"a\"}x",
        "{\"id\":01}",
        "{\"id\":\"a\",}",
        "{\"id\":'a'}",
        "{\"choices\":[{\"index\":+Infinity}]}",
        "{\"choices\":[{\"delta\":{]}]}",
        "{\"usage\":{\"prompt_tokens\":Infinit}}",
        "{\"usage\":{\"prompt_tokens\":NaNs}}",
        "\xEF\xBB\xBF{}",
        "null null",
    };
    struct chutes__chunk chunk;
    size_t i;

    (void)state;
    chutes__chunk_init(&chunk, MAX_CHOICES);
    for (i = 0; i < COUNT(texts); i++) {
        assert_int_equal(
            chutes__chunk_parse(&chunk, texts[i], strlen(texts[i]), MAX_DEPTH),
            CHUTES_ERR_PROTOCOL);
        assert_non_null(chunk.fault);
        assert_in_range(chunk.fault_at, 0, strlen(texts[i]));
    }
    chutes__chunk_dispose(&chunk);
}

static void uses_nothing_of_a_text_cut_anywhere(void **state)
{
    struct chutes__chunk chunk;
    size_t len;
    char *wire = fixture_read("codec/chunk/chutes_first.json", &len);
    size_t cut;

    (void)state;
    while (len > 0 && wire[len - 1] == '\n') {
        len--;
    }
    chutes__chunk_init(&chunk, MAX_CHOICES);
    for (cut = 0; cut < len; cut++) {
        /* A copy of exactly this size, so that sanitizers see a read beyond
         * it. */
        char *part = malloc(cut + 1);

        assert_non_null(part);
        memcpy(part, wire, cut);
        assert_int_equal(chutes__chunk_parse(&chunk, part, cut, MAX_DEPTH),
                         CHUTES_ERR_PROTOCOL);
        assert_non_null(chunk.fault);
        assert_in_range(chunk.fault_at, 0, cut);
        assert_int_equal(chunk.id.type, CHUTES__JSON_NONE);
        assert_false(chunk.is_error);
        free(part);
    }
    assert_int_equal(chutes__chunk_parse(&chunk, wire, len, MAX_DEPTH),
                     CHUTES_OK);
    chutes__chunk_dispose(&chunk);
    free(wire);
}

/* Repeats `text` between the other two; the caller frees the result. */
static char *repeat(const char *head, const char *text, size_t count,
                    const char *tail)
{
    size_t len = strlen(text);
    char *all = malloc(strlen(head) + len * count + strlen(tail) + 1);
    char *at;

    assert_non_null(all);
    at = stpcpy(all, head);
    for (; count > 0; count--) {
        at = stpcpy(at, text);
    }
    stpcpy(at, tail);
    return all;
}

static void check_too_large(size_t max_choices, const char *json,
                            const char *fault, size_t fault_at)
{
    struct chutes__chunk chunk;

    chutes__chunk_init(&chunk, max_choices);
    assert_int_equal(chutes__chunk_parse(&chunk, json, strlen(json), MAX_DEPTH),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(chunk.fault, fault));
    assert_int_equal(chunk.fault_at, fault_at);
    chutes__chunk_dispose(&chunk);
}

static void limits_choices_and_depth(void **state)
{
    static const char count[] = "choices: more than the limit";
    char *many = repeat("{\"choices\":[{}", ",{}", 999999, "]}");
    char *deep = repeat("{\"x\":", "[", 64, "");

    (void)state;
    check_too_large(1, "{\"choices\":[{},{}]}", count, 15);
    check_too_large(MAX_CHOICES, many, count, 12 + 3 * MAX_CHOICES);
    check_too_large(MAX_CHOICES, deep, "deep", 68);
    free(many);
    free(deep);
}

static void allocates_nothing_once_it_has_grown(void **state)
{
    static const char json[] =
        "{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}"
        ","
        "{\"index\":1},{\"index\":2},{\"index\":3},{\"index\":4}],"
        "\"usage\":{\"prompt_tokens\":1}}";
    struct chutes__chunk chunk;
    int i;

    (void)state;
    chutes__chunk_init(&chunk, MAX_CHOICES);
    alloc_fail_count();
    assert_int_equal(
        chutes__chunk_parse(&chunk, json, sizeof(json) - 1, MAX_DEPTH),
        CHUTES_OK);
    assert_int_equal(chunk.choice_count, 5);
    assert_int_equal(alloc_fail_calls(), 2);
    alloc_fail_from(1);
    for (i = 0; i < 100; i++) {
        assert_int_equal(
            chutes__chunk_parse(&chunk, json, sizeof(json) - 1, MAX_DEPTH),
            CHUTES_OK);
    }
    alloc_fail_count();
    chutes__chunk_dispose(&chunk);
    assert_null(chunk.choices);
}

static void reports_that_memory_is_out(void **state)
{
    static const char json[] = "{\"choices\":[{},{},{},{},{}]}";
    struct chutes__chunk chunk;
    long nth;

    (void)state;
    for (nth = 1; nth <= 2; nth++) {
        alloc_fail_at(nth);
        chutes__chunk_init(&chunk, MAX_CHOICES);
        assert_int_equal(
            chutes__chunk_parse(&chunk, json, sizeof(json) - 1, MAX_DEPTH),
            CHUTES_ERR_NO_MEMORY);
        assert_int_equal(
            chutes__chunk_parse(&chunk, json, sizeof(json) - 1, MAX_DEPTH),
            CHUTES_OK);
        chutes__chunk_dispose(&chunk);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_count();
}

/* Compares the calls, each as ` [index id type name arguments extra]` without
 * what is absent. */
static void check_deltas(const char *json, const char *want)
{
    struct chutes__json_reader reader;
    struct chutes__tool_delta delta;
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);

    assert_non_null(out);
    chutes__json_init(&reader, json, strlen(json), MAX_DEPTH);
    chutes__json_enter_array(&reader);
    while (chutes__tool_delta_next(&reader, &delta)) {
        fputs(delta.is_unknown ? " [unknown" : " [", out);
        if (delta.has_index) {
            fprintf(out, "%" PRId64, delta.index);
        } else {
            assert_int_equal(delta.index, 0);
        }
        dump_value(out, "id", &delta.id);
        dump_value(out, "type", &delta.type);
        dump_value(out, "name", &delta.name);
        dump_value(out, "args", &delta.arguments);
        dump_value(out, "extra", &delta.extra);
        fputs("]", out);
    }
    assert_true(chutes__json_finish(&reader));
    assert_int_equal(fclose(out), 0);
    assert_string_equal(got, want);
    free(got);
}

static void walks_tool_deltas(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } cases[] = {
        {"[]", ""},
        {"[null,1,\"x\",[]]", ""},
        {"[[{}],\"{}\",\"[{}]\"]", " [unknown] [unknown]"},
        {"[{}]", " []"},
        {"[{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"{\"}}]",
         " [0 id=\"c\" type=\"function\" name=\"f\" args=\"{\"]"},
        {"[{\"index\":1},{\"index\":-1},{\"index\":128}]", " [1] [0] [128]"},
        {"[{\"index\":\"1\"},{\"index\":null},{\"index\":1.5},{\"index\":2.0}]",
         " [1] [] [] [2]"},
        {"[{\"id\":null,\"type\":null,\"function\":{\"name\":null,"
         "\"arguments\":null}}]",
         " []"},
        {"[{\"id\":\"\",\"type\":\"\",\"function\":{\"name\":\"\","
         "\"arguments\":\"\"}}]",
         " [ args=\"\"]"},
        {"[{\"id\":7,\"type\":[],\"function\":{\"name\":{},\"arguments\":7}}]",
         " [ id=\"7\" args=7]"},
        {"[{\"function\":null},{\"function\":[]},{\"function\":\"f\"}]",
         " [] [] [ name=\"f\"]"},
        {"[{\"function\":{\"arguments\":{\"a\":[1, 2]}}},"
         "{\"function\":{\"arguments\":[1]}}]",
         " [ args={\"a\":[1, 2]}] [ args=[1]]"},
        {"[{\"id\":\"a\",\"id\":\"b\",\"x\":{\"id\":\"c\"}}]",
         " [ id=\"a\" extra={\"id\":\"a\",\"id\":\"b\",\"x\":{\"id\":\"c\"}}]"},
        {"[{\"x\":null,\"id\":\"a\"},{\"x\":null,\"y\":0}, "
         "{\"\\u0069d\":\"b\"}]",
         " [ id=\"a\"] [ extra={\"x\":null,\"y\":0}] [ id=\"b\"]"},
        {"[{\"function\":{\"name\":\"f\",\"x\":1},\"args\":{},\"input\":1,"
         "\"parameters\":2,\"custom\":3,\"name\":\"g\",\"arguments\":4}]",
         " [ name=\"f\"]"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        check_deltas(cases[i].json, cases[i].want);
    }
}

static void check_text(const char *json, const char *want)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    struct chutes__json_half half = {0};
    struct chutes__buf buf;

    chutes__json_init(&reader, json, strlen(json), MAX_DEPTH);
    chutes__json_read(&reader, &value);
    assert_true(chutes__json_finish(&reader));
    chutes__buf_init(&buf, 1024);
    assert_int_equal(chutes__buf_append_str(&buf, "<"), CHUTES_OK);
    assert_int_equal(
        chutes__chunk_append_text(&value, CHUTES__CHUNK_TEXT, &half, &buf),
        CHUTES_OK);
    assert_string_equal(buf.data + 1, want);
    chutes__buf_dispose(&buf);
}

static void appends_the_text_of_strings_and_of_text_parts(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } cases[] = {
        {"\"a\\nb \\ud83d\\ude00\"", "a\nb \xF0\x9F\x98\x80"},
        {"\"\\u0000\\ud800x\"", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
        {"\"\"", ""},
        {"null", ""},
        {"7", "7"},
        {"-0.50", "-0.50"},
        {"true", "true"},
        {"false", "false"},
        {"{\"type\": \"text\", \"text\":\"x y\"}",
         "{\"type\":\"text\",\"text\":\"x y\"}"},
        {"[1, \"a\"]", "[1,\"a\"]"},
        {"[]", ""},
        {"[{\"type\":\"text\",\"text\":\"a\"},{\"text\":\"b\","
         "\"type\":\"t\\u0065xt\"}]",
         "ab"},
        {"[{\"type\":\"image_url\",\"text\":\"a\"},"
         "{\"type\":\"text\",\"text\":null},{\"type\":\"text\"},"
         "{\"type\":\"text\",\"text\":\"d\"}]",
         "ad"},
    };
    struct chutes__json_value none = {0};
    struct chutes__json_half half = {0};
    struct chutes__buf buf;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        check_text(cases[i].json, cases[i].want);
    }
    chutes__buf_init(&buf, 8);
    assert_int_equal(
        chutes__chunk_append_text(&none, CHUTES__CHUNK_TEXT, &half, &buf),
        CHUTES_OK);
    assert_int_equal(buf.len, 0);
}

static void stops_appending_at_the_limit(void **state)
{
    static const char json[] = "[{\"type\":\"text\",\"text\":\"abcd\"},"
                               "{\"type\":\"text\",\"text\":\"efgh\"},"
                               "{\"type\":\"text\",\"text\":\"i\"}]";
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    struct chutes__json_half half = {0};
    struct chutes__buf buf;

    (void)state;
    chutes__json_init(&reader, json, sizeof(json) - 1, MAX_DEPTH);
    chutes__json_read(&reader, &value);
    chutes__buf_init(&buf, 7);
    assert_int_equal(
        chutes__chunk_append_text(&value, CHUTES__CHUNK_TEXT, &half, &buf),
        CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "abcd");
    chutes__buf_dispose(&buf);
}

static void reads_a_usage_object_alone(void **state)
{
    static const char json[] = "{\"total_tokens\":3}";
    struct chutes__json_value value = {
        CHUTES__JSON_OBJECT, false, {json, sizeof(json) - 1}};
    chutes_usage usage;
    bool is_odd;

    (void)state;
    assert_true(chutes__usage_read(&value, &usage, &is_odd));
    assert_int_equal(usage.total_tokens, 3);
    assert_int_equal(usage.prompt_tokens, -1);
    value.type = CHUTES__JSON_NULL;
    value.text = (struct chutes__slice){"null", 4};
    assert_false(chutes__usage_read(&value, &usage, &is_odd));
    assert_int_equal(usage.total_tokens, -1);
    memset(&value, 0, sizeof(value));
    assert_false(chutes__usage_read(&value, &usage, &is_odd));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(counts_members_of_other_types_as_absent),
        cmocka_unit_test(prefers_delta_to_message_to_text),
        cmocka_unit_test(finds_reasoning_and_stop_under_either_name),
        cmocka_unit_test(knows_keys_with_escapes_and_takes_the_first_of_two),
        cmocka_unit_test(reads_usage_of_any_spelling),
        cmocka_unit_test(tells_errors_from_absent_ones),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(uses_nothing_of_a_text_cut_anywhere),
        cmocka_unit_test(limits_choices_and_depth),
        cmocka_unit_test(allocates_nothing_once_it_has_grown),
        cmocka_unit_test(reports_that_memory_is_out),
        cmocka_unit_test(walks_tool_deltas),
        cmocka_unit_test(appends_the_text_of_strings_and_of_text_parts),
        cmocka_unit_test(stops_appending_at_the_limit),
        cmocka_unit_test(reads_a_usage_object_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
