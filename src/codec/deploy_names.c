/* SPDX-License-Identifier: MIT */
/* Checks the names in a request to deploy a chute. */
#include "codec/deploy_names.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define NAME LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-_./"

enum { MIN_NAME = 3, MAX_NAME = 127, COMMIT = 40 };

bool chutes__deploy_is_name(const char *text)
{
    size_t len = strlen(text);

    return len >= MIN_NAME && len <= MAX_NAME && strspn(text, NAME) == len;
}

/* Returns true if the text is a lower-case letter, then any number of
 * lower-case letters, digits and underscores, and then `end`. */
static bool is_word(const char *text, const char *end)
{
    size_t len = strspn(text, LOWER DIGITS "_");

    return strspn(text, LOWER) > 0 && strcmp(text + len, end) == 0;
}

bool chutes__deploy_is_filename(const char *text)
{
    return is_word(text, ".py");
}

bool chutes__deploy_is_reference(const char *text)
{
    const char *colon = strchr(text, ':');

    return colon != NULL && is_word(text, colon) && is_word(colon + 1, "");
}

bool chutes__deploy_is_commit(const char *text)
{
    return strlen(text) == COMMIT &&
           strspn(text, DIGITS "abcdefABCDEF") == COMMIT;
}
