/* SPDX-License-Identifier: MIT */
/* The endpoint that returns the usage of an account, page by page: GET
 * users/me/usage. */
#include <chutes/usage.h>

#include "base/params.h"
#include "codec/api_page.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/fields.h"

CHUTES__ASSERT_API(chutes_usage_params, chutes_usage_page);

void chutes_usage_params_init(chutes_usage_params *params, size_t size)
{
    static const chutes_usage_params DEFAULTS = {.page = CHUTES_UNSET,
                                                 .limit = CHUTES_UNSET};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the request --------------------------------------------------------- */

static chutes_status write_path(const void *of_usage, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_usage_params *params = of_usage;
    struct chutes__api_query query =
        chutes__api_query_begin(path, "users/me/usage", error);

    chutes__api_query_add_integer(&query, "page", params->page, 0, INT64_MAX);
    chutes__api_query_add_integer(&query, "limit", params->limit, 1, INT64_MAX);
    chutes__api_query_add_flag(&query, "per_chute", params->per_chute);
    chutes__api_query_add_id(&query, "chute_id", params->chute_id);
    chutes__api_query_add_date(&query, "start_date", params->start_date);
    chutes__api_query_add_date(&query, "end_date", params->end_date);
    return query.status;
}

/* ---- the answer ---------------------------------------------------------- */

static const struct chutes__slice NAMES[] = {
    CHUTES__FIELD("bucket"),       CHUTES__FIELD("chute_id"),
    CHUTES__FIELD("amount"),       CHUTES__FIELD("count"),
    CHUTES__FIELD("input_tokens"), CHUTES__FIELD("output_tokens"),
};

static const struct chutes__record_member MEMBERS[] = {
    {offsetof(chutes_usage_bucket, bucket), CHUTES__RECORD_TEXT},
    {offsetof(chutes_usage_bucket, chute_id), CHUTES__RECORD_TEXT},
    {offsetof(chutes_usage_bucket, amount_usd), CHUTES__RECORD_NUMBER},
    {offsetof(chutes_usage_bucket, count), CHUTES__RECORD_COUNT},
    {offsetof(chutes_usage_bucket, input_tokens), CHUTES__RECORD_COUNT},
    {offsetof(chutes_usage_bucket, output_tokens), CHUTES__RECORD_COUNT},
};

static const struct chutes__record_type BUCKET = {
    NAMES, MEMBERS, CHUTES__COUNT(NAMES), sizeof(chutes_usage_bucket), 0, NULL};

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_usage, chutes_error *error)
{
    chutes_usage_page *page = of_usage;
    struct chutes__api_page read;
    chutes_status status = chutes__api_page_read(&BUCKET, answer, &read, error);

    page->buckets = (const chutes_usage_bucket *const *)read.items;
    page->bucket_count = read.count;
    page->total = read.total;
    page->page = read.page;
    page->limit = read.limit;
    return status;
}

const struct chutes__endpoint chutes__usage_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_usage_page),
    .decode = decode,
};
