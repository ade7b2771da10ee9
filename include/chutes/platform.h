/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_PLATFORM_H
#define CHUTES_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/*
 * Accounts and GPUs, from Chutes' management API at https://api.chutes.ai/. It
 * requires a key with admin rights, or a token of "Sign in with Chutes" whose
 * scope allows the request; with a key that may only invoke chutes, calls fail
 * with CHUTES_ERR_AUTH.
 */

/** A part of an account, which is read with a request of its own. */
typedef struct chutes_account_part {
    chutes_status status; /**< CHUTES_OK if it was received; otherwise the
                               reason. */
    int http_status;      /**< 0: no answer came. */
    const char *message;  /**< Why it is missing; "" if it isn't. */
    const char *raw_json; /**< As received; NULL if it is missing. */
    size_t raw_len;
} chutes_account_part;

/** How much may be spent in a period, in USD. Numbers that the server doesn't
 * send are -1. */
typedef struct chutes_account_cap {
    double usage_usd;
    double cap_usd;
    double remaining_usd;
    /** When the period ends, in Unix seconds. Chutes is known to send a wrong
     * time for the month. */
    int64_t reset_at;
} chutes_account_cap;

/** A quota or a discount of a chute. */
typedef struct chutes_account_rule {
    const char *chute_id; /**< "*": all chutes that have no rule of their
                               own. */
    double value;         /**< See quota_rules and discount_rules. */
} chutes_account_rule;

/** An account. The members of a missing part have their defaults: "", 0, -1 or
 * an empty list. */
typedef struct chutes_account {
    chutes_account_part user;         /**< GET users/me */
    chutes_account_part subscription; /**< GET users/me/subscription_usage */
    chutes_account_part quotas;       /**< GET users/me/quotas */
    chutes_account_part discounts;    /**< GET users/me/discounts */

    const char *user_id;
    const char *username;
    const char *payment_address; /**< The address for payments in TAO. */
    int64_t created_at;          /**< In Unix seconds; -1 if not sent. */
    double balance_usd;          /**< May be negative. */
    int has_balance;             /**< 0: it wasn't sent. */

    int has_subscription;     /**< 0: there is none, or the part is missing. */
    double monthly_price_usd; /**< -1 if not sent. */
    chutes_account_cap four_hours;
    chutes_account_cap month;

    /** Requests per day. There are at most 1024 rules of each kind. */
    const chutes_account_rule *const *quota_rules;
    size_t quota_rule_count;
    const chutes_account_rule *const *discount_rules; /**< From 0 to 1. */
    size_t discount_rule_count;
} chutes_account;

/** Receives the end of a chutes_account_get_start(). Like chutes_chat_done_fn,
 * but chutes_account_free() frees the account. */
typedef void (*chutes_account_done_fn)(chutes_status status,
                                       chutes_account *account,
                                       const chutes_error *error,
                                       void *user_data);

/** Parameters of chutes_account_get(). Initialise them with
 * chutes_account_params_default(). */
typedef struct chutes_account_params {
    size_t struct_size; /**< Set by chutes_account_params_default(). */
    /** Where the API is, and where the key is sent. NULL:
     * https://api.chutes.ai/. */
    const char *base_url;
    /** For each request, except that total_timeout_ms is for all of them
     * together. NULL: the client's. */
    const chutes_call_options *call_options;
} chutes_account_params;

/** A GPU that Chutes rents out. */
typedef struct chutes_gpu {
    const char *name; /**< As in a node selector, such as "l40s". */
    double vram_gb;
    double usd_per_hour; /**< In February 2026. */
} chutes_gpu;

/** Hardware for a model. */
typedef struct chutes_hardware {
    const chutes_gpu *gpu; /**< Never freed. */
    double vram_gb;        /**< The total that the model needs. */
    double usd_per_hour;   /**< The total of all GPUs. */
    int gpu_count;         /**< 1, 2, 4 or 8. */
    /** What each GPU must have, for a node selector, which accepts 16 to 140.
     * If the model needs more, include the GPU by name. */
    int min_vram_gb_per_gpu;
} chutes_hardware;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_account_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_account_params_init(chutes_account_params *params,
                                           size_t size);

/** Return parameters set to their defaults. */
static inline chutes_account_params chutes_account_params_default(void)
{
    chutes_account_params params;

    chutes_account_params_init(&params, sizeof(params));
    return params;
}

/**
 * Read the account that the key belongs to: user, balance, limits and usage of
 * the subscription, quotas and discounts, with one request after the other. If
 * a part is missing or broken, the others are still returned, and the `message`
 * of that part says why. A part may have at most 1 MiB, or max_response_bytes
 * if that is less. Any thread may call this.
 *
 * @param client   Must not be NULL. The client's base_url isn't used.
 * @param params   Read during the call only. NULL: the defaults.
 * @param account  Receives the account, or NULL on failure. The caller owns it
 *                 and frees it with chutes_account_free(). May be NULL.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK if any part was received; otherwise the status of the first
 *         part, such as CHUTES_ERR_AUTH. If the first request can't be sent,
 *         the others aren't tried. CHUTES_ERR_CANCELLED and
 *         CHUTES_ERR_NO_MEMORY discard the parts that arrived.
 *         CHUTES_ERR_INVALID_ARGUMENT (the message names base_url; nothing was
 *         sent).
 */
CHUTES_API chutes_status chutes_account_get(chutes_client *client,
                                            const chutes_account_params *params,
                                            chutes_account **account,
                                            chutes_error *error);

/**
 * Start chutes_account_get() on a loop. Only the thread that uses the loop may
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
chutes_account_get_start(chutes_loop *loop, const chutes_account_params *params,
                         chutes_account_done_fn on_done, void *user_data,
                         chutes_call **call, chutes_error *error);

/**
 * Free an account and everything that it points to. Any thread may call this.
 *
 * @param account  NULL is ignored.
 */
CHUTES_API void chutes_account_free(chutes_account *account);

/**
 * Return one of the GPUs that Chutes rents out, as api/gpu.py of its API listed
 * them in February 2026. `GET nodes/supported` returns the current list. Any
 * thread may call this.
 *
 * @param index  Counts from 0; any value is allowed.
 * @return The GPU, which is never freed; NULL if there are no more.
 */
CHUTES_API const chutes_gpu *chutes_gpu_at(size_t index);

/**
 * Do what chutes_hardware_for() does, for a struct whose size the caller
 * states. Use chutes_hardware_for() instead. Any thread may call this.
 *
 * @param parameters  As for chutes_hardware_for().
 * @param bits        Likewise.
 * @param hardware    Filled in; zeroed on failure. Must not be NULL.
 * @param size        sizeof(chutes_hardware): the number of bytes written.
 * @param error       Filled in. May be NULL.
 * @return As chutes_hardware_for().
 */
CHUTES_API chutes_status chutes_hardware_find(double parameters, double bits,
                                              chutes_hardware *hardware,
                                              size_t size, chutes_error *error);

/**
 * Find the cheapest hardware that holds a model, without asking the server. If
 * several cost the same, the one with the fewest GPUs is chosen.
 *
 * The memory is an estimate: the weights, plus a fifth of their size for the KV
 * cache and the activations. Long contexts and many requests at a time need
 * more. The number of GPUs is 1, 2, 4 or 8, because engines need to divide the
 * attention heads of a model evenly. Any thread may call this.
 *
 * @param parameters  How many parameters the model has, such as 8e9. All of
 *                    them count, even in a mixture of experts. More than 0.
 * @param bits        The size of a parameter in bits: such as 16 for bfloat16,
 *                    8 for fp8, 4.5 for a quantisation with scales. From 1 to
 *                    64.
 * @param hardware    Filled in; zeroed on failure. Must not be NULL.
 * @param error       Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the
 *         parameter); CHUTES_ERR_UNSUPPORTED (8 of the largest GPUs are too
 *         small).
 */
static inline chutes_status chutes_hardware_for(double parameters, double bits,
                                                chutes_hardware *hardware,
                                                chutes_error *error)
{
    return chutes_hardware_find(parameters, bits, hardware, sizeof(*hardware),
                                error);
}

#ifdef __cplusplus
}
#endif

#endif
