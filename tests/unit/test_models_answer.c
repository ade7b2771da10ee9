/* SPDX-License-Identifier: MIT */
#include "codec/models_answer.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "fixture.h"

enum { MAX_DEPTH = 64 };

static void dump_text(FILE *out, const char *name, const char *text)
{
    if (text != NULL) {
        fprintf(out, " %s=%s", name, text);
    }
}

static void dump_integer(FILE *out, const char *name, int64_t number)
{
    if (number != -1) {
        fprintf(out, " %s=%" PRId64, name, number);
    }
}

static void dump_list(FILE *out, const char *name, const char *const *texts,
                      size_t count)
{
    size_t i;

    if (texts == NULL) {
        assert_int_equal(count, 0);
        return;
    }
    fprintf(out, " %s=", name);
    for (i = 0; i < count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", texts[i]);
    }
}

/* Writes a model in one line. */
static void dump_model(FILE *out, const chutes_model *model)
{
    fprintf(out, "%s", model->id);
    dump_text(out, "owned_by", model->owned_by);
    dump_text(out, "root", model->root);
    dump_text(out, "chute", model->chute_id);
    dump_text(out, "quantization", model->quantization);
    dump_integer(out, "created", model->created);
    dump_integer(out, "context", model->context_length);
    dump_integer(out, "output", model->max_output_length);
    dump_integer(out, "tee", model->confidential_compute);
    if (model->input_price != -1 || model->output_price != -1 ||
        model->cache_read_price != -1) {
        fprintf(out, " price=%g,%g,%g", model->input_price, model->output_price,
                model->cache_read_price);
    }
    if (model->has_other_prices != 0) {
        fputs(" fees", out);
    }
    dump_list(out, "in", model->input_modalities, model->input_modality_count);
    dump_list(out, "out", model->output_modalities,
              model->output_modality_count);
    dump_list(out, "features", model->supported_features,
              model->supported_feature_count);
    dump_list(out, "sampling", model->supported_sampling_parameters,
              model->supported_sampling_parameter_count);
    fputs("\n", out);
    assert_int_equal(strlen(model->raw_json), model->raw_len);
    assert_int_equal(model->raw_json[0], '{');
    assert_int_equal(model->raw_json[model->raw_len - 1], '}');
}

static char *describe(const char *text, size_t len)
{
    chutes_models_response response = {0};
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);
    size_t i;

    assert_non_null(out);
    chutes__error_clear(&error);
    chutes__arena_init(&arena);
    status =
        chutes__decode_models(text, len, MAX_DEPTH, &arena, &response, &error);
    if (status != CHUTES_OK) {
        assert_int_equal(error.status, status);
        fprintf(out, "%s\n", error.message);
    }
    for (i = 0; i < response.model_count; i++) {
        dump_model(out, response.models[i]);
    }
    if (status == CHUTES_OK && response.unnamed_count > 0) {
        fprintf(out, "and %zu\n", response.unnamed_count);
    }
    chutes__arena_dispose(&arena);
    assert_int_equal(fclose(out), 0);
    return got;
}

static const char *const FIXTURES[] = {
    "chutes", "vllm", "sglang", "llamacpp", "openai", "openrouter", "litellm",
};

static void reads_what_servers_send(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(FIXTURES); i++) {
        char name[128];
        size_t len;
        char *wire;
        char *want;
        char *got;

        snprintf(name, sizeof(name), "codec/models/%s.json", FIXTURES[i]);
        wire = fixture_read(name, &len);
        snprintf(name, sizeof(name), "codec/models/%s.want", FIXTURES[i]);
        want = fixture_read(name, NULL);
        got = describe(wire, len);
        if (strcmp(got, want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", name, got, want);
        }
        free(wire);
        free(want);
        free(got);
    }
}

static void bears_members_of_other_types(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } cases[] = {
        {"{\"data\":[]}", ""},
        {"{\"object\":\"list\",\"data\":null}", ""},
        {"{\"object\":\"list\",\"data\":null,"
         "\"models\":[{\"name\":\"a\"}]}",
         "a\n"},
        {"{\"data\":[{\"id\":\"a\",\"score\":NaN,\"x\":[-Infinity]}]}", "a\n"},
        {"[]", ""},
        {"[{\"id\":\"a\"},{\"id\":\"b\"}]", "a\nb\n"},
        {"{\"data\":[null,1,\"x\",[],{},{\"id\":null},{\"id\":\"\"},"
         "{\"id\":7},{\"id\":\"a\"}]}",
         "a\nand 8\n"},
        {"{\"data\":[{\"name\":\"a\"},{\"id\":null,\"name\":\"b\"},"
         "{\"model\":\"c\"},{\"id\":\"d\",\"name\":\"D\"}]}",
         "a\nb\nc\nd\n"},
        {"{\"models\":[{\"name\":\"a\"}]}", "a\n"},
        {"{\"models\":[{\"name\":\"x\"}],\"data\":[{\"id\":\"a\"}]}", "a\n"},
        {"{\"data\":[{\"id\":\"a\",\"id\":\"b\"}],\"data\":[{\"id\":\"c\"}]}",
         "a\n"},
        {"{\"data\":[{\"id\":\"a\",\"owned_by\":null,\"root\":1,"
         "\"chute_id\":[],\"quantization\":{},\"created\":null,"
         "\"max_model_len\":null,\"price\":null,\"pricing\":[],"
         "\"confidential_compute\":null,\"input_modalities\":null,"
         "\"output_modalities\":\"text\",\"supported_features\":{},"
         "\"supported_sampling_parameters\":[]}]}",
         "a\n"},
        {"[{\"id\":\"a\",\"created\":1764000000.9}]", "a created=1764000000\n"},
        {"[{\"id\":\"a\",\"created\":-5,\"context_length\":-1}]", "a\n"},
        {"[{\"id\":\"a\",\"created\":1e300}]", "a\n"},
        {"[{\"id\":\"a\",\"context_length\":\"4096\",\"max_model_len\":1}]",
         "a context=4096\n"},
        {"[{\"id\":\"a\",\"context_length\":null,\"max_model_len\":8192.0}]",
         "a context=8192\n"},
        {"[{\"id\":\"a\",\"confidential_compute\":false},"
         "{\"id\":\"b\",\"confidential_compute\":1}]",
         "a tee=0\nb\n"},
        {"[{\"id\":\"a\",\"supported_features\":[null,\"x\",7,\"y\"]}]",
         "a features=x,y\n"},
        {"[{\"id\":\"a\",\"supported_features\":[7]}]", "a features=\n"},
        {"[{\"model_name\":\"a\",\"model_info\":[]},{\"id\":\"b\","
         "\"context_length\":5,\"model_info\":{\"max_input_tokens\":9,"
         "\"input_cost_per_token\":1e305,\"output_cost_per_token\":-1,"
         "\"supports_vision\":\"yes\",\"litellm_provider\":7}}]",
         "a\nb context=5\n"},
        {"[{\"id\":\"\\u00e9\\n\"}]", "\xC3\xA9\n\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        char *got = describe(cases[i].json, strlen(cases[i].json));

        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", cases[i].json, got,
                     cases[i].want);
        }
        free(got);
    }
}

struct members_case {
    const char *members;
    const char *want;
};

static void check_members(const struct members_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char json[512];
        char *got;

        snprintf(json, sizeof(json), "[{\"id\":\"a\",%s}]", cases[i].members);
        got = describe(json, strlen(json));
        if (strcmp(got, cases[i].want) != 0) {
            fail_msg("%s\n gave   %s\n wanted %s", json, got, cases[i].want);
        }
        free(got);
    }
}

static void reads_prices_of_any_spelling(void **state)
{
    static const struct members_case cases[] = {
        {"\"price\":{\"input\":{\"usd\":0.1,\"tao\":1},\"output\":"
         "{\"usd\":\"0.5\"},\"input_cache_read\":{\"usd\":1e-2}}",
         "a price=0.1,0.5,0.01\n"},
        /* numbers are per million tokens, strings per token */
        {"\"pricing\":{\"prompt\":0.1,\"completion\":0.5,"
         "\"input_cache_read\":1e-2}",
         "a price=0.1,0.5,0.01\n"},
        {"\"pricing\":{\"prompt\":\"0.0000001\",\"completion\":\"5e-7\","
         "\"input_cache_read\":\"0.00000001\"}",
         "a price=0.1,0.5,0.01\n"},
        {"\"pricing\":{\"prompt\":9,\"completion\":0.5},"
         "\"price\":{\"input\":{\"usd\":0.1}}",
         "a price=0.1,0.5,-1\n"},
        {"\"pricing\":{\"input\":0.1,\"output\":{\"usd\":0.5,\"tao\":1}}",
         "a price=0.1,0.5,-1\n"},
        {"\"pricing\":{\"input\":\"0.0000001\",\"completion\":0.5}",
         "a price=0.1,0.5,-1\n"},
        {"\"price\":{\"input\":{\"usd\":0.1}},"
         "\"model_info\":{\"input_cost_per_token\":5e-7}",
         "a price=0.1,-1,-1\n"},
        {"\"price\":{\"prompt\":0.1,\"completion\":{\"tao\":1}}",
         "a price=0.1,-1,-1\n"},
        {"\"price\":{\"input\":null,\"prompt\":2},"
         "\"pricing\":{\"output\":\"free\",\"completion\":3}",
         "a price=2,3,-1\n"},
        {"\"pricing\":{\"prompt\":\"0\",\"completion\":\"0\",\"request\":\"0\","
         "\"image\":\"0\",\"discount\":0.5}",
         "a price=0,0,-1\n"},
        {"\"pricing\":{\"prompt\":\"0\",\"completion\":\"0\","
         "\"request\":\"0.01\"}",
         "a price=0,0,-1 fees\n"},
        {"\"pricing\":{\"prompt\":\"0\",\"tiers\":[{\"prompt\":\"0\"},"
         "{\"prompt\":\"0.00001\"}]}",
         "a price=0,-1,-1 fees\n"},
        {"\"pricing\":{\"prompt\":\"0\",\"image\":{\"in\":\"0\","
         "\"out\":{\"usd\":1}}}",
         "a price=0,-1,-1 fees\n"},
        {"\"pricing\":{\"prompt\":\"0\",\"image\":{\"in\":[0,{}]}}",
         "a price=0,-1,-1\n"},
        {"\"pricing\":{\"prompt\":\"-1\",\"completion\":\"-1\"}", "a\n"},
        {"\"pricing\":{\"prompt\":\"1e308\"}", "a\n"},
        {"\"price\":{\"input\":{\"usd\":0},\"output\":{\"usd\":\"0\"}}",
         "a price=0,0,-1\n"},
        {"\"price\":{\"input\":{\"usd\":\"x\"},\"output\":{\"usd\":\"\"},"
         "\"input_cache_read\":{\"usd\":\" \"}}",
         "a\n"},
        {"\"price\":{\"input\":{\"usd\":-1},\"output\":{\"usd\":1e400},"
         "\"input_cache_read\":{\"usd\":\"1 2\"}}",
         "a\n"},
        {"\"pricing\":{\"prompt\":-5,\"completion\":\"-0.1\"}", "a\n"},
        {"\"price\":{\"input\":{\"usd\":null},\"output\":{\"usd\":true},"
         "\"input_cache_read\":{\"usd\":\"[1]\"}}",
         "a\n"},
        {"\"price\":{\"input\":0.1,\"output\":[],\"input_cache_read\":null}",
         "a price=0.1,-1,-1\n"},
        {"\"price\":7,\"pricing\":\"cheap\"", "a\n"},
        {"\"price\":{\"input\":NaN,\"output\":Infinity}", "a\n"},
        {"\"price\":{\"input\":-0,\"output\":\"-0\"}", "a price=0,0,-1\n"},
    };

    (void)state;
    check_members(cases, COUNT(cases));
}

static void what_costs_something_is_never_free(void **state)
{
    static const struct members_case cases[] = {
        {"\"pricing\":{\"prompt\":\"0\",\"request\":\"$0.01\"}",
         "a price=0,-1,-1 fees\n"},
        {"\"price\":{\"input\":0,\"output\":0},"
         "\"pricing\":{\"prompt\":0,\"completion\":0.5}",
         "a price=0,0,-1 fees\n"},
        {"\"model_info\":{\"input_cost_per_token\":0,"
         "\"output_cost_per_token\":0,\"output_cost_per_image\":0.04}",
         "a price=0,0,-1 fees\n"},
        {"\"pricing\":{\"prompt\":\"0\"},"
         "\"model_info\":{\"input_cost_per_token\":1e-6}",
         "a price=0,-1,-1 fees\n"},
        {"\"model_info\":{\"input_cost_per_token\":0,"
         "\"input_cost_per_second\":0}",
         "a price=0,-1,-1\n"},
    };

    (void)state;
    check_members(cases, COUNT(cases));
}

static void keeps_each_entry_as_received(void **state)
{
    static const char json[] =
        "{\"data\":[ {\"id\" : \"a\", \"new\":[1.10]} ,{\"id\":\"b\"}]}";
    chutes_models_response response;
    struct chutes__arena arena;
    chutes_error error;

    (void)state;
    chutes__arena_init(&arena);
    assert_int_equal(chutes__decode_models(json, sizeof(json) - 1, MAX_DEPTH,
                                           &arena, &response, &error),
                     CHUTES_OK);
    assert_int_equal(response.model_count, 2);
    assert_string_equal(response.models[0]->raw_json,
                        "{\"id\" : \"a\", \"new\":[1.10]}");
    assert_string_equal(response.models[1]->raw_json, "{\"id\":\"b\"}");
    chutes__arena_dispose(&arena);
}

static void refuses_another_shape(void **state)
{
    static const struct {
        const char *json;
        chutes_status status;
        const char *message; /* the message, or its beginning */
    } cases[] = {
        {"{}", CHUTES_ERR_PROTOCOL, "data: missing, or not an array"},
        {"{\"data\":null}", CHUTES_ERR_PROTOCOL, "data: missing"},
        {"{\"data\":[{},{\"id\":7}]}", CHUTES_ERR_PROTOCOL,
         "data: none of 2 entries has an id or a name"},
        {"{\"data\":[{}]}", CHUTES_ERR_PROTOCOL,
         "data: none of 1 entries has an id or a name"},
        {"{\"data\":{}}", CHUTES_ERR_PROTOCOL, "data: missing"},
        {"null", CHUTES_ERR_PROTOCOL, "data: missing"},
        {"{\"detail\":\"x\"}", CHUTES_ERR_PROTOCOL, "data: missing"},
        {"", CHUTES_ERR_PROTOCOL, "the answer is not valid JSON: "},
        {"{\"data\":[{\"id\":\"a\"}]", CHUTES_ERR_PROTOCOL,
         "the answer is not valid JSON: "},
        {"<html>", CHUTES_ERR_PROTOCOL, "the answer is not valid JSON: "},
        {"{\"data\":[[[[]]]]}", CHUTES_ERR_TOO_LARGE,
         "the nesting of the answer exceeds max_json_depth (4)"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        chutes_models_response response;
        struct chutes__arena arena;
        chutes_error error;

        chutes__arena_init(&arena);
        assert_int_equal(chutes__decode_models(cases[i].json,
                                               strlen(cases[i].json), 4, &arena,
                                               &response, &error),
                         cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_memory_equal(error.message, cases[i].message,
                            strlen(cases[i].message));
        chutes__arena_dispose(&arena);
    }
}

/* Repeats the entry, or an element of a list within an entry. */
static char *repeat(const char *before, const char *piece, const char *after,
                    size_t bytes, size_t *len)
{
    size_t count = bytes / strlen(piece);
    char *json =
        malloc(strlen(before) + count * strlen(piece) + strlen(after) + 1);
    char *at = json;

    assert_non_null(json);
    at = stpcpy(at, before);
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(at, piece);
    }
    *len = (size_t)(stpcpy(at, after) - json);
    return json;
}

static void takes_a_few_times_the_bytes_that_came(void **state)
{
    static const struct {
        const char *before;
        const char *piece;
        const char *after;
    } cases[] = {
        {"[", "{\"id\":\"a\"},", "{}]"},
        {"[", "0,", "{\"id\":\"a\"}]"},
        {"[", "{},", "{\"id\":\"a\"}]"},
        {"[", "{\"id\":\"a\",\"object\":\"model\",\"owned_by\":\"x\"},", "{}]"},
        {"[", "{\"id\":\"a\",\"input_modalities\":[\"a\",\"b\",\"c\"]},",
         "{}]"},
        {"[{\"id\":\"a\",\"input_modalities\":[", "\"\",", "0]}]"},
        {"[{\"id\":\"a\",\"input_modalities\":[", "\"a\",", "0]}]"},
        {"[{\"id\":\"a\",\"supported_features\":[", "0,", "0]}]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        chutes_models_response response = {0};
        struct chutes__arena arena;
        chutes_error error;
        size_t len;
        char *json = repeat(cases[i].before, cases[i].piece, cases[i].after,
                            4 << 20, &len);

        chutes__arena_init(&arena);
        alloc_fail_count();
        assert_int_not_equal(chutes__decode_models(json, len, MAX_DEPTH, &arena,
                                                   &response, &error),
                             CHUTES_ERR_NO_MEMORY);
        /* The raw answer may use twice its size in addition. */
        if (alloc_fail_peak() > 6 * len + (1 << 20)) {
            fail_msg("%s%s: %zu bytes of heap for %zu", cases[i].before,
                     cases[i].piece, alloc_fail_peak(), len);
        }
        chutes__arena_dispose(&arena);
        free(json);
    }
    alloc_fail_count();
}

static chutes_status decode_once(const char *json, size_t len)
{
    chutes_models_response response;
    struct chutes__arena arena;
    chutes_error error;
    chutes_status status;

    chutes__arena_init(&arena);
    status =
        chutes__decode_models(json, len, MAX_DEPTH, &arena, &response, &error);
    assert_true(status == CHUTES_OK || error.status == status);
    chutes__arena_dispose(&arena);
    return status;
}

/* Each text is larger than an arena's first block. So each needs a block of its
 * own, and every allocation fails once. */
static void reports_that_memory_is_out(void **state)
{
    enum { LONG = 70000 };
    char *json = malloc(LONG * 12);
    char *filler = malloc(LONG + 1);
    static const char *const members[] = {
        "\"id\":\"%s\"",        ",\"owned_by\":\"%s\"",
        ",\"root\":\"%s\"",     ",\"supported_features\":[\"%s\"]",
        ",\"chute_id\":\"%s\"",
    };
    char *at;
    size_t len;
    long total;
    long i;

    (void)state;
    assert_non_null(json);
    assert_non_null(filler);
    memset(filler, 'x', LONG);
    filler[LONG] = '\0';
    at = stpcpy(json, "[{");
    for (i = 0; i < (long)COUNT(members); i++) {
        const char *mark = strstr(members[i], "%s");

        at = mempcpy(at, members[i], (size_t)(mark - members[i]));
        at = stpcpy(at, filler);
        at = stpcpy(at, mark + 2);
    }
    at = stpcpy(at, "},{\"id\":\"b\",\"supported_features\":[0");
    for (i = 0; i < LONG; i++) {
        at = stpcpy(at, ",0");
    }
    at = stpcpy(at, "]}]");
    len = (size_t)(at - json);
    alloc_fail_count();
    assert_int_equal(decode_once(json, len), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total >= 6);
    for (i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(decode_once(json, len), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_count();
    free(filler);
    free(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(bears_members_of_other_types),
        cmocka_unit_test(reads_prices_of_any_spelling),
        cmocka_unit_test(what_costs_something_is_never_free),
        cmocka_unit_test(keeps_each_entry_as_received),
        cmocka_unit_test(refuses_another_shape),
        cmocka_unit_test(takes_a_few_times_the_bytes_that_came),
        cmocka_unit_test(reports_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
