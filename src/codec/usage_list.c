/* SPDX-License-Identifier: MIT */
/* The endpoint that returns the usage of an account, page by page: GET
 * users/me/usage. */
#include <chutes/usage.h>

#include "base/params.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/records.h"

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

    chutes__api_query_add_integer(&query, "page", params->page, 0);
    chutes__api_query_add_integer(&query, "limit", params->limit, 1);
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
    NAMES, MEMBERS, CHUTES__COUNT(NAMES), sizeof(chutes_usage_bucket)};

enum top_field { TOP_ITEMS, TOP_TOTAL, TOP_PAGE, TOP_LIMIT, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_ITEMS] = CHUTES__FIELD("items"),
    [TOP_TOTAL] = CHUTES__FIELD("total"),
    [TOP_PAGE] = CHUTES__FIELD("page"),
    [TOP_LIMIT] = CHUTES__FIELD("limit"),
};

static int64_t integer_of(const struct chutes__json_value *value)
{
    int64_t number;

    return chutes__json_to_int64(value, &number) ? number : -1;
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_usage, chutes_error *error)
{
    chutes_usage_page *page = of_usage;
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    const void *const *buckets = NULL;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status == CHUTES_OK) {
        (void)chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
        status = chutes__records_read(&BUCKET, &values[TOP_ITEMS], "items",
                                      answer->arena, &buckets,
                                      &page->bucket_count, error);
    }
    if (status == CHUTES_OK) {
        page->buckets = (const chutes_usage_bucket *const *)buckets;
        page->total = integer_of(&values[TOP_TOTAL]);
        page->page = integer_of(&values[TOP_PAGE]);
        page->limit = integer_of(&values[TOP_LIMIT]);
    }
    return status;
}

const struct chutes__endpoint chutes__usage_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_usage_page),
    .decode = decode,
};
