/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_RESPONSE_H
#define CHUTES_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * The parts that all results have in common. The library allocates results, and
 * they are read-only. Later versions may append fields, so use results through
 * pointers only: don't copy them, and don't apply sizeof to them. Everything
 * that a result points to is valid until the result is freed.
 */

/** Token counts; each is -1 if the server didn't send it. */
typedef struct chutes_usage {
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t total_tokens;
    int64_t cached_tokens;    /**< Part of prompt_tokens. */
    int64_t reasoning_tokens; /**< Part of completion_tokens. */
} chutes_usage;

/** Times in microseconds from the start of the call; -1 for an event that
 * didn't happen. */
typedef struct chutes_timing {
    int64_t connect_us;     /**< Until connected, including TLS; 0 if a
                                 connection was reused. */
    int64_t first_byte_us;  /**< Until the first byte of the response body. */
    int64_t first_token_us; /**< Until the first text, reasoning or tool
                                 call. */
    int64_t total_us;       /**< Until the end of the call. */
    /** completion_tokens divided by the seconds from the first token to the
     * last (streams) or by the seconds of the whole call. -1 if unknown, or if
     * the whole stream arrived in one burst. */
    double tokens_per_second;
} chutes_timing;

/** How a response was obtained. */
typedef struct chutes_response_info {
    int http_status;
    int attempts;          /**< All attempts, including the last. */
    int connection_reused; /**< 1 if no new connection was needed. */
    /** X-Chutes-InvocationID (also as LiteLLM passes it on), or x-request-id,
     * x-litellm-call-id, or what other gateways send; "" if there is none. */
    const char *request_id;
    int64_t quota_total;      /**< X-Chutes-Quota-Total; -1 if not sent. */
    int64_t quota_used;       /**< X-Chutes-Quota-Used; -1 if not sent. */
    int64_t quota_remaining;  /**< X-Chutes-Quota-Remaining; -1 if not sent. */
    int64_t rate_limit_user;  /**< X-Chutes-RL-User; -1 if not sent, INT64_MAX
                                   for "inf". */
    int64_t rate_limit_chute; /**< X-Chutes-RL-Chute; likewise. */
    int64_t retry_after_ms;   /**< -1 if not sent. */
    chutes_timing timing;
    const chutes_header *const *headers; /**< As received, in order. */
    size_t header_count;
    /** The model that the successful request named: the call's, or one of its
     * fallback_models. "" if the call has no model. */
    const char *model;
} chutes_response_info;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Find a response header. Only the thread that uses the result may call this.
 *
 * @param info  NULL returns NULL.
 * @param name  Compared without regard to case. NULL returns NULL.
 * @return The value of the first header of that name, valid until the result is
 *         freed; NULL if there is none.
 */
CHUTES_API const char *chutes_response_header(const chutes_response_info *info,
                                              const char *name);

#ifdef __cplusplus
}
#endif

#endif
