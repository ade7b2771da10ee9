/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "endpoint_case.h"

static chutes_deploy_params template(void)
{
    chutes_deploy_params params = chutes_deploy_params_default();

    params.template_name = "vllm";
    params.model = "org/model";
    return params;
}

static chutes_deploy_params code(void)
{
    chutes_deploy_params params = chutes_deploy_params_default();

    params.image = "me/image:1";
    params.code = "chute = 1\n";
    params.name = "me/chute";
    return params;
}

/* The path and the JSON, or the message. */
static void expect(const chutes_deploy_params *params, const char *want_path,
                   const char *want)
{
    char *path = NULL;
    char *json = NULL;
    chutes_error error;

    if (chutes_deploy_preview(params, &path, &json, &error) == CHUTES_OK) {
        assert_string_equal(path, want_path);
        assert_string_equal(json, want);
    } else {
        assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
        assert_string_equal(error.message, want);
        assert_null(path);
        assert_null(json);
    }
    chutes_string_free(path);
    chutes_string_free(json);
}

static void refuse(const chutes_deploy_params *params, const char *want)
{
    expect(params, "", want);
}

static void a_preview_is_what_would_be_sent(void **state)
{
    static const char *const gpus[] = {"h100", "h200"};
    chutes_deploy_params params = template();

    (void)state;
    expect(&params, "chutes/vllm",
           "{\"model\":\"org/model\",\"node_selector\":{}}");
    params.template_name = "diffusion";
    params.name = "me/paint";
    params.engine_args_json = "{\"max_model_len\": 16384}";
    params.revision = "0123456789abcdefABCD0123456789abcdefABCD";
    params.gpu_count = 2;
    params.min_vram_gb_per_gpu = 80;
    params.include = gpus;
    params.include_count = 1;
    params.exclude = gpus + 1;
    params.exclude_count = 1;
    params.concurrency = 8;
    params.max_instances = 2;
    params.scaling_threshold = 0.5;
    params.shutdown_after_seconds = 60;
    params.is_public = 1;
    params.tee = 0;
    params.accept_fee = 1;
    params.extra_json = "{\"logo_id\":\"l\",\"tee\":true}";
    expect(&params, "chutes/diffusion?accept_fee=true",
           "{\"name\":\"me/paint\",\"model\":\"org/model\",\"engine_args\":"
           "{\"max_model_len\": 16384},\"revision\":"
           "\"0123456789abcdefABCD0123456789abcdefABCD\",\"node_selector\":"
           "{\"gpu_count\":2,\"min_vram_gb_per_gpu\":80,\"include\":[\"h100\"],"
           "\"exclude\":[\"h200\"]},\"concurrency\":8,\"max_instances\":2,"
           "\"shutdown_after_seconds\":60,\"scaling_threshold\":0.5,\"public\":"
           "true,\"logo_id\":\"l\",\"tee\":true}");
    params = code();
    params.cords_json = "[]";
    params.tagline = "t";
    params.readme = "r";
    expect(&params, "chutes/",
           "{\"name\":\"me/chute\",\"image\":\"me/image:1\",\"code\":"
           "\"chute = 1\\n\",\"filename\":\"chute.py\",\"ref_str\":"
           "\"chute:chute\",\"cords\":[],\"tagline\":\"t\",\"readme\":\"r\","
           "\"node_selector\":{},\"public\":false}");
}

static void the_wrong_choice_is_named(void **state)
{
    static const char *const gpus[] = {"h100"};
    static const char either[] = "either template_name or image must be set";
    chutes_deploy_params params = template();

    (void)state;
    params.image = "me/image:1";
    refuse(&params, either);
    params.template_name = NULL;
    params.image = NULL;
    refuse(&params, either);
    params.template_name = "../vllm";
    refuse(&params,
           "template_name must be vllm, sglang, diffusion or embedding");
    assert_int_equal(chutes_deploy_preview(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    params = template();
    assert_int_equal(chutes_deploy_preview(&params, NULL, NULL, NULL),
                     CHUTES_OK);
    params.exclude = gpus; /* without a count */
    refuse(&params, "exclude must not be empty");
    params.include = gpus;
    refuse(&params, "include must not be empty");
}

/* Nothing that the caller gives may be dropped: deploying costs money. */
static void what_belongs_to_the_other_choice_is_refused(void **state)
{
    static const struct {
        chutes_deploy_params (*make)(void);
        size_t offset;
        const char *want;
    } rows[] = {
        {template, offsetof(chutes_deploy_params, code),
         "code must be NULL with a template"},
        {template, offsetof(chutes_deploy_params, filename),
         "filename must be NULL with a template"},
        {template, offsetof(chutes_deploy_params, ref_str),
         "ref_str must be NULL with a template"},
        {template, offsetof(chutes_deploy_params, cords_json),
         "cords_json must be NULL with a template"},
        {code, offsetof(chutes_deploy_params, model),
         "model must be NULL with an image"},
        {code, offsetof(chutes_deploy_params, engine_args_json),
         "engine_args_json must be NULL with an image"},
    };
    const char *given = "";

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_deploy_params params = rows[i].make();

        memcpy((char *)&params + rows[i].offset, &given, sizeof(given));
        refuse(&params, rows[i].want);
    }
}

static void the_wrong_text_is_named(void **state)
{
    static const char *const names[] = {"ab", "a b c", "caf\xC3\xA9"};
    static const char *const files[] = {"Chute.py", "chute",  "_a.py",
                                        ".py",      "a/b.py", ""};
    static const char *const references[] = {"chute", ":chute",
                                             "chute:", "a:b:c", "a-b:c"};
    char *longest = calloc(150002, 1);
    chutes_deploy_params params = template();

    (void)state;
    assert_non_null(longest);
    memset(longest, 'x', 150001);
    params.model = "model";
    refuse(&params, "model must be a repository, such as org/model");
    params.model = NULL;
    refuse(&params, "model must not be NULL");
    params = template();
    params.engine_args_json = "[]";
    refuse(&params, "engine_args_json is not a JSON object");
    params = template();
    params.revision = "main";
    refuse(&params, "revision must be a commit of 40 hexadecimal digits");
    params = code();
    params.code = longest;
    refuse(&params, "code must have at most 150000 bytes");
    params.code = "";
    refuse(&params, "code must not be empty");
    for (size_t i = 0; i < COUNT(names); i++) {
        params = code();
        params.name = names[i];
        refuse(&params, "name must be 3 to 127 letters, digits and \"-_./\"");
    }
    params.name = NULL;
    refuse(&params, "name must not be NULL");
    for (size_t i = 0; i < COUNT(files); i++) {
        params = code();
        params.filename = files[i];
        refuse(&params,
               "filename must be like chute.py: lower-case letters, digits "
               "and \"_\"");
    }
    for (size_t i = 0; i < COUNT(references); i++) {
        params = code();
        params.ref_str = references[i];
        refuse(&params, "ref_str must be like chute:chute");
    }
    params = code();
    params.tagline = longest;
    refuse(&params, "tagline must have at most 1024 bytes");
    params.tagline = NULL;
    params.readme = longest;
    refuse(&params, "readme must have at most 16384 bytes");
    free(longest);
}

static void the_wrong_number_is_named(void **state)
{
    static const struct {
        size_t offset;
        int values[2];
        const char *want;
    } rows[] = {
        {offsetof(chutes_deploy_params, gpu_count),
         {0, 9},
         "gpu_count must be from 1 to 8"},
        {offsetof(chutes_deploy_params, min_vram_gb_per_gpu),
         {15, 141},
         "min_vram_gb_per_gpu must be from 16 to 140"},
        {offsetof(chutes_deploy_params, concurrency),
         {0, 257},
         "concurrency must be from 1 to 256"},
        {offsetof(chutes_deploy_params, max_instances),
         {0, 101},
         "max_instances must be from 1 to 100"},
        {offsetof(chutes_deploy_params, shutdown_after_seconds),
         {59, 604801},
         "shutdown_after_seconds must be from 60 to 604800"},
        {offsetof(chutes_deploy_params, is_public),
         {-1, 2},
         "is_public must be 0 or 1"},
        {offsetof(chutes_deploy_params, tee), {-1, 2}, "tee must be 0 or 1"},
        {offsetof(chutes_deploy_params, accept_fee),
         {-1, 2},
         "accept_fee must be 0 or 1"},
    };
    chutes_deploy_params params;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t k = 0; k < 2; k++) {
            params = template();
            memcpy((char *)&params + rows[i].offset, &rows[i].values[k],
                   sizeof(int));
            refuse(&params, rows[i].want);
        }
    }
    params = template();
    params.scaling_threshold = 1.5;
    refuse(&params, "scaling_threshold must be from 0 to 1");
    params.scaling_threshold = -0.5;
    refuse(&params, "scaling_threshold must be from 0 to 1");
    params.scaling_threshold = NAN;
    refuse(&params, "scaling_threshold must be from 0 to 1");
    params.scaling_threshold = INFINITY;
    refuse(&params, "scaling_threshold must be from 0 to 1");
}

/* ---- the answer ---------------------------------------------------------- */

static void dump(FILE *out, const void *of_deploy)
{
    const chutes_deployment *it = of_deploy;

    fprintf(out, "%s %s %s %s %d\n", it->chute_id, it->name, it->slug,
            it->version, it->is_hot);
}

static const struct endpoint_case DEPLOY = {
    .endpoint = &chutes__deploy_endpoint, .dump = dump};

static void the_chute_is_read(void **state)
{
    static const char *const names[] = {"chute"};

    (void)state;
    endpoint_expect_fixtures(&DEPLOY, "codec/deploy", names, COUNT(names));
    endpoint_expect_answer(&DEPLOY, "{\"chute_id\":\"c\",\"hot\":true}",
                           "c    1\n");
    endpoint_expect_answer(&DEPLOY, "{\"chute_id\":7}",
                           "chute_id: missing, or not a text\n");
    endpoint_expect_answer(&DEPLOY, "[]", "chute_id: missing, or not a text\n");
    endpoint_expect_no_memory(&DEPLOY, "{\"chute_id\":\"c\",\"name\":\"n\"}");
}

static void any_allocation_may_fail(void **state)
{
    chutes_status status = CHUTES_ERR_NO_MEMORY;
    chutes_deploy_params params = code();

    (void)state;
    params.extra_json = "{\"a\":1}";
    for (long i = 1; status == CHUTES_ERR_NO_MEMORY; i++) {
        char *path = NULL;
        char *json = NULL;

        alloc_fail_at(i);
        status = chutes_deploy_preview(&params, &path, &json, NULL);
        alloc_fail_off();
        assert_int_equal(json != NULL, status == CHUTES_OK);
        chutes_string_free(path);
        chutes_string_free(json);
    }
    assert_int_equal(status, CHUTES_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preview_is_what_would_be_sent),
        cmocka_unit_test(the_wrong_choice_is_named),
        cmocka_unit_test(what_belongs_to_the_other_choice_is_refused),
        cmocka_unit_test(the_wrong_text_is_named),
        cmocka_unit_test(the_wrong_number_is_named),
        cmocka_unit_test(the_chute_is_read),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
