/* SPDX-License-Identifier: MIT */
/* The endpoint that returns how fast LLMs are: GET invocations/stats/llm. */
#include <chutes/usage.h>

#include "base/params.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/records.h"

CHUTES__ASSERT_API(chutes_stats_params, chutes_stats);

void chutes_stats_params_init(chutes_stats_params *params, size_t size)
{
    static const chutes_stats_params DEFAULTS = {.base_url = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static chutes_status write_path(const void *of_stats, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_stats_params *params = of_stats;
    struct chutes__api_query query =
        chutes__api_query_begin(path, "invocations/stats/llm", error);

    chutes__api_query_add_id(&query, "chute_id", params->chute_id);
    chutes__api_query_add_date(&query, "start_date", params->start_date);
    chutes__api_query_add_date(&query, "end_date", params->end_date);
    return query.status;
}

static const struct chutes__slice NAMES[] = {
    CHUTES__FIELD("chute_id"),
    CHUTES__FIELD("name"),
    CHUTES__FIELD("date"),
    CHUTES__FIELD("total_requests"),
    CHUTES__FIELD("total_input_tokens"),
    CHUTES__FIELD("total_output_tokens"),
    CHUTES__FIELD("average_tps"),
    CHUTES__FIELD("average_ttft"),
};

static const struct chutes__record_member MEMBERS[] = {
    {offsetof(chutes_stat, chute_id), CHUTES__RECORD_TEXT},
    {offsetof(chutes_stat, name), CHUTES__RECORD_TEXT},
    {offsetof(chutes_stat, date), CHUTES__RECORD_TEXT},
    {offsetof(chutes_stat, requests), CHUTES__RECORD_COUNT},
    {offsetof(chutes_stat, input_tokens), CHUTES__RECORD_COUNT},
    {offsetof(chutes_stat, output_tokens), CHUTES__RECORD_COUNT},
    {offsetof(chutes_stat, tps), CHUTES__RECORD_NUMBER},
    {offsetof(chutes_stat, ttft_s), CHUTES__RECORD_NUMBER},
};

static const struct chutes__record_type STAT = {
    NAMES, MEMBERS, CHUTES__COUNT(NAMES), sizeof(chutes_stat), 0, NULL};

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_stats, chutes_error *error)
{
    chutes_stats *stats = of_stats;
    struct chutes__json_value whole;
    const void *const *list = NULL;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status == CHUTES_OK) {
        status =
            chutes__records_read(&STAT, &whole, "the answer", answer->arena,
                                 &list, &stats->stat_count, error);
    }
    stats->stats = (const chutes_stat *const *)list;
    return status;
}

const struct chutes__endpoint chutes__stats_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_stats),
    .decode = decode,
};
