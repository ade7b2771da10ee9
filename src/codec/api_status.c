/* SPDX-License-Identifier: MIT */
/* Maps an HTTP status and the words of an error to a chutes_status. Servers
 * disagree on what 429 means, so its message decides. */
#include "codec/api_error.h"

#include "base/count.h"
#include "base/slice.h"

#include <stdbool.h>
#include <string.h>

/* Codes, types and phrases that mean an empty account. They count with any
 * status, because some servers send them with 400, 401, 403, 412 or 422. */
static const char *const SPENT_WORDS[] = {
    "budget_exceeded",
    "exceededbudget",
    "exceededtokenbudget",
    "budget has been exceeded",
    "exceeded budget",
    "exceeded your budget",
    "crossed budget",
    "max_budget",
    "insufficient_quota",
    "insufficient_balance",
    "insufficient balance",
    "balance is insufficient",
    "overdue balance",
    "not enough balance",
    "insufficient_credit",
    "insufficient credit",
    "not enough credits",
    "out of credits",
    "used all available credits",
    "insufficient_funds",
    "insufficient funds",
    "credit balance",
    "credit_balance",
    "billing_hard_limit",
    "billing hard limit",
    "billing_not_active",
    "exceeded_current_quota",
    "key limit exceeded",
    "spending limit",
    "spending_limit",
    "your specified api usage limits",
    "arrearage",
};

/* How many bytes of a message about a bad request are the server's own. */
enum { MAX_OWN_WORDS = 200 };

/* Words for a quota that doesn't reopen soon. They count only with 429. */
static const char *const QUOTA_WORDS[] = {
    "insufficient quota",  "quota_exceeded",
    "quota exceeded",      "exceeded your current quota",
    "exceeded your quota", "quota exhausted",
    "quota_exhausted",     "free models limit reached",
    "usage cap exceeded",  "over budget",
    "budget exceeded",     "budget limit",
    "max budget",          "no credits",
    "more credits",        "spend limit",
    "spend_limit",         "usage limit",
    "usage_limit",         "monthly limit",
    "payment required",    "payment_required",
    "account balance",     "account_balance",
};

/* Words for the limit of a short window, which reopens soon, whatever else the
 * message says. */
static const char *const SHORT_WINDOWS[] = {
    "per min",    "per-min",    "per_min",    "permin",
    "per second", "per-second", "per_second",
};

/* Words that mean that the whole platform is busy, not only this key. All but
 * the last are those of the Chutes gateway. */
static const char *const CAPACITY_WORDS[] = {
    "maximum capacity",  "infrastructure", "infra_",
    "under maintenance", "overloaded",
};

/* Words for what a platform has switched off for everybody, so that another key
 * would not help. */
static const char *const SWITCHED_OFF_WORDS[] = {
    "easy deployment is currently disabled",
};

static bool field_says(const char *field, const char *word)
{
    return chutes__slice_find_nocase(chutes__slice_of(field), word) != NULL;
}

/* Searches no more than `searched` bytes of the message. */
static bool says_any_within(const chutes_error *error, size_t searched,
                            const char *const *words, size_t count)
{
    struct chutes__slice message = chutes__slice_of(error->message);

    message.len = message.len < searched ? message.len : searched;
    for (size_t i = 0; i < count; i++) {
        if (chutes__slice_find_nocase(message, words[i]) != NULL ||
            field_says(error->type, words[i]) ||
            field_says(error->code, words[i])) {
            return true;
        }
    }
    return false;
}

static bool says_any(const chutes_error *error, const char *const *words,
                     size_t count)
{
    return says_any_within(error, SIZE_MAX, words, count);
}

/* Returns true if "load " or "load-" precedes this place in the text. */
static bool follows_load(const char *text, const char *place)
{
    const size_t len = strlen("load ");

    return (size_t)(place - text) >= len &&
           chutes__slice_starts_with_nocase(
               (struct chutes__slice){place - len, len}, "load");
}

/* Returns true if the message mentions a balance of money, as opposed to a
 * balancer, a balanced load or the advice to load balance. */
static bool says_balance(const chutes_error *error)
{
    const char *found = error->message;

    for (;;) {
        found = chutes__slice_find_nocase(chutes__slice_of(found), "balance");
        if (found == NULL) {
            return false;
        }
        if (found[strlen("balance")] != 'r' &&
            found[strlen("balance")] != 'd' &&
            !follows_load(error->message, found)) {
            return true;
        }
        found += strlen("balance");
    }
}

static bool is_spent(const chutes_error *error)
{
    return says_any(error, SPENT_WORDS, CHUTES__COUNT(SPENT_WORDS));
}

static bool opens_soon(const chutes_error *error, int64_t max_wait_ms)
{
    return (error->retry_after_ms >= 0 &&
            error->retry_after_ms <= max_wait_ms) ||
           says_any(error, SHORT_WINDOWS, CHUTES__COUNT(SHORT_WINDOWS));
}

static chutes_status refine_too_many(const chutes_error *error,
                                     int64_t max_wait_ms)
{
    bool is_quota = is_spent(error) || says_balance(error) ||
                    says_any(error, QUOTA_WORDS, CHUTES__COUNT(QUOTA_WORDS));

    if (is_quota && !opens_soon(error, max_wait_ms)) {
        return CHUTES_ERR_QUOTA;
    }
    if (!is_quota &&
        says_any(error, CAPACITY_WORDS, CHUTES__COUNT(CAPACITY_WORDS))) {
        return CHUTES_ERR_CAPACITY;
    }
    return CHUTES_ERR_RATE_LIMITED;
}

chutes_status chutes__api_error_status(int http_status,
                                       const chutes_error *error,
                                       int64_t max_wait_ms)
{
    switch (http_status) {
    case 401:
    case 403:
        if (says_any(error, SWITCHED_OFF_WORDS,
                     CHUTES__COUNT(SWITCHED_OFF_WORDS))) {
            return CHUTES_ERR_UNSUPPORTED;
        }
        return is_spent(error) ? CHUTES_ERR_QUOTA : CHUTES_ERR_AUTH;
    case 402:
        return CHUTES_ERR_QUOTA;
    case 404:
        return CHUTES_ERR_NOT_FOUND;
    case 407:
        return CHUTES_ERR_CONFIG; /* a proxy that requires a password */
    case 408:
        /* The server or a proxy timed out. CHUTES_ERR_TIMEOUT is reserved for
         * the timeouts that the application sets. */
        return CHUTES_ERR_SERVER;
    case 429:
        return refine_too_many(error, max_wait_ms);
    case 503:
    case 529: /* "site is overloaded", by some gateways */
        return CHUTES_ERR_CAPACITY;
    default:
        break;
    }
    switch (http_status / 100) {
    case 3:
        return CHUTES_ERR_REDIRECT;
    case 4:
        /* vLLM repeats the request, with the prompt, in its message. */
        return says_any_within(error, MAX_OWN_WORDS, SPENT_WORDS,
                               CHUTES__COUNT(SPENT_WORDS))
                   ? CHUTES_ERR_QUOTA
                   : CHUTES_ERR_BAD_REQUEST;
    case 5:
        return CHUTES_ERR_SERVER;
    default:
        return CHUTES_ERR_PROTOCOL;
    }
}
