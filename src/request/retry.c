/* SPDX-License-Identifier: MIT */
/*
 * Which failures are retried, and after how long.
 */
#include "request/retry.h"

#include "base/random.h"
#include "base/slice.h"

#include <string.h>

/* OpenAI's libraries wait as long. */
enum { FIRST_WAIT_MS = 500, MAX_WAIT_MS = 8000 };

/* Can another attempt succeed after such a failure? All other failures are
 * caused by the application or the library, or come with an answer that was
 * charged. This is necessary but not sufficient: AUTH, for example, is retried
 * only if the server asks for it with x-should-retry. */
static bool can_recover(chutes_status status)
{
    switch (status) {
    case CHUTES_ERR_CONNECT:
    case CHUTES_ERR_TLS:
    case CHUTES_ERR_TIMEOUT:
    case CHUTES_ERR_AUTH:
    case CHUTES_ERR_RATE_LIMITED:
    case CHUTES_ERR_CAPACITY:
    case CHUTES_ERR_NOT_FOUND:
    case CHUTES_ERR_BAD_REQUEST:
    case CHUTES_ERR_SERVER:
    case CHUTES_ERR_CONNECTION_LOST:
    case CHUTES_ERR_STREAM:
        return true;
    default:
        return false;
    }
}

/* Is this a download that can continue where it was cut off? Nothing is charged
 * twice then. */
static bool is_resumable(const struct chutes__retry_facts *facts)
{
    return facts->can_resume && (facts->status == CHUTES_ERR_TRUNCATED ||
                                 facts->status == CHUTES_ERR_CONNECTION_LOST ||
                                 facts->status == CHUTES_ERR_TIMEOUT);
}

static bool may_try_again(const struct chutes__retry_rules *rules,
                          const struct chutes__retry_facts *facts)
{
    /* A longer wait than the application allows is left to the application. */
    return rules->policy != CHUTES_RETRY_NONE &&
           facts->attempts < rules->max_attempts && !facts->is_lasting &&
           facts->retry_after_ms <= rules->max_wait_ms &&
           (can_recover(facts->status) || is_resumable(facts));
}

static bool server_says(const struct chutes__retry_facts *facts,
                        const char *should_retry)
{
    return facts->should_retry != NULL &&
           chutes__slice_is_nocase(chutes__slice_of(facts->should_retry),
                                   should_retry);
}

/* Was it refused before a model worked on it? A 500 says that the server's own
 * attempts failed; a model may have worked on one of these, so it is retried
 * only once. */
static bool was_refused(const struct chutes__retry_facts *facts)
{
    switch (facts->http_status) {
    case 408:
    case 409:
    case 429:
    case 503:
        return true;
    case 500:
        return facts->server_errors <= 1;
    default:
        /* The server had sent a success status before it failed. */
        return facts->status == CHUTES_ERR_STREAM &&
               (strcmp(facts->code, "429") == 0 ||
                strcmp(facts->code, "503") == 0);
    }
}

/* Is there no risk of a second charge? */
static bool is_safe(const struct chutes__retry_facts *facts)
{
    switch (facts->outcome) {
    case CHUTES_OUTCOME_NOT_SENT:
        return true;
    case CHUTES_OUTCOME_ANSWERED:
        return was_refused(facts);
    case CHUTES_OUTCOME_MAYBE_SENT:
    default:
        return false;
    }
}

/* Is this one of the failures that OpenAI's libraries retry although that may
 * charge twice? */
static bool is_retried_by_openai(const struct chutes__retry_facts *facts)
{
    if (facts->http_status == 0) {
        return facts->status == CHUTES_ERR_CONNECTION_LOST ||
               facts->status == CHUTES_ERR_TIMEOUT;
    }
    return facts->http_status >= 500;
}

bool chutes__retry_is_due(const struct chutes__retry_rules *rules,
                          const struct chutes__retry_facts *facts)
{
    if (!may_try_again(rules, facts) || server_says(facts, "false")) {
        return false;
    }
    if (rules->is_write && rules->policy == CHUTES_RETRY_SAFE) {
        return facts->outcome == CHUTES_OUTCOME_NOT_SENT;
    }
    if (server_says(facts, "true") && facts->http_status >= 400) {
        return true;
    }
    return is_safe(facts) || is_resumable(facts) ||
           (rules->policy == CHUTES_RETRY_OPENAI &&
            is_retried_by_openai(facts));
}

int64_t chutes__retry_wait_ms(const struct chutes__retry_facts *facts)
{
    int64_t longest_ms = FIRST_WAIT_MS;
    int64_t wait_ms;

    /* A wait of 0 is replaced by a random one, as many clients may have
     * received the same answer. */
    if (facts->retry_after_ms > 0 && !facts->is_date) {
        return facts->retry_after_ms;
    }
    for (int i = 1; i < facts->attempts && longest_ms < MAX_WAIT_MS; i++) {
        longest_ms *= 2;
    }
    wait_ms = (int64_t)(chutes__random_u64() % (uint64_t)(longest_ms + 1));
    return wait_ms > facts->retry_after_ms ? wait_ms : facts->retry_after_ms;
}
