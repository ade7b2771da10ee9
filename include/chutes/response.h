/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_RESPONSE_H
#define CHUTES_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * What every result carries. Results belong to the library: they are read-only
 * and grow only at their end, so use them through pointers and never copy or
 * sizeof() them. Everything reached through a result dies with it.
 */

/** Token counts; -1 where the server didn't tell. */
typedef struct chutes_usage {
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t total_tokens;
    int64_t cached_tokens;    /**< Of prompt_tokens. */
    int64_t reasoning_tokens; /**< Of completion_tokens. */
} chutes_usage;

/** Times since the call began, in microseconds; -1 where it never happened. */
typedef struct chutes_timing {
    int64_t connect_us;       /**< Connected, TLS included; 0 when reused. */
    int64_t first_byte_us;    /**< The first byte of the answer's body. */
    int64_t first_token_us;   /**< The first text, reasoning or tool call. */
    int64_t total_us;         /**< The call returned. */
    double tokens_per_second; /**< completion_tokens over the time from the
                                   first token to the last (streams) or over
                                   the whole call; -1 when unknown, and when a
                                   stream came in one burst. */
} chutes_timing;

/** How the answer came about. */
typedef struct chutes_response_info {
    int http_status;
    int attempts;            /**< Attempts, the answered one included. */
    int connection_reused;   /**< 1 when no new connection was needed. */
    const char *request_id;  /**< X-Chutes-InvocationID, also as LiteLLM passes
                                  it on, else x-request-id, x-litellm-call-id
                                  or what other gateways send, else "". */
    int64_t quota_total;     /**< X-Chutes-Quota-Total; -1 when not sent. */
    int64_t quota_used;      /**< X-Chutes-Quota-Used; -1 when not sent. */
    int64_t quota_remaining; /**< X-Chutes-Quota-Remaining; -1 when not sent. */
    int64_t rate_limit_user; /**< X-Chutes-RL-User; -1 when not sent, INT64_MAX
                                  for "inf". */
    int64_t rate_limit_chute; /**< X-Chutes-RL-Chute; likewise. */
    int64_t retry_after_ms;   /**< -1 when not sent. */
    chutes_timing timing;
    const chutes_header *const *headers; /**< As received, in order. */
    size_t header_count;
    const char *model; /**< The model that the answered request asked for: that
                            of the call, or one of its fallback_models; "" where
                            the call has none. */
} chutes_response_info;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The value of a response header.
 *
 * @param info  May be NULL.
 * @param name  Compared without regard to case.
 * @return Borrowed from the result; NULL when absent. The first of several.
 */
CHUTES_API const char *chutes_response_header(const chutes_response_info *info,
                                              const char *name);

#ifdef __cplusplus
}
#endif

#endif
