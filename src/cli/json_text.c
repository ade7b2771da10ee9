/* SPDX-License-Identifier: MIT */
/* Checks a text against the grammar of RFC 8259, to show where somebody
 * mistyped JSON. */
#include "cli/json_text.h"

#include <string.h>

enum { MAX_DEPTH = 512 };

struct cursor {
    const char *at;
    const char *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && is_blank(*cursor->at)) {
        cursor->at++;
    }
}

static bool take(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool take_digits(struct cursor *cursor)
{
    const char *start = cursor->at;

    while (cursor->at < cursor->end && is_digit(*cursor->at)) {
        cursor->at++;
    }
    return cursor->at > start;
}

static bool take_number(struct cursor *cursor)
{
    take(cursor, '-');
    if (!take(cursor, '0') && !take_digits(cursor)) {
        return false;
    }
    if (take(cursor, '.') && !take_digits(cursor)) {
        return false;
    }
    if (!take(cursor, 'e') && !take(cursor, 'E')) {
        return true;
    }
    if (!take(cursor, '+')) {
        take(cursor, '-');
    }
    return take_digits(cursor);
}

/* Reads what follows a backslash. */
static bool take_escape(struct cursor *cursor)
{
    if (cursor->at == cursor->end) {
        return false;
    }
    if (!take(cursor, 'u')) {
        return *cursor->at != '\0' && strchr("\"\\/bfnrt", *cursor->at++);
    }
    for (int i = 0; i < 4; i++) {
        if (cursor->at == cursor->end || *cursor->at == '\0' ||
            strchr("0123456789abcdefABCDEF", *cursor->at) == NULL) {
            return false;
        }
        cursor->at++;
    }
    return true;
}

static bool take_string(struct cursor *cursor)
{
    if (!take(cursor, '"')) {
        return false;
    }
    while (!take(cursor, '"')) {
        if (cursor->at == cursor->end || (unsigned char)*cursor->at < 0x20) {
            return false;
        }
        if (take(cursor, '\\')) {
            if (!take_escape(cursor)) {
                return false;
            }
        } else {
            cursor->at++;
        }
    }
    return true;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    for (; *word != '\0'; word++) {
        if (!take(cursor, *word)) {
            return false;
        }
    }
    return true;
}

static bool take_scalar(struct cursor *cursor)
{
    switch (cursor->at < cursor->end ? *cursor->at : '\0') {
    case '"':
        return take_string(cursor);
    case 't':
        return take_word(cursor, "true");
    case 'f':
        return take_word(cursor, "false");
    case 'n':
        return take_word(cursor, "null");
    default:
        return take_number(cursor);
    }
}

static bool take_key(struct cursor *cursor)
{
    skip_blanks(cursor);
    if (!take_string(cursor)) {
        return false;
    }
    skip_blanks(cursor);
    return take(cursor, ':');
}

/* The closing brackets that are still missing. Nested text can't exhaust the
 * stack, as it would with recursion. */
struct nest {
    char closing[MAX_DEPTH];
    size_t depth;
};

/* Opens containers until it has read a scalar or an empty container. */
static bool take_down(struct cursor *cursor, struct nest *nest)
{
    while (true) {
        char closing;

        skip_blanks(cursor);
        if (take(cursor, '{')) {
            closing = '}';
        } else if (take(cursor, '[')) {
            closing = ']';
        } else {
            return take_scalar(cursor);
        }
        skip_blanks(cursor);
        if (take(cursor, closing)) {
            return true;
        }
        if (nest->depth == MAX_DEPTH || (closing == '}' && !take_key(cursor))) {
            return false;
        }
        nest->closing[nest->depth++] = closing;
    }
}

/* Closes containers after a value, up to a comma or until all are closed. */
static bool take_up(struct cursor *cursor, struct nest *nest)
{
    while (nest->depth > 0) {
        char closing = nest->closing[nest->depth - 1];

        skip_blanks(cursor);
        if (take(cursor, ',')) {
            return closing == ']' || take_key(cursor);
        }
        if (!take(cursor, closing)) {
            return false;
        }
        nest->depth--;
    }
    return true;
}

static bool take_document(struct cursor *cursor)
{
    struct nest nest = {{0}, 0};

    do {
        if (!take_down(cursor, &nest) || !take_up(cursor, &nest)) {
            return false;
        }
    } while (nest.depth > 0);
    return cursor->at == cursor->end;
}

struct cli_json_found cli_json_text_of(const char *text, size_t len)
{
    struct cli_json_found json = {text, len, false, 0};
    struct cursor cursor;

    while (json.len > 0 && is_blank(json.text[0])) {
        json.text++;
        json.len--;
    }
    while (json.len > 0 && is_blank(json.text[json.len - 1])) {
        json.len--;
    }
    cursor.at = json.text;
    cursor.end = json.text + json.len;
    json.is_json = take_document(&cursor);
    json.fault_at = (size_t)(cursor.at - json.text);
    return json;
}

bool cli_json_text_begins(const struct cli_json_found *json)
{
    return json->len > 0 && (json->text[0] == '{' || json->text[0] == '[' ||
                             json->text[0] == '"');
}
