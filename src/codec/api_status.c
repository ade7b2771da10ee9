/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "codec/api_error.h"
#include "codec/words.h"

/* Waiting a little doesn't help. */
static const char *const quota_words[] = {
    "insufficient_quota",
    "insufficient quota",
    "quota_exceeded",
    "quota exceeded",
    "exceeded your current quota",
    "free models limit reached",
    "usage cap exceeded",
};

/* The whole platform is busy, not this key. */
static const char *const capacity_words[] = {
    "maximum capacity",
    "infra",
    "under maintenance",
    "overloaded",
};

static bool field_says(const char *field, const char *word)
{
    return chutes__words_find(field, strlen(field), word) != NULL;
}

static bool says_any(const chutes_error *error, const char *const *words,
                     size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (field_says(error->message, words[i]) ||
            field_says(error->type, words[i]) ||
            field_says(error->code, words[i])) {
            return true;
        }
    }
    return false;
}

/* Money, not the work of a load balancer. */
static bool says_balance(const chutes_error *error)
{
    const char *found = error->message;

    for (;;) {
        found = chutes__words_find(found, strlen(found), "balance");
        if (found == NULL) {
            return false;
        }
        found += strlen("balance");
        if (*found != 'r' && *found != 'd') {
            return true;
        }
    }
}

static chutes_status refine_too_many(const chutes_error *error)
{
    if (says_any(error, quota_words,
                 sizeof(quota_words) / sizeof(quota_words[0])) ||
        says_balance(error)) {
        return CHUTES_ERR_QUOTA;
    }
    if (says_any(error, capacity_words,
                 sizeof(capacity_words) / sizeof(capacity_words[0]))) {
        return CHUTES_ERR_CAPACITY;
    }
    return CHUTES_ERR_RATE_LIMITED;
}

chutes_status chutes__api_error_status(int http_status,
                                       const chutes_error *error)
{
    switch (http_status) {
    case 401:
    case 403:
        return CHUTES_ERR_AUTH;
    case 402:
        return CHUTES_ERR_QUOTA;
    case 404:
        return CHUTES_ERR_NOT_FOUND;
    case 408:
        /* The server's clock, or a proxy's. CHUTES_ERR_TIMEOUT is for ours,
         * which the application has set and can change. */
        return CHUTES_ERR_SERVER;
    case 429:
        return refine_too_many(error);
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
        return CHUTES_ERR_BAD_REQUEST;
    case 5:
        return CHUTES_ERR_SERVER;
    default:
        return CHUTES_ERR_PROTOCOL;
    }
}
