/* SPDX-License-Identifier: MIT */
/* The chutes themselves. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chute_list.h>

#include "endpoint_case.h"

#define ID "2ff25e81-4586-5ec8-b892-3a6f342693d7"

/* ---- paths --------------------------------------------------------------- */

static void a_path_has_what_is_set(void **state)
{
    chutes_chutes_params list = chutes_chutes_params_default();
    chutes_chute_get_params get = chutes_chute_get_params_default();
    chutes_chute_code_params code = chutes_chute_code_params_default();

    (void)state;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list, "chutes/");
    list.include_public = 1;
    list.template_name = "vllm";
    list.name = "Qwen/Qwen3 & \xC3\xA9=%";
    list.exclude = "a+b";
    list.image = "sglang:nightly";
    list.slug = "me-own";
    list.page = 100;
    list.limit = 5000;
    endpoint_expect_path(
        &chutes__chute_list_endpoint, &list,
        "chutes/?include_public=true&template=vllm&name=Qwen/"
        "Qwen3%20%26%20%C3%A9%3D%25&exclude=a%2Bb&image=sglang:nightly&"
        "slug=me-own&page=100&limit=5000");
    get.chute = "Qwen/Qwen3-32B_v1.0";
    endpoint_expect_path(&chutes__chute_get_endpoint, &get,
                         "chutes/Qwen/Qwen3-32B_v1.0");
    get.chute = "..a/b../.c./...";
    endpoint_expect_path(&chutes__chute_get_endpoint, &get,
                         "chutes/..a/b../.c./...");
    code.chute_id = ID;
    endpoint_expect_path(&chutes__chute_code_endpoint, &code,
                         "chutes/code/" ID);
}

/* Fills a text of `len` bytes. */
static const char *long_text(char *text, size_t len)
{
    memset(text, 'a', len);
    text[len] = '\0';
    return text;
}

static void what_is_wrong_with_a_list_is_named(void **state)
{
    chutes_chutes_params list = chutes_chutes_params_default();
    char text[130];
    char want[160];

    (void)state;
    list.include_public = 2;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "include_public must be 0 or 1");
    list = chutes_chutes_params_default();
    list.template_name = "";
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "template must have 1 to 128 bytes");
    list = chutes_chutes_params_default();
    list.name = long_text(text, 128);
    (void)snprintf(want, sizeof(want), "chutes/?name=%s", text);
    endpoint_expect_path(&chutes__chute_list_endpoint, &list, want);
    list.name = long_text(text, 129);
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "name must have 1 to 128 bytes");
    list = chutes_chutes_params_default();
    list.exclude = "a\nb";
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "exclude has a control character");
    list = chutes_chutes_params_default();
    list.page = 101;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "page must be from 0 to 100");
    list.page = -1;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "page must be from 0 to 100");
    list = chutes_chutes_params_default();
    list.limit = 0;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "limit must be from 1 to 5000");
    list.limit = 5001;
    endpoint_expect_path(&chutes__chute_list_endpoint, &list,
                         "limit must be from 1 to 5000");
}

static void what_is_no_chute_is_refused(void **state)
{
    static const char *const chutes[] = {
        NULL,  "",  "/a", "a b",  "a?b", "a#b",   "a%2e",
        "a\n", ".", "..", "a/..", "./a", "a/./b", "a/../b"};
    static const char *const ids[] = {NULL, "", "me/own", ID "0", "../" ID};
    chutes_chute_get_params get = chutes_chute_get_params_default();
    chutes_chute_code_params code = chutes_chute_code_params_default();
    char text[130];

    (void)state;
    for (size_t i = 0; i < COUNT(chutes); i++) {
        get.chute = chutes[i];
        endpoint_expect_path(&chutes__chute_get_endpoint, &get,
                             "chute must be the ID or the name of a chute");
    }
    get.chute = long_text(text, 129);
    endpoint_expect_path(&chutes__chute_get_endpoint, &get,
                         "chute must be the ID or the name of a chute");
    for (size_t i = 0; i < COUNT(ids); i++) {
        code.chute_id = ids[i];
        endpoint_expect_path(&chutes__chute_code_endpoint, &code,
                             "chute_id must be a UUID");
    }
}

/* ---- answers ------------------------------------------------------------- */

static void dump_chute(FILE *out, const void *of_chute)
{
    const chutes_chute *it = of_chute;

    fprintf(out, "%s %s \"%s\" %s %s\n", it->chute_id, it->name, it->tagline,
            it->slug, it->standard_template);
    fprintf(out, " version %s revision %s cords %s\n", it->version,
            it->revision, it->cord_ref_id);
    fprintf(out, " by %s, image %s:%s, times %lld %lld\n", it->username,
            it->image_name, it->image_tag, (long long)it->created_at,
            (long long)it->updated_at);
    fprintf(out,
            " used %lld, instances %lld of %lld, %lld GPUs of %lld, %lld at a "
            "time, at most %lld\n",
            (long long)it->invocation_count,
            (long long)it->active_instance_count, (long long)it->instance_count,
            (long long)it->gpu_count, (long long)it->min_vram_gb_per_gpu,
            (long long)it->concurrency, (long long)it->max_instances);
    fprintf(out, " $%g per hour, $%g per step, tokens $%g $%g $%g\n",
            it->usd_per_hour, it->usd_per_step, it->input_price,
            it->output_price, it->cache_read_price);
    fprintf(out, " public %d, hot %d, TEE %d, GPUs", it->is_public, it->is_hot,
            it->tee);
    for (size_t i = 0; i < it->supported_gpu_count; i++) {
        fprintf(out, " %s", it->supported_gpus[i]);
    }
    fprintf(out, "\n");
    assert_null(it->info);
    assert_string_equal(it->readme, "");
    assert_int_equal(it->raw_json[0], '{');
    assert_int_equal(it->raw_json[it->raw_len - 1], '}');
    assert_int_equal(strlen(it->raw_json), it->raw_len);
}

static void dump_page(FILE *out, const void *of_page)
{
    const chutes_chute_page *page = of_page;

    fprintf(out, "%lld %lld of %lld\n", (long long)page->page,
            (long long)page->limit, (long long)page->total);
    for (size_t i = 0; i < page->chute_count; i++) {
        dump_chute(out, page->chutes[i]);
    }
}

static void dump_source(FILE *out, const void *of_source)
{
    (void)of_source; /* the call fills it */
    fprintf(out, "good\n");
}

static const struct endpoint_case LIST = {
    .endpoint = &chutes__chute_list_endpoint, .dump = dump_page};
static const struct endpoint_case GET = {
    .endpoint = &chutes__chute_get_endpoint, .dump = dump_chute};
static const struct endpoint_case CODE = {
    .endpoint = &chutes__chute_code_endpoint, .dump = dump_source};

static void what_the_server_sends_is_read(void **state)
{
    static const char *const pages[] = {"page"};
    static const char *const single[] = {"diffusion"};

    (void)state;
    endpoint_expect_fixtures(&LIST, "codec/chute", pages, COUNT(pages));
    endpoint_expect_fixtures(&GET, "codec/chute", single, COUNT(single));
    endpoint_expect_answer(&LIST, "{\"items\":[]}", "-1 -1 of -1\n");
}

static void a_wrong_type_is_named(void **state)
{
    (void)state;
    endpoint_expect_answer(&LIST, "[]", "items: missing, or not an array\n");
    endpoint_expect_answer(&LIST, "{\"items\":[{\"chute_id\":\"c\"},7]}",
                           "items[1].chute_id: missing, or not a text\n");
    endpoint_expect_answer(&GET, "[]", "chute_id: missing, or not a text\n");
    endpoint_expect_answer(&GET, "{\"name\":\"n\"}",
                           "chute_id: missing, or not a text\n");
    endpoint_expect_answer(&GET, "{\"chute_id\":7}",
                           "chute_id: missing, or not a text\n");
    /* Without a Content-Type. */
    endpoint_expect_answer(&CODE, "import chutes",
                           "the answer is not a text\n");
}

/* Writes only how many chutes a page has. */
static void dump_count(FILE *out, const void *of_page)
{
    fprintf(out, "%zu\n", ((const chutes_chute_page *)of_page)->chute_count);
}

static void a_page_has_a_limit(void **state)
{
    static const struct endpoint_case counted = {
        .endpoint = &chutes__chute_list_endpoint, .dump = dump_count};
    static const char *const wants[] = {
        "5000\n", "items: has 5001 entries, more than 5000\n"};
    char *text = NULL;
    size_t len;

    (void)state;
    for (size_t i = 0; i < COUNT(wants); i++) {
        FILE *file = open_memstream(&text, &len);

        fputs("{\"items\":[{\"chute_id\":\"c\"}", file);
        for (size_t j = 1; j < 5000 + i; j++) {
            fputs(",{\"chute_id\":\"c\"}", file);
        }
        fputs("]}", file);
        assert_int_equal(fclose(file), 0);
        endpoint_expect_answer(&counted, text, wants[i]);
        free(text);
    }
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    endpoint_expect_no_memory(&LIST,
                              "{\"items\":[{\"chute_id\":\"c\",\"name\":\"n\","
                              "\"supported_gpus\":[\"a\",\"b\"]}]}");
    endpoint_expect_no_memory(&GET,
                              "{\"chute_id\":\"c\",\"image\":{\"tag\":\"t\"},"
                              "\"user\":{\"username\":\"u\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_what_is_set),
        cmocka_unit_test(what_is_wrong_with_a_list_is_named),
        cmocka_unit_test(what_is_no_chute_is_refused),
        cmocka_unit_test(what_the_server_sends_is_read),
        cmocka_unit_test(a_wrong_type_is_named),
        cmocka_unit_test(a_page_has_a_limit),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
