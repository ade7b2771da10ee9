/* SPDX-License-Identifier: MIT */
/* The usage of an account, prices and statistics. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include <chutes/usage.h>

#include "endpoint_case.h"

/* ---- paths --------------------------------------------------------------- */

static void a_path_has_what_is_set(void **state)
{
    chutes_usage_params usage = chutes_usage_params_default();
    chutes_stats_params stats = chutes_stats_params_default();
    chutes_pricing_params pricing = chutes_pricing_params_default();

    (void)state;
    endpoint_expect_path(&chutes__pricing_endpoint, &pricing, "pricing");
    endpoint_expect_path(&chutes__usage_endpoint, &usage, "users/me/usage");
    endpoint_expect_path(&chutes__stats_endpoint, &stats,
                         "invocations/stats/llm");
    usage.page = 0;
    usage.limit = 1;
    usage.per_chute = 1;
    usage.chute_id = "2ff25e81-4586-5ec8-b892-3a6f342693d7";
    usage.end_date = "2026-03-01T12:00:00Z";
    endpoint_expect_path(
        &chutes__usage_endpoint, &usage,
        "users/me/usage?page=0&limit=1&per_chute=true&chute_id=2ff25e81-"
        "4586-5ec8-b892-3a6f342693d7&end_date=2026-03-01T12:00:00Z");
    stats.start_date = "2026-03-01";
    endpoint_expect_path(&chutes__stats_endpoint, &stats,
                         "invocations/stats/llm?start_date=2026-03-01");
}

static void what_is_wrong_is_named(void **state)
{
    static const char date[] =
        "_date must be a date, such as 2026-03-01 or 2026-03-01T12:00:00Z";
    chutes_usage_params usage = chutes_usage_params_default();
    chutes_stats_params stats = chutes_stats_params_default();
    char want[128];

    (void)state;
    usage.page = -1;
    endpoint_expect_path(&chutes__usage_endpoint, &usage,
                         "page must be 0 or more");
    usage.page = CHUTES_UNSET;
    usage.limit = 0;
    endpoint_expect_path(&chutes__usage_endpoint, &usage,
                         "limit must be 1 or more");
    usage.limit = 1;
    usage.per_chute = 2;
    endpoint_expect_path(&chutes__usage_endpoint, &usage,
                         "per_chute must be 0 or 1");
    stats.chute_id = "";
    endpoint_expect_path(&chutes__stats_endpoint, &stats,
                         "chute_id must be a UUID");
    stats.chute_id = "2ff25e81-4586-5ec8-b892-3a6f342693d";
    endpoint_expect_path(&chutes__stats_endpoint, &stats,
                         "chute_id must be a UUID");
    stats.chute_id = "a&b=c";
    endpoint_expect_path(&chutes__stats_endpoint, &stats,
                         "chute_id must be a UUID");
    stats.chute_id = NULL;
    stats.start_date = "tomorrow";
    (void)snprintf(want, sizeof(want), "start%s", date);
    endpoint_expect_path(&chutes__stats_endpoint, &stats, want);
    stats.start_date = NULL;
    stats.end_date = "2026-03-01T00:00:00+01:00"; /* would need an escape */
    (void)snprintf(want, sizeof(want), "end%s", date);
    endpoint_expect_path(&chutes__stats_endpoint, &stats, want);
}

/* ---- answers ------------------------------------------------------------- */

static void dump_usage(FILE *out, const void *of_usage)
{
    const chutes_usage_page *page = of_usage;

    fprintf(out, "%lld %lld of %lld\n", (long long)page->page,
            (long long)page->limit, (long long)page->total);
    for (size_t i = 0; i < page->bucket_count; i++) {
        const chutes_usage_bucket *it = page->buckets[i];

        fprintf(out, "%s%s%s $%g %lld %lld %lld\n", it->bucket,
                it->chute_id[0] != '\0' ? " " : "", it->chute_id,
                it->amount_usd, (long long)it->count,
                (long long)it->input_tokens, (long long)it->output_tokens);
    }
}

static void dump_stats(FILE *out, const void *of_stats)
{
    const chutes_stats *stats = of_stats;

    for (size_t i = 0; i < stats->stat_count; i++) {
        const chutes_stat *it = stats->stats[i];

        fprintf(out, "%s \"%s\" %s %lld %lld %lld %g %g\n", it->chute_id,
                it->name, it->date, (long long)it->requests,
                (long long)it->input_tokens, (long long)it->output_tokens,
                it->tps, it->ttft_s);
    }
}

static void dump_pricing(FILE *out, const void *of_pricing)
{
    const chutes_pricing *pricing = of_pricing;

    fprintf(out, "tao $%g, unit $%g %g \"%s\"\n", pricing->tao_usd,
            pricing->compute_unit_usd, pricing->compute_unit_tao,
            pricing->compute_unit);
    for (size_t i = 0; i < pricing->gpu_count; i++) {
        fprintf(out, "%s $%g %g\n", pricing->gpus[i]->name,
                pricing->gpus[i]->usd_per_hour, pricing->gpus[i]->tao_per_hour);
    }
}

static const struct endpoint_case USAGE = {.endpoint = &chutes__usage_endpoint,
                                           .dump = dump_usage};
static const struct endpoint_case STATS = {.endpoint = &chutes__stats_endpoint,
                                           .dump = dump_stats};
static const struct endpoint_case PRICING = {
    .endpoint = &chutes__pricing_endpoint, .dump = dump_pricing};

static void what_the_server_sends_is_read(void **state)
{
    static const char *const pages[] = {"page", "per_chute"};
    static const char *const days[] = {"days"};
    static const char *const all[] = {"all"};

    (void)state;
    endpoint_expect_fixtures(&USAGE, "codec/usage", pages, COUNT(pages));
    endpoint_expect_fixtures(&STATS, "codec/stats", days, COUNT(days));
    endpoint_expect_fixtures(&PRICING, "codec/pricing", all, COUNT(all));
    endpoint_expect_answer(&USAGE, "{\"items\":[]}", "-1 -1 of -1\n");
    endpoint_expect_answer(&STATS, "[]", "");
    endpoint_expect_answer(&PRICING, "{\"gpu_price_estimates\":{}}",
                           "tao $-1, unit $-1 -1 \"\"\n");
}

static void a_wrong_type_is_named(void **state)
{
    (void)state;
    endpoint_expect_answer(&USAGE, "[]", "items: missing, or not an array\n");
    endpoint_expect_answer(&USAGE, "{\"items\":{}}",
                           "items: missing, or not an array\n");
    endpoint_expect_answer(&USAGE, "{\"items\":[{\"bucket\":\"b\"},7]}",
                           "items[1].bucket: missing, or not a text\n");
    endpoint_expect_answer(&USAGE, "{\"items\":[{\"bucket\":\"\"}]}",
                           "items[0].bucket: missing, or not a text\n");
    endpoint_expect_answer(&STATS, "{}",
                           "the answer: missing, or not an array\n");
    endpoint_expect_answer(&STATS, "[{\"chute_id\":1}]",
                           "the answer[0].chute_id: missing, or not a text\n");
    endpoint_expect_answer(&PRICING, "{\"tao_usd\":1}",
                           "gpu_price_estimates: missing, or not an object\n");
}

static void gpus_have_a_limit(void **state)
{
    char *text = NULL;
    size_t len;

    (void)state;
    for (int count = 256; count <= 257; count++) {
        FILE *file = open_memstream(&text, &len);

        fputs("{\"gpu_price_estimates\":{\"\":0", file);
        for (int i = 1; i < count; i++) {
            fputs(",\"\":0", file);
        }
        fputs("}}", file);
        assert_int_equal(fclose(file), 0);
        if (count > 256) {
            endpoint_expect_answer(&PRICING, text,
                                   "there are more than 256 GPUs\n");
        } else {
            endpoint_expect_no_memory(&PRICING, text);
        }
        free(text);
    }
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    endpoint_expect_no_memory(&USAGE, "{\"items\":[{\"bucket\":\"b\"}]}");
    endpoint_expect_no_memory(&STATS, "[{\"chute_id\":\"c\",\"name\":\"n\"}]");
    endpoint_expect_no_memory(&PRICING,
                              "{\"gpu_price_estimates\":{\"h100\":{}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_what_is_set),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(what_the_server_sends_is_read),
        cmocka_unit_test(a_wrong_type_is_named),
        cmocka_unit_test(gpus_have_a_limit),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
