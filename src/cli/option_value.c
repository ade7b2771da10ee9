/* SPDX-License-Identifier: MIT */
/* Converts the values of options to the types of their fields. */
#include "cli/count.h"
#include "cli/option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* max_attempts is at most 10, and the first attempt is no retry. */
enum { MAX_RETRIES = 9 };

static bool parse_number(const char *text, int64_t most, int64_t *value)
{
    char *end = NULL;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    *value = number;
    return end != text && *end == '\0' && errno == 0 && number >= 0 &&
           number <= most;
}

/* Rounds anything below a millisecond up, even if a double can't hold it: 0
 * would turn the limit off. */
static bool parse_seconds(const char *text, int64_t *ms)
{
    char *end = NULL;
    double seconds;

    errno = 0;
    seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e9)) {
        return false;
    }
    *ms = (int64_t)(seconds * 1000.0 + 0.5);
    if (*ms == 0 && (seconds > 0 || errno == ERANGE)) {
        *ms = 1;
    }
    return true;
}

static bool parse_price(const char *text, double *price)
{
    char *end = NULL;

    *price = strtod(text, &end);
    return end != text && *end == '\0' && *price >= 0 && *price <= 1e9;
}

static bool parse_auth(const char *text, chutes_auth *auth)
{
    static const struct {
        const char *name;
        chutes_auth auth;
    } ways[] = {{"bearer", CHUTES_AUTH_BEARER},
                {"x-api-key", CHUTES_AUTH_X_API_KEY},
                {"none", CHUTES_AUTH_NONE}};

    for (size_t i = 0; i < CLI_COUNT(ways); i++) {
        if (strcmp(text, ways[i].name) == 0) {
            *auth = ways[i].auth;
            return true;
        }
    }
    return false;
}

static bool parse_policy(const char *text, chutes_retry_policy *policy)
{
    static const struct {
        const char *name;
        chutes_retry_policy policy;
    } policies[] = {{"none", CHUTES_RETRY_NONE},
                    {"safe", CHUTES_RETRY_SAFE},
                    {"openai", CHUTES_RETRY_OPENAI}};

    for (size_t i = 0; i < CLI_COUNT(policies); i++) {
        if (strcmp(text, policies[i].name) == 0) {
            *policy = policies[i].policy;
            return true;
        }
    }
    return false;
}

static bool parse_retries(const char *text, int *retries)
{
    int64_t number;
    bool is_right = parse_number(text, MAX_RETRIES, &number);

    *retries = (int)number;
    return is_right;
}

/* Returns NULL, or what the value must be. */
static const char *set_number(const struct cli_option_row *row, void *at,
                              const char *text)
{
    int64_t number = 0;

    if (!parse_number(text, INT32_MAX, &number)) {
        return "a whole number";
    }
    if (row->kind == CLI_OPTION_COUNT && number == 0) {
        return "1 or more";
    }
    if (row->kind == CLI_OPTION_COUNT) {
        *(int64_t *)at = number;
    } else if (row->kind == CLI_OPTION_SIZE) {
        *(size_t *)at = (size_t)number;
    } else if (row->kind == CLI_OPTION_INT) {
        *(int *)at = (int)number;
    } else {
        *(unsigned *)at = (unsigned)number;
    }
    return NULL;
}

const char *cli_option_set(const struct cli_option_row *row,
                           struct cli_options *options, const char *text)
{
    void *at = (char *)options + row->offset;

    switch (row->kind) {
    case CLI_OPTION_HELP:
    case CLI_OPTION_VERSION:
        return NULL; /* the parser handles these */
    case CLI_OPTION_TEXT:
        *(const char **)at = text;
        return NULL;
    case CLI_OPTION_LIST:
        cli_list_append(at, text);
        return NULL;
    case CLI_OPTION_SWITCH:
        *(bool *)at = true;
        return NULL;
    case CLI_OPTION_LEVEL:
        *(int *)at += 1;
        return NULL;
    case CLI_OPTION_SECONDS:
        return parse_seconds(text, at) ? NULL : "a number of seconds";
    case CLI_OPTION_PRICE:
        return parse_price(text, at) ? NULL : "US dollars per million tokens";
    case CLI_OPTION_AUTH:
        return parse_auth(text, at) ? NULL : "bearer, x-api-key or none";
    case CLI_OPTION_POLICY:
        return parse_policy(text, at) ? NULL : "none, safe or openai";
    case CLI_OPTION_RETRIES:
        return parse_retries(text, at) ? NULL : "0 to 9";
    case CLI_OPTION_COUNT:
    case CLI_OPTION_SIZE:
    case CLI_OPTION_INT:
    case CLI_OPTION_UNSIGNED:
        return set_number(row, at, text);
    }
    return NULL;
}
