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
    char *json;
    size_t len;
    FILE *file = cli_alloc_file(&json, &len);
    void *value = NULL;
    bool takes;

    fputs("{\"text\":", file);
    fwrite(string.text, 1, string.len, file);
    fputs("}", file);
    fclose(file);
    takes = chutes_schema_decode(&schema, json, len, &value, NULL) == CHUTES_OK;
    chutes_schema_free(value);
    free(json);
    return takes;
}
