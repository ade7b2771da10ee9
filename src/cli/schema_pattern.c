/* SPDX-License-Identifier: MIT */
/* Checks and matches patterns by the toolkit's public functions: the pattern is
 * that of the only member of a struct. */
#include "cli/schema_pattern.h"

#include "cli/alloc.h"

#include <stdlib.h>
#include <string.h>

struct holder {
    char *text;
};

static chutes_field make_field(const char *pattern)
{
    return (chutes_field)CHUTES_STRING(struct holder, text, NULL,
                                       .pattern = pattern);
}

bool cli_pattern_check(const char *pattern, char fault[CLI_PATTERN_FAULT_SIZE])
{
    const chutes_field fields[] = {make_field(pattern)};
    const chutes_schema schema = CHUTES_SCHEMA(struct holder, "holder", fields);
    chutes_error error;
    const char *why;

    if (chutes_schema_check(&schema, &error) == CHUTES_OK) {
        return true;
    }
    /* The reason follows "schema holder.text: ". */
    why = strstr(error.message, ": ");
    snprintf(fault, CLI_PATTERN_FAULT_SIZE, "%.120s",
             why != NULL ? why + 2 : error.message);
    return false;
}

bool cli_pattern_takes(const char *pattern, struct cli_value string)
{
    const chutes_field fields[] = {make_field(pattern)};
    const chutes_schema schema = CHUTES_SCHEMA(struct holder, "holder", fields);
    static const char key[] = "{\"text\":";
    const size_t key_len = sizeof(key) - 1;
    char *json = cli_alloc(key_len + string.len + 1, 1);
    void *value = NULL;
    bool takes;

    memcpy(json, key, key_len);
    memcpy(json + key_len, string.text, string.len);
    json[key_len + string.len] = '}';
    takes = chutes_schema_decode(&schema, json, key_len + string.len + 1,
                                 &value, NULL) == CHUTES_OK;
    chutes_schema_free(value);
    free(json);
    return takes;
}
