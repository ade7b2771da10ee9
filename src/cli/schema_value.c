/* SPDX-License-Identifier: MIT */
/* Values of JSON, as JSON Schema counts and compares them. */
#include "cli/schema_value.h"

#include "cli/alloc.h"
#include <stdlib.h>

struct cli_value cli_value_at(const chutes_json_iterator *iterator)
{
    return (struct cli_value){iterator->value, iterator->value_len};
}

chutes_json_type cli_value_type(struct cli_value value)
{
    switch (value.len > 0 ? value.text[0] : '\0') {
    case '\0':
        return CHUTES_JSON_NONE;
    case 'n':
        return CHUTES_JSON_NULL;
    case 't':
    case 'f':
        return CHUTES_JSON_BOOL;
    case '"':
        return CHUTES_JSON_STRING;
    case '[':
        return CHUTES_JSON_ARRAY;
    case '{':
        return CHUTES_JSON_OBJECT;
    default:
        return CHUTES_JSON_NUMBER;
    }
}

size_t cli_value_count(struct cli_value value)
{
    chutes_json_iterator each;
    size_t count = 0;

    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        count++;
    }
    return count;
}

char *cli_value_text(struct cli_value string)
{
    return cli_take(chutes_json_get_string(string.text, string.len, ""));
}

size_t cli_value_length(struct cli_value string)
{
    char *text = cli_value_text(string);
    size_t count = 0;

    for (const char *at = text; *at != '\0'; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
    }
    free(text);
    return count;
}
