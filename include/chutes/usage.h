/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_USAGE_H
#define CHUTES_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/response.h>

/*
 * Usage, prices and statistics from Chutes' management API at
 * https://api.chutes.ai/. Prices and statistics are public, but the client's
 * key is sent if it has one. The usage requires a key with the rights that
 * chutes_account_get() needs.
 */

/** The usage in a period. Numbers that the server doesn't send are -1. */
typedef struct chutes_usage_bucket {
    /** When the period began, as the server writes it, such as
     * "2026-08-06T12:00:00". */
    const char *bucket;
    const char *chute_id; /**< "" unless per_chute was set. */
    double amount_usd;    /**< The cost. */
    int64_t count;        /**< The number of requests. */
    int64_t input_tokens;
    int64_t output_tokens;
} chutes_usage_bucket;

/** A page of the usage. Numbers that the server doesn't send are -1. */
typedef struct chutes_usage_page {
    const chutes_response_info *info;
    const char *raw_json; /**< As received. */
    size_t raw_len;
    const chutes_usage_bucket *const *buckets;
    size_t bucket_count;
    int64_t total; /**< The number of buckets on all pages. */
    int64_t page;  /**< Counted from 0. */
    int64_t limit; /**< The number of buckets that fit on a page. */
} chutes_usage_page;

/** Receives the end of a chutes_usage_list_start(). Like chutes_chat_done_fn,
 * but chutes_usage_page_free() frees the page. */
typedef void (*chutes_usage_done_fn)(chutes_status status,
                                     chutes_usage_page *page,
                                     const chutes_error *error,
                                     void *user_data);

/** Parameters of chutes_usage_list(). Initialise them with
 * chutes_usage_params_default(). */
typedef struct chutes_usage_params {
    size_t struct_size; /**< Set by chutes_usage_params_default(). */
    /** Where the API is, and where the key is sent. NULL:
     * https://api.chutes.ai/. */
    const char *base_url;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** Only this chute, by its ID, a UUID. NULL: all. */
    const char *chute_id;
    /** When the period begins and ends: dates, such as "2026-03-01" or
     * "2026-03-01T12:00:00Z". NULL: the server decides. */
    const char *start_date;
    const char *end_date;
    int64_t page;  /**< Counted from 0. CHUTES_UNSET: the first. */
    int64_t limit; /**< Buckets on a page, at least 1; the server may send
                      fewer. CHUTES_UNSET: the server decides. */
    int per_chute; /**< 1: a bucket for each chute. */
    int reserved;
} chutes_usage_params;

/** The price of a GPU. Numbers that the server doesn't send are -1. */
typedef struct chutes_gpu_price {
    const char *name; /**< As in a node selector, such as "l40s". */
    double usd_per_hour;
    double tao_per_hour;
} chutes_gpu_price;

/** Chutes' prices. Numbers that the server doesn't send are -1. */
typedef struct chutes_pricing {
    const chutes_response_info *info;
    const char *raw_json; /**< As received. */
    size_t raw_len;
    const chutes_gpu_price *const *gpus;
    size_t gpu_count;        /**< At most 256. */
    double tao_usd;          /**< The price of a TAO in USD. */
    double compute_unit_usd; /**< The price of a compute unit. */
    double compute_unit_tao;
    const char *compute_unit; /**< What a compute unit is; "" if not sent. */
} chutes_pricing;

/** Receives the end of a chutes_pricing_get_start(). Like chutes_chat_done_fn,
 * but chutes_pricing_free() frees the prices. */
typedef void (*chutes_pricing_done_fn)(chutes_status status,
                                       chutes_pricing *pricing,
                                       const chutes_error *error,
                                       void *user_data);

/** Parameters of chutes_pricing_get(). Initialise them with
 * chutes_pricing_params_default(). */
typedef struct chutes_pricing_params {
    size_t struct_size;                      /**< As in chutes_usage_params. */
    const char *base_url;                    /**< Likewise. */
    const chutes_call_options *call_options; /**< Likewise. */
} chutes_pricing_params;

/** The work of an LLM on one day. Numbers that the server doesn't send are
 * -1. */
typedef struct chutes_stat {
    const char *chute_id;
    const char *name; /**< The chute's name; "" if not sent. */
    const char *date; /**< As the server writes it, such as "2026-08-06". */
    int64_t requests;
    int64_t input_tokens;
    int64_t output_tokens;
    double tps;    /**< Average tokens per second of an answer. */
    double ttft_s; /**< Average seconds until the first token. */
} chutes_stat;

/** Statistics of LLMs, in the order in which the server sends them. */
typedef struct chutes_stats {
    const chutes_response_info *info;
    const char *raw_json; /**< As received. */
    size_t raw_len;
    const chutes_stat *const *stats;
    size_t stat_count;
} chutes_stats;

/** Receives the end of a chutes_stats_list_start(). Like chutes_chat_done_fn,
 * but chutes_stats_free() frees the statistics. */
typedef void (*chutes_stats_done_fn)(chutes_status status, chutes_stats *stats,
                                     const chutes_error *error,
                                     void *user_data);

/** Parameters of chutes_stats_list(). Initialise them with
 * chutes_stats_params_default(). */
typedef struct chutes_stats_params {
    size_t struct_size;                      /**< As in chutes_usage_params. */
    const char *base_url;                    /**< Likewise. */
    const chutes_call_options *call_options; /**< Likewise. */
    const char *chute_id;                    /**< Likewise. */
    const char *start_date;                  /**< Likewise. */
    const char *end_date;                    /**< Likewise. */
} chutes_stats_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_usage_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_usage_params_init(chutes_usage_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_usage_params chutes_usage_params_default(void)
{
    chutes_usage_params params;

    chutes_usage_params_init(&params, sizeof(params));
    return params;
}

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_pricing_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_pricing_params_init(chutes_pricing_params *params,
                                           size_t size);

/** Return parameters set to their defaults. */
static inline chutes_pricing_params chutes_pricing_params_default(void)
{
    chutes_pricing_params params;

    chutes_pricing_params_init(&params, sizeof(params));
    return params;
}

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_stats_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_stats_params_init(chutes_stats_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_stats_params chutes_stats_params_default(void)
{
    chutes_stats_params params;

    chutes_stats_params_init(&params, sizeof(params));
    return params;
}

/**
 * Read a page of the usage of the key's owner (GET users/me/usage). Any thread
 * may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. NULL: the defaults.
 * @param page    Receives the page, or NULL on failure. The caller owns it and
 *                frees it with chutes_usage_page_free(). May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, also for a page after the last one, which is empty;
 *         CHUTES_ERR_AUTH; CHUTES_ERR_INVALID_ARGUMENT (the message names the
 *         field; nothing was sent); CHUTES_ERR_PROTOCOL for an answer of
 *         another form (the message says what is wrong); otherwise as
 *         chutes_invoke().
 */
CHUTES_API chutes_status chutes_usage_list(chutes_client *client,
                                           const chutes_usage_params *params,
                                           chutes_usage_page **page,
                                           chutes_error *error);

/**
 * Read the prices of GPUs and compute units (GET pricing). Any thread may call
 * this.
 *
 * @param client   Must not be NULL. The client's base_url isn't used.
 * @param params   Read during the call only. NULL: the defaults.
 * @param pricing  Receives the prices, or NULL on failure. The caller owns them
 *                 and frees them with chutes_pricing_free(). May be NULL.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_TOO_LARGE also for more than 256 GPUs;
 *         CHUTES_ERR_INVALID_ARGUMENT (the message names the field; nothing was
 *         sent); CHUTES_ERR_PROTOCOL for an answer of another form (the message
 *         says what is wrong); otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_pricing_get(chutes_client *client,
                                            const chutes_pricing_params *params,
                                            chutes_pricing **pricing,
                                            chutes_error *error);

/**
 * Read the usage and the speed of each LLM on each day (GET
 * invocations/stats/llm). Without chute_id and dates, the server sends about
 * 80,000 entries (20 MB). Any thread may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. NULL: the defaults.
 * @param stats   Receives the statistics, or NULL on failure. The caller owns
 *                them and frees them with chutes_stats_free(). May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK;
 *         CHUTES_ERR_INVALID_ARGUMENT (the message names the field; nothing was
 *         sent); CHUTES_ERR_PROTOCOL for an answer of another form (the message
 *         says what is wrong); otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_stats_list(chutes_client *client,
                                           const chutes_stats_params *params,
                                           chutes_stats **stats,
                                           chutes_error *error);

/**
 * Start chutes_usage_list() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. NULL: the defaults.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_usage_list_start(chutes_loop *loop, const chutes_usage_params *params,
                        chutes_usage_done_fn on_done, void *user_data,
                        chutes_call **call, chutes_error *error);

/**
 * Start chutes_pricing_get() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. NULL: the defaults.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_pricing_get_start(chutes_loop *loop, const chutes_pricing_params *params,
                         chutes_pricing_done_fn on_done, void *user_data,
                         chutes_call **call, chutes_error *error);

/**
 * Start chutes_stats_list() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. NULL: the defaults.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_stats_list_start(chutes_loop *loop, const chutes_stats_params *params,
                        chutes_stats_done_fn on_done, void *user_data,
                        chutes_call **call, chutes_error *error);

/**
 * Free a page and everything that it points to. Any thread may call this.
 *
 * @param page  NULL is ignored.
 */
CHUTES_API void chutes_usage_page_free(chutes_usage_page *page);

/**
 * Free prices and everything that they point to. Any thread may call this.
 *
 * @param pricing  NULL is ignored.
 */
CHUTES_API void chutes_pricing_free(chutes_pricing *pricing);

/**
 * Free statistics and everything that they point to. Any thread may call this.
 *
 * @param stats  NULL is ignored.
 */
CHUTES_API void chutes_stats_free(chutes_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
